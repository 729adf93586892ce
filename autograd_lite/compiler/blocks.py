"""Blocks of work that several threads share: what is cut, and where, follows from shapes alone.

So a result is the same, to the last bit, whoever computes which block, and on any number of
threads. OpenBLAS with several threads adds up in another order; with one it gave these bits for all
products of float32 that were tried, of float64 not for all.
"""

from __future__ import annotations

from typing import NamedTuple

LEAST_WORK = 3_000_000  # multiplications of a block: some 50 microseconds
LEAST_SHARED = 2_000_000  # multiplications of a product that pays two threads, if they are awake
MOST_BLOCKS = 16
ALIGNED = 4, 16  # rows, columns: a block of a multiple of them has no edges that are slow
# BLAS copies both factors of each block into another order. To copy a number takes about as long as
# so many multiplications; a cut may make a product slower by such a part.
COPY, MOST_SLOWER = 25, 1.16


class Cut(NamedTuple):
    """A cut of a matrix product into blocks.

    Attributes:
        axis: of the result: 0, its rows; 1, its columns.
        step: how many rows or columns a block has; the last may have fewer.
        blocks: how many; 1 where it does not pay.
    """

    axis: int
    step: int
    blocks: int


def cut_of_product(rows: int, inner: int, columns: int) -> Cut:
    """The cut of a product of matrices, (rows, inner) times (inner, columns).

    Example:
        >>> cut_of_product(128, 784, 512)
        Cut(axis=1, step=128, blocks=4)
        >>> cut_of_product(32, 64, 10)
        Cut(axis=0, step=32, blocks=1)
    """
    axis = int(columns > rows)
    length, other = (columns, rows) if axis else (rows, columns)
    work = rows * inner * columns
    if work < LEAST_SHARED:
        return Cut(axis, length, 1)
    count, whole = 1, _time_of_one(length, other)
    while 2 * count <= MOST_BLOCKS and (count == 1 or work >= 2 * count * LEAST_WORK):
        step = -(-length // (2 * count))
        if _time_of_one(step, other) > MOST_SLOWER * whole:
            break
        count *= 2
    step = -(-length // count)
    if count > 1:
        step = -(-step // ALIGNED[axis]) * ALIGNED[axis]
    return Cut(axis, step, -(-length // step))


def _time_of_one(length: int, other: int) -> float:
    """The time of a product of so many rows and columns, by that of its multiplications alone."""
    return 1 + COPY * (1 / length + 1 / other)
