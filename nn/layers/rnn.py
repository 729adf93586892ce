"""RNN: a cell applied to one step of a sequence after the other. SimpleRNN, LSTM, GRU."""

from __future__ import annotations

import inspect
from typing import Any, Unpack

import numpy as np

import autograd_lite as ag
from autograd_lite import Tensor, Variable
from autograd_lite.extend import as_array, cast, flatten, leaf, unflatten
from nn._core.nest import leaves
from nn._core.validation import require_flag
from nn.layers.base import Layer
from nn.layers.cells import (
    StackedRNNCells,
    begin,
    initial_state_of,
    output_is_state,
    output_size_of,
    require_cell,
    takes_vectors,
    uses_training,
)
from nn.layers.options import LayerOptions
from nn.layers.recurrent_cells import GRUCell, LSTMCell, SimpleRNNCell


class RNN(Layer):
    """A cell applied to one step of a sequence after the other.

    Args:
        cell: a cell, or a list of cells, each on the outputs of that before.
        return_sequences: whether to return the outputs of all steps, not of the last alone.
        return_state: whether to return the states after the last step, too.
        go_backwards: whether to begin with the last step; the outputs are in that order.
        stateful: whether a batch continues with the states that the one before has left. All
            batches have one size then; `reset_state` begins anew.
        unroll: whether a compiled program holds every step, and not a loop.
        zero_output_for_mask: whether the output of a masked step is 0, and not that before.
        activity_regularizer, trainable, dtype, name: as in `Layer`.

    A step that the mask leaves out copies the states.

    Shapes: inputs (samples, steps, ...), outputs (samples, width) or (samples, steps, width);
    states (samples, width). Called with ``initial_state=``, a list of arrays, it begins with those.

    Raises:
        TypeError: for anything but a cell.
        ValueError: for inputs without steps or without their axis, and for states of other shapes.

    Example:
        >>> import nn
        >>> class Sum(nn.Layer):
        ...     state_size = 3
        ...     def call(self, x, states):
        ...         total = states[0] + x
        ...         return total, [total]
        >>> RNN(Sum())(np.ones((2, 4, 3))).data
        array([[4., 4., 4.],
               [4., 4., 4.]], dtype=float32)
    """

    supports_masking = True

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        *,
        activity_regularizer: Any = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **options)
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell, dtype=self.dtype)
        require_cell(cell, type(self).__name__)
        for flag in _FLAGS:
            require_flag(flag, locals()[flag])
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask

    @property
    def _passes_training(self) -> bool:  # type: ignore[override]
        return not uses_training(self.cell)

    @property
    def state_size(self) -> list[Any]:
        """The widths of the states."""
        size = self.cell.state_size
        return list(size) if isinstance(size, (list, tuple)) else [size]

    @property
    def states(self) -> list[Any] | None:
        """The states that the next batch begins with, if it is stateful; None before the first."""
        if not self._states:
            return None
        found = unflatten(self._structure, self._states)
        return found if isinstance(found, list) else [found]

    def reset_state(self) -> None:
        """Begin the next batch with zeros."""
        for state in self._states:
            state.assign(np.zeros(state.shape, state.dtype))

    reset_states = reset_state

    def get_initial_state(self, batch_size: int) -> list[Any]:
        """Return the states before the first step: the cell's own, or zeros."""
        found = initial_state_of(self.cell, batch_size, self._dtype)
        return list(found) if isinstance(found, (list, tuple)) else [found]

    def build(self, input_shape: Any, *state_shapes: Any) -> None:
        self._require_axes(input_shape)
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build((None, *input_shape[2:]))
        super().build(input_shape, *state_shapes)

    def _require_axes(self, shape: Any) -> None:
        if len(shape) == 3 or (len(shape) > 3 and not takes_vectors(self.cell)):
            return
        advice = "Steps of one number each are x[..., None]; one sample is x[None]"
        if len(shape) > 3:
            advice = "Steps that are arrays become vectors by TimeDistributed(Flatten())"
        raise ValueError(
            f"{self.name} expects inputs of 3 axes, (samples, steps, features), got "
            f"{tuple(shape)}. {advice}"
        )

    def _require_width(self, shape: Any) -> None:
        """Refuse steps of another shape than the cell's weights were made for."""
        built = self._input_shapes[0][2:] if self._input_shapes else ()
        has_weights = isinstance(self.cell, Layer) and self.cell.weights
        if built and None not in built and tuple(shape[2:]) != tuple(built) and has_weights:
            raise ValueError(
                f"{self.name} expects inputs of width {', '.join(map(str, built))}, as its weights "
                f"were made for; got {tuple(shape)}, (samples, steps, features). Make another "
                "layer for these"
            )

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """Return the mask of the steps for sequences; none for states and a last output."""
        mask = next(iter(leaves(previous_mask)), None) if self.return_sequences else None
        return [mask, *(None for _ in self.state_size)] if self.return_state else mask

    # -- a call ----------------------------------------------------------------------------------

    def call(
        self, sequences: Tensor, initial_state: Any = None, mask: Any = None, training: bool = False
    ) -> Any:
        self._require_axes(sequences.shape)
        if not sequences.shape[1]:
            raise ValueError(
                f"{self.name} got sequences of length 0, {sequences.shape}: there is no last step. "
                "Pad them, or leave them out"
            )
        self._require_width(sequences.shape)
        sequences = _as(np.promote_types(sequences.dtype, self._dtype), sequences)
        states = self._first_states(sequences, initial_state)
        over_steps = np.transpose(sequences, (1, 0, *range(2, sequences.ndim)))
        xs, step = begin(self.cell, over_steps, training)
        if mask is None:
            states, outputs = self._scanned(step, states, xs)
        else:
            states, outputs = self._masked(step, states, xs, mask)
        if self.stateful:
            for variable, state in zip(self._states, flatten(states), strict=True):
                variable.assign(ag.stop_gradient(state))
        return self._returned(states, outputs)

    def _returned(self, states: list[Any], outputs: Any) -> Any:
        if not self.return_sequences:
            output = outputs[0 if self.go_backwards else -1]
        else:
            ordered = outputs[::-1] if self.go_backwards else outputs
            output = np.transpose(ordered, (1, 0, *range(2, ordered.ndim)))
        return (output, *states) if self.return_state else output

    def _first_states(self, x: Tensor, given: Any) -> list[Any]:
        """The states before the first step, in the structure that the cell has.

        Raises:
            ValueError: for other shapes than those of the cell's states for so many samples.
        """
        batch = x.shape[0]
        zeros = self.get_initial_state(batch)
        if self.stateful:
            self._remember(zeros, batch)
        if given is None:
            given = ag.stop_gradient(self.states) if self.stateful else zeros
        listed = list(given) if isinstance(given, (list, tuple)) else [given]
        found = [_as(x.dtype, state) for state in flatten(listed)]
        expected = [np.shape(state) for state in flatten(zeros)]
        if [state.shape for state in found] != expected:
            raise ValueError(
                f"{self.name} expects initial states of the shapes {expected} for {batch} samples, "
                f"got {[state.shape for state in found]}"
            )
        return unflatten(zeros, found)  # type: ignore[no-any-return]

    def _remember(self, zeros: list[Any], batch: int) -> None:
        """Make the Variables that hold states from batch to batch."""
        if not self._states:
            self._structure = zeros
            self._states = tuple(
                Variable(state, trainable=False, name=f"{self.name}/state")
                for state in flatten(zeros)
            )
        size = self._states[0].shape[0]
        if size != batch:
            raise ValueError(
                f"{self.name} is stateful, and its states are those of {size} samples; this batch "
                f"has {batch}. Let all batches have one size: a batch_size that divides the number "
                "of samples, in fit, evaluate and predict alike"
            )

    def _scanned(self, step: Any, states: list[Any], xs: Any) -> tuple[list[Any], Any]:
        if output_is_state(self.cell) and not self.return_sequences:
            states, _ = self._loop(lambda carry, x: (step(x, carry)[1], None), states, xs)
            last = states[-1] if isinstance(self.cell, StackedRNNCells) else states
            return states, _first(last)[None]
        return self._loop(  # type: ignore[no-any-return]
            lambda carry, x: step(x, carry)[::-1], states, xs
        )

    def _masked(self, step: Any, states: list[Any], xs: Any, mask: Any) -> tuple[list[Any], Any]:
        """Scan; where the mask is False, states and the output are those of the step before."""
        mask = _as(np.dtype(bool), mask)
        if mask.shape != (xs.shape[1], xs.shape[0]):
            raise ValueError(
                f"{self.name} expects a mask of shape {(xs.shape[1], xs.shape[0])}, (samples, "
                f"steps), got {mask.shape}"
            )
        width = output_size_of(self.cell)
        before = leaf(np.zeros((xs.shape[1], width), xs.dtype))

        def advance(carry: Any, given: Any) -> tuple[Any, Any]:
            states, before = carry
            x, counts = given
            output, new = step(x, states)
            kept = [
                np.where(counts, a, b) for a, b in zip(flatten(new), flatten(states), strict=True)
            ]
            shown = np.where(counts, output, 0 if self.zero_output_for_mask else before)
            return (unflatten(states, kept), shown), shown

        counts = np.transpose(mask)[..., None]
        (states, _), outputs = self._loop(advance, (states, before), (xs, counts))
        return states, outputs

    def _loop(self, advance: Any, carry: Any, xs: Any) -> Any:
        if not self.unroll:
            return ag.scan(advance, carry, xs, reverse=self.go_backwards)
        outputs: list[Any] = []
        count = flatten(xs)[0].shape[0]
        for t in reversed(range(count)) if self.go_backwards else range(count):
            carry, output = advance(carry, unflatten(xs, [x[t] for x in flatten(xs)]))
            outputs.append(output)
        ordered = outputs[::-1] if self.go_backwards else outputs
        return carry, None if outputs[0] is None else np.stack(ordered)


_FLAGS = (
    "return_sequences",
    "return_state",
    "go_backwards",
    "stateful",
    "unroll",
    "zero_output_for_mask",
)


def _first(states: Any) -> Any:
    while isinstance(states, (list, tuple)):
        states = states[0]
    return states


def _as(dtype: Any, x: Any) -> Tensor:
    tensor = x if isinstance(x, Tensor) else leaf(as_array(x))
    return tensor if tensor.dtype == dtype else cast(tensor, dtype=dtype)


class _OfCell(RNN):
    """An RNN whose arguments are its cell's, and its own."""

    cell_class: type

    def __init__(self, arguments: dict[str, Any]) -> None:
        given = {k: v for k, v in arguments.items() if k not in ("self", "__class__", "options")}
        given |= arguments["options"]
        own = inspect.signature(RNN).parameters
        names = inspect.signature(self.cell_class).parameters
        shared = ("trainable", "dtype")
        cell = self.cell_class(
            **{k: v for k, v in given.items() if k in names and (k not in own or k in shared)}
        )
        super().__init__(cell, **{k: v for k, v in given.items() if k in own})
        for name, value in given.items():
            if name not in own:
                setattr(self, name, value)


class SimpleRNN(_OfCell):
    """The plain recurrent layer: ``h = activation(x @ kernel + h @ recurrent_kernel + bias)``.

    Args:
        units: the width of the state and the outputs.
        activation: a name or a function, as in `nn.activations`; None for a linear layer.
        use_bias: False leaves the bias out.
        kernel_initializer, recurrent_initializer, bias_initializer: as in `nn.initializers`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: a penalty on the outputs, per sample.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout: the fraction of the inputs that is dropped in training; one mask for all steps.
        recurrent_dropout: likewise of the state.
        return_sequences, return_state, go_backwards, stateful, unroll: as in `RNN`.
        seed: of the masks: an integer, or None for the global generator.
        zero_output_for_mask: as in `RNN`.
        trainable, dtype, name: as in `Layer`.

    Shapes: inputs (samples, steps, features); outputs and states as in `RNN`.

    Example:
        >>> SimpleRNN(3, return_sequences=True)(np.ones((2, 5, 4))).shape
        (2, 5, 3)
    """

    cell_class = SimpleRNNCell

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: Any = None,
        *,
        zero_output_for_mask: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(locals())


class LSTM(_OfCell):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997); see `LSTMCell`.

    Args:
        units, activation, use_bias: as in `SimpleRNN`.
        recurrent_activation: of the gates.
        kernel_initializer, recurrent_initializer, bias_initializer: as in `nn.initializers`.
        unit_forget_bias: whether the bias of the forget gate begins with 1.
        kernel_regularizer, recurrent_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, recurrent_constraint, bias_constraint: as in `SimpleRNN`.
        dropout, recurrent_dropout, seed, return_sequences, return_state, go_backwards, stateful,
            unroll, zero_output_for_mask: as in `SimpleRNN`.
        use_cudnn, implementation: accepted, and without effect.
        trainable, dtype, name: as in `Layer`.

    The states are h, which is the output, and c.

    Example:
        >>> y, h, c = LSTM(3, return_state=True)(np.ones((2, 5, 4)))
        >>> y.shape, c.shape, bool(np.all(y.data == h.data))
        ((2, 3), (2, 3), True)
    """

    cell_class = LSTMCell

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = "auto",
        *,
        implementation: int = 2,
        zero_output_for_mask: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(locals())


class GRU(_OfCell):
    """The gated recurrent unit (Cho et al., 2014); see `GRUCell`.

    Args:
        units, activation, use_bias: as in `SimpleRNN`.
        recurrent_activation: of the gates.
        kernel_initializer, recurrent_initializer, bias_initializer: as in `nn.initializers`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, recurrent_constraint, bias_constraint: as in `SimpleRNN`.
        dropout, recurrent_dropout, seed, return_sequences, return_state, go_backwards, stateful,
            unroll, zero_output_for_mask: as in `SimpleRNN`.
        reset_after: whether the reset gate is applied after the product with the recurrent kernel;
            there are two biases then.
        use_cudnn, implementation: accepted, and without effect.
        trainable, dtype, name: as in `Layer`.

    Example:
        >>> GRU(3)(np.ones((2, 5, 4))).shape
        (2, 3)
    """

    cell_class = GRUCell

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: Any = "auto",
        *,
        implementation: int = 2,
        zero_output_for_mask: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(locals())
