"""`engine_named`: what runs a program, by its name."""

from __future__ import annotations

from autograd_lite.compiler.engines.native import native_is_installed, require_native
from autograd_lite.compiler.engines.numpy_engine import NumpyEngine


def engine_named(name: str) -> type[NumpyEngine]:
    """The engine of that name.

    Raises:
        ValueError: for an unknown one.
        ImportError: for "native" where it is not installed.
    """
    if name == "numpy":
        return NumpyEngine
    if name == "auto":
        name = "native" if native_is_installed() else "numpy"
        return engine_named(name)
    if name in ("native", "numba"):  # the latter was its name in 0.1
        require_native()
        from autograd_lite.compiler.engines.native.engine import NativeEngine

        return NativeEngine
    raise ValueError(f"an engine is 'numpy' or 'native', got {name!r}")
