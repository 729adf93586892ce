"""The body of a loop over steps in the forms that native code has loops for.

What is joined is computed where it stands in the whole, and of a sum that is looked at in parts
each part is computed where it is needed: so that the gates of a recurrent cell, and their
gradients, are one nest of loops.
"""

from __future__ import annotations

import numpy as np

from autograd_lite.compiler.loops import joined_part, room
from autograd_lite.compiler.operations import is_elementwise, is_view
from autograd_lite.compiler.passes.dead import dead
from autograd_lite.compiler.program import Program, Value
from autograd_lite.primitives import gather
from autograd_lite.rules.joining import concatenate


def with_parts(program: Program) -> Program:
    """The body with joined arrays and looks at parts of sums replaced."""
    return _joined(_parted(program))


def _joined(program: Program) -> Program:
    def written(value: Value) -> list[Value] | None:
        if value.function is not concatenate or not _is_joined_at_the_end(value):
            return None
        keywords = {"shape": value.shape, "dtype": value.dtype}
        whole = value.changed(function=room, inputs=(), keywords=keywords)
        made, start = [], 0
        for x in value.inputs:
            made.append(
                value.changed(
                    function=joined_part,
                    inputs=(x, whole),
                    keywords={"start": start},
                    shape=x.shape,
                    name="",
                )
            )
            start += x.shape[-1]
        looked = {"shape": value.shape}
        seen = value.changed(function=np.reshape, inputs=(whole, *made), keywords=looked, name="")
        return [whole, *made, seen]

    return program.rewritten(written)


def _is_joined_at_the_end(value: Value) -> bool:
    """Return whether arrays of one dtype are joined along the last axis."""
    axis = value.keywords.get("axis", 0)
    return axis in (-1, len(value.shape) - 1) and all(
        isinstance(x, Value) and x.dtype == value.dtype and x.size > 0 for x in value.inputs
    )


def _parted(program: Program) -> Program:
    """The body with element-wise operations that others see parts of done for each part."""
    while split := _seen_in_parts(program):
        program = dead(_split(program, split))
    return program


def _seen_in_parts(program: Program) -> set[int]:
    users: dict[int, list[Value]] = {}
    for value in program.body:
        for x in value.values():
            users.setdefault(id(x), []).append(value)
    ends = {id(x) for x in (*program.results, *(new for _, new in program.assignments))}
    return {
        id(x)
        for x in program.body
        if is_elementwise(x)
        and not x.keywords
        and id(x) not in ends
        and all(map(_is_part, seen := users.get(id(x), [])))
        and sum(v.size for v in seen) <= x.size
    }


def _split(program: Program, split: set[int]) -> Program:
    originals = iter(program.body)
    whole: dict[int, Value] = {}

    def changed(value: Value) -> list[Value] | None:
        if id(next(originals)) in split:
            whole[id(value)] = value
            return None
        of = whole.get(id(value.inputs[0])) if value.inputs else None
        return None if of is None else _part_of(value, of)

    return program.rewritten(changed)


def _part_of(look: Value, value: Value) -> list[Value]:
    """An operation on parts of its inputs."""
    made: list[Value] = []
    inputs = []
    for x in value.inputs:
        if isinstance(x, Value) and x.shape and x.shape[-1] == value.shape[-1] > 1:
            rows = look.keywords["index"][-1]
            width = look.shape[-1]
            x = value.changed(
                function=gather,
                inputs=(x,),
                keywords={"index": (Ellipsis, rows)},
                shape=(*x.shape[:-1], width),
                dtype=x.dtype,
                order=None,
                name="",
            )
            made.append(x)
        inputs.append(x)
    return [*made, value.changed(inputs=tuple(inputs), shape=look.shape, name="")]


def _is_part(value: Value) -> bool:
    """Return whether a value is a look at some columns of an array."""
    if value.function is not gather or not is_view(value):
        return False
    index, x = value.keywords["index"], value.inputs[0]
    *rows, last = index
    return (
        isinstance(last, slice)
        and last.step in (None, 1)
        and rows in ([Ellipsis], [slice(None)] * (len(x.shape) - 1))
        and value.shape[:-1] == x.shape[:-1]
    )
