"""Cells: one step of a recurrence. What any cell is, the base of those here, and stacks of cells.

A cell has `state_size` and ``call(x, states)``, which returns the output and the new states. Those
here say it in two parts: `project`, products of the inputs, which `RNN` computes for all steps at
once, and `advance`, the rest.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Unpack

import numpy as np

from autograd_lite import Tensor, gradient, primitive
from nn import activations, initializers
from nn._core.nest import map_arrays
from nn._core.validation import require_count, require_flag, require_fraction
from nn.distribution.share import sample_rows
from nn.layers.base import Layer
from nn.layers.options import LayerOptions
from nn.layers.weighted import Weighted
from nn.random import from_seed

Masks = tuple[Any, Any]  # of dropout: for the inputs and the state, None for none
NO_MASKS: Masks = (None, None)


@primitive(inlinable=True)
def _tanh(x: Any) -> Any:
    """The hyperbolic tangent, with the derivative of its output: a step needs no exponential."""
    return np.tanh(x)


gradient(_tanh, lambda g, y, x: g * (1 - y * y), maths=(r"\tanh x", "1 - y^2"))


class RecurrentCell(Weighted):
    """The base of the three cells: weights, dropout, and a step in two parts.

    A subclass has `gates`, the number of products of `units` columns; `advance`; and its arguments.

    Args:
        arguments: those of the subclass's constructor, by name.

    Attributes:
        kernel: (width of the inputs, gates * units).
        recurrent_kernel: (units, gates * units).
        bias: if there is one.
    """

    gates = 1
    recurrent_activation: Any = None

    def __init__(self, arguments: dict[str, Any]) -> None:
        own = {k: v for k, v in arguments.items() if k not in ("self", "__class__", "options")}
        super().__init__(**arguments["options"])
        for name, value in own.items():
            setattr(self, name, value)
        self._keep(own)
        self._check_arguments()
        self._generator = from_seed(self.seed)

    units: int
    activation: Any
    use_bias: bool
    kernel_initializer: Any
    recurrent_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    recurrent_regularizer: Any
    bias_regularizer: Any
    kernel_constraint: Any
    recurrent_constraint: Any
    bias_constraint: Any
    dropout: float
    recurrent_dropout: float
    seed: Any
    kernel: Any
    recurrent_kernel: Any
    bias: Any

    def _check_arguments(self) -> None:
        """Report mistakes here, not when the weights are created."""
        require_count("units", self.units)
        require_flag("use_bias", self.use_bias)
        require_fraction("dropout", self.dropout)
        require_fraction("recurrent_dropout", self.recurrent_dropout)
        activations.get(self.activation)
        activations.get(self.recurrent_activation)

    @property
    def _passes_training(self) -> bool:  # type: ignore[override]
        return not uses_training(self)

    @property
    def state_size(self) -> Any:
        """The width of the state; of several, a list."""
        return self.units

    @property
    def output_size(self) -> int:
        """The width of the outputs."""
        return self.units

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        width = self.gates * self.units
        self.kernel = self._make("kernel", (input_shape[-1], width))
        self.recurrent_kernel = self._make("recurrent", (self.units, width), "recurrent_kernel")
        if self.use_bias:
            self.bias = self.add_weight(
                self._bias_shape(width),
                self._first_bias,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        super().build(input_shape)

    def _bias_shape(self, width: int) -> tuple[int, ...]:
        return (width,)

    def _first_bias(self, shape: tuple[int, ...], dtype: Any) -> Any:
        return initializers.get(self.bias_initializer)(shape, dtype)

    def get_initial_state(self, batch_size: int) -> list[Any]:
        """Return the states before the first step: zeros."""
        sizes = self.state_size if isinstance(self.state_size, list) else [self.state_size]
        return [np.zeros((batch_size, n), self._dtype) for n in sizes]

    def call(self, x: Tensor, states: Any, training: bool = False) -> tuple[Any, Any]:
        if x.ndim != 2:
            raise ValueError(
                f"{self.name} is one step, of inputs (samples, width), got {x.shape}. For "
                f"sequences write RNN({type(self).__name__}({self.units}))"
            )
        masks = self.draw_masks(x.shape[0], training)
        states = map_arrays(self._admit, states)
        return _advanced(self, self.project(x, masks), states, masks)

    def draw_masks(self, batch: int, training: bool) -> Masks:
        """Draw the masks of dropout: one a call, for all steps."""
        if not training:
            return NO_MASKS
        widths = self.kernel.shape[0], self.units
        rates = self.dropout, self.recurrent_dropout
        x, h = (
            self._mask((batch, n), rate) if rate else None
            for n, rate in zip(widths, rates, strict=True)
        )
        return x, h

    def _mask(self, shape: tuple[int, ...], rate: float) -> Any:
        drawn = sample_rows(self._generator, "random", shape=shape, dtype=np.float32)
        return (drawn >= rate).astype(self.kernel.dtype) / (1 - rate)

    def project(self, x: Any, masks: Masks) -> Any:
        """Compute the products of the inputs, (samples, width) or (steps, samples, width)."""
        if masks[0] is not None:
            x = x * masks[0]
        kernel = self.kernel
        if x.shape[-1] != kernel.shape[0]:
            raise ValueError(
                f"{self.name} expects inputs of width {kernel.shape[0]} (its kernel is "
                f"{kernel.shape}), got {x.shape}"
            )
        rows = x if x.ndim == 2 else np.reshape(x, (-1, x.shape[-1]))
        z = rows @ kernel
        if self.use_bias:
            z = z + self._input_bias()
        return z if x.ndim == 2 else np.reshape(z, (*x.shape[:-1], z.shape[-1]))

    def _input_bias(self) -> Any:
        return self.bias

    def advance(self, z: Any, states: list[Any], masks: Masks) -> tuple[Any, list[Any]]:
        """Compute a step from the products of its inputs: the output and the new states."""
        raise NotImplementedError

    def _dropped(self, h: Any, masks: Masks) -> Any:
        return h if masks[1] is None else h * masks[1]

    def _activate(self, z: Any) -> Any:
        if self.activation is None:
            return z
        function = activations.get(self.activation)
        return _tanh(z) if function is activations.tanh else function(z)

    def _activate_gate(self, z: Any) -> Any:
        gate = self.recurrent_activation
        return z if gate is None else activations.get(gate)(z)


class StackedRNNCells(Layer):
    """Several cells as one: the output of each is the input of the next.

    Args:
        cells: cells, from the first to the last.
        trainable, dtype, name: as in `Layer`.

    Raises:
        TypeError: for anything but cells.

    Example:
        >>> from nn.layers import GRUCell, LSTMCell
        >>> cell = StackedRNNCells([LSTMCell(4), GRUCell(3)])
        >>> cell.state_size, cell.output_size
        ([[4, 4], 3], 3)
    """

    def __init__(self, cells: Sequence[Any], **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        if not isinstance(cells, (list, tuple)) or not cells:
            raise TypeError(f"StackedRNNCells takes a list of cells, got {cells!r}")
        for cell in cells:
            require_cell(cell, "StackedRNNCells")
        self.cells = list(cells)

    @property
    def _passes_training(self) -> bool:  # type: ignore[override]
        return not uses_training(self)

    @property
    def state_size(self) -> list[Any]:
        """The widths of the states, for each cell."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        """The width of the outputs: of the last cell."""
        return output_size_of(self.cells[-1])

    def get_initial_state(self, batch_size: int) -> list[Any]:
        """Return the states before the first step, for each cell."""
        return [initial_state_of(cell, batch_size, self._dtype) for cell in self.cells]

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        shape = input_shape
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(shape)
            shape = (None, output_size_of(cell))
        super().build(input_shape)

    def call(self, x: Tensor, states: Any, training: bool = False) -> tuple[Any, Any]:
        return stepper(self, x.shape[0], training)(x, states)


# -- any cell --------------------------------------------------------------------------------------


def require_cell(cell: Any, user: str) -> None:
    """Require a cell.

    Raises:
        TypeError: for an object without `call` or `state_size`.
    """
    if not hasattr(cell, "state_size") or not callable(getattr(cell, "call", None)):
        raise TypeError(
            f"{user} takes a cell: a layer with state_size (a width, or a list of them) and "
            f"call(x, states) that returns the output and the new states; got {cell!r:.60}"
        )


def uses_training(cell: Any) -> bool:
    """Return if a cell behaves differently in training."""
    if _is_plain_stack(cell):
        return any(map(uses_training, cell.cells))
    if _may_project(cell):
        return bool(cell.dropout or cell.recurrent_dropout)
    return "training" in inspect.signature(cell.call).parameters


def output_size_of(cell: Any) -> Any:
    """Return the width of a cell's outputs: that of its first state, if it does not say."""
    size = getattr(cell, "output_size", None)
    if size is None:
        size = cell.state_size
    while isinstance(size, (list, tuple)):
        size = size[0]
    return size


def initial_state_of(cell: Any, batch_size: int, dtype: Any) -> Any:
    """Return the state of a cell before the first step, in its structure."""
    if hasattr(cell, "get_initial_state"):
        found = cell.get_initial_state(batch_size=batch_size)
        single = not isinstance(cell.state_size, (list, tuple))
        return found[0] if single and isinstance(found, (list, tuple)) else found
    if isinstance(cell.state_size, (list, tuple)):
        return [np.zeros((batch_size, n), dtype) for n in cell.state_size]
    return np.zeros((batch_size, cell.state_size), dtype)


Step = Callable[[Any, Any], tuple[Any, Any]]


def begin(cell: Any, xs: Any, training: bool) -> tuple[Any, Step]:
    """Compute of a cell what can be computed for all steps at once.

    Args:
        cell: built.
        xs: the inputs of all steps, (steps, samples, ...).
        training: as in a call.

    Returns:
        What a step is given in place of its inputs, for all steps; and a function of that and the
        states, which gives the output of the step and the new states.
    """
    batch = xs.shape[1]
    if _is_plain_stack(cell):
        xs, first = begin(cell.cells[0], xs, training)
        return xs, _chained([first, *(stepper(c, batch, training) for c in cell.cells[1:])])
    if not _may_project(cell):
        return xs, stepper(cell, batch, training)
    masks = cell.draw_masks(batch, training)
    return cell.project(xs, masks), lambda z, states: _advanced(cell, z, states, masks)


def stepper(cell: Any, batch: int, training: bool) -> Step:
    """Return a function of a step's inputs and states, which gives the output and new states."""
    if _is_plain_stack(cell):
        return _chained([stepper(c, batch, training) for c in cell.cells])
    if _may_project(cell):
        masks = cell.draw_masks(batch, training)
        return lambda x, states: _advanced(cell, cell.project(x, masks), states, masks)
    takes = "training" in inspect.signature(cell.call).parameters
    options = {"training": training} if takes else {}
    function = cell if callable(cell) else cell.call
    return lambda x, states: _on_list(lambda given: function(x, given, **options), states)


def _is_plain_stack(cell: Any) -> bool:
    return isinstance(cell, StackedRNNCells) and type(cell).call is StackedRNNCells.call


def _may_project(cell: Any) -> bool:
    return isinstance(cell, RecurrentCell) and type(cell).call is RecurrentCell.call


def takes_vectors(cell: Any) -> bool:
    """Return if a step's inputs have to be (samples, width), as of the cells of this package."""
    return _may_project(cell) or (_is_plain_stack(cell) and takes_vectors(cell.cells[0]))


def output_is_state(cell: Any) -> bool:
    """Return if the output of a step is the first state of the last cell."""
    return _may_project(cell) or (_is_plain_stack(cell) and output_is_state(cell.cells[-1]))


def _advanced(cell: RecurrentCell, z: Any, states: Any, masks: Masks) -> tuple[Any, Any]:
    return _on_list(lambda given: cell.advance(z, given, masks), states)


def _on_list(function: Callable[[list[Any]], tuple[Any, Any]], states: Any) -> tuple[Any, Any]:
    """Call a function of a list of states; one state alone is returned as it was given."""
    if isinstance(states, (list, tuple)):
        h, new = function(list(states))
        return h, list(new) if isinstance(new, (list, tuple)) else [new]
    h, new = function([states])
    return h, new[0] if isinstance(new, (list, tuple)) else new


def _chained(steps: Sequence[Step]) -> Step:
    """Cells of which each has its own states, and the outputs of that before as its inputs."""

    def step(x: Any, states: Any) -> tuple[Any, list[Any]]:
        new = []
        for advance, own in zip(steps, states, strict=True):
            x, found = advance(x, own)
            new.append(found)
        return x, new

    return step
