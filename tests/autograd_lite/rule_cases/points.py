"""Random points of one kind: away from zero, positive, without ties, well conditioned."""

from __future__ import annotations

import numpy as np

RANDOM = np.random.default_rng(7)


def normal(*shape):
    """Values away from 0, in both signs."""
    x = RANDOM.normal(size=shape)
    return x + np.where(x < 0, -0.2, 0.2)


def positive(*shape):
    return RANDOM.uniform(0.3, 2.0, size=shape)


def unit(*shape):
    """Values inside (-1, 1)."""
    return RANDOM.uniform(-0.9, 0.9, size=shape)


def distinct(*shape):
    """Values that differ by at least 0.1, in random order: no ties."""
    n = int(np.prod(shape))
    return (RANDOM.permutation(n) * 0.3 - 0.5 + RANDOM.uniform(0, 0.1, n)).reshape(shape)


def square(n, *stack):
    """Well-conditioned matrices."""
    return RANDOM.normal(size=(*stack, n, n)) + 3 * np.eye(n)


def positive_definite(n, *stack):
    a = RANDOM.normal(size=(*stack, n, n))
    return a @ np.swapaxes(a, -2, -1) + 2 * np.eye(n)
