"""Where the values of a program live: which share memory, and when it is free again.

Each operation that fills an array is given a piece of one of a few blocks. A block is free when
nobody will read its value, or a view of it, again; an element-wise operation may then write over
its own input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_lite.compiler.passes.broadcasts import is_elementwise
from autograd_lite.compiler.program import Program, Value
from autograd_lite.primitives import (
    broadcast_to,
    cast,
    drawn,
    gather,
    multiply_no_nan,
    subtract_max,
)
from autograd_lite.rules.einsum import einsum
from autograd_lite.rules.joining import concatenate, stack
from autograd_lite.table import is_numpy

__all__ = ["Buffer", "Plan", "in_rows", "is_view", "may_alias", "plan", "shows", "transposed_axes"]


@dataclass(eq=False)
class Buffer:
    """A block of memory, and what is in it over time."""

    dtype: Any
    size: int
    values: list[Value] = field(default_factory=list)

    @property
    def nbytes(self) -> int:
        """Its bytes."""
        return int(self.size * self.dtype.itemsize)


@dataclass(eq=False)
class Plan:
    """The plan.

    Attributes:
        buffers: the blocks.
        buffer_of: for the id of a value the block that it is written to.
        state_of: for the id of a value the state whose array it is written to.
        destination_of: for the id of a value the array of somebody else's that it is written to.
        roots: for the id of a view the value that it is a view of.
    """

    buffers: list[Buffer] = field(default_factory=list)
    buffer_of: dict[int, Buffer] = field(default_factory=dict)
    state_of: dict[int, Value] = field(default_factory=dict)
    destination_of: dict[int, Any] = field(default_factory=dict)
    roots: dict[int, Value] = field(default_factory=dict)

    def root(self, value: Value) -> Value:
        """The value whose memory a view shows."""
        return self.roots.get(id(value), value)

    @property
    def nbytes(self) -> int:
        """The bytes of all blocks."""
        return sum(buffer.nbytes for buffer in self.buffers)


def is_view(value: Value) -> bool:
    """Whether the result shares the memory of its first input (a reshape might have to copy)."""
    if value.function in (np.transpose, np.broadcast_to):
        return True
    if value.function is np.reshape:
        return in_rows(value) and (_only_ones(value) or _stays_in_order(value.inputs[0]))
    if value.function is gather:
        return len(value.inputs) == 1
    return False


def in_rows(reshape: Value) -> bool:
    """Whether a reshape takes the elements row by row, as C does, and not as Fortran does."""
    return bool(reshape.keywords.get("order", "C") == "C")


def _only_ones(value: Value) -> bool:
    """Whether a reshape adds and removes axes of length 1 alone, for which nothing is copied."""
    before, after = value.inputs[0].shape, value.shape
    return [n for n in before if n != 1] == [n for n in after if n != 1]


def transposed_axes(value: Value) -> tuple[int, ...]:
    """The axes of a transposition, in order."""
    axes = value.keywords.get("axes")
    n = len(value.shape)
    return tuple(range(n))[::-1] if axes is None else tuple(int(i) % n for i in axes)


def _stays_in_order(x: Any) -> bool:
    """Whether x lies in memory in the order of its elements."""
    if not isinstance(x, Value) or x.order is not None:
        return False
    if x.kind == "argument":
        return False  # it may be strided
    if x.kind in ("state", "constant"):
        return bool(x.storage is None or _array_of(x).flags.c_contiguous)
    if x.function in (np.transpose, gather, np.broadcast_to):
        return False
    if x.function is np.reshape and in_rows(x):
        return not _only_ones(x) or _stays_in_order(x.inputs[0])
    return x.kind != "operation" or not may_alias(x)


def _array_of(x: Value) -> Any:
    return x.storage._data if x.kind == "state" else x.storage


# Operations that NumPy answers with an array of its own, whatever it is given.
_FRESH = {np.sort, np.argsort, np.roll, np.tril, np.triu, np.isclose, np.searchsorted}


def may_alias(value: Value) -> bool:
    """Whether the result may share memory with an input, though it is no view that is known."""
    function = value.function
    if value.kind != "operation" or is_view(value) or function in _FRESH:
        return False
    if function is gather or function is drawn or isinstance(function, np.ufunc):
        return False
    if function is np.reshape:
        return not in_rows(value)
    return function in _VIEWS or not is_numpy(function) or function in (np.einsum, np.squeeze)


def shows(value: Value, states: set[int]) -> bool:
    """Whether a value is one of these states, or may be a view of one."""
    if id(value) in states:
        return True
    if is_view(value):
        return shows(value.inputs[0], states)
    return may_alias(value) and any(shows(x, states) for x in value.values())


_VIEWS = {
    np.swapaxes, np.moveaxis, np.matrix_transpose, np.linalg.matrix_transpose, np.expand_dims,
    np.ravel, np.flip, np.rot90, np.real, np.diagonal, np.squeeze,
}  # fmt: skip


_WITHOUT_CONDITIONS = {
    subtract_max, cast, concatenate, drawn, einsum, broadcast_to, stack, np.all, np.any, np.argmax,
    np.argmin, np.copy, np.cumprod, np.cumsum, np.matmul, np.max, np.mean, np.min, np.prod,
    np.reshape, np.sum, np.where,
}  # fmt: skip


def plan(
    program: Program,
    filled: Any,
    reuse: bool = True,
    in_place: bool = True,
    ends_at: Sequence[int] | None = None,
) -> Plan:
    """Give each value that `filled` says is written into an array a buffer.

    Args:
        program: in its final form.
        filled: whether an operation writes into an array that it is given.
        reuse: whether blocks serve again.
        in_place: whether an operation may write over its input, or over the Variable that it is
            assigned to.
        ends_at: for each operation the last one of those that run interleaved with it, in one nest
            of loops; itself where it runs alone.
    """
    memory = Plan()
    steps = list(ends_at or range(len(program.body)))
    last = _last_uses(program, memory, steps)
    _place_gradients(program, memory, filled)
    if in_place:
        _assign_in_place(program, memory, filled, last, steps)
    free: list[Buffer] = []
    ends: dict[int, list[Value]] = {}
    for step, value in last.values():
        ends.setdefault(step, []).append(value)
    alone = [step == end and (not step or steps[step - 1] != end) for step, end in enumerate(steps)]
    for step, value in enumerate(program.body):
        dying = [v for v in ends.get(step, ()) if id(v) in memory.buffer_of]
        early = [
            v
            for v in dying
            if reuse and in_place and alone[step] and _may_be_overwritten(v, value, memory)
        ]
        free += [memory.buffer_of[id(v)] for v in early]
        if filled(value) and not _placed(value, memory):
            buffer = _best(free, value) if reuse else None
            if buffer is None:
                buffer = Buffer(value.dtype, value.size)
                memory.buffers.append(buffer)
            else:
                free.remove(buffer)
            buffer.values.append(value)
            memory.buffer_of[id(value)] = buffer
        if reuse:
            free += [memory.buffer_of[id(v)] for v in dying if v not in early]
    return memory


def _placed(value: Value, memory: Plan) -> bool:
    return id(value) in memory.state_of or id(value) in memory.destination_of


def _last_uses(
    program: Program, memory: Plan, ends_at: Sequence[int]
) -> dict[int, tuple[int, Value]]:
    """For each value that owns memory the last step that reads it, or what may be a view of it."""
    last: dict[int, tuple[int, Value]] = {}
    shared: dict[int, list[Value]] = {}  # for a value that may be a view, all that it may show
    end = len(program.body)

    def used(x: Value, step: int) -> None:
        for owner in shared.get(id(x), [memory.root(x)]):
            last[id(owner)] = step, owner

    for step, value in enumerate(program.body):
        for x in value.values():
            used(x, end if value.kind == "fused_update" else ends_at[step])
        if is_view(value):
            base = value.inputs[0]
            memory.roots[id(value)] = memory.root(base)
            if id(base) in shared:
                shared[id(value)] = shared[id(base)]
        elif may_alias(value):
            owners = [o for x in value.values() for o in shared.get(id(x), [memory.root(x)])]
            shared[id(value)] = [value, *owners]
        if id(value) not in last and not is_view(value):
            last[id(value)] = ends_at[step], value
    guarded = [] if program.guard is None else [program.guard]
    for x in [*program.results, *guarded, *(new for _, new in program.assignments)]:
        used(x, end)
    return last


def _place_gradients(program: Program, memory: Plan, filled: Any) -> None:
    """Gradients are written straight into the columns that a fused update reads."""
    for value in program.body:
        if value.kind != "fused_update":
            continue
        for x, target in zip(value.inputs, value.storage.destination, strict=False):
            if (
                isinstance(x, Value)
                and x.kind == "operation"
                and filled(x)
                and id(x) not in memory.destination_of
                and x.dtype == target.dtype
                and x.order is None
            ):
                memory.destination_of[id(x)] = target


def _assign_in_place(
    program: Program,
    memory: Plan,
    filled: Any,
    last: dict[int, tuple[int, Value]],
    ends_at: Sequence[int],
) -> None:
    """A value that a Variable is assigned is written there at once, if nobody needs the old and
    nothing that follows can fail.
    """
    raises = max((i for i, value in enumerate(program.body) if _may_raise(value)), default=-1)
    steps = {id(value): i for i, value in enumerate(program.body)}
    news = [id(new) for _, new in program.assignments]
    results = {id(memory.root(x)) for x in program.results}
    if program.guard is not None:
        return  # nothing may change before it is known to be finite
    for state, new in program.assignments:
        step = steps.get(id(new))
        if (
            step is not None
            and step > raises
            and filled(new)
            and new.order is None
            and is_elementwise(new)
            and new.function is not multiply_no_nan
            and news.count(id(new)) == 1
            and id(new) not in results
            and id(state) not in results
            and id(new) not in memory.destination_of
            and last.get(id(state), (-1, state))[0] <= step
            and all(
                _aligned(x, state, memory)
                for value, end in zip(program.body, ends_at, strict=True)
                if end == ends_at[step]
                for x in value.values()
            )
        ):
            memory.state_of[id(new)] = state


def _may_raise(value: Value) -> bool:
    """Whether an operation may refuse values: those of an index, or a singular matrix."""
    return value.kind == "operation" and not (
        is_elementwise(value) or is_view(value) or value.function in _WITHOUT_CONDITIONS
    )


def _aligned(x: Value, state: Value, memory: Plan) -> bool:
    """Whether an input is the state itself, or has nothing to do with it."""
    return x is state or memory.root(x) is not state


def _may_be_overwritten(x: Value, by: Value, memory: Plan) -> bool:
    """Whether each element of x is read just before it is written, and not as part of a view."""
    return (
        is_elementwise(by)
        and by.function is not multiply_no_nan
        and x.shape == by.shape
        and x.dtype == by.dtype
        and x.order == by.order
        and any(x is y for y in by.inputs)
        and all(y is x or memory.root(y) is not x for y in by.values())
    )


def _best(free: list[Buffer], value: Value) -> Buffer | None:
    """The smallest free block that is large enough, and not far too large."""
    fitting = [p for p in free if p.dtype == value.dtype and value.size <= p.size <= 2 * value.size]
    return min(fitting, key=lambda p: p.size, default=None)
