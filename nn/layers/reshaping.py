"""Reshaping layers: Flatten, Reshape, Permute, RepeatVector. The axis of samples stays."""

from __future__ import annotations

import math
from typing import Any, Unpack

import numpy as np

from autograd_lite import Tensor
from nn._core.validation import require_count, require_integer
from nn.layers.base import Layer
from nn.layers.options import LayerOptions
from nn.layers.spatial import as_data_format, channels_last


class Flatten(Layer):
    """Flattens each sample to a row: (samples, 8, 8) becomes (samples, 64).

    Args:
        data_format: as in `Conv2D`; of "channels_first" the elements are in the order of
            "channels_last".
        trainable, dtype, name: as in `Layer`.

    Example:
        >>> Flatten()(np.zeros((5, 8, 8, 3))).shape
        (5, 192)
    """

    def __init__(self, data_format: str | None = None, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.data_format = as_data_format(data_format)

    def call(self, x: Tensor) -> Any:
        if not x.ndim:
            raise ValueError(
                f"{self.name} expects inputs of at least 1 axis, samples; got a number"
            )
        if self.data_format == "channels_first":
            x = channels_last(x)
        return x.reshape(x.shape[0], math.prod(x.shape[1:]))


class Reshape(Layer):
    """Reshapes each sample.

    Args:
        target_shape: of one sample; one of its lengths may be -1, which is inferred.
        trainable, dtype, name: as in `Layer`.

    Raises:
        ValueError: if a sample has another number of elements.

    Example:
        >>> Reshape((8, -1))(np.zeros((5, 64))).shape
        (5, 8, 8)
    """

    def __init__(self, target_shape: tuple[int, ...], **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.target_shape = _lengths("target_shape", target_shape)
        for n in self.target_shape:
            if n != -1:
                require_count("a length in target_shape, if not -1,", n)
        if self.target_shape.count(-1) > 1:
            raise ValueError(f"only one length can be -1, got {self.target_shape}")

    def call(self, x: Tensor) -> Any:
        elements = math.prod(x.shape[1:])
        known = math.prod(n for n in self.target_shape if n != -1)
        left, rest = divmod(elements, known) if known else (0, elements)
        if rest or (-1 not in self.target_shape and left != 1):
            raise ValueError(
                f"{self.name} cannot give samples of shape {x.shape[1:]} ({elements} elements) the "
                f"shape {self.target_shape}"
            )
        return x.reshape(x.shape[0], *(left if n == -1 else n for n in self.target_shape))


def _lengths(name: str, given: Any) -> tuple[int, ...]:
    """Return a tuple of integers.

    Raises:
        TypeError: for anything else.
    """
    if not isinstance(given, (list, tuple)):
        raise TypeError(f"{name} is a tuple of integers, ({given!r},) for one; got {given!r}")
    for n in given:
        require_integer(f"each of {name}", n)
    return tuple(given)


class Permute(Layer):
    """Permutes the axes of each sample.

    Args:
        dims: the old axes in their new order, counted from 1: (2, 1) swaps the first two.
        trainable, dtype, name: as in `Layer`.

    Raises:
        ValueError: if dims are not 1, 2, ... in some order, or the inputs have other axes.

    Example:
        >>> Permute((2, 1))(np.zeros((5, 10, 64))).shape
        (5, 64, 10)
    """

    def __init__(self, dims: tuple[int, ...], **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.dims = _lengths("dims", dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                f"dims are the axes of a sample, counted from 1, in their new order, such as "
                f"(2, 1, 3); got {self.dims}"
            )

    def call(self, x: Tensor) -> Any:
        if x.ndim != len(self.dims) + 1:
            raise ValueError(
                f"{self.name} orders the {len(self.dims)} axes {self.dims} of a sample, but the "
                f"inputs have shape {x.shape}"
            )
        return np.transpose(x, (0, *self.dims))


class RepeatVector(Layer):
    """Repeats each sample along a new axis: (samples, features) becomes (samples, n, features).

    Args:
        n: how often.
        trainable, dtype, name: as in `Layer`.

    Raises:
        ValueError: for inputs of another number of axes.

    Example:
        >>> RepeatVector(3)(np.zeros((5, 8))).shape
        (5, 3, 8)
    """

    def __init__(self, n: int, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        require_count("n", n)
        self.n = n

    def call(self, x: Tensor) -> Any:
        if x.ndim != 2:
            raise ValueError(
                f"{self.name} repeats vectors, so its inputs are (samples, features), got {x.shape}"
            )
        return np.repeat(x[:, None], self.n, axis=1)
