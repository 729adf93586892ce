"""Loops over steps that threads share: each does all steps for some of the samples.

What an operation of the body computes for a sample, along the first axis, has to depend on that
sample alone; sums over the samples are taken behind a loop as a rule (`passes/loops.py`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.compiler.engines.native.layout import Run
from autograd_lite.compiler.engines.native.supported import REDUCED
from autograd_lite.compiler.loops import ScanLoop, joined_part, loop_of, panel_product, room
from autograd_lite.compiler.operations import (
    base_of,
    in_order,
    is_elementwise,
    is_view,
    reduced_axes,
)
from autograd_lite.compiler.program import Value
from autograd_lite.compiler.samples import Part
from autograd_lite.primitives import broadcast_to, cast, gather

LEAST, MOST = 16, 64  # samples at once: products of fewer rows are slow, more leave threads idle
LEAST_WORK = 6_000_000  # multiplications of a loop, some 100 microseconds
ELEMENT = 16  # multiplications that take about the time of an element-wise operation

_PRODUCTS: set[Any] = {np.matmul, panel_product}
_ELEMENTWISE: set[Any] = {broadcast_to, cast, np.copy, np.where, joined_part}


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
    if count < 2 * LEAST or _work(loop) < LEAST_WORK:
        return None
    return _Sharing(value, loop, count).found()


def _work(loop: ScanLoop) -> int:
    each = (
        x.size * (x.inputs[0].shape[-1] if x.function in _PRODUCTS else ELEMENT)
        for x in loop.body.body
        if not is_view(x) and x.dtype is not None
    )
    return loop.length * sum(each)


class _Sharing:
    def __init__(self, value: Value, loop: ScanLoop, count: int) -> None:
        self._loop, self._count = loop, count
        self._initial, self._xs, self._read, self._rooms = loop.parts(value.inputs)
        self._cut: dict[int, Value] = {id(x): x for x in loop.carries}
        self._whole: dict[int, Value] = {}

    def found(self) -> SharedScan | None:
        loop, count = self._loop, self._count
        for x in loop.body.body:
            if is_view(x):
                continue
            if x.dtype is None or not self._is_done(x):
                return None
            self._cut[id(x)] = x
        ends = [*loop.body.results, *loop.news]
        if not all(self._leads(x) for x in ends) or self._cut.keys() & self._whole.keys():
            return None
        begun = all(in_order(x) and x.shape[:1] == (count,) for x in self._initial)
        states = self._rooms[: len(loop.carries)]
        if not begun or not all(x.shape[:1] == (count,) for x in loop.carries):
            return None
        arguments = loop.body.arguments
        reads = zip(arguments[loop.xs :], self._read, strict=True)
        split = [x for a, x in reads if id(a) in self._cut]
        given = [*self._initial, *states, *split]
        others = [*self._xs, *self._rooms[len(states) :]]
        others += [x for x in self._read if not any(x is y for y in split)]
        if {id(base_of(x)) for x in given} & {id(base_of(x)) for x in others}:
            return None
        at_once = min(max(-(-count // 2), LEAST), MOST)
        run = Run(True, [], {0: Part(given, [])}, at_once, count)
        return SharedScan(run, set(self._cut))

    def _is_done(self, x: Value) -> bool:
        """Return whether each sample of a value depends on the same of its inputs alone."""
        if x.shape[:1] != (self._count,):
            return False
        if x.function is room:
            return True
        if is_elementwise(x) or x.function in _ELEMENTWISE:
            return all(self._is_given(y, x) for y in x.values())
        if x.function in REDUCED:
            return reduced_axes(x)[0] > 0 and self._leads(x.inputs[0])
        if x.function in _PRODUCTS and len(x.shape) == 2:
            a, b = x.inputs
            whole = x.function is panel_product or len(b.shape) == 2
            return whole and self._leads(a) and self._is_same(b)
        return False

    def _is_given(self, x: Value, to: Value) -> bool:
        if len(x.shape) == len(to.shape) and x.shape[0] == self._count:
            return self._leads(x)
        return math.prod(x.shape[: len(x.shape) - len(to.shape) + 1]) <= 1 and self._is_same(x)

    def _leads(self, x: Value) -> bool:
        """Return whether the first axis runs over the samples; note that it is cut."""
        if x.shape[:1] != (self._count,):
            return False
        if is_view(x):
            rows = x.function is gather and x.keywords["index"][:1] in ((Ellipsis,), (slice(None),))
            return (rows or in_order(x)) and self._leads(x.inputs[0])
        if x.kind not in ("operation", "state"):
            self._cut[id(x)] = x
        return id(x) in self._cut

    def _is_same(self, x: Value) -> bool:
        """Return whether a value is the same for all samples; note that it is read as a whole."""
        base = base_of(x)
        if base.kind not in ("argument", "constant"):
            return False
        self._whole[id(base)] = base
        return True
