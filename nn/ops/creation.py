"""Making and converting arrays. What has no dtype given is of the floating type `floatx()`."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import as_array, leaf, unwrap
from autograd_lite.extend import cast as cast_tensor
from nn.config import floatx

__all__ = [
    "array",
    "cast",
    "convert_to_numpy",
    "convert_to_tensor",
    "dtype",
    "empty",
    "eye",
    "full",
    "identity",
    "is_tensor",
    "linspace",
    "ones",
    "saturate_cast",
    "shape",
    "tri",
    "zeros",
]


def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> Any:
    """Return x as a Tensor; Tensors and Variables as they are.

    Python's floats, and lists of them, become `floatx()`; arrays keep their dtype.

    Args:
        x: numbers, an array or a Tensor.
        dtype: of the result, if it is to be another one.
        sparse: refused if True: arrays here are dense.
        ragged: likewise.

    Raises:
        TypeError: for what is no number, and for sparse=True, ragged=True.

    Example:
        >>> convert_to_tensor([1.0, 2.0]).dtype
        dtype('float32')
    """
    if sparse or ragged:
        raise TypeError("arrays here are dense: leave out sparse= and ragged=")
    if isinstance(x, Tensor):
        return x if dtype is None else cast(x, dtype)
    typed = hasattr(x, "dtype")
    values = as_array(x)
    if dtype is None and not typed and values.dtype == np.float64:
        dtype = floatx()
    return leaf(values if dtype is None else values.astype(dtype))


def convert_to_numpy(x: Any) -> Any:
    """Return the values of x as an array; of a Tensor, a copy without its gradient.

    Raises:
        TracingError: while a step is compiled, which has no values yet.
    """
    return x.numpy() if isinstance(x, Tensor) else np.asarray(x)


def array(x: Any, dtype: Any = None) -> Any:
    """Return x as a Tensor, as `convert_to_tensor`."""
    return convert_to_tensor(x, dtype)


def cast(x: Any, dtype: Any) -> Any:
    """Return x in another dtype; between floating types the gradient passes.

    Example:
        >>> cast(np.array([0.9, -1.5]), "int32")
        array([ 0, -1], dtype=int32)
    """
    if not isinstance(x, Tensor):
        return np.asarray(x).astype(dtype)
    return x if x.dtype == np.dtype(dtype) else cast_tensor(x, dtype=np.dtype(dtype))


def saturate_cast(x: Any, dtype: Any) -> Any:
    """Return x in another dtype, cut off at its smallest and largest number."""
    kind = np.dtype(dtype)
    if kind.kind not in "iuf":
        return cast(x, dtype)
    limits = np.finfo(kind) if kind.kind == "f" else np.iinfo(kind)
    # As floats the largest integers round up, out of range: clipped to the next number below.
    low, high = float(limits.min), float(limits.max)
    wide = unwrap(x).dtype if hasattr(x, "dtype") else np.dtype(np.float64)
    if kind.kind in "iu" and wide.kind == "f":
        top = wide.type(high)
        high = float(np.nextafter(top, wide.type(0)) if float(top) > limits.max else top)
    return cast(np.clip(x, low, high), dtype)


def shape(x: Any) -> tuple[Any, ...]:
    """Return the shape; of a symbolic Tensor, with None for the number of samples."""
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(x)


def dtype(x: Any) -> str:
    """Return the name of the dtype of an array or Tensor.

    >>> dtype(np.zeros(2, "float32"))
    'float32'
    """
    return str((x if hasattr(x, "dtype") else np.asarray(x)).dtype)


def is_tensor(x: Any) -> bool:
    """Return if x is a Tensor or a Variable."""
    return isinstance(x, Tensor)


# -- filled arrays ---------------------------------------------------------------------------------


def zeros(shape: Any, dtype: Any = None) -> Any:
    """Return an array of zeros, `floatx()` unless a dtype is given.

    >>> zeros((2,))
    array([0., 0.], dtype=float32)
    """
    return np.zeros(shape, dtype or floatx())


def ones(shape: Any, dtype: Any = None) -> Any:
    """Return an array of ones, `floatx()` unless a dtype is given."""
    return np.ones(shape, dtype or floatx())


def empty(shape: Any, dtype: Any = None) -> Any:
    """Return an array of arbitrary values, `floatx()` unless a dtype is given."""
    return np.empty(shape, dtype or floatx())


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """Return an array of one value, `floatx()` unless a dtype is given."""
    return np.full(shape, fill_value, dtype or floatx())


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """Return ones on diagonal k of an (N, M) matrix of zeros."""
    return np.eye(N, M, k, dtype or floatx())


def identity(n: int, dtype: Any = None) -> Any:
    """Return the (n, n) matrix with ones on its diagonal."""
    return np.identity(n, dtype or floatx())


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """Return ones at and below diagonal k of an (N, M) matrix of zeros."""
    return np.tri(N, M, k, dtype or floatx())


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Return evenly spaced numbers, as `np.linspace`; `floatx()` unless a dtype is given."""
    function: Any = np.linspace
    return function(start, stop, num, endpoint, retstep, dtype or floatx(), axis)
