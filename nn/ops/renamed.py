"""NumPy's functions with the names that Keras gives to their arguments; NumPy's names hold too."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

# What Keras calls the first arguments, and the functions where NumPy calls them something else (or
# nothing: those of ufuncs have no names).
ARGUMENTS = {
    "x": """
        abs absolute angle arccos arccosh arcsin arcsinh arctan arctanh argpartition argsort
        array_split bitwise_invert bitwise_not broadcast_to cbrt ceil conj conjugate copy cos cosh
        cumprod cumsum deg2rad diag diagflat diagonal dsplit empty_like exp exp2 expand_dims expm1
        fabs flip fliplr flipud floor full_like histogram hsplit imag isfinite isinf isnan log
        log10 log1p log2 logical_not moveaxis nancumprod nancumsum ndim negative nonzero ones_like
        rad2deg ravel real reciprocal repeat roll round sign signbit sin sinh size sort split sqrt
        square squeeze stack swapaxes take tan tanh trace transpose tril triu trunc vsplit
        zeros_like""",
    "x1 x2": """
        add allclose append arctan2 correlate cross divide dot equal floor_divide fmax fmin fmod
        gcd greater greater_equal heaviside hypot inner isclose isin kron lcm ldexp less less_equal
        logaddexp logaddexp2 logical_and logical_or logical_xor matmul maximum minimum mod multiply
        nextafter not_equal outer power subtract tensordot true_divide vdot""",
    "x y": "bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor left_shift "
    "right_shift",
    "xs": "concatenate dstack hstack vstack",
    "x repeats": "tile",
    "array": "rot90",
    "sorted_sequence values": "searchsorted",
    "condition x1 x2": "where",
}


def renamed(function: Callable[..., Any], names: str, module: str = __name__) -> Callable[..., Any]:
    """Return a function whose first arguments may be given by these names, for a module.

    >>> renamed(np.tile, "x repeats")(x=[1, 2], repeats=2)
    array([1, 2, 1, 2])
    """
    leading = names.split()

    @functools.wraps(function, ("__name__", "__qualname__"), ())
    def call(*args: Any, **options: Any) -> Any:
        if options:
            for name in leading[len(args) :]:
                if name not in options:
                    break
                args += (options.pop(name),)
        return function(*args, **options)

    del call.__wrapped__  # its signature is not NumPy's
    call.__signature__ = _signature(function, leading)  # type: ignore[attr-defined]
    call.__module__ = module
    call.__doc__ = f"`np.{function.__name__}` as ``({', '.join(leading)}, ...)``."
    return call


def _signature(function: Callable[..., Any], leading: list[str]) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    further = []
    if not isinstance(function, np.ufunc):
        with contextlib.suppress(ValueError):  # an older NumPy does not say them all
            further = list(inspect.signature(function).parameters.values())[len(leading) :]
    return inspect.Signature([*(inspect.Parameter(name, kind) for name in leading), *further])


globals().update(
    {
        name: renamed(getattr(np, name), names)
        for names, functions in ARGUMENTS.items()
        for name in functions.split()
    }
)
__all__ = [name for functions in ARGUMENTS.values() for name in functions.split()]
