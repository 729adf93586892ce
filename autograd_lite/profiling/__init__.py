"""Where the time of a call goes: by layer, operation and line, eager and compiled."""

from autograd_lite.profiling.measure import profile
from autograd_lite.profiling.report import Profile

__all__ = ["Profile", "profile"]
