"""Loops over steps that threads share: each does all steps for some of the samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_lite.compiler.engines.native.layout import Run
from autograd_lite.compiler.loops import ScanLoop, loop_of
from autograd_lite.compiler.operations import base_of, in_order
from autograd_lite.compiler.program import Value
from autograd_lite.compiler.samples import Part
from autograd_lite.compiler.scan_samples import ScanSamples, work

LEAST, MOST = 16, 64  # samples at once: products of fewer rows are slow, more leave threads idle
LEAST_WORK = 6_000_000  # multiplications of a loop, some 100 microseconds


class SharedScan:
    """A loop as it is done for some of the samples.

    Attributes:
        run: how many are done at once; what is given for all steps, and is cut.
        cut: the ids of values of the body of which there is one part at a time.
    """

    def __init__(self, run: Run, cut: set[int]) -> None:
        self.run, self.cut = run, cut


def shared_scan(value: Value) -> SharedScan | None:
    """Plan by which threads share a loop; None for one that one thread does."""
    loop = loop_of(value)
    if loop is None or not loop.carries or not loop.carries[0].shape:
        return None
    count = loop.carries[0].shape[0]
    if count < 2 * LEAST or loop.length * work(loop.body) < LEAST_WORK:
        return None
    return _shared(loop, value.inputs, count)


def _shared(loop: ScanLoop, inputs: Sequence[Any], count: int) -> SharedScan | None:
    samples = ScanSamples(loop, count, ("argument", "constant"))
    if not samples.are_apart() or not all(x.shape[:1] == (count,) for x in loop.carries):
        return None
    initial, xs, read, rooms = loop.parts(inputs)
    if not all(in_order(x) and x.shape[:1] == (count,) for x in initial):
        return None
    states = rooms[: len(loop.carries)]
    reads = zip(loop.body.arguments[loop.xs :], read, strict=True)
    split = [x for argument, x in reads if id(argument) in samples.cut]
    given = [*initial, *states, *split]
    others = [*xs, *rooms[len(states) :]]
    others += [x for x in read if not any(x is y for y in split)]
    if {id(base_of(x)) for x in given} & {id(base_of(x)) for x in others}:
        return None
    at_once = min(max(-(-count // 2), LEAST), MOST)
    return SharedScan(Run(True, [], {0: Part(given, [])}, at_once, count), samples.cut)
