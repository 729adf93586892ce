"""Matrix products in native code: small ones as loops, all others by BLAS."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd_lite.compiler.operations import is_view, transposed_axes
from autograd_lite.compiler.program import Value

__all__ = ["Factor", "as_factor", "is_done_in_loops", "is_product", "loop_lines"]

# A product whose loops the compiler unrolls and vectorises beats a call up to this many
# multiplications; one with few columns is done number by number, and only a tiny one pays.
MOST_IN_LOOPS = 20_000
MOST_UNROLLED = 32
LANES = 8
MOST_NUMBER_BY_NUMBER = 2_000


class Factor(NamedTuple):
    """A matrix that lies in order in memory, or the transpose of one.

    Attributes:
        matrix: the one in order.
        turned: whether its transpose is meant.
    """

    matrix: Value
    turned: bool


def as_factor(x: Any) -> Factor | None:
    """An input of a product as BLAS takes it; None if it lies otherwise."""
    if not isinstance(x, Value) or len(x.shape) != 2:
        return None
    turned = False
    if x.function is np.transpose:
        turned = transposed_axes(x) == (1, 0)
        x = x.inputs[0]
    base = x
    while is_view(base):
        if base.function is not np.reshape:
            return None
        base = base.inputs[0]
    return Factor(x, turned)


def is_product(value: Value, blas: bool) -> bool:
    """Return whether it is a product of two matrices that native code can do."""
    if value.function is not np.matmul or value.keywords:
        return False
    a, b = (as_factor(x) for x in value.inputs)
    if a is None or b is None or not value.size or not value.inputs[0].shape[1]:
        return False
    if value.dtype not in (np.dtype(np.float32), np.dtype(np.float64)):
        return False
    if not a.matrix.dtype == b.matrix.dtype == value.dtype:
        return False
    return blas or is_done_in_loops(value)


def is_done_in_loops(value: Value) -> bool:
    """Return whether loops are faster than a call."""
    rows, inner = value.inputs[0].shape
    columns = value.shape[1]
    work = rows * inner * columns
    if columns % LANES or inner > MOST_UNROLLED:
        return bool(work <= MOST_NUMBER_BY_NUMBER)
    return bool(work <= MOST_IN_LOOPS)


def loop_lines(out: str, a: str, b: str, shape: tuple[int, int, int], zero: str) -> list[str]:
    """``out = a @ b`` as loops.

    Args:
        out: the name of the result.
        a: of the first factor, ``a[i, k]``.
        b: of the second, ``b[k, j]``.
        shape: rows of a, columns of a, columns of b.
        zero: of the dtype of the result.
    """
    rows, inner, columns = shape
    return [
        f"for i in range({rows}):",
        f"    for j in range({columns}):",
        f"        total = {zero}",
        f"        for k in range({inner}):",
        f"            total = accumulate_product(total, {a}[i, k], {b}[k, j])",
        f"        {out}[i, j] = total",
    ]
