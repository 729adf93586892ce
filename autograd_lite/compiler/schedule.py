"""In which order operations of several kinds follow each other: with few changes between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from autograd_lite.compiler.loops import room
from autograd_lite.compiler.operations import base_of, has_effect, is_view
from autograd_lite.compiler.program import Program, Value
from autograd_lite.compiler.samples import (
    Part,
    is_laid_out,
)


class Kind(Enum):
    """The way an operation is done."""

    NUMPY = "by NumPy"
    WHOLE = "natively"
    PARTS = "for a few samples after the other"


@dataclass(eq=False)
class Stretch:
    """Operations of one kind that follow each other, with the views among them.

    Attributes:
        kind: of them.
        values: in order.
        parts: of those that are done in parts, by their ids.
    """

    kind: Kind
    values: list[Value] = field(default_factory=list)
    parts: dict[int, Part] = field(default_factory=dict)

    def takes(self, part: Part) -> bool:
        """Return whether an operation can be done in one loop over the samples with those before
        it: what it reads as a whole, and sums, are finished when the loop is.
        """
        for x in part.whole:
            if id(base_of(x)) in self.parts:
                return False
        own = (self.parts.get(id(base_of(x))) for x in part.cut)
        return not any(p is not None and p.summed for p in own)


def scheduled(
    program: Program, parts: dict[int, Part], kind: Callable[[Value], Kind]
) -> list[Stretch]:
    """The same operations in stretches, each as long as it can be.

    Draws and other effects keep their order, and fused updates are last, so that nothing is
    changed before a guard; only projections of what they have updated follow them.

    Args:
        program: in its final form.
        parts: of operations that can be done in parts, by their ids.
        kind: the way in which an operation is done where there is a choice.
    """
    return _Scheduler(program, parts, kind).stretches()


class _Scheduler:
    def __init__(
        self, program: Program, parts: dict[int, Part], kind: Callable[[Value], Kind]
    ) -> None:
        self._done: set[int] = set()
        self._parts = parts
        self._kinds = {id(v): kind(v) for v in program.body}
        self._at_need = self._done_at_need(program)
        self._updates = {id(v) for v in program.body if v.kind == "fused_update"}
        self._waiting = [v for v in program.body if id(v) not in self._at_need]

    def _done_at_need(self, program: Program) -> set[int]:
        """Windows that are laid out for operations in parts, and views of them: each is done right
        before its first reader.
        """
        found = {id(v) for v in program.body if is_laid_out(v) and self._kinds[id(v)] is Kind.PARTS}
        for value in program.body:
            if not is_view(value) and id(value) not in self._parts:
                found -= {id(base_of(x)) for x in value.values()}
        for x in [*program.results, *(new for _, new in program.assignments)]:
            found.discard(id(base_of(x)))
        return found | {id(v) for v in program.body if is_view(v) and id(base_of(v)) in found}

    def stretches(self) -> list[Stretch]:
        found = [Stretch(Kind.NUMPY)]
        while self._waiting:
            if not self._pass(found[-1]):
                found.append(Stretch(self._next_kind()))
        return [stretch for stretch in found if stretch.values]

    def _pass(self, stretch: Stretch) -> bool:
        """Go over what is waiting once; return whether an operation could join the stretch."""
        progressed = held = False  # held: an effect was passed over; those after it wait
        rest: list[Value] = []
        for value in self._waiting:
            acts = has_effect(value)
            last = value.kind == "fused_update"
            if self._is_ready(value) and not (last and rest) and self._joins(value, stretch, held):
                self._append(value, stretch)
                progressed = progressed or not (is_view(value) or value.function is room)
            else:
                held = held or acts
                rest.append(value)
        self._waiting = rest
        return progressed

    def _append(self, value: Value, stretch: Stretch) -> None:
        for x in value.values():
            if id(x) in self._at_need and id(x) not in self._done:
                self._append(x, stretch)
        stretch.values.append(value)
        self._done.add(id(value))
        if id(value) in self._parts and stretch.kind is Kind.PARTS:
            stretch.parts[id(value)] = self._parts[id(value)]

    def _is_ready(self, value: Value) -> bool:
        if value.phase == "projection" and not self._updates <= self._done:
            return False
        return all(
            x.kind not in ("operation", "fused_update")
            or id(x) in self._done
            or (id(x) in self._at_need and self._is_ready(x))
            for x in value.values()
        )

    def _joins(self, value: Value, stretch: Stretch, held: bool) -> bool:
        updated = bool(stretch.values) and stretch.values[-1].kind == "fused_update"
        if value.phase == "projection" and updated:
            return False
        if is_view(value) or value.function is room:
            return True
        if stretch.kind is Kind.PARTS:  # it takes small operations, too
            part = self._parts.get(id(value))
            return part is not None and stretch.takes(part)
        return self._kinds[id(value)] is stretch.kind and not (held and has_effect(value))

    def _next_kind(self) -> Kind:
        """The kind of the first operation that could be done now."""
        held = False
        for value in self._waiting:
            acts = has_effect(value)
            if self._is_ready(value) and not (held and acts):
                return self._kinds[id(value)]
            held = held or acts
        raise AssertionError("operations that wait for each other")
