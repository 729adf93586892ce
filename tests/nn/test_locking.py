"""Lock: one holder at a time, whatever happens to the file."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import threading

import pytest

from nn._core import locking
from nn._core.locking import Lock, LockedError


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "x.lock")


def test_one_at_a_time(path):
    first, second = Lock(path), Lock(path)
    first.acquire()
    with pytest.raises(LockedError, match="held by another call in this process"):
        second.acquire()
    first.release()
    assert not os.path.exists(path)
    second.acquire()
    second.release()


def test_releasing_twice_or_what_is_not_held_does_nothing(path):
    lock, other = Lock(path), Lock(path)
    lock.release()
    lock.acquire()
    other.release()
    assert os.path.exists(path)
    lock.release()
    lock.release()
    assert not os.path.exists(path)


def test_a_file_that_was_left_behind_is_no_lock(path):
    with open(path, "w") as file:
        file.write("process 1 on another host, and then the power failed")
    lock = Lock(path)
    lock.acquire()
    with open(path) as file:
        assert file.read().startswith(f"process {os.getpid()} on ")
    lock.release()


def test_one_file_by_two_names(path, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    lock, other = Lock(path), Lock(str(tmp_path / "link" / "x.lock"))
    lock.acquire()
    with pytest.raises(LockedError):
        other.acquire()
    lock.release()


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed there")
def test_a_file_that_the_holder_has_just_removed(path, monkeypatch):
    """The next one must not lock a file that has no name any more."""
    original, calls = locking._lock, []

    def removed_meanwhile(descriptor):
        calls.append(descriptor)
        if len(calls) == 1:
            os.unlink(path)
        original(descriptor)

    monkeypatch.setattr(locking, "_lock", removed_meanwhile)
    lock = Lock(path)
    lock.acquire()
    assert len(calls) == 2
    assert os.path.exists(path)
    lock.release()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX's locks")
def test_a_file_system_without_locks(path, monkeypatch):
    import fcntl

    def refuse(*arguments):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "lockf", refuse)
    lock = Lock(path)
    with pytest.warns(RuntimeWarning, match="this file system has no locks"):
        lock.acquire()
    lock.release()


HOLDER = """
import os, sys, time
from nn._core.locking import Lock
Lock(sys.argv[1]).acquire()
if sys.argv[2] == "forks" and os.fork() == 0:
    time.sleep(100)  # a worker that outlives its parent
print("held", flush=True)
time.sleep(100)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("kind", ["alone", "forks"])
def test_a_killed_process_lets_go_and_its_workers_do_not_hold_on(path, kind):
    command = [sys.executable, "-c", HOLDER, path, kind]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(LockedError, match=f"held by process {process.pid} on "):
            Lock(path).acquire()
        process.kill()
        process.wait()
        lock = Lock(path)
        lock.acquire()
        lock.release()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the worker too
        process.wait()
        process.stdout.close()


def test_threads_that_all_want_it_have_it_one_after_the_other(path):
    held, most, taken = [], [], []

    def work():
        lock = Lock(path)
        while len(taken) < 200:
            try:
                lock.acquire()
            except LockedError:
                continue
            held.append(1)
            most.append(len(held))
            taken.append(held.pop())
            lock.release()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_neither_holds_nor_lets_go(path):
    lock = Lock(path)
    lock.acquire()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            lock.release()
            with pytest.raises(LockedError, match=f"process {os.getppid()} on "):
                Lock(path).acquire()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert os.path.exists(path)
    lock.release()
    assert not os.path.exists(path)


def test_a_folder_that_is_not_there(tmp_path):
    lock = Lock(str(tmp_path / "none" / "x.lock"))
    with pytest.raises(FileNotFoundError):
        lock.acquire()
    os.mkdir(tmp_path / "none")
    lock.acquire()
    lock.release()
