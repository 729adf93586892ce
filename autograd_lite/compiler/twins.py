"""`Twins`: one function traced for batches of two lengths, and what both programs have in common.

Shapes are fixed in a Program. A number in a shape that differs between the two depends on the
number of rows, and both together say how.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.compiler.program import Program, Value

ROWS = "rows"  # what a source calls the number of rows
# Passes that fix shapes, and those that reorder arithmetic: left out for any number of rows.
WITHOUT = ("views", "broadcasts", "crossentropy")


@dataclass(frozen=True, repr=False)
class Length:
    """A number that depends on the number of rows: factor * rows + rest."""

    factor: int
    rest: int

    def __repr__(self) -> str:
        product = ROWS if self.factor == 1 else f"{self.factor} * {ROWS}"
        if not self.rest:
            return product
        return f"{product} {'+' if self.rest > 0 else '-'} {abs(self.rest)}"


class Twins:
    """Two programs of one function, value by value.

    Args:
        one: the program for batches of the first length.
        other: for those of the second.
        lengths: both.

    Attributes:
        one: as given.
        uses_rows: whether a `Length` was found.

    Raises:
        ValueError: if they differ in more than lengths.
    """

    def __init__(self, one: Program, other: Program, lengths: tuple[int, int]) -> None:
        self.one, self._lengths = one, lengths
        self.uses_rows = False
        self._twin: dict[int, Value] = {}
        if len(one.body) != len(other.body) or len(one.results) != len(other.results):
            raise different("they compute another number of operations")
        pairs = [
            *zip(one.arguments, other.arguments, strict=True),
            *zip(one.body, other.body, strict=True),
            *zip(one.results, other.results, strict=True),
        ]
        for a, b in pairs:
            if a.function is not b.function or len(a.inputs) != len(b.inputs):
                raise different(f"{a.operation} is {b.operation} in the other")
            self._twin[id(a)] = b
            for x, y in zip(a.inputs, b.inputs, strict=True):
                if isinstance(x, Value) and isinstance(y, Value):
                    self._twin.setdefault(id(x), y)

    def of(self, value: Value) -> Value:
        """The same value of the other program; a leaf that both share is its own."""
        return self._twin.get(id(value), value)

    def shape(self, value: Value) -> tuple[Any, ...]:
        """The shape of a value, with a `Length` for each number that depends on the rows."""
        found: tuple[Any, ...] = self.both(value.shape, self.of(value).shape, value.operation)
        return found

    def keyword(self, value: Value, name: str) -> Any:
        """A keyword argument of an operation, likewise."""
        there = self.of(value).keywords[name]
        return self.both(value.keywords[name], there, f"{value.operation}'s {name}")

    def both(self, a: Any, b: Any, what: str) -> Any:
        """Return what two arguments have in common, with a `Length` for each number that differs.

        Raises:
            ValueError: if they differ in anything else.
        """
        if isinstance(a, (tuple, list)) and type(a) is type(b) and len(a) == len(b):
            return type(a)(self.both(x, y, what) for x, y in zip(a, b, strict=True))
        if isinstance(a, slice) and isinstance(b, slice):
            ends = zip((a.start, a.stop, a.step), (b.start, b.stop, b.step), strict=True)
            return slice(*(self.both(x, y, what) for x, y in ends))
        if _is_integer(a) and _is_integer(b) and a != b:
            small, large = self._lengths
            factor, left = divmod(int(b) - int(a), large - small)
            if left:
                raise different(f"{what} holds {a} for {small} rows, and {b} for {large}")
            self.uses_rows = True
            return Length(factor, int(a) - factor * small)
        if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
            same = np.array_equal(a, b)
        else:
            same = a is b or (type(a) is type(b) and a == b)
        if not same:
            raise different(f"{what} holds {a!r} in the one, and {b!r} in the other")
        return a


def different(how: str) -> ValueError:
    """The error for a function that does something else for other numbers of rows."""
    return ValueError(
        f"it does something else for another number of rows, and cannot be written for any: {how}"
    )


def _is_integer(x: Any) -> bool:
    return isinstance(x, (int, np.integer)) and not isinstance(x, (bool, np.bool))
