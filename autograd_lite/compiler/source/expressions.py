"""Expressions: how an operation, a number, a shape or an index is written in NumPy.

All sources print with these: `numpy_source`, `shape_polymorphic`, and native code its views.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.primitives import broadcast_to, cast, gather
from autograd_lite.recording import output
from autograd_lite.rules.einsum import einsum
from autograd_lite.rules.joining import concatenate, stack
from autograd_lite.table import function_name, is_numpy

# How tightly expressions bind: a higher rank more tightly.
COMPARISON, AND, SUM, PRODUCT, NEGATIVE, POWER, ATOM = 0, 2, 3, 4, 5, 6, 7

_OPERATORS = {
    np.power: ("**", POWER),
    np.matmul: ("@", PRODUCT),
    np.multiply: ("*", PRODUCT),
    np.divide: ("/", PRODUCT),
    np.floor_divide: ("//", PRODUCT),
    np.remainder: ("%", PRODUCT),
    np.add: ("+", SUM),
    np.subtract: ("-", SUM),
    np.bitwise_and: ("&", AND),
    np.less: ("<", COMPARISON),
    np.less_equal: ("<=", COMPARISON),
    np.greater: (">", COMPARISON),
    np.greater_equal: (">=", COMPARISON),
    np.equal: ("==", COMPARISON),
    np.not_equal: ("!=", COMPARISON),
}


class Text(NamedTuple):
    """An expression, and how tightly it binds."""

    text: str
    rank: int = ATOM

    def bound(self, rank: int = ATOM) -> str:
        """The expression in parentheses, unless it binds tightly enough."""
        return self.text if self.rank >= rank else f"({self.text})"


# -- operations ------------------------------------------------------------------------------------


def operator_text(function: Any, inputs: Sequence[Text]) -> Text | None:
    """An operation written with Python's operators; None if there is none for it."""
    if function is np.negative:
        return Text(f"-{inputs[0].bound(NEGATIVE)}", NEGATIVE)
    if function not in _OPERATORS:
        return None
    sign, rank = _OPERATORS[function]
    left, right = inputs
    chains = COMPARISON < rank < NEGATIVE  # a - b - c is (a - b) - c; powers, comparisons are not
    return Text(f"{left.bound(rank + (not chains))} {sign} {right.bound(rank + 1)}", rank)


def call_text(
    function: Any, inputs: Sequence[Text], keywords: Mapping[str, Any], name: Callable[[Any], str]
) -> str:
    """An operation as a call.

    Args:
        function: the operation.
        inputs: its inputs.
        keywords: its keyword arguments: values, or the `Text` of arrays.
        name: gives the name of a function that has no form of its own.
    """
    form = _FORMS.get(function)
    return form(inputs, keywords) if form else f"{name(function)}({arguments(inputs, keywords)})"


def arguments(inputs: Sequence[Text], keywords: Mapping[str, Any]) -> str:
    """The arguments of a call; keywords at their default are left out."""
    given = [
        f"{name}={literal(x[0] if name == 'axis' and type(x) is tuple and len(x) == 1 else x)}"
        for name, x in keywords.items()
        if x is not np._NoValue and _DEFAULTS.get(name, _NOTHING) is not x
    ]
    return ", ".join([*(x.text for x in inputs), *given])


_NOTHING = object()
_DEFAULTS = {"where": True, "keepdims": False, "dtype": None}

Form = Callable[[Sequence[Text], Mapping[str, Any]], str]


def _reshape(inputs: Sequence[Text], keywords: Mapping[str, Any]) -> str:
    order = keywords.get("order", "C")
    ordered = "" if order == "C" else f", order={order!r}"
    return f"{inputs[0].bound()}.reshape({shape_text(keywords['shape'])}{ordered})"


def _transpose(inputs: Sequence[Text], keywords: Mapping[str, Any]) -> str:
    axes, x = keywords.get("axes"), inputs[0].bound()
    if axes is None or tuple(axes) == tuple(range(len(axes)))[::-1]:
        return f"{x}.T"
    return f"{x}.transpose({shape_text([int(i) for i in axes])})"


def _gather(inputs: Sequence[Text], keywords: Mapping[str, Any]) -> str:
    arrays = (x.text for x in inputs[1:])
    index = [next(arrays) if isinstance(i, str) else index_text(i) for i in keywords["index"]]
    return f"{inputs[0].bound()}[{', '.join(index) or '()'}]"


def _cast(inputs: Sequence[Text], keywords: Mapping[str, Any]) -> str:
    return f"{inputs[0].bound()}.astype({literal(np.dtype(keywords['dtype']))})"


def _output(inputs: Sequence[Text], keywords: Mapping[str, Any]) -> str:
    return f"{inputs[0].bound()}[{keywords['index']}]"


def _einsum(inputs: Sequence[Text], keywords: Mapping[str, Any]) -> str:
    return f"np.einsum({keywords['subscripts']!r}, {arguments(inputs, {})})"


def _broadcast(inputs: Sequence[Text], keywords: Mapping[str, Any]) -> str:
    return f"np.broadcast_to({inputs[0].text}, {shape_text(keywords['shape'])})"


def _joined(function: str) -> Form:
    def text(inputs: Sequence[Text], keywords: Mapping[str, Any]) -> str:
        parts = Text(f"({arguments(inputs, {})},)")
        return f"{function}({arguments([parts], keywords)})"

    return text


_FORMS: dict[Any, Form] = {
    np.reshape: _reshape,
    np.transpose: _transpose,
    np.broadcast_to: _broadcast,
    broadcast_to: _broadcast,
    gather: _gather,
    cast: _cast,
    concatenate: _joined("np.concatenate"),
    stack: _joined("np.stack"),
    einsum: _einsum,
    output: _output,
}


def numpy_name(function: Any) -> str | None:
    """The name of a function of NumPy's; None for another, such as a ufunc of other packages."""
    if not is_numpy(function):
        return None
    name = function_name(function)
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part, None)
    return f"np.{name}" if found is function else None


# -- values ----------------------------------------------------------------------------------------


def literal(x: Any) -> str:
    """A number, a dtype, a text or a tuple of them; the text of a `Text`."""
    if isinstance(x, Text):
        return x.text
    if isinstance(x, np.dtype) or (isinstance(x, type) and issubclass(x, (np.generic, float, int))):
        name = np.dtype(x).name
        return name if name == "bool" else f"np.{name}"
    if isinstance(x, float) and not np.isfinite(x):
        return f"float('{float(x)}')"
    if isinstance(x, np.generic):
        return f"np.{x.dtype.name}({number_text(x)})"
    if isinstance(x, np.ndarray):
        return f"np.array({x.tolist()}, np.{x.dtype.name})"
    if isinstance(x, str):
        return str.__repr__(x)
    if isinstance(x, (tuple, list)):
        inner = ", ".join(map(literal, x))
        if isinstance(x, list):
            return f"[{inner}]"
        return f"({inner},)" if len(x) == 1 else f"({inner})"
    return repr(x)


def number(x: Any) -> Text:
    """A Python number as an expression."""
    text = literal(x)
    return Text(text, NEGATIVE if text.startswith("-") else ATOM)


def number_text(data: Any) -> str:
    """The shortest text that gives a number back, in its dtype."""
    if data.dtype.kind != "f":
        return repr(data.item())
    return str(data[()]) if np.isfinite(data) else f"float('{data[()]}')"


def shape_text(shape: Any) -> str:
    """A shape as an argument: ``(2, 3)``, and ``5`` for ``(5,)``."""
    lengths = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    return literal(lengths if len(lengths) != 1 else lengths[0])


def index_text(part: Any) -> str:
    """A part of an index that is no array, as it stands between the brackets."""
    if isinstance(part, slice):
        ends = [part.start, part.stop] + ([] if part.step is None else [part.step])
        return ":".join("" if end is None else str(end) for end in ends)
    return "..." if part is Ellipsis else literal(part)


def uniform(array: Any) -> Any:
    """The one number that an array consists of; None if there are several, or none."""
    data = np.asarray(array)
    if not data.size:
        return None
    first = data.reshape(-1)[0]
    return first if data.tobytes() == first.tobytes() * data.size else None


def array_text(array: Any) -> str | None:
    """An expression for an array, where that is short: equal elements, or 0, 1, 2, ..."""
    if not array.size or not array.flags.c_contiguous:
        return None
    dtype, shape = f"np.{array.dtype.name}", shape_text(array.shape)
    number = uniform(array)
    if number is not None:
        if not number.tobytes().strip(b"\0"):
            return f"np.zeros({shape}, {dtype})"
        return f"np.full({shape}, {number_text(number)}, {dtype})"
    if array.dtype.kind in "iu" and np.array_equal(array.reshape(-1), np.arange(array.size)):
        row = f"np.arange({array.size}, dtype={dtype})"
        return row if array.ndim == 1 else f"{row}.reshape({array.shape})"
    return None


def comment_text(text: str) -> str:
    """A text of somebody's, as it can stand in a comment or docstring: it ends neither of them."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown.replace("\\", "/").replace('"', "'")
