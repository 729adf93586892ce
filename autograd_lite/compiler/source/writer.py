"""`Writer`: operations as lines of NumPy, each written into the array planned for it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_lite.compiler.operations import is_contiguous, is_filled, is_view, shows
from autograd_lite.compiler.plan import Buffer, Plan
from autograd_lite.compiler.program import BoundKeyword, Program, Value
from autograd_lite.compiler.source import helpers
from autograd_lite.compiler.source.expressions import (
    Text,
    arguments,
    array_text,
    call_text,
    literal,
    number,
    number_text,
    numpy_name,
    operator_text,
    shape_text,
)
from autograd_lite.compiler.source.names import Names
from autograd_lite.compiler.source.statements import fill
from autograd_lite.primitives import drawn, gather
from autograd_lite.rules.joining import stack
from autograd_lite.rules.windows import windows
from autograd_lite.table import TABLE, function_name

INDENT = "    "
_VIEW_NAMES = {np.transpose: "_T", np.broadcast_to: "_wide", gather: "_part"}


@dataclass
class Line:
    """A line of the step, and what it computes."""

    text: str
    value: Value | None = None


@dataclass
class Module:
    """State that all parts of one source share.

    Attributes:
        names: that are given.
        setup: the lines of `make` before the step.
        bindings: the arguments of `make`: (name, what it stands for).
        helpers: the text of each function that is called besides NumPy's, by its name.
        standalone: None, or why the source does not run without this project.
        outer: of a function inside of `make`, whose setup is its own, the module.
    """

    names: Names = field(default_factory=Names)
    setup: list[str] = field(default_factory=list)
    bindings: list[tuple[str, Any]] = field(default_factory=list)
    helpers: dict[str, str] = field(default_factory=dict)
    standalone: str | None = None
    outer: Module | None = None
    _bound: dict[int, str] = field(default_factory=dict)
    _numbers: dict[Any, str] = field(default_factory=dict)

    def bound(self, thing: Any, wanted: str) -> str:
        """The name of an object that `make` is given."""
        name = self._bound.get(id(thing))
        if name is None:
            name = self._bound[id(thing)] = self.names.new(wanted)
            self.bindings.append((name, thing))
        return name

    def made(self, wanted: str, text: str) -> str:
        """The name of something that `make` makes once."""
        name = self.names.new(wanted)
        self.setup.append(f"{name} = {text}")
        return name

    def number(self, number: Any, shape: tuple[int, ...] = ()) -> str:
        """A number as an array of no axes, which NumPy takes faster than a Python number."""
        if self.outer is not None:
            return self.outer.number(number, shape)
        data = np.asarray(number).reshape(())
        key = data.dtype.str, data.tobytes(), shape
        name = self._numbers.get(key)
        if name is None:
            text, dtype = number_text(data), f"np.{data.dtype.name}"
            wanted = f"c_{data.item():.4g}".replace("-", "minus_")
            array = f"np.full({shape}, {text}, {dtype})" if shape else f"np.array({text}, {dtype})"
            name = self._numbers[key] = self.made(wanted, array)
        return name

    def helper(self, function: Callable[..., Any]) -> str:
        """The name of a function whose text becomes part of the source."""
        name = function.__name__
        if name not in self.helpers:
            self.helpers[name] = helpers.text_of(function)
        return name


class Writer:
    """Writes the operations of one program.

    Args:
        program: in its final form.
        plan: of its memory.
        module: the source that the lines are part of.

    Attributes:
        name_of: the name of each value, by its id.
        static: the ids of values whose arrays are there before the step.
        lines: of the step.
    """

    def __init__(self, program: Program, plan: Plan, module: Module) -> None:
        self.program = program
        self.plan = plan
        self.module = module
        self.name_of: dict[int, str] = {}
        self.static: set[int] = set()
        self.lines: list[Line] = []
        self._before: dict[int, str] = {}  # results that show Variables which change

    def say(self, text: str, value: Value | None = None) -> None:
        """Add a line to the step, and what it computes."""
        self.lines.append(Line(text, value))

    # -- names -----------------------------------------------------------------------------------

    def called(self, value: Value, name: str, static: bool = True) -> str:
        """Give a value its name."""
        self.name_of[id(value)] = name
        if static:
            self.static.add(id(value))
        return name

    def leaf(self, value: Value) -> None:
        """Name a state or constant: an argument of `make`, unless its text is short."""
        made = None
        if value.kind == "constant" and not value.live:
            if value.size == 1:
                self.called(value, self.module.number(value.storage, value.shape))
                return
            made = array_text(value.storage)
        name = self.called(value, self.module.names.new(value.name or value.kind))
        if made is None:
            self.module.bindings.append((name, value))
        else:
            self.module.setup.append(f"{name} = {made}")

    def buffers(self) -> None:
        """Make room for everything that is computed, and name each value in it."""
        blocks, sizes = {}, self.plan.shape
        for i, buffer in enumerate(self.plan.buffers):
            if len(buffer.values) > 1 or math.prod(sizes(buffer.values[0])) != buffer.size:
                text = f"np.empty({buffer.size}, np.{buffer.dtype.name})"
                blocks[id(buffer)] = self.module.made(f"memory_{i}", text)
        for value in self.program.body:
            given = self.plan.buffer_of.get(id(value))
            if given is not None:
                name = self.called(value, self.module.names.of(value))
                room = _room(value, sizes(value), given, blocks.get(id(given)))
                self.module.setup.append(f"{name} = {room}")

    def target(self, value: Value) -> str:
        """The array that an operation writes into."""
        known = self.name_of.get(id(value))
        if known is not None:
            return known
        state = self.plan.state_of.get(id(value))
        if state is not None:
            return self.called(value, self.name_of[id(state)])
        destination = self.plan.destination_of[id(value)]
        return self.called(value, self.module.bound(destination, self.module.names.of(value)))

    def in_rows(self, value: Value) -> bool:
        """Return whether the array that a value is written into lies row by row in memory."""
        state = self.plan.state_of.get(id(value))
        return value.order is None and (state is None or is_contiguous(state))

    def name(self, x: Any, like: Any = None) -> str:
        """An input, as it is written in a line; a Python number in the dtype `like`."""
        if isinstance(x, Value):
            if id(x) not in self.name_of and x.kind == "constant":
                self.leaf(x)  # made if it is read at all: of many the elements stand in the source
            return self.name_of[id(x)]
        if like is not None and isinstance(x, (int, float)) and not isinstance(x, bool):
            return self.module.number(np.asarray(x, dtype=like))
        return literal(x)

    def view(self, name: str, shape: tuple[int, ...], wanted: str = "") -> str:
        """Another shape of an array, made once."""
        return self.module.made(wanted or f"{name}_flat", f"{name}.reshape({shape_text(shape)})")

    def scratch(self, shape: tuple[int, ...], dtype: Any, wanted: str) -> str:
        """An array for a moment, made once."""
        return self.module.made(wanted, f"np.empty({shape}, np.{dtype.name})")

    def helper(self, function: Callable[..., Any]) -> str:
        """The name of a function whose text becomes part of the source."""
        return self.module.helper(function)

    def generator(self, value: Value) -> str:
        """The name of the generator that a draw is made with."""
        return self.module.bound(value.keywords["generator"], "generator")

    def function(self, function: Any) -> str:
        """The name of a function in the source: NumPy's, or that of a helper."""
        evaluate: Any = getattr(TABLE.get(function), "evaluate", function)
        name = numpy_name(evaluate)
        if name is not None:
            return name
        if function in helpers.WHOLE:
            return self.helper(function)
        module = self.module.outer or self.module
        module.standalone = module.standalone or (
            f"{function_name(function)} is a function of its own, which is not part of NumPy. "
            "If it does the same operations for all values, declare it "
            "@ag.primitive(inlinable=True)"
        )
        return self.module.bound(evaluate, function_name(function).replace(".", "_"))

    def in_parts(
        self,
        value: Value,
        inside: Module,
        lines: list[Line],
        parts: dict[str, str],
        whole: list[str],
    ) -> None:
        """Write a function of one part, with memory of its own, and its calls.

        Args:
            value: what is computed.
            inside: the setup of the function's memory.
            lines: of the function.
            parts: for the name of what it is given of a part an expression for all parts.
            whole: the names of what it is given as a whole.
        """
        module = self.module
        function, memory = module.names.new("part"), module.names.new("memory_of_part")
        module.setup += [
            f"def {memory}():",
            *(INDENT + line for line in inside.setup),
            f"{INDENT}def {function}({', '.join([*parts, *whole])}):",
            *(INDENT * 2 + line.text for line in lines),
            f"{INDENT}return {function}",
        ]
        free = module.made(f"free_{memory}", "[]")
        called = ", ".join([f"zip({', '.join(parts.values())})", memory, free, *whole])
        self.say(f"{module.helper(helpers.each_part)}({called})", value)

    # -- operations ------------------------------------------------------------------------------

    def emit(self, value: Value) -> None:
        """Write the lines of one operation."""
        if is_view(value):
            self._view(value)
        elif is_filled(value):
            fill(self, value, self.target(value))
        else:
            text = self.call(value)
            self.say(f"{self.called(value, self.module.names.of(value), False)} = {text}", value)

    def _view(self, value: Value) -> None:
        x, keywords = value.inputs[0], value.keywords
        if value.function is gather:
            index = keywords["index"]
            if not value.shape and Ellipsis not in index:
                index = (*index, Ellipsis)  # without, NumPy gives a number of today, and no view
            keywords = {"index": index}
        elif value.function is not windows:
            keywords = keywords | {"shape": value.shape}
        base = self.name(x)
        text = call_text(value.function, [Text(base)], keywords, self.function)
        wanted = value.name or base + _VIEW_NAMES.get(value.function, "")
        name = self.called(value, self.module.names.new(wanted), id(x) in self.static)
        if id(x) in self.static:
            self.module.setup.append(f"{name} = {text}")
        else:
            self.say(f"{name} = {text}", value)

    def call(self, value: Value) -> str:
        """An operation that makes its own array, as an expression."""
        if value.function is drawn:
            return self._draw(value)
        inputs = [self._text(x) for x in value.inputs]
        if value.dtype is None:  # of Python numbers
            if value.function is np.absolute:
                return f"abs({inputs[0].text})"
            found = operator_text(value.function, inputs)
            if found is not None:
                return found.text
        return call_text(value.function, inputs, self._keywords(value), self.function)

    def _draw(self, value: Value) -> str:
        shape, dtype = value.keywords["shape"], value.keywords.get("dtype")
        keywords = {"size": tuple(shape) if np.ndim(shape) else shape, "dtype": dtype}
        given = [Text(literal(x)) for x in value.keywords["parameters"]]
        return f"{self.generator(value)}.{value.keywords['method']}({arguments(given, keywords)})"

    def arguments(self, value: Value, out: str = "") -> str:
        """Inputs and keyword arguments, then ``out=``."""
        inputs = [self._text(x) for x in value.inputs]
        keywords = self._keywords(value) | ({"out": Text(out)} if out else {})
        return arguments(inputs, keywords)

    def _text(self, x: Any) -> Text:
        return Text(self.name(x)) if isinstance(x, Value) else number(x)

    def _keywords(self, value: Value) -> dict[str, Any]:
        return {k: self._keyword(k, x) for k, x in value.keywords.items()}

    def _keyword(self, name: str, x: Any) -> Any:
        """A keyword argument; what has no text of its own, such as a recorded loop, is bound."""
        if isinstance(x, Value):
            return self._text(x)
        return Text(self.module.bound(x, name)) if isinstance(x, BoundKeyword) else x

    def operands(self, value: Value) -> str:
        """The inputs of a ufunc; a Python number in the dtype that it has in the computation."""
        dtypes = {x.dtype for x in value.values() if x.dtype is not None and x.kind != "number"}
        like = next(iter(dtypes)) if len(dtypes) == 1 else None
        if like is not None and (like.kind != "f" or not _survives(value, like)):
            like = None
        return ", ".join(self.name(x, like) for x in value.inputs)

    # -- assignments -----------------------------------------------------------------------------

    def assign(self) -> None:
        """Write the new values of Variables, when nobody reads the old ones any more."""
        left = self._left()
        assigned = {id(state) for state, _ in left}
        if left:
            self.say("# assignments")
        for x in self.program.results:
            if shows(x, assigned) and id(x) not in self._before:
                self._before[id(x)] = self._copied(self.name(x))
        sources = [
            self._copied(self.name(new))
            if len(left) > 1 and shows(new, assigned)
            else self.name(new)
            for _, new in left
        ]
        for (state, new), source in zip(left, sources, strict=True):
            unsafe = ', casting="same_kind"' if new.dtype != state.dtype else ""
            self.say(f"np.copyto({self.name(state)}, {source}{unsafe})", new)

    def _left(self) -> list[tuple[Value, Value]]:
        """The assignments whose values were not written into their Variables right away."""
        found = self.plan.state_of
        return [(x, new) for x, new in self.program.assignments if found.get(id(new)) is not x]

    def _copied(self, name: str) -> str:
        """A copy of an array, made before Variables change."""
        kept = self.module.names.new(f"{name}_before")
        self.say(f"{kept} = {name}.copy()")
        return kept

    def result(self, value: Value) -> str:
        """A result, as an array that nobody else has."""
        if id(value) in self._before:
            return self._before[id(value)]
        name, static = self.name(value), id(value) in self.static
        if value.dtype is None or value.kind == "number":
            return f"np.asarray({name})"
        if not value.shape and not static:
            return f"np.array({name})"  # of no axes NumPy gives a scalar
        fresh = value.function in _FRESH and not static and not is_view(value)
        return name if fresh else f"{name}.copy()"


_FRESH = {drawn, stack, gather}


def _room(value: Value, lengths: tuple[int, ...], buffer: Buffer, block: str | None) -> str:
    """The array of a value: new, or part of a block; its axes in the order they have."""
    order = value.order or tuple(range(len(lengths)))
    shape = shape_text(tuple(lengths[i] for i in order))
    if block is None:
        made = f"np.empty({shape}, np.{value.dtype.name})"
    else:
        size = math.prod(lengths)
        part = "" if size == buffer.size else f"[:{size}]"
        made = f"{block}{part}.reshape({shape})"
    if value.order is None:
        return made
    return f"{made}.transpose({tuple(int(i) for i in np.argsort(order))})"


def _survives(value: Value, like: Any) -> bool:
    """Return whether Python numbers among the inputs may be written in `like` without changing the
    dtype that the operation computes in.
    """
    numbers = [x for x in value.inputs if not isinstance(x, Value)]
    if any(x.kind == "number" or x.dtype is None for x in value.values()):
        return False
    if any(isinstance(x, bool) for x in numbers):
        return False
    if isinstance(value.function, np.ufunc):
        given = (x.dtype if isinstance(x, Value) else type(x) for x in value.inputs)
        if any(dtype != like for dtype in value.function.resolve_dtypes((*given, None))[:-1]):
            return False  # float_power computes in float64, whatever it is given
    return all(
        (isinstance(x, (int, float)) and np.can_cast(np.min_scalar_type(float(x)), like))
        or np.isfinite(np.asarray(x, dtype=like))
        for x in numbers
    )
