"""Layers on images: Resizing, CenterCrop."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Unpack

import numpy as np

from autograd_lite import Tensor
from nn._core.images import INTERPOLATIONS, crop_box, pad_border, resize
from nn._core.validation import require_count, require_finite, require_flag
from nn.layers.options import LayerOptions
from nn.layers.spatial import Spatial, as_data_format, in_either_order


def one_or_more(call: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap the `call` of a layer on images for one image alone, as in Keras."""

    @functools.wraps(call)
    def called(layer: Any, x: Any, *further: Any, **options: Any) -> Any:
        if x.ndim != 3:
            return call(layer, x, *further, **options)
        return call(layer, x[None], *further, **options)[0]

    return called


class Images(Spatial):
    """The base of layers on (samples, height, width, channels), or on one image alone."""

    rank = 2

    def __init__(self, data_format: str | None, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.data_format = as_data_format(data_format)

    def _length(self, axis: int, n: int) -> int:
        return n

    @one_or_more
    @in_either_order
    def call(self, x: Tensor) -> Any:
        self._check(x.shape)
        return self._changed(x)

    def compute_output_shape(self, *input_shapes: Any) -> Any:
        """The shape of the outputs; of one image for that of one."""
        if len(input_shapes) == 1 and len(input_shapes[0]) == 3:
            return super().compute_output_shape((1, *input_shapes[0]))[1:]
        return super().compute_output_shape(*input_shapes)

    def _changed(self, x: Any) -> Any:
        """Compute the outputs from images that have been checked."""
        raise NotImplementedError

    def _require_one_of(self, argument: str, value: Any, allowed: Any) -> None:
        if value not in allowed:
            raise ValueError(f"{argument} of {self.name} is one of {list(allowed)}, got {value!r}")


class Sized(Images):
    """The base of layers whose outputs have a size that was given."""

    height: int
    width: int

    def set_size(self, height: int, width: int) -> None:
        require_count("height", height)
        require_count("width", width)
        self.height = height
        self.width = width

    @property
    def _size(self) -> tuple[int, int]:
        return self.height, self.width

    def _output_lengths(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        self._check(shape)
        return self._size

    def _cropped_and_resized(self, x: Any) -> Any:
        """The largest part of these proportions, in the middle, resized."""
        rows, columns = crop_box(x.shape[1:3], self._size)
        return resize(x[:, rows, columns], self._size)


class Resizing(Sized):
    """Resizes images.

    Args:
        height, width: the new size.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
        crop_to_aspect_ratio: True cuts off what does not fit, so that proportions stay.
        pad_to_aspect_ratio: True fills up what is missing, so that proportions stay.
        fill_mode: "constant", for what is filled up.
        fill_value: the value there.
        antialias: True lets each element of the inputs count where images become smaller.
        data_format: as in `Conv2D`.
        trainable, dtype, name: as in `Layer`.

    Example:
        >>> Resizing(2, 3)(np.zeros((5, 8, 8, 1))).shape
        (5, 2, 3, 1)
    """

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(data_format, **options)
        self.set_size(height, width)
        self._require_one_of("interpolation", interpolation, INTERPOLATIONS)
        self._require_one_of("fill_mode", fill_mode, ["constant"])
        require_flag("crop_to_aspect_ratio", crop_to_aspect_ratio)
        require_flag("pad_to_aspect_ratio", pad_to_aspect_ratio)
        require_flag("antialias", antialias)
        require_finite("fill_value", fill_value)
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ValueError("crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other")
        self.interpolation = interpolation
        self.crop_to_aspect_ratio = crop_to_aspect_ratio
        self.pad_to_aspect_ratio = pad_to_aspect_ratio
        self.fill_mode = fill_mode
        self.fill_value = fill_value
        self.antialias = antialias

    def _changed(self, x: Any) -> Any:
        if self.crop_to_aspect_ratio:
            x = x[(slice(None), *crop_box(x.shape[1:3], self._size))]
        if self.pad_to_aspect_ratio:
            rows, columns = pad_border(x.shape[1:3], self._size)
            border = ((0, 0), (rows, rows), (columns, columns), (0, 0))
            x = np.pad(x, border, constant_values=self.fill_value)
        return resize(x, self._size, self.interpolation, self.antialias)


class CenterCrop(Sized):
    """The middle of images. Of smaller images: the largest part of these proportions, resized.

    Args:
        height, width: the size of the part.
        data_format: as in `Conv2D`.
        trainable, dtype, name: as in `Layer`.

    Example:
        >>> CenterCrop(1, 2)(np.arange(12.0).reshape(1, 3, 4, 1)).data.ravel()
        array([5., 6.], dtype=float32)
    """

    def __init__(
        self,
        height: int,
        width: int,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(data_format, **options)
        self.set_size(height, width)

    def _changed(self, x: Any) -> Any:
        top, left = x.shape[1] - self.height, x.shape[2] - self.width
        if top < 0 or left < 0:
            return self._cropped_and_resized(x)
        top, left = top // 2, left // 2
        return x[:, top : top + self.height, left : left + self.width]
