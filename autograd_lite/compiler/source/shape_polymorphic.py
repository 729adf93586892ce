"""A Program as a NumPy function for any number of rows, written as one would write it by hand.

Shapes are fixed in a Program. So the function is traced twice, for batches of two lengths: a
number in a shape that differs depends on the length, and both together say how. What is written
makes new arrays, in expressions as long as a line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Program, Value
from autograd_lite.compiler.source import helpers
from autograd_lite.compiler.source.expressions import (
    SUM,
    Text,
    call_text,
    literal,
    number,
    numpy_name,
    operator_text,
    shape_text,
    uniform,
)
from autograd_lite.compiler.source.names import Names
from autograd_lite.compiler.twins import ROWS, WITHOUT, Length, Twins, different
from autograd_lite.primitives import (
    broadcast_to,
    drawn,
    gather,
    multiply_no_nan,
    scatter_add,
    subtract_max,
)
from autograd_lite.table import TABLE, function_name

WIDTH = 92  # of a line; longer expressions are cut in two


@dataclass
class ShapePolymorphicSource:
    """The parts of a function for any number of rows.

    Attributes:
        lines: the body of the function, in order; the arguments are called as in the program.
        results: the expressions of the results.
        helpers: the source of functions that are called besides NumPy's.
        arrays: what the body reads, by name: weights and constants.
        uses_rows: whether the body reads ``rows``, the number of rows.
    """

    lines: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    helpers: list[str] = field(default_factory=list)
    arrays: dict[str, Any] = field(default_factory=dict)
    uses_rows: bool = False


def shape_polymorphic_source(
    one: Program, other: Program, lengths: tuple[int, int]
) -> ShapePolymorphicSource:
    """Write down what two programs compute that were traced for batches of two lengths.

    Args:
        one: of a function, not optimized.
        other: of the same function, likewise.
        lengths: of the batches that they were traced for.

    Raises:
        ValueError: if they differ in more than lengths, draw random numbers, or call functions that
            are neither NumPy's nor this project's.
    """
    first, _ = optimize(one, WITHOUT)
    second, _ = optimize(other, WITHOUT)
    return _Writer(first, second, lengths).written()


class _Writer:
    def __init__(self, one: Program, other: Program, lengths: tuple[int, int]) -> None:
        self._one = one
        self._twins = Twins(one, other, lengths)
        self._users: dict[int, list[Value | None]] = {}
        self._texts: dict[int, Text] = {}
        self._narrow: set[int] = set()  # values whose text lacks leading axes of length 1
        self._inlined: set[int] = set()  # values whose text will be part of another's
        self._names = Names()
        self._helpers: dict[str, str] = {}
        self._found = ShapePolymorphicSource()
        for taken in (ROWS, "Path", "weights", "predict"):
            self._names.new(taken)
        for helper in dict.fromkeys(_HELPERS.values()):
            self._names.new(helper.__name__)

    def written(self) -> ShapePolymorphicSource:
        self._count_uses()
        for value in self._one.arguments:
            self._texts[id(value)] = Text(self._names.new(value.name))
        for leaf in self._one.leaves():
            self._leaf(leaf)
        for value in self._one.body:
            self._write(value)
        self._found.results = [self._own(x) for x in self._one.results]
        self._found.helpers = list(self._helpers.values())
        self._found.uses_rows = self._twins.uses_rows
        return self._found

    def _count_uses(self) -> None:
        for value in self._one.body:
            for x in value.values():
                self._users.setdefault(id(x), []).append(value)
        for x in self._one.results:
            self._users.setdefault(id(x), []).append(None)

    # -- what is read ----------------------------------------------------------------------------

    def _leaf(self, leaf: Value) -> None:
        """A weight or a constant: an array of the file, or a number in the source."""
        twin = self._twins.of(leaf)
        if leaf.kind == "constant":
            same = uniform(leaf.array)
            if same is not None and uniform(twin.array) == same:
                self._texts[id(leaf)] = Text(literal(same))
                return
            if leaf.shape != twin.shape or not np.array_equal(leaf.array, twin.array):
                raise different("an array that it computes outside of the record differs")
        name = self._names.new(leaf.name or leaf.kind)
        self._found.arrays[name] = leaf.array
        self._texts[id(leaf)] = Text(name)

    def _input(self, x: Any, y: Any, value: Value) -> Text:
        """The text of an input, and how tightly it binds."""
        if not isinstance(x, Value):
            both = self._twins.both(x, y, value.operation)
            if isinstance(both, Length):
                return Text(str(both), SUM)
            return number(_short(both) if _is_floating(value) else both)
        if x.kind == "constant" and uniform(x.array) is not None:
            return self._constant(x, value)
        if id(x) in self._narrow and not _is_elementwise(value):
            return self._widened(x)
        return self._texts[id(x)]

    def _widened(self, x: Value) -> Text:
        """The text of a value whose leading axes of length 1 were left out."""
        return Text(f"{self._texts[id(x)].bound()}.reshape({shape_text(x.shape)})")

    def _constant(self, x: Value, value: Value) -> Text:
        """A number where it is as good as the array; else the array, filled."""
        others = [y for y in value.values() if y is not x]
        same = uniform(x.array)
        if _is_elementwise(value) and others:
            shape = np.broadcast_shapes(*(y.shape for y in others))
            if shape == value.shape and all(y.dtype == x.dtype for y in others):
                plain = x.dtype.type(same).item()
                return number(_short(plain) if _is_floating(value) else plain)
            if shape == value.shape:
                return Text(literal(same))
        if not x.shape:
            return Text(f"np.asarray({literal(same)})")
        shape = self._twins.shape(x)
        return Text(f"np.full({shape_text(shape)}, {literal(same)})")

    # -- what is computed ------------------------------------------------------------------------

    def _write(self, value: Value) -> None:
        """An operation: part of the expression of what uses it, or a line of its own."""
        if self._only_adds_axes(value):
            self._narrow.add(id(value))
            self._texts[id(value)] = self._texts[id(value.inputs[0])]
            return
        arrays = [x for x in value.values() if x.shape]
        if _is_elementwise(value) and arrays and all(id(x) in self._narrow for x in arrays):
            self._narrow.add(id(value))
        text = self._expression(value)
        while len(text.text) > WIDTH:
            parts = [x for x in value.values() if id(x) in self._inlined]
            if not parts:
                break
            self._say(max(parts, key=lambda x: len(self._texts[id(x)].text)))
            text = self._expression(value)
        self._texts[id(value)] = text
        users = self._users.get(id(value), [])
        user = users[0] if len(users) == 1 else None
        if user is not None and user.scope == value.scope and len(text.text) < WIDTH // 2:
            self._inlined.add(id(value))
        else:
            self._say(value)

    def _say(self, value: Value) -> None:
        """Give the text of a value a line of its own."""
        name = self._name(value)
        self._found.lines.append(f"{name} = {self._texts[id(value)].text}")
        self._texts[id(value)] = Text(name)
        self._inlined.discard(id(value))

    def _only_adds_axes(self, value: Value) -> bool:
        """Return whether it is a vector as a row, (n,) as (1, n): the same in arithmetic."""
        if value.function is not np.reshape or not isinstance(value.inputs[0], Value):
            return False
        given, wanted = value.inputs[0].shape, value.shape
        lead = len(wanted) - len(given)
        users = self._users.get(id(value), [])
        return (
            lead > 0
            and len(given) > 0
            and wanted == (1,) * lead + given
            and all(user is not None and _is_elementwise(user) for user in users)
        )

    def _name(self, value: Value) -> str:
        """Its own; its layer's, if it is what the layer gives; else both."""
        if value.name:
            return self._names.new(value.name)
        users = self._users.get(id(value), [])
        inside = f"{value.scope}/"
        leaves = not any(u is not None and f"{u.scope}/".startswith(inside) for u in users)
        scope = value.scope.rpartition("/")[2]
        operation = value.operation.rpartition(".")[2]
        return self._names.new(scope if leaves and scope else f"{scope}_{operation}")

    def _expression(self, value: Value) -> Text:
        twin = self._twins.of(value)
        inputs = [self._input(x, y, value) for x, y in zip(value.inputs, twin.inputs, strict=True)]
        if not value.keywords:
            found = operator_text(value.function, inputs)
            if found is not None:
                return found
        keywords = {
            name: self._texts[id(x)] if isinstance(x, Value) else self._twins.keyword(value, name)
            for name, x in value.keywords.items()
        }
        return Text(call_text(value.function, inputs, keywords, self._function))

    def _function(self, function: Any) -> str:
        """The name of a function in the source: NumPy's, or that of a helper."""
        if function is drawn:
            raise ValueError(
                "it draws random numbers, and a file would draw others than the model does"
            )
        for known in (function, getattr(TABLE.get(function), "evaluate", function)):
            name = numpy_name(known)
            if name is not None:
                return name
        helper = _HELPERS.get(function)
        if helper is None:
            raise ValueError(
                f"it calls {function_name(function)}, which is not part of NumPy: a file that "
                "needs NumPy alone cannot call it. If it does the same operations for all values, "
                "declare it @ag.primitive(inlinable=True)"
            )
        self._helpers.setdefault(helper.__name__, helpers.text_of(helper))
        return str(helper.__name__)

    def _own(self, value: Value) -> str:
        """A result, as an array that nobody else has."""
        found = self._widened(value) if id(value) in self._narrow else self._texts[id(value)]
        fresh = value.kind == "operation" and value.function not in _VIEWS
        return found.text if fresh else f"np.array({found.text})"


_VIEWS = {np.reshape, np.transpose, np.swapaxes, np.moveaxis, np.squeeze, np.expand_dims, np.ravel}
_VIEWS |= {np.broadcast_to, gather, broadcast_to}


# -- helpers: their text becomes part of the source ------------------------------------------------


def put(values, *arrays, index, shape):  # type: ignore[no-untyped-def]
    """Zeros, with values added at an index."""
    rest = iter(arrays)
    result = np.zeros(shape, values.dtype)
    np.add.at(result, tuple(next(rest) if isinstance(i, str) else i for i in index), values)
    return result


_HELPERS: dict[Any, Callable[..., Any]] = {
    **{function: function for function in (*helpers.WHOLE, subtract_max, multiply_no_nan)},
    scatter_add: put,
}


def _short(x: Any) -> Any:
    """2.0 as 2, which among floating-point arrays says the same."""
    if isinstance(x, float) and x.is_integer() and abs(x) < 1e6 and not (x == 0 and np.signbit(x)):
        return int(x)
    return x


def _is_floating(value: Value) -> bool:
    """Return whether all arrays in an operation are floating, so that it is too."""
    return all(x.dtype is not None and x.dtype.kind == "f" for x in value.values())


def _is_elementwise(value: Value) -> bool:
    return isinstance(value.function, np.ufunc) and value.function.signature is None
