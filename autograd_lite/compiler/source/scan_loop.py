"""The loop of a scan, as NumPy: over the steps of some arrays, written into others."""

from __future__ import annotations

from dataclasses import replace
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


class LoopWriter(Writer):
    """Writes the body of a loop.

    Attributes:
        kept: the names of arrays that the loop gives a part of at a time.
    """

    def __init__(self, program: Program, plan: Plan, module: Module) -> None:
        super().__init__(program, plan, module)
        self.kept: set[str] = set()

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
        for leaf in program.leaves():
            if id(leaf) not in self.name_of:
                self.leaf(leaf)
        self.buffers()
        results = [*enumerate(zip(program.results, kept, strict=True))]
        for _, (x, target) in results:
            if id(x) in carried:
                self.say(f"np.copyto({target}, {self.name(x)})", x)
        for x in program.body:
            self.emit(x)
        for i, (x, target) in results:
            if direct.get(id(x)) != i and id(x) not in carried:
                self.say(f"np.copyto({target}, {self.name(x)})", x)
        self.program = replace(program, results=[])  # they are written down already
        self.assign()

    def emit(self, value: Value) -> None:
        """Write the lines of one operation, or loop."""
        if loop_of(value) is not None:
            write_scan(self, value)
        else:
            super().emit(value)


def written_directly(loop: ScanLoop) -> dict[int, int]:
    """The values that are computed where they are kept: their places among the results, by id."""
    found: dict[int, int] = {}
    for i, x in enumerate(loop.body.results):
        plain = x.function in (np.matmul, concatenate) or _is_plain(x)
        if x.kind == "operation" and x.shape and x.order is None and plain and is_filled(x):
            found.setdefault(id(x), i)
    return found


def _is_plain(x: Value) -> bool:
    """Return whether an operation can write into any array, and needs no other look at it."""
    return x.kind == "operation" and is_elementwise(x) and x.function is not multiply_no_nan


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


def write_scan(outer: Writer, value: Value) -> None:
    """Write a loop: the carries as they begin, its head, and its body."""
    loop: Any = loop_of(value)
    loop = replace(loop, body=widened(loop.body))
    initial, xs, read, rooms = loop.parts(value.inputs)
    direct = written_directly(loop)
    carried = {id(x) for x in loop.carries}  # what is kept of them is written down first
    later = replace(loop.body, results=[x for x in loop.body.results if id(x) not in carried])
    plan = plan_memory(later, fills=lambda x: is_filled(x) and id(x) not in direct)
    inner = LoopWriter(loop.body, plan, outer.module)
    for state, first, room in zip(loop.carries, initial, rooms, strict=False):
        inner.called(state, outer.name(room), id(room) in outer.static)
        outer.say(f"np.copyto({outer.name(room)}, {outer.name(first)})", value)
    for argument, x in zip(loop.body.arguments[loop.xs :], read, strict=True):
        static = isinstance(x, Value) and id(x) in outer.static
        name = _in_order(outer, x) if _is_factor(argument, x, loop) else outer.name(x)
        inner.called(argument, name, static)
    head = {inner.row_of(x): outer.name(y) for x, y in zip(loop.body.arguments, xs, strict=False)}
    kept = [outer.module.names.new(f"{x.name or 'y'}_t") for x in loop.body.results]
    for x, name, room in zip(loop.body.results, kept, rooms[len(loop.carries) :], strict=True):
        rows = outer.name(room)
        head[name] = rows if x.shape else f"{rows}.reshape({loop.length}, 1)"
    for x in loop.body.body:
        if id(x) in direct:
            inner.called(x, kept[direct[id(x)]], False)
    inner.steps(kept, direct, carried)
    outer.say(_head(head, loop), value)
    lines = inner.lines or [Line("pass")]
    outer.lines += [Line(f"{INDENT}{line.text}", line.value) for line in lines]


def _head(names: dict[str, str], loop: ScanLoop) -> str:
    """The line that a loop begins with."""
    turned = [f"{x}[::-1]" if loop.reverse else x for x in names.values()]
    if not turned:
        return f"for _ in range({loop.length}):"
    over = turned[0] if len(turned) == 1 else f"zip({', '.join(turned)})"
    return f"for {', '.join(names)} in {over}:"
