"""Element by element."""

import numpy as np

import autograd_lite as ag
from oracle.opinfo.spelling.table import dtype_of, given, same, spelled

same(
    """
    abs=absolute acos=arccos acosh=arccosh asin=arcsin asinh=arcsinh atan=arctan atanh=arctanh
    atan2=arctan2 ceil copysign cos cosh deg2rad exp exp2 expm1 floor fmax fmin fmod float_power
    heaviside hypot i0 ldexp log log10 log1p log2 logaddexp logaddexp2 maximum minimum
    max.binary=maximum min.binary=minimum mul=multiply neg=negative nextafter positive pow=power
    rad2deg reciprocal remainder sgn=sign sign sin sinc sinh sqrt square tan tanh trunc
    true_divide=divide div.no_rounding_mode=divide angle real imag conj conj_physical=conj
    signbit __radd__=add __rmul__=multiply eq=equal ne=not_equal lt=less le=less_equal gt=greater
    ge=greater_equal isnan isinf isfinite isneginf isposinf isreal isclose
    logical_and logical_or logical_xor logical_not
    bitwise_and bitwise_or bitwise_xor bitwise_not=invert bitwise_left_shift=left_shift
    bitwise_right_shift=right_shift gcd lcm frexp nan_to_num
    clone=copy contiguous=copy resolve_conj=copy resolve_neg=copy alias_copy=copy
    equal=array_equal allclose
    """
)


@spelled("add")
def add(x, other, alpha=1):
    return x + (other if alpha == 1 else alpha * other)


@spelled("sub")
def sub(x, other, alpha=1):
    return x - (other if alpha == 1 else alpha * other)


@spelled("rsub")
def rsub(x, other, alpha=1):
    return other - (x if alpha == 1 else alpha * x)


spelled("__rsub__")(lambda x, y: y - x)
spelled("__rdiv__")(lambda x, y: y / x)
spelled("__rpow__")(lambda x, y: y**x)
spelled("__rmod__")(lambda x, y: y % x)
spelled("__rand__")(lambda x, y: y & x)
spelled("__ror__")(lambda x, y: y | x)
spelled("__rxor__")(lambda x, y: y ^ x)
spelled("div.floor_rounding", "floor_divide")(lambda x, y, rounding_mode=None: np.floor(x / y))
spelled("div.trunc_rounding")(lambda x, y, rounding_mode: np.trunc(x / y))
spelled("frac")(lambda x: x - np.trunc(x))
spelled("rsqrt")(lambda x: 1 / np.sqrt(x))
spelled("lerp")(lambda x, end, weight: x + weight * (end - x))
spelled("addcmul")(lambda x, a, b, value=1: x + value * a * b)
spelled("addcdiv")(lambda x, a, b, value=1: x + value * a / b)
spelled("round", "round.decimals_0", "round.decimals_3", "round.decimals_neg_3")(
    lambda x, decimals=0: np.round(x, decimals)
)
spelled("float")(lambda x, **memory: x.astype(np.float32))
spelled("double")(lambda x, **memory: x.astype(np.float64))
spelled("half")(lambda x, **memory: x.astype(np.float16))
spelled("full_like")(
    lambda x, value, dtype=None, **memory: np.full_like(x, value, **given(dtype=dtype_of(dtype)))
)
spelled("zeros_like")(
    lambda x, dtype=None, **memory: np.zeros_like(x, **given(dtype=dtype_of(dtype)))
)
spelled("ones_like")(
    lambda x, dtype=None, **memory: np.ones_like(x, **given(dtype=dtype_of(dtype)))
)
spelled("masked_fill")(lambda x, mask, value: np.where(mask, value, x))
spelled("where")(lambda x, condition, other: np.where(condition, x, other))
spelled("xlogy")(lambda x, y: np.where(x == 0, 0.0, x * np.log(np.where(x == 0, 1.0, y))))
spelled("special.xlog1py")(
    lambda x, y: np.where(x == 0, 0.0, x * np.log1p(np.where(x == 0, 0.0, y)))
)


@spelled("clamp")
def clamp(x, min=None, max=None):
    return np.clip(x, min, max)


@spelled("clamp_min")
def clamp_min(x, min):
    return np.maximum(x, min)


@spelled("clamp_max")
def clamp_max(x, max):
    return np.minimum(x, max)


@spelled("logit")
def logit(x, eps=None):
    x = x if eps is None else np.clip(x, eps, 1 - eps)
    return np.log(x / (1 - x))


@spelled("masked.logaddexp")
def masked_logaddexp(x, other, input_mask=None, other_mask=None):
    a = x if input_mask is None else np.where(input_mask, x, -np.inf)
    b = other if other_mask is None else np.where(other_mask, other, -np.inf)
    return np.logaddexp(a, b)


@spelled("logsumexp")
def logsumexp(x, dim, keepdim=False):
    axis = (tuple(dim) if isinstance(dim, (list, tuple)) else dim) if x.ndim else None
    return ag.logsumexp(x, axis=axis, keepdims=keepdim)


@spelled("linspace.tensor_overload")
def linspace(start, stop, num, **memory):
    return np.linspace(start, stop, num)


@spelled("logspace.tensor_overload")
def logspace(start, stop, num, base=10.0, **memory):
    return np.logspace(start, stop, num, base=base)
