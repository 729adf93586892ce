"""Products with a matrix in panels, of float32: for loops that multiply by one matrix many times.

A panel is some columns of a matrix, as many as fill two registers, with their rows one after the
other in memory. A tile of the result, some rows of a panel's columns, stays in registers while all
rows of the panel pass by. BLAS puts a matrix into such an order in each call, which for a few rows
takes as long as the product.

Each element is added up from its first product to its last, whatever the tile that it is part of.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from autograd_lite.compiler.engines.native.cache import compiled
from autograd_lite.compiler.engines.native.intrinsics import I32, I64, intrinsic
from autograd_lite.compiler.engines.native.machine import lanes

SOURCE = "from autograd_lite.compiler.engines.native.panels import times_panels\n"
LANES = lanes()
WIDTH = 2 * LANES  # columns of a panel
DEPTH = 256  # rows of a panel that pass by at once: they stay in the nearest cache
ITEM, REAL = 4, ir.FloatType()
VECTOR = ir.VectorType(REAL, LANES)


@functools.cache
def address_of_times_panels() -> int:
    """Where `times_panels` begins."""
    return compiled(SOURCE, ("times_panels",))[0]


def _tile(rows: int) -> Any:
    """The intrinsic that computes a tile of so many rows."""

    def tile(builder: Any, *words: Any) -> None:
        """Write sums of `depth` products into a tile, or add them to it if `keep`.

        The words: `depth`; the address of the first row of a, and the bytes from row to row; the
        address of a panel; that of the tile, and the bytes from row to row; `keep`.
        """
        depth, a, lda, panel, c, ldc, keep = words
        tops = [builder.add(c, builder.mul(ldc, I64(r))) for r in range(rows)]
        places = [x for at in tops for x in (at, builder.add(at, I64(ITEM * LANES)))]
        of_rows = [builder.add(a, builder.mul(lda, I64(r))) for r in range(rows)]
        with builder.goto_entry_block():
            sums = [builder.alloca(VECTOR) for _ in places]
            index = builder.alloca(I64)
        for total in sums:
            builder.store(ir.Constant(VECTOR, None), total)
        with _each(builder, index, depth) as k:
            low = builder.add(panel, builder.mul(k, I64(WIDTH * ITEM)))
            high = builder.add(low, I64(ITEM * LANES))
            halves = [_load(builder, place, VECTOR) for place in (low, high)]
            along = builder.mul(k, I64(ITEM))
            for r, row in enumerate(of_rows):
                factor = _everywhere(builder, _load(builder, builder.add(row, along), REAL))
                for half, total in zip(halves, sums[2 * r : 2 * r + 2], strict=True):
                    product = builder.fmul(factor, half, flags=("contract",))
                    added = builder.fadd(product, builder.load(total), flags=("contract",))
                    builder.store(added, total)
        with builder.if_then(builder.icmp_signed("!=", keep, I64(0))):
            for total, place in zip(sums, places, strict=True):
                before = _load(builder, place, VECTOR)
                builder.store(builder.fadd(before, builder.load(total)), total)
        for total, place in zip(sums, places, strict=True):
            pointer = builder.inttoptr(place, VECTOR.as_pointer())
            builder.store(builder.load(total), pointer, align=ITEM)

    return intrinsic()(tile)


def _load(builder: Any, place: Any, kind: Any) -> Any:
    return builder.load(builder.inttoptr(place, kind.as_pointer()), align=ITEM)


def _everywhere(builder: Any, x: Any) -> Any:
    """A vector of one number."""
    some = ir.Constant(VECTOR, ir.Undefined)
    places = ir.Constant(ir.VectorType(I32, LANES), None)
    return builder.shuffle_vector(builder.insert_element(some, x, I32(0)), some, places)


@contextmanager
def _each(builder: Any, index: Any, count: Any) -> Iterator[Any]:
    """A loop over the numbers below `count`."""
    again, inside, after = (builder.append_basic_block() for _ in range(3))
    builder.store(I64(0), index)
    builder.branch(again)
    builder.position_at_end(again)
    k = builder.load(index)
    builder.cbranch(builder.icmp_signed("<", k, count), inside, after)
    builder.position_at_end(inside)
    yield k
    builder.store(builder.add(k, I64(1), flags=("nsw",)), index)
    builder.branch(again)
    builder.position_at_end(after)


# Six rows are twelve sums: with what they are made of they fill sixteen registers.
tile_6, tile_4, tile_2, tile_1 = map(_tile, (6, 4, 2, 1))


def times_panels(
    rows: int, inner: int, a: int, lda: int, panels: int, count: int, c: int, ldc: int
) -> None:
    """``c = a @ b``, with b in panels.

    Args:
        rows: of a.
        inner: columns of a.
        a: the address of it, whose rows lie in order.
        lda: bytes from row to row.
        panels: the address of the first.
        count: how many.
        c: the address of the result.
        ldc: bytes from row to row.
    """
    for start in range(0, inner, DEPTH):
        depth = min(DEPTH, inner - start)
        for number in range(count):
            panel = panels + (number * inner + start) * WIDTH * ITEM
            place, at, left = a + start * ITEM, c + number * WIDTH * ITEM, rows
            while left >= 6:
                tile_6(depth, place, lda, panel, at, ldc, start)
                place, at, left = place + 6 * lda, at + 6 * ldc, left - 6
            if left >= 4:
                tile_4(depth, place, lda, panel, at, ldc, start)
                place, at, left = place + 4 * lda, at + 4 * ldc, left - 4
            if left >= 2:
                tile_2(depth, place, lda, panel, at, ldc, start)
                place, at, left = place + 2 * lda, at + 2 * ldc, left - 2
            if left >= 1:
                tile_1(depth, place, lda, panel, at, ldc, start)
