"""Transposed convolution of lines, images and volumes: the adjoint of convolution."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import fold
from nn._core.validation import require_count
from nn.layers.convolution import Convolution
from nn.layers.options import LayerOptions
from nn.layers.spatial import Lengths, as_lengths, in_either_order


def convolve_transposed(
    x: Any, kernel: Any, lengths: Lengths, strides: Lengths, dilation: Lengths
) -> Any:
    """Return the adjoint of `convolve`: each element of x times the kernel, added at its window.

    Args:
        x: (samples, *positions, channels).
        kernel: (*size, filters, channels).
        lengths: of the outputs, which have a window for each position.
        strides: from window to window.
        dilation: from element to element of a window.

    Returns:
        (samples, *lengths, filters).
    """
    rank = len(strides)
    size, (filters, channels) = kernel.shape[:rank], kernel.shape[rank:]
    rows = np.reshape(x, (-1, channels)) @ np.transpose(np.reshape(kernel, (-1, channels)))
    w = np.reshape(rows, (*x.shape[: rank + 1], *size, filters))
    return fold(w, lengths=lengths, strides=strides, dilation=dilation)


class _ConvTranspose(Convolution):
    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = 1,
        padding: str = "valid",
        output_padding: int | tuple[int, ...] | None = None,
        data_format: str | None = None,
        dilation_rate: int | tuple[int, ...] = 1,
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
        self._slide(kernel_size, strides, padding, data_format, dilation_rate)
        self.filters = filters
        self.output_padding = self._given_output_padding(output_padding)
        self._keep(locals())

    def _given_output_padding(self, given: Any) -> Lengths | None:
        if given is None:
            return None
        lengths = as_lengths("output_padding", given, self.rank, least=0)
        if any(n >= s for n, s in zip(lengths, self.strides, strict=True)):
            raise ValueError(
                f"output_padding is less than the strides, {self.strides}, along each length; got "
                f"{given!r}"
            )
        return lengths

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = self._channels_of(input_shape)
        self.kernel = self._make("kernel", (*self.kernel_size, self.filters, channels))
        self._make_bias(self.filters)
        super().build(input_shape)

    @in_either_order
    def call(self, x: Tensor) -> Any:
        self._check(x.shape)
        wholes, kept = [], []
        for axis, n in enumerate(x.shape[1:-1]):
            before, after = self._cut(axis)
            wholes.append(self._whole(axis, n) + max(-after, 0))
            kept.append(slice(before, before + self._length(axis, n)))
        z = convolve_transposed(x, self.kernel, tuple(wholes), self.strides, self.dilation_rate)
        if any(part != slice(0, n) for part, n in zip(kept, wholes, strict=True)):
            z = z[(slice(None), *kept)]
        return self._finished(z)

    def _whole(self, axis: int, n: int) -> int:
        """The length that all windows take, one for each of n inputs."""
        return (n - 1) * self.strides[axis] + self._span(axis)

    def _cut(self, axis: int) -> tuple[int, int]:
        """Return the lengths that the padding cuts off before and after; below 0, adds.

        With "valid" all windows stay, with "same" so much that the length is multiplied by the
        stride, unless output_padding says otherwise. The arithmetic is Keras's.
        """
        stride, span = self.strides[axis], self._span(axis)
        extra = None if self.output_padding is None else self.output_padding[axis]
        if self.padding == "valid":
            return 0, -(max(stride - span, 0) if extra is None else extra)
        pad = stride + span - 2 if extra is None else span + span % 2 - 2 + extra
        left = min(-(-pad // 2), span - 1)
        return span - 1 - left, span - 1 - (pad - left)

    def _length(self, axis: int, n: int) -> int:
        length = self._whole(axis, n) - sum(self._cut(axis))
        if length < 1:
            raise ValueError(
                f"{self.name} makes nothing of {n} elements along axis {self._axis(axis)}: "
                f"output_padding={self.output_padding} cuts all off. Leave it out"
            )
        return length

    def _channels(self, n: int | None) -> int | None:
        return self.filters

    def _expected_channels(self) -> int | None:
        return self.kernel.shape[-1] if hasattr(self, "kernel") else None


class Conv1DTranspose(_ConvTranspose):
    """The transposed convolution of a line. Arguments and errors are those of `Conv2DTranspose`.

    Shapes: inputs (samples, length, channels), outputs (samples, more length, filters).

    Example:
        >>> layer = Conv1DTranspose(1, 2, strides=2, kernel_initializer="ones")
        >>> layer([[[1.0], [5.0]]]).data.ravel()
        array([1., 1., 5., 5.], dtype=float32)
    """

    rank = 1


class Conv2DTranspose(_ConvTranspose):
    """The transposed convolution of an image, which makes it larger: a decoder's `Conv2D`.

    Each element of the inputs, times the kernel, is added to its window of the outputs. That is
    how `Conv2D` sends gradients back, with the same kernel.

    Args:
        filters: the number of channels of the outputs.
        kernel_size, strides, data_format, dilation_rate: as in `Conv2D`.
        padding: "valid" (every window stays whole), or "same" (length * stride outputs).
        output_padding: elements added at the end of each length, below the stride; None for the
            lengths above.
        activation, use_bias, activity_regularizer: as in `Conv2D`.
        kernel_initializer, kernel_regularizer, kernel_constraint: as in `Conv2D`.
        bias_initializer, bias_regularizer, bias_constraint: as in `Conv2D`.
        trainable, dtype, name: as in `Layer`.

    Attributes:
        kernel: the weights, (*kernel_size, filters, channels).
        bias: (filters,), if there is one.

    Shapes: inputs (samples, height, width, channels), outputs (samples, more height, more width,
    filters).

    Raises:
        ValueError: as `Conv2D`, and for an output_padding that is not below the strides.

    Example:
        >>> Conv2DTranspose(8, 3, strides=2, padding="same")(np.zeros((1, 7, 7, 16))).shape
        (1, 14, 14, 8)
    """

    rank = 2


class Conv3DTranspose(_ConvTranspose):
    """The transposed convolution of a volume. Arguments and errors are those of `Conv2DTranspose`.

    Shapes: inputs (samples, depth, height, width, channels), outputs larger, with `filters`
    channels.
    """

    rank = 3
