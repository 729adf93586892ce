"""Broadcasts: a value is not repeated in memory where NumPy repeats it in arithmetic.

The gradient of a mean is one number, spread over all elements; what it is multiplied with has
that shape already.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.compiler.operations import is_elementwise
from autograd_lite.compiler.program import Program, Value
from autograd_lite.primitives import broadcast_to


def broadcasts(program: Program) -> Program:
    """Hand element-wise operations what was spread before it was spread."""
    return program.rewritten(_simplified)


def _simplified(value: Value) -> Value | list[Value] | None:
    if value.dtype is None:
        return None
    if not is_elementwise(value) or value.keywords:
        return _narrowed(value)
    inputs = list(value.inputs)
    for i, x in enumerate(inputs):
        if _is_broadcast(x):
            inputs[i] = x.inputs[0]
    if all(a is b for a, b in zip(inputs, value.inputs, strict=True)):
        return None
    shape = np.broadcast_shapes(*(x.shape for x in inputs if isinstance(x, Value)))
    if shape == value.shape:
        return value.with_inputs(inputs)
    if all(isinstance(x, (Value, int, float)) for x in inputs):
        # All of them were spread: compute on the small ones, and spread the result.
        small = value.changed(inputs=tuple(inputs), shape=shape, name="")
        return [
            small,
            value.changed(function=broadcast_to, inputs=(small,), keywords={"shape": value.shape}),
        ]
    return None


def _narrowed(value: Value) -> Value | None:
    """A reshape of one spread number is that number, spread to the new shape."""
    if value.function in (np.reshape, np.transpose) and _is_broadcast(value.inputs[0]):
        source = value.inputs[0].inputs[0]
        if source.shape == ():
            return value.changed(
                function=broadcast_to, inputs=(source,), keywords={"shape": value.shape}
            )
    return None


def _is_broadcast(x: Any) -> bool:
    return isinstance(x, Value) and x.function in (broadcast_to, np.broadcast_to)
