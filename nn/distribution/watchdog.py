"""Watchdog: ends a job whose ranks wait for one that hangs, was killed or raised.

Three things can go wrong on one rank while the others wait for it:

- It raises. Its traceback is printed, and MPI ends the job.
- It hangs. A rank that has waited for `timeout` seconds says so in a file of this machine; the
  watchdog of every rank, a thread, finds it and prints its stack; then MPI ends the job.
- It is killed. ``mpiexec`` then ends the others at once, before they could tell which; a process
  apart (`nn/distribution/monitor.py`), which watches all ranks of this machine, tells.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import stat
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

SECONDS_BETWEEN_LOOKS = 0.25
SECONDS_FOR_STACKS = 1.5  # until all ranks have printed theirs
SECONDS_FOR_A_TRACEBACK = 10.0
SECONDS_FOR_A_READER = 5.0  # of a pipe, to take what was written


class Watchdog:
    """Watches one rank; as a context, while it waits for the others.

    Args:
        rank: of this process.
        size: how many there are.
        timeout: the seconds that waiting may take.
        abort: ends the job: called with the exit status.
    """

    def __init__(self, rank: int, size: int, timeout: float, abort: Callable[[int], Any]) -> None:
        self._rank, self._size, self._timeout, self._abort = rank, size, timeout, abort
        self._waiting_since: float | None = None
        self._folder: Path | None = None

    def __enter__(self) -> None:
        self._waiting_since = time.monotonic()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._waiting_since = None

    def start(self, node: Any) -> None:
        """Start watching.

        Args:
            node: the communicator of the ranks on this machine.
        """
        if self._folder is not None:
            return
        made = tempfile.mkdtemp(prefix="nn-ranks-") if node.Get_rank() == 0 else None
        self._folder = Path(node.bcast(made))
        pids = node.allgather((self._rank, os.getpid()))
        if made is not None:
            _start_monitor(made, pids)
            atexit.register(shutil.rmtree, made, ignore_errors=True)
        atexit.register(self._say_goodbye)
        sys.excepthook = self._end_job
        threading.Thread(target=self._watch, name="nn watchdog", daemon=True).start()

    def _watch(self) -> None:
        """Look for a rank that waits for too long, until the process ends."""
        assert self._folder is not None
        alarm = self._folder / "hangs"
        while True:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            since = self._waiting_since
            if since is not None and time.monotonic() - since > self._timeout:
                with contextlib.suppress(OSError):
                    alarm.touch()
            if alarm.exists():
                self._print_stack(since)
                time.sleep(SECONDS_FOR_STACKS)
                self._leave("aborted")
                _wait_until_read()
                self._abort(1)

    def _print_stack(self, since: float | None) -> None:
        """Print in one piece what this rank does."""
        state = (
            "is at work" if since is None else f"waits for {time.monotonic() - since:.0f} seconds"
        )
        frame = sys._current_frames().get(threading.main_thread().ident or 0)
        stack = "".join(traceback.format_stack(frame)) if frame is not None else ""
        _print(
            f"nn.distribution: a rank has waited for more than {self._timeout:g} seconds. "
            f"Rank {self._rank} of {self._size} {state}:\n{stack}"
        )

    def _end_job(
        self, kind: type[BaseException], error: BaseException, where: TracebackType | None
    ) -> None:
        """Print the error of this rank, if it is the first of the machine, and end the job."""
        if kind.__module__.partition(".")[0] == "mpi4py":
            time.sleep(SECONDS_FOR_A_TRACEBACK / 5)  # most often another rank is gone: who tells?
        if self._leave("raised"):
            text = "".join(traceback.format_exception(kind, error, where))
            _print(f"nn.distribution: rank {self._rank} of {self._size} ends the job:\n{text}")
            self._leave("told")
        else:
            time.sleep(SECONDS_FOR_A_TRACEBACK)  # the first one, which ends this process too
        sys.stdout.flush()
        _wait_until_read()
        self._abort(1)

    def _leave(self, name: str) -> bool:
        """Make a note; return False if another rank of this machine has made it before."""
        assert self._folder is not None
        try:
            (self._folder / name).touch(exist_ok=False)
        except OSError:
            return False
        return True

    def _say_goodbye(self) -> None:
        self._leave(f"ended-{self._rank}")


def _start_monitor(folder: str, pids: list[tuple[int, int]]) -> None:
    """Start the process that tells which rank was killed, where the system can tell."""
    if not hasattr(os, "pidfd_open"):
        return
    script = str(Path(__file__).with_name("monitor.py"))
    command = [sys.executable, "-I", script, folder, *(f"{rank}:{pid}" for rank, pid in pids)]
    closed = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in (0, 1)]
    with contextlib.suppress(OSError):
        os.posix_spawn(sys.executable, command, os.environ, file_actions=closed, setsid=True)


def _print(text: str) -> None:
    sys.stderr.flush()
    os.write(sys.stderr.fileno() if _has_file(sys.stderr) else 2, (text + "\n").encode())


def _wait_until_read() -> None:
    """Wait until ``mpiexec`` has taken what this rank has printed.

    On `Abort` it leaves what is still in the pipe, in one of ten runs the whole traceback.
    """
    try:
        import fcntl
        import termios
    except ImportError:  # Windows
        return
    until = time.monotonic() + SECONDS_FOR_A_READER
    for stream in (1, 2):
        with contextlib.suppress(OSError):  # closed
            unread = bytearray(4)
            while stat.S_ISFIFO(os.fstat(stream).st_mode) and time.monotonic() < until:
                fcntl.ioctl(stream, termios.FIONREAD, unread)
                if not any(unread):
                    break
                time.sleep(0.002)


def _has_file(stream: Any) -> bool:
    try:
        stream.fileno()
    except (AttributeError, OSError, ValueError):
        return False
    return True
