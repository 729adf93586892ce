"""`ScanSamples`: the proof that a loop over steps can be done for some of its samples alone.

What an operation of the body computes for a sample, along the first axis, has to depend on that
sample alone; sums over the samples are taken behind a loop as a rule (`passes/loops.py`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.compiler.loops import ScanLoop, joined_part, panel_product, room
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

ELEMENT = 16  # multiplications that take about the time of an element-wise operation

_ELEMENTWISE: set[Any] = {broadcast_to, cast, np.copy, np.where, joined_part}
_REDUCTIONS: set[Any] = {np.sum, np.max, np.min}
_PRODUCTS: set[Any] = {np.matmul, panel_product}


def work(body: Program) -> int:
    """The multiplications of one step."""
    return sum(
        x.size * (x.inputs[0].shape[-1] if x.function in _PRODUCTS else ELEMENT)
        for x in body.body
        if not is_view(x) and x.dtype is not None
    )


class ScanSamples:
    """Which values of a loop's body have the samples as their first axis.

    Args:
        loop: a loop.
        count: how many samples there are.
        given: the kinds of values that are not computed in the body, and that can be cut.

    Attributes:
        cut: the ids of values of which a part of the samples needs the same part.
    """

    def __init__(self, loop: ScanLoop, count: int, given: tuple[str, ...]) -> None:
        self._loop, self._count, self._given = loop, count, given
        self.cut = {id(x) for x in loop.carries}
        self._whole: set[int] = set()

    def are_apart(self) -> bool:
        """Return whether each sample is computed from the same sample of others alone."""
        body = self._loop.body
        for x in body.body:
            if is_view(x):
                continue
            if x.dtype is None or not self._is_done(x):
                return False
            self.cut.add(id(x))
        ends = [*body.results, *self._loop.news]
        return all(map(self._leads, ends)) and not self.cut & self._whole

    def _is_done(self, x: Value) -> bool:
        """Return whether each sample of a value depends on the same of its inputs alone."""
        if x.shape[:1] != (self._count,):
            return False
        if x.function is room:
            return True
        if is_elementwise(x) or x.function in _ELEMENTWISE:
            return all(self._is_operand(y, x) for y in x.values())
        if x.function is concatenate:
            return x.keywords["axis"] % len(x.shape) > 0 and all(map(self._leads, x.inputs))
        if x.function in _REDUCTIONS and not any(isinstance(k, Value) for k in x.keywords.values()):
            axes = reduced_axes(x)
            return bool(axes) and axes[0] > 0 and self._leads(x.inputs[0])
        if x.function in _PRODUCTS and len(x.shape) == 2:
            a, b = x.inputs
            whole = x.function is panel_product or len(b.shape) == 2
            return whole and self._leads(a) and self._is_same(b)
        return False

    def _is_operand(self, x: Value, to: Value) -> bool:
        """Return whether an operand is cut as a result, or is the same for all samples of it."""
        if len(x.shape) == len(to.shape) and x.shape[0] == self._count:
            return self._leads(x)
        return math.prod(x.shape[: len(x.shape) - len(to.shape) + 1]) <= 1 and self._is_same(x)

    def _leads(self, x: Value) -> bool:
        """Return whether the first axis runs over the samples; note that it is cut."""
        if x.shape[:1] != (self._count,):
            return False
        if is_view(x):
            return (_keeps_rows(x) or in_order(x)) and self._leads(x.inputs[0])
        if x.kind in self._given:
            self.cut.add(id(x))
        return id(x) in self.cut

    def _is_same(self, x: Value) -> bool:
        """Return whether a value is the same for all samples; note that it is read as a whole."""
        base = base_of(x)
        self._whole.add(id(base))
        return base.kind in ("argument", "constant")


def _keeps_rows(view: Value) -> bool:
    """Return whether a view is one of all rows of its array, in their order."""
    index = view.keywords["index"] if view.function is gather else ()
    lengths = [part for part in index if part is not None]  # None adds an axis
    return index[:1] == (slice(None),) or (
        index[:1] == (Ellipsis,) and len(lengths) <= len(view.inputs[0].shape)
    )
