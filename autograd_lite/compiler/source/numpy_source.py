"""A Program as NumPy source: a function that one can read, save, and run by itself.

The source has two levels. `make` gets the arrays that live on from call to call (parameters,
slots), makes room for everything that is computed, and returns `step`, which only computes: each
line writes into memory that is there already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_lite.compiler.passes.broadcasts import is_elementwise
from autograd_lite.compiler.plan import (
    Buffer,
    Plan,
    in_rows,
    is_view,
    plan,
    shows,
    transposed_axes,
)
from autograd_lite.compiler.program import FusedLoop, Program, Value
from autograd_lite.compiler.source import helpers
from autograd_lite.compiler.source.names import Names
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

__all__ = [
    "Line",
    "NumpySource",
    "Writer",
    "harmless",
    "index_text",
    "is_filled",
    "numpy_source",
]

INDENT = "    "
_REDUCED = {np.sum: "add", np.prod: "multiply", np.max: "maximum", np.min: "minimum"}
_OUT = {np.matmul, np.cumsum, np.cumprod, np.round}  # functions that take out=
_SIGNS = {  # arithmetic of Python numbers
    np.add: "+",
    np.subtract: "-",
    np.multiply: "*",
    np.divide: "/",
    np.floor_divide: "//",
    np.remainder: "%",
    np.power: "**",
}


@dataclass
class Line:
    """A line of the step, and what it computes."""

    text: str
    value: Value | None = None


@dataclass
class NumpySource:
    """The source and what it needs.

    Attributes:
        text: the module.
        bindings: the arguments of `make`, in order: (name, what it stands for): a Value of kind
            "state" or "constant", a generator, a function, or a `FusedLoop`.
        memory: the plan.
        lines: of the step, in order.
        standalone: None, or why the source does not run without this project.
    """

    text: str
    bindings: list[tuple[str, Any]]
    memory: Plan
    lines: list[Line]
    standalone: str | None = None


def numpy_source(
    program: Program, *, reuse: bool = True, in_place: bool = True, title: str = ""
) -> NumpySource:
    """Write a program down.

    Args:
        program: in its final form.
        reuse: whether blocks of memory serve again when their values are not needed any more.
        in_place: whether operations may write over their inputs.
        title: the first line of the module.
    """
    return Writer(program, reuse, in_place).source(title)


def is_filled(value: Value) -> bool:
    """Whether an operation writes into an array that it is given, and needs no new one."""
    if value.kind != "operation" or value.dtype is None or is_view(value):
        return False
    function = value.function
    if is_elementwise(value):
        return function is multiply_no_nan or getattr(TABLE[function], "evaluate", None) is function
    if function in _REDUCED or function in (np.any, np.all):
        return True
    if function is np.reshape:
        return in_rows(value)
    if function is np.mean:  # of float16 NumPy adds up in float32, unless it is given an array
        return bool(value.dtype != np.float16)
    if function is np.where:
        mask = value.inputs[0]
        return isinstance(mask, Value) and mask.dtype == bool
    if function in _OUT or function in (
        broadcast_to,
        cast,
        subtract_max,
        scatter_add,
        concatenate,
        np.copy,
    ):
        return True
    return function is drawn and value.keywords["method"] in ("random", "standard_normal")


@dataclass
class Writer:
    """Writes one program; see `numpy_source`."""

    program: Program
    reuse: bool
    in_place: bool
    names: Names = field(default_factory=Names)

    def __post_init__(self) -> None:
        self.memory = self._planned()
        self.name_of: dict[int, str] = {}
        self.static: set[int] = set()
        self.setup: list[str] = []
        self.lines: list[Line] = []
        self.bindings: list[tuple[str, Any]] = []
        self.helpers: dict[str, str] = {}
        self.standalone: str | None = None
        self._scalars: dict[Any, str] = {}
        self._bound: dict[int, str] = {}
        self._before: dict[int, str] = {}  # results that show Variables which change
        self._group = ("", "")

    def _planned(self) -> Plan:
        return plan(self.program, is_filled, self.reuse, self.in_place)

    # -- the whole -------------------------------------------------------------------------------

    def source(self, title: str) -> NumpySource:
        program = self.program
        for value in program.arguments:
            self.name_of[id(value)] = self.names.new(value.name)
        given = ", ".join(self.name_of[id(x)] for x in program.arguments)
        for value in program.leaves():
            self._leaf(value)
        self._blocks()
        self._guarded = program.guard is not None
        self._body()
        if self._guarded:
            self._guard()
        self._assign()
        self._say(self._return())
        parameters = ", ".join(name for name, _ in self.bindings)
        body = [
            *(f"{INDENT}{line}" for line in self.setup),
            "",
            f"{INDENT}def step({given}):",
            *(f"{INDENT * 2}{line.text}" if line.text else "" for line in self.lines),
            "",
            f"{INDENT}return step",
        ]
        text = "\n".join(
            [
                f'"""{harmless(title or self._signature())}"""',
                "",
                *(
                    ["import math"]
                    if "math."
                    in "".join([*self.helpers.values(), *self.setup, *(x.text for x in self.lines)])
                    else []
                ),
                "import numpy as np",
                "",
                *(f"\n{helper}\n" for helper in self.helpers.values()),
                "",
                f"def make({parameters}):",
                *body,
                "",
            ]
        )
        return NumpySource(text, self.bindings, self.memory, self.lines, self.standalone)

    def _body(self) -> None:
        for value in self.program.body:
            if self._guarded and value.kind == "fused_update":
                self._guard()
            self._comment(value)
            self._emit(value)

    def _signature(self) -> str:
        given = ", ".join(
            f"{self.name_of[id(x)]} {x.shape} {x.dtype}" for x in self.program.arguments
        )
        return f"{self.program.name}({given})"

    def _comment(self, value: Value) -> None:
        """A heading wherever another layer or another phase begins."""
        if is_view(value):
            return
        group = value.phase, value.scope
        if group != self._group:
            if self.lines and value.phase != self._group[0]:
                self.lines.append(Line(""))
            self._group = group
            self.lines.append(Line("# " + harmless(": ".join(filter(None, group)))))

    # -- names -----------------------------------------------------------------------------------

    def _leaf(self, value: Value) -> None:
        made = None
        if value.kind == "constant" and not value.live:
            if value.size == 1:
                self.name_of[id(value)] = self._scalar(value.storage, value.shape)
                self.static.add(id(value))
                return
            made = _formula(value.storage)
        name = self.name_of[id(value)] = self.names.new(value.name or value.kind)
        self.static.add(id(value))
        if made is None:
            self.bindings.append((name, value))
        else:
            self.setup.append(f"{name} = {made}")

    def _scalar(self, number: Any, shape: tuple[int, ...] = ()) -> str:
        """A number as an array of no axes, which NumPy takes faster than a Python number."""
        data = np.asarray(number).reshape(())
        key = data.dtype.str, data.tobytes(), shape
        name = self._scalars.get(key)
        if name is None:
            text = _number_text(data)
            said = f"{data.item():.4g}".replace("-", "minus_")
            name = self._scalars[key] = self.names.new(f"c_{said}")
            made = f"np.array({text}, np.{data.dtype.name})"
            if shape:
                made = f"np.full({shape}, {text}, np.{data.dtype.name})"
            self.setup.append(f"{name} = {made}")
        return name

    def bound(self, thing: Any, wanted: str) -> str:
        """The name of an object that `make` is given."""
        name = self._bound.get(id(thing))
        if name is None:
            name = self._bound[id(thing)] = self.names.new(wanted)
            self.bindings.append((name, thing))
        return name

    def _blocks(self) -> None:
        """Room for everything that is computed, and a name for each value in it."""
        blocks = {}
        for i, buffer in enumerate(self.memory.buffers):
            if len(buffer.values) == 1 and buffer.values[0].size == buffer.size:
                continue
            blocks[id(buffer)] = name = self.names.new(f"memory_{i}")
            self.setup.append(f"{name} = np.empty({buffer.size}, np.{buffer.dtype.name})")
        for value in self.program.body:
            given = self.memory.buffer_of.get(id(value))
            if given is not None:
                name = self._named(value)
                self.setup.append(f"{name} = {self._room(value, given, blocks.get(id(given)))}")

    def _room(self, value: Value, buffer: Buffer, block: str | None) -> str:
        """The array of a value: new, or part of a block; its axes in the order they have."""
        order = value.order or tuple(range(len(value.shape)))
        shape = _shape(tuple(value.shape[i] for i in order))
        if block is None:
            made = f"np.empty({shape}, np.{value.dtype.name})"
        else:
            part = "" if value.size == buffer.size else f"[:{value.size}]"
            made = f"{block}{part}.reshape({shape})"
        if value.order is None:
            return made
        return f"{made}.transpose({tuple(int(i) for i in np.argsort(order))})"

    def _named(self, value: Value) -> str:
        name = self.name_of[id(value)] = self.names.of(value)
        self.static.add(id(value))
        return name

    def _target(self, value: Value) -> str:
        """The array that an operation writes into."""
        known = self.name_of.get(id(value))
        if known is not None:
            return known
        state = self.memory.state_of.get(id(value))
        if state is not None:
            name = self.name_of[id(value)] = self.name_of[id(state)]
            self.static.add(id(value))
            return name
        destination = self.memory.destination_of[id(value)]
        name = self.name_of[id(value)] = self.bound(destination, self.names.of(value))
        self.static.add(id(value))
        return name

    def _in(self, x: Any, like: Any = None) -> str:
        """An input, as it is written in a line."""
        if isinstance(x, Value):
            return self.name_of[id(x)]
        if like is not None and isinstance(x, (int, float)) and not isinstance(x, bool):
            return self._scalar(np.asarray(x, dtype=like))
        return _literal(x)

    def _say(self, text: str, value: Value | None = None) -> None:
        self.lines.append(Line(text, value))

    # -- operations ------------------------------------------------------------------------------

    def _emit(self, value: Value) -> None:
        if value.kind == "fused_update":
            self._fused_update(value)
        elif is_view(value):
            self._view(value)
        elif is_filled(value):
            self._fill(value, self._target(value))
        else:
            name = self.name_of[id(value)] = self.names.of(value)
            self._say(f"{name} = {self._call(value)}", value)

    def _view(self, value: Value) -> None:
        x = value.inputs[0]
        base = self.name_of[id(x)]
        if value.function is np.transpose:
            axes = transposed_axes(value)
            reverse = axes == tuple(range(len(axes)))[::-1]
            text = f"{base}.T" if reverse else f"{base}.transpose({_shape(axes)})"
            wanted = f"{base}_T"
        elif value.function is np.reshape:
            text = f"{base}.reshape({_shape(value.shape)})"
            wanted = base
        elif value.function is np.broadcast_to:
            text, wanted = f"np.broadcast_to({base}, {value.shape})", f"{base}_wide"
        else:
            index = value.keywords["index"]
            if not value.shape and Ellipsis not in index:
                index = (*index, Ellipsis)  # without, NumPy gives a number of today, and no view
            text = f"{base}[{', '.join(map(index_text, index))}]"
            wanted = f"{base}_part"
        name = self.name_of[id(value)] = self.names.new(value.name or wanted)
        if id(x) in self.static:
            self.static.add(id(value))
            self.setup.append(f"{name} = {text}")
        else:
            self._say(f"{name} = {text}", value)

    def _fill(self, value: Value, out: str) -> None:
        function = value.function
        keywords = value.keywords
        inputs = value.inputs
        if is_elementwise(value) and function is not multiply_no_nan:
            self._say(f"{self._function(function)}({self._operands(value)}, out={out})", value)
        elif function is multiply_no_nan:
            self._multiply_no_nan(value, out)
        elif function in _REDUCED:
            self._say(
                f"np.{_REDUCED[function]}.reduce({self._in(inputs[0])}, "
                f"{self._keywords({'axis': None} | keywords)}, out={out})",
                value,
            )
        elif function is np.reshape:
            x = self._in(inputs[0])
            if value.order is None:
                self._say(f"np.copyto({self._static_view(out, inputs[0].shape)}, {x})", value)
            else:  # of a result that is not in order, a view in the shape of x need not exist
                self._say(f"np.copyto({out}, {x}.reshape({_shape(value.shape)}))", value)
        elif function in (broadcast_to, np.copy):
            self._say(f"np.copyto({out}, {self._in(inputs[0])})", value)
        elif function is cast:
            self._say(f'np.copyto({out}, {self._in(inputs[0])}, casting="unsafe")', value)
        elif function is np.where:
            mask, a, b = (self._in(x, value.dtype) for x in inputs)
            self._say(f'np.copyto({out}, {b}, casting="unsafe")', value)
            self._say(f'np.copyto({out}, {a}, casting="unsafe", where={mask})')
        elif function is subtract_max:
            self._subtract_max(value, out)
        elif function is scatter_add:
            helper = self._helper(helpers.INTO[function])
            self._say(f"{helper}({self._arguments(value)}, out={out})", value)
        elif function is concatenate:
            parts = ", ".join(map(self._in, inputs))
            self._say(f"np.concatenate(({parts},), axis={keywords['axis']}, out={out})", value)
        elif function is drawn:
            generator = self.bound(keywords["generator"], "generator")
            chosen = f", dtype=np.{value.dtype.name}" if value.dtype != np.float64 else ""
            self._say(f"{generator}.{keywords['method']}(out={out}{chosen})", value)
        else:
            name = function_name(function)
            given = ", ".join(
                filter(None, [*map(self._in, inputs), self._keywords(keywords), f"out={out}"])
            )
            self._say(f"np.{name}({given})", value)

    def _operands(self, value: Value) -> str:
        """The inputs of a ufunc; a Python number in the dtype that it has in the computation."""
        dtypes = {x.dtype for x in value.values() if x.dtype is not None and x.kind != "number"}
        like = next(iter(dtypes)) if len(dtypes) == 1 else None
        if like is not None and (like.kind != "f" or not _survives(value, like)):
            like = None
        return ", ".join(self._in(x, like) for x in value.inputs)

    def _multiply_no_nan(self, value: Value, out: str) -> None:
        helper = self._helper(helpers.zero_nans)
        operands = self._operands(value)
        in_order = out if value.order is None else f"{out}.transpose({value.order})"
        flat = self._static_view(in_order, (value.size,), f"{out}_flat")
        self._say(f"np.multiply({operands}, out={out})", value)
        # A sum of squares is NaN exactly if an element is: one fast look at all of them.
        self._say(f"if math.isnan(np.dot({flat}, {flat})):")
        self._say(f"    {helper}({operands}, {out})")

    def _subtract_max(self, value: Value, out: str) -> None:
        axis = value.keywords["axis"]
        x = self._in(value.inputs[0])
        shape = list(value.shape)
        shape[axis] = 1
        highest = self.names.new(f"{out}_highest")
        self.setup.append(f"{highest} = np.empty({tuple(shape)}, np.{value.dtype.name})")
        flat = self._static_view(highest, (value.size // max(value.shape[axis], 1),))
        helper = self._helper(helpers.subtract_infinite_max)
        self._say(f"np.maximum.reduce({x}, axis={axis}, keepdims=True, out={highest})", value)
        self._say(f"np.subtract({x}, {highest}, out={out})")
        # Finite exactly if all are, unless the squares overflow; then the helper looks closely.
        self._say(f"if not math.isfinite(np.dot({flat}, {flat})):")
        self._say(f"    {helper}({x}, {highest}, {out})")

    def _static_view(self, out: str, shape: tuple[int, ...], wanted: str = "") -> str:
        name = self.names.new(wanted or f"{out}_flat")
        self.setup.append(f"{name} = {out}.reshape({_shape(shape)})")
        return name

    def _call(self, value: Value) -> str:
        """An operation that makes its own array."""
        function, inputs, keywords = value.function, value.inputs, value.keywords
        if function is gather:
            arrays = iter(map(self._in, inputs[1:]))
            index = [
                next(arrays) if isinstance(part, str) else index_text(part)
                for part in keywords["index"]
            ]
            return f"{self._in(inputs[0])}[{', '.join(index)}]"
        if function in _SIGNS and value.dtype is None:
            if function is np.absolute:
                return f"abs({self._in(inputs[0])})"
            a, b = map(self._in, inputs)
            return f"{a} {_SIGNS[function]} {b}"
        if function is output:
            return f"{self._in(inputs[0])}[{keywords['index']}]"
        if function is stack:
            parts = ", ".join(map(self._in, inputs))
            return f"np.stack(({parts},), {self._keywords(keywords)})"
        if function is einsum:
            operands = ", ".join(map(self._in, inputs))
            return f"np.einsum({keywords['subscripts']!r}, {operands})"
        if function is drawn:
            generator = self.bound(keywords["generator"], "generator")
            given = ", ".join(map(_literal, keywords["parameters"]))
            dtype = f", dtype=np.{value.dtype.name}" if "dtype" in keywords else ""
            lead = f"{given}, " if given else ""
            return f"{generator}.{keywords['method']}({lead}size={value_shape(keywords)}{dtype})"
        return f"{self._function(function)}({self._arguments(value)})"

    def _arguments(self, value: Value) -> str:
        given = [*map(self._in, value.inputs), self._keywords(value.keywords)]
        return ", ".join(filter(None, given))

    def _keywords(self, keywords: dict[str, Any]) -> str:
        return ", ".join(
            f"{name}={self._in(x) if isinstance(x, Value) else _literal(x)}"
            for name, x in keywords.items()
            if x is not np._NoValue
        )

    def _function(self, function: Any) -> str:
        """How the source calls a function: NumPy's by its name, ours by their source."""
        entry = TABLE.get(function)
        evaluate: Any = getattr(entry, "evaluate", function)
        if is_numpy(evaluate) and _found_in_numpy(function_name(evaluate)) is evaluate:
            return f"np.{function_name(evaluate)}"
        if function in helpers.WHOLE:
            return self._helper(function)
        self.standalone = self.standalone or (
            f"{function_name(function)} is a function of its own, which is not part of NumPy"
        )
        return self.bound(evaluate, function_name(function).replace(".", "_"))

    def _helper(self, function: Callable[..., Any]) -> str:
        """A function whose text becomes part of the source."""
        name = function.__name__
        if name not in self.helpers:
            self.helpers[name] = helpers.text_of(function)
        return name

    def _return(self) -> str:
        returned = ", ".join(map(self._result, self.program.results))
        return f"return ({returned}{',' * (len(self.program.results) == 1)})"

    def _guard(self) -> None:
        """Nothing is changed by a loss that is not finite."""
        self._guarded = False
        assert self.program.guard is not None
        self._say(f"if not math.isfinite({self._in(self.program.guard)}):")
        self._say(f"    {self._return()}")

    # -- effects ---------------------------------------------------------------------------------

    def _assign(self) -> None:
        """The new values of Variables, when nobody reads the old ones any more."""
        left = [
            (state, new)
            for state, new in self.program.assignments
            if self.memory.state_of.get(id(new)) is not state
        ]
        assigned = {id(state) for state, _ in left}
        if left:
            self._say("# assignments")
        for x in self.program.results:
            if shows(x, assigned) and id(x) not in self._before:
                self._before[id(x)] = self._copied(self.name_of[id(x)])
        sources = []
        for _, new in left:
            source = self.name_of[id(new)]
            if len(left) > 1 and shows(new, assigned):
                source = self._copied(source)
            sources.append(source)
        for (state, new), source in zip(left, sources, strict=True):
            unsafe = ', casting="same_kind"' if new.dtype != state.dtype else ""
            self._say(f"np.copyto({self.name_of[id(state)]}, {source}{unsafe})", new)

    def _copied(self, name: str) -> str:
        """What an array holds before Variables change."""
        kept = self.names.new(f"{name}_before")
        self._say(f"{kept} = {name}.copy()")
        return kept

    def _fused_update(self, value: Value) -> None:
        loop: FusedLoop = value.storage
        inputs = value.inputs
        for x, target in zip(inputs, loop.destination, strict=False):
            if self.memory.destination_of.get(id(x)) is not target:
                destination = self.bound(target, f"d_{loop.title}")
                self._say(f"np.copyto({destination}, {self._in(x)})", value)
        self._require_finite(loop)
        inner = Writer(loop.body, True, True, self.names)
        inner.bindings, inner._bound = self.bindings, self._bound
        numbers = inputs[len(loop.destination) :]
        for x, outer in zip(loop.body.arguments, numbers, strict=True):
            inner.name_of[id(x)] = self._in(outer)
        columns = []
        for column in loop.columns:
            name = inner.name_of[id(column)] = self.names.new(column.name)
            columns.append(name)
            inner.static.add(id(column))
        for leaf in loop.body.leaves():
            if leaf.kind == "constant":
                inner._leaf(leaf)
        scratch = []
        for i, buffer in enumerate(inner.memory.buffers):
            name = self.names.new(f"scratch_{i}")
            scratch.append((name, buffer.dtype.name))
            for v in buffer.values:
                inner.name_of[id(v)] = name
        for v in loop.body.body:
            inner._emit(v)
        inner._assign()
        if inner.setup:
            self.setup += inner.setup
        self.helpers |= inner.helpers
        self.standalone = self.standalone or inner.standalone
        blocks = self.bound(loop, f"{loop.title}_blocks")
        if scratch:
            whole = self.names.new(f"{loop.title}_passes")
            largest = f"max(len(block[0]) for block in {blocks})"
            for name, dtype in scratch:
                self.setup.append(f"{name} = np.empty({largest}, np.{dtype})")
            cut = ", ".join(f"{name}[: len(block[0])]" for name, _ in scratch)
            self.setup.append(f"{whole} = [(*block, {cut}) for block in {blocks}]")
        else:
            whole = blocks
        self._say(f"for {', '.join([*columns, *(name for name, _ in scratch)])} in {whole}:", value)
        for line in inner.lines:
            self._say(f"    {line.text}", line.value)

    def _require_finite(self, loop: FusedLoop) -> None:
        """Nothing is changed by gradients that are not finite."""
        guard = self.program.guard
        if loop.finite is None or guard is None:
            return
        flat = self.bound(loop.finite, f"d_{loop.title}_flat")
        spoiled = f"np.array(np.nan, np.{guard.dtype.name})"
        returned = [spoiled if x is guard else self._result(x) for x in self.program.results]
        self._say(f"if not math.isfinite(np.dot({flat}, {flat})):")
        self._say(f"    return ({', '.join(returned)},)")

    def _result(self, value: Value) -> str:
        if id(value) in self._before:
            return self._before[id(value)]
        name = self.name_of[id(value)]
        if value.dtype is None or value.kind == "number":
            return f"np.asarray({name})"
        if not value.shape and id(value) not in self.static:
            return f"np.array({name})"  # of no axes NumPy gives a scalar
        fresh = value.function in (drawn, stack) or (
            value.function is gather and not is_view(value)
        )
        fresh = fresh and id(value) not in self.static
        if fresh:
            return name
        return f"{name}.copy()"


def harmless(text: str) -> str:
    """A text of somebody's, as it can stand in a comment or docstring: it ends neither of them."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown.replace("\\", "/").replace('"', "'")


def _number_text(data: Any) -> str:
    """The shortest text that gives the number back, in its dtype."""
    if data.dtype.kind != "f":
        return repr(data.item())
    return str(data[()]) if np.isfinite(data) else f"float('{data[()]}')"


def _formula(array: Any) -> str | None:
    """How an array is made, where that is short: all elements equal, or 0, 1, 2, ..."""
    if not array.size or not array.flags.c_contiguous:
        return None
    dtype = f"np.{array.dtype.name}"
    first = array.reshape(-1)[:1]
    if array.tobytes() == first.tobytes() * array.size:
        number = _number_text(first.reshape(()))
        kind = "zeros" if not first.tobytes().strip(b"\0") else ""
        shape = _shape(array.shape)
        return f"np.zeros({shape}, {dtype})" if kind else f"np.full({shape}, {number}, {dtype})"
    if array.dtype.kind in "iu" and np.array_equal(array.reshape(-1), np.arange(array.size)):
        row = f"np.arange({array.size}, dtype={dtype})"
        return row if array.ndim == 1 else f"{row}.reshape({array.shape})"
    return None


def value_shape(keywords: dict[str, Any]) -> str:
    """The shape that a draw is given."""
    return repr(tuple(keywords["shape"]) if np.ndim(keywords["shape"]) else keywords["shape"])


def _survives(value: Value, like: Any) -> bool:
    """Whether Python numbers among the inputs may be written in `like` without changing the dtype
    that the operation computes in.
    """
    numbers = [x for x in value.inputs if not isinstance(x, Value)]
    arrays = list(value.values())
    if any(x.kind == "number" or x.dtype is None for x in arrays):
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


def _found_in_numpy(name: str) -> Any:
    """What ``np.name`` is: ufuncs of other packages have no module, and are not there."""
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _shape(shape: tuple[int, ...]) -> str:
    return repr(shape) if len(shape) != 1 else repr(shape[0])


def index_text(part: Any, number_text: Callable[[Any], str] = repr) -> str:
    """A part of an index that is no array, as it stands between the brackets."""
    if isinstance(part, slice):
        ends = [part.start, part.stop] + ([] if part.step is None else [part.step])
        return ":".join("" if end is None else str(end) for end in ends)
    return "..." if part is Ellipsis else number_text(part)


def _literal(x: Any) -> str:
    """A keyword argument or number as source."""
    if isinstance(x, np.dtype) or (isinstance(x, type) and issubclass(x, (np.generic, float, int))):
        return f"np.{np.dtype(x).name}" if np.dtype(x) != bool else "bool"
    if isinstance(x, float) and not np.isfinite(x):
        return f"float('{x}')"
    if isinstance(x, np.generic):
        return f"np.{x.dtype.name}({_literal(x.item())})"
    if isinstance(x, np.ndarray):
        return f"np.array({x.tolist()}, np.{x.dtype.name})"
    if isinstance(x, str):
        return str.__repr__(x)
    if isinstance(x, (tuple, list)):
        inner = ", ".join(map(_literal, x))
        if not x:
            return "()" if isinstance(x, tuple) else "[]"
        return f"({inner},)" if isinstance(x, tuple) else f"[{inner}]"
    return repr(x)
