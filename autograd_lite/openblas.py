"""The OpenBLAS that NumPy's wheels bring, found without loading a second one; its threads."""

from __future__ import annotations

import ctypes
import functools
import os
from pathlib import Path
from typing import Any

import numpy as np


@functools.cache
def loaded_openblas() -> Any:
    """Return the library as ctypes sees it; None where NumPy has another BLAS."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs"):
        for path in sorted(folder.glob("*scipy_openblas64_*")):
            return ctypes.CDLL(str(path))
    return None


@functools.cache
def _count() -> Any:
    """The word in which OpenBLAS keeps its number of threads; None where it does not show it."""
    try:
        return ctypes.c_int.in_dll(loaded_openblas(), "blas_cpu_number")
    except (TypeError, ValueError):
        return None


def can_rest() -> bool:
    """Return whether the threads of BLAS can be left out for a while, whoever else is at work."""
    return _count() is not None


def blas_threads() -> int | None:
    """Return the number of threads of matrix products; None where NumPy has another BLAS."""
    library = loaded_openblas()
    return None if library is None else int(library.scipy_openblas_get_num_threads64_())


def set_blas_threads(count: int) -> None:
    """Set the number of threads of matrix products; without effect on another BLAS."""
    library, word = loaded_openblas(), _count()
    if word is not None and 1 <= count <= word.value:
        # OpenBLAS's own function would free the memory of threads that may be in the middle of a
        # product that another thread of Python asked for.
        word.value = count
    elif library is not None:
        library.scipy_openblas_set_num_threads64_(ctypes.c_int(count))


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
