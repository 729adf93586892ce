"""Rules of other shapes and orders of the same elements."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.exceptions import AxisError

from autograd_lite.rules.helpers import axes_of, axis_of
from autograd_lite.table import composite, gradient


def _reshape(x: Any, shape: Any, order: str = "C", copy: bool | None = None) -> Any:
    _require_fixed_order(order)
    keywords = {} if copy is None else {"copy": copy}  # since NumPy 2.1
    return np.reshape(x, shape, order=order, **keywords)  # type: ignore[call-overload]


def _ravel(x: Any, order: str = "C") -> Any:
    _require_fixed_order(order)
    return np.ravel(x, order=order)  # type: ignore[call-overload]


def _require_fixed_order(order: str) -> None:
    """Orders "A" and "K" depend on the layout in memory, which a gradient need not share."""
    np.array(0, order=order)  # type: ignore[call-overload]  # ValueError: what is no order
    if order not in ("C", "F", "c", "f"):
        raise TypeError(f"on a Tensor order is 'C' or 'F', got {order!r}")


gradient(
    np.reshape,
    lambda g, y, x, *, shape, order="C", copy=None: np.reshape(g, np.shape(x), order=order),
    evaluate=_reshape,
    maths=(r"\operatorname{reshape}(x)", r"\operatorname{reshape}(\bar{y})"),
)
gradient(
    np.ravel,
    lambda g, y, x, order="C": np.reshape(g, np.shape(x), order=order),
    evaluate=_ravel,
    maths=(r"\operatorname{ravel}(x)", r"\operatorname{reshape}(\bar{y})"),
)
gradient(
    np.expand_dims,
    lambda g, y, x, *, axis: np.reshape(g, np.shape(x)),
    maths=(r"\operatorname{reshape}(x)", r"\operatorname{reshape}(\bar{y})"),
)
gradient(
    np.squeeze,
    lambda g, y, x, axis=None: np.reshape(g, np.shape(x)),
    maths=(r"\operatorname{reshape}(x)", r"\operatorname{reshape}(\bar{y})"),
)


def _transpose_rule(g: Any, y: Any, x: Any, axes: Any = None) -> Any:
    return np.transpose(g, None if axes is None else np.argsort(axes_of(x, axes)))


gradient(np.transpose, _transpose_rule, maths=(r"x^\top", r"\bar{y}^\top"))
gradient(
    np.swapaxes,
    lambda g, y, x, *, axis1, axis2: np.swapaxes(g, axis1, axis2),
    maths=(r"\operatorname{swapaxes}(x)", r"\operatorname{swapaxes}(\bar{y})"),
)
gradient(
    np.moveaxis,
    lambda g, y, x, *, source, destination: np.moveaxis(g, destination, source),
    maths=(r"\operatorname{moveaxis}(x)", r"\operatorname{moveaxis}^{-1}(\bar{y})"),
)
gradient(
    np.matrix_transpose, lambda g, y, x: np.swapaxes(g, -2, -1), maths=(r"x^\top", r"\bar{y}^\top")
)
gradient(
    np.linalg.matrix_transpose,
    lambda g, y, x: np.swapaxes(g, -2, -1),
    maths=(r"x^\top", r"\bar{y}^\top"),
)
gradient(
    np.flip,
    lambda g, y, x, axis=None: np.flip(g, axis),
    maths=(r"\operatorname{flip}(x)", r"\operatorname{flip}(\bar{y})"),
)
gradient(
    np.rot90,
    lambda g, y, x, k=1, axes=(0, 1): np.rot90(g, -k, axes),
    maths=(r"\operatorname{rot90}(x)", r"\operatorname{rot90}^{-1}(\bar{y})"),
)


def _roll_rule(g: Any, y: Any, x: Any, *, shift: Any, axis: Any = None) -> Any:
    return np.roll(g, np.negative(shift), axis)


gradient(
    np.roll, _roll_rule, maths=(r"\operatorname{roll}(x)", r"\operatorname{roll}^{-1}(\bar{y})")
)


@composite(np.rollaxis)
def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    ndim = np.ndim(a)
    axis = axis_of(a, axis)
    before = start + ndim if start < 0 else start
    if not 0 <= before <= ndim:
        raise AxisError(
            f"'start' arg requires {-ndim} <= start < {ndim + 1}, but {start} was passed in"
        )
    return np.moveaxis(a, axis, before - 1 if before > axis else before)


@composite("numpy.fft.fftshift")
def _fftshift(x: Any, axes: Any = None) -> Any:
    """The zero of an axis of frequencies moves to its middle."""
    shifted = range(np.ndim(x)) if axes is None else np.atleast_1d(axes)
    return np.roll(x, [np.shape(x)[i] // 2 for i in shifted], tuple(shifted))


@composite("numpy.fft.ifftshift")
def _ifftshift(x: Any, axes: Any = None) -> Any:
    shifted = range(np.ndim(x)) if axes is None else np.atleast_1d(axes)
    return np.roll(x, [-(np.shape(x)[i] // 2) for i in shifted], tuple(shifted))


@composite(np.flipud)
def _flipud(m: Any) -> Any:
    if np.ndim(m) < 1:
        raise ValueError("Input must be >= 1-d.")
    return np.flip(m, 0)


@composite(np.fliplr)
def _fliplr(m: Any) -> Any:
    if np.ndim(m) < 2:
        raise ValueError("Input must be >= 2-d.")
    return np.flip(m, 1)


def _at_least(count: int, where: Any) -> Any:
    def expand(*arys: Any) -> Any:
        raised = [where(a) if np.ndim(a) < count else a for a in arys]
        return raised[0] if len(raised) == 1 else tuple(raised)

    return expand


def _as_3d(x: Any) -> Any:
    """Shapes as NumPy has them: () to (1, 1, 1), (n,) to (1, n, 1), (m, n) to (m, n, 1)."""
    shape = {0: (1, 1, 1), 1: (1, *np.shape(x), 1), 2: (*np.shape(x), 1)}[np.ndim(x)]
    return np.reshape(x, shape)


composite(np.atleast_1d)(_at_least(1, lambda x: np.reshape(x, (1,))))
composite(np.atleast_2d)(_at_least(2, lambda x: np.reshape(x, (1, -1))))
composite(np.atleast_3d)(_at_least(3, _as_3d))
