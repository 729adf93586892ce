"""New arrays: like old ones, and evenly spaced between two; questions about arrays."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from autograd_lite.recording import primitive
from autograd_lite.rules.helpers import as_array, converted, read
from autograd_lite.table import composite, nondifferentiable, plain
from autograd_lite.tensor import Tensor

# -- questions about shapes and types --------------------------------------------------------------

plain(np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj)
plain(np.can_cast, np.common_type)
plain(np.array_equal, np.array_equiv, instead="Write np.all(a == b), and np.where for a branch")
plain(np.allclose, instead="Write np.all(np.isclose(a, b)), and np.where for a branch")
plain(np.array_repr, np.array_str, np.array2string, instead="Return the Tensor, and print it then")
plain(np.may_share_memory, np.shares_memory, instead="Check it outside the function")
plain(np.min_scalar_type, instead="Write x.dtype")
plain(np.tril_indices_from, np.triu_indices_from, np.diag_indices_from, np.einsum_path)

# -- like= and *_like ------------------------------------------------------------------------------

plain(  # with like=
    np.zeros, np.ones, np.empty, np.eye, np.identity, np.tri, np.arange,
    instead="A program has fixed shapes: write x.shape, or make the number a static argument",
)  # fmt: skip

for _like in (np.zeros_like, np.ones_like, np.empty_like):
    nondifferentiable(_like, 1, "dtype shape order subok device")


@primitive(inlinable=True)
def full_like(a: Any, fill_value: Any, **keywords: Any) -> Any:
    """`np.full_like` of a constant."""
    return np.full_like(a, fill_value, **keywords)


nondifferentiable(full_like, 1, "fill_value dtype order subok shape device")


@composite(np.full_like)
def _full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    device: str | None = None,
) -> Any:
    if not isinstance(fill_value, Tensor):
        layout = {"order": order, "subok": subok, "device": device}
        return full_like(a, fill_value=fill_value, dtype=dtype, shape=shape, **layout)
    value = converted(fill_value, a.dtype if dtype is None else dtype)
    return np.broadcast_to(value, np.shape(a) if shape is None else shape)


@composite(np.full)
def _full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """With like=."""
    return np.broadcast_to(_asarray(fill_value, dtype), shape)


@composite(np.asarray, np.asanyarray, np.ascontiguousarray)
def _asarray(a: Any, dtype: Any = None) -> Any:
    """With like=. A Tensor stays one, so that its gradient is not lost."""
    return as_array(a) if dtype is None else converted(a, dtype)


@composite(np.array)
def _array(object: Any, dtype: Any = None) -> Any:
    return _asarray(object, dtype)


def _astype(x: Any, dtype: Any, *, copy: bool = True) -> Any:
    return x.astype(dtype, copy=copy)


if hasattr(np, "astype"):
    composite(np.astype)(_astype)

# -- evenly spaced ---------------------------------------------------------------------------------


@composite(np.linspace)
def _linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """NumPy's own arithmetic, so that the values are its own; the last is `stop` itself."""
    num = operator.index(num)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    ends = [x if type(x) in (int, float) else as_array(x) for x in (start, stop)]
    precision = np.result_type(*ends, 1.0)  # a Python number follows the other end's dtype
    start, stop = converted(start, precision), converted(stop, precision)
    difference = stop - start
    intervals = num - 1 if endpoint else num
    position = np.reshape(np.arange(num, dtype=precision), (-1,) + (1,) * np.ndim(difference))
    step: Any = math.nan
    if intervals > 0:
        step = difference / intervals
        # A step that underflows to 0 would lose the positions between.
        y = np.where(step == 0, position / intervals * difference, position * step)
    else:
        y = position * difference
    y = y + start
    if endpoint and num > 1:
        y = np.where(position == num - 1, stop, y)
    y = np.moveaxis(y, 0, axis)
    if dtype is not None and np.issubdtype(dtype, np.integer):
        y = np.floor(y)
    y = converted(y, precision if dtype is None else dtype)
    return (y, step) if retstep else y


@composite(np.logspace)
def _logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    if np.ndim(base):
        ndim = max(np.ndim(start), np.ndim(stop), np.ndim(base))
        start, stop, base = (
            np.reshape(x, (1,) * (ndim - np.ndim(x)) + np.shape(x)) for x in (start, stop, base)
        )
        base = np.expand_dims(base, axis)
    y = np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
    return y if dtype is None else converted(y, dtype)


@composite(np.geomspace)
def _geomspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Evenly spaced logarithms between ends of one sign; the ends themselves are exact."""
    start, stop = as_array(start), as_array(stop)
    if np.any(read(start) == 0) or np.any(read(stop) == 0):
        raise ValueError("Geometric sequence cannot include zero")
    precision = np.result_type(start, stop, float(num), np.zeros((), dtype))
    start, stop = converted(start, precision), converted(stop, precision)
    sign = np.sign(start)
    logs = np.log10(start / sign), np.log10(stop / sign)
    y = np.logspace(*logs, num, endpoint, base=10.0) * sign
    position = np.reshape(np.arange(operator.index(num)), (-1,) + (1,) * (y.ndim - 1))
    y = np.where(position == 0, start, y)
    if num > 1 and endpoint:
        y = np.where(position == num - 1, stop, y)
    return converted(np.moveaxis(y, 0, axis), precision if dtype is None else dtype)
