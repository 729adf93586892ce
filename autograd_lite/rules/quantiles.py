"""Medians, quantiles and percentiles: positions between the sorted values.

Every method of `np.quantile` is a function from the number of values and the fraction q to a
position among them, counted from 0; between two positions it is linear (Hyndman and Fan, "Sample
Quantiles in Statistical Packages", 1996).
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_lite.arrays import real_array
from autograd_lite.primitives import cast, take
from autograd_lite.rules.helpers import as_array, floating, in_front, read, weights_of
from autograd_lite.table import composite
from autograd_lite.tape import tracing
from autograd_lite.tensor import Tensor, unwrap


def _continuous(alpha: float, beta: float) -> Any:
    """Hyndman and Fan's methods 4 to 9."""
    return lambda n, q: n * q + (alpha + q * (1 - alpha - beta)) - 1


def _averaged(n: Any, q: Any) -> Any:
    """Half-way between two values where n q is an integer, else the upper one."""
    index = n * q - 1
    return np.where(index % 1 == 0, index + 0.5, np.ceil(index))


def _closest(n: Any, q: Any) -> Any:
    """The nearest; of two at the same distance the one whose place, counted from 1, is even."""
    below = np.floor(n * q - 1.5)
    even = (n * q - 1.5 == below) & (below % 2 == 1)
    return np.where(even, below, below + 1)


POSITIONS: dict[str, Any] = {
    "inverted_cdf": lambda n, q: np.ceil(n * q - 1),
    "averaged_inverted_cdf": _averaged,
    "closest_observation": _closest,
    "interpolated_inverted_cdf": _continuous(0, 1),
    "hazen": _continuous(0.5, 0.5),
    "weibull": _continuous(0, 0),
    "linear": lambda n, q: (n - 1) * q,
    "median_unbiased": _continuous(1 / 3.0, 1 / 3.0),
    "normal_unbiased": _continuous(3 / 8.0, 3 / 8.0),
    "lower": lambda n, q: np.floor((n - 1) * q),
    "higher": lambda n, q: np.ceil((n - 1) * q),
    "midpoint": lambda n, q: 0.5 * (np.floor((n - 1) * q) + np.ceil((n - 1) * q)),
    "nearest": lambda n, q: np.round((n - 1) * q),
}
# These give one of the values, and keep integers integers.
SELECTING = {"inverted_cdf", "closest_observation", "lower", "higher", "nearest"}


def _sorted(a: Any, axes: tuple[int, ...]) -> Any:
    """The values along the given axes, sorted along a first axis that replaces them."""
    return np.sort(in_front(a, axes), axis=0)


def _axes(a: Any, axis: Any) -> tuple[int, ...]:
    """The axes from the left; unlike a sum, the median of a number along axis 0 is refused."""
    return tuple(range(a.ndim)) if axis is None else normalize_axis_tuple(axis, a.ndim)


def _kept(result: Any, a: Any, axes: tuple[int, ...], keepdims: bool, q_ndim: int = 0) -> Any:
    """`result` with the reduced axes of a as axes of length 1, behind those of q."""
    if not keepdims:
        return result
    shape = tuple(1 if i in axes else n for i, n in enumerate(a.shape))
    return np.reshape(result, result.shape[:q_ndim] + shape)


def _select(ordered: Any, position: Any) -> Any:
    """The value at a position, which may differ from column to column."""
    columns = np.ogrid[tuple(slice(0, n) for n in ordered.shape[1:])]
    row = cast(as_array(position), dtype=np.intp)
    return take(ordered, (row, *columns))


def _or_nan(result: Any, ordered: Any) -> Any:
    """`result`, or NaN where there is one among the values: it is sorted to the end."""
    if ordered.dtype.kind != "f" or not len(ordered):
        return result
    return np.where(np.isnan(ordered[-1]), ordered[-1], result)


def _numbers(ordered: Any) -> Any:
    """Count the sorted values that are not NaN, in each column."""
    count = np.sum(~np.isnan(ordered), axis=0)
    if tracing() is None and np.any(unwrap(count) == 0):
        warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=7)
    return count


# -- medians ---------------------------------------------------------------------------------------


@composite(np.median)
def _median(a: Any, axis: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """The mean of the two elements in the middle, or the one."""
    axes = _axes(a, axis)
    ordered = _sorted(floating(a), axes)
    n = len(ordered)
    middle = np.mean(ordered[max(n - 1, 0) // 2 : n // 2 + 1], axis=0)
    return _kept(_or_nan(middle, ordered), a, axes, keepdims)


@composite(np.nanmedian)
def _nanmedian(
    a: Any, axis: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Any:
    if a.dtype.kind != "f":
        return _median(a, axis, keepdims=keepdims)
    if a.size == 0:
        return np.nanmean(a, axis=axis, keepdims=keepdims)
    axes = _axes(a, axis)
    ordered = _sorted(a, axes)
    n = _numbers(ordered)
    low, high = _select(ordered, (n - 1) // 2), _select(ordered, n // 2)
    return _kept(np.where(n % 2 == 1, low, (low + high) / 2), a, axes, keepdims)


# -- quantiles -------------------------------------------------------------------------------------


def _quantile_of(
    a: Any,
    q: Any,
    width: Any,
    axis: Any,
    method: str,
    keepdims: bool,
    weights: Any,
    only_numbers: bool,
) -> Any:
    """`np.quantile`, or of what is no NaN `np.nanquantile`; q is an array or a Tensor, `width` the
    dtype of the distance from one value to the next.
    """
    if method not in POSITIONS:
        raise ValueError(f"{method!r} is not a valid method. Use one of: {', '.join(POSITIONS)}")
    if np.ndim(q) > 2:
        raise ValueError("q must be a scalar or 1d")
    axes = _axes(a, axis)
    if only_numbers and a.size == 0:
        return np.nanmean(a, axis=axis, keepdims=keepdims)
    only_numbers = only_numbers and a.dtype.kind == "f"
    if weights is not None:
        result = _weighted(a, q, axes, axis, method, weights, only_numbers)
    else:
        result = _unweighted(a, q, width, axes, method, only_numbers)
    return _kept(result, a, axes, keepdims, np.ndim(q))


def _unweighted(
    a: Any, q: Any, width: Any, axes: tuple[int, ...], method: str, only_numbers: bool
) -> Any:
    selecting = method in SELECTING or (method == "linear" and q.dtype.kind in "iub")
    if a.dtype.kind in "iu" and not selecting:  # before they are subtracted
        a = cast(a, dtype=np.result_type(a, width))
    ordered = _sorted(a, axes)
    q = np.reshape(q, q.shape + (1,) * (ordered.ndim - 1))
    n = len(ordered)
    if only_numbers:
        n = cast(_numbers(ordered), dtype=np.result_type(q, np.float16))
    position = np.clip(POSITIONS[method](n, q), 0, n - 1)
    if selecting:
        result = _select(ordered, position)
    else:
        # The last value is the upper end of a line, not the start of one: so it has a slope in q.
        start = np.maximum(n - 2, 0) if only_numbers else max(n - 2, 0)
        below = np.floor(np.minimum(position, start))
        low, high = _select(ordered, below), _select(ordered, np.minimum(below + 1, n - 1))
        fraction, step = cast(position - below, dtype=width), high - low
        # From the nearer of the two, as NumPy does.
        result = np.where(fraction < 0.5, low + step * fraction, high - step * (1 - fraction))
    return result if only_numbers else _or_nan(result, ordered)


def _weighted(
    a: Any, q: Any, axes: tuple[int, ...], axis: Any, method: str, weights: Any, only_numbers: bool
) -> Any:
    """The first of the sorted values at which the share of the weights so far reaches q."""
    known = tracing() is None
    numpys: Any = np.nanquantile if only_numbers and known else np.quantile
    values = unwrap(a) if known else np.zeros(a.shape)  # NumPy refuses what it cannot use
    numpys(values, read(q), axis, method=method, weights=read(weights))
    weights = np.broadcast_to(weights_of(weights, a, axis), a.shape)
    rows = in_front(a, axes)
    order = np.argsort(rows, axis=0, kind="stable")
    ordered = np.take_along_axis(rows, order, axis=0)
    shares = np.take_along_axis(in_front(weights, axes), order, axis=0)
    if only_numbers:
        shares = np.where(np.isnan(ordered), 0, shares)
    reached = np.cumsum(shares, axis=0, dtype=np.float64)
    total = reached[-1]
    reached = reached / total
    if q.dtype.kind == "f":
        reached = cast(reached, dtype=q.dtype)
    reached = np.where(reached == 0, -1, reached)  # what weighs nothing is not found at q = 0
    q = np.reshape(q, q.shape + (1,) * ordered.ndim)
    position = np.minimum(np.sum(reached < q, axis=q.ndim - ordered.ndim), len(ordered) - 1)
    result = _select(ordered, position)
    return np.where(total == 0, math.nan, result) if only_numbers else _or_nan(result, ordered)


def _fraction(a: Any, q: Any, whole: int, message: str) -> tuple[Any, Any]:
    """Q as an array or Tensor of fractions, checked, and the dtype to compute with: to a Python
    number that of a.
    """
    weak = type(q) in (int, float)
    q = q if isinstance(q, Tensor) else real_array(q)
    q = q if whole == 1 else q / whole
    given = read(q)
    if not np.all((given >= 0) & (given <= 1)):
        raise ValueError(message)
    width = a.dtype if weak else q.dtype
    return q, width if width.kind == "f" else np.dtype(np.float64)


def _quantiles(whole: int, message: str, only_numbers: bool) -> Any:
    def expand(
        a: Any,
        q: Any,
        axis: Any = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: bool = False,
        *,
        weights: Any = None,
    ) -> Any:
        a = as_array(a)
        q, width = _fraction(a, q, whole, message)
        return _quantile_of(a, q, width, axis, method, keepdims, weights, only_numbers)

    return expand


_OF_ONE = 1, "Quantiles must be in the range [0, 1]"
_OF_A_HUNDRED = 100, "Percentiles must be in the range [0, 100]"
composite(np.quantile)(_quantiles(*_OF_ONE, only_numbers=False))
composite(np.nanquantile)(_quantiles(*_OF_ONE, only_numbers=True))
composite(np.percentile)(_quantiles(*_OF_A_HUNDRED, only_numbers=False))
composite(np.nanpercentile)(_quantiles(*_OF_A_HUNDRED, only_numbers=True))
