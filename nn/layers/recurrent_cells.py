"""The three cells: SimpleRNNCell, LSTMCell, GRUCell."""

from __future__ import annotations

from typing import Any, Unpack

from autograd_lite import gradient, primitive
from autograd_lite.extend import parts
from nn.layers.cells import Masks, RecurrentCell
from nn.layers.options import LayerOptions


@primitive(inlinable=True)
def _product(a: Any, b: Any) -> Any:
    """The product of two bounded factors, as gates and states are: its gradient is plain, too."""
    return a * b


gradient(
    _product, lambda g, y, a, b: g * b, lambda g, y, a, b: g * a, maths=(r"a \odot b", "b", "a")
)


class SimpleRNNCell(RecurrentCell):
    """A step of `SimpleRNN`: ``activation(x @ kernel + h @ recurrent_kernel + bias)``.

    Arguments as in `SimpleRNN`.

    Example:
        >>> import numpy as np
        >>> cell = SimpleRNNCell(2, kernel_initializer="ones")
        >>> h, states = cell(np.ones((1, 3)), [np.zeros((1, 2))])
        >>> h.data.round(4)
        array([[0.9951, 0.9951]], dtype=float32)
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(locals())

    def advance(self, z: Any, states: list[Any], masks: Masks) -> tuple[Any, list[Any]]:
        h = self._activate(z + self._dropped(states[0], masks) @ self.recurrent_kernel)
        return h, [h]


class LSTMCell(RecurrentCell):
    """A step of `LSTM` (Hochreiter and Schmidhuber, 1997), with the gates i, f, c, o in this order.

    ``c = f * c + i * activation(z_c)`` and ``h = o * activation(c)``; the states are h and c.
    Arguments as in `LSTM`.

    Example:
        >>> import numpy as np
        >>> cell = LSTMCell(2)
        >>> h, (h, c) = cell(np.ones((1, 3)), [np.zeros((1, 2)), np.zeros((1, 2))])
        >>> h.shape, cell.bias.data
        ((1, 2), array([0., 0., 1., 1., 0., 0., 0., 0.], dtype=float32))
    """

    gates = 4
    unit_forget_bias: bool

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(locals())

    @property
    def state_size(self) -> list[int]:
        """The widths of h and c."""
        return [self.units, self.units]

    def _first_bias(self, shape: tuple[int, ...], dtype: Any) -> Any:
        bias = super()._first_bias(shape, dtype)
        if self.unit_forget_bias:
            bias[self.units : 2 * self.units] = 1
        return bias

    def advance(self, z: Any, states: list[Any], masks: Masks) -> tuple[Any, list[Any]]:
        h, c = states
        z = z + self._dropped(h, masks) @ self.recurrent_kernel
        i, f, new, o = parts(z, count=4)
        kept = _product(self._activate_gate(f), c)
        c = kept + _product(self._activate_gate(i), self._activate(new))
        h = _product(self._activate_gate(o), self._activate(c))
        return h, [h, c]


class GRUCell(RecurrentCell):
    """A step of `GRU` (Cho et al., 2014), with the gates z, r, h in this order.

    ``h = z * h + (1 - z) * activation(x_h + r * (h @ kernel_h + bias_h))``; with
    ``reset_after=False``, ``activation(x_h + (r * h) @ kernel_h)``. Arguments as in `GRU`.

    Example:
        >>> import numpy as np
        >>> cell = GRUCell(2)
        >>> h, states = cell(np.ones((1, 3)), [np.zeros((1, 2))])
        >>> h.shape, cell.bias.shape
        ((1, 2), (2, 6))
    """

    gates = 3
    reset_after: bool

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
        seed: Any = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(locals())

    def _bias_shape(self, width: int) -> tuple[int, ...]:
        return (2, width) if self.reset_after else (width,)

    def _input_bias(self) -> Any:
        return self.bias[0] if self.reset_after else self.bias

    def advance(self, z: Any, states: list[Any], masks: Masks) -> tuple[Any, list[Any]]:
        h, n, kernel = self._dropped(states[0], masks), self.units, self.recurrent_kernel
        x_z, x_r, x_h = parts(z, count=3)
        if self.reset_after:
            inner = h @ kernel
            if self.use_bias:
                inner = inner + self.bias[1]
            h_z, h_r, h_h = parts(inner, count=3)
        else:
            h_z, h_r = parts(h @ kernel[:, : 2 * n], count=2)
        update, reset = self._activate_gate(x_z + h_z), self._activate_gate(x_r + h_r)
        h_h = reset * h_h if self.reset_after else (reset * h) @ kernel[:, 2 * n :]
        new = update * h + (1 - update) * self._activate(x_h + h_h)
        return new, [new]
