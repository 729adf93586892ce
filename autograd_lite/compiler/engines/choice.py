"""`engine_named`: what runs a program, by its name."""

from __future__ import annotations

from autograd_lite.compiler.engines.native import numba_is_installed, require_numba
from autograd_lite.compiler.engines.numpy_engine import NumpyEngine


def engine_named(name: str) -> type[NumpyEngine]:
    """The engine of that name.

    Raises:
        ValueError: for an unknown one.
        ImportError: for "numba" where it is not installed.
    """
    if name == "numpy":
        return NumpyEngine
    if name == "auto":
        name = "numba" if numba_is_installed() else "numpy"
        return engine_named(name)
    if name == "numba":
        require_numba()
        from autograd_lite.compiler.engines.native.engine import NativeEngine

        return NativeEngine
    raise ValueError(f"an engine is 'numpy' or 'numba', got {name!r}")
