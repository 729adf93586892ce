"""Element-wise operations for one element, as expressions of native code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.compiler.program import Value
from autograd_lite.primitives import multiply_no_nan

# In a comparison that is written so, NaN wins, and of two zeros the second, as it does in NumPy.
_ARITHMETIC: dict[Any, Callable[..., str]] = {
    np.add: "({} + {})".format,
    np.subtract: "({} - {})".format,
    np.multiply: "({} * {})".format,
    np.divide: "({} / {})".format,
    np.negative: "(-{})".format,
    np.positive: "{}".format,
    np.square: "({0} * {0})".format,
    np.reciprocal: "(np.{dtype}(1) / {})".format,
    np.absolute: "abs({})".format,
    np.maximum: "({0} if ({0} > {1} or {0} != {0}) else {1})".format,
    np.minimum: "({0} if ({0} < {1} or {0} != {0}) else {1})".format,
    np.sign: "({0} if {0} != {0} else (({0} > 0) - ({0} < 0)))".format,
    np.sqrt: "math.sqrt({})".format,
    np.copysign: "math.copysign({}, {})".format,
    np.floor: "np.floor({})".format,  # math.floor gives an int64, which infinity is not
    np.ceil: "np.ceil({})".format,
    np.logical_not: "(not {})".format,
    np.logical_and: "({} and {})".format,
    np.logical_or: "({} or {})".format,
    np.bitwise_and: "({} & {})".format,
    np.bitwise_or: "({} | {})".format,
    np.isnan: "({0} != {0})".format,
    np.isfinite: "(abs({}) < math.inf)".format,
    np.isinf: "math.isinf({})".format,
}
_COMPARISONS = {
    np.greater: ">",
    np.greater_equal: ">=",
    np.less: "<",
    np.less_equal: "<=",
    np.equal: "==",
    np.not_equal: "!=",
}
TRANSCENDENTAL: dict[Any, Callable[..., str]] = {
    np.exp: "math.exp({})".format,
    np.log: "math.log({})".format,
    np.log1p: "math.log1p({})".format,
    np.expm1: "math.expm1({})".format,
    np.tanh: "math.tanh({})".format,
    np.sin: "math.sin({})".format,
    np.cos: "math.cos({})".format,
    np.power: "({} ** {})".format,
}
# Of float32 there are versions that work on many elements at once.
OF_FLOAT32: dict[Any, Callable[..., str]] = {
    np.exp: "exp_float32({})".format,
    np.log: "log_float32({})".format,
    np.log1p: "log1p_float32({})".format,
    np.tanh: "tanh_float32({})".format,
}
# What NumPy computes for an exponent that is one number: newer versions take a root for 0.5, which
# of -inf is NaN.
with np.errstate(invalid="ignore"):
    _half_is_a_root = bool(np.isnan(np.power(np.array([-np.inf]), 0.5))[0])
SIMPLE_POWERS: dict[Any, Callable[..., str]] = {1: "{}".format, 2: "({0} * {0})".format}
if _half_is_a_root:
    SIMPLE_POWERS[0.5] = "math.sqrt({})".format
_ON_INTEGERS = {np.add, np.subtract, np.multiply, np.negative, np.maximum, np.minimum}
_ON_INTEGERS |= {np.bitwise_and, np.bitwise_or, np.positive, np.absolute}
# Of integers, by a known number above 0: rounded down, as NumPy and Python do.
_WHOLE: dict[Any, Callable[..., str]] = {
    np.floor_divide: "({} // {})".format,
    np.remainder: "({} % {})".format,
}


def zero_wins(g: str, derivative: str, product: str) -> str:
    """`multiply_no_nan` for one element."""
    return f"({product} if ({product} == {product} or ({g} != 0 and {derivative} != 0)) else 0)"


def loop_dtypes(value: Value) -> tuple[Any, ...]:
    """The dtypes that NumPy computes in: of the inputs, then of the result."""
    if value.function is multiply_no_nan:
        return (value.dtype,) * 3
    given = [
        x.dtype
        if isinstance(x, Value) and x.kind != "number"
        else type(x)
        if not isinstance(x, Value)
        else x.dtype.type(0).item().__class__
        for x in value.inputs
    ]
    resolved: tuple[Any, ...] = value.function.resolve_dtypes((*given, None))
    return resolved


def is_of_machine(dtype: Any) -> bool:
    """Return whether numbers are those that native code computes with: neither float16 nor the
    long double of C, which is of 80 bits on some machines.
    """
    return dtype.kind in "iub" or (dtype.kind == "f" and dtype.itemsize in (4, 8))


def has_expression(value: Value) -> bool:
    """Return whether an element-wise operation can be written as an expression, in its dtypes."""
    function = value.function
    if value.keywords or not is_of_machine(value.dtype):
        return False
    if function is multiply_no_nan:
        return bool(value.dtype.kind == "f")
    try:
        dtypes = loop_dtypes(value)
    except TypeError:
        return False
    kinds = {dtype.kind for dtype in dtypes[:-1]}
    if not all(map(is_of_machine, dtypes)):
        return False
    if not all(map(fits, value.inputs, dtypes[:-1])):
        return False
    if function in _WHOLE:
        divisor = value.inputs[1]
        return kinds <= set("iu") and type(divisor) is int and divisor > 0
    if function in _COMPARISONS:
        return len(kinds) == 1
    if function in (np.logical_not, np.logical_and, np.logical_or):
        return kinds == {"b"}
    if function in _ARITHMETIC:
        if kinds == {"f"}:
            return function not in (np.bitwise_and, np.bitwise_or)
        return function in _ON_INTEGERS or (
            kinds == {"b"} and function in (np.bitwise_and, np.bitwise_or)
        )
    if function is np.power and not _has_plain_exponent(value):
        return False
    return function in TRANSCENDENTAL and kinds == {"f"}


def is_simple_power(value: Value) -> bool:
    """Return whether it is a power with an exponent that arithmetic alone does."""
    exponent = value.inputs[-1]
    return (
        value.function is np.power and not isinstance(exponent, Value) and exponent in SIMPLE_POWERS
    )


def _has_plain_exponent(value: Value) -> bool:
    """Return whether the exponent is known, or each element has its own: how NumPy computes the
    powers of many elements with one exponent depends on its value, and on the layout of the arrays.
    """
    exponent = value.inputs[1]
    if not isinstance(exponent, Value):
        return True
    return exponent.shape == value.shape and value.size > 1


def fits(x: Any, dtype: Any) -> bool:
    """Return whether a Python number is known to be one of a dtype. NumPy compares uint8 with -1 as
    well, and raises where a number that is an argument turns out to be too large.
    """
    if dtype.kind not in "iu":
        return True
    if isinstance(x, Value):
        return x.kind != "number"
    if not isinstance(x, int):
        return True
    return bool(np.iinfo(dtype).min <= x <= np.iinfo(dtype).max)


def expression(value: Value, inputs: list[str]) -> str:
    """The operation on one element of each input, which are in the dtypes of the loop."""
    function = value.function
    if function in _COMPARISONS:
        return f"({inputs[0]} {_COMPARISONS[function]} {inputs[1]})"
    if is_simple_power(value):
        return SIMPLE_POWERS[value.inputs[1]](inputs[0])
    if function in OF_FLOAT32 and value.dtype == np.float32:
        return OF_FLOAT32[function](*inputs)
    template = (_ARITHMETIC | _WHOLE).get(function) or TRANSCENDENTAL[function]
    return template(*inputs, dtype=value.dtype.name)


def number_text(x: Any, dtype: Any) -> str:
    """A Python number as native code reads it."""
    if dtype.kind == "f":
        x = float(x)
    if isinstance(x, float) and not np.isfinite(x):
        return {np.inf: "math.inf", -np.inf: "-math.inf"}.get(x, "math.nan")
    return repr(x)
