"""Sums over very many rows, of which threads add up some columns each: gradients of biases that a
recurrent layer has at all steps.
"""

from __future__ import annotations

import numpy as np

from autograd_lite.compiler.engines.native.nest_code import BLOCK
from autograd_lite.compiler.operations import in_order, reduced_axes
from autograd_lite.compiler.program import Value
from autograd_lite.compiler.source.writer import INDENT

LEAST_SUMMED, LEAST_COLUMNS = 1 << 18, 32  # numbers: some 50 microseconds


def is_shared_sum(value: Value) -> bool:
    """Return whether a sum is one over all axes but the last, and so long that threads share it."""
    if value.function is not np.sum or value.dtype.kind != "f" or value.size < LEAST_COLUMNS:
        return False
    x = value.inputs[0]
    rows = x.size // value.size
    return (
        x.size >= LEAST_SUMMED
        and rows > BLOCK
        and in_order(x)
        and reduced_axes(value) == tuple(range(x.ndim - 1))
    )


def rows_added(value: Value, rows: str, sums: str) -> list[str]:
    """The lines that add up the columns at hand, row after row, in float64.

    Args:
        value: the sum.
        rows: the address of the rows.
        sums: the name of the result.
    """
    x, dtype = value.inputs[0], value.dtype
    row = f"{rows} + i0 * {value.size * dtype.itemsize} + first * {dtype.itemsize}"
    return [
        "total = np.zeros(count)",
        f"for i0 in range({x.size // value.size}):",
        f"{INDENT}row = array_at({row}, (count,), np.{dtype.name})",
        f"{INDENT}for i1 in range(count):",
        f"{INDENT * 2}total[i1] += np.float64(row[i1])",
        "for i1 in range(count):",
        f"{INDENT}{sums}[first + i1] = np.{dtype.name}(total[i1])",
    ]
