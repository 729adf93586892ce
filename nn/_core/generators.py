"""Random generators among an object's attributes."""

from __future__ import annotations

import numpy as np


def generators_of(owner: object) -> dict[str, np.random.Generator]:
    """Return the generators among an object's attributes by name."""
    return {
        name: value for name, value in vars(owner).items() if isinstance(value, np.random.Generator)
    }
