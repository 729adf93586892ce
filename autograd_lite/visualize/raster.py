"""Arrays as images: colour maps, mosaics, and PNG that an SVG embeds.

Images have the light theme's colours in both themes, as photographs do.
"""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import numpy as np

from autograd_lite.visualize.style import LIGHT

Array = np.ndarray[Any, Any]

FINE = 24  # pixels; images of fewer are enlarged in a mosaic, so that gaps are narrow


def shade(colour: str) -> Array:
    """A colour as three numbers from 0 to 1.

    Example:
        >>> shade("#ff0033")
        array([1. , 0. , 0.2])
    """
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def diverging(x: Any, largest: float | None = None) -> Array:
    """Colours of signed values: blue is negative, orange positive, zero has one of its own.

    Args:
        x: of any shape; NaN and infinities become black.
        largest: the absolute value of the strongest colour; None for that of x.

    Returns:
        Numbers from 0 to 1, of shape (*x.shape, 3).
    """
    x = np.asarray(x, float)
    finite = np.isfinite(x)
    largest = largest or float(np.max(np.abs(x), where=finite, initial=0.0)) or 1.0
    heat = np.array([shade(colour) for colour in LIGHT.heat])
    place = np.clip(np.where(finite, x, 0) / largest, -1, 1)
    ends = np.linspace(-1, 1, len(heat))
    colours = [np.interp(place, ends, heat[:, i]) * finite for i in range(3)]
    return np.stack(colours, axis=-1)


def grey(x: Any, low: float | None = None, high: float | None = None) -> Array:
    """Grey values, black for `low` and white for `high`; NaN and infinities become blue.

    Args:
        x: of any shape.
        low: None for the smallest of x.
        high: None for the largest of x.

    Returns:
        Numbers from 0 to 1, of shape (*x.shape, 3).
    """
    x = np.asarray(x, float)
    finite = np.isfinite(x)
    low = float(np.min(x, where=finite, initial=np.inf)) if low is None else low
    high = float(np.max(x, where=finite, initial=-np.inf)) if high is None else high
    span = high - low if high > low else 1.0
    level = np.clip((np.where(finite, x, low) - low) / span, 0, 1) if finite.any() else x * 0
    return np.where(finite[..., None], level[..., None], shade(LIGHT.heat[0]))


def blended(image: Array, colour: str, opacity: Any) -> Array:
    """An image under a colour, of an opacity from 0 to 1 at each of its points."""
    opacity = np.asarray(opacity)[..., None]
    mixed: Array = image * (1 - opacity) + shade(colour) * opacity
    return mixed


def enlarged(x: Array, times: int) -> Array:
    """A matrix with so many times the rows and columns, values between its own interpolated.

    Example:
        >>> enlarged(np.array([[0.0, 4.0]]), 2)
        array([[0., 1., 3., 4.],
               [0., 1., 3., 4.]])
    """
    for axis in (0, 1):
        count = x.shape[axis]
        place = (np.arange(count * times) + 0.5) / times - 0.5
        x = np.apply_along_axis(
            lambda line, at=place: np.interp(at, np.arange(len(line)), line), axis, x
        )
    return x


def mosaic(images: Array) -> Array:
    """Images side by side, about as many columns as rows, with transparent gaps between.

    Args:
        images: (count, height, width, 3), from 0 to 1; small ones are enlarged.

    Returns:
        (height, width, 4), from 0 to 1.

    Example:
        >>> mosaic(np.ones((3, 40, 50, 3))).shape
        (84, 104, 4)
    """
    larger = max(1, FINE // max(images.shape[1:3]))
    images = images.repeat(larger, axis=1).repeat(larger, axis=2)
    count, height, width, _ = images.shape
    gap = max(1, width // 12)
    columns = int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    whole = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap, 4))
    for i, image in enumerate(images):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        whole[top : top + height, left : left + width, :3] = image
        whole[top : top + height, left : left + width, 3] = 1
    return whole


def data_uri(image: Array) -> str:
    """An image as the address of a PNG that holds it.

    Args:
        image: (height, width, 3), or 4 with opacity, from 0 to 1.
    """
    pixels = np.rint(np.clip(np.nan_to_num(image), 0, 1) * 255).astype(np.uint8)
    height, width, channels = pixels.shape
    rows = np.hstack([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)])
    header = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[channels], 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
