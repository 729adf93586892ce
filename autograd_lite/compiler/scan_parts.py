"""Scans in parts: threads do all steps of a loop, each for some of the samples.

The parts follow from shapes, so results do not depend on the number of threads.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from autograd_lite.compiler.loops import ScanLoop, with_loops
from autograd_lite.compiler.operations import base_of
from autograd_lite.compiler.program import Program, Value
from autograd_lite.compiler.scan_samples import ScanSamples, work

ROWS, MOST = 64, 8  # samples of a part: products of fewer are slow; parts of a loop
# Multiplications of one step of a part: of less work, NumPy's calls on several threads wait for
# each other.
LEAST_WORK = 3_000_000


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
    if not count or work(loop.body) < LEAST_WORK * count:
        return None
    samples = ScanSamples(loop, rows, ("argument",))
    return _of_rows(loop, samples.cut, rows // count) if samples.are_apart() else None


def _of_rows(loop: ScanLoop, cut_ids: set[int], rows: int) -> ScanLoop:
    """The loop for so many samples; values of these ids are cut."""
    new = dict[int, Value]()

    def current(x: Any) -> Any:
        return new.get(id(x), x) if x.__class__ is Value else x

    def cut(x: Value) -> Value:
        keywords = {name: current(k) for name, k in x.keywords.items()}
        moved = x.changed(inputs=tuple(map(current, x.inputs)), keywords=keywords)
        if id(base_of(x)) in cut_ids:
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
