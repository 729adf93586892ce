"""Buckets: Variables of one dtype end to end in flat buffers, updated in one pass.

A network has a few large Variables and many small ones, and a NumPy call on a small array costs
more for the call than for the arithmetic. So the `data` of all Variables of one dtype become views
of one buffer, their slots and gradients likewise, and an update runs over those buffers in blocks
that fit the processor's cache.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite import Variable
from autograd_lite.extend import describe, new_stamp

# The bytes of each buffer in a block: large, for few calls, and yet small enough that six of them
# (four buffers and two temporaries) stay in a cache from one call to the next.
BLOCK_BYTES = 192 * 1024

VALUE, GRADIENT = "value", "gradient"


class Buckets:
    """All Variables of an optimizer and their slots, in one bucket for each dtype.

    Buckets are storage without state of their own: they can be rebuilt from the Variables.

    Args:
        variables: floating, each once.
        slots: for each slot its Variables, of the shapes and dtypes of `variables`.

    Attributes:
        everything: the selection of all Variables.
    """

    def __init__(
        self, variables: Sequence[Variable], slots: Mapping[str, Sequence[Variable]]
    ) -> None:
        # By id, which is safe: the buckets hold the Variables.
        self._locations: dict[int, tuple[Bucket, int]] = {}
        for dtype in dict.fromkeys(v.dtype for v in variables):
            chosen = [i for i, v in enumerate(variables) if v.dtype == dtype]
            owners = {VALUE: variables, **slots}
            bucket = Bucket({name: [owned[i] for i in chosen] for name, owned in owners.items()})
            for position, i in enumerate(chosen):
                self._locations[id(variables[i])] = bucket, position
        self.everything = self._selected = self._selection(variables)

    def select(self, variables: Sequence[Variable]) -> Selection:
        """Select Variables, in the order given; the latest selection is cached.

        Raises:
            ValueError: for a Variable that is in no bucket, or is given twice.
        """
        known = self._selected.variables
        if len(variables) != len(known) or not all(map(operator.is_, variables, known)):
            self._selected = self._selection(variables)
        return self._selected

    def _selection(self, variables: Sequence[Variable]) -> Selection:
        return Selection(variables, [self._find(variable) for variable in variables])

    def _find(self, variable: Variable) -> tuple[Bucket, int]:
        location = self._locations.get(id(variable))
        if location is None:
            raise ValueError(
                f"{describe(variable)} is not one of the {len(self._locations)} Variables that "
                "this optimizer was built for. Make a new optimizer (for a model: compile it "
                "again), or call optimizer.build(variables) with all of them before the first step"
            )
        return location


class Bucket:
    """Variables of one dtype, their slots and gradients, in buffers of one layout.

    Attributes:
        owners: the Variables of each buffer: under "value" those to be updated, then the slots.
        buffers: flat arrays by name; "gradient" is one that no Variable owns.
        views: for each buffer the views that are the Variables' data.
        spans: the start and stop of each Variable in a buffer.
    """

    def __init__(self, owners: Mapping[str, Sequence[Variable]]) -> None:
        variables = owners[VALUE]
        stops = list(itertools.accumulate(v.size for v in variables))
        self.spans = list(zip([0, *stops[:-1]], stops, strict=True))
        self.owners = owners
        self.buffers: dict[str, Any] = {}
        self.views: dict[str, list[Any]] = {}
        for name, owned in owners.items():
            self._add(name, np.concatenate([v._array.reshape(-1) for v in owned]))
            for variable, view in zip(owned, self.views[name], strict=True):
                variable._array = view  # what it had before is gone when the next buffer is made
        self._add(GRADIENT, np.zeros_like(self.buffers[VALUE]))

    def _add(self, name: str, buffer: Any) -> None:
        self.buffers[name] = buffer
        self.views[name] = [
            buffer[start:stop].reshape(v.shape)
            for (start, stop), v in zip(self.spans, self.owners[VALUE], strict=True)
        ]


class Selection:
    """The Variables of one update: all, or those that have a gradient.

    Attributes:
        variables: in the caller's order.
        gradients: for each its view of the gradient buffer.
        slices: the Variables by dtype.
        places: pairs of a Variable, slots included, and its view of a buffer.
    """

    def __init__(
        self, variables: Sequence[Variable], locations: Sequence[tuple[Bucket, int]]
    ) -> None:
        if len(set(map(id, variables))) < len(variables):
            raise ValueError("a Variable was given twice: add up its gradients first")
        self.variables = tuple(variables)
        self.gradients = [bucket.views[GRADIENT][i] for bucket, i in locations]
        chosen: dict[Bucket, list[tuple[int, int]]] = {}
        for position, (bucket, i) in enumerate(locations):
            chosen.setdefault(bucket, []).append((position, i))
        self.slices = [
            BucketSlice(bucket, [i for _, i in indices], [p for p, _ in indices], self.variables)
            for bucket, indices in chosen.items()
        ]
        self.places = [pair for part in self.slices for pair in part.views]

    def attach(self) -> None:
        """Make the views the data of Variables and slots again, and mark these as changed.

        A Variable whose data was replaced (by hand, by a second optimizer, by a copy) keeps its
        new value, which is written into its view.
        """
        stamp = new_stamp()
        for variable, view in self.places:
            if variable._array is not view:
                _move_into(variable, view)
            variable.changed = stamp


class BucketSlice:
    """The Variables of a selection that lie in one bucket.

    Args:
        bucket: holds them.
        indices: their positions in the bucket.
        positions: their positions in the selection.
        selected: all Variables of the selection.

    Attributes:
        dtype: the bucket's.
        variables: in the order of the selection.
        gradient: the gradient buffer.
        views: pairs of a Variable, slots included, and its view of a buffer.
        owned: the Variables of those pairs.
    """

    def __init__(
        self,
        bucket: Bucket,
        indices: Sequence[int],
        positions: Sequence[int],
        selected: Sequence[Variable],
    ) -> None:
        self.variables = [selected[position] for position in positions]
        self.gradient = bucket.buffers[GRADIENT]
        self.dtype = self.gradient.dtype
        self.views = [
            (owned[i], bucket.views[name][i])
            for i in indices
            for name, owned in bucket.owners.items()
        ]
        self.owned = [variable for variable, _ in self.views]
        self._bucket, self._positions = bucket, positions
        self._spans = [bucket.spans[i] for i in indices]
        views = [bucket.views[GRADIENT][i] for i in indices]
        self._targets = [(p, view, view.shape) for p, view in zip(positions, views, strict=True)]
        self._blocks: dict[Any, list[tuple[Any, ...]]] = {}

    def pair_gradients(self, gradients: Sequence[Any]) -> list[tuple[Any, Any]]:
        """Pair each gradient, an array or a Tensor, with its view of the gradient buffer.

        Args:
            gradients: of the whole selection.

        Raises:
            ValueError: if a gradient has another shape than its Variable.
        """
        pairs = []
        for position, view, expected in self._targets:
            g = gradients[position]
            shape = g.shape if g.__class__ is np.ndarray else np.shape(g)
            if shape != expected:
                variable = self.variables[self._positions.index(position)]
                raise ValueError(f"{describe(variable)} has shape {expected}, its gradient {shape}")
            pairs.append((g, view))
        return pairs

    def blocks(
        self, names: tuple[str, ...], keep: Callable[[Variable], bool] | None = None
    ) -> list[tuple[Any, ...]]:
        """Return the buffers of these names, split into equal blocks; None for a missing buffer.

        Args:
            names: of buffers.
            keep: selects the Variables; all by default.
        """
        key = names, keep
        blocks = self._blocks.get(key)
        if blocks is None:
            blocks = self._blocks[key] = list(self._split(names, keep))
        return blocks

    def _split(
        self, names: tuple[str, ...], keep: Callable[[Variable], bool] | None
    ) -> Iterator[tuple[Any, ...]]:
        chosen = [
            span
            for span, variable in zip(self._spans, self.variables, strict=True)
            if keep is None or keep(variable)
        ]
        buffers = [self._bucket.buffers.get(name) for name in names]
        size = BLOCK_BYTES // self.dtype.itemsize
        for start, stop in _merge_adjacent(chosen):
            for at in range(start, stop, size):
                block = slice(at, min(at + size, stop))
                yield tuple(None if array is None else array[block] for array in buffers)


def _merge_adjacent(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Sort spans and merge adjacent ones."""
    start = stop = 0
    for next_start, next_stop in sorted(spans):
        if next_start != stop:
            yield start, stop
            start = next_start
        stop = next_stop
    yield start, stop


def _move_into(variable: Variable, view: Any) -> None:
    """Move a Variable's value into its view of a buffer."""
    if variable._array.shape != view.shape or variable._array.dtype != view.dtype:
        raise ValueError(
            f"{describe(variable)} had shape {view.shape} and dtype {view.dtype} when this "
            f"optimizer was built, now {variable.shape} and {variable.dtype}. Make a new optimizer"
        )
    view[...] = variable._array
    variable._array = view
