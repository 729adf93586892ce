"""The cases of the rules are modules in packages of `tests`, which is not installed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
