"""A Program as a NumPy function for any number of rows, written as one would write it by hand.

Shapes are fixed in a Program. So the function is traced twice, for batches of two lengths: a
number in a shape that differs depends on the length, and both together say how. What is written
makes new arrays, in expressions as long as a line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Program, Value
from autograd_lite.compiler.source import helpers
from autograd_lite.compiler.source.names import Names
from autograd_lite.compiler.source.numpy_source import index_text
from autograd_lite.primitives import (
    broadcast_to,
    cast,
    drawn,
    gather,
    multiply_no_nan,
    scatter_add,
    subtract_max,
)
from autograd_lite.recording import output
from autograd_lite.rules.einsum import einsum
from autograd_lite.rules.joining import concatenate, stack
from autograd_lite.table import TABLE, function_name, is_numpy

__all__ = ["ShapePolymorphicSource", "shape_polymorphic_source"]

WIDTH = 92  # of a line; longer expressions are cut in two
ROWS = "rows"  # what the source calls the number of rows

# Those that fix shapes, and those that reorder arithmetic, are left out.
WITHOUT = ("views", "broadcasts", "crossentropy")

_OPERATORS = {  # with their rank: a higher one binds more tightly
    np.power: ("**", 6),
    np.matmul: ("@", 4),
    np.multiply: ("*", 4),
    np.divide: ("/", 4),
    np.floor_divide: ("//", 4),
    np.remainder: ("%", 4),
    np.add: ("+", 3),
    np.subtract: ("-", 3),
    np.bitwise_and: ("&", 2),
    np.less: ("<", 0),
    np.less_equal: ("<=", 0),
    np.greater: (">", 0),
    np.greater_equal: (">=", 0),
    np.equal: ("==", 0),
    np.not_equal: ("!=", 0),
}
_NEGATIVE, _ATOM = 5, 7


@dataclass
class ShapePolymorphicSource:
    """What `shape_polymorphic_source` has written.

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


@dataclass(frozen=True)
class _Length:
    """A number that depends on the number of rows: factor * rows + rest."""

    factor: int
    rest: int

    def __str__(self) -> str:
        product = ROWS if self.factor == 1 else f"{self.factor} * {ROWS}"
        if not self.rest:
            return product
        return f"{product} {'+' if self.rest > 0 else '-'} {abs(self.rest)}"


class _Writer:
    def __init__(self, one: Program, other: Program, lengths: tuple[int, int]) -> None:
        self._one, self._other, self._lengths = one, other, lengths
        self._twin: dict[int, Value] = {}
        self._users: dict[int, list[Value | None]] = {}
        self._texts: dict[int, tuple[str, int]] = {}
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
        self._pair()
        self._count_uses()
        for value in self._one.arguments:
            self._texts[id(value)] = self._names.new(value.name), _ATOM
        for leaf in self._one.leaves():
            self._leaf(leaf)
        for value in self._one.body:
            self._write(value)
        self._found.results = [self._own(x) for x in self._one.results]
        self._found.helpers = list(self._helpers.values())
        return self._found

    # -- what both programs have in common -------------------------------------------------------

    def _pair(self) -> None:
        """Find for each value its twin."""
        one, other = self._one, self._other
        if len(one.body) != len(other.body) or len(one.results) != len(other.results):
            raise _different("they compute another number of operations")
        pairs = [
            *zip(one.arguments, other.arguments, strict=True),
            *zip(one.body, other.body, strict=True),
            *zip(one.results, other.results, strict=True),
        ]
        for a, b in pairs:
            if a.function is not b.function or len(a.inputs) != len(b.inputs):
                raise _different(f"{a.operation} is {b.operation} in the other")
            self._twin[id(a)] = b
            for x, y in zip(a.inputs, b.inputs, strict=True):
                if isinstance(x, Value) and isinstance(y, Value):
                    self._twin.setdefault(id(x), y)

    def _count_uses(self) -> None:
        for value in self._one.body:
            for x in value.values():
                self._users.setdefault(id(x), []).append(value)
        for x in self._one.results:
            self._users.setdefault(id(x), []).append(None)

    def _both(self, a: Any, b: Any, what: str) -> Any:
        """A keyword argument: with `_Length` for each number in it that differs."""
        if isinstance(a, (tuple, list)) and type(a) is type(b) and len(a) == len(b):
            return type(a)(self._both(x, y, what) for x, y in zip(a, b, strict=True))
        if isinstance(a, slice) and isinstance(b, slice):
            ends = zip((a.start, a.stop, a.step), (b.start, b.stop, b.step), strict=True)
            return slice(*(self._both(x, y, what) for x, y in ends))
        if _is_integer(a) and _is_integer(b) and a != b:
            small, large = self._lengths
            factor, left = divmod(int(b) - int(a), large - small)
            if left:
                raise _different(f"{what} holds {a} for {small} rows, and {b} for {large}")
            self._found.uses_rows = True
            return _Length(factor, int(a) - factor * small)
        if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
            same = np.array_equal(a, b)
        else:
            same = a is b or (type(a) is type(b) and a == b)
        if not same:
            raise _different(f"{what} holds {a!r} in the one, and {b!r} in the other")
        return a

    # -- what is read ----------------------------------------------------------------------------

    def _leaf(self, leaf: Value) -> None:
        """A weight or a constant: an array of the file, or a number in the source."""
        twin = self._twin.get(id(leaf), leaf)
        array = leaf.storage._data if leaf.kind == "state" else leaf.storage
        if leaf.kind == "constant":
            number = _uniform(array)
            if number is not None and _uniform(twin.storage) == number:
                self._texts[id(leaf)] = _number(number), _ATOM
                return
            if leaf.shape != twin.shape or not np.array_equal(array, twin.storage):
                raise _different("an array that it computes outside of the record differs")
        name = self._names.new(leaf.name or leaf.kind)
        self._found.arrays[name] = array
        self._texts[id(leaf)] = name, _ATOM

    def _input(self, x: Any, y: Any, value: Value) -> tuple[str, int]:
        """The text of an input, and how tightly it binds."""
        if not isinstance(x, Value):
            number = self._both(x, y, value.operation)
            if isinstance(number, _Length):
                return str(number), 3
            return _literal(_short(number) if _is_floating(value) else number)
        if x.kind == "constant" and _uniform(x.storage) is not None:
            return self._constant(x, value)
        if id(x) in self._narrow and not _is_elementwise(value):
            return self._widened(x), _ATOM
        return self._texts[id(x)]

    def _widened(self, x: Value) -> str:
        """The text of a value whose leading axes of length 1 were left out."""
        return f"{_bound(self._texts[id(x)], _ATOM)}.reshape({_shape(x.shape)})"

    def _constant(self, x: Value, value: Value) -> tuple[str, int]:
        """A number where it is as good as the array; else the array, filled."""
        others = [y for y in value.values() if y is not x]
        number = _uniform(x.storage)
        if _is_elementwise(value) and others:
            shape = np.broadcast_shapes(*(y.shape for y in others))
            if shape == value.shape and all(y.dtype == x.dtype for y in others):
                plain = x.dtype.type(number).item()
                return _literal(_short(plain) if _is_floating(value) else plain)
            if shape == value.shape:
                return _number(number), _ATOM
        if not x.shape:
            return f"np.asarray({_number(number)})", _ATOM
        shape = self._both(x.shape, self._twin.get(id(x), x).shape, value.operation)
        return f"np.full({_shape(shape)}, {_number(number)})", _ATOM

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
        text, rank = self._expression(value)
        while len(text) > WIDTH:
            parts = [x for x in value.values() if id(x) in self._inlined]
            if not parts:
                break
            self._say(max(parts, key=lambda x: len(self._texts[id(x)][0])))
            text, rank = self._expression(value)
        self._texts[id(value)] = text, rank
        users = self._users.get(id(value), [])
        user = users[0] if len(users) == 1 else None
        if user is not None and user.scope == value.scope and len(text) < WIDTH // 2:
            self._inlined.add(id(value))
        else:
            self._say(value)

    def _say(self, value: Value) -> None:
        """Give the text of a value a line of its own."""
        name = self._name(value)
        self._found.lines.append(f"{name} = {self._texts[id(value)][0]}")
        self._texts[id(value)] = name, _ATOM
        self._inlined.discard(id(value))

    def _only_adds_axes(self, value: Value) -> bool:
        """Whether it is a vector as a row, (n,) as (1, n): the same in NumPy's arithmetic."""
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

    def _expression(self, value: Value) -> tuple[str, int]:
        twin = self._twin[id(value)]
        inputs = [self._input(x, y, value) for x, y in zip(value.inputs, twin.inputs, strict=True)]
        texts = [text for text, _ in inputs]
        keywords = {
            name: self._both(x, twin.keywords[name], f"{value.operation}'s {name}")
            for name, x in value.keywords.items()
            if not isinstance(x, Value)
        }
        masks = {
            n: self._texts[id(x)][0] for n, x in value.keywords.items() if isinstance(x, Value)
        }
        if value.function in _OPERATORS and not value.keywords:
            return self._operator(value.function, *inputs)
        if value.function is np.negative and not value.keywords:
            return f"-{_bound(inputs[0], _NEGATIVE)}", _NEGATIVE
        special = _SPECIAL.get(value.function)
        if special is not None:
            return special(inputs, keywords), _ATOM
        given = [*texts, *_arguments(keywords), *(f"{n}={text}" for n, text in masks.items())]
        return f"{self._function(value.function)}({', '.join(given)})", _ATOM

    def _operator(
        self, function: Any, left: tuple[str, int], right: tuple[str, int]
    ) -> tuple[str, int]:
        sign, rank = _OPERATORS[function]
        chains = 0 < rank < _NEGATIVE  # a - b - c is (a - b) - c; powers and comparisons are not
        before, after = _bound(left, rank + (not chains)), _bound(right, rank + 1)
        return f"{before} {sign} {after}", rank

    def _function(self, function: Any) -> str:
        """How the source calls a function: NumPy's by its name, a helper by its own."""
        if function is drawn:
            raise ValueError(
                "it draws random numbers, and a file would draw others than the model does"
            )
        for known in (function, getattr(TABLE.get(function), "evaluate", function)):
            if is_numpy(known):
                return f"np.{function_name(known)}"
        helper = _HELPERS.get(function)
        if helper is None:
            raise ValueError(
                f"it calls {function_name(function)}, which is not part of NumPy: a file that "
                "needs NumPy alone cannot call it"
            )
        name: str = helper.__name__
        self._helpers.setdefault(name, helpers.text_of(helper))
        return name

    def _own(self, value: Value) -> str:
        """A result, as an array that nobody else has."""
        text = self._widened(value) if id(value) in self._narrow else self._texts[id(value)][0]
        fresh = value.kind == "operation" and value.function not in _VIEWS
        return text if fresh else f"np.array({text})"


# -- forms of their own ----------------------------------------------------------------------------

Texts = list[tuple[str, int]]


def _reshaped(inputs: Texts, keywords: dict[str, Any]) -> str:
    return f"{_bound(inputs[0], _ATOM)}.reshape({_shape(keywords['shape'])})"


def _transposed(inputs: Texts, keywords: dict[str, Any]) -> str:
    axes = keywords.get("axes")
    x = _bound(inputs[0], _ATOM)
    return f"{x}.T" if axes is None else f"{x}.transpose({_shape(tuple(map(int, axes)))})"


def _picked(inputs: Texts, keywords: dict[str, Any]) -> str:
    arrays = iter([text for text, _ in inputs[1:]])
    index = [
        next(arrays) if isinstance(i, str) else index_text(i, _value) for i in keywords["index"]
    ]
    return f"{_bound(inputs[0], _ATOM)}[{', '.join(index) or '()'}]"


def _cast(inputs: Texts, keywords: dict[str, Any]) -> str:
    return f"{_bound(inputs[0], _ATOM)}.astype({_dtype(keywords['dtype'])})"


def _joined(function: str) -> Callable[[Texts, dict[str, Any]], str]:
    def text(inputs: Texts, keywords: dict[str, Any]) -> str:
        parts = ", ".join(text for text, _ in inputs) + "," * (len(inputs) == 1)
        return f"{function}(({parts}), {', '.join(_arguments(keywords))})"

    return text


def _contracted(inputs: Texts, keywords: dict[str, Any]) -> str:
    operands = ", ".join(text for text, _ in inputs)
    return f"np.einsum({keywords['subscripts']!r}, {operands})"


def _selected(inputs: Texts, keywords: dict[str, Any]) -> str:
    return f"{_bound(inputs[0], _ATOM)}[{keywords['index']}]"


_SPECIAL: dict[Any, Callable[[Texts, dict[str, Any]], str]] = {
    np.reshape: _reshaped,
    np.transpose: _transposed,
    gather: _picked,
    cast: _cast,
    concatenate: _joined("np.concatenate"),
    stack: _joined("np.stack"),
    einsum: _contracted,
    output: _selected,
    broadcast_to: lambda inputs, keywords: (
        f"np.broadcast_to({inputs[0][0]}, {_shape(keywords['shape'])})"
    ),
}
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


# -- texts -----------------------------------------------------------------------------------------


def _bound(text: tuple[str, int], rank: int) -> str:
    """A text in parentheses, unless it binds tightly enough."""
    return text[0] if text[1] >= rank else f"({text[0]})"


def _literal(x: Any) -> tuple[str, int]:
    text = _value(x)
    return text, _NEGATIVE if text.startswith("-") else _ATOM


def _value(x: Any) -> str:
    if isinstance(x, _Length):
        return str(x)
    if isinstance(x, np.dtype) or (isinstance(x, type) and issubclass(x, np.generic)):
        return _dtype(x)
    if isinstance(x, np.generic):
        return _number(x)
    if isinstance(x, float) and not np.isfinite(x):
        return f'float("{x}")'
    if isinstance(x, (tuple, list)):
        inner = ", ".join(map(_value, x))
        if isinstance(x, list):
            return f"[{inner}]"
        return f"({inner},)" if len(x) == 1 else f"({inner})"
    if isinstance(x, str):
        return str.__repr__(x)
    return repr(x)


def _dtype(dtype: Any) -> str:
    name = np.dtype(dtype).name
    return "bool" if name == "bool" else f"np.{name}"


def _number(number: Any) -> str:
    """A number in its dtype."""
    if number.dtype.kind == "f":
        plain = str(number) if np.isfinite(number) else f'"{number}"'
    else:
        plain = repr(number.item())
    return f"np.{number.dtype.name}({plain})"


def _shape(shape: Sequence[Any]) -> str:
    return _value(tuple(shape)) if len(shape) != 1 else _value(shape[0])


def _arguments(keywords: dict[str, Any]) -> list[str]:
    """Keyword arguments, without those that say nothing."""
    return [
        f"{name}={_value(x[0] if name == 'axis' and isinstance(x, tuple) and len(x) == 1 else x)}"
        for name, x in keywords.items()
        if x is not np._NoValue and _DEFAULTS.get(name, _NOTHING) is not x
    ]


_NOTHING = object()
_DEFAULTS = {"where": True, "keepdims": False, "dtype": None, "initial": None, "order": "C"}


def _uniform(array: Any) -> Any:
    """The one number that an array consists of; None if there are several, or none."""
    data = np.asarray(array)
    if not data.size:
        return None
    first = data.reshape(-1)[0]
    return first if data.tobytes() == first.tobytes() * data.size else None


def _short(x: Any) -> Any:
    """2.0 as 2, which among floating-point arrays says the same."""
    if isinstance(x, float) and x.is_integer() and abs(x) < 1e6 and not (x == 0 and np.signbit(x)):
        return int(x)
    return x


def _is_floating(value: Value) -> bool:
    """Whether all arrays in an operation are floating, so that it is too."""
    return all(x.dtype is not None and x.dtype.kind == "f" for x in value.values())


def _is_elementwise(value: Value) -> bool:
    return isinstance(value.function, np.ufunc) and value.function.signature is None


def _is_integer(x: Any) -> bool:
    return isinstance(x, (int, np.integer)) and not isinstance(x, (bool, np.bool))


def _different(how: str) -> ValueError:
    return ValueError(
        f"it does something else for another number of rows, and cannot be written for any: {how}"
    )
