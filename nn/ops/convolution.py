"""Convolution and pooling with a kernel given: what the layers compute, without their weights."""

from __future__ import annotations

from typing import Any

from nn.layers.convolution import Conv1D, Conv2D, Conv3D
from nn.layers.depthwise_convolution import DepthwiseConv1D, DepthwiseConv2D
from nn.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from nn.layers.spatial import as_data_format
from nn.layers.transposed_convolution import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose

__all__ = [
    "average_pool",
    "conv",
    "conv_transpose",
    "depthwise_conv",
    "max_pool",
    "separable_conv",
]

_CONV = {1: Conv1D, 2: Conv2D, 3: Conv3D}
_TRANSPOSE = {1: Conv1DTranspose, 2: Conv2DTranspose, 3: Conv3DTranspose}
_DEPTHWISE = {1: DepthwiseConv1D, 2: DepthwiseConv2D}
_MAX = {1: MaxPooling1D, 2: MaxPooling2D, 3: MaxPooling3D}
_AVERAGE = {1: AveragePooling1D, 2: AveragePooling2D, 3: AveragePooling3D}


def _of_rank(name: str, layers: dict[int, Any], inputs: Any) -> Any:
    """Return the layer for inputs of so many axes."""
    rank = inputs.ndim - 2
    if rank not in layers:
        axes = " or ".join(str(r + 2) for r in layers)
        raise ValueError(
            f"{name} takes inputs of {axes} axes, (samples, *lengths, channels); got {inputs.shape}"
        )
    return layers[rank]


def conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Return the convolution of lines, images or volumes, as `nn.layers.Conv2D`.

    Args:
        inputs: (samples, *lengths, channels).
        kernel: (*size, channels / groups, filters).
        strides: from window to window.
        padding: "valid", "same", or "causal" for a line.
        data_format: "channels_last", or "channels_first": (samples, channels, *lengths).
        dilation_rate: from element to element of a window.

    Raises:
        ValueError: for shapes and arguments that do not go together.

    Example:
        >>> import numpy as np
        >>> conv(np.ones((1, 4, 1)), np.ones((2, 1, 1))).ravel()
        array([2., 2., 2.])
    """
    layer = _of_rank("conv", _CONV, inputs)
    *size, channels, filters = kernel.shape
    whole = inputs.shape[1 if as_data_format(data_format) == "channels_first" else -1]
    groups = whole // channels
    if groups * channels != whole or filters % max(groups, 1):
        raise ValueError(
            f"a kernel {tuple(kernel.shape)}, (*size, channels / groups, filters), does not fit "
            f"inputs of {whole} channels"
        )
    return _applied(
        layer(filters, tuple(size), strides, padding, data_format, dilation_rate, groups),
        inputs,
        kernel,
    )


def conv_transpose(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Return the transposed convolution, as `nn.layers.Conv2DTranspose`.

    Args:
        inputs: (samples, *lengths, channels).
        kernel: (*size, filters, channels).
        strides: from window to window.
        padding: "valid" or "same".
        output_padding: what the outputs are longer, as in that layer.
        data_format: "channels_last", or "channels_first": (samples, channels, *lengths).
        dilation_rate: from element to element of a window.

    Raises:
        ValueError: for shapes and arguments that do not go together.
    """
    layer = _of_rank("conv_transpose", _TRANSPOSE, inputs)
    *size, filters, _ = kernel.shape
    made = layer(
        filters,
        tuple(size),
        strides,
        padding,
        output_padding=output_padding,
        data_format=data_format,
        dilation_rate=dilation_rate,
    )
    return _applied(made, inputs, kernel)


def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Return the convolution of each channel with its kernels, (*size, channels, multiplier).

    Raises:
        ValueError: for shapes and arguments that do not go together.
    """
    layer = _of_rank("depthwise_conv", _DEPTHWISE, inputs)
    *size, _, multiplier = kernel.shape
    made = layer(
        tuple(size),
        strides,
        padding,
        multiplier,
        data_format=data_format,
        dilation_rate=dilation_rate,
    )
    return _applied(made, inputs, kernel)


def separable_conv(
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Return the depthwise convolution, then one with windows of one element."""
    z = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(z, pointwise_kernel, data_format=data_format)


def max_pool(
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Return the largest element of each window, as `nn.layers.MaxPooling2D`."""
    layer = _of_rank("max_pool", _MAX, inputs)
    return layer(pool_size, strides, padding, data_format).call(inputs)


def average_pool(
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Return the mean of each window, as `nn.layers.AveragePooling2D`."""
    layer = _of_rank("average_pool", _AVERAGE, inputs)
    return layer(pool_size, strides, padding, data_format).call(inputs)


def _applied(layer: Any, inputs: Any, kernel: Any) -> Any:
    layer.use_bias, layer.kernel = False, kernel
    return layer.call(inputs)
