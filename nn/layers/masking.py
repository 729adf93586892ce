"""Masking: time steps of padding, recognised by their value, are skipped."""

from __future__ import annotations

import math
from typing import Any, Unpack

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import set_mask
from nn.layers.base import Layer
from nn.layers.options import LayerOptions


class Masking(Layer):
    """Masks the steps of which all features equal a value, and sets them to 0.

    Layers, losses and metrics behind it skip these steps. `Embedding` makes a mask of whole
    numbers, with ``mask_zero=True``.

    Args:
        mask_value: the value.
        trainable, dtype, name: as in `Layer`.

    Shapes: inputs (samples, steps, features), outputs the same, their mask (samples, steps).

    Raises:
        ValueError: for NaN, which equals nothing: replace it first, ``np.nan_to_num(x)``.

    Example:
        >>> y = Masking()(np.array([[[1.0, 2.0], [0.0, 3.0], [0.0, 0.0]]]))
        >>> y.mask.data
        array([[ True,  True, False]])
    """

    _makes_mask = True
    supports_masking = True

    def __init__(self, mask_value: float = 0.0, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        if not isinstance(mask_value, (int, float, np.number)):
            raise TypeError(f"mask_value is a number, got {mask_value!r}")
        if math.isnan(mask_value):
            raise ValueError(
                "mask_value cannot be NaN, which equals nothing, not even itself. Replace NaN "
                "before: np.nan_to_num(x, nan=-1.0), and Masking(-1.0)"
            )
        self.mask_value = mask_value

    def call(self, x: Tensor) -> Any:
        mask: Any = self.compute_mask(x, None)
        y: Any = np.where(mask[..., None], x, 0)
        set_mask(y, mask)
        return y

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return np.any(inputs != self.mask_value, axis=-1)
