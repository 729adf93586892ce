"""Convolution of each channel on its own: DepthwiseConv, and SeparableConv, which mixes them."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import window_sum, windows
from nn._core.validation import require_count
from nn.layers.convolution import Convolution, convolve
from nn.layers.options import LayerOptions
from nn.layers.spatial import Lengths, in_either_order


def convolve_depthwise(x: Any, kernel: Any, strides: Lengths, dilation: Lengths) -> Any:
    """Return the convolution of each channel with kernels of its own.

    Args:
        x: (samples, *lengths, channels).
        kernel: (*size, channels, multiplier).
        strides: from window to window.
        dilation: from element to element of a window.

    Returns:
        (samples, *positions, channels * multiplier), the outputs of one channel side by side.
    """
    rank = len(strides)
    w = windows(x, size=kernel.shape[:rank], strides=strides, dilation=dilation)
    # A sum for each of the few kernels of a channel: the rows that NumPy runs along are channels.
    sums = [window_sum(w * kernel[..., m], rank=rank) for m in range(kernel.shape[-1])]
    if len(sums) == 1:
        return sums[0]
    z = np.stack(sums, axis=-1)
    return np.reshape(z, (*z.shape[:-2], z.shape[-2] * z.shape[-1]))


# -- DepthwiseConv ---------------------------------------------------------------------------------


class _DepthwiseConv(Convolution):
    _strides_exclude_dilation = False

    def __init__(
        self,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: int | tuple[int, ...] = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **options)
        require_count("depth_multiplier", depth_multiplier)
        self._slide(kernel_size, strides, padding, data_format, dilation_rate)
        self.depth_multiplier = depth_multiplier
        self._keep(locals())

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = self._channels_of(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.kernel = self._make("depthwise", shape, name="kernel")
        self._make_bias(channels * self.depth_multiplier)
        super().build(input_shape)

    @in_either_order
    def call(self, x: Tensor) -> Any:
        self._output_lengths(x.shape)
        return self._finished(
            convolve_depthwise(self._padded(x), self.kernel, self.strides, self.dilation_rate)
        )

    def _channels(self, n: int | None) -> int | None:
        return None if n is None else n * self.depth_multiplier

    def _expected_channels(self) -> int | None:
        return self.kernel.shape[-2] if hasattr(self, "kernel") else None


class DepthwiseConv1D(_DepthwiseConv):
    """The convolution of each channel of a line with kernels of its own.

    Arguments and errors are those of `DepthwiseConv2D`.

    Shapes: inputs (samples, length, channels), outputs (samples, positions, channels *
    depth_multiplier).
    """

    rank = 1


class DepthwiseConv2D(_DepthwiseConv):
    """The convolution of each channel of an image with kernels of its own.

    Args:
        kernel_size, strides, padding, data_format, dilation_rate: as in `Conv2D`; strides may stand
            beside dilation.
        depth_multiplier: the number of kernels for each channel.
        activation, use_bias, activity_regularizer: as in `Conv2D`.
        depthwise_initializer, depthwise_regularizer, depthwise_constraint: of the kernels.
        bias_initializer, bias_regularizer, bias_constraint: as in `Conv2D`.
        trainable, dtype, name: as in `Layer`.

    Attributes:
        kernel: the weights, (*kernel_size, channels, depth_multiplier).
        bias: (channels * depth_multiplier,), if there is one.

    Shapes: inputs (samples, height, width, channels), outputs (samples, positions down, positions
    across, channels * depth_multiplier).

    Raises:
        ValueError: for a window larger than the inputs, another number of axes or channels, and
            unknown names.

    Example:
        >>> DepthwiseConv2D(3, depth_multiplier=2)(np.zeros((1, 8, 8, 5))).shape
        (1, 6, 6, 10)
    """

    rank = 2


# -- SeparableConv ---------------------------------------------------------------------------------


class _SeparableConv(Convolution):
    _strides_exclude_dilation = False

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: int | tuple[int, ...] = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **options)
        require_count("filters", filters)
        require_count("depth_multiplier", depth_multiplier)
        self._slide(kernel_size, strides, padding, data_format, dilation_rate)
        self.filters = filters
        self.depth_multiplier = depth_multiplier
        self._keep(locals())

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = self._channels_of(input_shape)
        each = (*self.kernel_size, channels, self.depth_multiplier)
        across = (*(1,) * self.rank, channels * self.depth_multiplier, self.filters)
        self.depthwise_kernel = self._make("depthwise", each, name="depthwise_kernel")
        self.pointwise_kernel = self._make("pointwise", across, name="pointwise_kernel")
        self._make_bias(self.filters)
        super().build(input_shape)

    @in_either_order
    def call(self, x: Tensor) -> Any:
        self._output_lengths(x.shape)
        each = convolve_depthwise(
            self._padded(x), self.depthwise_kernel, self.strides, self.dilation_rate
        )
        ones = (1,) * self.rank
        return self._finished(convolve(each, self.pointwise_kernel, ones, ones))

    def _channels(self, n: int | None) -> int | None:
        return self.filters

    def _expected_channels(self) -> int | None:
        return self.depthwise_kernel.shape[-2] if hasattr(self, "depthwise_kernel") else None


class SeparableConv1D(_SeparableConv):
    """A depthwise convolution of a line, then a mixture of its channels at each position.

    Arguments and errors are those of `SeparableConv2D`.

    Shapes: inputs (samples, length, channels), outputs (samples, positions, filters).
    """

    rank = 1


class SeparableConv2D(_SeparableConv):
    """A depthwise convolution of an image, then a mixture of its channels at each position.

    It has far fewer weights than the `Conv2D` of the same shapes. Source: Chollet, 2017,
    "Xception: deep learning with depthwise separable convolutions".

    Args:
        filters: the number of channels of the outputs.
        kernel_size, strides, padding, data_format, dilation_rate: as in `DepthwiseConv2D`.
        depth_multiplier: the number of kernels for each channel of the inputs.
        activation, use_bias, activity_regularizer: as in `Conv2D`.
        depthwise_initializer, depthwise_regularizer, depthwise_constraint: of the kernels.
        pointwise_initializer, pointwise_regularizer, pointwise_constraint: of the mixture.
        bias_initializer, bias_regularizer, bias_constraint: as in `Conv2D`.
        trainable, dtype, name: as in `Layer`.

    Attributes:
        depthwise_kernel: (*kernel_size, channels, depth_multiplier).
        pointwise_kernel: (1, 1, channels * depth_multiplier, filters).
        bias: (filters,), if there is one.

    Shapes: inputs (samples, height, width, channels), outputs (samples, positions down, positions
    across, filters).

    Raises:
        ValueError: as `DepthwiseConv2D`.

    Example:
        >>> layer = SeparableConv2D(16, 3)
        >>> layer(np.zeros((1, 8, 8, 5))).shape, layer.count_params()
        ((1, 6, 6, 16), 141)
    """

    rank = 2
