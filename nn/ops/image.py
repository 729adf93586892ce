"""Images, (height, width, channels) or (samples, height, width, channels)."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.extend import windows
from nn._core import images as _images
from nn._core.missing_names import missing_name
from nn.layers.spatial import as_lengths, as_padding
from nn.ops.data_format import in_either_order

__all__ = [
    "affine_transform",
    "crop_images",
    "extract_patches",
    "extract_patches_3d",
    "hsv_to_rgb",
    "pad_images",
    "resize",
    "rgb_to_grayscale",
    "rgb_to_hsv",
]

INSTEAD = {
    "elastic_transform": "write ops.image.affine_transform, or a layer of nn.layers.Random...",
    "gaussian_blur": "write ops.depthwise_conv with the kernel of the bell curve",
    "map_coordinates": "write ops.image.affine_transform or resize, or index the array",
    "perspective_transform": "write ops.image.affine_transform",
    "scale_and_translate": "write ops.image.affine_transform",
    "sobel_edges": "write ops.depthwise_conv with the two kernels",
    "ssim": "write ops.psnr, or the formula with ops.average_pool",
}


def __getattr__(name: str) -> Any:
    """Refuse unknown names; says what to write instead."""
    raise missing_name("nn.ops.image", name, __all__, INSTEAD)


def _batch(images: Any, change: Any) -> Any:
    """Change a batch of images, or one image alone."""
    return change(images[None])[0] if images.ndim == 3 else change(images)


@in_either_order()
def resize(
    images: Any,
    size: tuple[int, int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Any:
    """Return images resized to (height, width), as the layer `nn.layers.Resizing`.

    Args:
        images: (samples, height, width, channels), or one without the samples.
        size: the new height and width.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
        antialias: True lets each element count where images become smaller.
        crop_to_aspect_ratio: True crops the middle before, so that nothing is distorted.
        pad_to_aspect_ratio: True adds a border before, likewise.
        fill_mode: "constant", for that border.
        fill_value: its value.
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: for other words.
    """
    if interpolation not in _images.INTERPOLATIONS or fill_mode != "constant":
        raise ValueError(
            f"interpolation is one of {list(_images.INTERPOLATIONS)}, fill_mode is 'constant'; got "
            f"{interpolation!r} and {fill_mode!r}"
        )
    height, width = as_lengths("size", size, 2)
    if images.ndim not in (3, 4):
        raise ValueError(
            "resize takes (samples, height, width, channels), or one image without the samples; "
            f"got {images.shape}"
        )

    def resized(x: Any) -> Any:
        if crop_to_aspect_ratio:
            rows, columns = _images.crop_box(x.shape[1:3], (height, width))
            x = x[:, rows, columns]
        if pad_to_aspect_ratio:
            above, beside = _images.pad_border(x.shape[1:3], (height, width))
            border = ((0, 0), (above, above), (beside, beside), (0, 0))
            x = np.pad(x, border, constant_values=fill_value)
        return _images.resize(x, (height, width), interpolation, antialias)

    return _batch(images, resized)


@in_either_order()
def affine_transform(
    images: Any,
    transform: Any,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Any:
    """Return images whose element at (x, y) is the input's at an affine function of it.

    Args:
        images: (samples, height, width, channels), or one without the samples.
        transform: a0, a1, a2, b0, b1, b2, 0, 0, of each image or of all: the place
            ``(a0 x + a1 y + a2, b0 x + b1 y + b2)``.
        interpolation: "bilinear" or "nearest".
        fill_mode: "constant", "nearest", "wrap", "mirror" or "reflect": what stands outside.
        fill_value: the constant.
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: for other words.
    """
    if interpolation not in ("bilinear", "nearest") or fill_mode not in _images.FILL_MODES:
        raise ValueError(
            f"interpolation is 'bilinear' or 'nearest', fill_mode one of "
            f"{list(_images.FILL_MODES)}; got {interpolation!r} and {fill_mode!r}"
        )
    rows = transform if hasattr(transform, "dtype") else np.asarray(transform, images.dtype)

    def moved(x: Any) -> Any:
        given = np.broadcast_to(np.reshape(rows, (-1, 8)), (x.shape[0], 8))
        return _images.affine_transform(x, given[:, :6], interpolation, fill_mode, fill_value)

    return _batch(images, moved)


@in_either_order()
def rgb_to_hsv(images: Any, data_format: str | None = None) -> Any:
    """Return hue, saturation and value of colours from 0 to 1; all are from 0 to 1."""
    _require_three(images)
    red, green, blue = (images[..., i] for i in range(3))
    value = np.max(images, axis=-1)
    spread = value - np.min(images, axis=-1)
    safe = np.where(spread > 0, spread, 1)
    of_green = np.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe)
    hue = np.where(value == red, ((green - blue) / safe) % 6, of_green) / 6
    hue = np.where(spread > 0, hue, 0)
    saturation = np.where(value > 0, spread / np.where(value > 0, value, 1), 0)
    return np.stack([hue, saturation, value], axis=-1).astype(images.dtype)


@in_either_order()
def hsv_to_rgb(images: Any, data_format: str | None = None) -> Any:
    """Return colours of hue, saturation and value, all from 0 to 1."""
    _require_three(images)
    hue, saturation, value = (images[..., i : i + 1] for i in range(3))
    sector = hue * 6 + np.array([0.0, 4.0, 2.0], images.dtype)
    ramp = np.clip(np.abs(sector % 6 - 3) - 1, 0, 1)
    return (value * (1 - saturation * (1 - ramp))).astype(images.dtype)


def _require_three(images: Any) -> None:
    if images.shape[-1] != 3:
        raise ValueError(f"colours have 3 channels, the last axis; got shape {images.shape}")


@in_either_order()
def rgb_to_grayscale(images: Any, data_format: str | None = None) -> Any:
    """Return the brightness of colours, 0.2989 red + 0.587 green + 0.114 blue, one channel.

    Raises:
        ValueError: for images of another number of channels than 3.
    """
    if images.shape[-1] != 3:
        raise ValueError(f"rgb_to_grayscale takes 3 channels, red, green, blue; got {images.shape}")
    weights = np.array([0.2989, 0.5870, 0.1140], images.dtype if images.dtype.kind == "f" else None)
    return np.sum(images * weights, axis=-1, keepdims=True).astype(images.dtype)


@in_either_order()
def extract_patches(
    images: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Return the windows of images, each as one line of channels.

    Args:
        images: (samples, height, width, channels), or one without the samples.
        size: of a window, a number or (height, width).
        strides: from one window to the next; by default their size.
        dilation_rate: from one element of a window to the next.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".

    Returns:
        (samples, positions, positions, elements of a window times channels).

    Raises:
        ValueError: for windows that do not fit.

    Example:
        >>> extract_patches(np.arange(16.0).reshape(1, 4, 4, 1), 2).shape
        (1, 2, 2, 4)
    """
    return _patches(images, 2, size, strides, dilation_rate, padding)


@in_either_order(rank=3)
def extract_patches_3d(
    volumes: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Return the windows of volumes, each as one line of channels, as `extract_patches`."""
    return _patches(volumes, 3, size, strides, dilation_rate, padding)


def _patches(x: Any, rank: int, size: Any, strides: Any, dilation: Any, padding: str) -> Any:
    padding = as_padding(padding)
    if x.ndim == rank + 1:
        return _patches(x[None], rank, size, strides, dilation, padding)[0]
    lengths = as_lengths("size", size, rank)
    steps = as_lengths("strides", lengths if strides is None else strides, rank)
    gaps = as_lengths("dilation_rate", dilation, rank)
    if padding == "same":
        totals = [
            max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
            for n, k, s, d in zip(x.shape[1:-1], lengths, steps, gaps, strict=True)
        ]
        x = np.pad(x, ((0, 0), *((t // 2, t - t // 2) for t in totals), (0, 0)))
    spans = [(k - 1) * d + 1 for k, d in zip(lengths, gaps, strict=True)]
    if any(n is not None and n < span for n, span in zip(x.shape[1:-1], spans, strict=True)):
        raise ValueError(
            f"windows of {spans} elements do not fit into inputs of shape {x.shape}. Write "
            'padding="same", or make them smaller'
        )
    w = windows(x, size=lengths, strides=steps, dilation=gaps)
    return np.reshape(w, (*w.shape[: rank + 1], -1))


def _sides(first: int | None, last: int | None, whole: int, length: int | None, name: str) -> Any:
    """Return (before, after) from two of: before, after, the length of the result."""
    if sum(part is None for part in (first, last, length)) != 1:
        raise ValueError(f"give two of the three numbers along the {name}: before, after, target")
    before: Any = whole - length - last if first is None else first  # type: ignore[operator]
    after: Any = whole - length - before if last is None else last  # type: ignore[operator]
    return before, after


@in_either_order()
def crop_images(
    images: Any,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Any:
    """Return images without their borders; two of the three numbers of each direction are given.

    Raises:
        ValueError: for more or fewer of them, and where nothing is left.
    """
    height, width = images.shape[-3:-1]
    top, bottom = _sides(top_cropping, bottom_cropping, height, target_height, "height")
    left, right = _sides(left_cropping, right_cropping, width, target_width, "width")
    if min(top, bottom, left, right, height - top - bottom - 1, width - left - right - 1) < 0:
        raise ValueError(
            f"cropping {top}, {bottom}, {left}, {right} (top, bottom, left, right) leaves "
            f"nothing of images of shape {images.shape}"
        )
    return images[..., top : height - bottom, left : width - right, :]


@in_either_order()
def pad_images(
    images: Any,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Any:
    """Return images with zeros around them; two of the three numbers of each direction are given.

    Raises:
        ValueError: for more or fewer of them, and where they are negative.
    """
    height, width = images.shape[-3:-1]
    heights = None if target_height is None else 2 * height - target_height
    widths = None if target_width is None else 2 * width - target_width
    top, bottom = _sides(top_padding, bottom_padding, height, heights, "height")
    left, right = _sides(left_padding, right_padding, width, widths, "width")
    if min(top, bottom, left, right) < 0:
        raise ValueError(f"paddings are 0 or more, got {top}, {bottom}, {left}, {right}")
    whole = ((0, 0),) * (images.ndim - 3)
    return np.pad(images, (*whole, (top, bottom), (left, right), (0, 0)))
