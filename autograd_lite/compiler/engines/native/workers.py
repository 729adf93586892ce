"""The team of this process: its memory, its semaphores, its threads."""

from __future__ import annotations

import _thread
import ctypes
import functools
import os
import sys
import time
from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np

from autograd_lite.arrays import address_of
from autograd_lite.compiler.engines.native import team as layout
from autograd_lite.compiler.engines.native.cache import compiled
from autograd_lite.compiler.engines.native.layout import Run
from autograd_lite.threads import num_threads, one_blas_thread

SOURCE = """from autograd_lite.compiler.engines.native.shared_products import (
    block_of_float32, block_of_float64,
)
from autograd_lite.compiler.engines.native.team import one_of_many, parts_of_lane, time, work
"""
NAMES = ("work", "time", "parts_of_lane", "one_of_many", "block_of_float32", "block_of_float64")

# An idle thread looks for more to do for so long before it sleeps. Between two products of a step
# lie some 50 microseconds; to wake a thread that sleeps takes as long, a third of it the caller's.
PATIENCE_MICROSECONDS = 100


class Team:
    """Threads that wait in native code, without the interpreter's lock.

    They are started when first needed, are no reason for a process to stay alive, and do not
    survive a fork: the new process starts its own.

    Attributes:
        address: of its memory.
    """

    def __init__(self) -> None:
        self._memory = np.zeros(layout.SIZE + 64, np.uint8)
        # Threads sleep there until the process ends, when this object may be gone.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._memory))
        self.address = -(-address_of(self._memory) // 64) * 64
        self._started = 0
        self._lock = _thread.allocate_lock()
        self._at = dict(zip(NAMES, compiled(SOURCE, NAMES), strict=True))
        called = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 2)  # without the interpreter's lock
        self._work = called(self._at["work"])
        self._ticks = _per_microsecond(ctypes.CFUNCTYPE(ctypes.c_int64)(self._at["time"]))
        self._reset()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._started = 0
        self._lock = _thread.allocate_lock()
        ctypes.memset(self.address, 0, layout.SIZE)
        self._set(layout.THREADS, 1)
        self._set(layout.PATIENCE, round(PATIENCE_MICROSECONDS * self._ticks))
        semaphores = _semaphores(self.address)
        self._possible = semaphores is not None
        places = layout.WAIT, layout.POST, layout.FOREVER, layout.BED, layout.BELL
        for place, word in zip(places, semaphores or (), strict=False):
            self._set(place, word)
        self._set(layout.OF_LANES, self._at["parts_of_lane"])
        self._set(layout.OF_SUMS, self._at["one_of_many"])
        for dtype, place in layout.PRODUCTS.items():
            self._set(place, self._at[f"block_of_{dtype}"])

    def _set(self, place: int, word: int) -> None:
        ctypes.c_int64.from_address(self.address + place).value = word

    def __enter__(self) -> None:
        """Be ready for jobs: as many threads as there shall be, and BLAS with one of its own."""
        count = num_threads() if self._possible else 1
        if count != self._count:
            self._set(layout.THREADS, count)
        if self._started < count - 1:
            self._start(count - 1)
        one_blas_thread.__enter__()

    def __exit__(self, *error: Any) -> None:
        one_blas_thread.__exit__(*error)

    def words_of(
        self, run: Run, status: Any, steps: list[tuple[int, int]], sums: list[tuple[int, int]]
    ) -> list[Any]:
        """The words of a run, see `team.run_shared`, and those of its sums, which they point to.

        Args:
            run: which parts there are.
            status: what a check that fails writes to; None without checks.
            steps: functions by address, each with the address of its table: done for each part.
            sums: likewise, each done once.
        """
        then = np.array([0, 0, len(sums), 0, 0, 0, 0, *chain.from_iterable(sums)], np.int64)
        shape = [run.lanes, run.slots, len(steps), run.each_lane, run.part_count]
        after = address_of(then) if sums else 0
        watched = 0 if status is None else address_of(status)
        words = [*shape, after, watched, *chain.from_iterable(steps)]
        return [np.array(words, np.int64), then]

    @property
    def _count(self) -> int:
        return ctypes.c_int64.from_address(self.address + layout.THREADS).value

    def _start(self, count: int) -> None:
        with self._lock:
            while self._started < count:
                try:
                    _thread.start_new_thread(self._work, (self.address, self._started + 1))
                except RuntimeError:  # the system gives no more; the caller does what is left
                    break
                self._started += 1


@functools.cache
def the_team() -> Team:
    """The one of this process."""
    return Team()


def _per_microsecond(ticks: Callable[[], int]) -> float:
    """The ticks of a microsecond: the median of some trials, since another program may have the
    processor in between.
    """
    found = []
    for _ in range(5):
        begun, start = ticks(), time.perf_counter()
        while (passed := time.perf_counter() - start) < 50e-6:
            pass
        found.append((ticks() - begun) / passed / 1e6)
    return sorted(found)[2]


def _semaphores(address: int) -> tuple[int, ...] | None:
    """The addresses of the functions that wait and post, how long to wait, and two semaphores; None
    on a system whose semaphores are not known here.
    """
    if sys.platform.startswith("linux"):
        library = ctypes.CDLL(None)
        places = [address + place for place in layout.OWN_SEMAPHORES]
        for place in places:
            if library.sem_init(ctypes.c_void_p(place), 0, 0):
                return None
        return (_address(library.sem_wait), _address(library.sem_post), 0, *places)
    if sys.platform == "darwin":
        library = ctypes.CDLL(None)
        create = library.dispatch_semaphore_create
        create.restype, create.argtypes = ctypes.c_void_p, [ctypes.c_long]
        made = create(0), create(0)
        if None in made:
            return None
        wait, post = library.dispatch_semaphore_wait, library.dispatch_semaphore_signal
        return (_address(wait), _address(post), -1, *made)
    return None


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0
