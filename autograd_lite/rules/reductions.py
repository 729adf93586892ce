"""Rules of reductions and scans.

A reduction's upstream gradient lacks the reduced axes; `keep` and `spread_back` restore them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.primitives import broadcast_to, cast, multiply_no_nan, subtract_max
from autograd_lite.recording import primitive
from autograd_lite.rules.helpers import (
    along_last,
    as_array,
    axes_of,
    count,
    counting_dtype,
    floating,
    inverse,
    keep,
    masked,
    quotient,
    rescaling,
    safe_inverse,
    spread_back,
    undefined,
)
from autograd_lite.table import composite, gradient, inline, nondifferentiable

# -- sums and means --------------------------------------------------------------------------------


def _sum(x: Any, axis: Any = None, **keywords: Any) -> Any:
    """Sum as `np.sum` does, without its layer of Python, which is most of a small sum's time."""
    total: Any = np.add.reduce
    return total(x, axis=axis, **keywords)


def _mean(
    x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, where: Any = True
) -> Any:
    """`np.mean`; the common case without its layer of Python, with the same arithmetic."""
    plain = axis is None and dtype is None and where is True
    if plain and (x.dtype is _FLOAT64 or x.dtype is _FLOAT32) and x.size:
        return _sum(x, keepdims=keepdims) / x.size
    return np.mean(x, axis=axis, dtype=dtype, keepdims=keepdims, where=where)


_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)  # np.mean widens float16


def _mean_rule(
    g: Any,
    y: Any,
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    where: Any = True,
) -> Any:
    """Differentiate `np.mean`: each element's share."""
    if axis is None and where is True and x.size:  # the most common, with fewer calls
        return broadcast_to(g * (1 / x.size), shape=x.shape)
    share = keep(g, x, axis) * inverse(count(x, axis, where))
    return masked(broadcast_to(share, shape=x.shape), where)


gradient(
    np.sum,
    lambda g, y, x, axis=None, dtype=None, keepdims=False, initial=0, where=True: masked(
        spread_back(g, x, axis), where
    ),
    evaluate=_sum,
    maths=(r"\sum_i x_i", r"\bar{y} \mathbf{1}"),
)
gradient(
    np.mean,
    _mean_rule,
    evaluate=_mean,
    maths=(r"\frac{1}{m} \sum_i x_i", r"\frac{1}{m} \bar{y} \mathbf{1}"),
)
inline(np.mean)


def _deviation(x: Any, axis: Any, dtype: Any, where: Any) -> Any:
    """X minus its mean."""
    given = {} if where is True else {"where": where}
    return x - np.mean(x, axis=axis, dtype=dtype, keepdims=True, **given)


def _freedom(x: Any, axis: Any, where: Any, ddof: Any) -> Any:
    """The divisor of a sum of squared deviations; not below 0, as in NumPy."""
    left = count(x, axis, where) - ddof
    return max(left, 0) if isinstance(left, (int, float)) else np.maximum(left, 0)


def _var_rule(
    g: Any,
    y: Any,
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = True,
) -> Any:
    scale = 2 * inverse(_freedom(x, axis, where, ddof))
    return masked(keep(g, x, axis) * scale * _deviation(x, axis, dtype, where), where)


def _std_rule(
    g: Any,
    y: Any,
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = True,
) -> Any:
    """Differentiate `np.std`. Where all values are equal it has a kink; the subgradient is 0.

    By deviations: their mean is subtracted again, since three times 0.1 has a mean that is not 0.1;
    and they are scaled, since the squares of very small ones are 0.
    """
    freedom = _freedom(x, axis, where, ddof)
    deviation = _deviation(_deviation(x, axis, dtype, where), axis, dtype, where)
    deviation = masked(deviation, where)
    largest = np.max(np.abs(deviation), axis=axis, keepdims=True, initial=0)
    scaled = deviation * rescaling(largest, 0.0)
    root = np.sqrt(np.sum(scaled * scaled, axis=axis, keepdims=True) * inverse(freedom))
    return keep(g, x, axis) * inverse(freedom) * quotient(scaled, root)


gradient(np.var, _var_rule, maths=(r"\frac{1}{m} \sum_i (x_i - \mu)^2", r"\frac{2}{m} (x - \mu)"))
gradient(
    np.std, _std_rule, maths=(r"\sqrt{\frac{1}{m} \sum_i (x_i - \mu)^2}", r"\frac{x - \mu}{m y}")
)


def _one_ddof(ddof: Any, correction: Any) -> Any:
    if correction is not None and ddof != 0:
        raise ValueError("ddof and correction can't be provided simultaneously.")
    return ddof if correction is None else correction


def _variance_about(
    mean: Any, a: Any, axis: Any, dtype: Any, ddof: Any, keepdims: bool, where: Any
) -> Any:
    """The mean squared distance from `mean`; of float16 summed in float32, as NumPy does."""
    x = floating(a) - mean
    narrow = x.dtype == np.float16 and dtype is None
    width = np.float32 if narrow else dtype
    total = np.sum(np.square(x), axis=axis, dtype=width, keepdims=True, where=where)
    result = total / _freedom(x, axis, where, ddof)
    wanted = np.float16 if narrow else total.dtype
    result = result if result.dtype == wanted else cast(result, dtype=wanted)
    return result if keepdims else np.squeeze(result, axis=axes_of(x, axis))


def _spread(function: Any, of_variance: Any) -> Any:
    """`np.var` and `np.std` with `correction`, another name of `ddof`, or about a given `mean`."""

    def expand(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        ddof: Any = 0,
        keepdims: bool = False,
        *,
        where: Any = True,
        mean: Any = None,
        correction: Any = None,
    ) -> Any:
        ddof = _one_ddof(ddof, correction)
        if mean is None:
            return function(a, axis, dtype, ddof=ddof, keepdims=keepdims, where=where)
        return of_variance(_variance_about(mean, a, axis, dtype, ddof, keepdims, where))

    return expand


composite(np.var)(_spread(np.var, lambda variance: variance))
composite(np.std)(_spread(np.std, np.sqrt))


@primitive(inlinable=True)
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) along an axis, without overflow.

    Args:
        x: array or Tensor; of integers in float64.
        axis: None for all, an axis, or a tuple of axes.
        keepdims: whether the reduced axes stay, with length 1.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> ag.logsumexp(np.array([0.0, -1000.0, np.log(3.0)])) - np.log(4.0)
        np.float64(0.0)
    """
    x = floating(as_array(x))
    highest = np.max(x, axis=axis, keepdims=True, initial=-math.inf)
    shift = np.where(np.isfinite(highest), highest, 0)
    with np.errstate(divide="ignore"):
        total = np.log(np.sum(np.exp(x - shift), axis=axis, keepdims=True)) + shift
    return total if keepdims else np.squeeze(total, axis=axis if axis is None else axes_of(x, axis))


@primitive(inlinable=True)
def shares(x: Any, axis: Any) -> Any:
    """exp(x) divided by its sum along axes: the gradient of `logsumexp`.

    By differences from the largest, since the sum's logarithm is rounded; equal infinities share
    equally.
    """
    return along_last(_shares_of_rows, x, axis)


def _shares_of_rows(rows: Any) -> Any:
    e = np.exp(subtract_max(rows, -1))
    return e / np.sum(e, axis=-1, keepdims=True)


gradient(
    shares,
    lambda g, y, x, *, axis: y * (g - np.sum(g * y, axis=axes_of(x, axis), keepdims=True)),
    maths=(r"\frac{e^{x_i}}{\sum_j e^{x_j}}", r"y \odot (\bar{y} - \sum_j \bar{y}_j y_j)"),
)
gradient(
    logsumexp,
    lambda g, y, x, axis=None, keepdims=False: multiply_no_nan(
        spread_back(g, x, axis), shares(x, axis=axis)
    ),
    maths=(r"\log \sum_i e^{x_i}", "e^{x - y}"),
)

# -- extremes: ties share equally ------------------------------------------------------------------


def _extreme_rule(
    g: Any,
    y: Any,
    x: Any,
    axis: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The gradient goes to the elements that equal the result, in equal shares; `initial` is one
    more element. Where the result is NaN it is undefined.
    """
    kept = keep(y, x, axis)
    hit = x == kept
    number = np.sum(hit if where is True else hit & where, axis=axes_of(x, axis), keepdims=True)
    if initial is not None:
        number = number + (kept == initial)
    upstream = keep(g, x, axis)
    share = upstream * safe_inverse(cast(number, dtype=counting_dtype(x)))
    received = np.where(hit, share, np.where(np.isnan(kept), undefined(upstream), 0))
    return masked(received, where)


_SHARES = r"\frac{[x = y]}{\sum_i [x_i = y]}"
for _largest in (np.max, np.amax, np.nanmax):
    gradient(_largest, _extreme_rule, maths=(r"\max_i x_i", _SHARES))
for _smallest in (np.min, np.amin, np.nanmin):
    gradient(_smallest, _extreme_rule, maths=(r"\min_i x_i", _SHARES))


@composite(np.ptp)
def _ptp(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


# -- products: exact at zeros, to any order --------------------------------------------------------


def _product_of_others(x: Any) -> Any:
    """For each element the product of all others along the last axis, without dividing.

    Elements are multiplied in pairs; the product of the others of a pair, times its partner,
    is what an element needs. A tree of such pairs takes 3 n multiplications.
    """
    n = x.shape[-1]
    if n <= 1:
        return np.ones_like(x)
    if n % 2:
        one = np.ones_like(x[..., :1])
        return _product_of_others(np.concatenate([x, one], axis=-1))[..., :n]
    left, right = x[..., 0::2], x[..., 1::2]
    others = _product_of_others(left * right)
    pairs = np.stack([others * right, others * left], axis=-1)
    return np.reshape(pairs, x.shape)


def _prod_rule(
    g: Any,
    y: Any,
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = 1,
    where: Any = True,
) -> Any:
    """Each element receives the product of all others."""
    values = x if where is True else np.where(where, x, 1)
    others = along_last(_product_of_others, values, axis)
    return masked(keep(g, x, axis) * others * initial, where)


gradient(np.prod, _prod_rule, maths=(r"\prod_i x_i", r"\prod_{j \ne i} x_j"))

# -- recorded, without a gradient ------------------------------------------------------------------

for _logical in (np.any, np.all):
    nondifferentiable(_logical, 1, "axis keepdims where")
for _position in (np.argmax, np.argmin):
    nondifferentiable(_position, 1, "axis keepdims")
nondifferentiable(np.count_nonzero, 1, "axis keepdims")
