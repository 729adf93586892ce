"""Variables side by side in flat arrays, so that one pass of arithmetic updates them all.

A network has a few large Variables and many small ones, and a NumPy call on a small array costs
more for the call than for the arithmetic. So all Variables of one dtype become pieces of one array
(each stays the object it is; its `data` becomes a view), their slots and gradients likewise, and
an update runs over those arrays in blocks that fit the processor's cache.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite import Variable
from autograd_lite.extend import describe, new_stamp

__all__ = ["GRADIENT", "VALUE", "Flat", "Selection"]

# A block of each array that a formula walks over. Large, for few calls; yet seven of them, with the
# temporaries, fit a second-level cache of 1 MiB, and each lies below the size (128 KiB) from which
# the C library asks the system for new memory each time.
BLOCK_BYTES = 96 * 1024

VALUE, GRADIENT = "value", "gradient"


class Flat:
    """All Variables of an optimizer and their slots, in flat arrays, a set for each dtype.

    This is nothing but a place: what is in it is in the Variables too, and it can be built from
    them again.

    Args:
        variables: floating, each once.
        slots: lists of Variables that go with `variables` one by one, in shape and dtype.

    Attributes:
        everything: the selection of all Variables.
    """

    def __init__(
        self, variables: Sequence[Variable], slots: Mapping[str, Sequence[Variable]]
    ) -> None:
        self._places: dict[int, tuple[Columns, int]] = {}  # by id: this object holds the Variables
        for dtype in dict.fromkeys(v.dtype for v in variables):
            chosen = [i for i, v in enumerate(variables) if v.dtype == dtype]
            owners = {VALUE: variables, **slots}
            columns = Columns({name: [owned[i] for i in chosen] for name, owned in owners.items()})
            for position, i in enumerate(chosen):
                self._places[id(variables[i])] = columns, position
        self.everything = self._selected = self._selection(variables)

    def select(self, variables: Sequence[Variable]) -> Selection:
        """Those Variables, in that order; the last selection is remembered.

        Raises:
            ValueError: for a Variable that is not here, or is named twice.
        """
        known = self._selected.variables
        if len(variables) != len(known) or not all(map(operator.is_, variables, known)):
            self._selected = self._selection(variables)
        return self._selected

    def _selection(self, variables: Sequence[Variable]) -> Selection:
        return Selection(variables, [self._place(variable) for variable in variables])

    def _place(self, variable: Variable) -> tuple[Columns, int]:
        place = self._places.get(id(variable))
        if place is None:
            raise ValueError(
                f"{describe(variable)} is not one of the {len(self._places)} Variables that this "
                "optimizer was built for. Make a new optimizer (for a model: compile it again), "
                "or call optimizer.build(variables) with all of them before the first step"
            )
        return place


class Columns:
    """Variables of one dtype and what belongs to each, end to end in arrays of one layout.

    Attributes:
        owners: for each column, its Variables: under "value" those to be updated, then the slots.
        arrays: for each column its flat array; also "gradient", which no Variable owns.
        pieces: for each column the views that belong to the Variables.
        spans: for each Variable where its piece starts and stops.
    """

    def __init__(self, owners: Mapping[str, Sequence[Variable]]) -> None:
        variables = owners[VALUE]
        stops = list(itertools.accumulate(v.size for v in variables))
        self.spans = list(zip([0, *stops[:-1]], stops, strict=True))
        self.owners = owners
        self.arrays = {
            name: np.concatenate([v._data.reshape(-1) for v in owned])
            for name, owned in owners.items()
        }
        self.arrays[GRADIENT] = np.zeros_like(self.arrays[VALUE])
        self.pieces = {
            name: [
                array[start:stop].reshape(v.shape)
                for (start, stop), v in zip(self.spans, variables, strict=True)
            ]
            for name, array in self.arrays.items()
        }


class Selection:
    """The Variables of one update: all, or those that have a gradient.

    Attributes:
        variables: in the caller's order.
        gradients: for each its piece of the gradient column.
        parts: those of one dtype each.
    """

    def __init__(
        self, variables: Sequence[Variable], places: Sequence[tuple[Columns, int]]
    ) -> None:
        if len(set(map(id, variables))) < len(variables):
            raise ValueError("a Variable was given twice: its gradients are to be added up first")
        self.variables = tuple(variables)
        self.gradients = [columns.pieces[GRADIENT][i] for columns, i in places]
        chosen: dict[Columns, list[tuple[int, int]]] = {}
        for position, (columns, i) in enumerate(places):
            chosen.setdefault(columns, []).append((position, i))
        self.parts = [
            Part(columns, [i for _, i in indices], [p for p, _ in indices], self.variables)
            for columns, indices in chosen.items()
        ]

    def attach(self) -> None:
        """Mark the Variables and slots as changed, and see to it that their data are the pieces.

        One whose data was replaced by another array (by hand, by a second optimizer, by a copy)
        keeps its new value, which is written into its piece.
        """
        stamp = new_stamp()
        for part in self.parts:
            for variable, piece in part.pieces:
                if variable._data is not piece:
                    _take_over(variable, piece)
                variable.changed = stamp


class Part:
    """The Variables of a selection that have one dtype, in its flat arrays.

    Args:
        columns: the flat arrays.
        indices: which Variables of the columns they are.
        positions: where they stand in the selection.
        selected: the Variables of the selection.

    Attributes:
        dtype: of them all.
        variables: in the order of the selection.
        gradient: the flat gradient column.
        pieces: pairs of each Variable, slots included, and its part of a column.
        owned: the Variables among those.
    """

    def __init__(
        self,
        columns: Columns,
        indices: Sequence[int],
        positions: Sequence[int],
        selected: Sequence[Variable],
    ) -> None:
        self.variables = [selected[position] for position in positions]
        self.gradient = columns.arrays[GRADIENT]
        self.dtype = self.gradient.dtype
        self.pieces = [
            (owned[i], columns.pieces[name][i])
            for i in indices
            for name, owned in columns.owners.items()
        ]
        self.owned = [variable for variable, _ in self.pieces]
        self._columns, self._positions = columns, positions
        self._spans = [columns.spans[i] for i in indices]
        self._gradients = [columns.pieces[GRADIENT][i] for i in indices]
        self._blocks: dict[Any, list[tuple[Any, ...]]] = {}

    def paired(self, gradients: Sequence[Any]) -> list[tuple[Any, Any]]:
        """Each gradient, an array or a Tensor, with its piece of the gradient column.

        Args:
            gradients: of the whole selection.

        Raises:
            ValueError: if a gradient has another shape than its Variable.
        """
        pairs = []
        for position, piece, variable in zip(
            self._positions, self._gradients, self.variables, strict=True
        ):
            g = gradients[position]
            shape = g.shape if hasattr(g, "shape") else np.shape(g)
            if shape != piece.shape:
                raise ValueError(
                    f"{describe(variable)} has shape {piece.shape}, its gradient {shape}"
                )
            pairs.append((g, piece))
        return pairs

    def blocks(
        self, names: tuple[str, ...], keep: Callable[[Variable], bool] | None = None
    ) -> list[tuple[Any, ...]]:
        """The columns of these names, cut alike into blocks; None for a column that is not there.

        Args:
            names: of columns.
            keep: only the Variables for which it says True.
        """
        key = names, keep
        blocks = self._blocks.get(key)
        if blocks is None:
            blocks = self._blocks[key] = list(self._cut(names, keep))
        return blocks

    def _cut(
        self, names: tuple[str, ...], keep: Callable[[Variable], bool] | None
    ) -> Iterator[tuple[Any, ...]]:
        chosen = [
            span
            for span, variable in zip(self._spans, self.variables, strict=True)
            if keep is None or keep(variable)
        ]
        arrays = [self._columns.arrays.get(name) for name in names]
        size = BLOCK_BYTES // self.dtype.itemsize
        for start, stop in _merged(chosen):
            for at in range(start, stop, size):
                part = slice(at, min(at + size, stop))
                yield tuple(None if array is None else array[part] for array in arrays)


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans in order, those that touch made one."""
    start = stop = 0
    for next_start, next_stop in sorted(spans):
        if next_start != stop:
            yield start, stop
            start = next_start
        stop = next_stop
    yield start, stop


def _take_over(variable: Variable, piece: Any) -> None:
    """Move a Variable's value into its piece."""
    if variable._data.shape != piece.shape or variable._data.dtype != piece.dtype:
        raise ValueError(
            f"{describe(variable)} had shape {piece.shape} and dtype {piece.dtype} when this "
            f"optimizer was built, now {variable.shape} and {variable.dtype}. Make a new optimizer"
        )
    piece[...] = variable._data
    variable._data = piece
