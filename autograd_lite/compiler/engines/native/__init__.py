"""Native code for programs, compiled by LLVM."""

from __future__ import annotations

import functools
import importlib

__all__ = ["native_is_installed", "require_native"]


@functools.cache
def native_is_installed() -> bool:
    """Return whether llvmlite can be imported, by which native code is compiled and loaded."""
    try:
        importlib.import_module("llvmlite.binding")
    except (ImportError, OSError):  # the latter where its library cannot be loaded
        return False
    return True


def require_native() -> None:
    """Raise unless llvmlite is installed.

    Raises:
        ImportError: with the command that installs it.
    """
    if not native_is_installed():
        raise ImportError(
            "engine='native' needs llvmlite: pip install 'llvmlite>=0.45'. Without it, "
            "engine='numpy' runs the same program"
        )
