"""Constants: what does not depend on the arguments is computed once, and what does nothing not at
all.

Arrays that the function has captured are not taken for constant: their owner may change them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.compiler.operations import has_effect
from autograd_lite.compiler.program import Program, Value, constant
from autograd_lite.primitives import broadcast_to, multiply_no_nan
from autograd_lite.rules.creation import full_like
from autograd_lite.table import TABLE

MOST_BYTES = 1 << 16  # of a constant that takes the place of a computation
_FILLED = {np.zeros_like: 0, np.ones_like: 1}


def constants(program: Program) -> Program:
    """Compute what depends on constants alone; drop factors of one."""
    return program.rewritten(_simplified)


def _simplified(value: Value) -> Value | list[Value] | None:
    if value.kind != "operation" or has_effect(value) or value.dtype is None:
        return None
    if value.function in (np.zeros_like, np.ones_like, full_like, np.empty_like):
        return _filled(value)
    if (
        value.inputs
        and value.dtype is not None
        and all(map(_fixed, value.inputs))
        and not any(isinstance(x, Value) for x in value.keywords.values())
    ):
        return _computed(value)
    if value.function is multiply_no_nan and any(map(_finite, value.inputs)):
        return _without_factor(value.changed(function=np.multiply))
    if value.function in (np.multiply, np.divide):
        return _without_factor(value)
    return None


def _fixed(x: Any) -> bool:
    return not isinstance(x, Value) or (x.kind == "constant" and not x.live)


def _filled(value: Value) -> Value | list[Value]:
    """zeros_like and its kin depend on a shape alone; a large one is filled anew."""
    fill = _FILLED.get(value.function, value.keywords.get("fill_value", 0))
    if isinstance(fill, Value):
        return value
    one = constant(np.asarray(fill, dtype=value.dtype))
    if not value.shape:
        return one
    return value.changed(function=broadcast_to, inputs=(one,), keywords={"shape": value.shape})


def _computed(value: Value) -> Value | None:
    if value.nbytes > MOST_BYTES or (value.function is broadcast_to and value.size > 1):
        return None
    entry: Any = TABLE[value.function]
    arrays = [x.storage if isinstance(x, Value) else x for x in value.inputs]
    with np.errstate(all="ignore"):
        result = entry.evaluate(*arrays, **value.keywords)
    return constant(np.asarray(result, dtype=value.dtype), name=value.name)


def _finite(x: Any) -> bool:
    """Return whether it is known to be finite and not zero: no zero has an infinity to win over."""
    if isinstance(x, Value):
        if not _fixed(x):
            return False
        x = x.storage
    return bool(np.isfinite(x).all() and np.all(x != 0))


def _is_one(x: Any) -> bool:
    if isinstance(x, Value):
        return _fixed(x) and x.shape == () and bool(x.storage == 1)
    return bool(x == 1) and not isinstance(x, bool)


def _without_factor(value: Value) -> Value:
    """x * 1 and x / 1 are x, bit for bit."""
    a, b = value.inputs
    candidates = [(a, b)] if value.function is np.divide else [(a, b), (b, a)]
    for x, one in candidates:
        alike = isinstance(x, Value) and x.shape == value.shape and x.dtype == value.dtype
        if alike and x.order == value.order and x.kind != "number" and _is_one(one):
            return x  # type: ignore[no-any-return]
    return value
