"""Calls of products in native code: of BLAS, alone or in blocks for threads, and with panels."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd_lite.compiler.blocks import cut_of_product
from autograd_lite.compiler.engines.native.arrays import PANELS, TEAM, ArrayNames
from autograd_lite.compiler.engines.native.blas import PLAIN, TRANSPOSED
from autograd_lite.compiler.engines.native.layout import Run
from autograd_lite.compiler.engines.native.products import Factor, as_factor, matrix_place
from autograd_lite.compiler.program import Value
from autograd_lite.compiler.source.writer import INDENT
from autograd_lite.openblas import can_rest

Extent = Callable[..., str]

# OpenBLAS has its own threads multiply a matrix of more numbers by a vector, at this size in vain;
# and for some shapes adds up in an order that depends on how many they are.
MOST_AT_ONCE = 8192


def vector_calls(value: Value, names: ArrayNames) -> list[str] | None:
    """The lines that call BLAS for a matrix times a column, or a row times a matrix, in pieces;
    None if the product is another, or so large that threads share it.
    """
    (rows, inner, columns), item = _lengths(value), value.dtype.itemsize
    if len(value.shape) > 2 or min(rows, columns) > 1:
        return None
    if cut_of_product(rows, inner, columns).blocks > 1:
        return None
    a, b = (_factor(x) for x in value.inputs)
    matrix, vector, length = (a, b, rows) if columns == 1 else (b, a, columns)
    lies_down = matrix is a  # each row of what is kept gives one number, unless it is turned
    step = vector.width if vector.turned != lies_down else 1
    is_turned = matrix.turned == lies_down
    kept_rows, kept_columns = (inner, length) if is_turned else (length, inner)
    if 2 * kept_columns > MOST_AT_ONCE:
        return None
    at_once = min(kept_rows, max(1, MOST_AT_ONCE // kept_columns))
    place, other = (matrix_place(names.address(x.base), [], [], value.dtype, x.offset)
                    for x in (matrix, vector))  # fmt: skip
    out, kept = names.address(value), "np.int64(start > 0)" if is_turned else "0"
    moves = f" + start * {step * item}", ""
    to_vector, to_out = moves if is_turned else ("", f" + start * {item}")
    name = f"vector_{value.dtype.name}"
    return [
        f"for start in range(0, {kept_rows}, {at_once}):",
        f"{INDENT}multiply_{name}({names.address(name)}, "
        f"{TRANSPOSED if is_turned else PLAIN}, min({at_once}, {kept_rows} - start), "
        f"{kept_columns}, {place} + start * {matrix.width * item}, {matrix.width}, "
        f"{other}{to_vector}, {step}, {out}{to_out}, {kept})",
    ]


def _factor(x: Any) -> Factor:
    factor = as_factor(x)
    assert factor is not None
    return factor


def _lengths(value: Value) -> tuple[int, int, int]:
    return value.shape[-2], value.inputs[0].shape[-1], value.shape[-1]


def blas_calls(value: Value, names: ArrayNames, extent: Extent, run: Run | None) -> list[str]:
    """The lines that call BLAS; of many products one for each.

    Args:
        value: the product.
        names: of arrays.
        extent: gives the length of a loop over so many, of which the outermost is cut.
        run: the run that is done part by part, if the product is a part of one.
    """
    as_vector = vector_calls(value, names) if run is None else None
    if as_vector is not None:
        return as_vector
    rank, address, lines = len(value.shape), names.address, []
    indices = [f"i{n}" for n in range(rank - 2)]
    for n, (index, length) in enumerate(zip(indices, value.shape, strict=False)):
        lines.append(f"{INDENT * n}for {index} in range({extent(length, n == 0)}):")
    factors = []
    for x in value.inputs:
        factor = _factor(x)
        turn = TRANSPOSED if factor.turned else PLAIN
        own, start = indices[len(indices) - len(factor.steps) :], address(factor.base)
        place = matrix_place(start, own, factor.steps, value.dtype, factor.offset)
        factors.append(f"{place}, {turn}, {factor.width}")
    rows, columns, inner = *map(str, value.shape[-2:]), str(value.inputs[0].shape[-1])
    keep, summed = "0", run is not None and run.is_summed(value)
    if summed:
        inner, keep = extent(int(inner)), "np.int64(in_lane > 0)"
    elif rank == 2:
        rows = extent(int(rows))
    steps = [math.prod(value.shape[n + 1 :]) for n in range(rank - 2)]
    start = names.address_of_sums(value) if summed else address(value)
    out = matrix_place(start, indices, steps, value.dtype)
    return [
        *lines,
        f"{INDENT * (rank - 2)}{_called(value, names, run)}{address(value.dtype)}, {rows}, "
        f"{columns}, {inner}, {', '.join(factors)}, {out}, {columns}, {keep})",
    ]


def _called(value: Value, names: ArrayNames, run: Run | None) -> str:
    """The beginning of a call: of BLAS, or of what has threads share a product."""
    cut = cut_of_product(value.shape[-2], value.inputs[0].shape[-1], value.shape[-1])
    if cut.blocks > 1 and run is None and can_rest():
        numbers = ", ".join(map(str, cut))
        return f"share_{value.dtype.name}({names.address(TEAM)}, {numbers}, "
    return f"multiply_{value.dtype.name}("


def panel_call(value: Value, names: ArrayNames, extent: Extent) -> str:
    """The line that calls the product with panels."""
    (a, panels), item = value.inputs, value.dtype.itemsize
    factor: Any = as_factor(a)
    count, inner, _ = panels.shape
    first = matrix_place(names.address(factor.base), [], [], value.dtype, factor.offset)
    return (
        f"call_native({names.address(PANELS)}, {extent(value.shape[0])}, {inner}, {first}, "
        f"{factor.width * item}, {names.address(panels)}, {count}, {names.address(value)}, "
        f"{value.shape[1] * item})"
    )
