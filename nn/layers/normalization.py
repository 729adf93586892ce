"""Normalization layers: over the batch, the features of a sample, groups of them, or by a norm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Unpack

import numpy as np

import autograd_lite as ag
from autograd_lite import Tensor
from nn._core.masks import as_mask, over_features
from nn._core.validation import (
    require_axes,
    require_count,
    require_flag,
    require_fraction,
    require_integer,
    require_number,
)
from nn.distribution.collectives import average, sum_of_ranks
from nn.distribution.data_parallel import synchronizes_batches
from nn.layers.options import LayerOptions
from nn.layers.weighted import Weighted


class _AlongAxes(Weighted):
    """The base of layers that normalize along one axis, or several."""

    axis: Any
    _features: tuple[int, ...]  # the lengths of these axes, once the layer is built

    def _axes(self, rank: int) -> tuple[int, ...]:
        """Return `axis` as sorted axes counted from 0.

        Raises:
            ValueError: for the axis of samples, and for axes that the inputs do not have.
        """
        axes = tuple(self.axis) if isinstance(self.axis, (list, tuple)) else (self.axis,)
        if any(not -rank <= a < rank or a % rank == 0 for a in axes):
            raise ValueError(
                f"{self.name} has axis={self.axis}, which for inputs of {rank} axes lies between 1 "
                f"and {rank - 1}, or between {1 - rank} and -1: axis 0 counts the samples"
            )
        return tuple(sorted(a % rank for a in axes))

    def _lengths(self, shape: Any) -> Any:
        """Return the lengths along the axes."""
        return tuple(shape[axis] for axis in self._axes(len(shape)))

    def _checked_axes(self, x: Tensor) -> tuple[int, ...]:
        """Return the axes of inputs.

        Raises:
            ValueError: if their lengths are not those the layer was built for.
        """
        if self._lengths(x.shape) != self._features:
            built = self._features if len(self._features) > 1 else self._features[0]
            raise ValueError(
                f"{self.name} was built for {built} features along axis {self.axis}, got inputs "
                f"of shape {x.shape}"
            )
        return self._axes(x.ndim)


class _Normalization(_AlongAxes):
    """The base: ``gamma * (x - mean) / sqrt(variance + epsilon) + beta``."""

    supports_masking = True

    gamma: ag.Variable | None = None
    beta: ag.Variable | None = None

    def _keep(self, arguments: Mapping[str, Any]) -> None:
        """Keep the arguments of the weights, and epsilon, center and scale, once checked."""
        self.epsilon, self.center, self.scale = (
            arguments[name] for name in ("epsilon", "center", "scale")
        )
        require_number("epsilon", self.epsilon, positive=True)
        require_flag("center", self.center)
        require_flag("scale", self.scale)
        super()._keep(arguments)

    def _add_scale_and_shift(self, shape: tuple[int, ...], scale: bool, center: bool) -> None:
        if scale:
            self.gamma = self._make("gamma", shape)
        if center:
            self.beta = self._make("beta", shape)

    def _normalized(self, centered: Any, variance: Any, shape: Any) -> Any:
        """Normalize x; `shape` broadcasts the weights."""
        factor = 1 / np.sqrt(variance + self.epsilon)
        if self.gamma is not None:
            factor = factor * self.gamma.reshape(shape)
        y = centered * factor
        return y if self.beta is None else y + self.beta.reshape(shape)


class BatchNormalization(_Normalization):
    """Normalizes each feature to mean 0 and variance 1 over the batch, then scales and shifts it.

    In training, mean and variance are those of the batch, and moving averages of them are kept;
    inference uses the moving averages. So does a frozen layer (``trainable = False``), as in Keras.
    Of inputs with a mask, the statistics are those of the steps that count.
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
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self._keep(locals())
        require_integer("axis", axis)
        self.axis = axis
        require_fraction("momentum", momentum)
        self.momentum = momentum

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self._features = features = self._lengths(input_shape)
        self._add_scale_and_shift(features, self.scale, self.center)
        self.moving_mean = self._make("moving_mean", features, trainable=False)
        self.moving_variance = self._make("moving_variance", features, trainable=False)
        super().build(input_shape)

    def call(self, x: Tensor, training: bool = False, mask: Any = None) -> Any:
        (axis,) = self._checked_axes(x)
        shape = tuple(n if i == axis else 1 for i, n in enumerate(x.shape))
        if not (training and self.trainable):
            centered = x - self.moving_mean.reshape(shape)
            return self._normalized(centered, self.moving_variance.reshape(shape), shape)
        if 0 in x.shape:
            raise ValueError(
                f"{self.name} has no mean of a batch of shape {x.shape}: leave empty batches out"
            )
        others = tuple(i for i in range(x.ndim) if i != axis)
        mean_of = _mean(others) if mask is None else _mean_of_counted(others, x, mask, self.name)
        mean = mean_of(x)
        centered = x - mean
        variance = mean_of(np.square(centered))
        self._move(self.moving_mean, mean)
        self._move(self.moving_variance, variance)
        return self._normalized(centered, variance, shape)

    def _move(self, average: ag.Variable, value: Any) -> None:
        """Move a moving average toward a value."""
        new = ag.stop_gradient(value).reshape(average.shape)
        average.assign(average * self.momentum + new * (1 - self.momentum))


def _mean(axes: tuple[int, ...]) -> Callable[[Any], Any]:
    return lambda x: _of_batch(np.mean(x, axis=axes, keepdims=True))


def _mean_of_counted(
    axes: tuple[int, ...], x: Tensor, mask: Any, name: str
) -> Callable[[Any], Any]:
    """The mean over the steps that count; the small number is Keras's, against a division by 0."""
    kept = np.broadcast_to(over_features(as_mask(mask, x, name), x), x.shape)
    count = _of_batch(sum_of_ranks(np.sum(kept.astype(x.dtype), axis=axes, keepdims=True))) + 1e-7

    def total(values: Any) -> Any:
        return sum_of_ranks(np.sum(np.where(kept, values, 0), axis=axes, keepdims=True))

    return lambda values: _of_batch(total(values)) / count


def _of_batch(mean: Any) -> Any:
    """Return a mean of this rank's rows; that of all ranks where a distribution asks for it."""
    return average(mean) if synchronizes_batches() else mean


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
        rms_scaling: True divides without centering, and has no shift. It divides by the standard
            deviation all the same, as Keras does for old models: `RMSNormalization` is correct.
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
        rms_scaling: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self._keep(locals())
        require_axes("axis", axis)
        require_flag("rms_scaling", rms_scaling)
        self.rms_scaling = rms_scaling
        # A list could be changed after a step was compiled.
        self.axis = tuple(axis) if isinstance(axis, list) else axis

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self._features = self._lengths(input_shape)
        self._add_scale_and_shift(
            self._features, self.scale or self.rms_scaling, self.center and not self.rms_scaling
        )
        super().build(input_shape)

    def call(self, x: Tensor) -> Any:
        axes = self._checked_axes(x)
        shape = tuple(n if i in axes else 1 for i, n in enumerate(x.shape))
        centered = x - np.mean(x, axis=axes, keepdims=True)
        variance = np.mean(np.square(centered), axis=axes, keepdims=True)
        return self._normalized(x if self.rms_scaling else centered, variance, shape)


class GroupNormalization(_Normalization):
    """Normalizes groups of a sample's features to mean 0 and variance 1, then scales and shifts.

    Of an image, each group of channels is normalized over all its pixels. Source: Wu and He, 2018.

    Args:
        groups: the number of groups, which divides that of the features; 1 for one group of all, -1
            for a group each ("instance normalization").
        axis: the axis of the features.
        epsilon: added to the variance.
        center: True for a shift, beta.
        scale: True for a factor, gamma.
        beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
            gamma_constraint: of the weights.
        trainable, dtype, name: as in `Layer`.

    Attributes:
        gamma, beta: (features,), trained.

    Raises:
        ValueError: if the groups do not divide the features.

    Example:
        >>> GroupNormalization(2)(np.array([[1.0, 3.0, 10.0, 30.0]])).data.round(3)
        array([[-1.,  1., -1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self._keep(locals())
        if groups != -1:
            require_count("groups, if not -1,", groups)
        require_integer("axis", axis)
        self.groups = groups
        self.axis = axis

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self._features = self._lengths(input_shape)
        self._add_scale_and_shift(self._features, self.scale, self.center)
        (features,) = self._features
        if features % self.groups:
            raise ValueError(
                f"{self.name} cannot divide {features} features along axis {self.axis} into "
                f"{self.groups} groups of one size. Let groups divide the number of features"
            )
        super().build(input_shape)

    def call(self, x: Tensor) -> Any:
        (axis,) = self._checked_axes(x)
        (features,) = self._features
        groups = features if self.groups == -1 else self.groups
        split = (groups, features // groups)
        grouped = x.reshape(*x.shape[:axis], *split, *x.shape[axis + 1 :])
        others = tuple(i for i in range(1, grouped.ndim) if i != axis)
        centered = grouped - np.mean(grouped, axis=others, keepdims=True)
        variance = np.mean(np.square(centered), axis=others, keepdims=True)
        shape = (*(1,) * axis, *split, *(1,) * (x.ndim - axis - 1))
        return self._normalized(centered, variance, shape).reshape(x.shape)


class RMSNormalization(_AlongAxes):
    """Divides each sample by the root of its mean square over the features, then scales it.

    ``x * scale / sqrt(mean(x**2) + epsilon)``. Source: Zhang and Sennrich, 2019.

    Args:
        axis: the axis, or axes, of the features.
        epsilon: added to the mean square.
        trainable, dtype, name: as in `Layer`.

    Attributes:
        scale: of the shape of the normalized axes, 1 at first.

    Example:
        >>> RMSNormalization()(np.array([[1.0, 7.0]])).data.round(3)
        array([[0.2, 1.4]], dtype=float32)
    """

    def __init__(
        self,
        axis: int | list[int] | tuple[int, ...] = -1,
        epsilon: float = 1e-6,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        require_axes("axis", axis)
        require_number("epsilon", epsilon, positive=True)
        self.axis = tuple(axis) if isinstance(axis, list) else axis
        self.epsilon = epsilon

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self._features = self._lengths(input_shape)
        self.scale = self.add_weight(self._features, "ones", name="scale")
        super().build(input_shape)

    def call(self, x: Tensor) -> Any:
        axes = self._checked_axes(x)
        mean_square = np.mean(np.square(x), axis=axes, keepdims=True)
        shape = tuple(n if i in axes else 1 for i, n in enumerate(x.shape))
        return x * (self.scale.reshape(shape) / np.sqrt(mean_square + self.epsilon))


class UnitNormalization(_AlongAxes):
    """Divides each sample by its Euclidean norm over the features; a zero stays zero.

    Args:
        axis: the axis, or axes, of the features.
        trainable, dtype, name: as in `Layer`.

    Example:
        >>> UnitNormalization()(np.array([[3.0, 4.0]])).data
        array([[0.6, 0.8]], dtype=float32)
    """

    supports_masking = True

    def __init__(
        self, axis: int | list[int] | tuple[int, ...] = -1, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        require_axes("axis", axis)
        self.axis = tuple(axis) if isinstance(axis, list) else axis

    def call(self, x: Tensor) -> Any:
        return unit(x, self._axes(x.ndim), LEAST_NORM)


LEAST_NORM = 1e-12  # of UnitNormalization: what is shorter is divided by it, as in Keras


def unit(x: Any, axes: int | tuple[int, ...], least: float) -> Any:
    """Divide x by its Euclidean norm along axes, or by `least` where that is larger.

    >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]]), 1, 1e-7)
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    square = np.sum(np.square(x), axis=axes, keepdims=True)
    return x / np.sqrt(np.maximum(square, least**2))
