"""Wrappers: Bidirectional, TimeDistributed."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from autograd_lite import Tensor
from nn._core.nest import leaves, map_arrays
from nn.layers.base import Layer
from nn.layers.options import LayerOptions

_MERGES: dict[Any, Any] = {
    "concat": lambda a, b: np.concatenate([a, b], axis=-1),
    "sum": lambda a, b: a + b,
    "ave": lambda a, b: (a + b) / 2,
    "mul": lambda a, b: a * b,
    None: lambda a, b: (a, b),
}


class Bidirectional(Layer):
    """A recurrent layer run forwards, and a second one backwards, over the same sequences.

    Args:
        layer: a recurrent layer, such as `LSTM`; two new ones are made of its arguments.
        merge_mode: the outputs of both, "concat" for one behind the other, "sum", "ave" for the
            mean, "mul" for the product; None for both.
        weights: first weights: those of the forward layer, then of the backward one.
        backward_layer: the backward layer itself, one that goes backwards.
        trainable, dtype, name: as in `Layer`.

    With ``return_sequences`` the outputs of both are in the order of the inputs. Initial states,
    and those returned, are the forward layer's, then the backward layer's.

    Raises:
        TypeError: for anything but a recurrent layer.
        ValueError: for an unknown merge_mode, and a backward_layer that goes forwards or returns
            something else than the forward one.

    Example:
        >>> import nn
        >>> layer = Bidirectional(nn.layers.LSTM(3, return_sequences=True))
        >>> layer(np.ones((2, 5, 4))).shape
        (2, 5, 6)
    """

    supports_masking = True

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        if merge_mode not in _MERGES:
            raise ValueError(
                f"merge_mode is 'concat', 'sum', 'ave', 'mul' or None, got {merge_mode!r}"
            )
        for given in (layer, *([] if backward_layer is None else [backward_layer])):
            _require_recurrent(given)
        self.forward_layer = _twin(layer, f"forward_{layer.name.removeprefix('forward_')}")
        self.backward_layer = backward_layer
        if backward_layer is None:
            name = f"backward_{layer.name.removeprefix('forward_')}"
            self.backward_layer = _twin(layer, name, go_backwards=True)
        self._given_backward = backward_layer is not None
        self._require_fitting()
        for part in (self.forward_layer, self.backward_layer):
            part.zero_output_for_mask = part.return_sequences
        self.merge_mode = merge_mode
        self._first_weights = None if weights is None else list(weights)

    def _require_fitting(self) -> None:
        one, other = self.forward_layer, self.backward_layer
        if one.go_backwards == other.go_backwards:
            raise ValueError(
                "the layers of a Bidirectional go in opposite directions; both have "
                f"go_backwards={one.go_backwards}"
            )
        for name in ("stateful", "return_sequences", "return_state"):
            if getattr(one, name) != getattr(other, name):
                raise ValueError(
                    f"the layers of a Bidirectional have one {name}; got "
                    f"{getattr(one, name)} and {getattr(other, name)}"
                )

    @property
    def _passes_training(self) -> bool:  # type: ignore[override]
        return bool(self.forward_layer._passes_training and self.backward_layer._passes_training)

    return_sequences = property(lambda self: self.forward_layer.return_sequences)
    return_state = property(lambda self: self.forward_layer.return_state)
    stateful = property(lambda self: self.forward_layer.stateful)

    def reset_state(self) -> None:
        """Begin the next batch with zeros."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    reset_states = reset_state

    def build(self, input_shape: Any, *state_shapes: Any) -> None:
        self.forward_layer.build(input_shape)
        self.backward_layer.build(input_shape)
        if self._first_weights is not None:
            half = len(self._first_weights) // 2
            self.forward_layer.set_weights(self._first_weights[:half])
            self.backward_layer.set_weights(self._first_weights[half:])
        super().build(input_shape, *state_shapes)

    def call(
        self, sequences: Tensor, initial_state: Any = None, mask: Any = None, training: bool = False
    ) -> Any:
        given: tuple[Any, Any] = (None, None)
        if initial_state is not None:
            half = len(initial_state) // 2
            given = list(initial_state[:half]), list(initial_state[half:])
        pairs = zip((self.forward_layer, self.backward_layer), given, strict=True)
        one, other = (
            layer(sequences, initial_state=state, mask=mask, training=training)
            for layer, state in pairs
        )
        states: tuple[Any, ...] = ()
        if self.return_state:
            states = (*one[1:], *other[1:])
            one, other = one[0], other[0]
        if self.return_sequences:
            other = other[:, ::-1]
        if self.merge_mode in ("sum", "ave", "mul") and one.shape != other.shape:
            raise ValueError(
                f"{self.name} merges outputs of one shape by {self.merge_mode!r}, got {one.shape} "
                f'and {other.shape}: give both layers one number of units, or merge by "concat"'
            )
        output = _MERGES[self.merge_mode](one, other)
        if not states:
            return output
        return (*output, *states) if self.merge_mode is None else (output, *states)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """Return the mask of the steps for sequences; none for states and a last output."""
        mask = next(iter(leaves(previous_mask)), None) if self.return_sequences else None
        outputs = [mask, mask] if self.merge_mode is None else [mask]
        if self.return_state:
            outputs += [None] * (2 * len(self.forward_layer.state_size))
        return outputs if len(outputs) > 1 else outputs[0]

    def get_config(self) -> dict[str, Any]:
        return {
            "layer": self.forward_layer,
            "merge_mode": self.merge_mode,
            "backward_layer": self.backward_layer if self._given_backward else None,
            "trainable": self.trainable,
            "dtype": self.dtype,
            "name": self.name,
        }


def _require_recurrent(layer: Any) -> None:
    if not isinstance(layer, Layer) or not hasattr(layer, "go_backwards"):
        raise TypeError(
            f"Bidirectional takes a recurrent layer, Bidirectional(LSTM(8)), got {layer!r:.60}"
        )


def _twin(layer: Any, name: str, **changes: Any) -> Any:
    """A new layer of the same arguments, that shares no weights and no layers with it."""
    return type(layer).from_config({**layer.get_config(), **changes, "name": name})


class TimeDistributed(Layer):
    """A layer applied to every step of a sequence, with the same weights.

    Args:
        layer: any layer.
        trainable, dtype, name: as in `Layer`.

    Shapes: inputs (samples, steps, ...), outputs (samples, steps, ...), of which the layer sees
    those without the axis of steps. It sees all steps as one batch: in training, the statistics
    of a BatchNormalization are those of all steps, where Keras 3 takes them step by step.

    Raises:
        TypeError: for anything but a layer.
        ValueError: for inputs without an axis of steps, and for a mask of another shape.

    Example:
        >>> import nn
        >>> TimeDistributed(nn.Dense(3))(np.ones((2, 5, 4))).shape
        (2, 5, 3)
    """

    supports_masking = True
    _passes_training = True

    def __init__(self, layer: Any, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        if not isinstance(layer, Layer):
            raise TypeError(f"TimeDistributed takes a layer, got {layer!r:.60}")
        self.layer = layer

    def build(self, input_shape: Any) -> None:
        self._require_steps(input_shape)
        if not self.layer.built:
            self.layer.build((None, *input_shape[2:]))
        super().build(input_shape)

    def call(self, x: Tensor, mask: Any = None, training: bool | None = None) -> Any:
        self._require_steps(x.shape)
        steps = x.shape[1]
        options: dict[str, Any] = {} if training is None else {"training": training}
        if mask is not None:
            if mask.shape[:2] != x.shape[:2]:
                raise ValueError(
                    f"{self.name} expects a mask whose first lengths are {x.shape[:2]}, (samples, "
                    f"steps), got {mask.shape}"
                )
            if mask.ndim > 2:
                options["mask"] = np.reshape(mask, (-1, *mask.shape[2:]))
        flat = np.reshape(x, (-1, *x.shape[2:]))
        return map_arrays(
            lambda y: np.reshape(y, (-1, steps, *y.shape[1:])), self.layer(flat, **options)
        )

    def _require_steps(self, shape: Any) -> None:
        if len(shape) > 1 and shape[1] == 0:
            raise ValueError(
                f"{self.name} got sequences of length 0, {tuple(shape)}. Pad them, or "
                "leave them out"
            )
        if len(shape) < 2:
            raise ValueError(
                f"{self.name} expects inputs of at least 2 axes, (samples, steps), got "
                f"{tuple(shape)}"
            )
