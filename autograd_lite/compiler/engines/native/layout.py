"""The layout of native code: which operations it takes over, in which order, in which loops.

Element-wise operations and reductions of one shape share a nest of loops. What is used only inside
of the nest that computes it is never written to memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from autograd_lite.compiler.engines.native.schedule import scheduled
from autograd_lite.compiler.engines.native.supported import REDUCED, in_order, is_native
from autograd_lite.compiler.operations import is_elementwise, is_filled, is_view
from autograd_lite.compiler.program import Program, Value
from autograd_lite.primitives import broadcast_to, cast, check_bounds

__all__ = ["NativeLayout", "Nest", "Run", "native_layout"]


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


def nests(values: Iterable[Value]) -> list[Nest]:
    """Operations, in order, grouped into nests."""
    found: list[Nest] = []
    for value in values:
        if is_view(value):
            continue
        shape = _iterated(value)
        if shape is None:
            found.append(Nest((), [value], True))
        elif (
            found and not found[-1].alone and found[-1].shape == shape and _joins(value, found[-1])
        ):
            found[-1].values.append(value)
        else:
            found.append(Nest(shape, [value]))
    return found


def _iterated(value: Value) -> tuple[int, ...] | None:
    """The shape that a value is computed over; None for one with loops of its own."""
    if value.function in REDUCED:
        shape: tuple[int, ...] = value.inputs[0].shape
        return shape
    if is_elementwise(value) or value.function in (broadcast_to, cast, np.copy, np.where):
        return value.shape
    return None


def _joins(value: Value, nest: Nest) -> bool:
    """Return whether all that it reads is outside of the nest, or at the same place in it."""
    inside = nest.inside
    reduced = {id(v) for v in nest.values if v.function in REDUCED}
    for x in value.values():
        base = x
        while is_view(base):
            base = base.inputs[0]
        if id(base) in reduced:
            return False
        if id(base) in inside and (base is not x or x.shape != nest.shape):
            return False
    return True


@dataclass(eq=False)
class Run:
    """Operations that follow each other, all of them native or none, with the views among them."""

    native: bool
    values: list[Value]

    @cached_property
    def nests(self) -> list[Nest]:
        """Those of a native run; fused updates have loops of their own."""
        return nests(v for v in self.values if v.loop is None) if self.native else []


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

    @property
    def all_native(self) -> bool:
        """Return whether NumPy computes nothing that could overflow."""
        return all(
            run.native or all(is_view(v) or v.function is check_bounds for v in run.values)
            for run in self.runs
        )

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
    ordered = scheduled(_in_rows(program), is_native)
    return NativeLayout(ordered, list(_runs(ordered)))


def _in_rows(program: Program) -> Program:
    """The program with all arrays in order in memory: native code adds up in an order of its own,
    and does not reshape a view that is turned or cut.
    """

    def ordered(value: Value) -> Value | list[Value]:
        value = value if value.order is None else value.changed(order=None)
        if value.function is np.broadcast_to:
            return value.changed(function=broadcast_to, keywords={"shape": value.shape})
        if value.function is np.reshape and is_view(value) and not in_order(value.inputs[0]):
            x = value.inputs[0]
            copied = value.changed(function=np.copy, inputs=(x,), keywords={}, shape=x.shape)
            copied.name = ""
            return [copied, value.with_inputs((copied,))]
        return value

    return program.rewritten(ordered)


def _runs(program: Program) -> Iterator[Run]:
    """Runs, as long as they can be; views go with what follows."""
    current: list[Value] = []
    kind: bool | None = None
    for value in program.body:
        native = is_native(value)
        if not is_view(value) and native is not kind:
            if kind is not None:
                yield Run(kind, current)
                current = []
            kind = native
        current.append(value)
    if current:
        yield Run(bool(kind), current)


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
