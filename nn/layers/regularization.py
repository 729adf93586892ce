"""Regularization layers: Dropout and GaussianNoise, which are active only in training."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import Tensor, sample
from nn._core.validation import require_count, require_fraction, require_number
from nn.layers.base import Layer
from nn.random import Seed, from_seed

__all__ = ["Dropout", "GaussianNoise"]


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

    def __init__(
        self,
        rate: float,
        noise_shape: tuple[int | None, ...] | None = None,
        seed: Seed = None,
        *,
        trainable: bool = True,
        dtype: Any = "float32",
        name: str | None = None,
    ) -> None:
        super().__init__(trainable=trainable, dtype=dtype, name=name)
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
        drawn = sample(self._generator, "random", shape=self._mask_shape(x), dtype=np.float32)
        kept = drawn >= self.rate
        return x * (kept.astype(x.dtype) / (1 - self.rate))

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


class GaussianNoise(Layer):
    """Adds normally distributed noise to the inputs in each training step.

    Args:
        stddev: the standard deviation of the noise, 0 or more.
        seed: as in `Dropout`.
        trainable, dtype, name: as in `Layer`.
    """

    def __init__(
        self,
        stddev: float,
        seed: Seed = None,
        *,
        trainable: bool = True,
        dtype: Any = "float32",
        name: str | None = None,
    ) -> None:
        super().__init__(trainable=trainable, dtype=dtype, name=name)
        require_number("stddev", stddev)
        self.stddev = stddev
        self.seed = seed
        self._generator = from_seed(seed)

    def call(self, x: Tensor, training: bool = False) -> Any:
        if not training:
            return x
        noise = sample(self._generator, "normal", 0.0, self.stddev, shape=x.shape)
        return x + noise.astype(x.dtype)
