"""Methods that `dataclass` would generate for each class, written once.

Python compiles the source of each generated method when the class is made, which for the many small
dataclasses of this package was a quarter of its import.
"""

from __future__ import annotations

import dataclasses
import reprlib
from typing import Any


def values_of(thing: Any) -> dict[str, Any]:
    """Return the fields of a dataclass by name."""
    return {field.name: getattr(thing, field.name) for field in dataclasses.fields(thing)}


class Fields:
    """A base of dataclasses with ``repr=False``: the representation that `dataclass` generates.

    Example:
        >>> @dataclasses.dataclass(repr=False)
        ... class Point(Fields):
        ...     x: int
        ...     y: int = 2
        >>> Point(1)
        Point(x=1, y=2)
    """

    @reprlib.recursive_repr()
    def __repr__(self) -> str:
        if not dataclasses.is_dataclass(self):
            return super().__repr__()
        shown = [f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr]
        return f"{type(self).__qualname__}({', '.join(shown)})"


class FrozenFields:
    """A base of dataclasses with ``frozen=True, eq=False``: equal if class and fields are."""

    def __eq__(self, other: object) -> bool:
        if not dataclasses.is_dataclass(self) or other.__class__ is not self.__class__:
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared()) if dataclasses.is_dataclass(self) else object.__hash__(self)

    def _compared(self) -> tuple[Any, ...]:
        return tuple(values_of(self).values())
