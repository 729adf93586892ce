"""Large matrix products in native code: in blocks, which the threads of a team compute."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from autograd_lite.compiler.engines.native.atomics import load, room_on_stack, store
from autograd_lite.compiler.engines.native.blas import (
    TRANSPOSED,
    multiply_float32,
    multiply_float64,
)
from autograd_lite.compiler.engines.native.team import PRODUCTS, together

native: Any = numba.njit(error_model="numpy", nogil=True)


def _sharing(dtype: str, multiply: Any) -> tuple[Any, Any]:
    """For one dtype: a block of a product, and the product.

    `cut` is its axis, `step` how many rows or columns of the result a block has; all other
    arguments are those of `multiply`.
    """
    item, function = np.dtype(dtype).itemsize, PRODUCTS[dtype]

    @native
    def block_of(given, block, slot):  # type: ignore[no-untyped-def]
        """Compute one block; what is given are 16 words."""
        blas, rows, columns, inner = (
            load(given),
            load(given + 8),
            load(given + 16),
            load(given + 24),
        )
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

    @native
    def share(  # type: ignore[no-untyped-def]
        team, cut, step, count, blas, rows, columns, inner, a, turn_a, lda, b, turn_b, ldb, c, ldc,
        keep,
    ):  # fmt: skip
        """The product, in blocks."""
        given = room_on_stack()
        place = given
        for word in (
            blas, rows, columns, inner, a, turn_a, lda, b, turn_b, ldb, c, ldc, keep, cut, step,
        ):  # fmt: skip
            store(place, word)
            place += 8
        together(team, load(team + function), given, count, count)

    return block_of, share


block_of_float32, share_float32 = _sharing("float32", multiply_float32)
block_of_float64, share_float64 = _sharing("float64", multiply_float64)
