"""Batches: checked samples, a few at a time."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, Protocol, Self

import numpy as np

from autograd_lite.extend import MiniBatches
from nn._core.nest import kinds_of, leaves, map_arrays
from nn._core.validation import require_count
from nn.data.adapters import (
    IndexedBatches,
    as_batch,
    is_endless,
    is_iterable_data,
    length_of,
    source_of,
    tell,
)
from nn.data.arrays import Samples, count_samples, samples
from nn.data.class_weights import check_classes_occur, warn_if_sorted, weights_by_class
from nn.data.sparse import SparseRows
from nn.distribution.share import SharedBatch
from nn.distribution.sharing import rows_of, share_of, shared

Batch = tuple[Any, ...]

BATCH_SIZE = 32


class Batches(Protocol):
    """A source of batches, iterated once per epoch: pairs (number of samples, batch).

    A batch is (x,), (x, y) or (x, y, weight).
    """

    def selections(self) -> Iterator[Any]:
        """Iterate over the selections of one pass, such as rows, which are cheap to skip."""

    def load(self, selection: Any) -> tuple[int, Batch]:
        """Load the batch of a selection; return its number of samples and the batch."""

    def begin_epoch(self) -> None:
        """Begin an epoch, which need not be a whole pass."""

    def end_epoch(self) -> None:
        """End an epoch."""

    @property
    def steps(self) -> int | None:
        """The number of batches in one pass; None if unknown."""

    @property
    def targets(self) -> Any:
        """All targets, if they are in memory; else None."""

    @property
    def only_once(self) -> bool:
        """True if the data cannot be iterated a second time."""


class _Unobserved:
    """Batches that do nothing when an epoch begins or ends."""

    def begin_epoch(self) -> None:
        """Do nothing."""

    def end_epoch(self) -> None:
        """Do nothing."""


class ArrayBatches(_Unobserved):
    """Batches of arrays, in order or reshuffled at each pass. The last one may be smaller.

    Args:
        data: the samples.
        batch_size: the samples in a batch, 32 by default.
        generator: shuffles; None keeps the order.

    Raises:
        ValueError, TypeError: for a batch size that is not a positive integer.
    """

    only_once = False

    def __init__(
        self, data: Samples, batch_size: int | None, generator: np.random.Generator | None = None
    ) -> None:
        self.data = data
        size = BATCH_SIZE if batch_size is None else batch_size
        require_count("batch_size", size)
        self.batch_size = int(size)  # a NumPy integer would turn all sums into NumPy scalars
        self.generator = generator

    @property
    def steps(self) -> int:
        """The number of batches in one pass."""
        return -(-self.data.count // self.batch_size)

    @property
    def targets(self) -> Any:
        """All targets, if they are in memory."""
        elsewhere = any(isinstance(y, (np.memmap, SparseRows)) for y in leaves(self.data.y))
        return None if elsewhere else self.data.y

    def selections(self) -> RowsOfBatches:
        """Iterate over the number of rows of each batch, and the rows."""
        count = self.data.count
        order = None if self.generator is None else self.generator.permutation(count)
        return RowsOfBatches(count, self.batch_size, order)

    def load(self, selection: tuple[int, Any]) -> tuple[int, Batch]:
        """Load the samples of these rows; of a distributed model, this rank's part of them."""
        count, rows = selection
        share = share_of(count)
        if share is None:
            return count, self.data.batch(rows)
        return count, SharedBatch.of(self.data.batch(rows_of(share, rows)), share)

    @property
    def parts(self) -> list[Any]:
        """The parts of a batch: inputs, targets, weights of samples."""
        data = self.data
        return [part for part in (data.x, data.y, data.weight) if part is not None]

    @functools.cached_property
    def arrays(self) -> list[Any] | None:
        """The arrays of all parts of a batch, in order, if all are in memory; else None."""
        arrays = list(leaves(self.parts))
        return arrays if all(array.__class__ is np.ndarray for array in arrays) else None

    @functools.cached_property
    def kinds(self) -> tuple[Any, ...] | None:
        """The place, shape and dtype of each array of a full batch, as of `kinds_of`; None if not
        all are in memory.
        """
        if self.arrays is None:
            return None
        kinds, size = kinds_of(self.parts), self.batch_size
        return tuple((place, (size, *shape[1:]), dtype) for place, shape, dtype in kinds)

    @property
    def structure(self) -> Any:
        """The size of a batch, and the shape and dtype of a sample of each array of its parts; None
        if not all are in memory, or if no batch is full.
        """
        data = self.data
        if self.arrays is None or data.count < self.batch_size:
            return None
        parts = (data.x, data.y, data.weight)
        kinds = [None if p is None else map_arrays(_kind, p) for p in parts]
        return self.batch_size, *kinds

    def ahead(self, selections: RowsOfBatches, most: int) -> MiniBatches | None:
        """Select the next full batches, `most` or fewer, as rows of arrays in memory.

        Args:
            selections: where the next batch is selected; they go on behind these.
            most: batches.

        Returns:
            None if the next batch is the smaller last one, or has to be loaded.
        """
        if self.arrays is None or share_of(self.batch_size) is not None:
            return None
        return selections.ahead(self.arrays, most)


def _kind(array: Any) -> Any:
    return array.shape[1:], array.dtype


class RowsOfBatches:
    """Iterates over the number of rows of each batch, and the rows.

    Args:
        count: of all rows.
        size: of a batch; the last one may be smaller.
        order: the rows in the order in which they are taken; None for that of their numbers.
    """

    def __init__(self, count: int, size: int, order: Any) -> None:
        self._count, self._size, self._order = count, size, order
        self._at = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[int, Any]:
        start, stop = self._at, min(self._at + self._size, self._count)
        if start >= stop:
            raise StopIteration
        self._at += self._size
        order = self._order
        return stop - start, slice(start, stop) if order is None else order[start:stop]

    def back(self, batches: int) -> None:
        """Go back, to select so many batches again."""
        self._at -= batches * self._size

    def ahead(self, arrays: list[Any], most: int) -> MiniBatches | None:
        """Select the next full batches of some arrays; None without one."""
        count, start = min(most, (self._count - self._at) // self._size), self._at
        if count < 1:
            return None
        self._at += count * self._size
        return MiniBatches(arrays, self._size, count, start, self._order)


class IterableBatches:
    """Batches of a generator or any other iterable.

    Args:
        source: yields x, (x, y) or (x, y, sample_weight).
        dtype: floating numbers are cast to it.
        generator: shuffles batches that are read by index; None keeps the order.
        class_weight: a dict from label to the weight of its samples; None for 1.
    """

    def __init__(
        self,
        source: Iterable[Any],
        dtype: np.dtype[Any],
        generator: np.random.Generator | None = None,
        class_weight: Any = None,
    ) -> None:
        self.source = source_of(source)
        self.dtype = dtype
        self.class_weight = class_weight
        if isinstance(self.source, IndexedBatches):
            self.source.order = generator

    @property
    def steps(self) -> int | None:
        """The number of batches in one pass, if the source has a length.

        Raises:
            ValueError: for a source that has no end.
        """
        if is_endless(self.source):
            raise ValueError(
                f"{type(self.source).__name__} repeats its data for ever: give the number of "
                "batches in an epoch, steps_per_epoch (validation_steps, steps)"
            )
        return length_of(self.source)

    @property
    def targets(self) -> None:
        """None: they are not in memory."""

    def begin_epoch(self) -> None:
        """Forward the event to the source, if it has a method for it."""
        tell(self.source, "on_epoch_begin")

    def end_epoch(self) -> None:
        """Forward the event to the source, if it has a method for it."""
        tell(self.source, "on_epoch_end")

    @property
    def only_once(self) -> bool:
        """True if the source is an iterator, as a generator is, and cannot start over."""
        return isinstance(self.source, Iterator)

    def selections(self) -> Iterator[Any]:
        """Iterate over the source."""
        return iter(self.source)

    def load(self, selection: Any) -> tuple[int, Batch]:
        """Check and cast the batch."""
        x, y, weight = unpack_batch(as_batch(selection, self.source))
        data = samples(x, y, weight, self.dtype)
        if self.class_weight is not None:
            data = data.weighted(weights_by_class(data.y, self.class_weight, self.dtype))
        return data.count, shared(data.batch(slice(None)))


class OneBatch(_Unobserved):
    """A single batch."""

    steps = 1
    targets = None
    only_once = False

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def selections(self) -> Iterator[Batch]:
        """Yield the batch."""
        yield self.batch

    def load(self, selection: Batch) -> tuple[int, Batch]:
        """Return the number of samples, and the batch."""
        return count_samples(selection[0]), selection


def batches(
    x: Any,
    y: Any,
    sample_weight: Any,
    dtype: np.dtype[Any],
    batch_size: int | None,
) -> Batches:
    """Split data into batches, in order.

    Args:
        x: as in `Model.fit`.
        y: likewise.
        sample_weight: likewise.
        dtype: floating numbers are cast to it.
        batch_size: 32 unless given.

    Raises:
        ValueError, TypeError: for data that is refused, see `nn.data.arrays`, and for arguments
            that do not go with a generator.
    """
    if is_iterable_data(x):
        _refuse_beside_generator(y=y, sample_weight=sample_weight)
        _warn_of_no_effect(batch_size)
        return IterableBatches(x, dtype)
    return ArrayBatches(samples(x, y, sample_weight, dtype), batch_size)


def validation_batches(
    given: Any, held_out: Samples | None, dtype: np.dtype[Any], batch_size: int | None
) -> Batches | None:
    """Return the data to validate on: `validation_data`, or the samples held out; None if neither.

    Args:
        given: (x, y) or (x, y, sample_weight), or a generator of them.
        held_out: the samples of `validation_split`.
        dtype: as in `batches`.
        batch_size: as in `batches`.

    Raises:
        ValueError, TypeError: as `batches`.
    """
    if held_out is not None:
        return ArrayBatches(held_out, batch_size)
    if given is None or is_iterable_data(given):
        return None if given is None else batches(given, None, None, dtype, None)
    if not isinstance(given, (list, tuple)) or not 2 <= len(given) <= 3:
        raise TypeError(
            "validation_data is (x, y) or (x, y, sample_weight), or a generator of such batches; "
            f"got {type(given).__name__}"
            + (f" of {len(given)}" if isinstance(given, (list, tuple)) else "")
        )
    return batches(*unpack_batch(tuple(given)), dtype, batch_size)


def training_batches(
    given: tuple[Any, Any, Any],
    dtype: np.dtype[Any],
    batch_size: int | None,
    *,
    validation_split: float,
    class_weight: Any,
    generator: np.random.Generator | None,
) -> tuple[Batches, Samples | None]:
    """Split the data of `fit` into batches, and the samples that `validation_split` holds out.

    Args:
        given: x, y and sample_weight.
        dtype: as in `batches`.
        batch_size: as in `batches`.
        validation_split: as in `Model.fit`.
        class_weight: as in `Model.fit`.
        generator: shuffles, samples or the batches of a PyDataset; None keeps the order.

    Raises:
        ValueError, TypeError: as `batches`; for a split that leaves nothing, and for classes that
            do not occur.
    """
    if is_iterable_data(given[0]):
        x, y, weight = given
        split = validation_split or None
        _refuse_beside_generator(y=y, sample_weight=weight, validation_split=split)
        _warn_of_no_effect(batch_size)
        found = IterableBatches(x, dtype, generator, class_weight)
        if not isinstance(found.source, IndexedBatches):
            _refuse_beside_generator(class_weight=class_weight)
        return found, None
    whole = data = samples(*given, dtype)
    held_out = None
    if validation_split:
        data, held_out = whole.split(validation_split)
        warn_if_sorted(whole.y, data.count)
    if class_weight is not None:
        data = data.weighted(weights_by_class(data.y, class_weight, dtype))
        check_classes_occur(whole.y, class_weight)
    return ArrayBatches(data, batch_size, generator), held_out


def _refuse_beside_generator(**arguments: Any) -> None:
    for name, value in arguments.items():
        if value is not None:
            raise ValueError(
                f"X yields batches, so it determines {name} itself: leave {name}= out. A batch "
                "is (x, y) or (x, y, sample_weight), of any number of samples"
            )


def _warn_of_no_effect(batch_size: int | None) -> None:
    """Warn of a batch size beside data that yields batches: ignored, as in Keras."""
    if batch_size is not None:
        warnings.warn(
            f"batch_size={batch_size} has no effect, since x yields batches: their size is its own",
            stacklevel=4,
        )


def unpack_batch(item: Any) -> tuple[Any, Any, Any]:
    """Unpack a batch into x, y and sample_weight; None for missing ones.

    Raises:
        ValueError: for a tuple of more than three.
    """
    if not isinstance(item, tuple):
        return item, None, None
    if not 1 <= len(item) <= 3:
        raise ValueError(
            f"a batch is x, (x, y) or (x, y, sample_weight); got a tuple of {len(item)}. Several "
            "inputs make a list: ([x1, x2], y)"
        )
    x, y, weight = (*item, None, None)[:3]
    return x, y, weight
