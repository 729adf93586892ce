"""Dense: the fully connected layer; Identity."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from autograd_lite import Tensor, record
from nn import activations
from nn._core.validation import require_count, require_flag
from nn.layers.base import Layer
from nn.layers.constant_softmax import warn_if_constant
from nn.layers.options import LayerOptions
from nn.layers.weighted import Weighted


class Dense(Weighted):
    """The fully connected layer: ``activation(x @ kernel + bias)``.

    Args:
        units: the width of the outputs.
        activation: a name or a function, as in `nn.activations`; None for a linear layer.
        use_bias: False leaves the bias out.
        kernel_initializer, bias_initializer: as in `nn.initializers`.
        kernel_regularizer, bias_regularizer: penalties on the weights, as in `nn.regularizers`.
        activity_regularizer: a penalty on the outputs, per sample.
        kernel_constraint, bias_constraint: applied after each update, as in `nn.constraints`.
        trainable, dtype, name: as in `Layer`.

    Attributes:
        kernel: the weights, (width of the inputs, units).
        bias: (units,), if there is one.

    Shapes: inputs (samples, ..., width), outputs (samples, ..., units).

    Raises:
        ValueError: for inputs of another width than that of the kernel, and for unknown names.

    Example:
        >>> import numpy as np
        >>> layer = Dense(2, kernel_initializer="ones")
        >>> layer(np.array([[1.0, 2.0, 3.0]])).data
        array([[6., 6.]], dtype=float32)
    """

    supports_masking = True

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **options)
        require_count("units", units)
        require_flag("use_bias", use_bias)
        self.units = units
        self.activation = activation
        self.use_bias = use_bias
        self._keep(locals())
        function = activations.get(activation)
        if units == 1:
            warn_if_constant(function, "Dense(1)")

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self._check_rank(input_shape)
        self.kernel = self._make("kernel", (input_shape[-1], self.units))
        if self.use_bias:
            self.bias = self._make("bias", (self.units,))
        super().build(input_shape)

    def call(self, x: Tensor) -> Any:
        kernel = self.kernel
        shape = x._array.shape
        if len(shape) < 2 or shape[-1] != kernel._array.shape[0]:
            self._check_rank(shape)
            raise ValueError(
                f"{self.name} expects inputs of width {kernel.shape[0]} (its kernel is "
                f"{kernel.shape}), got {shape}"
            )
        if len(shape) > 2:  # one product, rather than one for each sample
            z = record(np.matmul, x.reshape(-1, shape[-1]), kernel)
            z = z.reshape(*shape[:-1], self.units)
        else:
            z = record(np.matmul, x, kernel)
        if self.use_bias:
            z = record(np.add, z, self.bias)
        return z if self.activation is None else activations.get(self.activation)(z)

    def _check_rank(self, shape: tuple[int | None, ...]) -> None:
        if len(shape) < 2:
            raise ValueError(
                f"{self.name} expects inputs of at least 2 axes, (samples, width), got {shape}. "
                "Samples of one number each are x[:, None]; one sample alone is x[None, :]"
            )


class Identity(Layer):
    """The inputs as they are: a place for a layer that is not there, or a name in a picture.

    Args:
        trainable, dtype, name: as in `Layer`.

    Example:
        >>> import numpy as np
        >>> Identity()(np.array([[1.0, 2.0]])).data
        array([[1., 2.]], dtype=float32)
    """

    supports_masking = True

    def call(self, x: Any) -> Any:
        return x
