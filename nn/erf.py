"""erf, the error function, which NumPy lacks: the integral under the bell curve, for `gelu`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.primitives import times
from autograd_lite.table import gradient
from autograd_lite.tensor import primitive

__all__ = ["erf"]

SLOPE_AT_ZERO = 2 / math.sqrt(math.pi)


@primitive
def erf(x: Any) -> Any:
    """The error function, 2 / sqrt(pi) times the integral of exp(-t**2) from 0 to x.

    Args:
        x: an array or Tensor of floats. Float32 is computed in float32, to about 1e-7; every
            other type in double precision, to about 1e-16, relative to the result.

    Example:
        >>> import numpy as np
        >>> erf(np.array([-np.inf, 0.0, 0.5]))
        array([-1.        ,  0.        ,  0.52049988])
    """
    return _single(x) if getattr(x, "dtype", None) == np.float32 else _double(x)


gradient(
    erf,
    lambda g, y, x: times(g, SLOPE_AT_ZERO * np.exp(-x * x)),
    maths=(r"\operatorname{erf} x", r"\frac{2}{\sqrt{\pi}} e^{-x^2}"),
)


def _polynomial(coefficients: Sequence[float], x: Any) -> Any:
    """Horner's scheme; the coefficient of the highest power comes first."""
    value = coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


# -- single precision ------------------------------------------------------------------------------
# One odd rational function, x P(x**2) / Q(x**2), up to where erf rounds to 1. The coefficients are
# those of XLA (xla/hlo/builder/lib/math.cc, ErfImpl32), a minimax fit.

_SINGLE_IS_ONE = 3.832506856900711
_SINGLE_P = (
    0.00022905065861350646,
    0.0034082910107109506,
    0.050955695062380861,
    0.18520832239976145,
    1.128379143519084,
)
_SINGLE_Q = (
    -1.1791602954361697e-7,
    0.000023547966471313185,
    0.0010179625278914885,
    0.014070470171167667,
    0.11098505178285362,
    0.49746925110067538,
    1.0,
)


def _single(x: Any) -> Any:
    x = np.clip(x, -_SINGLE_IS_ONE, _SINGLE_IS_ONE)
    square = x * x
    return np.clip(x * _polynomial(_SINGLE_P, square) / _polynomial(_SINGLE_Q, square), -1, 1)


# -- double precision ------------------------------------------------------------------------------
# W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
# Computation 23 (1969), 631-637; coefficients as in his CALERF (SPECFUN, netlib).

_NEAR_P = (
    1.85777706184603153e-1,
    3.16112374387056560e00,
    1.13864154151050156e02,
    3.77485237685302021e02,
    3.20937758913846947e03,
)
_NEAR_Q = (
    1.0,
    2.36012909523441209e01,
    2.44024637934444173e02,
    1.28261652607737228e03,
    2.84423683343917062e03,
)
_MIDDLE_P = (
    2.15311535474403846e-8,
    5.64188496988670089e-1,
    8.88314979438837594e00,
    6.61191906371416295e01,
    2.98635138197400131e02,
    8.81952221241769090e02,
    1.71204761263407058e03,
    2.05107837782607147e03,
    1.23033935479799725e03,
)
_MIDDLE_Q = (
    1.0,
    1.57449261107098347e01,
    1.17693950891312499e02,
    5.37181101862009858e02,
    1.62138957456669019e03,
    3.29079923573345963e03,
    4.36261909014324716e03,
    3.43936767414372164e03,
    1.23033935480374942e03,
)
_DOUBLE_IS_ONE = 6.0  # 1 - erf(6) is 2e-17


def _double(x: Any) -> Any:
    x = np.asarray(x, dtype=np.float64)
    size = np.abs(x)
    return np.piecewise(
        x,
        [size <= 0.46875, size >= _DOUBLE_IS_ONE],
        [_near_zero, np.sign, _in_between],
    )


def _near_zero(x: Any) -> Any:
    square = x * x
    return x * _polynomial(_NEAR_P, square) / _polynomial(_NEAR_Q, square)


def _in_between(x: Any) -> Any:
    """1 minus the complement, which is exp(-x**2) times a rational function.

    Cody's is accurate relative to the complement up to 4; beyond, where the complement is
    below 2e-8, it is still far more accurate than the result can show.
    """
    size = np.abs(x)
    complement = np.exp(-x * x) * _polynomial(_MIDDLE_P, size) / _polynomial(_MIDDLE_Q, size)
    return np.copysign(1 - complement, x)
