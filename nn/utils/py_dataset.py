"""Data sets as batches by number, for `fit`, `evaluate` and `predict`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Sequence as Sequence_
from typing import Any

import numpy as np

from nn._core.nest import leaves, map_arrays
from nn._core.validation import require_count, require_flag
from nn.random import Seed, from_seed

__all__ = ["Batches", "PyDataset", "Sequence"]


class PyDataset:
    """The base of data sets that make their batches when they are asked for.

    A subclass defines ``__getitem__(i)``, which returns batch i: (x, y), (x, y, sample_weight) or
    x; and ``__len__()``, their number. `on_epoch_begin` and `on_epoch_end` may be defined.

    Args:
        workers: above 1, `fit`, `evaluate` and `predict` have so many threads make batches ahead of
            time; their order is kept. `__getitem__` then has to bear being called by several
            threads at once. 0 and 1: a batch is made when its turn has come.
        use_multiprocessing: True for processes instead of threads, with a copy of the data set
            for each pass over it: for batches that take Python code to make, rather than files to
            read. Where processes are not forked (macOS, Windows), the data set has to be one that
            pickle can send, and the script to begin with ``if __name__ == "__main__":``.
        max_queue_size: the number of batches that are made and not yet used.

    With workers a batch draws its random numbers (`nn.random`; in processes those of NumPy and of
    Python's `random`, too) from a seed of its own, so that they do not depend on who makes it.
    An error is raised when the turn of its batch has come; from a process with its traceback. A
    process that is killed is named.

    Example:
        >>> class Squares(PyDataset):
        ...     def __len__(self):
        ...         return 2
        ...     def __getitem__(self, i):
        ...         x = np.arange(4.0)[:, None] + 4 * i
        ...         return x, x**2
        >>> [y.shape for x, y in Squares()]
        [(4, 1), (4, 1)]
    """

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        require_count("max_queue_size", max_queue_size)
        require_flag("use_multiprocessing", use_multiprocessing)
        if workers != 0:
            require_count("workers", workers)
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    @property
    def num_batches(self) -> int:
        """The number of batches."""
        return len(self)

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} needs __len__, the number of batches")

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} needs __getitem__, batch number i")

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def on_epoch_begin(self) -> None:
        """Before an epoch."""

    def on_epoch_end(self) -> None:
        """After an epoch."""


Sequence = PyDataset


class Batches(PyDataset):
    """Samples in batches, with the methods of a pipeline: map, take, skip, shuffle, ...

    Args:
        load: the samples of an array of numbers, as a batch.
        numbers: of the samples.
        batch_size: samples in a batch; None for one sample at a time, without an axis of samples.
        shuffle: True for another order at each epoch.
        seed: of that order.
        class_names: the names of the labels, where there are any.
    """

    def __init__(
        self,
        load: Callable[[Any], Any],
        numbers: Sequence_[int] | np.ndarray[Any, Any],
        batch_size: int | None = 32,
        shuffle: bool = False,
        seed: Seed = None,
        class_names: list[str] | None = None,
    ) -> None:
        super().__init__()
        if batch_size is not None:
            require_count("batch_size", batch_size)
        self._load = load
        self._numbers = np.asarray(numbers, dtype=np.intp)
        self._size = batch_size
        self._generator = from_seed(seed) if shuffle else None
        self._steps: list[Callable[..., Any]] = []
        self._range = slice(None)
        self.class_names = class_names
        self.on_epoch_begin()

    def on_epoch_begin(self) -> None:
        """Shuffle the samples."""
        if self._generator is not None:
            self._numbers = self._generator.permutation(self._numbers)

    def _batches(self) -> range:
        return range(-(-len(self._numbers) // (self._size or 1)))[self._range]

    def __len__(self) -> int:
        return len(self._batches())

    def __getitem__(self, index: int) -> Any:
        i, size = self._batches()[index], self._size
        batch = self._load(self._numbers[i] if size is None else self._numbers[i * size :][:size])
        for step in self._steps:
            batch = step(*batch) if isinstance(batch, tuple) else step(batch)
        return batch

    def _changed(self, **attributes: Any) -> Batches:
        made = Batches.__new__(type(self))
        made.__dict__.update(self.__dict__, **attributes)
        return made

    def map(
        self, function: Callable[..., Any], num_parallel_calls: int | None = None, **_: Any
    ) -> Batches:
        """Return the data set with ``function(x, y)`` (or of x alone) of each batch; by so many
        threads.
        """
        workers = max(num_parallel_calls or 1, self.workers)
        return self._changed(_steps=[*self._steps, function], workers=workers)

    def take(self, count: int) -> Batches:
        """Return the first batches alone."""
        kept = self._batches()[:count]
        return self._changed(_range=slice(kept.start, kept.stop))

    def skip(self, count: int) -> Batches:
        """Return the data set without its first batches."""
        kept = self._batches()[count:]
        return self._changed(_range=slice(kept.start, kept.stop))

    def shuffle(self, buffer_size: int = 0, seed: Seed = None, **_: Any) -> Batches:
        """Return the data set with its samples in another order at each epoch."""
        return self._changed(_generator=from_seed(seed))

    def batch(self, batch_size: int, drop_remainder: bool = False, **_: Any) -> Batches:
        """Return a data set of single samples in batches.

        Args:
            batch_size: samples in a batch.
            drop_remainder: True leaves out a last batch of fewer.

        Raises:
            ValueError: for a data set that is in batches already.
        """
        if self._size is not None:
            raise ValueError(
                f"these are batches of {self._size} already; rebatch({batch_size}) changes that"
            )
        made = Batches(self._stacked, np.arange(len(self)), batch_size)
        return made.take(len(self) // batch_size) if drop_remainder else made

    def _stacked(self, numbers: Any) -> Any:
        first, *others = [self[i] for i in np.atleast_1d(numbers)]
        parts = [list(leaves(sample)) for sample in (first, *others)]
        stacked = iter([np.stack(values) for values in zip(*parts, strict=True)])
        return map_arrays(lambda _: next(stacked), first)

    def unbatch(self) -> Batches:
        """Return the samples one by one.

        Raises:
            ValueError: after `map`, whose function takes batches, and after `take` and `skip`.
        """
        if self._steps or self._range != slice(None):
            raise ValueError("unbatch and rebatch come before map, take and skip")
        return self._changed(_size=None)

    def rebatch(self, batch_size: int, drop_remainder: bool = False) -> Batches:
        """Return the data set in batches of another size, as `unbatch` and `batch`."""
        return self.unbatch().batch(batch_size, drop_remainder)

    def prefetch(self, buffer_size: int | None = None) -> Batches:
        """Return the data set, whose next batches a thread makes while `fit` computes with one: so
        many, or 2.
        """
        most = buffer_size if buffer_size is not None and buffer_size > 0 else 2
        return self._changed(prefetches=True, max_queue_size=most)

    def cache(self, filename: str = "") -> Batches:
        """Return the data set itself."""
        return self

    def __iter__(self) -> Iterator[Any]:
        self.on_epoch_begin()
        return super().__iter__()
