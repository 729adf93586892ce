"""Statements: the lines by which an operation is written into an array that is there already.

One form for each operation that has a form of its own, in a table; every other one is NumPy's
function with ``out=``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from autograd_lite.compiler.blocks import LEAST_WORK
from autograd_lite.compiler.loops import room
from autograd_lite.compiler.operations import is_elementwise, is_small_product
from autograd_lite.compiler.program import Value
from autograd_lite.compiler.source import helpers
from autograd_lite.compiler.source.expressions import numpy_name, shape_text
from autograd_lite.primitives import (
    broadcast_to,
    cast,
    drawn,
    multiply_no_nan,
    scatter_add,
    subtract_max,
)
from autograd_lite.rules.joining import concatenate
from autograd_lite.rules.padding import pad
from autograd_lite.rules.pooling import max_shares, window_max, window_sum
from autograd_lite.rules.windows import fold


class Writer(Protocol):
    """The source that a statement is written into."""

    def say(self, text: str, value: Value | None = None) -> None:
        """Add a line to the step, and what it computes."""

    def name(self, x: Any, like: Any = None) -> str:
        """An input; a Python number in the dtype `like`."""

    def operands(self, value: Value) -> str:
        """The inputs of a ufunc."""

    def in_rows(self, value: Value) -> bool:
        """Return whether the array that a value is written into lies row by row in memory."""

    def arguments(self, value: Value, out: str = "") -> str:
        """Inputs and keyword arguments, then ``out=``."""

    def function(self, function: Any) -> str:
        """The name of a function in the source."""

    def helper(self, function: Callable[..., Any]) -> str:
        """The name of a function whose text becomes part of the source."""

    def generator(self, value: Value) -> str:
        """The name of the generator that a draw is made with."""

    def view(self, name: str, shape: tuple[int, ...], wanted: str = "") -> str:
        """Another shape of an array, made once."""

    def scratch(self, shape: tuple[int, ...], dtype: Any, wanted: str) -> str:
        """An array for a moment, made once."""


def fill(writer: Writer, value: Value, out: str) -> None:
    """Write the lines that compute a value into the array called `out`."""
    form = _FORMS.get(value.function)
    if form is not None:
        form(writer, value, out)
    elif is_elementwise(value):
        operands = writer.operands(value)
        writer.say(f"{writer.function(value.function)}({operands}, out={out})", value)
    else:
        writer.say(f"{numpy_name(value.function)}({writer.arguments(value, out)})", value)


def _reduction(name: str) -> Callable[[Writer, Value, str], None]:
    def form(writer: Writer, value: Value, out: str) -> None:
        whole = value.changed(keywords={"axis": None} | value.keywords)
        writer.say(f"np.{name}.reduce({writer.arguments(whole, out)})", value)

    return form


def _matmul(writer: Writer, value: Value, out: str) -> None:
    # What threads may share is `np.matmul`: see `engines.shared_numpy`.
    small = writer.in_rows(value) and is_small_product(value, 2 * LEAST_WORK)
    writer.say(f"np.{'dot' if small else 'matmul'}({writer.arguments(value, out)})", value)


def _reshape(writer: Writer, value: Value, out: str) -> None:
    x = writer.name(value.inputs[0])
    if value.order is None:
        writer.say(f"np.copyto({writer.view(out, value.inputs[0].shape)}, {x})", value)
    else:  # of a result that is not in order, a view in the shape of x need not exist
        writer.say(f"np.copyto({out}, {x}.reshape({shape_text(value.shape)}))", value)


def _copy(writer: Writer, value: Value, out: str) -> None:
    writer.say(f"np.copyto({out}, {writer.name(value.inputs[0])})", value)


def _cast(writer: Writer, value: Value, out: str) -> None:
    writer.say(f'np.copyto({out}, {writer.name(value.inputs[0])}, casting="unsafe")', value)


def _where(writer: Writer, value: Value, out: str) -> None:
    mask, a, b = (writer.name(x, value.dtype) for x in value.inputs)
    writer.say(f'np.copyto({out}, {b}, casting="unsafe")', value)
    writer.say(f'np.copyto({out}, {a}, casting="unsafe", where={mask})')


def _scatter_add(writer: Writer, value: Value, out: str) -> None:
    writer.say(f"{writer.helper(helpers.put)}({writer.arguments(value, out)})", value)


def _primitive(writer: Writer, value: Value, out: str) -> None:
    """A primitive that takes ``out`` itself."""
    writer.say(f"{writer.helper(value.function)}({writer.arguments(value, out)})", value)


def _concatenate(writer: Writer, value: Value, out: str) -> None:
    parts = ", ".join(map(writer.name, value.inputs))
    writer.say(f"np.concatenate(({parts},), axis={value.keywords['axis']}, out={out})", value)


def _draw(writer: Writer, value: Value, out: str) -> None:
    chosen = f", dtype=np.{value.dtype.name}" if value.dtype != np.float64 else ""
    draw = f"{writer.generator(value)}.{value.keywords['method']}"
    writer.say(f"{draw}(out={out}{chosen})", value)


def _multiply_no_nan(writer: Writer, value: Value, out: str) -> None:
    helper, operands = writer.helper(helpers.zero_nans), writer.operands(value)
    in_order = out if value.order is None else f"{out}.transpose({value.order})"
    flat = writer.view(in_order, (value.size,), f"{out}_flat")
    writer.say(f"np.multiply({operands}, out={out})", value)
    # A sum of squares is NaN exactly if an element is: one fast look at all of them.
    writer.say(f"if math.isnan(np.dot({flat}, {flat})):")
    writer.say(f"    {helper}({operands}, {out})")


def _nothing(writer: Writer, value: Value, out: str) -> None:
    """Memory that a loop writes into."""


def _subtract_max(writer: Writer, value: Value, out: str) -> None:
    axis, x = value.keywords["axis"], writer.name(value.inputs[0])
    shape = list(value.shape)
    shape[axis] = 1
    highest = writer.scratch(tuple(shape), value.dtype, f"{out}_highest")
    flat = writer.view(highest, (value.size // max(value.shape[axis], 1),))
    helper = writer.helper(helpers.subtract_infinite_max)
    writer.say(f"np.maximum.reduce({x}, axis={axis}, keepdims=True, out={highest})", value)
    writer.say(f"np.subtract({x}, {highest}, out={out})")
    # Finite exactly if all are, unless the squares overflow; then the helper looks closely.
    writer.say(f"if not math.isfinite(np.dot({flat}, {flat})):")
    writer.say(f"    {helper}({x}, {highest}, {out})")


_FORMS: dict[Any, Callable[[Writer, Value, str], None]] = {
    np.sum: _reduction("add"),
    np.prod: _reduction("multiply"),
    np.max: _reduction("maximum"),
    np.min: _reduction("minimum"),
    np.matmul: _matmul,
    np.reshape: _reshape,
    np.copy: _copy,
    broadcast_to: _copy,
    cast: _cast,
    np.where: _where,
    scatter_add: _scatter_add,
    concatenate: _concatenate,
    drawn: _draw,
    multiply_no_nan: _multiply_no_nan,
    subtract_max: _subtract_max,
    room: _nothing,
    **dict.fromkeys((pad, fold, window_sum, window_max, max_shares), _primitive),
}
