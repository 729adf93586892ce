"""Which operations can be done for a few samples after the other, and what they read of each.

Convolutions and attention make arrays that are many times larger than a processor's cache. Where a
chain of operations runs over all samples for a few of them at a time, what one operation makes is
still in the cache when the next one reads it, and what nobody else reads needs memory for those few
samples alone. Nothing is assumed about what a sample is: an operation qualifies if a part of its
result, along the first axis, needs the same part of some inputs, and others as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.compiler.operations import (
    base_of,
    in_order,
    is_elementwise,
    is_view,
    reduced_axes,
    transposed_axes,
)
from autograd_lite.compiler.program import Program, Value
from autograd_lite.primitives import broadcast_to, cast, gather, subtract_max
from autograd_lite.rules.joining import concatenate
from autograd_lite.rules.padding import pad
from autograd_lite.rules.pooling import max_shares, window_max, window_sum
from autograd_lite.rules.windows import fold, windows

CACHE = 1 << 20  # bytes that the arrays of one operation may take, for the samples done at once
LARGE = 1 << 19  # bytes; smaller arrays stay in the cache as they are
LEAST_ROWS = 16  # of a matrix for each sample: thinner products do not pay


@dataclass(eq=False)
class Part:
    """The way an operation is done for a part of the samples.

    Attributes:
        cut: inputs of which it reads the same part.
        whole: inputs that it reads as a whole.
        summed: whether its result is a sum over all samples.
    """

    cut: list[Value]
    whole: list[Value]
    summed: bool = False


class Samples:
    """The samples of a program.

    Attributes:
        count: how many there are; 0 where nothing is done in parts.
    """

    def __init__(self, program: Program) -> None:
        found = (v.shape[0] for v in program.body if v.function in (windows, fold) or _many(v))
        self.count: int = next(found, 0)

    def part(self, value: Value) -> Part | None:
        """The way an operation is done in parts; None for one that cannot be."""
        if self.count < 2 or value.kind != "operation" or is_view(value):
            return None
        if is_elementwise(value) or value.function in _ELEMENTWISE:
            return self._elementwise(value)
        form = _FORMS.get(value.function)
        return None if form is None else form(self, value)

    def pays(self, value: Value) -> bool:
        """Return whether an operation makes, or reads, what is large for a cache."""
        return max(value.nbytes, *(x.nbytes for x in value.values()), 0) >= LARGE

    def at_once(self, values: Iterable[Value], cache: int = 0) -> int:
        """Count the samples that these operations are to be done for at once, so that the arrays of
        one operation take no more than so many bytes; 0 for `CACHE`.
        """
        most = 1
        for value in values:
            part = self.part(value)
            if part is not None:
                arrays = {id(base_of(x)): x.nbytes for x in part.cut}
                most = max(most, sum(arrays.values()) + (0 if part.summed else value.nbytes))
        return max(1, min(self.count, (cache or CACHE) * self.count // most))

    def leads(self, x: Value) -> bool:
        """Return whether the first axis of an array runs over the samples, one by one or in equal
        parts, and over the same of the array that it is a view of.
        """
        if not x.shape or x.shape[0] % self.count or not x.size:
            return False
        return not is_view(x) or (_keeps_first_axis(x) and self.leads(x.inputs[0]))

    def _elementwise(self, value: Value) -> Part | None:
        return self._along(value, value.shape, value.values())

    def _along(self, value: Value, shape: tuple[int, ...], inputs: Iterable[Value]) -> Part | None:
        """A part along the first axis of a shape, which inputs are broadcast to."""
        if not shape or shape[0] % self.count:
            return None
        part = Part([], [])
        for x in inputs:
            if len(x.shape) < len(shape) or x.shape[0] == 1:
                part.whole.append(x)
            elif self.leads(x):
                part.cut.append(x)
            else:
                return None
        return part

    def _windowed(self, value: Value) -> Part | None:
        part = Part(list(value.values()), [])
        return part if all(map(self.leads, part.cut)) else None

    def _padded(self, value: Value) -> Part | None:
        alone = value.keywords["width"][0] == (0, 0)
        return self._windowed(value) if alone else None

    def _joined(self, value: Value) -> Part | None:
        first = value.keywords.get("axis", 0) % len(value.shape) == 0
        return None if first else self._windowed(value)

    def _reduction(self, value: Value) -> Part | None:
        x = value.inputs[0]
        if not self.leads(x) or any(isinstance(k, Value) for k in value.keywords.values()):
            return None
        axes = reduced_axes(value)
        if not axes or axes[0] > 0:
            return Part([x], []) if axes else None
        return Part([x], [], summed=True) if value.function is np.sum else None

    def _row_by_row(self, value: Value) -> Part | None:
        x = value.inputs[0]
        return Part([x], []) if len(x.shape) > 1 and self.leads(x) else None

    def _product(self, value: Value) -> Part | None:
        a, b = value.inputs
        if len(value.shape) > 2:
            part = self._along(value, value.shape, (a, b))
            return part if part and part.cut else None
        if a.shape[0] // self.count >= LEAST_ROWS and self.leads(a):
            return Part([a], [b])
        if a.function is np.transpose and b.shape[0] // self.count >= LEAST_ROWS:
            turned = a.inputs[0]
            if self.leads(turned) and self.leads(b):
                return Part([turned, b], [], summed=True)
        return None

    def _rows_of_a_table(self, value: Value) -> Part | None:
        table, *numbers = value.inputs
        plain = all(isinstance(part, str) for part in value.keywords["index"])
        if not plain or len({x.shape for x in numbers}) != 1:
            return None
        return Part(numbers, [table]) if all(map(self.leads, numbers)) else None


_ELEMENTWISE: set[Any] = {broadcast_to, cast, np.copy, np.where}
_FORMS: dict[Any, Callable[[Samples, Value], Part | None]] = {
    **dict.fromkeys((window_max, window_sum, max_shares, fold), Samples._windowed),
    **dict.fromkeys((np.sum, np.mean, np.max, np.min), Samples._reduction),
    np.reshape: Samples._windowed,
    concatenate: Samples._joined,
    pad: Samples._padded,
    subtract_max: Samples._row_by_row,
    np.matmul: Samples._product,
    gather: Samples._rows_of_a_table,
}


def _many(value: Value) -> bool:
    """Return whether an operation multiplies many matrices by as many."""
    return value.function is np.matmul and all(len(x.shape) > 2 for x in value.inputs)


def _keeps_first_axis(view: Value) -> bool:
    """Return whether a view has the first axis of its array, uncut, or cut into rows alike."""
    if view.function is np.transpose:
        return transposed_axes(view)[0] == 0
    if view.function is np.reshape:
        return in_order(view)
    if view.function is gather:
        return bool(view.keywords["index"][:1] == (slice(None),))
    return view.function is windows


def is_laid_out(x: Value) -> bool:
    """Return whether a value is windows that were copied one after the other."""
    return x.function is np.copy and x.inputs[0].function is windows
