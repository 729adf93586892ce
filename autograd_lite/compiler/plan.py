"""The plan of memory: which values share a buffer, and when it is free again.

Each operation that fills an array is given a piece of one of a few buffers. A buffer is free when
nobody will read its value, or a view of it, again; an element-wise operation may then write over
its own input. What a plan decides, the sources write down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_lite.compiler.operations import (
    in_order,
    is_elementwise,
    is_filled,
    is_view,
    may_alias,
    may_raise,
)
from autograd_lite.compiler.parts import parts_of
from autograd_lite.compiler.program import Program, Value
from autograd_lite.primitives import multiply_no_nan


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
    """The memory that the values of a program live in.

    Attributes:
        buffers: all of them.
        buffer_of: for the id of a value the buffer that it is written to.
        state_of: for the id of a value the state whose array it is written to.
        destination_of: for the id of a gradient the part of a column that it is written to.
        bases: for the id of a view the value that it is a view of.
        loops: for the id of a fused update the plan of its loop's body.
        shapes: for the id of a value that is never there as a whole the shape of its part.
    """

    buffers: list[Buffer] = field(default_factory=list)
    buffer_of: dict[int, Buffer] = field(default_factory=dict)
    state_of: dict[int, Value] = field(default_factory=dict)
    destination_of: dict[int, Any] = field(default_factory=dict)
    bases: dict[int, Value] = field(default_factory=dict)
    loops: dict[int, Plan] = field(default_factory=dict)
    shapes: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def shape(self, value: Value) -> tuple[int, ...]:
        """The shape of the array that a value is written to."""
        return self.shapes.get(id(value), value.shape)

    def base(self, value: Value) -> Value:
        """The value whose memory a view shows."""
        return self.bases.get(id(value), value)

    @property
    def nbytes(self) -> int:
        """The bytes of all buffers."""
        return sum(buffer.nbytes for buffer in self.buffers)


@dataclass(eq=False)
class InParts:
    """Operations that are repeated for one part of the samples after the other.

    Attributes:
        ends: for each operation the last one that is repeated with it; None where it is not.
        shapes: by their ids the shapes of parts of values that nobody reads after the repetition.
            Such a part is written anew each time: only another part may share its memory. All else
            that is read or written in a repetition has to stay until it is over.
    """

    ends: list[int | None]
    shapes: dict[int, tuple[int, ...]]


def plan_memory(
    program: Program,
    *,
    fills: Callable[[Value], bool] = is_filled,
    reuse: bool = True,
    in_place: bool = True,
    ends_at: Sequence[int] | None = None,
    in_parts: InParts | None = None,
) -> Plan:
    """Give each value that is written into an array a buffer.

    Args:
        program: in its final form.
        fills: whether an operation writes into an array that it is given.
        reuse: whether buffers serve again.
        in_place: whether an operation may write over its input, or over the Variable that it is
            assigned to.
        ends_at: for each operation the last one of those that run interleaved with it, in one nest
            of loops; itself where it runs alone.
        in_parts: which operations are done part by part.
    """
    count = len(program.body)
    ends = list(range(count) if ends_at is None else ends_at)
    parts = InParts([None] * count, {}) if in_parts is None else in_parts
    return _Planner(program, fills, reuse, in_place, ends, parts).planned()


class _Planner:
    """Plans one program; see `plan_memory`."""

    def __init__(
        self,
        program: Program,
        fills: Callable[[Value], bool],
        reuse: bool,
        in_place: bool,
        ends_at: list[int],
        in_parts: InParts,
    ) -> None:
        self._program = program
        self._fills = fills
        self._reuse, self._in_place = reuse, in_place
        self._ends_at = ends_at
        self._repeated = in_parts.ends
        self._plan = Plan(shapes=in_parts.shapes)
        self._free: list[Buffer] = []
        self._free_parts: list[Buffer] = []  # free for what follows in the same repetition
        # For a value that may be a view, all that it may show.
        self._shown: dict[int, list[Value]] = {}
        # For each value that owns memory the last step that reads it, or what may be a view of it.
        self._last: dict[int, tuple[int, Value]] = {}
        self._read: dict[int, int] = {}  # for its id the last operation that reads it
        # For the id of a room of a loop over parts the value whose memory it takes over.
        self._replaced: dict[int, Value] = {}

    def planned(self) -> Plan:
        self._find_last_uses()
        self._place_gradients()
        if self._reuse and self._in_place:
            for step, value in enumerate(self._program.body):
                self._replace_in_parts(step, value)
        if self._in_place and self._program.guard is None:
            # With a guard, nothing may change before it is known to be finite.
            self._assign_in_place()
        dying: dict[int, list[Value]] = {}
        for step, value in self._last.values():
            dying.setdefault(step, []).append(value)
        for step, value in enumerate(self._program.body):
            self._step(step, value, dying.get(step, ()))
            if value.loop is not None:
                self._plan.loops[id(value)] = plan_memory(value.loop.body)
        return self._plan

    # -- how long values are needed --------------------------------------------------------------

    def _find_last_uses(self) -> None:
        program, end = self._program, len(self._program.body)
        for step, value in enumerate(program.body):
            for x in value.values():
                self._use(x, end if value.kind == "fused_update" else step)
            self._note_sharing(value)
            if id(value) not in self._last and not is_view(value):
                self._last[id(value)] = self._end(step, value), value
        guarded = [] if program.guard is None else [program.guard]
        for x in [*program.results, *guarded, *(new for _, new in program.assignments)]:
            self._use(x, end)

    def _use(self, x: Value, step: int) -> None:
        for owner in self._owners(x):
            self._last[id(owner)] = self._end(step, owner), owner
            self._read[id(owner)] = step

    def _end(self, step: int, owner: Value) -> int:
        """The step until which a value is needed that is read at one."""
        if step == len(self._program.body):
            return step
        whole = self._repeated[step]
        is_part = id(owner) in self._plan.shapes
        return self._ends_at[step] if whole is None or is_part else whole

    def _owners(self, x: Value) -> list[Value]:
        return self._shown.get(id(x)) or [self._plan.base(x)]

    def _note_sharing(self, value: Value) -> None:
        if is_view(value):
            base = value.inputs[0]
            self._plan.bases[id(value)] = self._plan.base(base)
            if id(base) in self._shown:
                self._shown[id(value)] = self._shown[id(base)]
        elif may_alias(value):
            self._shown[id(value)] = [value, *(o for x in value.values() for o in self._owners(x))]

    # -- arrays that are there already -----------------------------------------------------------

    def _place_gradients(self) -> None:
        """Gradients are written straight into the columns that a fused update reads."""
        found = self._plan.destination_of
        for update in self._program.body:
            if update.loop is None:
                continue
            for x, target in zip(update.inputs, update.loop.destinations, strict=False):
                if (
                    isinstance(x, Value)
                    and x.kind == "operation"
                    and self._fills(x)
                    and x.dtype == target.dtype
                    and x.order is None
                ):
                    found.setdefault(id(x), target)

    def _assign_in_place(self) -> None:
        """Write a value that a Variable is assigned there at once, if nobody needs the old one and
        nothing that follows can fail.
        """
        program = self._program
        raises = max((i for i, value in enumerate(program.body) if may_raise(value)), default=-1)
        steps = {id(value): i for i, value in enumerate(program.body)}
        news = [id(new) for _, new in program.assignments]
        results = {id(self._plan.base(x)) for x in program.results}
        for state, new in program.assignments:
            step = steps.get(id(new), -1)
            if (
                step > raises
                and news.count(id(new)) == 1
                and not results & {id(new), id(state)}
                and self._may_replace(state, new, step)
            ):
                self._plan.state_of[id(new)] = state

    def _may_replace(self, state: Value, new: Value, step: int) -> bool:
        """Return whether `new` may be written over the array of `state`: element by element as it
        is read, or when it has been read by all.
        """
        read = self._read.get(id(state), -1)
        if read > step:
            return False
        over = read < 0 or self._ends_at[read] < step
        together = (
            x
            for value, end in zip(self._program.body, self._ends_at, strict=True)
            if end == self._ends_at[step]
            for x in value.values()
        )
        return (
            self._fills(new)
            and self._repeated[step] is None
            and new.order is None
            and id(new) not in self._plan.destination_of
            and (over or (is_elementwise(new) and new.function is not multiply_no_nan))
            and all(x is state or self._plan.base(x) is not state for x in together)
        )

    def _replace_in_parts(self, step: int, value: Value) -> None:
        """Have what a loop over parts computes written over what nobody reads after the loop, where
        each part of it is read before it is written.
        """
        loop = parts_of(value)
        if loop is None:
            return
        cut, whole, rooms = loop.split(value.inputs)
        taken = {id(owner) for x in [*whole, *rooms] for owner in self._owners(x)}
        taken |= {id(owner) for x in cut if not in_order(x) for owner in self._owners(x)}
        for room, result in zip(rooms, loop.body.results, strict=True):
            for x, argument in zip(cut, loop.body.arguments, strict=False):
                base = self._plan.base(x)
                if (
                    id(base) not in taken
                    and self._owners(x) == [base]
                    and self._last.get(id(base)) == (step, base)
                    and base.size == x.size
                    and _runs_first(base)
                    and _runs_first(room)
                    and sum(base in self._owners(y) for y in cut) == 1
                    and loop.may_replace(argument, result)
                ):
                    self._replaced[id(room)] = base
                    taken.add(id(base))
                    break

    # -- buffers ---------------------------------------------------------------------------------

    def _step(self, step: int, value: Value, dying: Iterable[Value]) -> None:
        """Give one value a buffer; release those that nobody reads after it."""
        plan = self._plan
        dying = [v for v in dying if id(v) in plan.buffer_of]
        alone = self._runs_alone(step)
        early = [v for v in dying if alone and self._may_be_overwritten(v, value, step)]
        self._release(early)
        placed = id(value) in plan.state_of or id(value) in plan.destination_of
        if self._fills(value) and not placed:
            replaced = self._replaced.get(id(value))
            known = None if replaced is None else plan.buffer_of.get(id(replaced))
            buffer = self._free_buffer(value) if known is None else known
            buffer.values.append(value)
            plan.buffer_of[id(value)] = buffer
        self._release(v for v in dying if v not in early)
        if self._repeated[step] == step:
            self._free += self._free_parts
            self._free_parts = []

    def _release(self, values: Iterable[Value]) -> None:
        if self._reuse:
            lasting = {id(x) for x in self._replaced.values()}  # whose buffers others have by now
            for v in (v for v in values if id(v) not in lasting):
                free = self._free_parts if id(v) in self._plan.shapes else self._free
                free.append(self._plan.buffer_of[id(v)])

    def _runs_alone(self, step: int) -> bool:
        ends = self._ends_at
        return ends[step] == step and (step == 0 or ends[step - 1] != step)

    def _may_be_overwritten(self, x: Value, by: Value, step: int) -> bool:
        """Return whether each element of x is read just before it is written, and not in a view."""
        return (
            self._reuse
            and self._in_place
            and is_elementwise(by)
            and by.function is not multiply_no_nan
            and (x.shape, x.dtype, x.order) == (by.shape, by.dtype, by.order)
            and (self._repeated[step] is None or {id(x), id(by)} <= self._plan.shapes.keys())
            and any(x is y for y in by.inputs)
            and all(y is x or self._plan.base(y) is not x for y in by.values())
        )

    def _free_buffer(self, value: Value) -> Buffer:
        """The smallest free buffer that is large enough, and not far too large; else a new one."""
        size = math.prod(self._plan.shape(value))
        is_part = id(value) in self._plan.shapes
        for free in [self._free_parts, self._free] if is_part else [self._free]:
            fitting = [b for b in free if b.dtype == value.dtype and size <= b.size <= 2 * size]
            if fitting:
                best = min(fitting, key=lambda buffer: buffer.size)
                free.remove(best)
                return best
        self._plan.buffers.append(Buffer(value.dtype, size))
        return self._plan.buffers[-1]


def _runs_first(x: Value) -> bool:
    """Return whether the first axis is the outermost in memory."""
    return x.order is None or x.order[0] == 0
