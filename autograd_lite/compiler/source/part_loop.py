"""A loop over parts of the samples, as NumPy: a function of one part, in memory of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from autograd_lite.compiler.operations import is_filled
from autograd_lite.compiler.parts import PartLoop, parts_of
from autograd_lite.compiler.plan import plan_memory
from autograd_lite.compiler.program import Value
from autograd_lite.compiler.source.expressions import array_text, shape_text, uniform
from autograd_lite.compiler.source.scan_loop import LoopWriter
from autograd_lite.compiler.source.writer import Writer


def write_parts(outer: Writer, value: Value) -> None:
    """Write the function, which `make` defines, and the call that does all parts."""
    loop: Any = parts_of(value)
    module = outer.module
    cut, whole, rooms = loop.split(value.inputs)
    direct = {id(x): i for i, x in reversed([*enumerate(loop.body.results)]) if is_filled(x)}
    plan = plan_memory(loop.body, fills=lambda x: is_filled(x) and id(x) not in direct)
    inside = replace(module, setup=[], outer=module)
    inner = LoopWriter(loop.body, plan, inside)
    given = [
        inner.called(x, module.names.new(f"{x.name or 'x'}_i"), False)
        for x in loop.body.arguments[: loop.cut]
    ]
    kept = [module.names.new(f"{x.name or 'y'}_i") for x in loop.body.results]
    inner.kept.update(kept)
    inner.name_of |= {x: kept[i] for x, i in direct.items()}
    dynamic = []
    for argument, x in zip(loop.body.arguments[loop.cut :], whole, strict=True):
        name = outer.name(x)
        static = id(x) in outer.static
        inner.called(argument, name, static)
        dynamic += [] if static else [name]
    inner.buffers()
    for x in loop.body.body:
        inner.emit(x)
    for x, name in zip(loop.body.results, kept, strict=True):
        if inner.name(x) != name:
            inner.say(f"np.copyto({name}, {inner.name(x)})", x)
    parts = [_split(outer, x, loop) for x in [*cut, *rooms]]
    outer.in_parts(
        value, inside, inner.lines, dict(zip([*given, *kept], parts, strict=True)), dynamic
    )


def _split(outer: Writer, x: Value, loop: PartLoop) -> str:
    """The name of an array whose first axis runs over the parts."""
    shape = (loop.count, x.shape[0] // loop.count, *x.shape[1:])
    if x.kind == "constant" and not x.live and uniform(x.storage) is not None:
        one = array_text(x.storage[: shape[1]])  # for all parts the same one
        return outer.module.made("constant_parts", f"[{one}] * {loop.count}")
    name = outer.name(x)
    if id(x) in outer.static:
        return outer.module.made(f"{name}_parts", f"{name}.reshape({shape_text(shape)})")
    return f"{name}.reshape({shape_text(shape)})"
