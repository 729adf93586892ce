"""Blocks of NumPy's work that idle threads of Python take while the caller works.

As `compiler.engines.native.team` does it in native code: nobody waits for a thread that has not
begun. NumPy lets go of the interpreter's lock inside of a product, so that several are computed at
the same time.
"""

from __future__ import annotations

import _thread
import os
import sys
from collections.abc import Callable

from autograd_lite.threads import num_threads

# Seconds after which a thread that holds the interpreter's lock has to give it to one that waits:
# each lets go of it in every call, but the other one takes longer to wake than the calls take.
INTERVAL = 5e-4


def share(blocks: int, do: Callable[[int], None]) -> None:
    """Do ``do(block)`` for each number below `blocks`, in any order, on as many threads as there
    shall be; what one raises is raised here, when all that have begun are done.
    """
    count = min(blocks, num_threads())
    if count < 2 or not _busy.acquire(blocking=False):
        for block in range(blocks):
            do(block)
        return
    try:
        _run(_Job(blocks, do), count)
    finally:
        _busy.release()


class _Job:
    """Blocks, of which each is taken once."""

    def __init__(self, blocks: int, do: Callable[[int], None]) -> None:
        self._left, self._do = iter(range(blocks)), do
        self._lock = _thread.allocate_lock()
        self._begun = 0
        self._closed = False
        self._done = _thread.allocate_lock()
        self._done.acquire()
        self.error: BaseException | None = None

    def work(self) -> None:
        """Do one block after the other, until none is left."""
        while (block := self._take()) is not None:
            try:
                self._do(block)
            except BaseException as error:  # raised again by the caller
                self.error = error
                self._closed = True
            self._end()

    def _take(self) -> int | None:
        with self._lock:
            block = None if self._closed else next(self._left, None)
            self._begun += block is not None
        return block

    def _end(self) -> None:
        with self._lock:
            self._begun -= 1
            if self._closed and not self._begun:
                self._done.release()

    def close(self) -> None:
        """Let nobody take another block, and wait for those that others are in the middle of."""
        with self._lock:
            self._closed, waits = True, self._begun > 0
        while waits:
            try:
                self._done.acquire()
                waits = False
            except KeyboardInterrupt as error:  # a block still writes to what the caller reads next
                self.error = error


def _run(job: _Job, count: int) -> None:
    while len(_threads) < count - 1:
        try:
            _threads.append(_Thread())
        except RuntimeError:  # the system gives no more threads, or the interpreter ends
            break
    before = sys.getswitchinterval()
    sys.setswitchinterval(INTERVAL)
    for thread in _threads[: count - 1]:
        thread.offer(job)
    try:
        job.work()
    finally:
        job.close()
        sys.setswitchinterval(before)
    if job.error is not None:
        raise job.error


class _Thread:
    """A thread that sleeps until there is a job."""

    def __init__(self) -> None:
        self._job: _Job | None = None
        self._wakes = _thread.allocate_lock()
        self._wakes.acquire()
        _thread.start_new_thread(self._live, ())

    def offer(self, job: _Job) -> None:
        """Have the thread take part, as soon as it gets to run."""
        self._job = job
        if self._wakes.locked():
            self._wakes.release()

    def _live(self) -> None:
        while True:
            self._wakes.acquire()
            job, self._job = self._job, None
            if job is not None:
                job.work()
                del job  # what it holds, a caller may want to be gone


_threads: list[_Thread] = []
_busy = _thread.allocate_lock()


def _after_fork() -> None:
    """A new process has none of the threads, and nobody who is busy."""
    global _busy
    _threads.clear()
    _busy = _thread.allocate_lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
