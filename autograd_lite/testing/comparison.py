"""Comparison: one input's gradient beside its finite differences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

Index = tuple[int, ...]


@dataclass(frozen=True)
class Comparison:
    """One input's gradient beside its finite differences.

    Attributes:
        name: of the input.
        order: 1 for the gradient; 2 for the gradient of the gradient along a random direction.
        checked: how many entries took part in a comparison that came to a result, of `size`.
        size: the number of entries.
        quotients: the difference quotients that were compared; fewer than `checked` where entries
            were compared in groups, by random projections.
        index: the position of the entry that fits worst; None where there is no entry.
        analytic: what the rules gave there.
        numeric: what the central difference gave there.
        passed: whether every entry fits, or is a kink at which the gradient is one of the slopes
            between the two one-sided ones.
        kinks: the positions of kinks that were found: the function has no derivative there.
        rounding: by how much rounding may change that difference.
        sides: the slopes to the left and to the right of the entry at `index`, if it is a kink.
        excess: |gradient - difference| over what is allowed, in the input's shape; above 1 is
            wrong, NaN where nothing could be compared. Entries compared in one group share a value.
    """

    name: str
    order: int
    checked: int
    size: int
    quotients: int
    index: Index | None
    analytic: float
    numeric: float
    passed: bool
    rounding: float = 0.0
    kinks: tuple[Index, ...] = ()
    sides: tuple[float, float] | None = None
    excess: np.ndarray[Any, Any] = field(
        default_factory=lambda: np.zeros(0), repr=False, compare=False
    )

    @property
    def verdict(self) -> str:
        """``"ok"``, ``"kink"`` or ``"WRONG"``."""
        return "WRONG" if not self.passed else "kink" if self.kinks else "ok"


def position(index: Index | None) -> str:
    """An index as it is written between brackets; ``-`` for none.

    >>> position((2, 0)), position(()), position(None)
    ('[2, 0]', '[]', '-')
    """
    return "-" if index is None else str(list(index))
