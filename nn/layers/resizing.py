"""Lengths made longer or shorter: ZeroPadding, Cropping, UpSampling."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from autograd_lite import Tensor
from nn._core.images import INTERPOLATIONS, resize
from nn._core.validation import require_whole
from nn.layers.options import LayerOptions
from nn.layers.spatial import (
    Spatial,
    as_data_format,
    as_lengths,
    in_either_order,
    require_channels_last,
)

Pairs = tuple[tuple[int, int], ...]


def _pairs(name: str, value: Any, rank: int) -> Pairs:
    """(before, after) for each length, from what Keras lets one write.

    Raises:
        TypeError, ValueError: for anything else.
    """
    if rank == 1 and isinstance(value, (list, tuple)):
        value = (tuple(value),)
    several = isinstance(value, (list, tuple))
    entries = list(value) if several else [value] * rank
    pairs = [tuple(e) if isinstance(e, (list, tuple)) else (e, e) for e in entries]
    if len(pairs) != rank or any(len(pair) != 2 for pair in pairs):
        forms = "(before, after)" if rank == 1 else f"{rank} numbers, or {rank} (before, after)"
        raise ValueError(f"{name} is one number or {forms}; got {value!r}")
    for pair in pairs:
        for n in pair:
            require_whole(name, n)
    return tuple((int(before), int(after)) for before, after in pairs)


def _as_given(pairs: Pairs) -> Any:
    """Pairs as Keras keeps them: of a line the pair alone."""
    return pairs[0] if len(pairs) == 1 else pairs


# -- ZeroPadding -----------------------------------------------------------------------------------


class _ZeroPadding(Spatial):
    def __init__(
        self, padding: Any = 1, data_format: str | None = None, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        self.padding = _as_given(_pairs("padding", padding, self.rank))
        self.data_format = as_data_format(data_format)

    @in_either_order
    def call(self, x: Tensor) -> Any:
        self._check(x.shape)
        return np.pad(x, ((0, 0), *_pairs("padding", self.padding, self.rank), (0, 0)))

    def _length(self, axis: int, n: int) -> int:
        return n + sum(_pairs("padding", self.padding, self.rank)[axis])


class ZeroPadding1D(_ZeroPadding):
    """Zeros before and after a line.

    Args:
        padding: how many on either side; (before, after) where they differ.
        data_format: as in `Conv2D`.
        trainable, dtype, name: as in `Layer`.

    Example:
        >>> ZeroPadding1D((2, 0))([[[7.0]]]).data.ravel()
        array([0., 0., 7.], dtype=float32)
    """

    rank = 1


class ZeroPadding2D(_ZeroPadding):
    """Zeros around an image.

    Args:
        padding: how many on each side; (rows, columns), or ((above, below), (left, right)).
        data_format: as in `Conv2D`.
        trainable, dtype, name: as in `Layer`.

    Example:
        >>> ZeroPadding2D(((1, 0), (2, 2)))(np.zeros((5, 8, 8, 3))).shape
        (5, 9, 12, 3)
    """

    rank = 2


class ZeroPadding3D(_ZeroPadding):
    """Zeros around a volume. Arguments as in `ZeroPadding2D`, for three lengths."""

    rank = 3


# -- Cropping --------------------------------------------------------------------------------------


class _Cropping(Spatial):
    _usual: Any = 1

    def __init__(
        self, cropping: Any = None, data_format: str | None = None, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        given = self._usual if cropping is None else cropping
        self.cropping = _as_given(_pairs("cropping", given, self.rank))
        if self.rank == 1:  # as in Keras
            require_channels_last(data_format)
        else:
            data_format = as_data_format(data_format)
        self.data_format = data_format

    @in_either_order
    def call(self, x: Tensor) -> Any:
        self._output_lengths(x.shape)
        pairs = _pairs("cropping", self.cropping, self.rank)
        kept = (slice(a, n - b) for (a, b), n in zip(pairs, x.shape[1:-1], strict=True))
        return x[(slice(None), *kept)]

    def _length(self, axis: int, n: int) -> int:
        before, after = _pairs("cropping", self.cropping, self.rank)[axis]
        if before + after >= n:
            raise ValueError(
                f"{self.name} cuts {before} and {after} elements off along axis "
                f"{self._axis(axis)}, but the inputs have only {n} there, so that nothing would be "
                "left"
            )
        return n - before - after


class Cropping1D(_Cropping):
    """A line without its ends.

    Args:
        cropping: how many elements are cut off on either side, (before, after) where they differ;
            1 by default.
        data_format: None or "channels_last".
        trainable, dtype, name: as in `Layer`.

    Raises:
        ValueError: where nothing would be left.

    Example:
        >>> Cropping1D((2, 0))([[[7.0], [8.0], [9.0]]]).data.ravel()
        array([9.], dtype=float32)
    """

    rank = 1


class Cropping2D(_Cropping):
    """An image without its border.

    Args:
        cropping: how much is cut off on each side; (rows, columns), or ((above, below), (left,
            right)); nothing by default, as in Keras.
        data_format: as in `Conv2D`.
        trainable, dtype, name: as in `Layer`.

    Raises:
        ValueError: where nothing would be left.

    Example:
        >>> Cropping2D(((1, 0), (2, 2)))(np.zeros((5, 8, 8, 3))).shape
        (5, 7, 4, 3)
    """

    rank = 2
    _usual = 0


class Cropping3D(_Cropping):
    """A volume without its border. Arguments as in `Cropping2D`, for three lengths; by default
    1 is cut off on each side.
    """

    rank = 3


# -- UpSampling ------------------------------------------------------------------------------------


class _UpSampling(Spatial):
    def __init__(
        self,
        size: int | tuple[int, ...] = 2,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.size = as_lengths("size", size, self.rank)
        if self.rank == 1:  # as in Keras
            require_channels_last(data_format)
        else:
            data_format = as_data_format(data_format)
        self.data_format = data_format

    @in_either_order
    def call(self, x: Tensor) -> Any:
        self._check(x.shape)
        return self._enlarged(x)

    def _enlarged(self, x: Any) -> Any:
        samples, *lengths, channels = x.shape
        pairs = list(zip(lengths, self.size, strict=True))
        apart = np.reshape(x, (samples, *(k for n, _ in pairs for k in (n, 1)), channels))
        repeated = np.broadcast_to(apart, (samples, *(k for pair in pairs for k in pair), channels))
        return np.reshape(repeated, (samples, *(n * times for n, times in pairs), channels))

    def _length(self, axis: int, n: int) -> int:
        return n * self.size[axis]


class UpSampling1D(_UpSampling):
    """Each element of a line, repeated.

    Args:
        size: how often.
        data_format: None or "channels_last".
        trainable, dtype, name: as in `Layer`.

    Example:
        >>> UpSampling1D(2)([[[7.0], [8.0]]]).data.ravel()
        array([7., 7., 8., 8.], dtype=float32)
    """

    rank = 1


class UpSampling2D(_UpSampling):
    """An image made larger, by repeating its elements or by interpolating between them.

    Args:
        size: how many times larger; one number, or one for each length.
        data_format: as in `Conv2D`.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
        trainable, dtype, name: as in `Layer`.

    Example:
        >>> UpSampling2D((2, 3))(np.zeros((5, 8, 8, 3))).shape
        (5, 16, 24, 3)
    """

    rank = 2

    def __init__(
        self,
        size: int | tuple[int, ...] = 2,
        data_format: str | None = None,
        interpolation: str = "nearest",
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(size, data_format, **options)
        if interpolation not in INTERPOLATIONS:
            raise ValueError(
                f"interpolation is one of {list(INTERPOLATIONS)}, got {interpolation!r}"
            )
        self.interpolation = interpolation

    def _enlarged(self, x: Any) -> Any:
        if self.interpolation == "nearest":
            return super()._enlarged(x)
        rows, columns = (self._length(axis, x.shape[axis + 1]) for axis in (0, 1))
        return resize(x, (rows, columns), self.interpolation)


class UpSampling3D(_UpSampling):
    """Each element of a volume, repeated. Arguments as in `UpSampling1D`, for three lengths."""

    rank = 3
