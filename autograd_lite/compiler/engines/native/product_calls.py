"""Calls of products in native code: of BLAS, alone or in blocks for threads, and with panels."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd_lite.compiler.blocks import cut_of_product
from autograd_lite.compiler.engines.native.arrays import PANELS, TEAM, ArrayNames
from autograd_lite.compiler.engines.native.blas import PLAIN, TRANSPOSED
from autograd_lite.compiler.engines.native.layout import Run
from autograd_lite.compiler.engines.native.products import as_factor, matrix_place
from autograd_lite.compiler.program import Value
from autograd_lite.compiler.source.writer import INDENT
from autograd_lite.openblas import can_rest

Extent = Callable[..., str]


def blas_calls(value: Value, names: ArrayNames, extent: Extent, run: Run | None) -> list[str]:
    """The lines that call BLAS; of many products one for each.

    Args:
        value: the product.
        names: of arrays.
        extent: gives the length of a loop over so many, of which the outermost is cut.
        run: the run that is done part by part, if the product is a part of one.
    """
    rank, address, lines = len(value.shape), names.address, []
    indices = [f"i{n}" for n in range(rank - 2)]
    for n, (index, length) in enumerate(zip(indices, value.shape, strict=False)):
        lines.append(f"{INDENT * n}for {index} in range({extent(length, n == 0)}):")
    factors = []
    for x in value.inputs:
        factor = as_factor(x)
        assert factor is not None
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
