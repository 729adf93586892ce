"""Adapters for data of other libraries, recognised by their methods, never by their library.

Nothing here imports pandas, PyTorch, JAX or Keras: arrays are read through the protocols of NumPy,
DLPack and data frames, and batches through iteration or indexing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from typing import Any

import numpy as np

from autograd_lite import Tensor
from nn._core.nest import is_array, is_structure
from nn.random import generator

Array = np.ndarray[Any, Any]


# -- arrays ----------------------------------------------------------------------------------------


def as_array(value: Any, name: str) -> Array:
    """Convert an array, data frame, series or tensor of another library to an array.

    Args:
        value: anything that NumPy can read, or a list of numbers.
        name: its name in messages.

    Raises:
        TypeError: for masked arrays and sparse matrices, which NumPy would misread, and for tensors
            that the user has to convert.
        ValueError: for ragged lists.

    Example:
        >>> as_array([[1, 2], [3, 4]], "X").shape
        (2, 2)
    """
    if isinstance(value, np.ndarray) and hasattr(value, "filled"):  # numpy.ma is not imported
        raise TypeError(
            f"{name} is a masked array, whose mask would be lost. Fill it, {name}.filled(0), and "
            "give the mask as sample_weight"
        )
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "toarray"):
        raise TypeError(
            f"{name} is a sparse matrix ({type(value).__name__}), and layers compute with arrays. "
            f"Make an array of it: {name}.toarray(). As X and y, a model makes each batch one"
        )
    try:
        return np.asarray(_readable(value))
    except (RuntimeError, TypeError) as error:
        if not is_array(value):
            raise
        raise TypeError(f"{name} ({type(value).__name__}) is not readable by NumPy: {error}") from (
            error
        )
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
        raise ValueError(
            f"the rows of {name} have different lengths, so they are not one array. Give every "
            "sample the same number of values: pad the short ones"
        ) from error


def _readable(value: Any) -> Any:
    """Convert a value to something `np.asarray` reads, where it only speaks another protocol."""
    if hasattr(value, "__array__") or hasattr(value, "__array_interface__"):
        return value
    if hasattr(value, "__dlpack__"):
        return np.from_dlpack(value)
    if hasattr(value, "__dataframe__") and hasattr(value, "to_numpy"):
        return value.to_numpy()
    return value


# -- iterables of batches --------------------------------------------------------------------------


def is_iterable_data(x: Any) -> bool:
    """Return if x yields batches, as a generator does, and is not an array or a list.

    >>> is_iterable_data(iter([])), is_iterable_data([1.0]), is_iterable_data(np.ones(3))
    (True, False, False)
    """
    if isinstance(x, (str, bytes, list, tuple, dict, range, np.generic, Tensor)) or is_array(x):
        return False
    if hasattr(x, "collect") and hasattr(type(x), "columns"):
        raise TypeError(f"{type(x).__name__} has not been computed yet: give X.collect()")
    return hasattr(x, "__iter__") or hasattr(x, "__getitem__")


def source_of(x: Any) -> Iterable[Any]:
    """Return the object itself if it is iterable, else its batches by index.

    Keras's PyDataset (Sequence) has ``x[i]`` and ``len(x)``. Python's own protocol relies on an
    IndexError after the last batch, which it does not raise.

    Raises:
        TypeError: for an object that has ``x[i]`` but no length.
    """
    by_number = hasattr(x, "__getitem__") and hasattr(x, "__len__")
    if by_number and (hasattr(x, "on_epoch_end") or not hasattr(x, "__iter__")):
        if length_of(x) is None:
            raise _without_length(x, "a __len__ that does not return a number")
        return IndexedBatches(x)
    if not hasattr(x, "__iter__"):
        raise _without_length(x, "no __len__")
    return x  # type: ignore[no-any-return]


def _without_length(x: Any, what: str) -> TypeError:
    return TypeError(
        f"{type(x).__name__} has __getitem__, but {what}, so its number of batches is unknown. "
        "Write def __len__(self) that returns the number, or use a generator"
    )


class IndexedBatches:
    """Batches by index, as in Keras's PyDataset.

    Args:
        dataset: has ``dataset[i]`` and ``len(dataset)``. With ``workers`` above 1 or
            ``use_multiprocessing`` its batches are made ahead of time, `nn.data.workers`.

    Attributes:
        order: the generator that shuffles the indices at each pass; None keeps the order.
    """

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset
        self.order: np.random.Generator | None = None
        self._seed: int | None = None

    def __len__(self) -> int:
        return len(self.dataset)

    def __iter__(self) -> Iterator[Any]:
        count = len(self)
        numbers = range(count) if self.order is None else self.order.permutation(count).tolist()
        workers = getattr(self.dataset, "workers", 1) or 1
        processes = bool(getattr(self.dataset, "use_multiprocessing", False))
        if workers == 1 and not processes and not getattr(self.dataset, "prefetches", False):
            return (self.dataset[i] for i in numbers)
        most = getattr(self.dataset, "max_queue_size", 10)
        from nn.data.workers import read_ahead  # which imports multiprocessing

        return read_ahead(self.dataset, numbers, workers, processes, most, self._next_seed())

    def _next_seed(self) -> int:
        """Return the seed of a pass. The global generator, which the first depends on, is not drawn
        from, so that nothing else is drawn otherwise; and later ones follow from the first alone,
        so that a training that is resumed has the same.
        """
        first = int(generator().state[1]) if self._seed is None else self._seed + 1
        self._seed = first % 2**32
        return self._seed

    def on_epoch_begin(self) -> None:
        """Forward the event to the data set."""
        tell(self.dataset, "on_epoch_begin")

    def on_epoch_end(self) -> None:
        """Forward the event to the data set."""
        tell(self.dataset, "on_epoch_end")


def tell(source: Any, hook: str) -> None:
    """Call an event method of a source of batches, if it has it, as Keras's PyDataset."""
    method = getattr(source, hook, None)
    if method is not None:
        method()


def length_of(source: Any) -> int | None:
    """Return the number of batches in one pass; None if unknown.

    PyTorch's DataLoader has a length that raises TypeError where its data set has none.
    """
    if not isinstance(source, Sized):
        return None
    try:
        return len(source)
    except (TypeError, NotImplementedError):
        return None


def is_endless(source: Any) -> bool:
    """Return if a source says that it has no end, as tf.data's cardinality after ``repeat()``."""
    cardinality = getattr(source, "cardinality", None)
    return callable(cardinality) and int(cardinality()) == -1


def as_batch(item: Any, source: Any) -> Any:
    """Return an item of a source as a batch; a list [x, y] from a DataLoader becomes a tuple.

    Keras's PyDataset and PyTorch's DataLoader may give (x, y) as a list. From any other source a
    list is several inputs.
    """
    gives_lists = isinstance(source, IndexedBatches) or (
        hasattr(source, "dataset") and hasattr(source, "collate_fn")
    )
    return tuple(item) if gives_lists and isinstance(item, list) and is_structure(item) else item
