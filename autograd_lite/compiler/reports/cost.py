"""The amount of arithmetic of an operation: an estimate, from shapes alone."""

from __future__ import annotations

import math

import numpy as np

from autograd_lite.compiler.loops import loop_of
from autograd_lite.compiler.operations import is_view
from autograd_lite.compiler.program import Value
from autograd_lite.rules.einsum import einsum

# Multiplications' worth of a function that the processor has no instruction for.
_TRANSCENDENTAL = 10
_FUNCTIONS = {"exp", "log", "log1p", "expm1", "tanh", "sinh", "cosh", "sin", "cos", "tan", "power"}


def arithmetic(value: Value) -> int:
    """Floating-point operations: a multiplication and an addition for each term of a matrix product
    and of an einsum (as if no part of it were computed first), one for each element elsewhere, ten
    for exp and its kin. Of a scan those of all steps.
    """
    if is_view(value):
        return 0
    scan = loop_of(value)
    if scan is not None:
        return scan.length * sum(map(arithmetic, scan.body.body))
    if value.loop is not None:
        size = sum(len(block[0]) for block in value.loop.blocks)
        return size * len(value.loop.body.body)
    if value.function is np.matmul:
        return 2 * value.size * int(value.inputs[0].shape[-1])
    if value.function is einsum:
        return 2 * _terms(value)
    sizes = [value.size, *(x.size for x in value.values())]
    return max(sizes) * (_TRANSCENDENTAL if value.operation in _FUNCTIONS else 1)


def _terms(value: Value) -> int:
    """The number of products of elements that an einsum adds up."""
    labels = value.keywords["subscripts"].partition("->")[0].split(",")
    lengths: dict[str, int] = {}
    for names, x in zip(labels, value.inputs, strict=True):
        for name, n in zip(names, np.shape(x), strict=True):
            lengths[name] = max(n, lengths.get(name, 0)) if n else 0
    return math.prod(lengths.values())
