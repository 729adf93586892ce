"""Native code for programs, by numba."""

from __future__ import annotations

import functools
import importlib

__all__ = ["numba_is_installed", "require_numba"]


@functools.cache
def numba_is_installed() -> bool:
    """Return whether numba can be imported: it refuses versions of NumPy too new for it."""
    try:
        importlib.import_module("numba")
    except ImportError:
        return False
    return True


def require_numba() -> None:
    """Raise unless numba is installed.

    Raises:
        ImportError: with the command that installs it.
    """
    if not numba_is_installed():
        raise ImportError(
            "engine='numba' needs numba, in a version that takes this NumPy: pip install "
            "'numba>=0.61'. Without it, engine='numpy' runs the same program"
        )
