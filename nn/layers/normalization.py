"""Normalization layers: BatchNormalization and LayerNormalization."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_lite as ag
from autograd_lite import Tensor
from nn import constraints, initializers, regularizers
from nn._core.validation import (
    require_axes,
    require_flag,
    require_fraction,
    require_integer,
    require_number,
)
from nn.layers.base import Layer

__all__ = ["BatchNormalization", "LayerNormalization"]


class _Normalization(Layer):
    """The base: ``gamma * (x - mean) / sqrt(variance + epsilon) + beta``."""

    def __init__(
        self,
        *,
        epsilon: float,
        center: bool,
        scale: bool,
        beta_initializer: Any,
        gamma_initializer: Any,
        beta_regularizer: Any,
        gamma_regularizer: Any,
        beta_constraint: Any,
        gamma_constraint: Any,
        trainable: bool,
        dtype: Any,
        name: str | None,
    ) -> None:
        super().__init__(trainable=trainable, dtype=dtype, name=name)
        require_number("epsilon", epsilon, positive=True)
        require_flag("center", center)
        require_flag("scale", scale)
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = beta_initializer
        self.gamma_initializer = gamma_initializer
        self.beta_regularizer = beta_regularizer
        self.gamma_regularizer = gamma_regularizer
        self.beta_constraint = beta_constraint
        self.gamma_constraint = gamma_constraint
        for initializer in (beta_initializer, gamma_initializer):
            initializers.get(initializer)
        for regularizer in (beta_regularizer, gamma_regularizer):
            regularizers.get(regularizer)
        for constraint in (beta_constraint, gamma_constraint):
            constraints.get(constraint)

    def _add_scale_and_shift(self, shape: tuple[int, ...]) -> None:
        if self.scale:
            self.gamma = self.add_weight(
                shape,
                self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                name="gamma",
            )
        if self.center:
            self.beta = self.add_weight(
                shape,
                self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                name="beta",
            )

    def _normalized(self, centered: Any, variance: Any, shape: Any) -> Any:
        """Normalize x; `shape` broadcasts the weights."""
        factor = 1 / np.sqrt(variance + self.epsilon)
        if self.scale:
            factor = factor * self.gamma.reshape(shape)
        y = centered * factor
        return y + self.beta.reshape(shape) if self.center else y

    def _axes(self, axis: Any, rank: int) -> tuple[int, ...]:
        """Return `axis` as sorted axes counted from 0.

        Raises:
            ValueError: for the axis of samples, and for axes that the inputs do not have.
        """
        axes = tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)
        if any(not -rank <= a < rank or a % rank == 0 for a in axes):
            raise ValueError(
                f"{self.name} has axis={axis}, which for inputs of {rank} axes lies between 1 and "
                f"{rank - 1}, or between {1 - rank} and -1: axis 0 counts the samples"
            )
        return tuple(sorted(a % rank for a in axes))


class BatchNormalization(_Normalization):
    """Normalizes each feature to mean 0 and variance 1 over the batch, then scales and shifts it.

    In training, mean and variance are those of the batch, and moving averages of them are kept;
    inference uses the moving averages. So does a frozen layer (``trainable = False``), as in Keras.
    Source: Ioffe and Szegedy, 2015.

    Args:
        axis: the axis of the features.
        momentum: the fraction of a moving average that is kept at each step.
        epsilon: added to the variance.
        center: True for a shift, beta.
        scale: True for a factor, gamma.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer:
            as in `nn.initializers`.
        beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint: of the weights.
        trainable, dtype, name: as in `Layer`.

    Attributes:
        gamma, beta: (features,), trained.
        moving_mean, moving_variance: (features,), never trained. The variance is the biased one.

    Example:
        >>> layer = BatchNormalization()
        >>> layer(np.array([[1.0], [3.0]]), training=True).data.round(3)
        array([[-1.],
               [ 1.]], dtype=float32)
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        *,
        trainable: bool = True,
        dtype: Any = "float32",
        name: str | None = None,
    ) -> None:
        super().__init__(
            epsilon=epsilon,
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
            trainable=trainable,
            dtype=dtype,
            name=name,
        )
        require_integer("axis", axis)
        self.axis = axis
        require_fraction("momentum", momentum)
        self.momentum = momentum
        self.moving_mean_initializer = moving_mean_initializer
        self.moving_variance_initializer = moving_variance_initializer
        initializers.get(moving_mean_initializer)
        initializers.get(moving_variance_initializer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        (axis,) = self._axes(self.axis, len(input_shape))
        features: Any = (input_shape[axis],)
        self._add_scale_and_shift(features)
        self.moving_mean = self.add_weight(
            features, self.moving_mean_initializer, trainable=False, name="moving_mean"
        )
        self.moving_variance = self.add_weight(
            features, self.moving_variance_initializer, trainable=False, name="moving_variance"
        )
        super().build(input_shape)

    def call(self, x: Tensor, training: bool = False) -> Any:
        (axis,) = self._axes(self.axis, x.ndim)
        features = self.moving_mean.shape[0]
        if x.shape[axis] != features:
            raise ValueError(
                f"{self.name} was built for {features} features along axis {self.axis}, got inputs "
                f"of shape {x.shape}"
            )
        shape = tuple(features if i == axis else 1 for i in range(x.ndim))
        if not (training and self.trainable):
            centered = x - self.moving_mean.reshape(shape)
            return self._normalized(centered, self.moving_variance.reshape(shape), shape)
        others = tuple(i for i in range(x.ndim) if i != axis)
        mean = np.mean(x, axis=others, keepdims=True)
        centered = x - mean
        variance = np.mean(np.square(centered), axis=others, keepdims=True)
        self._move(self.moving_mean, mean)
        self._move(self.moving_variance, variance)
        return self._normalized(centered, variance, shape)

    def _move(self, average: ag.Variable, value: Any) -> None:
        """Move a moving average toward a value."""
        new = ag.stop_gradient(value).reshape(average.shape)
        average.assign(average * self.momentum + new * (1 - self.momentum))


class LayerNormalization(_Normalization):
    """Normalizes each sample to mean 0 and variance 1 over its features, then scales and shifts it.

    Source: Ba, Kiros and Hinton, 2016.

    Args:
        axis: the axis, or axes, of the features.
        epsilon: added to the variance.
        center: True for a shift, beta.
        scale: True for a factor, gamma.
        beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
            gamma_constraint: of the weights.
        trainable, dtype, name: as in `Layer`.

    Attributes:
        gamma, beta: of the shape of the normalized axes.

    Example:
        >>> LayerNormalization()(np.array([[1.0, 3.0]])).data.round(3)
        array([[-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        axis: int | list[int] | tuple[int, ...] = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        *,
        trainable: bool = True,
        dtype: Any = "float32",
        name: str | None = None,
    ) -> None:
        super().__init__(
            epsilon=epsilon,
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
            trainable=trainable,
            dtype=dtype,
            name=name,
        )
        require_axes("axis", axis)
        # A list could be changed after a step was compiled.
        self.axis = tuple(axis) if isinstance(axis, list) else axis

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        axes = self._axes(self.axis, len(input_shape))
        shape: Any = tuple(input_shape[axis] for axis in axes)
        self._features = shape
        self._add_scale_and_shift(shape)
        super().build(input_shape)

    def call(self, x: Tensor) -> Any:
        axes = self._axes(self.axis, x.ndim)
        if tuple(x.shape[axis] for axis in axes) != self._features:
            raise ValueError(
                f"{self.name} was built for features of shape {self._features} along axis "
                f"{self.axis}, got inputs of shape {x.shape}"
            )
        shape = tuple(n if i in axes else 1 for i, n in enumerate(x.shape))
        centered = x - np.mean(x, axis=axes, keepdims=True)
        variance = np.mean(np.square(centered), axis=axes, keepdims=True)
        return self._normalized(centered, variance, shape)
