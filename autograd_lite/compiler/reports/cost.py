"""The amount of arithmetic of an operation: an estimate, from shapes alone."""

from __future__ import annotations

import numpy as np

from autograd_lite.compiler.operations import is_view
from autograd_lite.compiler.program import Value

__all__ = ["arithmetic"]

# Multiplications' worth of a function that the processor has no instruction for.
_TRANSCENDENTAL = 10
_FUNCTIONS = {"exp", "log", "log1p", "expm1", "tanh", "sinh", "cosh", "sin", "cos", "tan", "power"}


def arithmetic(value: Value) -> int:
    """Floating-point operations: two for each multiplication and addition of a matrix product,
    one for each element elsewhere, ten for exp and its kin.
    """
    if is_view(value):
        return 0
    if value.loop is not None:
        size = sum(len(block[0]) for block in value.loop.blocks)
        return size * len(value.loop.body.body)
    if value.function is np.matmul:
        return 2 * value.size * int(value.inputs[0].shape[-1])
    sizes = [value.size, *(x.size for x in value.values())]
    return max(sizes) * (_TRANSCENDENTAL if value.operation in _FUNCTIONS else 1)
