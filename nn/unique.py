"""Names that are taken, and the next one that is free."""

from __future__ import annotations

from collections.abc import Container
from itertools import count

__all__ = ["first_free"]


def first_free(name: str, taken: Container[str]) -> str:
    """`name`, or the first of name_1, name_2, ... that is not taken.

    >>> first_free("dense", {"dense", "dense_1"})
    'dense_2'
    """
    if name not in taken:
        return name
    return next(numbered for i in count(1) if (numbered := f"{name}_{i}") not in taken)
