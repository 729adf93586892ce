"""The arithmetic of images that are resized, cropped and moved, differentiable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_lite as ag

# -- resizing --------------------------------------------------------------------------------------


def resize(
    images: Any, size: tuple[int, int], interpolation: str = "bilinear", antialias: bool = False
) -> Any:
    """Resize images to (height, width), as `jax.image.resize` and Keras's `ops.image.resize`.

    Args:
        images: an array or Tensor, (samples, height, width, channels).
        size: the new height and width.
        interpolation: one of `INTERPOLATIONS`.
        antialias: True widens the kernel where images become smaller, so that each element of the
            inputs counts. It does nothing for "nearest".

    Example:
        >>> resize(np.array([0.0, 2.0]).reshape(1, 1, 2, 1), (1, 4)).ravel()
        array([0. , 0.5, 1.5, 2. ])
    """
    for axis, length in zip((1, 2), size, strict=True):
        n = images.shape[axis]
        if length == n:
            continue
        if interpolation == "nearest":
            rows = (2 * np.arange(length) + 1) * n // (2 * length)
            images = images[(slice(None),) * axis + (rows,)]
        else:
            weights = interpolation_weights(n, length, interpolation, antialias)
            along_last = np.moveaxis(images, axis, -1) @ weights.astype(images.dtype)
            images = np.moveaxis(along_last, -1, axis)
    return images


def crop_box(lengths: tuple[int, int], size: tuple[int, int]) -> tuple[slice, slice]:
    """Return the largest part of an image, in its middle, whose sides are related as those of size.

    >>> crop_box((4, 10), (1, 2))
    (slice(0, 4, None), slice(1, 9, None))
    """
    (height, width), (new_height, new_width) = lengths, size
    rows = max(min(height, width * new_height // new_width), 1)
    columns = max(min(width, height * new_width // new_height), 1)
    top, left = (height - rows) // 2, (width - columns) // 2
    return slice(top, top + rows), slice(left, left + columns)


def pad_border(lengths: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """Return how much is added above and below, left and right, to relate the sides as in size.

    >>> pad_border((4, 10), (1, 2))
    (0, 0)
    >>> pad_border((4, 10), (1, 1))
    (3, 0)
    """
    (height, width), (new_height, new_width) = lengths, size
    rows = max(height, width * new_height // new_width)
    columns = max(width, height * new_width // new_height)
    return (rows - height) // 2, (columns - width) // 2 if rows == height else 0


def _linear(distance: Any) -> Any:
    return np.maximum(0, 1 - distance)


def _cubic(distance: Any) -> Any:
    """Source: Keys, 1981, "Cubic convolution interpolation for digital image processing"."""
    near = ((1.5 * distance - 2.5) * distance) * distance + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    return np.where(distance < 1, near, np.where(distance < 2, far, 0))


def _lanczos(radius: int) -> Callable[[Any], Any]:
    return lambda d: np.where(d < radius, np.sinc(d) * np.sinc(d / radius), 0)


_KERNELS: dict[str, Callable[[Any], Any]] = {
    "bilinear": _linear,
    "bicubic": _cubic,
    "lanczos3": _lanczos(3),
    "lanczos5": _lanczos(5),
}
INTERPOLATIONS = ("nearest", *_KERNELS)


def interpolation_weights(n: int, length: int, interpolation: str, antialias: bool = False) -> Any:
    """Return the matrix (n, length) by which n values become `length` values.

    An output lies where the middle of its cell falls among the inputs; near the border the weights
    of the inputs that are there are made to sum to 1.

    >>> interpolation_weights(2, 4, "bilinear")
    array([[1.  , 0.75, 0.25, 0.  ],
           [0.  , 0.25, 0.75, 1.  ]])
    """
    places = (np.arange(length) + 0.5) * (n / length) - 0.5
    distance = np.abs(places - np.arange(n)[:, None])
    widened = max(n / length, 1) if antialias else 1
    weights = _KERNELS[interpolation](distance / widened)
    return weights / np.sum(weights, axis=0)


# -- moving ----------------------------------------------------------------------------------------


def affine_transform(
    images: Any,
    transform: Any,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0.0,
) -> Any:
    """Move the elements of images: the output at (x, y) is the input at an affine function of it.

    That is ``(a0 x + a1 y + a2, b0 x + b1 y + b2)``, with x to the right and y downwards, as in
    Keras's `ops.image.affine_transform`. It is differentiable in the images, and for "bilinear" in
    the transform.

    Args:
        images: an array or Tensor, (samples, height, width, channels).
        transform: the six numbers (a0, a1, a2, b0, b1, b2) of each sample, (samples, 6).
        interpolation: "nearest" or "bilinear".
        fill_mode: one of `FILL_MODES`, for places outside of the image.
        fill_value: the value there in mode "constant".

    Example:
        >>> image = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1)
        >>> affine_transform(image, np.array([[1.0, 0, 1, 0, 1, 0]])).reshape(2, 2)  # to the left
        array([[2., 0.],
               [4., 0.]])
    """
    samples, height, width, channels = images.shape
    a0, a1, a2, b0, b1, b2 = (transform[:, i, None, None] for i in range(6))
    x, y = np.arange(width), np.arange(height)[:, None]
    nodes = _nearest if interpolation == "nearest" else _neighbours
    columns = nodes(a0 * x + a1 * y + a2)
    rows = nodes(b0 * x + b1 * y + b2)
    flat = images.reshape(samples * height * width, channels)
    first = np.arange(samples)[:, None, None] * height

    def contribution(row: Any, column: Any) -> Any:
        inside_y, inside_x = (FILL_MODES[fill_mode](*p) for p in ((row, height), (column, width)))
        found = ag.take(flat, (first + inside_y) * width + inside_x)
        if fill_mode != "constant":
            return found
        inside = (inside_y == row) & (inside_x == column)
        return np.where(inside[..., None], found, np.asarray(fill_value, images.dtype))

    terms = [
        contribution(row, column) * (by_y * by_x).astype(images.dtype)[..., None]
        for row, by_y in rows
        for column, by_x in columns
    ]
    return sum(terms[1:], terms[0])


def _nearest(place: Any) -> list[tuple[Any, Any]]:
    """The element at a place, with its weight; of two at the same distance the outer one."""
    index = np.trunc(place + np.copysign(0.5, place)).astype(np.intp)
    return [(index, np.ones_like(place))]


def _neighbours(place: Any) -> list[tuple[Any, Any]]:
    """The elements before and after a place, with their weights."""
    lower = np.floor(place)
    index = lower.astype(np.intp)
    return [(index, 1 - (place - lower)), (index + 1, place - lower)]


def _mirrored(i: Any, n: int) -> Any:
    """d c b | a b c d | c b a: the elements at the ends stand once."""
    last = max(n - 1, 1)
    return np.minimum(abs((i + last) % (2 * last) - last), n - 1)


FILL_MODES: dict[str, Callable[[Any, int], Any]] = {
    "constant": lambda i, n: np.clip(i, 0, n - 1),
    "nearest": lambda i, n: np.clip(i, 0, n - 1),
    "wrap": lambda i, n: i % n,
    "mirror": _mirrored,
    "reflect": lambda i, n: (_mirrored(2 * i + 1, 2 * n + 1) - 1) // 2,
}
