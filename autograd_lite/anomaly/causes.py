"""A table of causes by operation: why it made a NaN or infinity, and what to write instead.

An entry is tried with the elements that met at the first bad place (of an operation element by
element), or else with whole operands. The first entry whose condition holds is the cause.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Cause(NamedTuple):
    """A cause, as a sentence, and its remedy: what to write instead."""

    why: str
    remedy: str


class Entry(NamedTuple):
    """A cause that applies where `when(*operands)` holds; {0}, {1} stand for their names."""

    when: Callable[..., Any]
    why: str
    remedy: str


def forward_cause(operation: str, values: list[Any], names: list[str], result: Any) -> Cause:
    """The likely cause of a result that is not finite, of operands that are.

    Args:
        operation: its name.
        values: the operands: elements that met, or arrays.
        names: what to call them.
        result: what came out.
    """
    return _found(FORWARD.get(operation, ()), values, names) or _by_result(operation, result)


def backward_cause(operation: str, values: list[Any], names: list[str], result: Any) -> Cause:
    """The likely cause of a gradient that is not finite; `values` begin with the upstream one."""
    found = _found(BACKWARD.get(operation, ()), values[1:], names)
    if found is not None:
        return found
    largest = float(np.max(np.abs(values[0]), initial=0.0))
    return Cause(
        f"the upstream gradient (up to {largest:.3g}) times the derivative of {operation} is "
        + _too_large(result),
        "keep intermediate values smaller: scale the inputs to about -1 to 1, lower the "
        "learning rate, clip gradients (an optimizer's clipnorm=1.0); or compute in float64",
    )


def _found(entries: tuple[Entry, ...], values: list[Any], names: list[str]) -> Cause | None:
    with np.errstate(all="ignore"):
        for when, why, remedy in entries:
            if np.any(when(*values)):
                return Cause(why.format(*names), remedy.format(*names))
    return None


def _by_result(operation: str, result: Any) -> Cause:
    """Return the cause where the table has none: an infinity from finite numbers is an overflow."""
    if np.isnan(result).any():
        return Cause(
            f"{operation} is not defined for these operands, or computes inf - inf internally.",
            f"look at the operands above: keep them inside the domain of {operation}, with "
            "np.clip or np.where, and of moderate size",
        )
    return Cause(
        f"the result of {operation} is {_too_large(result)}",
        "keep intermediate values smaller: scale the inputs to about -1 to 1, lower the "
        "learning rate; or compute in float64",
    )


def _too_large(result: Any) -> str:
    dtype = np.asarray(result).dtype
    return f"larger than the largest {dtype}, {np.finfo(dtype).max:.2g}."


# -- conditions and remedies that serve several operations -----------------------------------------


def _overflows_exp(x: Any) -> Any:
    x = np.asarray(x)
    kind = x.dtype if x.dtype.kind == "f" else np.dtype(float)
    return x > 0.99 * np.log(np.finfo(kind).max)


def _log_entries(name: str) -> tuple[Entry, ...]:
    return (
        Entry(
            lambda x: x == 0,
            f"{name}(0) is minus infinity.",
            f"keep away from 0, np.{name}(np.maximum({{0}}, 1e-7)); the logarithm of a sigmoid or "
            "softmax is computed from the logits, without the detour: a loss of nn with "
            "from_logits=True, nn.activations.log_softmax(z), ag.logsumexp(z)",
        ),
        Entry(
            lambda x: x < 0,
            f"{name} of a negative number is not defined.",
            f"find out why {{0}} is negative; if only rounding makes it so, "
            f"np.{name}(np.maximum({{0}}, 1e-7))",
        ),
    )


_DIVISION = (
    Entry(
        lambda a, b: (b == 0) & (a == 0),
        "0 / 0 is not defined.",
        "decide what 0 / 0 is to be: np.where({1} == 0, 0, {0} / np.where({1} == 0, 1, {1})); "
        "for a mean over what a mask leaves, {0} / np.maximum({1}, 1)",
    ),
    Entry(
        lambda a, b: b == 0,
        "a division by 0.",
        "keep the denominator away from 0: {0} / ({1} + 1e-7) for one that is never negative, or "
        "np.where({1} == 0, 0, {0} / np.where({1} == 0, 1, {1}))",
    ),
    Entry(
        lambda a, b: np.abs(b) < 1e-30,
        "a division by a number that is almost 0.",
        "keep the denominator away from 0: {0} / ({1} + 1e-7)",
    ),
)

_EXP = (
    Entry(
        _overflows_exp,
        "exp overflows: above 88.7 in float32, and 709.7 in float64, the result is too large.",
        "subtract the largest first, np.exp(x - np.max(x, axis=-1, keepdims=True)); for a sigmoid "
        "or softmax take nn.activations.sigmoid / softmax, for log(sum(exp(x))) ag.logsumexp(x), "
        "for log(1 + exp(x)) np.logaddexp(0, x); none of them overflows",
    ),
)

_UNIT_INTERVAL = (
    Entry(
        lambda x: np.abs(x) > 1,
        "the operand lies outside of -1 to 1.",
        "np.clip({0}, -1, 1), if only rounding takes it there",
    ),
)

_PROBABILITY = (
    Entry(
        lambda p: (p == 0) | (p == 1),
        "it is infinite at 0 and 1.",
        "keep away from the ends, np.clip({0}, 1e-7, 1 - 1e-7); or compute with the logits",
    ),
    Entry(
        lambda p: (p < 0) | (p > 1),
        "it is defined from 0 to 1.",
        "np.clip({0}, 0, 1), if only rounding takes it there",
    ),
)

_POLES = (
    Entry(
        lambda x: (x <= 0) & (x == np.floor(x)),
        "it has a pole at 0 and at each whole number below.",
        "keep {0} positive: np.exp(theta), or np.maximum({0}, 1e-7)",
    ),
)

_FROM_ZERO = (
    Entry(lambda x: x == 0, "it is infinite at 0.", "np.maximum({0}, 1e-7)"),
    Entry(lambda x: x < 0, "it is defined above 0.", "find out why {0} is negative"),
)

_PRODUCT = (
    Entry(
        lambda a, b: (a == 0) & np.isinf(b) | np.isinf(a) & (b == 0),
        "0 times infinity is not defined.",
        "choose with np.where(mask, a, 0) in place of multiplying by a mask of 0 and 1",
    ),
)

_DIFFERENCE = (
    Entry(
        lambda a, b: np.isinf(a) & np.isinf(b),
        "infinity minus infinity is not defined.",
        "keep at least one finite: use a large finite number (-1e9) as a mask, or choose with "
        "np.where after the difference",
    ),
)

_MEAN = (
    Entry(
        lambda x: np.size(x) == 0,
        "the mean of no elements is 0 / 0.",
        "find out why {0} is empty: a mask that selects nothing, a batch without samples",
    ),
)

_DEVIATION = (
    *_MEAN,
    Entry(
        lambda x: np.size(x) == 1,
        "the deviation of one element, with ddof=1, is 0 / 0.",
        "use ddof=0, or more elements",
    ),
)

FORWARD: dict[str, tuple[Entry, ...]] = {
    **{name: _log_entries(name) for name in ("log", "log2", "log10")},
    "log1p": (
        Entry(
            lambda x: x == -1,
            "log1p(-1) is log(0), minus infinity.",
            "np.log1p(np.maximum({0}, -1 + 1e-7))",
        ),
        Entry(
            lambda x: x < -1,
            "log1p below -1 is the logarithm of a negative number.",
            "find out why {0} is below -1",
        ),
    ),
    **dict.fromkeys(("divide", "floor_divide", "remainder", "fmod"), _DIVISION),
    "reciprocal": (
        Entry(lambda x: x == 0, "a division by 0.", "1 / ({0} + 1e-7), if {0} is never negative"),
    ),
    **dict.fromkeys(("logit", "ndtri"), _PROBABILITY),
    "erfinv": (
        Entry(
            lambda x: np.abs(x) >= 1,
            "erfinv is finite only between -1 and 1.",
            "np.clip({0}, -1 + 1e-6, 1 - 1e-6)",
        ),
    ),
    **dict.fromkeys(("gammaln", "loggamma", "gamma", "psi"), _POLES),
    **dict.fromkeys(("y0", "y1", "k0", "k1", "exp1"), _FROM_ZERO),
    **dict.fromkeys(("exp", "exp2", "expm1", "sinh", "cosh", "exponential"), _EXP),
    "sqrt": (
        Entry(
            lambda x: x < 0,
            "the square root of a negative number is not defined.",
            "np.sqrt(np.maximum({0}, 0)), if only rounding makes {0} negative (a variance, a "
            "distance); add 1e-12 inside, or its gradient at 0 is infinite",
        ),
    ),
    "power": (
        Entry(
            lambda a, b: (a == 0) & (b < 0),
            "0 to a negative power is a division by 0.",
            "np.maximum({0}, 1e-7) ** {1}",
        ),
        Entry(
            lambda a, b: (a < 0) & (b != np.floor(b)),
            "a negative number to a power that is not whole is not defined.",
            "np.abs({0}) ** {1}, or np.sign({0}) * np.abs({0}) ** {1} to keep the sign",
        ),
    ),
    **dict.fromkeys(("arcsin", "arccos"), _UNIT_INTERVAL),
    "arctanh": (
        Entry(
            lambda x: np.abs(x) >= 1,
            "arctanh is finite only between -1 and 1.",
            "np.clip({0}, -1 + 1e-6, 1 - 1e-6)",
        ),
    ),
    "arccosh": (Entry(lambda x: x < 1, "arccosh below 1 is not defined.", "np.maximum({0}, 1)"),),
    "multiply": _PRODUCT,
    **dict.fromkeys(("add", "subtract"), _DIFFERENCE),
    "mean": _MEAN,
    **dict.fromkeys(("var", "std"), _DEVIATION),
    "linalg.slogdet": (
        Entry(
            lambda a: np.ndim(a) >= 2,
            "the matrix is singular: its determinant is 0, whose logarithm is minus infinity.",
            "add a little to the diagonal: {0} + 1e-6 * np.eye(n)",
        ),
    ),
    "astype": (
        Entry(
            lambda x: np.ndim(x) >= 0,
            "the numbers are larger than the narrower dtype holds.",
            "scale {0} down first, or keep the wider dtype (dtype='float64' of a layer)",
        ),
    ),
}

BACKWARD: dict[str, tuple[Entry, ...]] = {
    "sqrt": (
        Entry(
            lambda x: x == 0,
            "the slope of sqrt at 0 is infinite: 1 / (2 sqrt(0)).",
            "np.sqrt({0} + 1e-12); for a distance np.linalg.norm(d, axis=-1), whose gradient at 0 "
            "is taken as 0",
        ),
    ),
    "cbrt": (
        Entry(
            lambda x: x == 0,
            "the slope of the cube root at 0 is infinite.",
            "np.cbrt({0} + 1e-12), if {0} is never negative",
        ),
    ),
    "power": (
        Entry(
            lambda a, b: (a == 0) & (b < 1),
            "the slope of a power below 1 at 0 is infinite.",
            "(np.abs({0}) + 1e-12) ** {1}",
        ),
        Entry(
            lambda a, b: a <= 0,
            "the gradient of the exponent has the logarithm of the base, which is not positive.",
            "np.maximum({0}, 1e-12) ** {1}; or ag.stop_gradient({1}) if the exponent is constant",
        ),
    ),
    **dict.fromkeys(
        ("log", "log2", "log10", "log1p"),
        (
            Entry(
                lambda x: np.ndim(x) >= 0,
                "the slope of a logarithm, 1 / x, is too large this near to 0.",
                "keep away from 0, np.log(np.maximum({0}, 1e-7)); or compute the logarithm of a "
                "sigmoid or softmax from the logits, from_logits=True in a loss of nn",
            ),
        ),
    ),
    **dict.fromkeys(
        ("divide", "reciprocal"),
        (
            Entry(
                lambda a, b=1.0: (np.abs(b) < 1e-12) | (np.abs(a) < 1e-12),
                "the slope of a quotient, 1 / b and a / b**2, is too large for a denominator this "
                "near to 0.",
                "keep the denominator away from 0: a / (b + 1e-7)",
            ),
        ),
    ),
    **dict.fromkeys(
        ("arcsin", "arccos", "arctanh"),
        (
            Entry(
                lambda x: np.abs(x) >= 1,
                "the slope at -1 and 1 is infinite.",
                "np.clip({0}, -1 + 1e-6, 1 - 1e-6)",
            ),
        ),
    ),
    "arccosh": (
        Entry(lambda x: x == 1, "the slope at 1 is infinite.", "np.maximum({0}, 1 + 1e-6)"),
    ),
}
