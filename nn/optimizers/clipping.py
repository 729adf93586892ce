"""By how much gradients are shortened that are too long."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["shrinking_factor"]


def shrinking_factor(gradients: Iterable[Any], limit: float) -> Any:
    """The factor, 1 at most, with which all gradients together have length `limit` at most.

    Source: Pascanu et al., 2013, "On the difficulty of training recurrent neural networks".
    """
    norm = np.sqrt(sum(_sum_of_squares(g) for g in gradients))
    return limit / np.maximum(norm, limit)


def _sum_of_squares(g: Any) -> Any:
    """In float64 where the square of a large number overflows: the factor would be 0."""
    elements = np.ravel(g)
    total = np.dot(elements, elements)
    if np.isfinite(total):
        return total
    wide = elements.astype(np.float64)
    return np.dot(wide, wide)
