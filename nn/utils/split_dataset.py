"""A data set cut into two."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn._core.validation import require_integer
from nn.data.adapters import IndexedBatches, is_iterable_data, source_of
from nn.data.sparse import is_sparse
from nn.random import Seed, from_seed
from nn.utils.py_dataset import PyDataset

__all__ = ["split_dataset"]


def split_dataset(
    dataset: Any,
    left_size: float | int | None = None,
    right_size: float | int | None = None,
    shuffle: bool = False,
    seed: Seed = None,
) -> tuple[Any, Any]:
    """Return two parts of a data set.

    Args:
        dataset: an array or a sparse matrix, or a tuple, list or dict of them of one length; or a
            `PyDataset`, which is split by batches.
        left_size: a fraction of the samples, or their number; the rest unless given.
        right_size: likewise; those at the end.
        shuffle: True to shuffle before.
        seed: of the shuffling.

    Returns:
        Two of the same kind.

    Raises:
        ValueError: for sizes that do not fit, and for a part of nothing.
        TypeError: for iterables, which have no parts, and for sizes that are no numbers.

    Example:
        >>> left, right = split_dataset(np.arange(5), left_size=0.6)
        >>> left, right
        (array([0, 1, 2]), array([3, 4]))
    """
    parts = _parts(dataset)
    lengths = [part.shape[0] if is_sparse(part) else len(part) for part in parts]
    total = lengths[0]
    if any(length != total for length in lengths):
        raise ValueError(f"all arrays have one length, got {lengths}")
    left, right = _count(left_size, total, round), _count(right_size, total, round)
    if left is None and right is None:
        raise ValueError("give left_size or right_size, 0.8 say")
    left = total - right if left is None and right is not None else left
    right = total - left if right is None and left is not None else right
    assert left is not None
    assert right is not None
    if min(left, right) < 1 or left + right > total:
        raise ValueError(
            f"{left} and {right} samples of {total}: each part has one or more, both together "
            "no more than there are"
        )
    order = from_seed(seed).permutation(total) if shuffle else np.arange(total)
    return _taken(dataset, order[:left]), _taken(dataset, order[total - right :])


class _Part(PyDataset):
    """Some batches of a data set."""

    def __init__(self, dataset: Any, numbers: Any) -> None:
        options = ("workers", "use_multiprocessing", "max_queue_size")
        super().__init__(**{n: getattr(dataset, n) for n in options if hasattr(dataset, n)})
        self.dataset, self.numbers = dataset, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index: int) -> Any:
        return self.dataset[int(self.numbers[index])]


def _parts(dataset: Any) -> list[Any]:
    if is_iterable_data(dataset) and not isinstance(source_of(dataset), IndexedBatches):
        raise TypeError(
            f"{type(dataset).__name__} can only be iterated, and has no parts. Give arrays, or a "
            "PyDataset"
        )
    if isinstance(dataset, dict):
        return list(dataset.values())
    several = isinstance(dataset, (tuple, list)) and dataset and hasattr(dataset[0], "__len__")
    return list(dataset) if several else [dataset]


def _count(size: float | int | None, total: int, rounded: Any) -> int | None:
    if size is not None and not isinstance(size, float):
        require_integer("a size that is no fraction", size)
    if isinstance(size, float) and not 0 <= size <= 1:
        raise ValueError(f"a fraction is between 0 and 1, got {size}")
    return rounded(size * total) if isinstance(size, float) else size


def _rows(part: Any, order: Any) -> Any:
    return part.tocsr()[order] if is_sparse(part) else np.asarray(part)[order]


def _taken(dataset: Any, order: Any) -> Any:
    if is_iterable_data(dataset):
        return _Part(dataset, order)
    if isinstance(dataset, dict):
        return {name: _rows(part, order) for name, part in dataset.items()}
    parts = [_rows(part, order) for part in _parts(dataset)]
    return parts[0] if _parts(dataset)[0] is dataset else type(dataset)(parts)
