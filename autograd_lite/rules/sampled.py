"""Rules of functions that are known at points: slopes, areas, interpolation, convolutions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_lite.primitives import cast, take
from autograd_lite.rules.helpers import as_array, axis_of, floating
from autograd_lite.table import composite, gradient

# -- areas and slopes ------------------------------------------------------------------------------


@composite(np.trapezoid)
def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = as_array(y)
    along = axis_of(y, axis)
    rows = np.moveaxis(y, along, -1)
    if x is not None:
        x = as_array(x)
        dx = np.diff(x) if x.ndim == 1 else np.moveaxis(np.diff(x, axis=axis), axis, -1)
    return np.sum(dx * (rows[..., 1:] + rows[..., :-1]) / 2.0, axis=-1)


@composite(np.gradient)
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Central differences inside, one-sided ones at the ends, along each axis."""
    f = as_array(f)
    f = f if f.dtype == bool else floating(f)  # truth values are refused when they are subtracted
    axes = tuple(range(f.ndim)) if axis is None else normalize_axis_tuple(axis, f.ndim)
    spacings = varargs or (1.0,)
    if len(spacings) == 1 and np.ndim(spacings[0]) == 0:
        spacings = spacings * len(axes)
    if len(spacings) != len(axes):
        raise TypeError(
            f"gradient takes no spacing, one, or one for each axis; got {len(varargs)} for "
            f"{len(axes)} axes"
        )
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    slopes = []
    for along, spacing in zip(axes, spacings, strict=True):
        rows = np.moveaxis(f, along, -1)
        slope = _slope(rows, _steps(spacing, rows.shape[-1]), edge_order)
        if f.dtype.kind == "f" and slope.dtype != f.dtype:
            slope = cast(slope, dtype=f.dtype)
        slopes.append(np.moveaxis(slope, -1, along))
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _steps(spacing: Any, length: int) -> Any:
    """The distances between neighbours: one number, or of positions their differences."""
    spacing = spacing if isinstance(spacing, (int, float)) else as_array(spacing)
    if np.ndim(spacing) == 0:
        return spacing
    if spacing.ndim != 1:
        raise ValueError("distances must be either scalars or 1d")
    if len(spacing) != length:
        raise ValueError("when 1d, distances must match the length of the corresponding dimension")
    return np.diff(floating(spacing))


def _slope(rows: Any, step: Any, edge_order: int) -> Any:
    """The slopes along the last axis; weights as Fornberg's for unequal steps."""
    if rows.shape[-1] < edge_order + 1:
        raise ValueError(
            "Shape of array too small to calculate a numerical gradient, at least "
            "(edge_order + 1) elements are required."
        )
    low, middle, high = rows[..., :-2], rows[..., 1:-1], rows[..., 2:]
    if np.ndim(step) == 0:
        inside = (high - low) / (2.0 * step)
        ends = (step, step, step, step)
    else:
        left, right = step[:-1], step[1:]
        both = left + right
        inside = (
            -right / (left * both) * low
            + (right - left) / (left * right) * middle
            + left / (right * both) * high
        )
        ends = (step[0], step[1 if edge_order == 2 else 0], step[-1], step[-edge_order])
    first = _end([rows[..., i] for i in range(edge_order + 1)], *ends[:2])
    last = -_end([rows[..., -1 - i] for i in range(edge_order + 1)], *ends[2:])
    return np.concatenate([first[..., None], inside, last[..., None]], axis=-1)


def _end(values: list[Any], near: Any, far: Any) -> Any:
    """The slope at the first of two or three values, away from the end."""
    if len(values) == 2:
        return (values[1] - values[0]) / near
    both = near + far
    return (
        -(near + both) / (near * both) * values[0]
        + both / (near * far) * values[1]
        - near / (far * both) * values[2]
    )


# -- interpolation ---------------------------------------------------------------------------------


@composite(np.interp)
def _interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    x, xp, fp = (cast(as_array(v), dtype=np.float64) for v in (x, xp, fp))
    if xp.ndim != 1 or fp.ndim != 1:
        raise ValueError("Data points must be 1-D sequences")
    if len(xp) != len(fp):
        raise ValueError("fp and xp are not of the same length.")
    if len(xp) == 0:
        raise ValueError("array of sample points is empty")
    if period is not None:
        x, xp, fp = _periodic(x, xp, fp, period)
        left = right = None
    last = len(xp) - 1
    if last:
        place = np.searchsorted(xp, x, side="right") - 1
        inside = _between_knots(x, xp, fp, np.minimum(np.maximum(place, 0), last - 1))
    else:
        inside = fp[0]
    result = np.where(x < xp[0], fp[0] if left is None else left, inside)
    result = np.where(x > xp[last], fp[last] if right is None else right, result)
    return np.where(np.isnan(x), x, result) if last else result


def _periodic(x: Any, xp: Any, fp: Any, period: Any) -> tuple[Any, Any, Any]:
    """Everything in one period, and one point more at each end."""
    if period == 0:
        raise ValueError("period must be a non-zero value")
    period = abs(period)
    xp = xp % period
    order = np.argsort(xp)
    xp, fp = xp[order], fp[order]
    xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
    return x % period, xp, np.concatenate([fp[-1:], fp, fp[:1]])


def _between_knots(x: Any, xp: Any, fp: Any, below: Any) -> Any:
    """On the line through two neighbours; where that is NaN, seen from the other end."""
    low, high, x_low, x_high = (take(v, at) for v in (fp, xp) for at in (below, below + 1))
    slope = (high - low) / (x_high - x_low)
    value = slope * (x - x_low) + low
    value = np.where(np.isnan(value), slope * (x - x_high) + high, value)
    value = np.where(np.isnan(value) & ((low == high) | (x == x_low)), low, value)
    return np.where(np.isnan(value) & (x == x_high), high, value)


# -- convolutions ----------------------------------------------------------------------------------


_MODES = {0: "valid", 1: "same", 2: "full"}  # NumPy's older names


def _in_full(g: Any, a: Any, v: Any, mode: Any) -> Any:
    """The gradient of the full convolution, of which `mode` keeps a part in the middle."""
    shorter = min(np.size(a), np.size(v))
    parts = {"full": 0, "same": shorter - 1 - shorter // 2, "valid": shorter - 1}
    before = parts[_MODES.get(mode, mode)]
    return np.pad(g, (before, np.size(a) + np.size(v) - 1 - before - np.size(g)))


gradient(
    np.convolve,
    lambda g, y, a, v, mode="full": np.reshape(
        np.correlate(_in_full(g, a, v, mode), np.ravel(v), "valid"), np.shape(a)
    ),
    lambda g, y, a, v, mode="full": np.reshape(
        np.correlate(_in_full(g, a, v, mode), np.ravel(a), "valid"), np.shape(v)
    ),
    maths=(
        r"\sum_j a_j v_{i - j}",
        r"\operatorname{correlate}(\bar{y}, v)",
        r"\operatorname{correlate}(\bar{y}, a)",
    ),
)


@composite(np.correlate)
def _correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    if np.ndim(a) == 0 or np.ndim(v) == 0:
        raise ValueError("correlate takes vectors, got a number")
    if np.size(v) > np.size(a):
        return np.flip(np.convolve(v, np.flip(a), mode))
    return np.convolve(a, np.flip(v), mode)
