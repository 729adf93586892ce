"""The native code that calls native functions: for one run of a program, or for many.

It is the same for all programs, and reads from words what is to be done. Its text is compiled like
that of a program, once for all processes; see `cache.compiled`.
"""

from __future__ import annotations

import math

import numpy as np

from autograd_lite.compiler.engines.native.intrinsics import (
    array_at,
    call_native,
    call_python,
    copy_bytes,
    load,
    room_on_stack,
    store,
)
from autograd_lite.compiler.engines.native.team import together

SHARED = 1 << 15  # bytes of rows that a thread copies at a time: some 3 microseconds

# The words of a program: how many calls there are, and the address of the first; likewise of
# points, and of what is given; the status; functions of Python; see `step`. Then, as of calls, of
# forms, of slots and of spans; see `is_known`.
WORDS = 15
CALLS, AT_CALLS, POINTS, AT_POINTS, GIVEN, STATUS, SAVE, RESTORE, INTEGER = range(9)
FORMS, AT_FORMS, SLOTS, AT_SLOTS, SPANS, AT_SPANS = range(9, WORDS)
# An array and a float of Python have it in common: after what all objects begin with, of which the
# last word is the class, comes the address of the elements, or the number.
HEAD = object.__basicsize__
KIND = HEAD - 8
# Of an array then come the number of axes, the address of their lengths, the dtype, and the flags.
RANK, AT_SHAPE, DTYPE, FLAGS = HEAD + 8, HEAD + 16, HEAD + 40, HEAD + 48
IN_ORDER = 0x101  # the flags of elements in order, each at an address that suits it
NOT_KNOWN = -1


def step(self: int, arguments: int, count: int) -> int:
    """Run a program once: as a function that Python calls with positional arguments.

    Args:
        self: the array of the program's words.
        arguments: where objects are, arrays and floats: those that the program was made for.
        count: how many.

    Returns:
        A number of Python: 0, or that of the check that failed.
    """
    return step_of(array_at(self + HEAD, (1,), np.int64)[0], arguments, count)


def step_if_known(self: int, arguments: int, count: int) -> int:
    """As `step`, if all is known, see `is_known`; else nothing is done: it returns NOT_KNOWN."""
    at = array_at(self + HEAD, (1,), np.int64)[0]
    if is_known(at, arguments, count):
        return step_of(at, arguments, count)
    number: int = call_python(array_at(at, (WORDS,), np.int64)[INTEGER], NOT_KNOWN)
    return number


def is_known(at: int, arguments: int, count: int) -> bool:
    """Return whether all is as it was when a program was made ready.

    Args:
        at: the address of its words. They point to slots: for each the address, and the word that
            has to be there; to forms, of each argument: class, dtype, number of axes (-1 of a
            float), the address of their lengths, bytes; and to spans of memory that a run changes,
            in which no argument may lie: where each begins and ends.
        arguments: as of `step`.
        count: likewise.
    """
    words = array_at(at, (WORDS,), np.int64)
    slots = array_at(words[AT_SLOTS], (words[SLOTS], 2), np.int64)
    for i in range(words[SLOTS]):
        if array_at(slots[i, 0], (1,), np.int64)[0] != slots[i, 1]:
            return False
    if count != words[FORMS]:
        return False
    objects = array_at(arguments, (count,), np.int64)
    forms = array_at(words[AT_FORMS], (count, 5), np.int64)
    spans = array_at(words[AT_SPANS], (words[SPANS], 2), np.int64)
    for i in range(count):
        x, rank = objects[i], forms[i, 2]
        if array_at(x + KIND, (1,), np.int64)[0] != forms[i, 0]:
            return False
        if rank >= 0:
            if array_at(x + DTYPE, (1,), np.int64)[0] != forms[i, 1]:
                return False
            if np.int64(array_at(x + RANK, (1,), np.int32)[0]) != rank:
                return False
            if np.int64(array_at(x + FLAGS, (1,), np.int32)[0]) & IN_ORDER != IN_ORDER:
                return False
            shape = array_at(array_at(x + AT_SHAPE, (1,), np.int64)[0], (rank,), np.int64)
            expected = array_at(forms[i, 3], (rank,), np.int64)
            for j in range(rank):
                if shape[j] != expected[j]:
                    return False
            start = array_at(x + HEAD, (1,), np.int64)[0]
            for j in range(words[SPANS]):
                if start < spans[j, 1] and spans[j, 0] < start + forms[i, 4]:
                    return False
    return True


def step_of(at: int, arguments: int, count: int) -> int:
    """As `step`, for the address of the words."""
    words = array_at(at, (WORDS,), np.int64)
    objects = array_at(arguments, (count,), np.int64)
    given = array_at(words[GIVEN], (count,), np.int64)
    for i in range(count):
        given[i] = array_at(objects[i] + HEAD, (1,), np.int64)[0]
    thread = call_python(words[SAVE])  # others may run Python meanwhile
    failed = run(at)
    call_python(words[RESTORE], thread)
    number: int = call_python(words[INTEGER], failed)
    return number


def run(at: int) -> int:
    """Run a program for what is given.

    Args:
        at: the address of its words. They point to calls: for each the addresses of function and
            table, first sample, and their number; and to points: the address of a place in a table,
            and which of the given words, addresses of arrays and numbers, it gets.

    Returns:
        0, or the number of the check that failed, which ends the run.
    """
    words = array_at(at, (WORDS,), np.int64)
    calls = array_at(words[AT_CALLS], (words[CALLS], 4), np.int64)
    points = array_at(words[AT_POINTS], (words[POINTS], 2), np.int64)
    status = array_at(words[STATUS], (1,), np.int64)
    given = array_at(words[GIVEN], (1,), np.int64)
    for i in range(words[POINTS]):
        array_at(points[i, 0], (1,), np.int64)[0] = given[points[i, 1]]
    for i in range(words[CALLS]):
        call_native(calls[i, 0], calls[i, 1], calls[i, 2], calls[i, 3])
        failed: int = status[0]
        if failed != 0:
            return failed
    return 0


def run_many(
    at: int,
    moving: int,
    movings: int,
    gathered: int,
    gathereds: int,
    rows: int,
    size: int,
    kept: int,
    kepts: int,
    guard: int,
    width: int,
    count: int,
    team: int,
    copier: int,
) -> int:
    """Run a program for one batch after the other.

    Args:
        at: as of `run`.
        moving: where there is for each argument that lies in memory one after the other: which of
            the given words it is, its first address, and the bytes to the next.
        movings: how many.
        gathered: likewise for each argument that is gathered from rows: the address of the first
            row, the bytes of a row, and the address of the memory that they are copied to.
        gathereds: how many.
        rows: likewise the numbers of the rows of all batches.
        size: the rows of a batch.
        kept: likewise for each result its address, where it is kept, and its bytes.
        kepts: how many.
        guard: the address of what has to be finite.
        width: its bytes; 0 without a guard.
        count: how many runs.
        team: the address of the team that shares large copies; 0 without one.
        copier: the address of `copy_rows`.

    Returns:
        The number of runs after which variables were changed: fewer than `count` if a guard did not
        hold, or a check failed.
    """
    given = array_at(array_at(at, (WORDS,), np.int64)[GIVEN], (1,), np.int64)
    moved, job = array_at(moving, (movings, 3), np.int64), room_on_stack()
    copied, result = (
        array_at(gathered, (gathereds, 3), np.int64),
        array_at(kept, (kepts, 3), np.int64),
    )
    for n in range(count):
        for j in range(movings):
            given[moved[j, 0]] = moved[j, 1] + n * moved[j, 2]
        for j in range(gathereds):
            step = size
            if team != 0 and size * copied[j, 1] >= 2 * SHARED:
                step = max(1, SHARED // copied[j, 1])
            store(job, gathered + j * 24)
            store(job + 8, rows + n * size * 8)
            store(job + 16, size)
            store(job + 24, step)
            if step == size:
                copy_rows(job, 0, 0)
            else:
                blocks = (size + step - 1) // step
                together(team, copier, job, blocks, blocks)
        if run(at) != 0:
            return n
        for j in range(kepts):
            copy_bytes(result[j, 1] + n * result[j, 2], result[j, 0], result[j, 2])
        if width == 4 and not math.isfinite(array_at(guard, (1,), np.float32)[0]):
            return n
        if width == 8 and not math.isfinite(array_at(guard, (1,), np.float64)[0]):
            return n
    return count


def copy_rows(job: int, block: int, slot: int) -> None:
    """Gather some rows of a batch; a job is the address of what is to be gathered, see `run_many`,
    that of the numbers of the rows, how many they are, and how many a block has.
    """
    copied, number = array_at(load(job), (3,), np.int64), array_at(load(job + 8), (1,), np.int64)
    source, each, target = copied[0], copied[1], copied[2]
    size, step = load(job + 16), load(job + 24)
    for i in range(block * step, min(size, (block + 1) * step)):
        copy_bytes(target + i * each, source + number[i] * each, each)
