"""Workers: threads or processes that make the batches of a data set before they are needed."""

from __future__ import annotations

import multiprocessing
import pickle
import queue
import random as python_random
import signal
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from nn.random import Generator, using

_SECONDS = 5.0  # to wait for a process that has ended to say how


def read_ahead(
    dataset: Any, numbers: Sequence[int], workers: int, processes: bool, most: int, seed: int
) -> Iterator[Any]:
    """Yield the batches of these numbers, in their order; workers make the next ones meanwhile.

    Args:
        dataset: has ``dataset[i]``.
        numbers: of the batches.
        workers: how many make batches at a time.
        processes: True for processes, which have copies of the data set; False for threads.
        most: the number of batches that are made and not yet used.
        seed: batch i draws from a generator that begins at (seed, i), whoever makes it.

    Raises:
        Exception: what ``dataset[i]`` raised, when its turn comes; from a process with a note that
            has its traceback.
        RuntimeError: for a process that was killed.
    """
    idle: queue.SimpleQueue[_Thread | _Process] = queue.SimpleQueue()
    team = [(_Process if processes else _Thread)(dataset) for _ in range(workers)]
    for worker in team:
        idle.put(worker)

    def made(i: int) -> Any:
        worker = idle.get()
        try:
            return worker.make(i, seed)
        finally:
            idle.put(worker)

    pool = ThreadPoolExecutor(workers, thread_name_prefix="nn batches")
    waiting: deque[Future[Any]] = deque()
    try:
        for i in numbers:
            waiting.append(pool.submit(made, i))
            if len(waiting) > most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in team:
            worker.end()
        pool.shutdown(wait=processes)  # a thread may be in the middle of a slow batch


def _seeded(dataset: Any, i: int, seed: int) -> Any:
    """Make a batch with a random generator of its own, in the place of nn's global one."""
    with using(Generator(seed * 2**32 + i)):
        return dataset[i]


class _Thread:
    """Makes batches where it is called."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    def make(self, i: int, seed: int) -> Any:
        """Make batch i."""
        return _seeded(self.dataset, i, seed)

    def end(self) -> None:
        """Do nothing: threads end with the batches that they make."""


class _Process:
    """Has batches made in a process of its own, one at a time."""

    def __init__(self, dataset: Any) -> None:
        self.kind = type(dataset).__name__
        context = multiprocessing.get_context()
        self.pipe, other = context.Pipe()
        self.process: Any = context.Process(target=_serve, args=(other, dataset), daemon=True)
        self.process.start()
        other.close()  # so that its end is seen here

    def make(self, i: int, seed: int) -> Any:
        """Ask for batch i and wait for it.

        Raises:
            Exception: as raised there.
            RuntimeError: if the process ended.
        """
        try:
            self.pipe.send((i, seed))
            batch, error, trace = self.pipe.recv()
        except (EOFError, OSError):
            raise self._ended(i) from None
        if error is None:
            return batch
        error.add_note(f"in process {self.process.pid}, which made batch {i}:\n{trace}")
        raise error

    def _ended(self, i: int) -> RuntimeError:
        self.process.join(_SECONDS)
        code = self.process.exitcode
        if code is None:
            how = "does not answer"
        elif code < 0:
            how = f"was killed by {signal.Signals(-code).name}"
        else:
            how = f"ended with exit status {code}"
        killed = code == -signal.SIGKILL
        return RuntimeError(
            f"process {self.process.pid}, which made batch {i} of {self.kind}, {how}"
            + (" (out of memory? Take fewer workers, or a smaller max_queue_size)" * killed)
        )

    def end(self) -> None:
        """End the process; who waits for it sees the end of the pipe."""
        self.process.terminate()
        self.process.join(_SECONDS)


def _serve(pipe: Any, dataset: Any) -> None:
    """Make the batches that are asked for, until nobody is left to ask."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that trains
    try:
        while True:
            i, seed = pipe.recv()
            pipe.send(_answer(dataset, i, seed))
    except (EOFError, OSError):
        return


def _answer(dataset: Any, i: int, seed: int) -> tuple[Any, BaseException | None, str]:
    """Return a batch, or what was raised instead and where."""
    np.random.seed([seed, i])  # noqa: NPY002 - copies of one process would all draw the same
    python_random.seed(seed * 2**32 + i)
    try:
        return _seeded(dataset, i, seed), None, ""
    except Exception as error:
        trace = "".join(traceback.format_exception(error))
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            error = RuntimeError(f"{type(error).__name__}: {error}")
        return None, error, trace
