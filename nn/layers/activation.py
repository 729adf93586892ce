"""Activations as layers: `Activation` for any of them, and a class for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Unpack

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import mask_of
from nn import activations
from nn._core.masks import over_features
from nn._core.validation import (
    require_axes,
    require_finite,
    require_flag,
    require_integer,
    require_number,
)
from nn.layers.base import Layer
from nn.layers.constant_softmax import warn_if_constant
from nn.layers.options import LayerOptions
from nn.layers.weighted import Weighted


class Activation(Layer):
    """A function of each element (softmax: along the last axis).

    Args:
        activation: a name or a function, as in `nn.activations`.
        trainable, dtype, name: as in `Layer`.

    Example:
        >>> Activation("relu")([[-1.0, 2.0]]).data
        array([[0., 2.]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, activation: Any, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.activation = activation
        activations.get(activation)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if input_shape[-1:] == (1,):
            warn_if_constant(activations.get(self.activation), self.name)
        super().build(input_shape)

    def call(self, x: Tensor) -> Any:
        return activations.get(self.activation)(x)


# -- with parameters -------------------------------------------------------------------------------


class ReLU(Layer):
    """`nn.activations.relu`, with its arguments.

    Args:
        max_value: the largest output; None for no limit.
        negative_slope: below the threshold the output is ``negative_slope * (x - threshold)``.
        threshold: up to here x counts as negative.
        trainable, dtype, name: as in `Layer`.
    """

    supports_masking = True

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        if max_value is not None:
            require_number("max_value", max_value)
        require_number("negative_slope", negative_slope)
        require_number("threshold", threshold)
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold

    def call(self, x: Tensor) -> Any:
        return activations.relu(
            x,
            negative_slope=self.negative_slope,
            max_value=self.max_value,
            threshold=self.threshold,
        )


class LeakyReLU(Layer):
    """x where positive, ``negative_slope * x`` elsewhere.

    Args:
        negative_slope: 0.3, as in Keras; the function `nn.activations.leaky_relu` has 0.2.
        alpha: the old name of negative_slope.
        trainable, dtype, name: as in `Layer`.
    """

    supports_masking = True

    def __init__(
        self,
        negative_slope: float = 0.3,
        *,
        alpha: float | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        slope = negative_slope if alpha is None else alpha
        require_number("negative_slope", slope)
        self.negative_slope, self.alpha = slope, None

    def call(self, x: Tensor) -> Any:
        return activations.leaky_relu(x, negative_slope=self.negative_slope)


class PReLU(Weighted):
    """A leaky ReLU whose slopes are learned (He et al., 2015): ``alpha * x`` where x is negative.

    Args:
        alpha_initializer, alpha_regularizer, alpha_constraint: of the slopes.
        shared_axes: axes, counted from 1 for the first after the samples, along which one slope
            serves all: [1, 2] for one a channel of an image.
        trainable, dtype, name: as in `Layer`.

    Attributes:
        alpha: the slopes, of the shape of one sample.
    """

    supports_masking = True

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: int | list[int] | tuple[int, ...] | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        if shared_axes is not None and shared_axes not in ([], ()):
            require_axes("shared_axes", shared_axes)
        self.shared_axes = shared_axes
        self._keep(locals())

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        shape: list[Any] = list(input_shape[1:])
        given = self.shared_axes
        for axis in (given,) if isinstance(given, int) else given or ():
            if not 1 <= axis <= len(shape):
                raise ValueError(
                    f"shared_axes of {self.name} are counted from 1, the first axis after the "
                    f"samples, to {len(shape)}; got {axis}"
                )
            shape[axis - 1] = 1
        self.alpha = self._make("alpha", tuple(shape))
        super().build(input_shape)

    def _lengths(self) -> tuple[int | None, ...]:
        """Return the lengths that the slopes were made for, None along shared axes."""
        given = self.shared_axes
        shared = (given,) if isinstance(given, int) else given or ()
        return tuple(None if i in shared else n for i, n in enumerate(self.alpha.shape, 1))

    def call(self, x: Tensor) -> Any:
        lengths = self._lengths()
        if x.ndim != len(lengths) + 1 or any(
            n not in (None, m) for n, m in zip(lengths, x.shape[1:], strict=True)
        ):
            raise ValueError(
                f"{self.name} has a slope for each element of samples of shape {lengths}, None for "
                f"any length, got inputs of shape {x.shape}. For other lengths share slopes along "
                "an axis: shared_axes=[1]"
            )
        return activations.relu(x) - self.alpha * activations.relu(-x)


class ELU(Layer):
    """x where positive, ``alpha * (exp(x) - 1)`` elsewhere.

    Args:
        alpha: minus the value at minus infinity.
        trainable, dtype, name: as in `Layer`.
    """

    supports_masking = True

    def __init__(self, alpha: float = 1.0, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        require_finite("alpha", alpha)
        self.alpha = alpha

    def call(self, x: Tensor) -> Any:
        return activations.elu(x, alpha=self.alpha)


class GELU(Layer):
    """x times the probability that a standard normal number is below x.

    Args:
        approximate: False for the exact form; True for the form with tanh.
        trainable, dtype, name: as in `Layer`.
    """

    supports_masking = True

    def __init__(self, approximate: bool = False, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        require_flag("approximate", approximate)
        self.approximate = approximate

    def call(self, x: Tensor) -> Any:
        return activations.gelu(x, approximate=self.approximate)


class _AlongAxes(Layer):
    """The base of activations along an axis, or several as if they were one."""

    supports_masking = True
    _function: Callable[..., Any]

    def __init__(self, axis: int | tuple[int, ...] = -1, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        for each in axis if isinstance(axis, (tuple, list)) else [axis]:
            require_integer("axis", each)
        self.axis = tuple(axis) if isinstance(axis, list) else axis

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if all(input_shape[axis] == 1 for axis in self._axes(input_shape)):
            warn_if_constant(self._function, self.name)
        super().build(input_shape)

    def _axes(self, shape: tuple[int | None, ...]) -> tuple[int, ...]:
        """The axes, counted from the left."""
        rank, axes = len(shape), self.axis if isinstance(self.axis, tuple) else (self.axis,)
        if not axes or not all(-rank <= axis < rank for axis in axes):
            raise ValueError(f"{self.name} has axis={self.axis}, but its inputs have shape {shape}")
        return tuple(axis % rank for axis in axes)

    def call(self, x: Tensor) -> Any:
        return self._along(x)

    def _along(self, x: Any) -> Any:
        if isinstance(self.axis, int):
            return self._function(x, axis=self.axis)
        last = tuple(range(-len(self.axis), 0))
        turned = np.moveaxis(x, self.axis, last)
        flat = np.reshape(turned, (*turned.shape[: -len(self.axis)], -1))
        return np.moveaxis(np.reshape(self._function(flat, axis=-1), turned.shape), last, self.axis)


class Softmax(_AlongAxes):
    """exp(x) divided by its sum along an axis: positive numbers that add up to 1.

    Elements that a mask leaves out are 0, and the others add up to 1: called with ``mask=``, which
    broadcasts against the inputs, or on inputs that have a mask.

    Args:
        axis: the axis of the classes, or several, over which all numbers add up to 1.
        trainable, dtype, name: as in `Layer`.

    Raises:
        ValueError: for an axis that the inputs do not have, and a mask that does not broadcast.

    Example:
        >>> Softmax()(np.array([[0.0, 0.0, 9.0]]), mask=np.array([[True, True, False]])).data
        array([[0.5, 0.5, 0. ]], dtype=float32)
    """

    _function = staticmethod(activations.softmax)

    def call(self, x: Tensor, mask: Any = None) -> Any:
        if mask is None:
            return self._along(x)
        mask = over_features(mask, x) if mask is mask_of(x) else mask
        if not _broadcasts(np.shape(mask), x.shape):
            raise ValueError(
                f"{self.name} got a mask of shape {np.shape(mask)}, which does not broadcast "
                f"against inputs of shape {x.shape}"
            )
        kept = mask if mask.dtype == bool else mask > 0.5
        y = self._along(np.where(kept, x, -1e9))
        return np.where(kept, y, 0)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return mask_of(inputs)


def _broadcasts(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    pairs = zip(reversed(shape), reversed(target), strict=False)
    return len(shape) <= len(target) and all(n in (1, m) for n, m in pairs)


class LogSoftmax(_AlongAxes):
    """log(softmax(x)), without the logarithm of 0.

    Args:
        axis: the axis of the classes, or several, as in `Softmax`.
        trainable, dtype, name: as in `Layer`.
    """

    _function = staticmethod(activations.log_softmax)


# -- without parameters ----------------------------------------------------------------------------


class _Plain(Layer):
    """An activation that takes no arguments: the layer of a function."""

    supports_masking = True

    @staticmethod
    def function(x: Any) -> Any:
        """The activation."""
        raise NotImplementedError

    def call(self, x: Tensor) -> Any:
        return self.function(x)


class Linear(_Plain):
    """Return x: no activation."""

    function = staticmethod(activations.linear)


class Sigmoid(_Plain):
    """1 / (1 + exp(-x))."""

    function = staticmethod(activations.sigmoid)


class LogSigmoid(_Plain):
    """log(sigmoid(x)), without the logarithm of 0."""

    function = staticmethod(activations.log_sigmoid)


class Tanh(_Plain):
    """The hyperbolic tangent."""

    function = staticmethod(activations.tanh)


class Softplus(_Plain):
    """log(1 + exp(x)), a relu without the kink."""

    function = staticmethod(activations.softplus)


class Softsign(_Plain):
    """x / (1 + abs(x))."""

    function = staticmethod(activations.softsign)


class SELU(_Plain):
    """A scaled elu, which keeps mean 0 and variance 1 from layer to layer."""

    function = staticmethod(activations.selu)


class SiLU(_Plain):
    """x * sigmoid(x); also known as swish."""

    function = staticmethod(activations.silu)


class Mish(_Plain):
    """x * tanh(softplus(x))."""

    function = staticmethod(activations.mish)


class ReLU6(_Plain):
    """min(max(x, 0), 6)."""

    function = staticmethod(activations.relu6)


class HardSigmoid(_Plain):
    """relu6(x + 3) / 6: a sigmoid made of three straight lines."""

    function = staticmethod(activations.hard_sigmoid)


class HardTanh(_Plain):
    """x between -1 and 1, the nearer of the two elsewhere."""

    function = staticmethod(activations.hard_tanh)


class Exponential(_Plain):
    """exp(x)."""

    function = staticmethod(activations.exponential)
