"""Convolution of lines, images and volumes, as a matrix product: each window is a row (im2col)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Unpack

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import windows
from nn import activations
from nn._core.validation import require_count, require_flag
from nn.layers.options import LayerOptions
from nn.layers.spatial import (
    Lengths,
    Windowed,
    as_data_format,
    as_lengths,
    as_padding,
    channels_first,
    channels_last,
    in_either_order,
)
from nn.layers.weighted import Weighted


def convolve(x: Any, kernel: Any, strides: Lengths, dilation: Lengths, groups: int = 1) -> Any:
    """Return the sum over each window of its elements times the kernel.

    Args:
        x: (samples, *lengths, channels).
        kernel: (*size, channels / groups, filters).
        strides: from window to window.
        dilation: from element to element of a window.
        groups: channels and filters are cut into so many parts, which do not see one another.

    Returns:
        (samples, *positions, filters).
    """
    rank = len(strides)
    size, (channels, filters) = kernel.shape[:rank], kernel.shape[rank:]
    w = windows(x, size=size, strides=strides, dilation=dilation)
    elements = math.prod(size)
    if groups == 1:
        rows = np.reshape(w, (-1, elements * channels))
        z = rows @ np.reshape(kernel, (-1, filters))
    else:
        rows = _first(np.reshape(w, (-1, elements, groups, channels)), elements * channels)
        parts = np.reshape(kernel, (elements, channels, groups, filters // groups))
        columns = np.reshape(np.transpose(parts, (2, 0, 1, 3)), (groups, -1, filters // groups))
        z = np.transpose(rows @ columns, (1, 0, 2))
    return np.reshape(z, (*w.shape[: rank + 1], filters))


def _first(parts: Any, width: int) -> Any:
    """(windows, elements, groups, channels) as (groups, windows, elements * channels)."""
    return np.reshape(np.transpose(parts, (2, 0, 1, 3)), (parts.shape[2], -1, width))


# -- what all convolutions have --------------------------------------------------------------------


class Convolution(Weighted, Windowed):
    """The base of convolutions: a kernel that slides, a bias and an activation."""

    _causal = False
    _strides_exclude_dilation = True
    use_bias: bool
    activation: Any

    def _slide(
        self, kernel_size: Any, strides: Any, padding: Any, data_format: Any, dilation_rate: Any
    ) -> None:
        """Keep the arguments that say where the windows are, once they have been checked."""
        self.kernel_size = as_lengths("kernel_size", kernel_size, self.rank)
        self.strides = as_lengths("strides", strides, self.rank)
        self.dilation_rate = as_lengths("dilation_rate", dilation_rate, self.rank)
        self.padding = as_padding(padding, causal=self._causal)
        self.data_format = as_data_format(data_format)
        both = max(self.strides) > 1 and max(self.dilation_rate) > 1
        if both and self._strides_exclude_dilation:
            raise ValueError(
                f"{type(self).__name__} takes strides or a dilation_rate above 1, not both; got "
                f"strides={self.strides} and dilation_rate={self.dilation_rate}"
            )

    def _keep(self, arguments: Mapping[str, Any]) -> None:
        """Keep the arguments of weights, of the bias and of the activation, once checked."""
        self.use_bias = arguments["use_bias"]
        self.activation = arguments["activation"]
        require_flag("use_bias", self.use_bias)
        activations.get(self.activation)
        super()._keep(arguments)

    def _window(self) -> tuple[Lengths, Lengths, Lengths]:
        return self.kernel_size, self.strides, self.dilation_rate

    def _make_bias(self, length: int) -> None:
        if self.use_bias:
            self.bias = self._make("bias", (length,))

    def _finished(self, z: Any) -> Any:
        """The outputs: with the bias, and activated."""
        if self.use_bias:
            z = z + self.bias
        if self.activation is None:
            return z
        activate = activations.get(self.activation)
        if self.data_format == "channels_first":  # softmax is along the last axis, as in Keras
            return channels_last(activate(channels_first(z)))
        return activate(z)

    def _channels_of(self, shape: tuple[int | None, ...]) -> int:
        """The number of channels that the weights are to be made for."""
        last = self._with_channels_last(shape)
        self._output_lengths(last)
        if last[-1] is None:
            raise ValueError(
                f"{self.name} needs the number of channels, which is not known in {shape}, to make "
                "its weights"
            )
        return last[-1]

    def _expected_channels(self) -> int | None:
        """The channels that the weights were made for; None before they are."""
        raise NotImplementedError

    def _check(self, shape: tuple[int | None, ...]) -> None:
        super()._check(shape)
        expected = self._expected_channels()
        if expected is None or shape[-1] == expected:
            return
        given = self._as_given(shape)
        other = "last" if self.data_format == "channels_first" else "first"
        hint = f'. Its channels seem to come {other}: data_format="channels_{other}"'
        raise ValueError(
            f"{self.name} expects inputs of {expected} channels, as its weights were made for; got "
            f"{given}{hint if expected in (given[1], given[-1]) else ''}"
        )


# -- Conv ------------------------------------------------------------------------------------------


class _Conv(Convolution):
    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: int | tuple[int, ...] = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **options)
        require_count("filters", filters)
        require_count("groups", groups)
        if filters % groups:
            raise ValueError(
                f"the filters are divided among the groups, so filters={filters} has to be a "
                f"multiple of groups={groups}"
            )
        self._slide(kernel_size, strides, padding, data_format, dilation_rate)
        self.filters = filters
        self.groups = groups
        self._keep(locals())

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = self._channels_of(input_shape)
        if channels % self.groups:
            raise ValueError(
                f"{self.name} divides the channels of its inputs among {self.groups} groups, so "
                f"their number has to be a multiple of {self.groups}; got {channels}, of "
                f"{input_shape}"
            )
        self.kernel = self._make(
            "kernel", (*self.kernel_size, channels // self.groups, self.filters)
        )
        self._make_bias(self.filters)
        super().build(input_shape)

    @in_either_order
    def call(self, x: Tensor) -> Any:
        self._output_lengths(x.shape)
        return self._finished(
            convolve(self._padded(x), self.kernel, self.strides, self.dilation_rate, self.groups)
        )

    def _channels(self, n: int | None) -> int | None:
        return self.filters

    def _expected_channels(self) -> int | None:
        return self.kernel.shape[-2] * self.groups if hasattr(self, "kernel") else None


class Conv1D(_Conv):
    """Convolution of a line, such as a time series: ``activation(convolve(x, kernel) + bias)``.

    Arguments, attributes and errors are those of `Conv2D`, with one length. ``padding="causal"``
    pads in front alone, so that no output depends on inputs that come later.

    Shapes: inputs (samples, length, channels), outputs (samples, positions, filters).

    Example:
        >>> layer = Conv1D(1, 2, padding="causal", kernel_initializer="ones")
        >>> layer([[[1.0], [2.0], [4.0]]]).data.ravel()
        array([1., 3., 6.], dtype=float32)
    """

    rank = 1
    _causal = True


class Conv2D(_Conv):
    """Convolution of an image: ``activation(convolve(x, kernel) + bias)``.

    Each output is the sum over a window of the inputs, all its channels, times a kernel.

    Args:
        filters: the number of kernels, and so of channels of the outputs.
        kernel_size: of the window; one number, or one for each length.
        strides: from one window to the next; one number, or one for each length.
        padding: "valid" (windows lie inside of the inputs), or "same" (zeros around, so that there
            are length / stride positions; the odd zero is at the end).
        data_format: "channels_last", or "channels_first": inputs and outputs (samples, channels,
            height, width). None for what `nn.config.image_data_format()` says, "channels_last".
        dilation_rate: from one element of a window to the next; not beside strides.
        groups: channels and filters are divided into so many parts, which do not see one another.
        activation: a name or a function, as in `nn.activations`; None for a linear layer.
        use_bias: False leaves the bias out.
        kernel_initializer, bias_initializer: as in `nn.initializers`.
        kernel_regularizer, bias_regularizer: penalties on the weights, as in `nn.regularizers`.
        activity_regularizer: a penalty on the outputs, per sample.
        kernel_constraint, bias_constraint: applied after each update, as in `nn.constraints`.
        trainable, dtype, name: as in `Layer`.

    Attributes:
        kernel: the weights, (*kernel_size, channels / groups, filters).
        bias: (filters,), if there is one.

    Shapes: inputs (samples, height, width, channels), outputs (samples, positions down, positions
    across, filters).

    Raises:
        ValueError: for a window larger than the inputs, another number of axes or channels,
            channels or filters that groups do not divide, strides together with dilation, and
            unknown names.

    Example:
        >>> edge = np.array([1.0, -1.0], "float32").reshape(1, 2, 1, 1)
        >>> layer = Conv2D(1, (1, 2), kernel_initializer=lambda shape, dtype: edge)
        >>> layer([[[[3.0], [3.0], [8.0]]]]).data.ravel()
        array([ 0., -5.], dtype=float32)
    """

    rank = 2


class Conv3D(_Conv):
    """Convolution of a volume, or of a film. Arguments and errors are those of `Conv2D`.

    Shapes: inputs (samples, depth, height, width, channels), outputs (samples, *positions,
    filters).

    Example:
        >>> Conv3D(4, 3)(np.zeros((2, 5, 6, 7, 1))).shape
        (2, 3, 4, 5, 4)
    """

    rank = 3
