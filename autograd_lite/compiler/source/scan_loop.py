"""The loop of a scan, as NumPy: over the steps of some arrays, written into others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from autograd_lite.compiler.loops import ScanLoop, loop_of
from autograd_lite.compiler.operations import is_elementwise, is_filled
from autograd_lite.compiler.plan import plan_memory
from autograd_lite.compiler.program import Value
from autograd_lite.compiler.source.writer import INDENT, Line, Writer
from autograd_lite.primitives import multiply_no_nan
from autograd_lite.rules.joining import concatenate


class LoopWriter(Writer):
    """Writes the body of a loop."""

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
        plain = x.function in (np.matmul, concatenate) or (
            is_elementwise(x) and x.function is not multiply_no_nan
        )
        if x.kind == "operation" and x.shape and x.order is None and plain and is_filled(x):
            found.setdefault(id(x), i)
    return found


def write_scan(outer: Writer, value: Value) -> None:
    """Write a loop: the carries as they begin, its head, and its body."""
    loop: Any = loop_of(value)
    module = outer.module
    initial, xs, read, rooms = loop.parts(value.inputs)
    direct = written_directly(loop)
    plan = plan_memory(loop.body, fills=lambda x: is_filled(x) and id(x) not in direct)
    inner = LoopWriter(loop.body, plan, module)
    for state, first, room in zip(loop.carries, initial, rooms, strict=False):
        inner.called(state, outer.name(room), id(room) in outer.static)
        outer.say(f"np.copyto({outer.name(room)}, {outer.name(first)})", value)
    for argument, x in zip(loop.body.arguments[loop.xs :], read, strict=True):
        static = isinstance(x, Value) and id(x) in outer.static
        inner.called(argument, outer.name(x), static)
    head: dict[str, str] = {}
    for argument, x in zip(loop.body.arguments, xs, strict=False):
        name = module.names.new(f"{argument.name or 'x'}_t")
        head[inner.called(argument, name, False)] = outer.name(x)
    kept = []
    for result, room in zip(loop.body.results, rooms[len(loop.carries) :], strict=True):
        kept.append(module.names.new(f"{result.name or 'y'}_t"))
        rows = outer.name(room)
        head[kept[-1]] = rows if result.shape else f"{rows}.reshape({loop.length}, 1)"
    for x in loop.body.body:
        if id(x) in direct:
            inner.called(x, kept[direct[id(x)]], False)
    for leaf in loop.body.leaves():
        if id(leaf) not in inner.name_of:
            inner.leaf(leaf)
    inner.buffers()
    for x in loop.body.body:
        inner.emit(x)
    for i, (x, target) in enumerate(zip(loop.body.results, kept, strict=True)):
        if direct.get(id(x)) != i:
            inner.say(f"np.copyto({target}, {inner.name(x)})", x)
    inner.program = replace(loop.body, results=[])  # they are written down already
    inner.assign()
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
