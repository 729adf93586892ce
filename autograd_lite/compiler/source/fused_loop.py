"""The loop of a fused update, as NumPy: over blocks of flat arrays that fit the cache."""

from __future__ import annotations

from autograd_lite.compiler.program import FusedLoop, Value
from autograd_lite.compiler.source.writer import INDENT, Writer


def place_gradients(outer: Writer, value: Value, loop: FusedLoop) -> None:
    """Copy the gradients that were not computed where the loop reads them."""
    for x, target in zip(value.inputs, loop.destinations, strict=False):
        if outer.plan.destination_of.get(id(x)) is not target:
            destination = outer.module.bound(target, f"d_{loop.title}")
            outer.say(f"np.copyto({destination}, {outer.name(x)})", value)


def write_loop(outer: Writer, value: Value, loop: FusedLoop) -> None:
    """Write the loop: its head, and its body once for all blocks."""
    module = outer.module
    inner = Writer(loop.body, outer.plan.loops[id(value)], module)
    numbers = value.inputs[len(loop.destinations) :]
    for x, given in zip(loop.body.arguments, numbers, strict=True):
        inner.called(x, outer.name(given), False)
    columns = [inner.called(x, module.names.new(x.name)) for x in loop.columns]
    scratch = _scratch(inner)
    for operation in loop.body.body:
        inner.emit(operation)
    inner.assign()
    blocks = module.bound(loop, f"{loop.title}_blocks")
    if scratch:
        blocks = _with_scratch(inner, scratch, blocks, loop.title)
    outer.say(f"for {', '.join([*columns, *scratch])} in {blocks}:", value)
    outer.lines += [type(line)(f"{INDENT}{line.text}", line.value) for line in inner.lines]


def _scratch(inner: Writer) -> dict[str, str]:
    """Name the buffers of the body; their dtypes by name."""
    found = {}
    for i, buffer in enumerate(inner.plan.buffers):
        name = inner.module.names.new(f"scratch_{i}")
        found[name] = buffer.dtype.name
        for value in buffer.values:
            inner.called(value, name, False)
    return found


def _with_scratch(inner: Writer, scratch: dict[str, str], blocks: str, title: str) -> str:
    """Each block with as much of the scratch arrays as it needs."""
    module = inner.module
    largest = f"max(len(block[0]) for block in {blocks})"
    passes = module.names.new(f"{title}_passes")
    module.setup += [f"{name} = np.empty({largest}, np.{d})" for name, d in scratch.items()]
    cut = ", ".join(f"{name}[: len(block[0])]" for name in scratch)
    module.setup.append(f"{passes} = [(*block, {cut}) for block in {blocks}]")
    return passes
