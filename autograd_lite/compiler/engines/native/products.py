"""Matrix products in native code: small ones as loops, all others by BLAS."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.arrays import address_of
from autograd_lite.compiler.operations import base_of, in_order, transposed_axes
from autograd_lite.compiler.program import Value
from autograd_lite.primitives import gather

# A product whose loops the compiler unrolls and vectorises beats a call up to this many
# multiplications; one with few columns is done number by number, and only a tiny one pays.
MOST_IN_LOOPS = 20_000
MOST_UNROLLED = 32
LANES = 8
MOST_NUMBER_BY_NUMBER = 2_000


class Factor(NamedTuple):
    """Matrices as BLAS reads them: rows or columns that lie in order in memory.

    Attributes:
        base: the array that they lie in.
        offset: elements from its beginning to the first matrix.
        steps: elements from one matrix to the next, along each axis but the last two; 0 along an
            axis of one matrix.
        turned: whether the columns lie in order, not the rows.
        width: elements from one row, or column, to the next.
    """

    base: Value
    offset: int
    steps: tuple[int, ...]
    turned: bool
    width: int


def as_factor(x: Any) -> Factor | None:
    """An input of a product as BLAS takes it; None if it lies otherwise."""
    if not isinstance(x, Value) or len(x.shape) < 2:
        return None
    found = _lies(x)
    if found is None:
        return None
    offset, strides = found
    steps = tuple(0 if n == 1 else s for n, s in zip(x.shape[:-2], strides[:-2], strict=True))
    (rows, columns), (down, across) = x.shape[-2:], strides[-2:]
    if across == 1 or columns == 1:
        width, turned = (columns if rows == 1 else down), False
        across_is_one = across == 1 or columns == 1
        if across_is_one and width >= columns:
            return Factor(base_of(x), offset, steps, turned, width)
    if down == 1 or rows == 1:
        width = rows if columns == 1 else across
        if width >= rows:
            return Factor(base_of(x), offset, steps, True, width)
    return None


def _lies(x: Value) -> tuple[int, tuple[int, ...]] | None:
    """Where the first element of an array lies in its base, and the strides, all in elements."""
    if in_order(x):
        return 0, tuple(math.prod(x.shape[i + 1 :]) for i in range(len(x.shape)))
    if x.function not in (np.transpose, gather):
        return None
    below = _lies(x.inputs[0])
    if below is None:
        return None
    offset, strides = below
    if x.function is np.transpose:
        return offset, tuple(strides[i] for i in transposed_axes(x))
    # NumPy knows what an index does to strides; the array stands for those of any memory.
    whole = np.lib.stride_tricks.as_strided(np.empty(0, np.int8), x.inputs[0].shape, strides)
    part = whole[x.keywords["index"]]
    return offset + address_of(part) - address_of(whole), part.strides


def is_product(value: Value, blas: bool) -> bool:
    """Return whether it is a product of matrices that native code can do."""
    if value.function is not np.matmul or value.keywords:
        return False
    a, b = (as_factor(x) for x in value.inputs)
    if a is None or b is None or not value.size or not value.inputs[0].shape[-1]:
        return False
    if value.dtype not in (np.dtype(np.float32), np.dtype(np.float64)):
        return False
    if not a.base.dtype == b.base.dtype == value.dtype:
        return False
    return blas or is_done_in_loops(value)


def is_done_in_loops(value: Value) -> bool:
    """Return whether loops are faster than a call."""
    if value.function is not np.matmul or len(value.shape) > 2:
        return False
    rows, inner = value.inputs[0].shape
    columns = value.shape[1]
    work = rows * inner * columns
    if columns % LANES or inner > MOST_UNROLLED:
        return bool(work <= MOST_NUMBER_BY_NUMBER)
    return bool(work <= MOST_IN_LOOPS)


def loop_lines(out: str, a: str, b: str, shape: tuple[str, int, int], zero: str) -> list[str]:
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


def matrix_place(
    address: str, indices: list[str], steps: Sequence[int], dtype: Any, offset: int = 0
) -> str:
    """The address of one of many matrices, from the elements between them."""
    size = dtype.itemsize
    terms = [f"{i} * {step * size}" for i, step in zip(indices, steps, strict=True) if step]
    return " + ".join([address, *terms, *([str(offset * size)] if offset else [])])
