"""The layout of native code: which operations it takes over, in which order, in which loops.

Element-wise operations and reductions of one shape share a nest of loops. What is used only inside
of the nest that computes it is never written to memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from autograd_lite.compiler.engines.native.in_panels import in_panels
from autograd_lite.compiler.engines.native.in_rows import in_rows
from autograd_lite.compiler.engines.native.in_steps import in_steps
from autograd_lite.compiler.engines.native.products import is_done_in_loops
from autograd_lite.compiler.engines.native.scalars import OF_FLOAT32
from autograd_lite.compiler.engines.native.supported import (
    REDUCED,
    UNROLLED,
    is_native,
    is_plain,
)
from autograd_lite.compiler.loops import joined_part, room, with_rooms
from autograd_lite.compiler.operations import (
    base_of,
    is_elementwise,
    is_filled,
    is_view,
    shows,
)
from autograd_lite.compiler.passes.common import common
from autograd_lite.compiler.plan import InParts
from autograd_lite.compiler.program import Program, Value
from autograd_lite.compiler.samples import (
    Part,
    Samples,
    is_laid_out,
)
from autograd_lite.compiler.schedule import Kind, Stretch, scheduled
from autograd_lite.openblas import usable_cores
from autograd_lite.primitives import broadcast_to, cast
from autograd_lite.rules.padding import pad
from autograd_lite.rules.windows import fold
from autograd_lite.threads import num_threads

_PLACED = {*REDUCED, fold, pad, joined_part}  # loop over what they read
MOST_LANES = 8  # of a run with sums: each has memory for all of them; and threads of any run
MANY_FUNCTIONS = 3  # exponential and its kin in one nest
_ONE_BY_ONE = {broadcast_to, cast, np.copy, np.where, *UNROLLED}


@dataclass(eq=False)
class Nest:
    """Operations that are computed element by element in one nest of loops.

    Attributes:
        shape: what the loops run over.
        values: in order.
        alone: whether it is one operation with loops of its own.
    """

    shape: tuple[int, ...]
    values: list[Value] = field(default_factory=list)
    alone: bool = False

    @property
    def inside(self) -> set[int]:
        """The ids of its values."""
        return {id(value) for value in self.values}


def nests(values: Iterable[Value], in_loop: bool = False) -> list[Nest]:
    """Operations, in order, grouped into nests; `in_loop`: those of a step of a loop."""
    found: list[Nest] = []
    for value in values:
        if is_view(value) or value.function is room:
            continue
        shape = _iterated(value)
        if shape is None:
            found.append(Nest((), [value], True))
        elif (
            found
            and not found[-1].alone
            and found[-1].shape == shape
            and _joins(value, found[-1])
            and not (in_loop and _waits(value, found[-1]))
        ):
            found[-1].values.append(value)
        else:
            found.append(Nest(shape, [value]))
    return found


def _iterated(value: Value) -> tuple[int, ...] | None:
    """The shape that a value is computed over; None for one with loops of its own."""
    if value.function in _PLACED:
        shape: tuple[int, ...] = value.inputs[0].shape
        return shape
    if is_elementwise(value) or value.function in _ONE_BY_ONE:
        return value.shape
    return None


def _joins(value: Value, nest: Nest) -> bool:
    """Return whether all that it reads is outside of the nest, or at the same place in it."""
    inside = nest.inside
    unfinished = {id(v) for v in nest.values if v.function in _PLACED}
    if any(id(x) in unfinished for x in _read_by(value)):
        return False
    for x in value.values():
        if id(base_of(x)) in inside and (is_view(x) or x.shape != nest.shape):
            return False
    return True


def _waits(value: Value, nest: Nest) -> bool:
    """Return whether a nest of several functions has another one to be waited for.

    A processor looks a few hundred instructions ahead: in a short nest, where one function follows
    from another, it meanwhile begins with the next elements. What is written and read once more
    for that is small in a loop, and in the cache.
    """
    functions = [v for v in nest.values if v.function in OF_FLOAT32]
    if value.function not in OF_FLOAT32 or len(functions) < MANY_FUNCTIONS:
        return False
    after = {id(v) for v in functions}
    for v in nest.values:
        if any(id(x) in after for x in v.values()):
            after.add(id(v))
    return any(id(x) in after for x in value.values())


@dataclass(eq=False)
class Run:
    """Operations that follow each other, all of them native or none, with the views among them.

    Attributes:
        native: whether they are.
        values: in order.
        parts: how each is done for a part of the samples; empty where all is done at once.
        at_once: the samples of a part.
        count: the samples.
        slots: threads that may do parts at the same time, each with memory of its own.
        in_loop: whether they are a step of a loop.
    """

    native: bool
    values: list[Value]
    parts: dict[int, Part] = field(default_factory=dict)
    at_once: int = 0
    count: int = 0
    slots: int = 1
    in_loop: bool = False

    @cached_property
    def nests(self) -> list[Nest]:
        """Those of a native run; fused updates have loops of their own."""
        values = (v for v in self.values if v.loop is None)
        return nests(values, self.in_loop) if self.native else []

    @cached_property
    def cut(self) -> set[int]:
        """The ids of the arrays of which a part is read or written at a time."""
        found = {id(v) for v in self.values if id(v) in self.parts and not self.is_summed(v)}
        return found | {id(base_of(x)) for part in self.parts.values() for x in part.cut}

    def is_summed(self, value: Value) -> bool:
        """Return whether a value is a sum over the samples."""
        part = self.parts.get(id(value))
        return part is not None and part.summed

    @property
    def part_count(self) -> int:
        """The number of parts."""
        return -(-self.count // self.at_once)

    @cached_property
    def each_lane(self) -> int:
        """The number of parts that follow each other in one lane, which one thread does: sums are
        first those of lanes. More than one only where there are sums.
        """
        sums = any(self.is_summed(v) for v in self.values)
        return -(-self.part_count // MOST_LANES) if sums else 1

    @property
    def lanes(self) -> int:
        """The number of lanes, which any threads may do in any order."""
        return -(-self.part_count // self.each_lane)


@dataclass(eq=False)
class NativeLayout:
    """A program in the order in which native and NumPy operations run.

    Attributes:
        program: its operations in that order.
        runs: the same, in runs.
    """

    program: Program
    runs: list[Run]

    def __post_init__(self) -> None:
        self._nest_of = {id(v): n for run in self.runs for n in run.nests for v in n.values}
        self._users = _users(self.program)
        self._native = {
            id(v) for run in self.runs if run.native for v in run.values if not is_view(v)
        }
        for value in reversed(self.program.body):  # views that only native code reads are native
            if is_view(value) and not self.is_seen(value):
                self._native.add(id(value))

    @cached_property
    def last(self) -> Run | None:
        """The last native run."""
        return next((run for run in reversed(self.runs) if run.native), None)

    @cached_property
    def all_native(self) -> bool:
        """Return whether NumPy computes nothing."""
        others = (x for run in self.runs if not run.native for x in run.values)
        return all(is_view(x) or x.function is room for x in others)

    @cached_property
    def is_whole(self) -> bool:
        """Return whether one native call does it all: no Variable gets what shows another one."""
        program = self.program
        assigned = {id(state) for state, _ in program.assignments}
        ends = [*program.results, *(new for _, new in program.assignments)]
        guard = program.guard
        return (
            self.last is not None
            and self.all_native
            and not any(shows(x, assigned) for x in ends)
            and (guard is None or base_of(guard).kind == "operation")
            and all(map(is_plain, (*program.arguments, *ends)))
        )

    def in_parts(self) -> InParts:
        """The operations that are repeated part by part, and the values that nobody reads later."""
        ends: list[int | None] = []
        shapes: dict[int, tuple[int, ...]] = {}
        for run in self.runs:
            end = len(ends) + len(run.values) - 1
            ends += [end if run.parts else None] * len(run.values)
            inside = {id(v): v for v in run.values} if run.parts else {}
            for value in run.values if run.parts else []:
                if id(value) not in run.parts or run.is_summed(value):
                    continue
                if self._stays(value, inside):
                    rows = value.shape[0] // run.count * run.at_once
                    shapes[id(value)] = (run.slots * rows, *value.shape[1:])
        return InParts(ends, shapes)

    def _stays(self, value: Value, inside: dict[int, Value]) -> bool:
        """Return whether a value is read inside of its run alone, directly or through a view."""
        for user in self._users.get(id(value), ()):
            found = inside.get(user)
            if found is None or (is_view(found) and not self._stays(found, inside)):
                return False
        return True

    def ends_at(self) -> list[int]:
        """For each operation the last one of its nest."""
        position = {id(v): i for i, v in enumerate(self.program.body)}
        ends = list(range(len(self.program.body)))
        for nest in self._nest_of.values():
            end = max(position[id(v)] for v in nest.values)
            for v in nest.values:
                ends[position[id(v)]] = end
        return ends

    def fills(self, value: Value) -> bool:
        """Return whether a value has an array of its own: not one that stays inside of its nest."""
        if value.dtype is None or value.function is joined_part:
            return False
        return self.stored(value) if id(value) in self._nest_of else is_filled(value)

    def stored(self, value: Value) -> bool:
        """Return whether a value of a nest is read outside of it."""
        nest = self._nest_of[id(value)]
        if nest.alone or nest.shape != value.shape:
            return True
        inside = nest.inside
        return any(user not in inside for user in self._users.get(id(value), ()))

    def is_seen(self, view: Value) -> bool:
        """Return whether NumPy reads a view, or a view of it; native code makes its own."""
        return any(user not in self._native for user in self._users.get(id(view), ()))


def native_layout(program: Program) -> NativeLayout:
    """Sort the operations of a program into native ones and NumPy's."""
    program = common(in_panels(in_steps(in_rows(program))))
    program = with_rooms(program)  # rooms that are alike are none the same
    samples = Samples(program)
    program = _windows_at_hand(program, samples)
    runs = []
    for stretch in _stretches(program, samples):
        run = Run(stretch.kind is not Kind.NUMPY, stretch.values, stretch.parts)
        if stretch.parts:
            run.count, run.at_once = samples.count, samples.at_once(stretch.values)
            run.values = _brought_together(run.values)
            run.slots = min(run.lanes, MOST_LANES, max(num_threads(), usable_cores()))
        runs.append(run)
    return NativeLayout(replace(program, body=[v for run in runs for v in run.values]), runs)


def _stretches(program: Program, samples: Samples) -> list[Stretch]:
    native = {id(v) for v in program.body if is_native(v)}
    parts = {
        id(v): part
        for v in program.body
        if id(v) in native and not is_done_in_loops(v) and (part := samples.part(v))
    }

    def kind(value: Value) -> Kind:
        if id(value) in parts and samples.pays(value):
            return Kind.PARTS
        return Kind.WHOLE if id(value) in native else Kind.NUMPY

    return scheduled(program, parts, kind)


def layout_of_body(body: Program) -> NativeLayout:
    """As `native_layout`, for the body of a loop in the forms of `in_rows`, with its rooms."""
    runs = [
        Run(stretch.kind is not Kind.NUMPY, _brought_together(stretch.values), in_loop=True)
        for stretch in _stretches(body, Samples(replace(body, body=[])))
    ]
    return NativeLayout(replace(body, body=[v for run in runs for v in run.values]), runs)


def _brought_together(values: list[Value]) -> list[Value]:
    """The same operations; each follows the nest that it can share, though others lie between."""
    found: list[Nest] = []
    views: dict[int, list[Value]] = {}
    place: dict[int, int] = {}
    for value in values:
        if is_view(value):
            views.setdefault(id(base_of(value)), []).append(value)
            continue
        shape = _iterated(value)
        read = max((place.get(id(x), -1) for x in _read_by(value)), default=-1)
        for at in range(len(found) - 1, max(read, 0) - 1, -1):
            nest = found[at]
            if shape is not None and not nest.alone and nest.shape == shape and _joins(value, nest):
                nest.values.append(value)
                break
        else:
            at = len(found)
            found.append(Nest(shape or (), [value], shape is None))
        place[id(value)] = at
    outside = {id(v) for v in values} - place.keys()
    first = [v for v in values if id(v) in outside and id(base_of(v)) not in place]
    return first + [x for n in found for v in n.values for x in (v, *views.get(id(v), ()))]


def _read_by(value: Value) -> Iterator[Value]:
    """Values that a value depends on; in place of views those that they depend on."""
    for x in value.values():
        if is_view(x):
            yield from _read_by(x)
        else:
            yield x


def _windows_at_hand(program: Program, samples: Samples) -> Program:
    """The program where each reader of windows that are laid out in memory has its own: to lay out
    a few samples once more takes less time than to keep them all.
    """
    known: set[int] = set()

    def anew(value: Value) -> list[Value] | None:
        if is_view(value) or value.kind != "operation":
            return None
        made: list[Value] = []
        inputs = list(value.inputs)
        for i, x in enumerate(inputs):
            if isinstance(x, Value) and is_laid_out(base_of(x)) and samples.pays(base_of(x)):
                if id(base_of(x)) in known:
                    inputs[i] = _again(x, made)
                known.add(id(base_of(x)))
        return [*made, value.with_inputs(inputs)] if made else None

    return program.rewritten(anew)


def _again(x: Value, made: list[Value]) -> Value:
    """A view of a copy, made once more."""
    again = x.changed(name="")
    if is_view(x):
        again = again.with_inputs((_again(x.inputs[0], made), *x.inputs[1:]))
    made.append(again)
    return again


def _users(program: Program) -> dict[int, set[int]]:
    """For each value the ids of what reads it, a view's readers counting as its base's; the
    program's results, assignments and guard read it too.
    """
    users: dict[int, set[int]] = {}
    for value in program.body:
        for x in value.values():
            users.setdefault(id(x), set()).add(id(value))
    ends = [*program.results, *(new for _, new in program.assignments)]
    for x in [*ends, *([program.guard] if program.guard is not None else [])]:
        users.setdefault(id(x), set()).add(-1)
    return users
