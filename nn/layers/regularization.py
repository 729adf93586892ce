"""Regularization layers: kinds of Dropout and noise, in training only; penalties on outputs."""

from __future__ import annotations

import math
from typing import Any, Unpack

import numpy as np

from autograd_lite import Tensor
from nn import regularizers
from nn._core.validation import require_count, require_fraction, require_number
from nn.distribution.share import sample_rows
from nn.layers.base import Layer
from nn.layers.options import LayerOptions
from nn.layers.spatial import as_data_format, axes_of
from nn.random import Seed, from_seed


class Dropout(Layer):
    """Sets a random part of the inputs to 0 in each training step (Srivastava et al., 2014).

    The rest is divided by the fraction kept, so the expected sum is the same in training and
    inference: "inverted" dropout.

    Args:
        rate: the fraction that is set to 0, from 0 up to, but not including, 1.
        noise_shape: the shape of the mask, if it is not that of the inputs; 1 for an axis along
            which all is dropped or kept together, None for the length of the inputs:
            ``(None, 1, None)`` drops features for all time steps.
        seed: an integer, for the same masks in every run; None for the global generator.
        trainable, dtype, name: as in `Layer`.

    Raises:
        ValueError: for another rate, and for a noise_shape that does not fit the inputs.

    Example:
        >>> layer = Dropout(0.5, seed=0)
        >>> layer(np.ones((2, 4)), training=True).data
        array([[2., 2., 2., 0.],
               [0., 0., 0., 0.]], dtype=float32)
        >>> bool(np.all(layer(np.ones((2, 4))).data == 1))
        True
    """

    supports_masking = True

    def __init__(
        self,
        rate: float,
        noise_shape: tuple[int | None, ...] | None = None,
        seed: Seed = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        require_fraction("rate", rate)
        self.rate = rate
        if noise_shape is not None:
            noise_shape = tuple(noise_shape)  # a list could be changed after a step was compiled
            for n in noise_shape:
                if n is not None:
                    require_count("a length in noise_shape", n)
        self.noise_shape = noise_shape
        self.seed = seed
        self._generator = from_seed(seed)

    def call(self, x: Tensor, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return x
        return x * (self._kept(x) / (1 - self.rate))

    def _kept(self, x: Tensor) -> Any:
        """Draw the mask: 1 for what is kept, else 0."""
        drawn = sample_rows(self._generator, "random", shape=self._mask_shape(x), dtype=np.float32)
        return (drawn >= self.rate).astype(x.dtype)

    def _mask_shape(self, x: Tensor) -> tuple[int, ...]:
        if self.noise_shape is None:
            return x.shape
        if len(self.noise_shape) != x.ndim:
            raise self._noise_shape_does_not_fit(x)
        shape = tuple(n if m is None else m for m, n in zip(self.noise_shape, x.shape, strict=True))
        if any(m not in (1, n) for m, n in zip(shape, x.shape, strict=True)):
            raise self._noise_shape_does_not_fit(x)
        return shape

    def _noise_shape_does_not_fit(self, x: Tensor) -> ValueError:
        return ValueError(
            f"noise_shape of {self.name} has for each axis of the inputs 1, None or its length; "
            f"the inputs have shape {x.shape}, noise_shape is {self.noise_shape}"
        )


class AlphaDropout(Dropout):
    """Sets a random part of the inputs to the lowest value of SELU, and keeps mean and variance.

    A network of `selu` activations and "lecun_normal" kernels stays normalized with it. Inputs that
    are kept or not are scaled and shifted alike. Source: Klambauer et al., 2017. Arguments as in
    `Dropout`.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(10_000, 1))
        >>> y = AlphaDropout(0.5, seed=0)(x, training=True).data
        >>> bool(abs(y.mean()) < 0.05 and abs(y.std() - 1) < 0.05)
        True
    """

    def call(self, x: Tensor, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return x
        kept = self._kept(x)
        a = ((1 - self.rate) * (1 + self.rate * SELU_LOWEST**2)) ** -0.5
        return (x * kept + SELU_LOWEST * (1 - kept)) * a - a * SELU_LOWEST * self.rate


SELU_LOWEST = -1.0507009873554805 * 1.6732632423543772  # the limit of selu at -inf


class _SpatialDropout(Dropout):
    """Dropout of whole channels."""

    rank: int

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: Seed = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        self.data_format = as_data_format(data_format)
        ones = (1,) * self.rank
        first = self.data_format == "channels_first"
        noise_shape = (None, None, *ones) if first else (None, *ones, None)
        super().__init__(rate, noise_shape, seed, **options)

    def call(self, x: Tensor, training: bool = False) -> Any:
        if x.ndim != self.rank + 2:
            raise ValueError(
                f"{self.name} drops channels, so it expects inputs of {self.rank + 2} axes, "
                f"{axes_of(self.rank, self.data_format)}, got {x.shape}"
            )
        return super().call(x, training)


class SpatialDropout1D(_SpatialDropout):
    """Drops whole channels of a line: all its time steps. Source: Tompson et al., 2014.

    Neighbours resemble one another, so that dropping single elements would hide little.

    Args:
        rate, seed: as in `Dropout`.
        trainable, dtype, name: as in `Layer`.

    Example:
        >>> SpatialDropout1D(0.5, seed=0)(np.ones((1, 2, 4)), training=True).data
        array([[[2., 2., 2., 0.],
                [2., 2., 2., 0.]]], dtype=float32)
    """

    rank = 1

    def __init__(self, rate: float, seed: Seed = None, **options: Unpack[LayerOptions]) -> None:
        super().__init__(rate, "channels_last", seed, **options)  # as in Keras


class SpatialDropout2D(_SpatialDropout):
    """Drops whole channels of an image.

    Args:
        rate, seed: as in `Dropout`.
        data_format: as in `Conv2D`.
        trainable, dtype, name: as in `Layer`.
    """

    rank = 2


class SpatialDropout3D(_SpatialDropout):
    """Drops whole channels of a volume. Arguments as in `SpatialDropout2D`."""

    rank = 3


class GaussianDropout(Layer):
    """Multiplies the inputs by noise of mean 1 in each training step (Srivastava et al., 2014).

    Its standard deviation, ``sqrt(rate / (1 - rate))``, is that of `Dropout` of this rate.

    Args:
        rate: from 0 up to, but not including, 1.
        seed: as in `Dropout`.
        trainable, dtype, name: as in `Layer`.

    Raises:
        ValueError: for another rate.

    Example:
        >>> y = GaussianDropout(0.2, seed=0)(np.ones((100, 100)), training=True).data
        >>> round(float(y.mean()), 2), round(float(y.std()), 2)
        (1.0, 0.5)
    """

    supports_masking = True

    def __init__(self, rate: float, seed: Seed = None, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        require_fraction("rate", rate)
        self.rate = rate
        self.seed = seed
        self._generator = from_seed(seed)

    def call(self, x: Tensor, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return x
        deviation = math.sqrt(self.rate / (1 - self.rate))
        factors = sample_rows(self._generator, "normal", 1.0, deviation, shape=x.shape)
        return x * factors.astype(x.dtype)


class GaussianNoise(Layer):
    """Adds normally distributed noise to the inputs in each training step.

    Args:
        stddev: the standard deviation of the noise, 0 or more.
        seed: as in `Dropout`.
        trainable, dtype, name: as in `Layer`.
    """

    supports_masking = True

    def __init__(self, stddev: float, seed: Seed = None, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        require_number("stddev", stddev)
        self.stddev = stddev
        self.seed = seed
        self._generator = from_seed(seed)

    def call(self, x: Tensor, training: bool = False) -> Any:
        if not training:
            return x
        noise = sample_rows(self._generator, "normal", 0.0, self.stddev, shape=x.shape)
        return x + noise.astype(x.dtype)


class ActivityRegularization(Layer):
    """Adds a penalty on the inputs to the loss, and passes them on.

    Args:
        l1: the factor of the sum of absolute values, per sample.
        l2: the factor of the sum of squares, per sample.
        trainable, dtype, name: as in `Layer`.

    Raises:
        ValueError: for a negative factor.

    Example:
        >>> layer = ActivityRegularization(l1=0.5)
        >>> y = layer(np.array([[1.0, -3.0]]))
        >>> y.data, [penalty.item() for penalty in layer.losses]
        (array([[ 1., -3.]], dtype=float32), [2.0])
    """

    supports_masking = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **options: Unpack[LayerOptions]) -> None:
        require_number("l1", l1)
        require_number("l2", l2)
        super().__init__(**options)
        self.l1 = l1
        self.l2 = l2
        self._penalize = regularizers.L1L2(l1, l2)

    def call(self, x: Tensor) -> Any:
        return x
