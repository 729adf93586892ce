"""Values and structures told apart by class and value, also where Python finds them equal."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from autograd_lite.tensor import Tensor
from autograd_lite.tree import children, is_dataclass


class Static:
    """An argument that is part of the key, whatever it is."""

    def __init__(self, value: Any) -> None:
        self.value = value


def exact(x: Any) -> Any:
    """A static argument in a key: equal for two of the same class and value only.

    0.0 and -0.0, 1 and True, ``(2,)`` and ``(2.0,)`` are equal in Python, and yet not the same to
    a function.

    Raises:
        TypeError: if it cannot be hashed.
    """
    kind = type(x)
    if isinstance(x, float):
        return kind, x.hex()
    if isinstance(x, complex):
        return kind, x.real.hex(), x.imag.hex()
    if isinstance(x, np.generic):
        return kind, x.dtype, x.tobytes()
    if isinstance(x, (tuple, frozenset)):
        parts = tuple(map(exact, x))
        return kind, frozenset(parts) if isinstance(x, frozenset) else parts
    if is_dataclass(x):
        return kind, tuple(exact(getattr(x, field.name)) for field in dataclasses.fields(x))
    if isinstance(x, Tensor):  # kept alive by what its program has captured
        return kind, id(x)
    try:
        hash(x)
    except TypeError as error:
        raise TypeError(
            f"a static argument has to be hashable, so that its program can be found again; got "
            f"{kind.__name__}. Pass arrays as arrays, or a tuple in place of a list"
        ) from error
    compared: Any = kind.__eq__
    if compared is object.__eq__ or isinstance(x, (int, str, bytes, type)):
        return kind, x
    return kind, x, repr(x)  # Decimal("1.0") equals Decimal("1.00")


def structure_of(tree: Any) -> Any:
    """The structure of a tree, as something that can be compared: classes, keys, None."""
    parts = children(tree)
    if parts is None:
        return tree is None
    return form_of(tree), tuple(map(structure_of, parts))


def form_of(tree: Any) -> Any:
    """The form of a tuple, list, dict or dataclass: its class, the number of parts, the keys."""
    if not isinstance(tree, dict):
        return type(tree), len(tree) if isinstance(tree, (list, tuple)) else None
    return type(tree), getattr(tree, "default_factory", None), tuple(map(exact, tree))
