"""Scans in parts: threads do all steps of a loop, each for some of the samples.

That needs a body in which each sample, along the first axis, depends on the same sample alone;
sums over the samples are taken behind a loop as a rule (`passes/loops.py`). The parts follow from
shapes, so results do not depend on the number of threads.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_lite.compiler.loops import ScanLoop, with_loops
from autograd_lite.compiler.operations import (
    base_of,
    in_order,
    is_elementwise,
    is_view,
    reduced_axes,
)
from autograd_lite.compiler.program import Program, Value
from autograd_lite.primitives import broadcast_to, cast, gather
from autograd_lite.rules.joining import concatenate

ROWS, MOST = 64, 8  # samples of a part: products of fewer are slow; parts of a loop
# Multiplications of one step of a part, and those that take about the time of an element-wise
# operation: of less work, NumPy's calls on several threads wait for each other.
LEAST_WORK, ELEMENT = 3_000_000, 16

_ELEMENTWISE: set[Any] = {broadcast_to, cast, np.copy, np.where}
_REDUCTIONS: set[Any] = {np.sum, np.max, np.min}


def scans_in_parts(program: Program) -> Program:
    """The program with a loop of one part beside each loop that is done in parts."""

    def cut(value: Value, loop: ScanLoop) -> list[Value] | None:
        part = _part(loop)
        return (
            None if part is None else [value.changed(keywords={"loop": replace(loop, part=part)})]
        )

    return with_loops(program, cut)


def _part(loop: ScanLoop) -> ScanLoop | None:
    """The loop as it is for some of the samples; None for one that is done at once."""
    shapes = {x.shape[:1] for x in loop.carries}
    rows = next(iter(shapes))[0] if len(shapes) == 1 and () not in shapes else 0
    count = next((n for n in range(min(MOST, rows // ROWS), 1, -1) if rows % n == 0), 0)
    if not count or _work(loop.body) < LEAST_WORK * count:
        return None
    samples = _Samples(loop, rows)
    return samples.part(rows // count) if samples.are_apart() else None


def _keeps_rows(view: Value) -> bool:
    """Return whether a view is one of all rows of its array, in their order."""
    index = view.keywords["index"] if view.function is gather else ()
    lengths = [part for part in index if part is not None]  # None adds an axis
    return index[:1] == (slice(None),) or (
        index[:1] == (Ellipsis,) and len(lengths) <= len(view.inputs[0].shape)
    )


def _work(body: Program) -> int:
    """The multiplications of one step."""
    return sum(
        x.size * (x.inputs[0].shape[-1] if x.function is np.matmul else ELEMENT)
        for x in body.body
        if not is_view(x) and x.dtype is not None
    )


class _Samples:
    """Which values of a loop's body have the samples as their first axis."""

    def __init__(self, loop: ScanLoop, count: int) -> None:
        self._loop, self._count = loop, count
        self._cut = {id(x) for x in loop.carries}
        self._whole: set[int] = set()

    def are_apart(self) -> bool:
        """Return whether each sample is computed from the same sample of others alone."""
        body = self._loop.body
        for x in body.body:
            if is_view(x):
                continue
            if x.dtype is None or not self._is_done(x):
                return False
            self._cut.add(id(x))
        ends = [*body.results, *self._loop.news]
        return all(map(self._leads, ends)) and not self._cut & self._whole

    def _is_done(self, x: Value) -> bool:
        if x.shape[:1] != (self._count,):
            return False
        if is_elementwise(x) or x.function in _ELEMENTWISE:
            return all(self._is_given(y, x) for y in x.values())
        if x.function is concatenate:
            return x.keywords["axis"] % len(x.shape) > 0 and all(map(self._leads, x.inputs))
        if x.function in _REDUCTIONS and not any(isinstance(k, Value) for k in x.keywords.values()):
            axes = reduced_axes(x)
            return bool(axes) and axes[0] > 0 and self._leads(x.inputs[0])
        if x.function is np.matmul and len(x.shape) == 2:
            a, b = x.inputs
            return len(b.shape) == 2 and self._leads(a) and self._is_same(b)
        return False

    def _is_given(self, x: Value, to: Value) -> bool:
        """Return whether an operand is cut as a result, or is the same for all samples of it."""
        if len(x.shape) == len(to.shape) and x.shape[0] == self._count:
            return self._leads(x)
        return math.prod(x.shape[: len(x.shape) - len(to.shape) + 1]) <= 1 and self._is_same(x)

    def _leads(self, x: Value) -> bool:
        """Return whether the first axis runs over the samples; note that it is cut."""
        if x.shape[:1] != (self._count,) or x.kind == "constant":
            return False
        if is_view(x):
            return (_keeps_rows(x) or in_order(x)) and self._leads(x.inputs[0])
        if x.kind == "argument":
            self._cut.add(id(x))
        return id(x) in self._cut

    def _is_same(self, x: Value) -> bool:
        """Return whether a value is the same for all samples; note that it is read as a whole."""
        base = base_of(x)
        self._whole.add(id(base))
        return base.kind in ("argument", "constant")

    def part(self, rows: int) -> ScanLoop:
        """The loop for so many samples."""
        loop, new = self._loop, dict[int, Value]()

        def current(x: Any) -> Any:
            return new.get(id(x), x) if x.__class__ is Value else x

        def cut(x: Value) -> Value:
            keywords = {name: current(k) for name, k in x.keywords.items()}
            moved = x.changed(inputs=tuple(map(current, x.inputs)), keywords=keywords)
            if id(base_of(x)) in self._cut:
                moved.shape = (rows, *x.shape[1:])
                if "shape" in keywords:
                    keywords["shape"] = moved.shape
            new[id(x)] = moved
            return moved

        carries = [cut(x) for x in loop.carries]
        arguments = [cut(x) for x in loop.body.arguments]
        body = replace(
            loop.body,
            arguments=arguments,
            body=[cut(x) for x in loop.body.body],
            results=[current(x) for x in loop.body.results],
            assignments=[(current(x), current(y)) for x, y in loop.body.assignments],
        )
        return replace(loop, body=body, carries=carries)
