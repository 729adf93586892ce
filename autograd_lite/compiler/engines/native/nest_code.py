"""The code of one nest of loops while it is written: which loops there are, and what is in each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from autograd_lite.compiler.engines.native.layout import Nest
from autograd_lite.compiler.engines.native.supported import (
    REDUCED,
    UNROLLED,
)
from autograd_lite.compiler.loops import joined_part
from autograd_lite.compiler.operations import in_order, reduced_axes
from autograd_lite.compiler.program import Value
from autograd_lite.compiler.source.writer import INDENT
from autograd_lite.rules.padding import pad
from autograd_lite.rules.pooling import max_shares
from autograd_lite.rules.windows import fold, windows

BLOCK = 1024  # elements whose sum is computed in the dtype of the elements
# How an operand lies along an axis of the nest; START: one loop can run over it and those after it.
FULL, ONE, START, APART = "full", "one", "start", "apart"


@dataclass(eq=False)
class NestCode:
    """The code of one nest.

    Attributes:
        nest: what is computed.
        groups: for each loop the axes of the nest that it runs over, as if they were one.
        extent: writes the length of a loop down, and whether it is the outermost one.
        registers: names of the elements that are at hand, by the ids of their values.
        before, after: lines around all loops.
        row_before, row_after: around the innermost loop.
        block_before, block_after: around that loop where sums are computed block by block; else
            as those of the row.
        body: the lines in the innermost loop.
    """

    nest: Nest
    groups: list[list[int]]
    extent: Callable[[int, bool], str]
    registers: dict[int, str] = field(default_factory=dict)
    before: list[str] = field(default_factory=list)
    row_before: list[str] = field(default_factory=list)
    block_before: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    block_after: list[str] = field(default_factory=list)
    row_after: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths that the loops run over."""
        return tuple(math.prod(self.nest.shape[i] for i in group) for group in self.groups)

    @property
    def indices(self) -> list[str]:
        """The variables of the loops."""
        return [f"i{n}" for n in range(len(self.groups))]

    def index(self, axis: int) -> str:
        """The place along one axis of the nest, which no other axis shares its loop with."""
        if self.nest.shape[axis] == 1:
            return "0"
        return next(i for i, group in zip(self.indices, self.groups, strict=True) if axis in group)

    def is_merged(self, axis: int) -> bool:
        """Return whether an axis shares its loop with another."""
        return any(axis in group and len(group) > 1 for group in self.groups)

    def inside_of(self, padded: Value) -> tuple[tuple[int, ...], list[int]]:
        """For each loop the length of what is written, border and all, and where in it to begin."""
        lengths, starts = [], []
        for group in self.groups:
            lengths.append(math.prod(padded.shape[i] for i in group))
            behind, start = 1, 0
            for i in reversed(group):
                start += padded.keywords["width"][i][0] * behind
                behind *= padded.shape[i]
            starts.append(start)
        return tuple(lengths), starts

    def lines(self) -> list[str]:
        """All of it."""
        *outer, length = self.shape
        margins = [INDENT * depth for depth in range(len(outer) + 3)]
        lines = [*self.before]
        for k, (margin, index, n) in enumerate(zip(margins, self.indices, outer, strict=False)):
            lines.append(f"{margin}for {index} in range({self.extent(n, k == 0)}):")
        row = block = margins[len(outer)]
        lines += [row + line for line in self.row_before]
        bounds = extent = self.extent(length, not outer)
        if self.block_before and length > BLOCK:
            lines.append(f"{row}for first_of_block in range(0, {extent}, {BLOCK}):")
            block = row + INDENT
            end = f"min(first_of_block + {BLOCK}, {extent})"
            bounds = f"first_of_block, {end}"
        lines += [block + line for line in self.block_before]
        lines.append(f"{block}for {self.indices[-1]} in range({bounds}):")
        lines += [block + INDENT + line for line in self.body]
        lines += [block + line for line in self.block_after]
        lines += [row + line for line in self.row_after]
        outside = [*self.before, *([] if row else self.row_before)]
        return lines + self.after + _deletion([*outside, *([] if block else self.block_before)])


def _deletion(outside: list[str]) -> list[str]:
    """Names outside of all loops end with the nest: another may use them for other dtypes."""
    targets = dict.fromkeys(line.partition(" = ")[0] for line in outside)
    names = [name for name in targets if name.isidentifier()]
    return [f"del {', '.join(names)}"] if names else []


# -- which axes one loop can run over --------------------------------------------------------------


def merged_axes(nest: Nest) -> list[list[int]]:
    """The axes of a nest in groups: next to each other, and each operand lies along them as along
    one, or is repeated along all of them.
    """
    lies = [tuple(kinds) for kinds in _operands(nest)]
    groups: list[list[int]] = []
    state: list[str | None] = []
    for axis, length in enumerate(nest.shape):
        kinds = [_kind(each[axis], length) for each in lies]
        if groups and all(map(_goes_on, state, kinds)):
            groups[-1].append(axis)
            state = [a or b for a, b in zip(state, kinds, strict=True)]
        else:
            groups.append([axis])
            state = kinds
    return groups or [[]]


def _kind(kind: str, length: int) -> str | None:
    return None if length == 1 and kind not in (START, APART) else kind


def _goes_on(before: str | None, kind: str | None) -> bool:
    if before is None or kind is None:
        return True
    return kind not in (START, APART) and (before == kind or (before == START and kind == FULL))


def _operands(nest: Nest) -> Iterator[list[str]]:
    """For each array that a nest reads or writes the way it lies along its axes."""
    inside, rank = nest.inside, len(nest.shape)
    for value in nest.values:
        yield from _results(value, rank)
        for x in value.values():
            if id(x) not in inside and x.size > 1:
                yield _input(value, x, rank)


def _results(value: Value, rank: int) -> Iterator[list[str]]:
    if value.function in REDUCED:
        axes = reduced_axes(value)
        if value.size > 1 and axes[-1] == rank - 1:  # what belongs to a row is around its loop
            yield [*[FULL] * (rank - 1), APART]
        else:
            yield [ONE if i in axes else FULL for i in range(rank)]
    if value.function is pad:
        yield [FULL if pair == (0, 0) else START for pair in value.keywords["width"]]
    if value.function is joined_part:
        yield [APART] * rank
    if value.function is fold:
        yield _in_windows(value.keywords, rank)


def _input(value: Value, x: Value, rank: int) -> list[str]:
    if x.function is windows and in_order(x.inputs[0]) and value.function not in UNROLLED:
        return _in_windows(x.keywords, rank)
    if x.function is windows or not in_order(x):
        return [APART] * rank
    lengths = placed_at(value, x, rank)
    return [ONE if n == 1 else FULL for n in (*(1,) * (rank - len(lengths)), *lengths)]


def _in_windows(keywords: dict[str, Any], rank: int) -> list[str]:
    """The way the elements of windows lie in a nest over all of them: along the last axis of a
    window and the channels after it, one after the other.
    """
    n = len(keywords["strides"])
    if rank == 2 * n + 2 and keywords["dilation"][-1] == 1:
        return [*[APART] * (2 * n), FULL, FULL]
    return [APART] * rank


def placed_at(value: Value, x: Value, rank: int) -> tuple[int, ...]:
    """The shape of an input, with axes of length 1 where it has one value for a whole window."""
    if value.function is max_shares and len(x.shape) < rank:
        n = value.keywords["rank"]
        return (*x.shape[: n + 1], *(1,) * n, *x.shape[n + 1 :])
    return x.shape
