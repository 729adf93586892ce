"""Giving back what tracing has used: the C library keeps freed memory for the process to use.

A trace holds every intermediate array of a step at once, for a moment; a compiled step never does.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any

WORTH_IT = 1 << 20  # bytes; below, it is not worth the time


@functools.cache
def _trim() -> Any:
    """glibc's malloc_trim; None elsewhere, where freed memory goes back by itself or not at all."""
    try:
        return getattr(ctypes.CDLL(None), "malloc_trim", None)
    except (OSError, TypeError):
        return None


def give_back_freed_memory(used: int) -> None:
    """Return free memory to the system, if so many bytes have been used that it matters."""
    trim = _trim()
    if trim is not None and used >= WORTH_IT:
        trim(0)
