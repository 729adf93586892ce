"""The native code that calls native functions: for one run of a program, or for many.

It is the same for all programs, and reads from arrays of addresses what is to be done. Its text is
compiled like that of a program, once for all processes; see `cache.compiled`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import carray  # type: ignore[attr-defined]

from autograd_lite.compiler.engines.native import pointers

pointer: Any = pointers.pointer
call_native: Any = pointers.call_native
copy_bytes: Any = pointers.copy_bytes


def run(calls: Any, points: Any, given: Any, status: Any) -> Any:
    """Run a program once.

    Args:
        calls: for each call the addresses of function and table, first sample, and their number.
        points: pairs: the address of a place in a table, and which of `given` it gets.
        given: addresses of arguments, and numbers.
        status: what fails a check is written there, and ends the run.

    Returns:
        0, or the number of the check that failed.
    """
    for i in range(points.shape[0]):
        carray(pointer(points[i, 0]), (1,), np.int64)[0] = given[points[i, 1]]
    for i in range(calls.shape[0]):
        call_native(calls[i, 0], calls[i, 1], calls[i, 2], calls[i, 3])
        if status[0] != 0:
            return status[0]
    return 0


def run_many(
    calls: Any,
    points: Any,
    given: Any,
    status: Any,
    moving: Any,
    gathered: Any,
    rows: Any,
    size: Any,
    kept: Any,
    guard: Any,
    count: Any,
) -> Any:
    """Run a program for one batch after the other.

    Args:
        calls: as of `run`.
        points: likewise.
        given: likewise.
        status: likewise.
        moving: for each argument that lies in memory one after the other: which of `given` it is,
            its first address, and the bytes to the next.
        gathered: for each argument that is gathered from rows: the address of the first row, the
            bytes of a row, and the address of the memory that they are copied to.
        rows: the numbers of the rows of all batches.
        size: the rows of a batch.
        kept: for each result its address, where it is kept, and its bytes.
        guard: the address of what has to be finite and its bytes; 0 without a guard.
        count: how many runs.

    Returns:
        The number of runs after which variables were changed: fewer than `count` if a guard did not
        hold, or a check failed.
    """
    for n in range(count):
        for j in range(moving.shape[0]):
            given[moving[j, 0]] = moving[j, 1] + n * moving[j, 2]
        for j in range(gathered.shape[0]):
            source, width, target = gathered[j, 0], gathered[j, 1], gathered[j, 2]
            for i in range(size):
                copy_bytes(target + i * width, source + rows[n * size + i] * width, width)
        if run(calls, points, given, status) != 0:
            return n
        for j in range(kept.shape[0]):
            copy_bytes(kept[j, 1] + n * kept[j, 2], kept[j, 0], kept[j, 2])
        if guard[1] == 4 and not math.isfinite(carray(pointer(guard[0]), (1,), np.float32)[0]):
            return n
        if guard[1] == 8 and not math.isfinite(carray(pointer(guard[0]), (1,), np.float64)[0]):
            return n
    return count
