"""Operations element by element."""

import numpy as np

import autograd_lite as ag
from autograd_lite.primitives import cast
from oracle.operations.operation import (
    ABOVE_ONE,
    ANY,
    FAR,
    MODERATE,
    MODEST,
    NONZERO,
    OFF_INTEGERS,
    OFF_KINK,
    POSITIVE,
    SMALL,
    UNIT,
    apart,
    operation,
)

# -- adapters: what the generator puts before an operation that needs its operand so ---------------

operation(
    "affine_square",
    (),
    lambda xp, x, a, b: a * x * x + b,
    lambda t, x, a, b: a * x * x + b,
    parameters=lambda random, shape: {"a": float(random.uniform(0.2, 1)), "b": 0.3},
)
operation(
    "squash",
    (),
    lambda xp, x, a: a * x / xp.sqrt(1 + x * x),
    lambda t, x, a: a * x / t.sqrt(1 + x * x),
    parameters=lambda random, shape: {"a": float(random.uniform(0.5, 2))},
)

# -- one operand -----------------------------------------------------------------------------------

# NumPy's name, the need, PyTorch's name if it differs.
_UNARY = [
    ("negative", ANY, None),
    ("positive", ANY, None),
    ("square", ANY, None),
    ("sqrt", POSITIVE, None),
    ("reciprocal", NONZERO, None),
    ("absolute", OFF_KINK, None),
    ("fabs", OFF_KINK, "abs"),
    ("exp", SMALL, None),
    ("exp2", SMALL, None),
    ("expm1", SMALL, None),
    ("log", POSITIVE, None),
    ("log2", POSITIVE, None),
    ("log10", POSITIVE, None),
    ("log1p", POSITIVE, None),
    ("sin", ANY, None),
    ("cos", ANY, None),
    ("tan", UNIT, None),
    ("arcsin", UNIT, None),
    ("arccos", UNIT, None),
    ("arctan", ANY, None),
    ("sinh", SMALL, None),
    ("cosh", SMALL, None),
    ("tanh", MODEST, None),
    ("arcsinh", ANY, None),
    ("arccosh", ABOVE_ONE, None),
    ("arctanh", UNIT, None),
    ("deg2rad", ANY, None),
    ("radians", ANY, "deg2rad"),
    ("rad2deg", SMALL, None),
    ("degrees", SMALL, "rad2deg"),
    ("sinc", NONZERO, None),
    ("sign", OFF_KINK, None),
    ("floor", OFF_INTEGERS, None),
    ("ceil", OFF_INTEGERS, None),
    ("trunc", OFF_INTEGERS, None),
    ("rint", OFF_INTEGERS, "round"),
    ("fix", OFF_INTEGERS, "fix"),
    ("nan_to_num", ANY, None),
    ("copy", ANY, "clone"),
    ("real", ANY, "clone"),
    ("conjugate", ANY, "clone"),
]
for _name, _need, _torch in _UNARY:
    operation(
        _name,
        getattr(np, _name),
        lambda xp, x, name=_name: getattr(xp, name)(x),
        lambda t, x, name=_torch or _name: getattr(t, name)(x),
        jax=(lambda xp, x: xp.trunc(x)) if _name == "fix" else None,
        needs=(_need,),
    )
operation(
    "cbrt",
    np.cbrt,
    lambda xp, x: xp.cbrt(x),
    lambda t, x: t.sign(x) * t.abs(x) ** (1 / 3),
    needs=(NONZERO,),
)
for _name in ("round", "around"):
    operation(
        _name,
        getattr(np, _name),
        lambda xp, x, decimals, name=_name: getattr(xp, name)(x, decimals),
        lambda t, x, decimals: t.round(x, decimals=decimals),
        needs=(ANY,),
        parameters=lambda random, shape: {"decimals": int(random.integers(0, 2))},
        fits=lambda x, decimals: bool(
            (np.abs(np.abs((x * 10**decimals) % 1) - 0.5) > FAR * 10**decimals).all()
        ),
    )
operation(
    "clip",
    np.clip,
    lambda xp, x, low, high: xp.clip(x, low, high),
    lambda t, x, low, high: t.clamp(x, low, high),
    parameters=lambda random, shape: {
        "low": None if random.random() < 0.3 else float(random.uniform(-1, 0)),
        "high": float(random.uniform(0.1, 1)),
    },
    fits=lambda x, low, high: all(
        (np.abs(x - bound) > FAR).all() for bound in (low, high) if bound is not None
    ),
)

# -- an operand and a number -----------------------------------------------------------------------


def _number(low, high):
    return lambda random, shape: {"c": float(random.uniform(low, high))}


for _name, _function, _need, _range in [
    ("add_number", lambda xp, x, c: x + c, ANY, (-2, 2)),
    ("number_minus", lambda xp, x, c: c - x, ANY, (-2, 2)),
    ("times_number", lambda xp, x, c: c * x, ANY, (-2, 2)),
    ("divide_by_number", lambda xp, x, c: x / c, ANY, (0.5, 3)),
    ("number_over", lambda xp, x, c: c / x, NONZERO, (-2, 2)),
    ("power_of_number", lambda xp, x, c: c**x, SMALL, (0.5, 2.5)),
    ("to_a_real_power", lambda xp, x, c: x**c, POSITIVE, (-2, 3)),
]:
    operation(_name, (), _function, _function, needs=(_need,), parameters=_number(*_range))
operation(
    "to_a_whole_power",
    np.power,
    lambda xp, x, n: x**n,
    lambda t, x, n: x**n,
    needs=(NONZERO,),
    parameters=lambda random, shape: {"n": int(random.integers(-2, 5))},
)

# -- two operands ----------------------------------------------------------------------------------


def _quotient_off_integers(a, b):
    q = a / b
    return bool((np.abs(q - np.rint(q)) > FAR).all() and (np.abs(q) < 20).all())


_BINARY = [
    ("add", (ANY, ANY), None),
    ("subtract", (ANY, ANY), None),
    ("multiply", (ANY, ANY), None),
    ("divide", (ANY, NONZERO), None),
    ("power", (POSITIVE, SMALL), "pow"),
    # Far apart, PyTorch's second derivative of these two is NaN.
    ("logaddexp", (MODERATE, MODERATE), None),
    ("logaddexp2", (MODERATE, MODERATE), None),
    ("arctan2", (NONZERO, ANY), None),
    ("hypot", (NONZERO, ANY), None),
]
for _name, _needs, _torch in _BINARY:
    operation(
        _name,
        getattr(np, _name),
        lambda xp, a, b, name=_name: getattr(xp, name)(a, b),
        lambda t, a, b, name=_torch or _name: getattr(t, name)(a, b),
        needs=_needs,
        broadcasts=True,
    )
operation(
    "float_power",
    np.float_power,
    lambda xp, a, b: xp.float_power(a, b).astype(a.dtype),
    lambda t, a, b: t.pow(a.double(), b.double()).to(a.dtype),
    jax=lambda xp, a, b: xp.power(a.astype("float64"), b.astype("float64")).astype(a.dtype),
    needs=(POSITIVE, SMALL),
    broadcasts=True,
)
for _name in ("maximum", "minimum", "fmax", "fmin"):
    operation(
        _name,
        getattr(np, _name),
        lambda xp, a, b, name=_name: getattr(xp, name)(a, b),
        lambda t, a, b, name=_name: getattr(t, name)(a, b),
        needs=(ANY, ANY),
        fits=apart,
        broadcasts=True,
    )
operation(
    "remainder",
    np.remainder,
    lambda xp, a, b: a % b,
    lambda t, a, b: t.remainder(a, b),
    needs=(ANY, POSITIVE),
    fits=_quotient_off_integers,
    broadcasts=True,
)
operation(
    "fmod",
    np.fmod,
    lambda xp, a, b: xp.fmod(a, b),
    lambda t, a, b: t.fmod(a, b),
    needs=(ANY, NONZERO),
    fits=_quotient_off_integers,
    broadcasts=True,
)
operation(
    "floor_divide",
    np.floor_divide,
    lambda xp, a, b: a // b,
    lambda t, a, b: t.div(a, b, rounding_mode="floor"),
    needs=(ANY, POSITIVE),
    fits=_quotient_off_integers,
    broadcasts=True,
)
operation(
    "heaviside",
    np.heaviside,
    lambda xp, a, b: xp.heaviside(a, b) + b,
    lambda t, a, b: (a > 0).to(b.dtype) + b,
    needs=(OFF_KINK, ANY),
    broadcasts=True,
)
operation(
    "copysign",
    np.copysign,
    lambda xp, a, b: xp.copysign(a, b),
    lambda t, a, b: t.copysign(a, b),
    needs=(OFF_KINK, OFF_KINK),
    broadcasts=True,
)

# -- selecting -------------------------------------------------------------------------------------

operation(
    "where_greater",
    (np.where, np.greater),
    lambda xp, a, b, c: xp.where(a > c, a, b * c),
    lambda t, a, b, c: t.where(a > c, a, b * c),
    needs=(ANY, ANY, ANY),
    fits=lambda a, b, c: apart(a, c),
    broadcasts=True,
)
operation(
    "where_bad_branch",
    (np.where, np.less),
    lambda xp, a, b: xp.where(a < 0, b, xp.log(xp.where(a < 0, 1.0, a))),
    lambda t, a, b: t.where(a < 0, b, t.log(t.where(a < 0, 1.0, a))),
    needs=(NONZERO, ANY),
    broadcasts=True,
)
for _name, _test in [
    ("less_equal", lambda a, b: a <= b),
    ("greater_equal", lambda a, b: a >= b),
    ("equal", lambda a, b: a == b),
    ("not_equal", lambda a, b: a != b),
    ("logical_and", lambda a, b: (a > 0) & (b > 0)),
    ("logical_or", lambda a, b: (a > 0) | (b > 0)),
    ("logical_xor", lambda a, b: (a > 0) ^ (b > 0)),
    ("logical_not", lambda a, b: ~(a > b)),
]:
    _covers = (getattr(np, _name),)
    operation(
        f"mask_{_name}",
        _covers,
        lambda xp, a, b, test=_test: a * test(a, b) + b,
        lambda t, a, b, test=_test: a * test(a, b) + b,
        needs=(OFF_KINK, OFF_KINK),
        fits=apart,
        broadcasts=True,
    )
operation(
    "clip_by_arrays",
    np.clip,
    lambda xp, x, low, high: xp.clip(x, low - 1, high + 1),
    # PyTorch's clamp cannot be differentiated twice where it broadcasts.
    lambda t, x, low, high: t.minimum(t.maximum(x, low - 1), high + 1),
    needs=(ANY, ANY, POSITIVE),
    fits=lambda x, low, high: (
        apart(x, low - 1) and apart(x, high + 1) and bool((low - 1 < high + 1 - FAR).all())
    ),
    broadcasts=True,
)

# -- what is no function of NumPy's ----------------------------------------------------------------


def _jax_stop(x):
    import jax

    return jax.lax.stop_gradient(x)


operation(
    "stop_gradient",
    ag.stop_gradient,
    lambda xp, a, b: a * ag.stop_gradient(b),
    lambda t, a, b: a * b.detach(),
    jax=lambda xp, a, b: a * _jax_stop(b),
    needs=(ANY, ANY),
    broadcasts=True,
)
operation(
    "through_float64",
    cast,
    lambda xp, x: (x.astype("float64") * 1.5).astype(x.dtype),
    lambda t, x: (x.double() * 1.5).to(x.dtype),
)
