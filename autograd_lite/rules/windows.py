"""Sliding windows of several axes at once, and their adjoint: what convolution and pooling are
made of.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.recording import primitive
from autograd_lite.table import gradient


@primitive
def windows(
    x: Any, size: tuple[int, ...], strides: tuple[int, ...], dilation: tuple[int, ...]
) -> Any:
    r"""Return every window of the axes after the first, as a read-only view.

    Args:
        x: array or Tensor, (samples, \*lengths, ...), with a length for each entry of `size`.
        size: elements of a window, along each axis.
        strides: from one window to the next, along each axis.
        dilation: from one element of a window to the next, along each axis.

    Returns:
        (samples, \*positions, \*size, ...); there are
        ``(length - (size - 1) * dilation - 1) // strides + 1`` positions along an axis.

    Raises:
        ValueError: where a window is longer than the axis, and for numbers below 1.

    Example:
        >>> windows(np.arange(5.0)[None], size=(3,), strides=(2,), dilation=(1,))
        array([[[0., 1., 2.],
                [2., 3., 4.]]])
    """
    n = len(size)
    if min(*size, *strides, *dilation) < 1:
        raise ValueError(f"windows need numbers from 1 up, got {size}, {strides}, {dilation}")
    spans = tuple((k - 1) * d + 1 for k, d in zip(size, dilation, strict=True))
    axes = tuple(range(1, n + 1))
    dense = np.lib.stride_tricks.sliding_window_view(x, spans, axis=axes)
    starts = tuple(slice(None, None, s) for s in strides)
    inside = tuple(slice(None, None, d) for d in dilation)
    order = (*range(n + 1), *range(x.ndim, x.ndim + n), *range(n + 1, x.ndim))
    return dense.transpose(order)[(slice(None), *starts, *inside)]


@primitive
def fold(
    w: Any,
    lengths: tuple[int, ...],
    strides: tuple[int, ...],
    dilation: tuple[int, ...],
    out: Any = None,
) -> Any:
    r"""Add windows up, each at its place: the adjoint of `windows`.

    Args:
        w: array or Tensor, (samples, \*positions, \*size, ...), as `windows` returns it.
        lengths: of the axes that the windows were taken from.
        strides: from one window to the next, along each axis.
        dilation: from one element of a window to the next, along each axis.
        out: for a compiled program, the array that is returned.

    Returns:
        (samples, \*lengths, ...); where windows overlap their elements add up.

    Raises:
        ValueError: where axes of these lengths have not as many windows.

    Example:
        >>> fold(np.ones((1, 2, 3)), lengths=(5,), strides=(2,), dilation=(1,))
        array([[1., 1., 2., 1., 1.]])
    """
    n = len(lengths)
    positions, size = w.shape[1 : n + 1], w.shape[n + 1 : 2 * n + 1]
    for p, k, length, s, d in zip(positions, size, lengths, strides, dilation, strict=True):
        if p != (length - (k - 1) * d - 1) // s + 1:
            raise ValueError(f"an axis of length {length} has not {p} windows of {k} elements")
    shape = (w.shape[0], *lengths, *w.shape[2 * n + 1 :])
    result = np.empty_like(w, shape=shape) if out is None else out
    result[...] = 0
    overlap = any((k - 1) * d >= s for k, s, d in zip(size, strides, dilation, strict=True))
    everywhere = (slice(None),) * (n + 1)
    for element in np.ndindex(size):
        steps = zip(element, positions, strides, dilation, strict=True)
        starts = tuple(slice(i * d, i * d + (p - 1) * s + 1, s) for i, p, s, d in steps)
        places, values = result[(slice(None), *starts)], w[(*everywhere, *element)]
        if overlap:
            np.add(places, values, out=places)
        else:
            np.copyto(places, values)
    return result


gradient(
    windows,
    lambda g, y, x, *, size, strides, dilation: fold(
        g, lengths=x.shape[1 : len(size) + 1], strides=strides, dilation=dilation
    ),
    maths=(r"\operatorname{windows}(x)", r"\operatorname{fold}(\bar{y})"),
)
gradient(
    fold,
    lambda g, y, w, *, lengths, strides, dilation: windows(
        g, size=w.shape[len(lengths) + 1 : 2 * len(lengths) + 1], strides=strides, dilation=dilation
    ),
    maths=(r"\operatorname{fold}(w)", r"\operatorname{windows}(\bar{y})"),
)
