"""Rules of functions that take numbers apart, and put them together again."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.primitives import cast
from autograd_lite.table import composite, gradient


@composite(np.divmod)
def _divmod(x1: Any, x2: Any) -> tuple[Any, Any]:
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


@composite(np.modf)
def _modf(x: Any) -> tuple[Any, Any]:
    """The fraction by the remainder of a division by 1; of an infinity it is 0."""
    dtype = np.modf.resolve_dtypes((x.dtype, None, None))[0]  # integers become floats
    x = x if x.dtype == dtype else cast(x, dtype=dtype)
    infinite = np.isinf(x)
    fraction = np.fmod(np.where(infinite, 0, x), 1)
    return np.copysign(np.where(infinite, 0, fraction), x), np.trunc(x)


def _frexp_rule(g: Any, y: Any, x: Any) -> Any:
    """The mantissa is x / 2^exponent, and the exponent a step."""
    return np.ldexp(g[0], -y[1])


gradient(
    np.frexp,
    _frexp_rule,
    maths=(r"(x\, 2^{-e},\ e)", r"2^{-e} \bar{y}"),
)
gradient(
    np.ldexp,
    lambda g, y, x, exponent: np.ldexp(g, exponent),
    None,
    maths=(r"x\, 2^{\mathrm{exponent}}", r"2^{\mathrm{exponent}}", None),
)
# The next number up or down is x, up to rounding.
gradient(
    np.nextafter,
    lambda g, y, x, towards: g,
    lambda g, y, x, towards: np.zeros_like(g),
    maths=(r"\operatorname{nextafter}(x, \mathrm{towards})", "1", "0"),
)
gradient(np.spacing, lambda g, y, x: np.zeros_like(g), maths=(r"\operatorname{spacing}(x)", "0"))
