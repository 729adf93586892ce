"""Inputs brought to a useful scale: Rescaling and Normalization."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from autograd_lite import Tensor
from nn.data.arrays import check_finite, numbers
from nn.layers.base import Layer

__all__ = ["Normalization", "Rescaling"]

EPSILON = 1e-7  # the smallest standard deviation that is divided by: Keras's epsilon


class Rescaling(Layer):
    """``x * scale + offset``: pixels from 0..255 to 0..1 by ``Rescaling(1 / 255)``.

    Args:
        scale: a number, or one for each feature of the last axis.
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
        self.scale = scale
        self.offset = offset

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
        mean, variance: as given, or as `adapt` has found them.

    Raises:
        ValueError: if only one of mean and variance is given.
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
        self.axis = axis
        self.mean = mean
        self.variance = variance
        self.invert = invert

    def adapt(self, data: Any) -> Self:
        """Learn the mean and the variance of each feature, in place of those it has.

        Args:
            data: the training samples, (samples, ...).

        Returns:
            The layer.

        Raises:
            TypeError, ValueError: for data that is refused, see `nn.data.arrays`.
        """
        array = numbers(data, "data", np.dtype(np.float64)).astype(np.float64, copy=False)
        if array.size == 0:
            raise ValueError(f"adapt needs data, got shape {array.shape}")
        check_finite(array, "data")
        kept = self._kept(array.ndim)
        others = tuple(i for i in range(array.ndim) if i not in kept)
        self.mean = np.mean(array, axis=others)
        self.variance = np.var(array, axis=others)
        return self

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
