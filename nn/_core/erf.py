"""The integral under the bell curve, which NumPy lacks: `erf`, and `normal_below` for `gelu`.

Both are accurate relative to the result: `normal_below` also far below 0, where one minus erf would
cancel. All elements are computed by all formulas and then selected, which takes NumPy less time
than to sort them out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite import gradient, primitive
from autograd_lite.extend import carries_mask, cast, elementwise, multiply_no_nan

SLOPE_AT_ZERO = 2 / math.sqrt(math.pi)

_NEAR_ZERO = 0.46875
_IS_ONE = 6.0  # 1 - erf(6) is 2e-17


def _in_precision(x: Any) -> Any:
    """Float32 as it is; everything else in double precision."""
    dtype = getattr(x, "dtype", None)
    if dtype is None:
        return np.asarray(x, dtype=np.float64)
    return x if dtype in (np.float32, np.float64) else cast(x, dtype=np.float64)


def _is_half(x: Any) -> bool:
    return bool(getattr(x, "dtype", None) == np.float16)


@primitive(inlinable=True)
def erf(x: Any) -> Any:
    """The error function, 2 / sqrt(pi) times the integral of exp(-t**2) from 0 to x.

    Args:
        x: an array or Tensor. Float32 and float16 are computed in float32, and float16 is rounded
            to it; integers and float64 in double precision.

    Example:
        >>> import numpy as np
        >>> erf(np.array([-np.inf, 0.0, 0.5]))
        array([-1.        ,  0.        ,  0.52049988])
    """
    if _is_half(x):
        return cast(erf(cast(x, dtype=np.float32)), dtype=np.float16)
    x = _in_precision(x)
    size = np.minimum(np.abs(x), _IS_ONE)
    near = size < _NEAR_ZERO
    square = np.where(near, size * size, 0)
    inner = size + size * _slope_at_zero(square)
    outer = 1 - 2 * _upper_tail(math.sqrt(2) * size)
    return np.copysign(np.where(near, inner, outer), x)


gradient(
    erf,
    lambda g, y, x: multiply_no_nan(g, SLOPE_AT_ZERO * np.exp(-x * x)),
    maths=(r"\operatorname{erf} x", r"\frac{2}{\sqrt{\pi}} e^{-x^2}"),
)


@primitive(inlinable=True)
def normal_below(x: Any) -> Any:
    """The probability that a standard normal number is below x.

    Args:
        x: as in `erf`.

    Example:
        >>> import numpy as np
        >>> normal_below(np.array([-np.inf, -10.0, 0.0, 1.0]))
        array([0.00000000e+00, 7.61985302e-24, 5.00000000e-01, 8.41344746e-01])
    """
    if _is_half(x):
        return cast(normal_below(cast(x, dtype=np.float32)), dtype=np.float16)
    x = _in_precision(x)
    tail = _upper_tail(np.abs(x))
    return np.where(x < 0, tail, 1 - tail)


gradient(
    normal_below,
    lambda g, y, x: multiply_no_nan(g, SLOPE_AT_ZERO / math.sqrt(8) * np.exp(-0.5 * x * x)),
    maths=(r"\Phi(x)", r"\frac{1}{\sqrt{2 \pi}} e^{-\frac{1}{2} x^2}"),
)


def erfc(x: Any) -> Any:
    """Return 1 - erf(x), accurate relative to the result, however small.

    >>> import numpy as np
    >>> erfc(np.array([0.0, 10.0]))
    array([1.00000000e+00, 2.08848758e-45])
    """
    return 2 * normal_below(-math.sqrt(2) * x)


@primitive
def erfinv(x: Any) -> Any:
    """Return y with erf(y) = x; infinite at -1 and 1, NaN beyond.

    >>> erfinv(np.array([-1.0, 0.0, 0.5]))
    array([      -inf, 0.        , 0.47693628])
    """
    size = np.minimum(np.abs(x), 1).astype(np.float64)
    # Winitzki's approximation, then Newton's steps; near 1 on erfc, where 1 - size is exact.
    with np.errstate(all="ignore"):
        left = np.log1p(-size * size)
        half = 2 / (math.pi * 0.147) + left / 2
        y = np.sqrt(np.sqrt(half * half - left / 0.147) - half)
        for _ in range(3):
            error = np.where(size < 0.5, erf(y) - size, (1 - size) - erfc(y))
            y = y - error / (SLOPE_AT_ZERO * np.exp(-y * y) + y * error)
        y = np.where(size == 1, np.inf, np.where(size == 0, 0, y))
    return np.where(np.abs(x) > 1, np.nan, np.copysign(y, x)).astype(np.result_type(x, np.float16))


gradient(
    erfinv,
    lambda g, y, x: multiply_no_nan(g, np.exp(np.square(y)) / SLOPE_AT_ZERO),
    maths=(r"\operatorname{erfinv}(x)", r"\frac{\sqrt{\pi}}{2} e^{y^2}"),
)


def _polynomial(coefficients: Sequence[float], x: Any) -> Any:
    """Horner's scheme; the coefficient of the highest power comes first."""
    value = coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


def _slope_at_zero(square: Any) -> Any:
    """erf(x) / x - 1 near 0, by x**2. To add x times this to x rounds less than to multiply."""
    if square.dtype == np.float32:
        return _polynomial(_SERIES, square)
    return _polynomial(_NEAR_P, square) / _polynomial(_NEAR_Q, square)


def _upper_tail(t: Any) -> Any:
    """The probability that a standard normal number is above t, for t from 0 up.

    A bell curve, exp(-t**2 / 2), times a slowly falling function. t**2 rounded would cost the
    exponential its last digits, so t is split: the square of the first part is exact.
    """
    t = np.minimum(t, _TAIL_ENDS)
    first = np.rint(t * 16) / 16
    bell = np.exp(-0.5 * first * first) * np.exp(-0.5 * (t - first) * (t + first))
    if t.dtype == np.float32:
        return bell * _falling_single(t)
    size = np.minimum(math.sqrt(0.5) * t, _NEAR_ZERO)
    near = 0.5 - 0.5 * (size + size * _slope_at_zero(size * size))
    return np.where(size < _NEAR_ZERO, near, bell * _falling_double(t))


_TAIL_ENDS = 40.0  # beyond, the tail is below the smallest number

# The series of erf, 2 / sqrt(pi) sum over n of (-1)**n x**(2n) / (n! (2n + 1)), less the x.
_SERIES = tuple(
    SLOPE_AT_ZERO * (-1) ** n / (math.factorial(n) * (2 * n + 1)) - (n == 0)
    for n in reversed(range(7))
)

# exp(t**2 / 2) times the upper tail, for t from 0 to 14.6, where it ends in float32: a fit of least
# squares, relative to the function, reweighted towards equal errors; they are below 6e-9.
_SINGLE_P = (0.00412366680085, 0.0406827379645, 0.183381921752, 0.438492943429, 0.500000002992)
_SINGLE_Q = (
    0.0103363817208,
    0.101982880668,
    0.469858156124,
    1.20311261256,
    1.67487087304,
    1.0,
)


def _falling_single(t: Any) -> Any:
    return _polynomial(_SINGLE_P, t) / _polynomial(_SINGLE_Q, t)


# W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
# Computation 23 (1969), 631-637; coefficients as in his CALERF (SPECFUN, netlib). P of the first is
# his P minus his Q, which makes the quotient erf(x) / x - 1.

_CODY_P = (
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
_NEAR_P = tuple(p - q for p, q in zip(_CODY_P, _NEAR_Q, strict=True))
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
_FAR = 4.0
_FAR_P = (
    1.63153871373020978e-2,
    3.05326634961232344e-1,
    3.60344899949804439e-1,
    1.25781726111229246e-1,
    1.60837851487422766e-2,
    6.58749161529837803e-4,
)
_FAR_Q = (
    1.0,
    2.56852019228982242e00,
    1.87295284992346725e00,
    5.27905102951428412e-1,
    6.05183413124413191e-2,
    2.33520497626869185e-3,
)


def _falling_double(t: Any) -> Any:
    """By x = t / sqrt(2): half of exp(x**2) erfc(x), one for x from 0.46875 to 4, one from 4 on."""
    x = math.sqrt(0.5) * t
    near = np.minimum(x, _FAR)
    middle = _polynomial(_MIDDLE_P, near) / _polynomial(_MIDDLE_Q, near)
    far = np.maximum(x, _FAR)
    z = 1 / (far * far)
    rest = z * _polynomial(_FAR_P, z) / _polynomial(_FAR_Q, z)
    return 0.5 * np.where(x < _FAR, middle, (SLOPE_AT_ZERO / 2 - rest) / far)


carries_mask(elementwise, erf, normal_below)
