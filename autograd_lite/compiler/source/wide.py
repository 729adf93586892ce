"""Element-wise operations on slices of an array, as one operation on the array.

A recurrent cell computes its gates in one array, and the sigmoid of three slices out of four. Of
arrays that fit a cache a call of NumPy takes longer than its work, and a slice, whose rows do not
follow each other in memory, longer still.
"""

from __future__ import annotations

from autograd_lite.compiler.operations import is_elementwise
from autograd_lite.compiler.program import Program, Value
from autograd_lite.primitives import gather, multiply_no_nan

SMALL = 1 << 15  # bytes; of larger arrays the work takes longer than the call
LEAST_PART = 3 / 4  # of an array has to be in the slices: the rest is computed in vain


def widened(program: Program) -> Program:
    """The program with such operations on whole arrays; those whose results it keeps stay."""
    while group := _group(program):
        program = _together(program, group)
    return program


def _group(program: Program) -> list[Value]:
    """The first operations that are the same, on slices of the same array."""
    ends = {id(x) for x in (*program.results, *(new for _, new in program.assignments))}
    alike: dict[object, list[Value]] = {}
    for value in program.body:
        view = _slice_read(value)
        if view is not None and id(value) not in ends:
            others = tuple(id(view.inputs[0]) if x is view else _key(x) for x in value.inputs)
            alike.setdefault((value.function, value.dtype, others), []).append(value)
    for values in alike.values():
        views = {id(v): v for v in map(_slice_read, values) if v is not None}
        covered = sum(view.shape[-1] for view in views.values())
        base = _base(values[0])
        if len(values) > 1 and base.nbytes <= SMALL and covered >= LEAST_PART * base.shape[-1]:
            return values
    return []


def _slice_read(value: Value) -> Value | None:
    """The slice, along the last axis, of which an operation computes each element from one."""
    if not is_elementwise(value) or value.function is multiply_no_nan or value.keywords:
        return None
    found = [x for x in value.values() if x.shape]
    if len(found) != 1 or not _is_slice(found[0]) or value.order is not None:
        return None
    return found[0]


def _is_slice(x: Value) -> bool:
    index = x.keywords.get("index", ())
    if x.function is not gather or len(x.inputs) > 1 or len(index) != 2 or index[0] is not Ellipsis:
        return False
    return isinstance(index[1], slice) and index[1].step in (None, 1)


def _base(value: Value) -> Value:
    view = _slice_read(value)
    assert view is not None
    base: Value = view.inputs[0]
    return base


def _key(x: object) -> object:
    return id(x) if isinstance(x, Value) else (type(x), x)


def _together(program: Program, group: list[Value]) -> Program:
    first, base = group[0], _base(group[0])
    inputs = tuple(base if x is _slice_read(first) else x for x in first.inputs)
    whole = first.changed(inputs=inputs, shape=base.shape, name="")
    ids = {id(value) for value in group}
    originals = iter(program.body)

    def changed(_: Value) -> list[Value] | None:
        value = next(originals)
        view = _slice_read(value)
        if id(value) not in ids or view is None:
            return None
        seen = view.changed(inputs=(whole,), dtype=whole.dtype, name="")
        return [whole, seen] if value is first else [seen]

    return program.rewritten(changed)
