"""Crossentropy of a sigmoid or a softmax: its gradient by the logits is a - y.

The gradient of the loss by the probabilities divides by them, and the gradient of the activation
multiplies by them again. Written out, both cancel; what is left says the same with fewer roundings.
This reorders arithmetic: results agree with those of the function to some units in the last place,
and not bit for bit. (Losses from logits are recognised by the pass `common`: their own rule is
a - y, and it finds the exponentials of the forward pass.)

With `inside` where a probability was not cut off (1e-7), g the upstream gradient, p = softmax(z):

- sigmoid: ``g inside (c - y) / (c (1 - c)) a (1 - a)``, where c is a, cut off, is
  ``g inside (a - y)``.
- softmax: with ``s = -y / c inside`` and ``G = g (s - sum(s p))``, the gradient
  ``p (G - sum(G p))`` is ``g (p sum(y inside) - y inside)``, since p adds up to 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.compiler.program import Program, Value


def crossentropy(program: Program) -> Program:
    """Cancel what the gradients of a crossentropy and of its activation have in common."""
    return program.rewritten(_cancelled)


def _cancelled(value: Value) -> Value | list[Value] | None:
    if value.function is not np.multiply or value.phase == "forward":
        return None
    return _of_sigmoid(value) or _of_softmax(value)


class _NoMatchError(Exception):
    """The operation is another."""


def _taken(x: Any, function: Any) -> tuple[Any, ...]:
    """The inputs of x, which has to be that operation."""
    if not isinstance(x, Value) or x.function is not function:
        raise _NoMatchError
    return x.inputs


def _require(condition: bool) -> None:
    if not condition:
        raise _NoMatchError


def _one_minus(x: Any) -> Any:
    """The operand that is subtracted from one."""
    one, rest = _taken(x, np.subtract)
    storage = one.storage if isinstance(one, Value) else one
    _require(isinstance(storage, (int, float, np.ndarray)) and bool(np.all(storage == 1)))
    return rest


def _cut_off(x: Any) -> Any:
    """The operand that was kept away from 0 and 1."""
    return _taken(_taken(x, np.minimum)[0], np.maximum)[0]


def _of_sigmoid(value: Value) -> list[Value] | None:
    try:
        product, rest = value.inputs
        a = _one_minus(rest)
        quotient, again = _taken(product, np.multiply)
        _require(again is a)
        numerator, denominator = _taken(quotient, np.divide)
        weight, difference = _taken(numerator, np.multiply)
        cut, y = _taken(difference, np.subtract)
        first, second = _taken(denominator, np.multiply)
        _require(first is cut and _one_minus(second) is cut and _cut_off(cut) is a)
        _, inside = _taken(weight, np.multiply)
        _require_inside(inside, a)
    except _NoMatchError:
        return None
    gap = difference.changed(inputs=(a, y), name="")
    return [gap, value.changed(inputs=(weight, gap))]


def _require_inside(x: Any, a: Any) -> None:
    """x has to be where a was not cut off."""
    low, high = _taken(x, np.bitwise_and)
    _require(_taken(low, np.greater_equal)[0] is a and _taken(high, np.less_equal)[0] is a)


def _of_softmax(value: Value) -> list[Value] | None:
    try:
        p, difference = value.inputs
        _require(isinstance(p, Value) and p.function is np.divide)
        pulled, total = _taken(difference, np.subtract)
        (product,) = _taken(_taken(total, np.reshape)[0], np.sum)
        _require(all(any(x is part for part in product.inputs) for x in (pulled, p)))
        scaled, _ = _taken(pulled, np.divide)
        g, centered = _taken(scaled, np.multiply)
        slope, mean = _taken(centered, np.subtract)
        reduced = _taken(mean, np.reshape)[0]
        (weighted,) = _taken(reduced, np.sum)
        again, normalized = _taken(weighted, np.multiply)
        _require(again is slope and _taken(normalized, np.divide)[0] is p)
        ratio, inside = _taken(slope, np.multiply)
        negative, cut = _taken(ratio, np.divide)
        (y,) = _taken(negative, np.negative)
        _require(_cut_off(cut) is normalized)
        _require_inside(inside, normalized)
    except _NoMatchError:
        return None
    chosen = slope.changed(inputs=(y, inside), name="")
    count = reduced.changed(inputs=(chosen,), name="")
    kept = mean.changed(inputs=(count,), name="")
    share = value.changed(inputs=(p, kept), name="")
    gap = value.changed(function=np.subtract, inputs=(share, chosen), name="")
    return [chosen, count, kept, share, gap, value.changed(inputs=(g, gap))]
