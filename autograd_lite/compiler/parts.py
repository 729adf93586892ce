"""`PartLoop`: operations that NumPy does for a few samples after the other.

An array of all samples is many times larger than a processor's cache, and one call of NumPy is work
of one thread. Cut into parts, what one operation makes is still in the cache when the next one
reads it, and threads take parts in any order, since none needs another one. Each operation gives
the numbers that it gives for all samples at once; sums over the samples are made when the loop is
over, so they are added up in the order that they always have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_lite.compiler.loops import parted, room
from autograd_lite.compiler.operations import base_of, is_filled, is_view, may_alias
from autograd_lite.compiler.program import BoundKeyword, Program, Value
from autograd_lite.compiler.samples import Part, Samples
from autograd_lite.compiler.schedule import Kind, Stretch, scheduled
from autograd_lite.primitives import gather

# Parts of a loop: threads need several each, and of small ones the calls take longer than the work.
LEAST, MOST = 4, 16
CACHE = 1 << 21  # bytes that the arrays of one operation may take


@dataclass(eq=False)
class PartLoop(BoundKeyword):
    """A loop over parts of the samples.

    Attributes:
        body: of one part. Its arguments are parts of arrays, then what each part reads as a whole;
            its results are kept, each in a room for those of all parts.
        cut: how many of the arguments are parts.
        count: the number of parts.
    """

    body: Program
    cut: int
    count: int

    def split(self, inputs: Sequence[Any]) -> tuple[list[Any], list[Any], list[Any]]:
        """The inputs of the operation: arrays that are cut, whole ones, and rooms."""
        given, end = list(inputs), len(self.body.arguments)
        return given[: self.cut], given[self.cut : end], given[end:]

    def may_replace(self, argument: Value, result: Value) -> bool:
        """Return whether of each part a result may be written where an argument is: of the same
        size, and read before by all that read it.
        """
        body = self.body
        if (argument.size, argument.dtype) != (result.size, result.dtype) or not is_filled(result):
            return False
        written = next(i for i, v in enumerate(body.body) if v is result)
        readers = [
            i
            for i, v in enumerate(body.body)
            if not is_view(v) and any(base_of(x) is argument for x in v.values())
        ]
        return all(i < written and not may_alias(body.body[i]) for i in readers) and not any(
            base_of(x) is argument for x in body.results
        )


def parts_of(value: Value) -> PartLoop | None:
    """The loop of an operation; None for another."""
    return value.keywords["loop"] if value.function is parted else None


def in_parts(program: Program) -> Program:
    """The program with loops over parts of its samples, where it has any and that pays."""
    samples = Samples(program)
    parts = {id(v): part for v in program.body if (part := _part(v, samples)) is not None}
    if not any(samples.pays(v) for v in program.body if id(v) in parts):
        return program

    def kind(value: Value) -> Kind:
        return Kind.PARTS if id(value) in parts and samples.pays(value) else Kind.NUMPY

    return _Rewriter(program, samples).rewritten(scheduled(program, parts, kind))


def _part(value: Value, samples: Samples) -> Part | None:
    if not is_filled(value) and value.function is not gather:
        return None
    part = samples.part(value)
    return None if part is None or part.summed else part


class _Rewriter:
    """Puts loops in the place of operations."""

    def __init__(self, program: Program, samples: Samples) -> None:
        self._program = program
        self._samples = samples
        self._users: dict[int, list[Value | None]] = {}
        for value in program.body:
            for x in value.values():
                self._users.setdefault(id(x), []).append(value)
        ends = [*program.results, *(new for _, new in program.assignments)]
        for x in [*ends, *([program.guard] if program.guard is not None else [])]:
            self._users.setdefault(id(x), []).append(None)
        self._new: dict[int, Value] = {}
        self._body: list[Value] = []

    def rewritten(self, stretches: list[Stretch]) -> Program:
        for stretch in stretches:
            count = self._count(stretch)
            if count < 2:
                for value in stretch.values:
                    self._add(value)
            else:
                self._add_loop(stretch, count)
        program, new = self._program, self._current
        return replace(
            program,
            body=self._body,
            results=[new(x) for x in program.results],
            assignments=[(state, new(x)) for state, x in program.assignments],
            guard=None if program.guard is None else new(program.guard),
        )

    def _count(self, stretch: Stretch) -> int:
        """The number of parts; 0 where samples cannot be divided so."""
        if len(stretch.parts) < 2:
            return 0
        count = self._samples.count
        wanted = count // self._samples.at_once(stretch.values, CACHE)
        alike = [n for n in range(LEAST, MOST + 1) if count % n == 0]
        return next((n for n in alike if n >= wanted), alike[-1] if alike else 0)

    def _current(self, x: Any) -> Any:
        return self._new.get(id(x), x) if isinstance(x, Value) else x

    def _add(self, value: Value) -> None:
        keywords = {name: self._current(x) for name, x in value.keywords.items()}
        inputs = tuple(map(self._current, value.inputs))
        self._new[id(value)] = moved = value.changed(inputs=inputs, keywords=keywords)
        self._body.append(moved)

    def _add_loop(self, stretch: Stretch, count: int) -> None:
        views = [v for v in stretch.values if id(v) not in stretch.parts]
        later = [v for v in views if id(base_of(v)) in stretch.parts]
        for view in views:
            if view not in later:
                self._add(view)
        made = _Body(stretch, count)
        kept = [v for v in made.operations if self._is_seen(v, stretch)]
        rooms = [_room(v) for v in kept]
        first = made.operations[0]
        given = [*map(self._current, [*made.cut, *made.whole]), *rooms]
        loop = Value(
            "operation",
            (),
            None,
            function=parted,
            inputs=tuple(given),
            keywords={"loop": PartLoop(made.program(kept), len(made.cut), count)},
            scope=first.scope,
            phase=first.phase,
        )
        self._body += [*rooms, loop]
        for value, place in zip(kept, rooms, strict=True):
            looked = {"shape": value.shape}
            seen = value.changed(function=np.reshape, inputs=(place, loop), keywords=looked)
            self._new[id(value)] = seen
            self._body.append(seen)
        for view in later:
            if self._is_seen(view, stretch):
                self._add(view)

    def _is_seen(self, value: Value, stretch: Stretch) -> bool:
        """Return whether anything outside of a loop reads a value, directly or through a view."""
        for user in self._users.get(id(value), ()):
            if user is None:
                return True
            inside = id(user) in stretch.parts
            if not inside and (not is_view(user) or self._is_seen(user, stretch)):
                return True
        return False


def _room(value: Value) -> Value:
    keywords = {"shape": value.shape, "dtype": value.dtype}
    return value.changed(function=room, inputs=(), keywords=keywords)


class _Body:
    """The operations of a stretch, for one part of the samples.

    Attributes:
        operations: as they are for all samples.
        cut, whole: what they read from outside, in parts and as a whole.
    """

    def __init__(self, stretch: Stretch, count: int) -> None:
        self.operations = [v for v in stretch.values if id(v) in stretch.parts]
        self.cut: list[Value] = []
        self.whole: list[Value] = []
        self._stretch, self._count = stretch, count
        self._arguments: dict[tuple[int, bool], Value] = {}
        self._new: dict[int, Value] = {}
        self._body: list[Value] = []
        for value in self.operations:
            self._made(value)

    def program(self, kept: list[Value]) -> Program:
        """The program, whose results are these."""
        arguments = [*self._given(self.cut, True), *self._given(self.whole, False)]
        return Program(arguments, self._body, [self._new[id(v)] for v in kept], name="part")

    def _given(self, values: list[Value], in_parts: bool) -> Iterator[Value]:
        return (self._arguments[id(x), in_parts] for x in values)

    def _made(self, value: Value) -> Value:
        """An operation, or a view of one, of a part."""
        part = self._stretch.parts.get(id(value))
        inner = {id(x) for x in (value.inputs[:1] if part is None else part.cut)}

        def inside(x: Any) -> Any:
            return self._inside(x, id(x) in inner) if isinstance(x, Value) else x

        shape = (value.shape[0] // self._count, *value.shape[1:])
        keywords = {name: inside(x) for name, x in value.keywords.items()}
        if "shape" in keywords:
            keywords["shape"] = shape
        inputs = tuple(map(inside, value.inputs))
        made = value.changed(inputs=inputs, keywords=keywords, shape=shape)
        self._new[id(value)] = made
        self._body.append(made)
        return made

    def _inside(self, x: Value, in_parts: bool) -> Value:
        if id(x) in self._new:
            return self._new[id(x)]
        if is_view(x) and id(base_of(x)) in self._stretch.parts:
            return self._made(x)
        key = id(x), in_parts
        if key not in self._arguments:
            (self.cut if in_parts else self.whole).append(x)
            shape = (x.shape[0] // self._count, *x.shape[1:]) if in_parts else x.shape
            kind: Any = "number" if x.kind == "number" else "argument"
            self._arguments[key] = Value(kind, shape, x.dtype, name=x.name, order=x.order)
        return self._arguments[key]
