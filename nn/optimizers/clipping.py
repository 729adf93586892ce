"""Gradient clipping by norm."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import nondifferentiable, primitive


@primitive
def clip_factor(*gradients: Any, limit: float) -> Any:
    """Return the factor, at most 1, that scales the gradients' joint norm down to `limit`.

    Source: Pascanu et al., 2013, "On the difficulty of training recurrent neural networks".
    """
    total = 0.0
    for g in gradients:
        elements = np.ravel(g)
        square = np.dot(elements, elements)
        if not np.isfinite(square):
            # The square of a large number overflows, and the factor would be 0.
            wide = elements.astype(np.float64)
            square = np.dot(wide, wide)
        total = total + square
    return limit / np.maximum(np.sqrt(total), limit)


nondifferentiable(clip_factor, None, "limit")
