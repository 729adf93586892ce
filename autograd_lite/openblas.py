"""The OpenBLAS that NumPy's wheels bring, found without loading a second one."""

from __future__ import annotations

import ctypes
import functools
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["loaded_openblas"]


@functools.cache
def loaded_openblas() -> Any:
    """Return the library as ctypes sees it; None where NumPy has another BLAS."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs"):
        for path in sorted(folder.glob("*scipy_openblas64_*")):
            return ctypes.CDLL(str(path))
    return None
