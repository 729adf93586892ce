"""The loop of a scan, as NumPy: over the steps of some arrays, written into others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograd_lite.compiler.loops import ScanLoop, loop_of
from autograd_lite.compiler.operations import is_elementwise, is_filled
from autograd_lite.compiler.plan import Plan, plan_memory
from autograd_lite.compiler.program import Program, Value
from autograd_lite.compiler.source.expressions import shape_text
from autograd_lite.compiler.source.wide import widened
from autograd_lite.compiler.source.writer import INDENT, Line, Module, Writer
from autograd_lite.primitives import multiply_no_nan
from autograd_lite.rules.joining import concatenate

LEAST_JOINED = 1 << 16  # bytes of an array whose parts are computed in it


class LoopWriter(Writer):
    """Writes the body of a loop.

    Attributes:
        kept: the names of arrays that the loop gives a part of at a time.
        joined: by the ids of values that are joined from others: the parts that are to be copied,
            as pairs of a name and a value; the others are computed there.
    """

    def __init__(self, program: Program, plan: Plan, module: Module) -> None:
        super().__init__(program, plan, module)
        self.kept: set[str] = set()
        self.joined: dict[int, list[tuple[str, Value]]] = {}

    def view(self, name: str, shape: tuple[int, ...], wanted: str = "") -> str:
        """Another shape of an array, made when the array is there."""
        if name.partition(".")[0] not in self.kept:
            return super().view(name, shape, wanted)
        found = self.module.names.new(wanted or f"{name}_flat")
        self.say(f"{found} = {name}.reshape({shape_text(shape)})")
        return found

    def row_of(self, value: Value) -> str:
        """The name of what a step is given of an array of all steps, or keeps in it."""
        return self.called(value, self.module.names.new(f"{value.name or 'x'}_t"), False)

    def steps(self, kept: list[str], direct: dict[int, int], carried: set[int]) -> None:
        """Write the body.

        Args:
            kept: the names of the results.
            direct: which of them are computed where they are kept, by ids.
            carried: the ids of the carries.
        """
        program = self.program
        self.buffers()
        results = [
            (i, x, target)
            for i, (x, target) in enumerate(zip(program.results, kept, strict=True))
            if self.name_of.get(id(x)) != target
        ]
        for _, x, target in results:
            if id(x) in carried:
                self.say(f"np.copyto({target}, {self.name(x)})", x)
        for x in program.body:
            self.emit(x)
        for i, x, target in results:
            if direct.get(id(x)) != i and id(x) not in carried:
                self.say(f"np.copyto({target}, {self.name(x)})", x)
        self.program = replace(program, results=[])  # they are written down already
        self.assign()

    def emit(self, value: Value) -> None:
        """Write the lines of one operation, or loop."""
        if loop_of(value) is not None:
            write_scan(self, value)
        elif id(value) in self.joined:
            for part, x in self.joined[id(value)]:
                self.say(f"np.copyto({part}, {self.name(x)})", value)
        else:
            super().emit(value)


def written_directly(loop: ScanLoop) -> dict[int, int]:
    """The values that are computed where they are kept: their places among the results, by id."""
    found: dict[int, int] = {}
    for i, x in enumerate(loop.body.results):
        if x.kind == "operation" and x.shape and _goes_anywhere(x):
            found.setdefault(id(x), i)
    return found


def _goes_anywhere(x: Value) -> bool:
    """Return whether a value can be written into any array, and needs no other look at it."""
    plain = x.function in (np.matmul, concatenate) or _is_plain(x)
    return x.order is None and plain and is_filled(x)


def _is_plain(x: Value) -> bool:
    return x.kind == "operation" and is_elementwise(x) and x.function is not multiply_no_nan


def _uses(body: Program) -> dict[int, int]:
    """The number of uses of each value of a body, by id."""
    found: dict[int, int] = {}
    for x in body.uses():
        found[id(x)] = found.get(id(x), 0) + 1
    return found


def _handed_on(loop: ScanLoop, direct: dict[int, int]) -> dict[int, int]:
    """The carries of which each step's is kept: the place among the results, by the number of the
    carry. Its next value is computed in the row of the next step.
    """
    places = {id(x): i for i, x in reversed([*enumerate(loop.body.results)])}
    news = [id(new) for new in loop.news]
    return {
        i: places[id(state)]
        for i, (state, new) in enumerate(zip(loop.carries, loop.news, strict=True))
        if id(state) in places
        and state.shape
        and new.kind == "operation"
        and _goes_anywhere(new)
        and id(new) not in direct
        and news.count(id(new)) == 1
        and new.dtype == state.dtype
    }


def _parts_of(value: Value, uses: dict[int, int]) -> list[Value]:
    """The parts that a value is joined from and that can be computed there at once. To write rows
    that do not follow each other takes longer, too: of small arrays longer than to copy them.
    """
    axis = value.keywords["axis"] % len(value.shape)
    if value.nbytes < LEAST_JOINED:
        return []
    return [
        x
        for x in value.inputs
        if axis == len(value.shape) - 1
        and _is_plain(x)
        and _goes_anywhere(x)
        and uses[id(x)] == 1
        and x.dtype == value.dtype
    ]


def _is_factor(argument: Value, x: Any, loop: ScanLoop) -> bool:
    """Return whether x is a transposed matrix that steps multiply by: it is copied once, since
    NumPy's BLAS takes longer for small products with a transposed one.
    """
    turned = isinstance(x, Value) and x.function is np.transpose and len(x.shape) == 2
    return turned and any(
        value.function is np.matmul and any(y is argument for y in value.inputs)
        for value in loop.body.body
    )


def _in_order(outer: Writer, x: Value) -> str:
    name = outer.name(x)
    copy = outer.scratch(x.shape, x.dtype, f"{name}_in_order")
    outer.say(f"np.copyto({copy}, {name})")
    return copy


@dataclass
class _Given:
    """The names of what a loop is given.

    Attributes:
        initial: the carries as they begin.
        states: the arrays of the carries.
        xs, kept: arrays of all steps.
        static: those among `states` and `read` that are there before the step.
        read: what each step reads.
    """

    initial: list[str]
    states: list[str]
    xs: list[str]
    read: list[str]
    kept: list[str]
    static: set[str] = field(default_factory=set)


def write_scan(outer: Writer, value: Value) -> None:
    """Write a loop: the carries as they begin, its head, and its body."""
    loop: Any = loop_of(value)
    initial, xs, read, rooms = loop.parts(value.inputs)
    names = [
        _in_order(outer, x) if _is_factor(argument, x, loop) else outer.name(x)
        for argument, x in zip(loop.body.arguments[loop.xs :], read, strict=True)
    ]
    count = len(loop.carries)
    kept = [
        outer.name(y) if x.shape else f"{outer.name(y)}.reshape({loop.length}, 1)"
        for x, y in zip(loop.body.results, rooms[count:], strict=True)
    ]
    given = _Given(
        [*map(outer.name, initial)], [*map(outer.name, rooms[:count])], [*map(outer.name, xs)],
        names, kept,
    )  # fmt: skip
    there = [*zip([*rooms[:count], *read], [*given.states, *names], strict=True)]
    given.static = {name for x, name in there if isinstance(x, Value) and id(x) in outer.static}
    if loop.part is None:
        outer.lines += _Steps(loop, outer.module, given, value).lines
    else:
        _write_in_parts(outer, value, loop, given)


class _Steps:
    """The lines of a loop: where its carries begin, then its steps."""

    def __init__(self, loop: ScanLoop, module: Module, given: _Given, value: Value) -> None:
        self._loop = loop = replace(loop, body=widened(loop.body))
        self._module, self._given = module, given
        self._direct = written_directly(loop)
        self._handed = _handed_on(loop, self._direct)
        uses = _uses(loop.body)
        self._parts = {
            id(x): parts
            for x in loop.body.body
            if x.function is concatenate and id(x) in self._direct and (parts := _parts_of(x, uses))
        }
        self._carried = {id(x) for x in loop.carries}  # what is kept of them is written down first
        self._head: dict[str, str] = {}
        self._inner = self._writer()
        self.lines = [Line(f"np.copyto({x}, {y})", value) for x, y in self._begun()]
        for x in self._rows_given():
            self._joined(x)
        inner = self._inner
        inner.steps(self._rows, self._direct, self._carried)
        self.lines.append(Line(self._head_text(), value))
        body = inner.lines or [Line("pass")]
        self.lines += [Line(f"{INDENT}{line.text}", line.value) for line in body]

    def _writer(self) -> LoopWriter:
        """The writer of the body, which has memory for what is neither kept nor carried on."""
        loop = self._loop
        placed = {*self._direct, *(id(x) for parts in self._parts.values() for x in parts)}
        placed |= {id(loop.news[i]) for i in self._handed}
        handed = {id(loop.carries[i]) for i in self._handed}
        body = replace(
            loop.body,
            assignments=[(x, new) for x, new in loop.body.assignments if id(x) not in handed],
        )
        left = [x for x in body.results if id(x) not in self._carried]
        left += [loop.news[i] for i in self._handed]
        plan = plan_memory(
            replace(body, results=left), fills=lambda x: is_filled(x) and id(x) not in placed
        )
        return LoopWriter(body, plan, self._module)

    def _begun(self) -> list[tuple[str, str]]:
        """Where each carry begins, and what it begins as."""
        given, first = self._given, "[-1]" if self._loop.reverse else "[0]"
        return [
            (f"{given.kept[self._handed[i]]}{first}" if i in self._handed else state, begins)
            for i, (state, begins) in enumerate(zip(given.states, given.initial, strict=True))
        ]

    def _rows_given(self) -> list[Value]:
        """Name what each step is given and keeps; what is joined from others."""
        loop, given, inner = self._loop, self._given, self._inner
        for i, (state, name) in enumerate(zip(loop.carries, given.states, strict=True)):
            if i not in self._handed:
                inner.called(state, name, name in given.static)
                inner.kept |= {name} - given.static
        for argument, name in zip(loop.body.arguments[loop.xs :], given.read, strict=True):
            inner.called(argument, name, name in given.static)
        for x, name in zip(loop.body.arguments, given.xs, strict=False):
            self._head[inner.row_of(x)] = self._ordered(name)
        new = self._module.names.new
        self._rows = [new(f"{x.name or 'y'}_t") for x in loop.body.results]
        for row, name in zip(self._rows, given.kept, strict=True):
            self._head[row] = self._ordered(name)
        for i, place in self._handed.items():
            inner.called(loop.carries[i], self._rows[place], False)
            following = inner.called(loop.news[i], new(f"{self._rows[place]}_next"), False)
            self._head[following] = self._following(given.kept[place], given.states[i])
        found = []
        for x in loop.body.body:
            if id(x) in self._direct:
                inner.called(x, self._rows[self._direct[id(x)]], False)
                found += [x] if id(x) in self._parts else []
        return found

    def _joined(self, value: Value) -> None:
        """Name the parts that a value is joined from, each of all steps."""
        start, copied = 0, []
        of_all = self._given.kept[self._direct[id(value)]]
        for x in value.inputs:
            stop = start + x.shape[-1]
            name = self._module.names.new(f"{self._inner.name_of[id(value)]}_part")
            self._head[name] = self._ordered(f"{of_all}[..., {start}:{stop}]")
            if any(x is y for y in self._parts[id(value)]):
                self._inner.called(x, name, False)
            else:
                copied.append((name, x))
            start = stop
        self._inner.joined[id(value)] = copied

    def _ordered(self, rows: str) -> str:
        return f"{rows}[::-1]" if self._loop.reverse else rows

    def _following(self, rows: str, last: str) -> str:
        """The rows of the steps that follow each step, then what the last step's goes into."""
        if self._loop.length == 1:
            return f"({last},)"
        return f"(*{rows}[{'-2::-1' if self._loop.reverse else '1:'}], {last})"

    def _head_text(self) -> str:
        """The line that a loop begins with."""
        over = [*self._head.values()]
        if not over:
            return f"for _ in range({self._loop.length}):"
        given = over[0] if len(over) == 1 else f"zip({', '.join(over)})"
        return f"for {', '.join(self._head)} in {given}:"


# -- in parts --------------------------------------------------------------------------------------


def _write_in_parts(outer: Writer, value: Value, loop: ScanLoop, given: _Given) -> None:
    """Write a function of the steps of one part, and its calls, which threads may share."""
    assert loop.part is not None
    module, part = outer.module, loop.part
    inside = replace(module, setup=[], outer=module)
    size, end = part.carries[0].shape[0], loop.carries[0].shape[0]

    def parts(
        names: Sequence[str], wholes: Sequence[Value], cuts: Sequence[Value], at: str
    ) -> list[str]:
        """For each name that of a part; the parts."""
        found = []
        for name, x, y in zip(names, wholes, cuts, strict=True):
            of_part = name
            if x.shape != y.shape:
                of_part = module.names.new(f"{name.partition('.')[0]}_i")
                cut = f"{name}[{at}i : i + {size}]"
                passed[of_part] = f"[{cut} for i in range(0, {end}, {size})]"
            found.append(of_part)
        return found

    passed: dict[str, str] = {}
    body, body_of_part = loop.body, part.body
    read = slice(loop.xs, None)
    of_part = _Given(
        parts(given.initial, loop.carries, part.carries, ""),
        parts(given.states, loop.carries, part.carries, ""),
        parts(given.xs, body.arguments[: loop.xs], body_of_part.arguments[: loop.xs], ":, "),
        parts(given.read, body.arguments[read], body_of_part.arguments[read], ""),
        parts(given.kept, body.results, body_of_part.results, ":, "),
        given.static,
    )
    lines = _Steps(part, inside, of_part, value).lines
    names = [*of_part.xs, *of_part.read]
    dynamic = [x for x in dict.fromkeys(names) if x not in passed and x not in given.static]
    outer.in_parts(value, inside, lines, passed, dynamic)
