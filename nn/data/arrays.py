"""Conversion of a model's X and y to checked arrays.

Data is checked once for each call of `fit`, `evaluate` or `predict`, and not again for each batch.
`nn.data.batches` splits the checked arrays into batches.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import FrozenFields, frozen
from nn._core.nest import leaves, map_arrays, map_named, named_leaves
from nn.data.adapters import as_array
from nn.data.frames import frame_array, is_tabular
from nn.data.sparse import SparseRows, is_sparse

Array = np.ndarray[Any, Any]


@frozen
class Samples(FrozenFields):
    """Arrays whose first axes count the same samples.

    Attributes:
        x: the inputs, an array or a list, tuple or dict of them.
        y: the targets, likewise; None where there are none.
        weight: the weight of each sample in the loss, likewise; None where all weigh the same.
        dtype: the floating type that batches are cast to.
        count: the number of samples.
    """

    x: Any
    y: Any
    weight: Any
    dtype: np.dtype[Any]
    count: int

    def batch(self, rows: Any) -> tuple[Any, ...]:
        """Return the samples at `rows`, indices or a slice: (x,), (x, y) or (x, y, weight).

        A memory-mapped array is read here, only as far as needed, and rows of a sparse matrix
        become an array.
        """
        if self.y is None:
            return (map_arrays(lambda a: _rows(a, rows, self.dtype), self.x),)
        parts = (self.x, self.y) if self.weight is None else (self.x, self.y, self.weight)
        return tuple(map_arrays(lambda a: _rows(a, rows, self.dtype), part) for part in parts)

    def part(self, rows: slice) -> Samples:
        """Return some of the samples, as views."""
        x, y, weight = (map_arrays(lambda a: a[rows], p) for p in (self.x, self.y, self.weight))
        return Samples(x, y, weight, self.dtype, count_samples(x))

    def weighted(self, weight: Array) -> Samples:
        """Return the same samples with their weights multiplied by one factor each."""
        if self.weight is not None:
            weight = map_arrays(lambda w: multiplied(w, weight), self.weight)
        return Samples(self.x, self.y, weight, self.dtype, self.count)

    def split(self, fraction: float) -> tuple[Samples, Samples]:
        """Split off the last `fraction` of the samples.

        Raises:
            ValueError: if that is not a fraction, or leaves one part empty.
        """
        if not 0 < fraction < 1:
            raise ValueError(
                f"validation_split is the fraction of the samples to hold out, between 0 and 1; "
                f"got {fraction!r}"
            )
        kept = int(self.count * (1 - fraction))
        if not 0 < kept < self.count:
            part = "training" if kept == 0 else "validation"
            raise ValueError(
                f"validation_split={fraction} of {self.count} samples leaves nothing for {part}. "
                "Take another fraction, or more samples"
            )
        return self.part(slice(kept)), self.part(slice(kept, None))


def samples(x: Any, y: Any, weight: Any, dtype: np.dtype[Any]) -> Samples:
    """Convert inputs, targets and weights to checked arrays.

    Args:
        x: an array, a Tensor, a data frame, a sparse matrix or (nested) lists of numbers; or a
            list, tuple or dict of these.
        y: likewise; None where there are no targets.
        weight: likewise; None where all samples weigh the same.
        dtype: floating numbers are cast to it. Integers and booleans stay as they are.

    Raises:
        TypeError: for text, objects, complex numbers.
        ValueError: for ragged lists, NaN and infinities, no samples, different numbers of samples.
    """
    require_data(x)
    x = map_named(lambda part, name: _rows_or_numbers(part, name, dtype), x, "X")
    y = map_named(lambda part, name: _rows_or_numbers(part, name, dtype), y, "y")
    weight = map_named(lambda part, name: _weights(part, name, dtype), weight, "sample_weight")
    named = [*named_leaves(x, "X"), *named_leaves(y, "y"), *named_leaves(weight, "sample_weight")]
    require_data(named or None)
    for name, array in named:
        _check_not_empty(array, name)
    _check_lengths(named)
    for name, array in named:
        if not isinstance(array, (np.memmap, SparseRows)):  # would be read entirely
            check_finite(array, name)
    return Samples(x, y, weight, dtype, len(named[0][1]))


def require_data(x: Any) -> None:
    """Raise TypeError if there are no inputs."""
    if x is None:
        raise TypeError("there is no data: X is None")


def _rows_or_numbers(value: Any, name: str, dtype: np.dtype[Any]) -> Any:
    return SparseRows(value, name, dtype) if is_sparse(value) else numbers(value, name, dtype)


def _weights(value: Any, name: str, dtype: np.dtype[Any]) -> Array:
    return numbers(as_array(value, name) if is_sparse(value) else value, name, dtype)


def multiplied(weights: Array, factors: Array) -> Array:
    """Multiply weights of any shape, (samples, ...), by one factor for each sample.

    >>> multiplied(np.ones((2, 1)), np.array([1.0, 3.0]))
    array([[1.],
           [3.]])
    """
    product: Array = weights * factors.reshape(-1, *[1] * (weights.ndim - 1))
    return product


def count_samples(x: Any) -> int:
    """Return the length of the first axis of the first array."""
    return len(next(leaves(x)))


# -- one array ------------------------------------------------------------------------------------


def numbers(value: Any, name: str, dtype: np.dtype[Any]) -> Array:
    """Convert `value` to a numeric array; floating ones to `dtype`, others keep their dtype.

    A memory-mapped array (`np.memmap`) stays in its file.

    Args:
        value: array, Tensor, data frame, sparse matrix (a batch of one) or nested lists.
        name: what messages call it.
        dtype: a floating type.

    Raises:
        TypeError: for text, objects, complex numbers and masked arrays.
        ValueError: for ragged lists, and numbers too large for `dtype`.
    """
    if value.__class__ is np.ndarray and value.dtype is dtype:
        return value
    array = _array(value, name)
    if array.dtype.kind not in "fiub":
        raise _no_numbers(array, value, name)
    if array.dtype.kind == "f" and array.dtype != dtype and not isinstance(array, np.memmap):
        return _cast(array, name, dtype)
    return array


def _array(value: Any, name: str) -> Array:
    if isinstance(value, Tensor):
        return value.data  # type: ignore[no-any-return]
    if isinstance(value, np.ndarray):
        return as_array(value, name)
    if is_tabular(value):
        return frame_array(value, name)
    return as_array(value.toarray() if is_sparse(value) else value, name)


def check_finite(array: Array, name: str) -> None:
    """Refuse NaN and infinities.

    Raises:
        ValueError: tells how many there are, and where the first one is.
    """
    if array.dtype.kind != "f":
        return
    with np.errstate(all="ignore"):
        # A sum, of squares where that is one fast pass, may overflow: then check again below.
        if array.flags.c_contiguous and array.dtype.itemsize > 2:
            total = np.vdot(array, array)
        else:
            total = np.add.reduce(array, axis=None)
        if np.isfinite(total):
            return
    bad = ~np.isfinite(array)
    count = int(np.count_nonzero(bad))
    if count == 0:
        return
    first = tuple(int(i) for i in np.argwhere(bad)[0])
    column = f", column {first[1] if len(first) == 2 else first[1:]}" if len(first) > 1 else ""
    they = "value that is" if count == 1 else "values that are"
    raise ValueError(
        f"{name} has {count} {they} NaN or infinite, the first ({array[first]}) in row "
        f"{first[0]}{column}. A single one turns the loss into NaN: leave those samples out, or "
        f"fill them in, {name} = np.nan_to_num({name}) say"
    )


def _cast(array: Array, name: str, dtype: np.dtype[Any]) -> Array:
    with np.errstate(over="ignore"):
        cast = array.astype(dtype)
    limit = np.finfo(dtype).max
    if array.dtype.itemsize > dtype.itemsize and array.size:
        largest = np.max(np.abs(array))
        if limit < largest < np.inf:
            raise ValueError(
                f"{name} holds {largest:g}, but {dtype} ends at {limit:g}. Scale the data, or "
                "create the layers with dtype='float64'"
            )
    return cast


_NOTHING = object()


def _no_numbers(array: Array, given: Any, name: str) -> TypeError:
    """Return the error for an array that holds anything but real numbers."""
    kind = array.dtype.kind
    if kind in "USOT":
        culprit, where = _first_that_is_no_number(array, given)
        if culprit is _NOTHING:
            return TypeError(
                f"{name} holds its numbers as Python objects (dtype object). Write "
                f"{name}.astype(float)"
            )
        if culprit is None or type(culprit).__name__ in ("NAType", "NaTType"):
            return TypeError(
                f"{name} has a missing value ({culprit}){where}; a network computes with numbers. "
                "Leave such samples out, or fill them in"
            )
        what = f"text ({culprit!r})" if isinstance(culprit, str) else f"objects ({culprit!r})"
        return TypeError(
            f"{name} holds {what}{where}; a network computes with numbers. For categories take "
            f"their positions: names, {name} = np.unique({name}, return_inverse=True); words of "
            f"texts become numbers by nn.layers.TextVectorization().adapt({name})({name})"
        )
    if kind == "c":
        return TypeError(
            f"{name} holds complex numbers. Give the real and the imaginary part as two columns"
        )
    return TypeError(f"{name} has dtype {array.dtype}; a network computes with numbers")


def _first_that_is_no_number(array: Array, given: Any) -> tuple[Any, str]:
    """Return the first element that is not a real number, and its position."""
    names = list(getattr(given, "columns", []))
    for index in np.ndindex(array.shape):
        element = array[index]
        if isinstance(element, (str, bytes)) or not isinstance(element, (int, float, np.number)):
            column = f", column {names[index[1]]!r}" if len(index) == 2 and names else ""
            row = f" in row {index[0]}" if index else ""
            return (str(element) if isinstance(element, str) else element), row + column
    return _NOTHING, ""


# -- several arrays -------------------------------------------------------------------------------


def _check_not_empty(array: Array, name: str) -> None:
    if array.ndim == 0:
        raise ValueError(
            f"{name} is a single number, {array[()]}, and has no axis of samples. One sample is an "
            f"array too: np.array([[{array[()]}]])"
        )
    if array.size == 0:
        raise ValueError(f"{name} is empty, it has shape {array.shape}: there is nothing to learn")


def _check_lengths(named: list[tuple[str, Array]]) -> None:
    (first, x), *others = named
    for name, array in others:
        if len(array) != len(x):
            raise ValueError(
                f"{first} has {len(x)} samples (shape {x.shape}), but {name} has {len(array)} "
                f"(shape {array.shape}). Row i of {name} belongs to row i of {first}"
            )


def _rows(array: Any, rows: Any, dtype: np.dtype[Any]) -> Any:
    if array.__class__ is SparseRows:
        return array.dense(rows)
    if isinstance(array, np.memmap):
        return _rows_of_file(array, rows, dtype)
    return array[rows] if rows.__class__ is slice else array.take(rows, axis=0)


def _rows_of_file(array: Array, rows: Any, dtype: np.dtype[Any]) -> Array:
    part = np.array(array[rows], dtype=dtype if array.dtype.kind == "f" else array.dtype)
    check_finite(part, "the batch that was read from a file")
    return part
