"""Arguments that are numbers in a range: what a constructor checks before it keeps them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["require_count", "require_fraction", "require_number"]


def require_number(name: str, value: Any, *, positive: bool = False) -> None:
    """Refuse what is not a finite number, above 0 if `positive`, else 0 or more.

    Raises:
        TypeError: if it is no number.
        ValueError: if it is out of range, infinite or NaN.

    Example:
        >>> require_number("epsilon", -1.0)
        Traceback (most recent call last):
            ...
        ValueError: epsilon is a number from 0 up, got -1.0
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise TypeError(f"{name} is a number, got {value!r}")
    if not math.isfinite(value) or value < 0 or (positive and value == 0):
        kind = "a positive number" if positive else "a number from 0 up"
        raise ValueError(f"{name} is {kind}, got {value!r}")


def require_fraction(name: str, value: Any, *, one: bool = False) -> None:
    """Refuse what does not lie from 0 to 1, 1 itself being allowed only where `one`.

    Raises:
        TypeError, ValueError: as `require_number`.
    """
    require_number(name, value)
    if value > 1 or (value == 1 and not one):
        raise ValueError(f"{name} lies in [0, 1{']' if one else ')'}, got {value!r}")


def require_count(name: str, value: Any) -> None:
    """Refuse what is not a whole number from 1 up.

    Raises:
        TypeError: if it is no whole number, 2.0 included.
        ValueError: if it is below 1.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} is a whole number, got {value!r}")
    if value < 1:
        raise ValueError(f"{name} is 1 or more, got {value!r}")
