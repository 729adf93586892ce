"""Samples, kernels and maps as panels with one image each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.extend import charts

Array = np.ndarray[Any, Any]

SIDE = 132.0  # pixels of an image's longer side
MOSAIC = 300.0
SIGNED = "Blue is negative, orange positive."


def not_finite(x: Array) -> str:
    """Return a sentence about the values that are NaN or infinite; "" if there are none.

    Example:
        >>> not_finite(np.array([1.0, np.nan]))
        ' 1 of 2 values is NaN or infinite.'
    """
    count = int(np.count_nonzero(~np.isfinite(x)))
    verb = "is" if count == 1 else "are"
    return f" {count} of {x.size} values {verb} NaN or infinite." if count else ""


def image_shape_of(shape: Sequence[int | None], given: Any) -> tuple[int, ...]:
    """Return the shape of a sample as an image: (height, width) or (height, width, 1 or 3).

    Args:
        shape: of a sample.
        given: what the user says; None if nothing.

    Raises:
        ValueError: if it is no image, and nothing was said; or something that does not fit.
    """
    found = tuple(int(n) for n in (shape if given is None else given) if n is not None)
    size = math.prod(n for n in shape if n is not None)
    if len(found) == 2 and found[1] in (1, 3) and given is None and found[0] > 3:
        found = found[:1]
    fits = math.prod(found) == size and len(found) in (2, 3)
    if not fits or (len(found) == 3 and found[2] not in (1, 3)):
        raise ValueError(
            f"a sample of shape {tuple(shape)} is no image of shape {found}: say which it is, "
            "image_shape=(height, width), or (height, width, 3) for colours"
        )
    return found[:2] if found[2:] == (1,) else found


def as_image(x: Array) -> Array:
    """Return a sample (height, width) as grey values, one of (height, width, 3) as colours."""
    if x.ndim == 2:
        return charts.grey(x)
    low, high = float(x.min()), float(x.max())
    if low >= 0 and high <= 1:
        return x
    return x / 255 if low >= 0 and high <= 255 else (x - low) / ((high - low) or 1.0)


def image_panel(title: str, image: Array, about: str, longest: float = SIDE) -> charts.Panel:
    """Return an image with a title, its longer side of so many pixels."""
    height, width = image.shape[:2]
    scale = longest / max(height, width)
    return charts.Panel(title, [charts.Image(image, about)], size=(width * scale, height * scale))


def mosaic_panel(title: str, images: Array, about: str) -> charts.Panel:
    """Return images side by side, with a title."""
    return image_panel(title, charts.mosaic(images), about, MOSAIC)
