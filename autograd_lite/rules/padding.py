"""Rules of padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.primitives import take
from autograd_lite.recording import primitive
from autograd_lite.rules.helpers import along, converted
from autograd_lite.table import composite, gradient
from autograd_lite.tensor import Tensor

Pair = tuple[Any, Any]


@primitive
def pad(x: Any, width: tuple[tuple[int, int], ...], value: Any = 0, out: Any = None) -> Any:
    """`np.pad` with a constant around; `width` is (before, after) for each axis."""
    shape = tuple(a + n + b for (a, b), n in zip(width, x.shape, strict=True))
    result = np.empty_like(x, order="C", shape=shape) if out is None else out
    result[...] = value
    result[tuple(slice(a, a + n) for (a, _), n in zip(width, x.shape, strict=True))] = x
    return result


@primitive(inlinable=True)
def crop(x: Any, width: tuple[tuple[int, int], ...]) -> Any:
    """X without its border: the adjoint of `pad`."""
    inside = zip(width, x.shape, strict=True)
    return x[tuple(slice(before, n - after) for (before, after), n in inside)]


gradient(
    pad,
    lambda g, y, x, *, width, value=0: crop(g, width=width),
    maths=(r"\operatorname{pad}(x)", r"\operatorname{crop}(\bar{y})"),
)
gradient(
    crop,
    lambda g, y, x, *, width: pad(g, width=width),
    maths=(r"\operatorname{crop}(x)", r"\operatorname{pad}(\bar{y})"),
)


@composite(np.pad)
def _pad(array: Any, pad_width: Any, mode: Any = "constant", **keywords: Any) -> Any:
    """Every mode is a constant border, a border read from inside, or, axis by axis as NumPy does
    it, two computed borders put around.
    """
    width = _widths(pad_width, np.ndim(array))
    if callable(mode):
        raise TypeError(
            "pad on a Tensor takes no function as its mode: it would write into the array, which "
            "the record cannot follow. Compute the border and join it with np.concatenate"
        )
    _require_keyword_of(mode, keywords)
    if not width:
        return np.copy(array)  # no axis to pad
    if mode == "empty":
        return pad(array, width=width)  # NumPy leaves the border as it finds it
    if mode == "constant":
        return _constant(array, width, **keywords)
    if array.size == 0:
        return _nothing_padded(array, width, mode)
    if mode in ("edge", "wrap", "reflect", "symmetric") and keywords.get("reflect_type") != "odd":
        read = [np.pad(np.arange(n), w, mode=mode) for n, w in zip(array.shape, width, strict=True)]
        return take(array, np.ix_(*read))
    if mode == "linear_ramp":
        return _linear_ramp(array, width, **keywords)
    if mode in ("reflect", "symmetric"):
        return _reflected_oddly(array, width, mode)
    return _statistic(array, width, _STATISTICS[mode], **keywords)


_KEYWORD = {
    "constant": "constant_values",
    "linear_ramp": "end_values",
    "maximum": "stat_length",
    "mean": "stat_length",
    "median": "stat_length",
    "minimum": "stat_length",
    "reflect": "reflect_type",
    "symmetric": "reflect_type",
    "edge": "",
    "empty": "",
    "wrap": "",
}
_STATISTICS: dict[str, Callable[..., Any]] = {
    "maximum": np.max,
    "minimum": np.min,
    "mean": np.mean,
    "median": np.median,
}


def _require_keyword_of(mode: Any, keywords: dict[str, Any]) -> None:
    if mode not in _KEYWORD:
        raise ValueError(f"mode '{mode}' is not supported; pad has the modes {[*_KEYWORD]}")
    others = keywords.keys() - {_KEYWORD[mode]}
    if others:
        raise ValueError(f"unsupported keyword arguments for mode '{mode}': {others}")


def _widths(pad_width: Any, ndim: int) -> tuple[tuple[int, int], ...]:
    """(before, after) for each axis, from what `np.pad` lets one write."""
    if isinstance(pad_width, dict):
        by_axis: list[Any] = [(0, 0)] * ndim
        for axis, given in pad_width.items():
            by_axis[axis] = (given, given) if isinstance(given, int) else given
        pad_width = by_axis
    integers = np.asarray(pad_width)
    if integers.dtype.kind != "i":
        raise TypeError("`pad_width` must be of integral type.")
    if (integers < 0).any():
        raise ValueError("index can't contain negative values")
    pairs = np.broadcast_to(integers, (ndim, 2))
    return tuple((int(before), int(after)) for before, after in pairs)


def _around(x: Any, axis: int, width: tuple[int, int], borders: Pair) -> Any:
    """X between two borders, each broadcast along `axis` to its width and cast to x's dtype."""
    before, after = (
        np.broadcast_to(converted(border, x.dtype), (*x.shape[:axis], n, *x.shape[axis + 1 :]))
        for border, n in zip(borders, width, strict=True)
    )
    return np.concatenate([before, x, after], axis=axis)


def _constant(x: Any, width: tuple[tuple[int, int], ...], constant_values: Any = 0) -> Any:
    if np.ndim(constant_values) == 0 and not isinstance(constant_values, Tensor):
        value = np.empty((), x.dtype)
        value[...] = np.asarray(constant_values)[()]  # as NumPy casts it: 300 is 44 in uint8
        return pad(x, width=width, value=value.item())
    values = np.broadcast_to(constant_values, (np.ndim(x), 2))
    for axis, pair in enumerate(width):
        x = _around(x, axis, pair, (values[axis, 0], values[axis, 1]))
    return x


def _nothing_padded(x: Any, width: tuple[tuple[int, int], ...], mode: str) -> Any:
    """There is nothing that a border could be read from."""
    for axis, pair in enumerate(width):
        if x.shape[axis] == 0 and any(pair):
            raise ValueError(
                f"can't extend empty axis {axis} using modes other than 'constant' or 'empty', "
                f"got mode '{mode}'"
            )
    return pad(x, width=width)


def _linear_ramp(x: Any, width: tuple[tuple[int, int], ...], end_values: Any = 0) -> Any:
    values = np.broadcast_to(end_values, (np.ndim(x), 2))
    for axis, (before, after) in enumerate(width):
        first, last = take(x, along(axis, 0)), take(x, along(axis, -1))
        form = {"endpoint": False, "dtype": x.dtype, "axis": axis}
        rising = np.linspace(values[axis, 0], first, before, **form)
        falling = np.flip(np.linspace(values[axis, 1], last, after, **form), axis)
        x = _around(x, axis, (before, after), (rising, falling))
    return x


def _statistic(
    x: Any,
    width: tuple[tuple[int, int], ...],
    function: Callable[..., Any],
    stat_length: Any = None,
) -> Any:
    """A statistic of the first, and of the last, `stat_length` elements along an axis."""
    lengths = np.broadcast_to(_lengths(stat_length), (np.ndim(x), 2))
    for axis, pair in enumerate(width):
        n = x.shape[axis]
        first, last = (n if length is None else min(int(length), n) for length in lengths[axis])
        if 0 in (first, last) and function in (np.max, np.min):
            raise ValueError("stat_length of 0 yields no value for padding")
        ends = slice(0, first), slice(n - last, n)
        borders = [function(take(x, along(axis, end)), axis=axis, keepdims=True) for end in ends]
        if x.dtype.kind in "iu":
            borders = [np.round(border) for border in borders]
        x = _around(x, axis, pair, (borders[0], borders[1]))
    return x


def _lengths(stat_length: Any) -> Any:
    if stat_length is None:
        return np.asarray(None)
    lengths = np.round(stat_length).astype(np.intp)
    if (lengths < 0).any():
        raise ValueError("index can't contain negative values")
    return lengths


def _reflected_oddly(x: Any, width: tuple[tuple[int, int], ...], mode: str) -> Any:
    """2 * edge - what an even reflection reads; as often as it takes to fill the border, since a
    reflection is no longer than what it reflects.
    """
    for axis, (before, after) in enumerate(width):
        period = x.shape[axis]
        if period == 1:  # the edge, as NumPy has it
            borders = take(x, along(axis, slice(0, 1)))
            x = _around(x, axis, (before, after), (borders, borders))
            continue
        skipped = int(mode == "reflect")  # the edge itself is not repeated
        while before or after:
            whole = (x.shape[axis] - skipped) // (period - skipped) * (period - skipped)
            left, right = min(whole, before), min(whole, after)
            n = x.shape[axis]
            from_left = np.arange(left - 1, -1, -1) + skipped
            from_right = np.arange(n - 1, n - 1 - right, -1) - skipped
            rising = 2 * take(x, along(axis, slice(0, 1))) - take(x, along(axis, from_left))
            falling = 2 * take(x, along(axis, slice(n - 1, n))) - take(x, along(axis, from_right))
            x = _around(x, axis, (left, right), (rising, falling))
            before, after = before - left, after - right
    return x
