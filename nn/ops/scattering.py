"""Writing at indices without changing an array: scatter, slices, segments."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import put, take

__all__ = [
    "scatter",
    "scatter_update",
    "segment_max",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "slice",
    "slice_update",
]

_slice = slice  # Python's own, which a function of Keras's name hides


def _index(indices: Any, rank: int) -> tuple[Any, ...]:
    """Return rows of positions, (n, axes), as an index of so many axes."""
    rows = np.asarray(indices)
    if rows.ndim < 1 or rows.dtype.kind not in "iu" or rows.shape[-1] > rank:
        raise ValueError(
            f"indices are rows of positions, (n, axes), axes at most {rank}; got {rows.dtype} "
            f"{rows.shape}"
        )
    return tuple(np.moveaxis(rows, -1, 0))


def scatter(indices: Any, values: Any, shape: tuple[int, ...]) -> Any:
    """Return zeros of a shape with values added at positions.

    Args:
        indices: rows of positions, integers (n, axes).
        values: (n, ...); what stands at a position named twice adds up.
        shape: of the result.

    Example:
        >>> scatter([[0], [2], [0]], np.array([1.0, 2.0, 3.0]), (4,))
        array([4., 0., 2., 0.])
    """
    return put(values, _index(indices, len(shape)), tuple(shape))


def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Any:
    """Return the inputs with updates at positions.

    Args:
        inputs: array or Tensor.
        indices: rows of positions, integers (n, axes).
        updates: (n, ...); of a position that is named twice the last one counts.
        reduction: None to replace; "add" to add, "max", "min" and "mul" to combine.

    Raises:
        ValueError: for other reductions, and for indices of another shape.

    Example:
        >>> scatter_update(np.zeros(3), [[1]], np.array([5.0]))
        array([0., 5., 0.])
    """
    index = _index(indices, np.ndim(inputs))
    if reduction == "add":
        return inputs + put(updates, index, np.shape(inputs))
    if reduction not in (None, "max", "min", "mul"):
        raise ValueError(f"reduction is None, 'add', 'max', 'min' or 'mul', got {reduction!r}")
    if reduction is None:
        return _written(inputs, index, updates)
    combine = {"max": np.maximum, "min": np.minimum, "mul": np.multiply}[reduction]
    for i in range(len(index[0])):  # one after the other: a position may be named twice
        at = tuple(part[i] for part in index)
        inputs = _written(inputs, at, combine(take(inputs, at), updates[i]))
    return inputs


def _written(inputs: Any, index: tuple[Any, ...], updates: Any) -> Any:
    """Return the inputs with updates in the place of what the index names."""
    numbers = np.full(np.shape(inputs), -1)
    named = np.shape(numbers[index])
    numbers[index] = np.arange(int(np.prod(named))).reshape(named)  # the last one stays
    taken = np.reshape(np.broadcast_to(updates, named), -1)
    if not np.size(numbers):
        return inputs
    new = np.take(taken, np.maximum(numbers, 0)) if np.size(taken) else inputs
    return np.where(numbers >= 0, new, inputs).astype(inputs.dtype)


def slice(inputs: Any, start_indices: Any, shape: Any) -> Any:
    """Return the block of a shape that begins at a position; -1 for all that is left."""
    return inputs[_block(np.shape(inputs), start_indices, shape)]


def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    """Return the inputs with a block replaced, which begins at a position.

    >>> slice_update(np.zeros((2, 2)), (1, 0), np.ones((1, 2)))
    array([[0., 0.],
           [1., 1.]])
    """
    index = _block(np.shape(inputs), start_indices, np.shape(updates))
    return _written(inputs, index, updates)


def _block(whole: tuple[int, ...], start: Any, lengths: Any) -> tuple[Any, ...]:
    starts = [int(i) for i in start]
    if not len(whole) == len(starts) == len(lengths):
        raise ValueError(f"{len(starts)} starts and {len(lengths)} lengths for shape {whole}")
    ends = [n if k == -1 else i + int(k) for n, i, k in zip(whole, starts, lengths, strict=True)]
    for n, i, end in zip(whole, starts, ends, strict=True):
        if not 0 <= i <= end <= n:
            raise ValueError(f"from {i} to {end} is outside of an axis of {n} elements: {whole}")
    return tuple(map(_slice, starts, ends))


# -- segments --------------------------------------------------------------------------------------


def segment_sum(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Any:
    """Return the sum of the rows of each segment.

    Args:
        data: (n, ...), an array or Tensor.
        segment_ids: the segment of each row, integers (n,) from 0 up.
        num_segments: their number; by default the largest id plus 1.
        sorted: has no effect.

    Returns:
        (num_segments, ...); an empty segment is 0.

    Raises:
        ValueError: for ids that are not whole numbers from 0 to num_segments - 1.

    Example:
        >>> segment_sum(np.array([1.0, 2.0, 3.0]), [0, 0, 1])
        array([3., 3.])
    """
    ids, count = _segments(data, segment_ids, num_segments)
    return put(data, ids, (count, *np.shape(data)[1:]))


def segment_max(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Any:
    """Return the largest rows of each segment, element by element; -inf where it is empty."""
    return _reduced(np.max, data, segment_ids, num_segments, lambda limits: limits.min, -np.inf)


def segment_min(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Any:
    """Return the smallest rows of each segment, element by element; inf where it is empty."""
    return _reduced(np.min, data, segment_ids, num_segments, lambda limits: limits.max, np.inf)


def segment_prod(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Any:
    """Return the product of the rows of each segment; 1 where it is empty."""
    return _reduced(np.prod, data, segment_ids, num_segments, lambda limits: 1, 1)


def _reduced(
    function: Any,
    data: Any,
    segment_ids: Any,
    num_segments: int | None,
    of_integers: Any,
    empty: Any,
) -> Any:
    ids, count = _segments(data, segment_ids, num_segments)
    dtype = np.dtype(data.dtype) if hasattr(data, "dtype") else np.asarray(data).dtype
    value = of_integers(np.iinfo(dtype)) if dtype.kind in "iu" else empty
    none = np.full(np.shape(data)[1:], value, dtype)
    rows = [np.flatnonzero(ids == i) for i in range(count)]
    parts = [function(np.take(data, row, axis=0), axis=0) if row.size else none for row in rows]
    return np.stack(parts) if parts else np.zeros((0, *np.shape(data)[1:]), dtype)


def _segments(data: Any, segment_ids: Any, count: int | None) -> tuple[Any, int]:
    ids = np.asarray(segment_ids)
    if ids.ndim != 1 or ids.dtype.kind not in "iu" or len(ids) != np.shape(data)[0]:
        raise ValueError(
            f"segment_ids is one whole number for each of {np.shape(data)[0]} rows, got "
            f"{ids.dtype} {ids.shape}"
        )
    largest = int(ids.max(initial=-1))
    count = largest + 1 if count is None else int(count)
    if ids.min(initial=0) < 0 or largest >= count:
        raise ValueError(f"segment_ids lie between 0 and {count - 1}, got {ids.min()} to {largest}")
    return ids, count
