"""In which order operations of several kinds follow each other: with few changes between them."""

from __future__ import annotations

import heapq
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
        self._first = 0  # the position of the first one that is not done
        self._effects = [i for i, v in enumerate(self._waiting) if has_effect(v)][::-1]
        self._readers: dict[int, list[int]] = {}
        self._missing = [self._note_reader(v, i) for i, v in enumerate(self._waiting)]
        self._ready = [i for i, missing in enumerate(self._missing) if not missing]

    def _note_reader(self, value: Value, position: int) -> int:
        """Note what has to be done before an operation; return of how many results."""
        awaited = self._awaited(value)
        for x in awaited:
            self._readers.setdefault(x, []).append(position)
        return len(awaited)

    def _awaited(self, value: Value) -> set[int]:
        found = set(self._updates) if value.phase == "projection" else set()
        for x in value.values():
            if id(x) in self._at_need:
                found |= self._awaited(x)
            elif x.kind in ("operation", "fused_update"):
                found.add(id(x))
        return found

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
        while self._ready:
            if not self._pass(found[-1]):
                found.append(Stretch(self._next_kind()))
        return [stretch for stretch in found if stretch.values]

    def _pass(self, stretch: Stretch) -> bool:
        """Go over what could be done once, in order, and what that makes possible; return whether
        an operation could join the stretch.
        """
        progressed = False
        ready, self._ready = self._ready, []
        while ready:
            position = heapq.heappop(ready)
            value = self._waiting[position]
            if self._joins(value, position, stretch):
                self._append(value, stretch)
                self._note_done(value, position, ready)
                progressed = progressed or not (is_view(value) or value.function is room)
            else:
                self._ready.append(position)
        return progressed

    def _append(self, value: Value, stretch: Stretch) -> None:
        for x in value.values():
            if id(x) in self._at_need and id(x) not in self._done:
                self._append(x, stretch)
        stretch.values.append(value)
        self._done.add(id(value))
        if id(value) in self._parts and stretch.kind is Kind.PARTS:
            stretch.parts[id(value)] = self._parts[id(value)]

    def _note_done(self, value: Value, position: int, ready: list[int]) -> None:
        if self._effects and self._effects[-1] == position:
            self._effects.pop()
        while self._first < len(self._waiting) and id(self._waiting[self._first]) in self._done:
            self._first += 1
        for reader in self._readers.get(id(value), ()):
            self._missing[reader] -= 1
            if not self._missing[reader]:
                heapq.heappush(ready, reader)

    def _joins(self, value: Value, position: int, stretch: Stretch) -> bool:
        if value.kind == "fused_update" and position != self._first:
            return False
        updated = bool(stretch.values) and stretch.values[-1].kind == "fused_update"
        if value.phase == "projection" and updated:
            return False
        if is_view(value) or value.function is room:
            return True
        if stretch.kind is Kind.PARTS:  # it takes small operations, too
            part = self._parts.get(id(value))
            return part is not None and stretch.takes(part)
        return self._kinds[id(value)] is stretch.kind and not self._is_held(value, position)

    def _is_held(self, value: Value, position: int) -> bool:
        """Return whether an effect has to wait for one before it."""
        return has_effect(value) and self._effects[-1] != position

    def _next_kind(self) -> Kind:
        """The kind of the first operation that could be done now."""
        for position in self._ready:
            value = self._waiting[position]
            if not self._is_held(value, position):
                return self._kinds[id(value)]
        raise AssertionError("operations that wait for each other")
