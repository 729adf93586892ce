"""Invariants of loops: what is the same at each step is computed once, before the loop."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from autograd_lite.compiler.loops import ScanLoop, with_loops
from autograd_lite.compiler.operations import has_effect
from autograd_lite.compiler.program import Program, Value


def invariants(program: Program) -> Program:
    """Take out of each loop what does not depend on the step."""
    return with_loops(program, _taken_out)


def _taken_out(value: Value, loop: ScanLoop) -> list[Value] | None:
    initial, xs, read, _ = loop.parts(value.inputs)
    # What stands before the loop for each value of the body that is the same at each step.
    outside: dict[int, Any] = dict(zip(map(id, loop.body.arguments[loop.xs :]), read, strict=True))
    made: list[Value] = []
    for x in loop.body.body:
        if _is_invariant(x, outside):
            made.append(_moved(x, outside))
            outside[id(x)] = made[-1]
    if not made:
        return None
    left = [x for x in loop.body.body if id(x) not in outside]
    body = replace(loop.body, body=left)
    arguments, given = list(loop.body.arguments[loop.xs :]), list(read)
    new: dict[int, Value] = {}
    for x in body.uses():
        if id(x) in outside and x.kind == "operation" and id(x) not in new:
            new[id(x)] = Value("argument", x.shape, x.dtype, name=x.name)
            arguments.append(new[id(x)])
            given.append(outside[id(x)])
    body = _with(body, new)
    body.arguments = [*loop.body.arguments[: loop.xs], *arguments]
    inputs = (*initial, *xs, *given)
    return [*made, value.changed(inputs=inputs, keywords={"loop": replace(loop, body=body)})]


def _is_invariant(x: Value, outside: dict[int, Any]) -> bool:
    return (
        x.kind == "operation"
        and x.dtype is not None
        and not has_effect(x)
        and any(id(y) in outside for y in x.values())
        and all(id(y) in outside or y.kind == "constant" for y in x.values())
    )


def _moved(x: Value, outside: dict[int, Any]) -> Value:
    inputs = tuple(outside.get(id(y), y) for y in x.inputs)
    keywords = {k: outside.get(id(y), y) for k, y in x.keywords.items()}
    return x.changed(inputs=inputs, keywords=keywords)


def _with(body: Program, new: dict[int, Value]) -> Program:
    """The body with these in place of others, by their ids."""

    def changed(value: Value) -> Value:
        inputs = tuple(new.get(id(x), x) for x in value.inputs)
        keywords = {k: new.get(id(x), x) for k, x in value.keywords.items()}
        return value.changed(inputs=inputs, keywords=keywords)

    def current(x: Value) -> Value:
        return new.get(id(x), x)

    swapped = body.rewritten(changed)
    results = [current(x) for x in swapped.results]
    pairs = [(state, current(x)) for state, x in swapped.assignments]
    return replace(swapped, results=results, assignments=pairs)
