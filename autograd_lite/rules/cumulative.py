"""Rules of running sums and products, and of differences, which undo them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.primitives import cast
from autograd_lite.rules.helpers import as_array, axis_of
from autograd_lite.table import composite, gradient

# -- running sums and products ---------------------------------------------------------------------


def _cumsum_rule(g: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None) -> Any:
    along = 0 if axis is None else axis
    total = np.flip(np.cumsum(np.flip(g, along), along), along)
    return np.reshape(total, np.shape(x))


gradient(np.cumsum, _cumsum_rule, maths=(r"\sum_{j \le i} x_j", r"\sum_{j \ge i} \bar{y}_j"))


def _cumprod_rule(g: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None) -> Any:
    """Element j receives, from every later result i, the product of all elements up to i but j.

    That is (product before j) times (product from j + 1 to i): a table of n by n, so that zeros
    are exact; n is the length of the axis.
    """
    rows = np.moveaxis(np.reshape(x, (-1,)) if axis is None else x, axis or 0, -1)
    upstream = np.moveaxis(np.reshape(g, (-1,)) if axis is None else g, axis or 0, -1)
    n = rows.shape[-1]
    position = np.arange(n)
    later = position > position[:, None]
    between = np.cumprod(np.where(later, rows[..., None, :], 1), axis=-1)
    reached = np.where(position >= position[:, None], between, 0)
    before = np.cumprod(
        np.concatenate([np.ones_like(rows[..., :1]), rows[..., :-1]], axis=-1), axis=-1
    )
    result = before * np.sum(upstream[..., None, :] * reached, axis=-1)
    return np.reshape(np.moveaxis(result, -1, axis or 0), np.shape(x))


gradient(
    np.cumprod,
    _cumprod_rule,
    maths=(r"\prod_{j \le i} x_j", r"\sum_{j \ge i} \bar{y}_j \prod_{k \le j, k \ne i} x_k"),
)


def _cumulative(function: Any, first: int) -> Any:
    """`np.cumulative_sum` and `np.cumulative_prod`, which have an axis unless x has only one."""

    def expand(
        x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
    ) -> Any:
        x = np.atleast_1d(x)
        if axis is None and x.ndim > 1:
            raise ValueError(
                "For arrays which have more than one dimension ``axis`` argument is required."
            )
        along = axis_of(x, 0 if axis is None else axis)
        result = function(x, along, dtype)
        if not include_initial:
            return result
        start = np.full_like(
            result, first, shape=tuple(1 if i == along else n for i, n in enumerate(x.shape))
        )
        return np.concatenate([start, result], axis=along)

    return expand


if hasattr(np, "cumulative_sum"):  # since NumPy 2.1
    composite(np.cumulative_sum)(_cumulative(np.cumsum, 0))
    composite(np.cumulative_prod)(_cumulative(np.cumprod, 1))

# -- differences -----------------------------------------------------------------------------------


@composite(np.diff)
def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences; those of truth values tell whether neighbours differ."""
    if n == 0:
        return a
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n}")
    if np.ndim(a) == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    along = axis_of(a, axis)
    shape = tuple(1 if i == along else length for i, length in enumerate(np.shape(a)))
    parts = [part for part in (prepend, a, append) if part is not None]
    parts = [np.broadcast_to(p, shape) if np.ndim(p) == 0 else p for p in parts]
    x = np.concatenate(parts, axis=along) if len(parts) > 1 else a
    minus = np.not_equal if x.dtype == bool else np.subtract
    for _ in range(n):
        rows = np.moveaxis(x, along, -1)
        x = np.moveaxis(minus(rows[..., 1:], rows[..., :-1]), -1, along)
    return x


@composite(np.ediff1d)
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    flat = np.ravel(ary)
    parts = [flat[1:] - flat[:-1]]
    for name, ends in (("to_end", to_end), ("to_begin", to_begin)):
        if ends is None:
            continue
        ends = as_array(ends)
        if not np.can_cast(ends, flat.dtype, casting="same_kind"):
            raise TypeError(
                f"dtype of `{name}` must be compatible with input `ary` under the `same_kind` rule."
            )
        ends = cast(np.ravel(ends), dtype=flat.dtype)
        parts = [*parts, ends] if name == "to_end" else [ends, *parts]
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


@composite(np.unwrap)
def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * math.pi) -> Any:
    """Steps of more than half a period are replaced by what is left of them without periods."""
    p = as_array(p)
    step = np.diff(p, axis=axis)
    dtype = np.result_type(step, period)
    half, odd = divmod(period, 2) if dtype.kind in "iu" else (period / 2, 0)
    low = -half
    rest = np.mod(step - low, period) + low
    if not odd:  # half a period up stays up
        rest = np.where((rest == low) & (step > 0), rest + period, rest)
    small = np.abs(step) < (period / 2 if discont is None else discont)
    correction = np.cumsum(np.where(small, 0, rest - step), axis=axis)
    along = axis_of(p, axis)
    first, others = np.split(p, [1], axis=along)
    return cast(np.concatenate([first, others + correction], axis=along), dtype=dtype)
