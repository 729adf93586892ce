"""Images read and written, by Pillow (extra ``images``)."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from nn.config import floatx
from nn.layers.spatial import as_data_format
from nn.ops.image import resize

__all__ = ["array_to_img", "img_to_array", "load_img", "save_img"]

_MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
_FILTERS = {
    "nearest": 0,
    "lanczos": 1,
    "bilinear": 2,
    "bicubic": 3,
    "box": 4,
    "hamming": 5,
}


def _pillow() -> Any:
    """Return Pillow's module.

    Raises:
        ImportError: says how to install it.
    """
    try:
        from PIL import Image
    except ImportError:
        raise ImportError(
            "images are read by Pillow, which is not installed: python -m pip install pillow"
        ) from None
    return Image


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """Return an image of Pillow from a file, of 8 bits for each channel.

    Args:
        path: of the file, or a file.
        color_mode: "grayscale", "rgb" or "rgba".
        target_size: (height, width) that it is resized to.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos", "box" or "hamming".
        keep_aspect_ratio: True crops the middle before, so that nothing is distorted.

    Raises:
        ValueError: for other words.
        ImportError: without Pillow.
    """
    if color_mode not in _MODES:
        raise ValueError(f"color_mode is one of {', '.join(_MODES)}; got {color_mode!r}")
    if interpolation not in _FILTERS:
        raise ValueError(f"interpolation is one of {', '.join(_FILTERS)}; got {interpolation!r}")
    pillow = _pillow()
    with pillow.open(path if hasattr(path, "read") else os.fspath(path)) as opened:
        image = opened
        if image.mode.startswith("I"):  # of 16 bits: Pillow would cut off what is above 255
            image = pillow.fromarray((np.asarray(image) >> 8).clip(0, 255).astype(np.uint8))
        image = image.convert(_MODES[color_mode])
    if target_size is None:
        return image
    height, width = target_size
    box = None
    if keep_aspect_ratio:
        w = min(image.width, image.height * width // height)
        h = min(image.height, image.width * height // width)
        left, top = (image.width - w) // 2, (image.height - h) // 2
        box = (left, top, left + w, top + h)
    return image.resize((width, height), _FILTERS[interpolation], box=box)


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> Any:
    """Return an image of Pillow as an array (height, width, channels), `floatx()` unless given.

    With ``data_format="channels_first"`` the array is (channels, height, width).
    """
    array = np.asarray(img).astype(dtype or floatx())
    if array.ndim not in (2, 3):
        raise ValueError(f"an image has 2 or 3 axes, got {array.shape}")
    array = array[..., None] if array.ndim == 2 else array
    first = as_data_format(data_format) == "channels_first"
    return np.moveaxis(array, -1, 0) if first else array


def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Any:
    """Return an array (height, width, channels) as an image of Pillow.

    Args:
        x: the array; 1, 3 or 4 channels.
        data_format: "channels_last", or "channels_first" for (channels, height, width).
        scale: True stretches the values to 0 to 255.
        dtype: has no effect.

    Raises:
        ValueError: for other shapes, NaN and infinities.
        ImportError: without Pillow.
    """
    array = np.asarray(x, np.float64)
    if as_data_format(data_format) == "channels_first" and array.ndim == 3:
        array = np.moveaxis(array, 0, -1)
    if not np.isfinite(array).all():
        raise ValueError("an image holds finite numbers, this array has NaN or infinities")
    if array.ndim != 3 or array.shape[-1] not in (1, 3, 4):
        raise ValueError(f"an image is (height, width, 1, 3 or 4 channels), got {array.shape}")
    if scale:
        array = array - array.min(initial=0 if not array.size else array.flat[0])
        array = array * (255 / (array.max(initial=0) or 1))
    pixels = array.astype(np.uint8)
    return _pillow().fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array (height, width, channels) to an image file, as `array_to_img`."""
    array_to_img(x, data_format, scale).save(path, format=file_format, **kwargs)


def smart_resize(
    x: Any,
    size: tuple[int, int],
    interpolation: str = "bilinear",
    data_format: str | None = None,
    backend_module: Any = None,
) -> Any:
    """Return images resized to (height, width), without distortion: what does not fit is cut off.

    Args:
        x: (samples, height, width, channels), or one without the samples.
        size: the new height and width.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
        data_format: "channels_last", or "channels_first" for (samples, channels, height, width).
        backend_module: has no effect.

    Example:
        >>> smart_resize(np.zeros((4, 8, 3)), (2, 2)).shape
        (2, 2, 3)
    """
    return resize(x, size, interpolation, crop_to_aspect_ratio=True, data_format=data_format)
