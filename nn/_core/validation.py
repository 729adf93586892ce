"""Validation of arguments: numbers, ranges, flags, axes, dtypes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def require_number(name: str, value: Any, *, positive: bool = False) -> None:
    """Require a finite number, above 0 if `positive`, else 0 or more.

    Raises:
        TypeError: if it is not a number.
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
    """Require a number from 0 to 1; 1 itself only if `one`.

    Raises:
        TypeError, ValueError: as `require_number`.
    """
    require_number(name, value)
    if value > 1 or (value == 1 and not one):
        raise ValueError(f"{name} lies in [0, 1{']' if one else ')'}, got {value!r}")


def require_count(name: str, value: Any) -> None:
    """Require a whole number from 1 up.

    Raises:
        TypeError: if it is not a whole number; 2.0 is not one.
        ValueError: if it is below 1.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} is a whole number, got {value!r}")
    if value < 1:
        raise ValueError(f"{name} is 1 or more, got {value!r}")


def require_finite(name: str, value: Any) -> None:
    """Require a finite number, of any sign.

    Raises:
        TypeError, ValueError: as `require_number`.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise TypeError(f"{name} is a number, got {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"{name} is a finite number, got {value!r}")


def require_numbers(name: str, value: Any) -> None:
    """Require a number or an array (or nested lists) of finite numbers.

    Raises:
        TypeError: for text, objects and ragged lists.
        ValueError: for NaN and infinities.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} is a number or an array of numbers, got {value!r}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinities: {value!r}")


def require_flag(name: str, value: Any) -> None:
    """Require True or False: the string "False" would count as true.

    Raises:
        TypeError: for anything else.
    """
    if not isinstance(value, (bool, np.bool)):
        raise TypeError(f"{name} is True or False, got {value!r}")


def require_integer(name: str, value: Any) -> None:
    """Require an integer; 1.0, True and "1" are none.

    Raises:
        TypeError: for anything else.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} is an integer, got {value!r}")


def require_whole(name: str, value: Any) -> None:
    """Require a whole number from 0 up.

    Raises:
        TypeError, ValueError: as `require_count`.
    """
    require_integer(name, value)
    require_number(name, value)


def require_axes(name: str, value: Any) -> None:
    """Require an axis, or several axes, each once.

    Raises:
        TypeError: for anything but integers.
        ValueError: for no axis, and for one given twice.
    """
    axes = list(value) if isinstance(value, (list, tuple)) else [value]
    for axis in axes:
        require_integer(name, axis)
    if not axes or len(set(axes)) < len(axes):
        raise ValueError(f"{name} names each axis once, and one at least; got {value!r}")


# Arguments that mean the same in every loss, metric and optimizer.
_FIELDS: dict[str, Callable[[str, Any], None]] = {
    **dict.fromkeys(
        ("from_logits", "from_sorted_ids", "apply_class_balancing", "amsgrad", "nesterov"),
        require_flag,
    ),
    **dict.fromkeys(("centered", "use_ema"), require_flag),
    **dict.fromkeys(("axis", "class_id", "ignore_class"), require_integer),
    **dict.fromkeys(("k", "top_k"), require_count),
    "num_regressors": require_whole,
    "gamma": require_number,
    "threshold": require_finite,
}


def require_fields(thing: Any) -> None:
    """Check the arguments of a dataclass that have a known meaning; None where it is default.

    Raises:
        TypeError, ValueError: from the check of the argument.
    """
    for name, field in getattr(type(thing), "__dataclass_fields__", {}).items():
        value = getattr(thing, name, None)
        if name in _FIELDS and not (value is None and field.default is None):
            _FIELDS[name](name, value)


def floating_dtype(dtype: Any) -> np.dtype[Any]:
    """Return the dtype that a layer computes in.

    Raises:
        TypeError: for anything but a floating dtype.
    """
    resolved: np.dtype[Any] | None
    try:
        resolved = np.dtype(dtype)
    except TypeError:
        resolved = None
    if resolved is None or resolved.kind != "f":
        raise TypeError(
            f"a layer computes in a floating dtype, 'float32' or 'float64', not {dtype!r}"
        )
    return resolved


def is_shape(value: Any) -> bool:
    """Return if this is a tuple of lengths, None for any length."""
    return isinstance(value, tuple) and all(
        n is None or (type(n) is int and 0 <= n < 2**63) for n in value
    )
