"""Pooling: one number for each window of a channel, or for a whole channel."""

from __future__ import annotations

import functools
import math
from typing import Any, Unpack

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import window_max, window_sum, windows
from nn._core.masks import as_mask, over_features
from nn._core.validation import require_flag
from nn.layers.options import LayerOptions
from nn.layers.spatial import (
    Lengths,
    Spatial,
    Windowed,
    as_data_format,
    as_lengths,
    as_padding,
    in_either_order,
)


class _Pooling(Windowed):
    def __init__(
        self,
        pool_size: int | tuple[int, ...] = 2,
        strides: int | tuple[int, ...] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        *,
        trainable: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__(trainable=trainable, dtype=dtype, name=name)
        self.pool_size = as_lengths("pool_size", pool_size, self.rank)
        given = self.pool_size if strides is None else strides
        self.strides = as_lengths("strides", given, self.rank)
        self.padding = as_padding(padding)
        self.data_format = as_data_format(data_format)

    def _window(self) -> tuple[Lengths, Lengths, Lengths]:
        return self.pool_size, self.strides, (1,) * self.rank

    def _windows(self, x: Tensor) -> Any:
        """The windows of the inputs, (samples, *positions, *pool_size, channels)."""
        size, strides, dilation = self._window()
        return windows(x, size=size, strides=strides, dilation=dilation)


# -- the largest -----------------------------------------------------------------------------------


class _MaxPooling(_Pooling):
    @in_either_order
    def call(self, x: Tensor) -> Any:
        self._output_lengths(x.shape)
        return window_max(self._windows(self._padded(x, -np.inf)), rank=self.rank)


class MaxPooling1D(_MaxPooling):
    """The largest element of each window of a line. Arguments and errors as in `MaxPooling2D`.

    Example:
        >>> MaxPooling1D()([[[1.0], [3.0], [2.0], [0.0]]]).data.ravel()
        array([3., 2.], dtype=float32)
    """

    rank = 1


class MaxPooling2D(_MaxPooling):
    """The largest element of each window of an image, channel by channel.

    Elements of a window that are equally large share its gradient.

    Args:
        pool_size: of the window; one number, or one for each length.
        strides: from one window to the next; None for the size of the window.
        padding: "valid" (windows lie inside of the inputs; what is left over is dropped), or "same"
            (length / stride windows, of which some stand out over the border).
        data_format: as in `Conv2D`.
        name, trainable, dtype: as in `Layer`.

    Shapes: inputs (samples, height, width, channels), outputs (samples, positions down, positions
    across, channels).

    Raises:
        ValueError: for a window larger than the inputs, and for another number of axes.

    Example:
        >>> MaxPooling2D()(np.zeros((5, 28, 28, 3))).shape
        (5, 14, 14, 3)
    """

    rank = 2


class MaxPooling3D(_MaxPooling):
    """The largest element of each window of a volume. Arguments and errors as in `MaxPooling2D`."""

    rank = 3


# -- the mean --------------------------------------------------------------------------------------


class _AveragePooling(_Pooling):
    @in_either_order
    def call(self, x: Tensor) -> Any:
        self._output_lengths(x.shape)
        wide = x.astype(np.float32) if x.dtype == np.float16 else x  # a sum has no room in float16
        total = window_sum(self._windows(self._padded(wide)), rank=self.rank)
        if self.padding == "valid":
            mean = total / math.prod(self.pool_size)
        else:
            mean = total / self._counts(x.shape).astype(wide.dtype)
        return mean if mean.dtype == x.dtype else mean.astype(x.dtype)

    def _counts(self, shape: tuple[int, ...]) -> Any:
        """Count the elements of each window that are not padding, (*positions, 1)."""
        counts = []
        for axis, (before, _) in enumerate(self._border(shape)):
            n, size, stride = shape[axis + 1], self.pool_size[axis], self.strides[axis]
            first = np.arange(self._length(axis, n)) * stride - before
            counts.append(np.minimum(first + size, n) - np.maximum(first, 0))
        return functools.reduce(np.multiply.outer, counts)[..., None]


class AveragePooling1D(_AveragePooling):
    """The mean of each window of a line. Arguments and errors as in `AveragePooling2D`.

    Example:
        >>> AveragePooling1D(2, strides=1)([[[1.0], [3.0], [2.0]]]).data.ravel()
        array([2. , 2.5], dtype=float32)
    """

    rank = 1


class AveragePooling2D(_AveragePooling):
    """The mean of each window of an image, channel by channel.

    Arguments, shapes and errors are those of `MaxPooling2D`. With ``padding="same"`` a window that
    stands out over the border is the mean of its elements inside.

    Example:
        >>> AveragePooling2D()(np.zeros((5, 28, 28, 3))).shape
        (5, 14, 14, 3)
    """

    rank = 2


class AveragePooling3D(_AveragePooling):
    """The mean of each window of a volume. Arguments and errors as in `AveragePooling2D`."""

    rank = 3


# -- of a whole channel ----------------------------------------------------------------------------


class _GlobalPooling(Spatial):
    def __init__(
        self,
        data_format: str | None = None,
        keepdims: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        require_flag("keepdims", keepdims)
        self.data_format = as_data_format(data_format)
        self.keepdims = keepdims

    def _axes(self) -> tuple[int, ...]:
        return tuple(range(1, self.rank + 1))

    def _length(self, axis: int, n: int) -> int:
        return 1

    def compute_output_shape(self, *input_shapes: Any) -> Any:
        shape = self._with_channels_last(super().compute_output_shape(*input_shapes))
        samples, *lengths, channels = shape
        return self._as_given((samples, *(1 for _ in lengths if self.keepdims), channels))


class _GlobalMaxPooling(_GlobalPooling):
    @in_either_order
    def call(self, x: Tensor) -> Any:
        self._check(x.shape)
        return np.max(x, axis=self._axes(), keepdims=self.keepdims)


class GlobalMaxPooling1D(_GlobalMaxPooling):
    """The largest element of each channel of a line. Arguments as in `GlobalMaxPooling2D`."""

    rank = 1


class GlobalMaxPooling2D(_GlobalMaxPooling):
    """The largest element of each channel of an image; equally large ones share the gradient.

    Args:
        data_format: as in `Conv2D`.
        keepdims: True keeps the lengths, as 1.
        trainable, dtype, name: as in `Layer`.

    Shapes: inputs (samples, height, width, channels), outputs (samples, channels); with keepdims
    (samples, 1, 1, channels).

    Raises:
        ValueError: for another number of axes.

    Example:
        >>> GlobalMaxPooling2D()(np.zeros((5, 7, 7, 64))).shape
        (5, 64)
    """

    rank = 2


class GlobalMaxPooling3D(_GlobalMaxPooling):
    """The largest element of each channel of a volume. Arguments as in `GlobalMaxPooling2D`."""

    rank = 3


class _GlobalAveragePooling(_GlobalPooling):
    @in_either_order
    def call(self, x: Tensor) -> Any:
        self._check(x.shape)
        return np.mean(x, axis=self._axes(), keepdims=self.keepdims)


class GlobalAveragePooling1D(_GlobalAveragePooling):
    """The mean of each channel of a line. Arguments as in `GlobalMaxPooling2D`.

    Of inputs with a mask, the mean is over the steps that count; 0 if none does.
    """

    rank = 1
    supports_masking = True

    @in_either_order
    def call(self, x: Tensor, mask: Any = None) -> Any:
        self._check(x.shape)
        if mask is None:
            return np.mean(x, axis=1, keepdims=self.keepdims)
        kept = over_features(as_mask(mask, x, self.name), x)
        count = np.sum(kept.astype(x.dtype), axis=1, keepdims=self.keepdims)
        total = np.sum(np.where(kept, x, 0), axis=1, keepdims=self.keepdims)
        return total / np.maximum(count, 1)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return None


class GlobalAveragePooling2D(_GlobalAveragePooling):
    """The mean of each channel of an image. Arguments, shapes and errors as in
    `GlobalMaxPooling2D`.

    Example:
        >>> GlobalAveragePooling2D()([[[[1.0], [2.0]], [[3.0], [6.0]]]]).data
        array([[3.]], dtype=float32)
    """

    rank = 2


class GlobalAveragePooling3D(_GlobalAveragePooling):
    """The mean of each channel of a volume. Arguments as in `GlobalMaxPooling2D`."""

    rank = 3
