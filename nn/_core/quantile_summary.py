"""Quantiles of a stream: summaries of values with weights, merged and compressed."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]  # (2, n): values in order, and how many each stands for


def summarized(values: Any, epsilon: float) -> Array:
    """Return about 1 / epsilon of the values, evenly spaced in their order, as float32."""
    ordered = np.sort(np.asarray(values, np.float32), axis=None)
    step = max(ordered.size / (1.0 / epsilon), 1)
    kept = ordered[int(step - 1) :: int(step)]
    return np.stack([kept, np.full_like(kept, step)])


def merged(one: Array, other: Array, epsilon: float) -> Array:
    """Return the summary of the values of two summaries."""
    both = np.concatenate((one, other), axis=1)
    return compressed(both[:, np.argsort(both[0])], epsilon)


def compressed(summary: Array, epsilon: float) -> Array:
    """Return a summary of about 1 / epsilon values, interpolated at equal steps of the weight.

    >>> compressed(np.array([[1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 1.0, 1.0]]), 0.5)[0]
    array([2., 4.], dtype=float32)
    """
    values, weights = summary
    if values.size * epsilon < 1:
        return summary
    total = np.cumsum(weights)
    parts = epsilon + np.arange(0.0, 1.0, epsilon)
    reached = np.interp(parts, total / total[-1], total)
    new = np.interp(parts, total / total[-1], values)
    return np.stack((new, np.diff(reached, prepend=0))).astype(np.float32)
