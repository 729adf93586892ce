"""Axes of lines, images and volumes, and the windows that slide over them.

Inputs are (samples, *lengths, channels), with one length for a line, two for an image (height,
width), three for a volume. With ``data_format="channels_first"`` they are (samples, channels,
*lengths), and so are the outputs: `in_either_order` moves the axis.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from nn import config
from nn._core.validation import require_count, require_whole
from nn.layers.base import Layer
from nn.layers.building import as_shape

Lengths = tuple[int, ...]
_LENGTHS = {1: "length", 2: "height, width", 3: "depth, height, width"}


def axes_of(rank: int, data_format: str | None = None) -> str:
    """The axes of inputs in words.

    >>> axes_of(2), axes_of(1, "channels_first")
    ('(samples, height, width, channels)', '(samples, channels, length)')
    """
    if data_format == "channels_first":
        return f"(samples, channels, {_LENGTHS[rank]})"
    return f"(samples, {_LENGTHS[rank]}, channels)"


def channels_last(x: Any) -> Any:
    """Return (samples, channels, *lengths) as (samples, *lengths, channels)."""
    return x if x.ndim < 3 else np.transpose(x, (0, *range(2, x.ndim), 1))


def channels_first(x: Any) -> Any:
    """Return (samples, *lengths, channels) as (samples, channels, *lengths)."""
    return x if x.ndim < 3 else np.transpose(x, (0, x.ndim - 1, *range(1, x.ndim - 1)))


def in_either_order(call: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap the `call` of a layer, which is written for channels that come last."""

    @functools.wraps(call)
    def turned(layer: Any, x: Any, *further: Any, **options: Any) -> Any:
        if layer.data_format != "channels_first":
            return call(layer, x, *further, **options)
        return channels_first(call(layer, channels_last(x), *further, **options))

    return turned


class Spatial(Layer):
    """The base of layers on (samples, *lengths, channels).

    A subclass says `rank`, the number of lengths, and `_length`. Its `call` and what is below see
    shapes with the channels last.
    """

    rank: int
    data_format: str | None = None

    def _length(self, axis: int, n: int) -> int:
        """The length of the outputs where that of the inputs is n.

        Raises:
            ValueError: for a length that the layer cannot take.
        """
        raise NotImplementedError

    def _channels(self, n: int | None) -> int | None:
        """The channels of the outputs where the inputs have n."""
        return n

    def _check(self, shape: tuple[int | None, ...]) -> None:
        """Raise ValueError for inputs of a shape that the layer cannot take."""
        axes = axes_of(self.rank, self.data_format)
        if len(shape) != self.rank + 2:
            raise ValueError(
                f"{self.name} expects inputs of {self.rank + 2} axes, {axes}, got "
                f"{self._as_given(shape)}. Samples without channels are "
                f"{'x[:, None]' if self.data_format == 'channels_first' else 'x[..., None]'}; one "
                "sample alone is x[None]"
            )
        if 0 in shape[1:]:
            raise ValueError(
                f"{self.name} expects inputs with at least one element along each of {axes}, got "
                f"{self._as_given(shape)}"
            )

    def _with_channels_last(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """A shape as it was given, with the channels last."""
        first = self.data_format == "channels_first" and len(shape) > 2
        return (shape[0], *shape[2:], shape[1]) if first else shape

    def _as_given(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """A shape with the channels last, in the order that inputs have."""
        first = self.data_format == "channels_first" and len(shape) > 2
        return (shape[0], shape[-1], *shape[1:-1]) if first else shape

    def _axis(self, length: int) -> int:
        """The number of the axis of a length, in the order that inputs have."""
        return length + 1 + (self.data_format == "channels_first")

    def _output_lengths(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The lengths of the outputs, once the inputs have been checked."""
        self._check(shape)
        lengths = enumerate(shape[1:-1])
        return tuple(None if n is None else self._length(i, n) for i, n in lengths)

    def compute_output_shape(self, *input_shapes: Any) -> Any:
        """The shape of the outputs; None where a length of the inputs is not known.

        Raises:
            TypeError: for what is no shape, and for several.
            ValueError: for a shape that the layer refuses.
        """
        if len(input_shapes) != 1:
            raise TypeError(f"{self.name} has one input, got {len(input_shapes)} shapes")
        (given,) = input_shapes
        shape = self._with_channels_last(as_shape(given))
        lengths = self._output_lengths(shape)
        return self._as_given((given[0], *lengths, self._channels(shape[-1])))


class Windowed(Spatial):
    """The base of layers that slide a window along the lengths: convolution and pooling."""

    padding: str

    def _window(self) -> tuple[Lengths, Lengths, Lengths]:
        """The size of the window, its strides and its dilation, along each length."""
        raise NotImplementedError

    def _span(self, axis: int) -> int:
        """The elements from the first to the last of a window, those left out included."""
        size, _, dilation = self._window()
        return (size[axis] - 1) * dilation[axis] + 1

    def _length(self, axis: int, n: int) -> int:
        stride, span = self._window()[1][axis], self._span(axis)
        if self.padding == "same":
            return -(-n // stride)
        if self.padding == "causal":
            n += span - 1
        if n < span:
            raise ValueError(
                f"{self.name} has windows of {span} elements along axis {self._axis(axis)}, but "
                f'the inputs have only {n} there. Write padding="same", or make the window smaller'
                + (
                    ""
                    if self.data_format == "channels_first"
                    else '; if the channels come first, data_format="channels_first"'
                )
            )
        return (n - span) // stride + 1

    def _border(self, shape: tuple[int, ...]) -> list[tuple[int, int]]:
        """Return the padding before and after each length: the odd one at the end, as in Keras."""
        if self.padding == "valid":
            return [(0, 0)] * self.rank
        if self.padding == "causal":
            return [(self._span(0) - 1, 0)]
        totals = [
            max((self._length(i, n) - 1) * self._window()[1][i] + self._span(i) - n, 0)
            for i, n in enumerate(shape[1:-1])
        ]
        return [(total // 2, total - total // 2) for total in totals]

    def _padded(self, x: Any, value: float = 0.0) -> Any:
        """The inputs with what their padding asks for around them."""
        border = self._border(x.shape)
        if not any(map(any, border)):
            return x
        return np.pad(x, ((0, 0), *border, (0, 0)), constant_values=value)


# -- arguments -------------------------------------------------------------------------------------


def as_lengths(name: str, value: Any, rank: int, least: int = 1) -> Lengths:
    """A number for each length, from one for all or from a tuple.

    Raises:
        TypeError: for what is neither.
        ValueError: for another number of numbers, and for numbers below `least`, 0 or 1.

    >>> as_lengths("strides", 2, 3), as_lengths("strides", [1, 2], 2)
    ((2, 2, 2), (1, 2))
    """
    several = isinstance(value, (list, tuple))
    numbers = tuple(value) if several else (value,) * rank
    if len(numbers) != rank:
        raise ValueError(f"{name} is one number, or {rank} of them; got {value!r}")
    for n in numbers:
        (require_count if least else require_whole)(name, n)
    return tuple(int(n) for n in numbers)


def as_padding(value: Any, *, causal: bool = False) -> str:
    """A kind of padding, in small letters.

    Raises:
        ValueError: for what is none; says which there are.
    """
    kinds = ("valid", "same", "causal") if causal else ("valid", "same")
    value = value.lower() if isinstance(value, str) else value
    if value not in kinds:
        there_are = " or ".join(map(repr, kinds))
        hint = ". Causal padding is for Conv1D" if value == "causal" else ""
        raise ValueError(f"padding is {there_are}, got {value!r}{hint}")
    kind: str = value
    return kind


def as_data_format(value: Any) -> str | None:
    """An order of axes, in small letters; for None that of `nn.config`, or None if it is the usual.

    Raises:
        ValueError: for what is none.
    """
    if value is None:
        usual = config.image_data_format()
        return None if usual == "channels_last" else usual
    name = value.lower() if isinstance(value, str) else value
    if name not in ("channels_last", "channels_first"):
        raise ValueError(f"data_format is 'channels_last' or 'channels_first', got {value!r}")
    return str(name)


def require_channels_last(data_format: Any) -> None:
    """Refuse another order of axes than (samples, *lengths, channels).

    Raises:
        ValueError: says what to write.
    """
    if data_format not in (None, "channels_last"):
        raise ValueError(
            f"data_format is 'channels_last' here, got {data_format!r}. Of arrays whose channels "
            "come first write np.moveaxis(x, 1, -1)"
        )
