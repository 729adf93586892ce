"""Lock: a file lock between processes, released when its process ends."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
import warnings

BUSY = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
# A network file system may have none; then a warning replaces the lock.
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)
LONGEST_NAME = 200  # of a holder, as read from the file


class LockedError(RuntimeError):
    """The lock is held by another process or thread.

    Attributes:
        holder: the holder, as far as known: "process 4711 on host laptop".
    """

    def __init__(self, holder: str) -> None:
        super().__init__(f"held by {holder}")
        self.holder = holder

    def __reduce__(self) -> tuple[type[LockedError], tuple[str]]:
        return type(self), (self.holder,)


class Lock:
    """A lock between processes, and between the threads of a process.

    The system releases it when the process ends, in whatever way. Forked processes do not hold it.

    Args:
        path: of the file, which is created, and removed by `release`.
    """

    # POSIX's locks belong to the process, so they do not keep two of its threads apart.
    _held_here: dict[str, int] = {}  # noqa: RUF012 - shared on purpose; from path to process id
    _guard = threading.Lock()

    def __init__(self, path: str) -> None:
        self._path = os.path.realpath(path)
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            LockedError: if it is held elsewhere.
            OSError: if the file cannot be created.
        """
        with self._guard:
            if self._held_here.get(self._path) == os.getpid():
                raise LockedError("another call in this process")
            self._descriptor = self._locked_file()
            self._held_here[self._path] = os.getpid()

    def release(self) -> None:
        """Release the lock, if this process holds it; a forked one does not."""
        with self._guard:
            if self._descriptor is None or self._held_here.get(self._path) != os.getpid():
                return
            del self._held_here[self._path]
            if sys.platform == "win32":  # where an open file cannot be removed
                os.close(self._descriptor)
                _remove(self._path)
            else:
                _remove(self._path)
                os.close(self._descriptor)
            self._descriptor = None

    def _locked_file(self) -> int:
        from socket import gethostname

        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                _lock(descriptor)
                if _is_still(descriptor, self._path):
                    os.ftruncate(descriptor, 0)
                    me = f"process {os.getpid()} on {gethostname()}"
                    os.write(descriptor, me.encode())
                    return descriptor
            except OSError as error:
                if error.errno in BUSY:
                    holder = _read(descriptor) or "another process"
                    os.close(descriptor)
                    raise LockedError(holder) from None
                os.close(descriptor)
                raise
            os.close(descriptor)  # the previous holder has removed the file meanwhile: try again


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        return
    import fcntl

    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        warnings.warn(
            "this file system has no locks, so nothing keeps two processes apart that write into "
            "the same folder",
            RuntimeWarning,
            stacklevel=2,
        )


def _is_still(descriptor: int, path: str) -> bool:
    """Return if the opened file is still the one at the path."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _read(descriptor: int) -> str:
    with contextlib.suppress(OSError):
        said = os.read(descriptor, LONGEST_NAME).decode("ascii", "replace")
        return "".join(character for character in said if character.isprintable())
    return ""


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
