"""Functions that NumPy has, with Keras's arguments where they differ, and a few that it has not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nn._core.erf import erf, erfc, erfinv
from nn.config import floatx

__all__ = [
    "arange",
    "bartlett",
    "blackman",
    "cdist",
    "clip",
    "divide_no_nan",
    "erf",
    "erfc",
    "erfinv",
    "extract_sequences",
    "geomspace",
    "get_item",
    "hamming",
    "hanning",
    "in_top_k",
    "kaiser",
    "logspace",
    "nan_to_num",
    "pad",
    "reshape",
    "rsqrt",
    "take_along_axis",
    "top_k",
    "unique",
    "unstack",
    "vander",
    "vectorize",
    "view",
]


# -- ranges and windows ----------------------------------------------------------------------------


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Any:
    """Return start, start + step, ... below stop; of floats, as `floatx()` unless a dtype is given.

    >>> arange(3), arange(0.0, 1.0, 0.5)
    (array([0, 1, 2]), array([0. , 0.5], dtype=float32))
    """
    start, stop = (0, start) if stop is None else (start, stop)
    numbers: Any = (start, stop, 1 if step is None else step)
    found = np.arange(*numbers, dtype=dtype)
    return found.astype(floatx()) if dtype is None and found.dtype.kind == "f" else found


def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Return base to evenly spaced powers, as `np.logspace`; `floatx()` unless a dtype is given."""
    return np.logspace(start, stop, num, endpoint, base, dtype or floatx(), axis)


def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    """Return a geometric progression, as `np.geomspace`; `floatx()` unless a dtype is given."""
    return np.geomspace(start, stop, num, endpoint, dtype or floatx(), axis)


def bartlett(x: int) -> Any:
    """Return the Bartlett window of x points."""
    return np.bartlett(x).astype(floatx())


def blackman(x: int) -> Any:
    """Return the Blackman window of x points."""
    return np.blackman(x).astype(floatx())


def hamming(x: int) -> Any:
    """Return the Hamming window of x points."""
    return np.hamming(x).astype(floatx())


def hanning(x: int) -> Any:
    """Return the Hann window of x points."""
    return np.hanning(x).astype(floatx())


def kaiser(x: int, beta: float) -> Any:
    """Return the Kaiser window of x points."""
    return np.kaiser(x, beta).astype(floatx())


# -- shapes ----------------------------------------------------------------------------------------


def reshape(x: Any, newshape: Any) -> Any:
    """Return x in another shape; one length may be -1, or None if no other is -1.

    >>> reshape(np.arange(6), (None, 2)).shape
    (3, 2)
    """
    lengths = newshape if isinstance(newshape, (tuple, list)) else (newshape,)
    return np.reshape(x, tuple(-1 if n is None else n for n in lengths))


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    """Return the parts of x along an axis, without that axis.

    Raises:
        ValueError: if there are not `num` of them.
    """
    parts = np.moveaxis(x, axis, 0)
    if num is not None and num != len(parts):
        raise ValueError(f"axis {axis} of shape {np.shape(x)} has {len(parts)} parts, not {num}")
    return [parts[i] for i in range(len(parts))]


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    """Return x with elements around it, as `np.pad`."""
    asked: Any = {"mode": mode}
    if constant_values is None:
        return np.pad(x, pad_width, **asked)
    if mode != "constant":
        raise ValueError(f"constant_values goes with mode='constant', not with {mode!r}")
    return np.pad(x, pad_width, **asked, constant_values=constant_values)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Return the powers of each element, x^(N-1) to x^0, of the dtype of x."""
    return np.vander(x, N, increasing).astype(x.dtype if hasattr(x, "dtype") else floatx())


def get_item(x: Any, key: Any) -> Any:
    """Return ``x[key]``."""
    return x[key]


def view(x: Any, dtype: Any = None) -> Any:
    """Return the bytes of an array read as another dtype; without a gradient."""
    return np.asarray(x).view(dtype or np.asarray(x).dtype)


def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> Any:
    """Return windows of the last axis, (..., windows, sequence_length)."""
    starts = np.arange(0, np.shape(x)[-1] - sequence_length + 1, sequence_stride)
    return np.take(x, starts[:, None] + np.arange(sequence_length), axis=-1)


# -- elements --------------------------------------------------------------------------------------


def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """Return x limited to [x_min, x_max]."""
    return np.clip(x, x_min, x_max)


def nan_to_num(x: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """Return x with numbers in place of NaN and infinities."""
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


def divide_no_nan(x1: Any, x2: Any) -> Any:
    """Return x1 / x2, and 0 where x2 is 0.

    >>> divide_no_nan(np.array([1.0, 3.0]), np.array([0.0, 2.0]))
    array([0. , 1.5])
    """
    zero = np.equal(x2, 0)
    return np.where(zero, 0, np.divide(x1, np.where(zero, 1, x2)))


def cdist(x: Any, y: Any) -> Any:
    """Return the distance of each row of x to each row of y, (..., rows of x, rows of y)."""
    return np.linalg.norm(np.expand_dims(x, -2) - np.expand_dims(y, -3), axis=-1)


def rsqrt(x: Any) -> Any:
    """Return 1 / sqrt(x)."""
    return 1 / np.sqrt(x)


# -- choosing --------------------------------------------------------------------------------------


def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Return the elements at indices along an axis; of x as one line for None."""
    return np.take_along_axis(x, indices, axis)


def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Any, Any]:
    """Return the k largest elements along the last axis, and their indices.

    Of equal ones the first comes first. They are sorted, whatever `sorted` says.

    Raises:
        ValueError: if the axis is shorter than k.

    Example:
        >>> values, indices = top_k(np.array([1.0, 5.0, 3.0]), k=2)
        >>> values, indices
        (array([5., 3.]), array([1, 2]))
    """
    length = np.shape(x)[-1]
    if not 0 <= k <= length:
        raise ValueError(f"top_k(k={k}) of an axis of {length} elements")
    # Reversed before a stable sort and after it: the first of equal elements comes first.
    order = length - 1 - np.flip(np.argsort(np.flip(x, -1), axis=-1, kind="stable"), -1)
    indices = order[..., :k]
    return np.take_along_axis(x, indices, axis=-1), indices


def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    """Return for each row if its target class is among the k highest predictions; ties are.

    >>> in_top_k(np.array([2, 0]), np.array([[0.1, 0.2, 0.7], [0.1, 0.2, 0.7]]), k=1)
    array([ True, False])
    """
    own = np.take_along_axis(predictions, np.expand_dims(targets, -1), axis=-1)
    higher = np.count_nonzero(predictions > own, axis=-1)
    return (higher < k) & np.isfinite(own[..., 0])


def unique(
    x: Any,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """Return the different elements, sorted, as `np.unique`.

    Raises:
        ValueError: for size and fill_value, which are for fixed shapes of results.
    """
    if size is not None or fill_value is not None:
        raise ValueError("unique takes no size= and fill_value=: cut or pad its result")
    function: Any = np.unique
    return function(x, return_index, return_inverse, return_counts, axis)


def vectorize(pyfunc: Callable[..., Any], *, excluded: Any = None, signature: Any = None) -> Any:
    """Return a function that is called for each element, as `np.vectorize`; of arrays."""
    return np.vectorize(pyfunc, excluded=excluded, signature=signature)
