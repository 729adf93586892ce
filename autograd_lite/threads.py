"""The number of threads of programs; BLAS has one as long as they share its work out."""

from __future__ import annotations

import os
import threading
import warnings
from types import TracebackType

from autograd_lite.openblas import blas_threads, can_rest, set_blas_threads, usable_cores

VARIABLE = "AUTOGRAD_LITE_NUM_THREADS"


def set_num_threads(count: int | None) -> None:
    """Set how many threads compiled programs use, ``nn``'s training among them.

    Results do not depend on it, to the last bit. Threads that have nothing to do soon sleep. What
    NumPy computes outside of programs is not affected.

    Args:
        count: at least 1; None for the default: as many as NumPy's BLAS has (set by
            ``OPENBLAS_NUM_THREADS``), or one for each usable core where that is not known. The
            environment variable ``AUTOGRAD_LITE_NUM_THREADS`` sets it from outside.

    Raises:
        ValueError: for less than one.

    Example:
        >>> import autograd_lite as ag
        >>> ag.set_num_threads(1)
        >>> ag.num_threads()
        1
        >>> ag.set_num_threads(None)
    """
    global _asked
    if count is not None and (isinstance(count, bool) or count != int(count) or count < 1):
        raise ValueError(f"a program needs at least one thread, got {count!r}")
    _asked = None if count is None else int(count)


def num_threads() -> int:
    """Return how many threads compiled programs use.

    Example:
        >>> import autograd_lite as ag
        >>> ag.num_threads() >= 1
        True
    """
    if _asked is not None:
        return _asked
    return one_blas_thread.before or blas_threads() or usable_cores()


class _OneBlasThread:
    """A context in which BLAS has one thread, so that the blocks of a product, each a call of BLAS,
    are computed by the threads of the program and no others. Any number of threads may be in it.
    """

    def __init__(self) -> None:
        self.before: int | None = None
        self._inside: list[int] = []  # which threads are, each as often as it has entered
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside and can_rest():
                self.before = blas_threads()
                set_blas_threads(1)
            self._inside.append(threading.get_ident())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            self._inside.remove(threading.get_ident())
            self._restore()

    def _restore(self) -> None:
        if not self._inside and self.before is not None:
            set_blas_threads(self.before)
            self.before = None

    def after_fork(self) -> None:
        """Forget the threads that a new process does not have."""
        self._lock = threading.Lock()
        self._inside = [thread for thread in self._inside if thread == threading.get_ident()]
        self._restore()


one_blas_thread = _OneBlasThread()


def _from_environment() -> int | None:
    text = os.environ.get(VARIABLE, "").strip()
    if not text:
        return None
    if text.isdecimal() and int(text) > 0:
        return int(text)
    warnings.warn(f"{VARIABLE}={text!r} is no number of threads and is ignored", stacklevel=2)
    return None


_asked = _from_environment()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=one_blas_thread.after_fork)
