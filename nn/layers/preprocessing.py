"""Inputs brought to a useful scale: Rescaling and Normalization."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from autograd_lite import Tensor
from nn._core.nest import only
from nn._core.validation import require_axes, require_flag, require_numbers
from nn.data.adapters import as_batch, is_iterable_data, source_of
from nn.data.arrays import check_finite, numbers
from nn.data.batches import unpack_batch
from nn.layers.base import Layer

__all__ = ["Normalization", "Rescaling"]

EPSILON = 1e-7  # the smallest standard deviation that is divided by: Keras's epsilon


@dataclass(frozen=True)
class Moments:
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
        """Of the elements along some axes."""
        count = math.prod(array.shape[axis] for axis in axes)
        return cls(count, np.mean(array, axis=axes), np.var(array, axis=axes))

    def merged(self, other: Moments) -> Moments:
        """Of the values of both: Chan, Golub and LeVeque, 1979, which does not cancel.

        Raises:
            ValueError: if they are of other features.
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
    """A number as it is; an array or a list as a copy that cannot be written to.

    What a compiled step has read must not change unseen: an attribute that is set is noticed.
    """
    if isinstance(value, (int, float, np.generic)) or value is None:
        return value
    array = np.array(value)
    array.flags.writeable = False
    return array


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

    def __init__(
        self,
        scale: Any,
        offset: Any = 0.0,
        *,
        trainable: bool = True,
        dtype: Any = "float32",
        name: str | None = None,
    ) -> None:
        super().__init__(trainable=trainable, dtype=dtype, name=name)
        require_numbers("scale", scale)
        require_numbers("offset", offset)
        self.scale = scale
        self.offset = offset

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, read_only(value) if name in ("scale", "offset") else value)

    def call(self, x: Tensor) -> Any:
        return x * np.asarray(self.scale, x.dtype) + np.asarray(self.offset, x.dtype)


class Normalization(Layer):
    """Each feature of the inputs brought to mean 0 and variance 1, by statistics of the data.

    They are learned from the data once, by `adapt`, before the model is trained; or given.

    Args:
        axis: the axis, or axes, whose positions are normalized each by itself; None for one mean
            and one variance of everything.
        mean: the mean of each feature, if it is known.
        variance: the variance of each feature.
        invert: whether to undo it: ``x * sqrt(variance) + mean``.
        trainable, dtype, name: as in `Layer`.

    Attributes:
        mean, variance: as given, or as `adapt` has found them. Arrays are copied, and read-only
            from then on: assign others to change them.

    Raises:
        ValueError: if only one of mean and variance is given, and for a negative variance.
        RuntimeError: when it is called without either, and was not adapted.

    Example:
        >>> layer = Normalization().adapt(np.array([[1.0, 10.0], [3.0, 30.0]]))
        >>> layer(np.array([[3.0, 10.0]])).data
        array([[ 1., -1.]], dtype=float32)
    """

    def __init__(
        self,
        axis: int | tuple[int, ...] | None = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        *,
        trainable: bool = True,
        dtype: Any = "float32",
        name: str | None = None,
    ) -> None:
        super().__init__(trainable=trainable, dtype=dtype, name=name)
        if (mean is None) != (variance is None):
            raise ValueError("mean and variance are given both, or learned by adapt(X)")
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

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, read_only(value) if name in ("mean", "variance") else value)

    def adapt(self, data: Any) -> Self:
        """Learn the mean and the variance of each feature, in place of those it has.

        Args:
            data: the training samples, (samples, ...); or what gives them in batches, as `fit`
                takes it: of (x, y) it is x that counts.

        Returns:
            The layer.

        Raises:
            TypeError, ValueError: for data that is refused, see `nn.data.arrays`.
        """
        moments = None
        for part in self._parts(data):
            moments = part if moments is None else moments.merged(part)
        if moments is None:
            raise ValueError("adapt needs data, and was given no batch")
        self.mean, self.variance = moments.mean, moments.variance
        return self

    def _parts(self, data: Any) -> Iterator[Moments]:
        """The moments of the data, or of each batch of it."""
        if not is_iterable_data(data):
            yield self._moments(only(data))
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
                f"{self.name} knows no mean and variance yet. Call its adapt(X) with the training "
                "samples first, before it becomes part of a model"
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
