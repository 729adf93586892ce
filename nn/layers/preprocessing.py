"""Preprocessing layers: Rescaling and Normalization."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Self, Unpack

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import FrozenFields, frozen
from nn._core.nest import only
from nn._core.validation import require_axes, require_flag, require_numbers
from nn.data.adapters import as_batch, is_iterable_data, source_of
from nn.data.arrays import check_finite, numbers
from nn.data.batches import unpack_batch
from nn.layers.base import Layer
from nn.layers.options import LayerOptions

PART = 2**20  # elements of data whose moments are computed at a time
EPSILON = 1e-7  # the smallest divisor: Keras's epsilon


@frozen
class Moments(FrozenFields):
    """The mean and the variance of some values.

    Attributes:
        count: of the values behind each mean.
        mean, variance: arrays of one shape.
    """

    count: int
    mean: Any
    variance: Any

    @classmethod
    def of(cls, array: Any, axes: tuple[int, ...]) -> Moments:
        """Compute the moments of the elements along some axes."""
        count = math.prod(array.shape[axis] for axis in axes)
        return cls(count, np.mean(array, axis=axes), np.var(array, axis=axes))

    def merged(self, other: Moments) -> Moments:
        """Merge the moments of two sets (Chan, Golub and LeVeque, 1979), without cancellation.

        Raises:
            ValueError: if their features differ.
        """
        if np.shape(self.mean) != np.shape(other.mean):
            raise ValueError(
                f"the batches differ: first means of shape {np.shape(self.mean)}, then of "
                f"{np.shape(other.mean)}"
            )
        count = self.count + other.count
        share = other.count / count
        apart = other.mean - self.mean
        within = self.variance * (1 - share) + other.variance * share
        return Moments(count, self.mean + apart * share, within + apart**2 * share * (1 - share))


def read_only(value: Any) -> Any:
    """Return a number as it is; copy an array or a list to a read-only array.

    Values that a compiled step has read must not change in place; setting an attribute is tracked.
    """
    if isinstance(value, (int, float, np.generic)) or value is None:
        return value
    array = np.array(value)
    array.flags.writeable = False
    return array


def _broadcasts(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(1 in (n, m) or n == m for n, m in zip(shape[::-1], other[::-1], strict=False))


class Rescaling(Layer):
    """``x * scale + offset``: pixels from 0..255 to 0..1 by ``Rescaling(1 / 255)``.

    Args:
        scale: a number, or one for each feature of the last axis. An array is copied, and read-only
            from then on: assign another to change it.
        offset: likewise.
        trainable, dtype, name: as in `Layer`.

    Example:
        >>> Rescaling(1 / 255)(np.array([[0, 255]])).data
        array([[0., 1.]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, scale: Any, offset: Any = 0.0, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        require_numbers("scale", scale)
        require_numbers("offset", offset)
        self.scale = scale
        self.offset = offset

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, read_only(value) if name in ("scale", "offset") else value)

    def call(self, x: Tensor) -> Any:
        for name in ("scale", "offset"):
            shape = np.shape(getattr(self, name))
            if not _broadcasts(shape, x.shape):
                raise ValueError(
                    f"{self.name} has a {name} of shape {shape}, one number for each feature of "
                    f"the last axis, which does not fit inputs of shape {x.shape}"
                )
        return x * np.asarray(self.scale, x.dtype) + np.asarray(self.offset, x.dtype)


class Normalization(Layer):
    """Standardizes each feature of the inputs by statistics of the data.

    `adapt` computes them from the data once, before training; or give them.

    Args:
        axis: the axis, or axes, of the features, each normalized by itself; None for one mean and
            one variance of everything.
        mean: the mean of each feature, if known.
        variance: the variance of each feature.
        invert: True for the inverse: ``x * sqrt(variance) + mean``.
        trainable, dtype, name: as in `Layer`.

    Attributes:
        mean, variance: as given, or computed by `adapt`. Arrays are copied and read-only: assign
            others to change them.

    Raises:
        ValueError: if only one of mean and variance is given, and for a negative variance.
        RuntimeError: when it is called without statistics.

    Example:
        >>> layer = Normalization().adapt(np.array([[1.0, 10.0], [3.0, 30.0]]))
        >>> layer(np.array([[3.0, 10.0]])).data
        array([[ 1., -1.]], dtype=float32)
    """

    supports_masking = True

    def __init__(
        self,
        axis: int | tuple[int, ...] | None = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        if (mean is None) != (variance is None):
            raise ValueError("give both mean and variance, or compute them by adapt(X)")
        if axis is not None and axis not in ((), []):
            require_axes("axis", axis)
        if mean is not None:
            require_numbers("mean", mean)
            require_numbers("variance", variance)
            if np.min(variance, initial=0) < 0:
                raise ValueError(f"a variance is 0 or more, got {variance!r}")
        require_flag("invert", invert)
        self.axis = tuple(axis) if isinstance(axis, list) else axis
        self.mean = mean
        self.variance = variance
        self.invert = invert
        self._count: int | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, read_only(value) if name in ("mean", "variance") else value)

    def adapt(self, data: Any) -> Self:
        """Compute the mean and the variance of each feature, replacing the current ones.

        Args:
            data: the training samples, (samples, ...); or batches of them as for `fit`, where x of
                (x, y) counts.

        Returns:
            The layer.

        Raises:
            TypeError, ValueError: for data that is refused, see `nn.data.arrays`.
        """
        moments = None
        for part in self._parts(data):
            moments = part if moments is None else moments.merged(part)
        if moments is None:
            raise ValueError("adapt was given no batch: pass training samples")
        self.mean, self.variance = moments.mean, moments.variance
        self._count = moments.count
        return self

    def get_weights(self) -> list[Any]:
        """Return what `adapt` has found: mean, variance, and the number of values behind them.

        As in Keras, there are none where mean and variance were given.
        """
        if self.mean is None or self._count is None:
            return []
        return [np.asarray(x) for x in (self.mean, self.variance, np.int32(self._count))]

    def set_weights(self, weights: list[Any]) -> None:
        """Set mean, variance and count, as `get_weights` returns them.

        Raises:
            ValueError: for another number of arrays.
        """
        adapts = self.mean is None or self._count is not None
        if len(weights) != 3 * adapts and not (adapts and not weights and self.mean is None):
            super().set_weights(weights)
        elif weights:
            self.mean, self.variance, count = weights
            self._count = int(count)

    def _parts(self, data: Any) -> Iterator[Moments]:
        """Yield the moments of the data, or of each batch."""
        if not is_iterable_data(data):
            whole = only(data)
            large = isinstance(whole, np.ndarray) and whole.size > PART
            if not large or 0 in self._kept(whole.ndim):
                yield self._moments(whole)
                return
            rows = max(PART // (whole.size // len(whole)), 1)  # the copies in float64 stay small
            for start in range(0, len(whole), rows):
                yield self._moments(whole[start : start + rows])
            return
        source = source_of(data)
        for item in source:
            yield self._moments(only(unpack_batch(as_batch(item, source))[0]))

    def _moments(self, data: Any) -> Moments:
        array = numbers(data, "data", np.dtype(np.float64)).astype(np.float64, copy=False)
        if array.size == 0:
            raise ValueError(f"adapt needs data, got shape {array.shape}")
        check_finite(array, "data")
        kept = self._kept(array.ndim)
        others = tuple(i for i in range(array.ndim) if i not in kept)
        return Moments.of(array, others)

    def call(self, x: Tensor) -> Any:
        if self.mean is None:
            raise RuntimeError(
                f"{self.name} has no mean and variance yet. Call its adapt(X) with the training "
                "samples first, before using it in a model"
            )
        shape = self._shape(x)
        mean = np.reshape(np.asarray(self.mean, x.dtype), shape)
        deviation = np.reshape(np.sqrt(np.asarray(self.variance, x.dtype)), shape)
        deviation = np.maximum(deviation, np.asarray(EPSILON, x.dtype))
        return x * deviation + mean if self.invert else (x - mean) / deviation

    def _shape(self, x: Tensor) -> tuple[int, ...]:
        """The shape in which mean and variance are broadcast against x."""
        kept = self._kept(x.ndim)
        shape = tuple(n if i in kept else 1 for i, n in enumerate(x.shape))
        known = np.size(self.mean)
        if known not in (1, int(np.prod(shape))):
            raise ValueError(
                f"{self.name} knows the mean and variance of {known} features, but the inputs have "
                f"shape {x.shape}"
            )
        return shape if known > 1 else (1,) * x.ndim

    def _kept(self, rank: int) -> tuple[int, ...]:
        if self.axis is None:
            return ()
        axes = self.axis if isinstance(self.axis, (list, tuple)) else (self.axis,)
        if any(not -rank <= axis < rank for axis in axes):
            raise ValueError(f"{self.name} has axis={self.axis}, but the data has {rank} axes")
        return tuple(sorted(axis % rank for axis in axes))
