"""Rules of the element-wise operations.

``multiply_no_nan(g, d)`` is the chain rule, upstream gradient times local derivative, in which an
exact zero wins over an infinite or undefined factor (see `primitives.multiply_no_nan`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.primitives import multiply_no_nan
from autograd_lite.recording import primitive
from autograd_lite.rules.helpers import as_precise, inverse, quotient, rescaling, undefined
from autograd_lite.rules.sinc import sinc_derivative
from autograd_lite.table import composite, gradient, nondifferentiable

LOG_2 = math.log(2.0)
LOG_10 = math.log(10.0)

# -- arithmetic ------------------------------------------------------------------------------------

gradient(np.add, lambda g, y, a, b: g, lambda g, y, a, b: g, maths=("a + b", "1", "1"))
gradient(np.subtract, lambda g, y, a, b: g, lambda g, y, a, b: -g, maths=("a - b", "1", "-1"))
gradient(
    np.multiply,
    lambda g, y, a, b: multiply_no_nan(g, b),
    lambda g, y, a, b: multiply_no_nan(g, a),
    maths=(r"a \odot b", "b", "a"),
)
gradient(
    np.divide,
    lambda g, y, a, b: multiply_no_nan(g, inverse(as_precise(b, y))),
    lambda g, y, a, b: multiply_no_nan(g, -y / b),
    maths=(r"\frac{a}{b}", r"\frac{1}{b}", r"-\frac{y}{b}"),
)
gradient(np.negative, lambda g, y, x: -g, maths=("-x", "-1"))
gradient(np.positive, lambda g, y, x: g, maths=("x", "1"))
gradient(np.reciprocal, lambda g, y, x: multiply_no_nan(g, -y * y), maths=(r"\frac{1}{x}", "-y^2"))
gradient(np.square, lambda g, y, x: multiply_no_nan(g, 2 * x), maths=("x^2", "2 x"))
gradient(
    np.sqrt, lambda g, y, x: multiply_no_nan(g, 0.5 / y), maths=(r"\sqrt{x}", r"\frac{1}{2 y}")
)
gradient(
    np.cbrt,
    lambda g, y, x: multiply_no_nan(g, 1 / (3 * y * y)),
    maths=(r"\sqrt[3]{x}", r"\frac{1}{3 y^2}"),
)
gradient(
    np.remainder,
    lambda g, y, a, b: g,
    lambda g, y, a, b: multiply_no_nan(g, -np.floor_divide(a, b)),
    maths=(r"a - b \lfloor \frac{a}{b} \rfloor", "1", r"-\lfloor \frac{a}{b} \rfloor"),
)
gradient(
    np.fmod,
    lambda g, y, a, b: g,
    lambda g, y, a, b: multiply_no_nan(g, np.rint((y - a) / b)),
    maths=(r"a - b \operatorname{trunc}(\frac{a}{b})", "1", r"-\operatorname{trunc}(\frac{a}{b})"),
)


def _slope_of_power(a: Any, b: Any) -> Any:
    """b a^(b-1). At a = 0 and b = 0 the exponent is 1, since 0 * 0 is zero and 0 * 0^-1 NaN."""
    if isinstance(b, (int, float)):
        return b * a ** (b - 1 if b else 1)
    return b * a ** np.where((a == 0) & (b == 0), 1, b - 1)


def _log_of_base(a: Any) -> Any:
    """log(a), with 0 at a = 0: there a**b does not depend on b to first order for b > 0."""
    if isinstance(a, (int, float)):
        return math.log(a) if a > 0 else 0.0 if a == 0 else math.nan
    return np.log(np.where(a == 0, 1, a))


for _power in (np.power, np.float_power):
    gradient(
        _power,
        lambda g, y, a, b: multiply_no_nan(g, _slope_of_power(as_precise(a, y), as_precise(b, y))),
        lambda g, y, a, b: multiply_no_nan(g, y * _log_of_base(as_precise(a, y))),
        maths=("a^b", "b a^{b - 1}", r"y \log a"),
    )

# -- exponentials and logarithms -------------------------------------------------------------------

gradient(np.exp, lambda g, y, x: multiply_no_nan(g, y), maths=("e^x", "y"))
gradient(np.exp2, lambda g, y, x: multiply_no_nan(g, y * LOG_2), maths=("2^x", r"y \log 2"))
# Not y + 1: below -37 the output has rounded to -1, and what is left of e^x is lost.
gradient(np.expm1, lambda g, y, x: multiply_no_nan(g, np.exp(x)), maths=("e^x - 1", "e^x"))
gradient(np.log, lambda g, y, x: multiply_no_nan(g, 1 / x), maths=(r"\log x", r"\frac{1}{x}"))
gradient(
    np.log2,
    lambda g, y, x: multiply_no_nan(g, 1 / (x * LOG_2)),
    maths=(r"\log_2 x", r"\frac{1}{x \log 2}"),
)
gradient(
    np.log10,
    lambda g, y, x: multiply_no_nan(g, 1 / (x * LOG_10)),
    maths=(r"\log_{10} x", r"\frac{1}{x \log 10}"),
)
gradient(
    np.log1p,
    lambda g, y, x: multiply_no_nan(g, 1 / (1 + x)),
    maths=(r"\log(1 + x)", r"\frac{1}{1 + x}"),
)


def _share(a: Any, b: Any, power: Any) -> Any:
    """The share of `a` in the log-sum-exp of a and b, by the difference of the two: that of a and
    the output would be lost in its rounding. Equal infinities share equally.
    """
    return 1 / (1 + power(np.where((a == b) & np.isinf(a), 0, b - a)))


gradient(
    np.logaddexp,
    lambda g, y, a, b: multiply_no_nan(g, _share(a, b, np.exp)),
    lambda g, y, a, b: multiply_no_nan(g, _share(b, a, np.exp)),
    maths=(r"\log(e^a + e^b)", "e^{a - y}", "e^{b - y}"),
)
gradient(
    np.logaddexp2,
    lambda g, y, a, b: multiply_no_nan(g, _share(a, b, np.exp2)),
    lambda g, y, a, b: multiply_no_nan(g, _share(b, a, np.exp2)),
    maths=(r"\log_2(2^a + 2^b)", "2^{a - y}", "2^{b - y}"),
)

# -- trigonometric and hyperbolic ------------------------------------------------------------------

gradient(np.sin, lambda g, y, x: multiply_no_nan(g, np.cos(x)), maths=(r"\sin x", r"\cos x"))
gradient(np.cos, lambda g, y, x: multiply_no_nan(g, -np.sin(x)), maths=(r"\cos x", r"-\sin x"))
gradient(np.tan, lambda g, y, x: multiply_no_nan(g, 1 + y * y), maths=(r"\tan x", "1 + y^2"))


# Each with a rule of its own: near 0 the derivatives of the factors would cancel, and near 1, where
# 1 - x is exact, 1 - x * x is not.


@primitive(inlinable=True)
def slope_of_arcsin(x: Any) -> Any:
    """1 / sqrt(1 - x^2)."""
    return 1 / np.sqrt((1 - x) * (1 + x))


@primitive(inlinable=True)
def slope_of_arctanh(x: Any) -> Any:
    """1 / (1 - x^2)."""
    return 1 / ((1 - x) * (1 + x))


gradient(
    slope_of_arcsin,
    lambda g, y, x: multiply_no_nan(g, x * y * y * y),
    maths=(r"\frac{1}{\sqrt{1 - x^2}}", "x y^3"),
)
gradient(
    slope_of_arctanh,
    lambda g, y, x: multiply_no_nan(g, 2 * x * y * y),
    maths=(r"\frac{1}{1 - x^2}", "2 x y^2"),
)
gradient(
    np.arcsin,
    lambda g, y, x: multiply_no_nan(g, slope_of_arcsin(x)),
    maths=(r"\arcsin x", r"\frac{1}{\sqrt{1 - x^2}}"),
)
gradient(
    np.arccos,
    lambda g, y, x: multiply_no_nan(g, -slope_of_arcsin(x)),
    maths=(r"\arccos x", r"-\frac{1}{\sqrt{1 - x^2}}"),
)
gradient(
    np.arctan,
    lambda g, y, x: multiply_no_nan(g, np.square(1 / np.hypot(x, 1))),  # x * x may overflow
    maths=(r"\arctan x", r"\frac{1}{1 + x^2}"),
)
gradient(np.sinh, lambda g, y, x: multiply_no_nan(g, np.cosh(x)), maths=(r"\sinh x", r"\cosh x"))
gradient(np.cosh, lambda g, y, x: multiply_no_nan(g, np.sinh(x)), maths=(r"\cosh x", r"\sinh x"))


@primitive(inlinable=True)
def sech_squared(x: Any) -> Any:
    """The derivative of tanh: 1 - y * y, but with all its digits where y rounds to 1."""
    growth = np.exp(x)
    sech = 2 / (growth + 1 / growth)  # 0 where either is infinite
    return sech * sech


gradient(
    sech_squared,
    lambda g, y, x: multiply_no_nan(g, -2 * np.tanh(x) * y),
    maths=(r"1 - \tanh^2 x", r"-2 y \tanh x"),
)
gradient(
    np.tanh, lambda g, y, x: multiply_no_nan(g, sech_squared(x)), maths=(r"\tanh x", "1 - y^2")
)
gradient(
    np.arcsinh,
    lambda g, y, x: multiply_no_nan(g, 1 / np.hypot(x, 1)),
    maths=(r"\operatorname{arcsinh} x", r"\frac{1}{\sqrt{x^2 + 1}}"),
)
gradient(
    np.arccosh,
    lambda g, y, x: multiply_no_nan(g, 1 / (np.sqrt(x - 1) * np.sqrt(x + 1))),
    maths=(r"\operatorname{arccosh} x", r"\frac{1}{\sqrt{x^2 - 1}}"),
)
gradient(
    np.arctanh,
    lambda g, y, x: multiply_no_nan(g, slope_of_arctanh(x)),
    maths=(r"\operatorname{arctanh} x", r"\frac{1}{1 - x^2}"),
)


def _slope_of_angle(g: Any, opposite: Any, a: Any, b: Any) -> Any:
    """g times opposite / (a^2 + b^2), scaled so that no intermediate result leaves the range."""
    scale = rescaling(a, b)
    length = np.hypot(a * scale, b * scale)
    return multiply_no_nan(g, opposite * scale / length / length * scale)


def _share_of_length(g: Any, part: Any, a: Any, b: Any) -> Any:
    """g times part / hypot(a, b): by the inputs, since a subnormal output has few digits."""
    scale = rescaling(a, b)
    return multiply_no_nan(g, quotient(part * scale, np.hypot(a * scale, b * scale)))


gradient(
    np.arctan2,
    lambda g, y, a, b: _slope_of_angle(g, as_precise(b, y), a, b),
    lambda g, y, a, b: _slope_of_angle(g, -as_precise(a, y), a, b),
    maths=(r"\operatorname{arctan2}(a, b)", r"\frac{b}{a^2 + b^2}", r"-\frac{a}{a^2 + b^2}"),
)
gradient(
    np.hypot,
    lambda g, y, a, b: _share_of_length(g, a, a, b),
    lambda g, y, a, b: _share_of_length(g, b, a, b),
    maths=(r"\sqrt{a^2 + b^2}", r"\frac{a}{y}", r"\frac{b}{y}"),
)
for _to_radians in (np.deg2rad, np.radians):
    gradient(
        _to_radians,
        lambda g, y, x: g * (math.pi / 180),
        maths=(r"\frac{\pi}{180} x", r"\frac{\pi}{180}"),
    )
for _to_degrees in (np.rad2deg, np.degrees):
    gradient(
        _to_degrees,
        lambda g, y, x: g * (180 / math.pi),
        maths=(r"\frac{180}{\pi} x", r"\frac{180}{\pi}"),
    )


gradient(
    np.sinc,
    lambda g, y, x: multiply_no_nan(g, sinc_derivative(x, order=1)),
    maths=(r"\frac{\sin(\pi x)}{\pi x}", r"\frac{\cos(\pi x) - y}{x}"),
)

# -- kinks: ties share the gradient equally, abs has subgradient 0 at 0 ----------------------------

gradient(
    np.absolute,
    lambda g, y, x: multiply_no_nan(g, np.sign(x)),
    maths=(r"\lvert x \rvert", r"\operatorname{sign} x"),
)
gradient(
    np.fabs,
    lambda g, y, x: multiply_no_nan(g, np.sign(x)),
    maths=(r"\lvert x \rvert", r"\operatorname{sign} x"),
)


def _winner(g: Any, won: Any, tied: Any) -> Any:
    """G where `won`, half of it where `tied`, else 0."""
    return np.where(won, g, np.where(tied, 0.5 * g, 0))


def _if_larger(g: Any, first: Any, second: Any) -> Any:
    """G where first > second, half of it at ties; undefined where one of them is NaN."""
    rest = np.where(first == second, 0.5 * g, undefined(g))
    return np.where(first > second, g, np.where(first < second, 0, rest))


gradient(
    np.maximum,
    lambda g, y, a, b: _if_larger(g, a, b),
    lambda g, y, a, b: _if_larger(g, b, a),
    maths=(r"\max(a, b)", r"[a > b] + \frac{1}{2} [a = b]", r"[b > a] + \frac{1}{2} [a = b]"),
)
gradient(
    np.minimum,
    lambda g, y, a, b: _if_larger(g, b, a),
    lambda g, y, a, b: _if_larger(g, a, b),
    maths=(r"\min(a, b)", r"[a < b] + \frac{1}{2} [a = b]", r"[b < a] + \frac{1}{2} [a = b]"),
)
gradient(
    np.fmax,
    lambda g, y, a, b: _winner(g, (a > b) | np.isnan(b), a == b),
    lambda g, y, a, b: _winner(g, (b > a) | np.isnan(a) & ~np.isnan(b), a == b),
    maths=(r"\max(a, b)", r"[a > b] + \frac{1}{2} [a = b]", r"[b > a] + \frac{1}{2} [a = b]"),
)
gradient(
    np.fmin,
    lambda g, y, a, b: _winner(g, (a < b) | np.isnan(b), a == b),
    lambda g, y, a, b: _winner(g, (b < a) | np.isnan(a) & ~np.isnan(b), a == b),
    maths=(r"\min(a, b)", r"[a < b] + \frac{1}{2} [a = b]", r"[b < a] + \frac{1}{2} [a = b]"),
)
gradient(
    np.where,
    None,
    lambda g, y, condition, a, b: np.where(condition, g, 0),
    lambda g, y, condition, a, b: np.where(condition, 0, g),
    maths=(
        r"\begin{cases} a & \mathrm{condition} \\ b & \text{else} \end{cases}",
        None,
        r"[\mathrm{condition}]",
        r"1 - [\mathrm{condition}]",
    ),
)


@primitive(inlinable=True)
def clip(x: Any, low: Any, high: Any) -> Any:
    """``np.clip``; at a bound the gradient passes to x, beyond it to the bound; where both bounds
    are equal, x does not matter, and what x equals too is the upper one.

    None is no bound, for integers, which have no infinity.
    """
    above = x if low is None else np.maximum(x, low)
    return above if high is None else np.minimum(above, high)


gradient(
    clip,
    lambda g, y, x, low, high: np.where(
        (x >= low) & (x <= high) & (low < high), g, np.where(np.isnan(y), undefined(g), 0)
    ),
    lambda g, y, x, low, high: np.where((x < low) & (low <= high), g, 0),
    lambda g, y, x, low, high: np.where((x > high) | (low > high) | (x == low) & (x == high), g, 0),
    maths=(
        r"\min(\max(x, \mathrm{low}), \mathrm{high})",
        r"[\mathrm{low} \le x \le \mathrm{high}]",
        r"[x < \mathrm{low}]",
        r"[x > \mathrm{high}]",
    ),
)


@composite(np.clip)
def _clip(
    a: Any,
    a_min: Any = np._NoValue,
    a_max: Any = np._NoValue,
    *,
    min: Any = np._NoValue,
    max: Any = np._NoValue,
) -> Any:
    """Bounds by either pair of names. A Python integer that no element can reach is no bound."""
    nothing = np._NoValue
    if a_min is nothing and a_max is nothing:
        a_min, a_max = (None if bound is nothing else bound for bound in (min, max))
    elif min is not nothing or max is not nothing:
        raise ValueError("clip takes its bounds as a_min and a_max, or as min and max, not both")
    for name, bound in (("a_min", a_min), ("a_max", a_max)):
        if bound is nothing:
            raise TypeError(f"clip() missing 1 required positional argument: {name!r}")
    dtype = np.result_type(a)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        a_min = None if type(a_min) is int and a_min <= info.min else a_min
        a_max = None if type(a_max) is int and a_max >= info.max else a_max
    if a_min is None and a_max is None:
        return np.positive(a)
    if dtype.kind != "f":
        return clip(a, a_min, a_max)
    low, high = (-math.inf if a_min is None else a_min), (math.inf if a_max is None else a_max)
    return clip(a, low, high)


@composite(np._core.umath.clip)  # type: ignore[attr-defined]  # what `ndarray.clip` calls
def _clip_between(x: Any, low: Any, high: Any) -> Any:
    return _clip(x, low, high)


@composite(np.fix)
def _fix(x: Any) -> Any:
    """Return what NumPy 2.5 advises, which deprecates `fix`."""
    return np.trunc(x)


@composite(np.nan_to_num)
def _nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """Not a number and the infinities replaced: by the largest finite numbers, unless told."""
    if x.dtype.kind != "f":
        return np.copy(x)  # integers are numbers
    largest = float(np.finfo(x.dtype).max)
    positive = np.where(x == math.inf, largest if posinf is None else posinf, x)
    infinite = np.where(x == -math.inf, -largest if neginf is None else neginf, positive)
    return np.where(np.isnan(x), nan, infinite).astype(x.dtype, copy=False)


# -- steps: the gradient is zero -------------------------------------------------------------------

for _step in (np.sign, np.floor, np.ceil, np.trunc, np.rint):
    gradient(
        _step,
        lambda g, y, x: np.zeros_like(g),
        maths=(f"\\operatorname{{{_step.__name__}}} x", "0"),
    )
for _rounding in (np.round, np.around):
    gradient(
        _rounding,
        lambda g, y, x, decimals=0: np.zeros_like(g),
        maths=(r"\operatorname{round} x", "0"),
    )
gradient(
    np.floor_divide,
    lambda g, y, a, b: np.zeros_like(g),
    lambda g, y, a, b: np.zeros_like(g),
    maths=(r"\lfloor \frac{a}{b} \rfloor", "0", "0"),
)
gradient(
    np.heaviside,
    lambda g, y, x, at_zero: np.zeros_like(g),
    lambda g, y, x, at_zero: np.where(x == 0, g, 0),
    maths=(
        r"\begin{cases} 0 & x < 0 \\ \mathrm{at\_zero} & x = 0 \\ 1 & x > 0 \end{cases}",
        "0",
        "[x = 0]",
    ),
)
gradient(
    np.copysign,
    lambda g, y, a, b: np.where(np.signbit(a) == np.signbit(b), g, -g),
    lambda g, y, a, b: np.zeros_like(g),
    maths=(
        r"\lvert a \rvert \operatorname{sign}(b)",
        r"\operatorname{sign}(a) \operatorname{sign}(b)",
        "0",
    ),
)

# -- the same values -------------------------------------------------------------------------------

for _same in (np.real, np.conjugate):
    gradient(_same, lambda g, y, x: g, maths=("x", "1"))
gradient(np.copy, lambda g, y, x, *, order="K": g, maths=("x", "1"))

# -- recorded, without a gradient ------------------------------------------------------------------

for _compare, _sign in {
    np.less: "<",
    np.less_equal: r"\le",
    np.greater: ">",
    np.greater_equal: r"\ge",
    np.equal: "=",
    np.not_equal: r"\ne",
    np.logical_and: r"\wedge",
    np.logical_or: r"\vee",
    np.logical_xor: r"\oplus",
    np.bitwise_and: r"\wedge",
    np.bitwise_or: r"\vee",
    np.bitwise_xor: r"\oplus",
}.items():
    nondifferentiable(_compare, 2, maths=f"[a {_sign} b]")
for _of_integers in (np.left_shift, np.right_shift, np.gcd, np.lcm):
    nondifferentiable(_of_integers, 2)
for _negation in (np.logical_not, np.invert):
    nondifferentiable(_negation, maths=r"\neg x")
for _test in (
    np.isnan,
    np.isinf,
    np.isfinite,
    np.isneginf,
    np.isposinf,
    np.signbit,
):
    nondifferentiable(_test)
nondifferentiable(np.isclose, 2, "rtol atol equal_nan")
