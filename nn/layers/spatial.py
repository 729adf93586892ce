"""Axes of lines, images and volumes, and the windows that slide over them.

Inputs are (samples, *lengths, channels), with one length for a line, two for an image (height,
width), three for a volume.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nn._core.validation import require_count, require_whole
from nn.layers.base import Layer
from nn.layers.building import as_shape

Lengths = tuple[int, ...]
AXES = {
    1: "(samples, length, channels)",
    2: "(samples, height, width, channels)",
    3: "(samples, depth, height, width, channels)",
}


class Spatial(Layer):
    """The base of layers on (samples, *lengths, channels).

    A subclass says `rank`, the number of lengths, and `_length`.
    """

    rank: int

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
        axes = AXES[self.rank]
        if len(shape) != self.rank + 2:
            raise ValueError(
                f"{self.name} expects inputs of {self.rank + 2} axes, {axes}, got "
                f"{shape}. Samples without channels are x[..., None]; one sample alone "
                "is x[None]"
            )
        if 0 in shape[1:]:
            raise ValueError(
                f"{self.name} expects inputs with at least one element along each of {axes}, got "
                f"{shape}"
            )

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
        shape = as_shape(given)
        lengths = self._output_lengths(shape)
        return (given[0], *lengths, self._channels(shape[-1]))


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
                f"{self.name} has windows of {span} elements along axis {axis + 1}, but the inputs "
                f'have only {n} there. Write padding="same", or make the window smaller; if the '
                "channels come first, np.moveaxis(x, 1, -1)"
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


def require_channels_last(data_format: Any) -> None:
    """Refuse another order of axes than (samples, *lengths, channels).

    Raises:
        ValueError: says what to write.
    """
    if data_format not in (None, "channels_last"):
        raise ValueError(
            f"data_format is 'channels_last', got {data_format!r}. Of arrays whose channels come "
            "first write np.moveaxis(x, 1, -1); in a model begin with a layer Permute"
        )
