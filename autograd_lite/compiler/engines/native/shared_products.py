"""Large matrix products in native code: in blocks, which the threads of a team compute."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.compiler.engines.native.blas import TRANSPOSED
from autograd_lite.compiler.engines.native.intrinsics import (
    load,
    multiply_float32,
    multiply_float64,
    room_on_stack,
    store,
)
from autograd_lite.compiler.engines.native.team import PRODUCTS, together


def _block_of(dtype: str, multiply: Any) -> Any:
    """The function that computes a block of a product of one dtype."""
    item = np.dtype(dtype).itemsize

    def block_of(given: int, block: int, slot: int) -> None:
        """Compute one block; what is given are 16 words."""
        blas, rows = load(given), load(given + 8)
        columns, inner = load(given + 16), load(given + 24)
        a, turn_a, lda = load(given + 32), load(given + 40), load(given + 48)
        b, turn_b, ldb = load(given + 56), load(given + 64), load(given + 72)
        c, ldc, keep = load(given + 80), load(given + 88), load(given + 96)
        step = load(given + 112)
        first = block * step
        if load(given + 104) == 0:
            rows = min(step, rows - first)
            a += first * item * (1 if turn_a == TRANSPOSED else lda)
            c += first * item * ldc
        else:
            columns = min(step, columns - first)
            b += first * item * (ldb if turn_b == TRANSPOSED else 1)
            c += first * item
        multiply(blas, rows, columns, inner, a, turn_a, lda, b, turn_b, ldb, c, ldc, keep)

    return block_of


def _share(dtype: str) -> Any:
    """The function that computes a product of one dtype in blocks.

    `cut` is its axis, `step` how many rows or columns of the result a block has; all other
    arguments are those of `multiply`.
    """
    function = PRODUCTS[dtype]

    def share(
        team: int, cut: int, step: int, count: int, blas: int, rows: int, columns: int, inner: int,
        a: int, turn_a: int, lda: int, b: int, turn_b: int, ldb: int, c: int, ldc: int, keep: int,
    ) -> None:  # fmt: skip
        """The product, in blocks."""
        given = room_on_stack()
        store(given, blas)
        store(given + 8, rows)
        store(given + 16, columns)
        store(given + 24, inner)
        store(given + 32, a)
        store(given + 40, turn_a)
        store(given + 48, lda)
        store(given + 56, b)
        store(given + 64, turn_b)
        store(given + 72, ldb)
        store(given + 80, c)
        store(given + 88, ldc)
        store(given + 96, keep)
        store(given + 104, cut)
        store(given + 112, step)
        together(team, load(team + function), given, count, count)

    return share


block_of_float32, share_float32 = _block_of("float32", multiply_float32), _share("float32")
block_of_float64, share_float64 = _block_of("float64", multiply_float64), _share("float64")
