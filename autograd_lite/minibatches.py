"""`MiniBatches`: rows of some arrays, a few at a time, for one run of a program after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_lite.fields import FrozenFields, frozen


@frozen
class MiniBatches(FrozenFields):
    """Batches of one size.

    Attributes:
        arrays: what they are rows of.
        size: how many rows each has.
        count: how many they are.
        start: where the first one begins, in `rows`, or in the arrays.
        rows: the numbers of the rows of all batches, int64; None for those of the arrays in order.
    """

    arrays: Sequence[Any]
    size: int
    count: int
    start: int = 0
    rows: Any = None

    def at(self, i: int) -> tuple[Any, ...]:
        """Return a batch: the rows of each array."""
        start = self.start + i * self.size
        if self.rows is None:
            return tuple(array[start : start + self.size] for array in self.arrays)
        rows = self.rows[start : start + self.size]
        return tuple(array.take(rows, axis=0) for array in self.arrays)
