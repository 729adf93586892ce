"""Sequential: a model that is a stack of layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import SymbolicTensor
from nn._core.named_classes import saved_as
from nn._core.nest import is_structure, only
from nn._core.validation import is_shape
from nn.layers.base import Layer
from nn.layers.building import as_shape
from nn.layers.first_layer import batch_shape_of
from nn.layers.input import Input, InputDeclaration, InputLayer
from nn.layers.lookup import WithText
from nn.layers.naming import name_uniquely
from nn.models.model import Model
from nn.models.recipe import keep_symbols


@saved_as("models.Sequential")
class Sequential(Model):
    """A stack of layers: the outputs of each are the inputs of the next.

    Args:
        layers: layers, in order. With an `Input` first, the weights are created at once; without,
            with the first batch.
        trainable, name: as in `Layer`.

    It computes in its first layer's dtype.

    Raises:
        TypeError: for anything but layers.
        ValueError: for two layers of one name, for an Input that is not first, and, where there is
            one, for a layer that cannot take what the one before gives.

    Example:
        >>> import nn
        >>> model = Sequential([nn.Input((4,)), nn.Dense(3, activation="relu"), nn.Dense(1)])
        >>> [layer.name for layer in model.layers], model.count_params()
        (['dense', 'dense_1'], 19)
    """

    begins_with_input = True
    _has_known_layers = True
    _passes_training = True
    _input: InputDeclaration | None = None

    def __init__(
        self,
        layers: Iterable[Layer | SymbolicTensor] = (),
        *,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(trainable=trainable, name=name)
        self._stack: list[Layer] = []
        if isinstance(layers, (Layer, SymbolicTensor)):
            raise TypeError(f"Sequential takes a list of layers: Sequential([{layers!r}])")
        given = list(layers or ())
        name_uniquely([layer for layer in given if isinstance(layer, Layer)])
        for layer in given:
            self.add(layer)

    def add(self, layer: Layer | SymbolicTensor) -> None:
        """Append a layer.

        Raises:
            TypeError, ValueError: as `Sequential`; then the model is as it was.
        """
        first = _as_input(layer)
        if first is not None:
            if self._stack or self._input is not None:
                raise ValueError(f"{layer!r} has to be the first entry, and the only Input")
            self._begin_with(first)
            return
        if not isinstance(layer, Layer):
            raise _no_layer(layer)
        if layer is self:
            raise ValueError(f"{self.name} cannot be a layer of itself")
        if isinstance(layer, WithText):
            raise layer.outside_of_models()
        name_uniquely([*self._stack, layer])
        if self._input is None and not self._stack and batch_shape_of(layer) is not None:
            self._begin_with(_declared_by(layer))
        if self._input is None:
            self.built = self._ready = False
        else:
            start, last = self._symbols()
            keep_symbols(self, (start, layer(last)))
        self._stack.append(layer)
        self._forget_what_was_gathered()

    def pop(self) -> Layer:
        """Remove the last layer and return it.

        Raises:
            IndexError: if there is none.
        """
        if not self._stack:
            raise IndexError(f"{self.name} has no layers to pop")
        layer = self._stack.pop()
        if self._input is not None:
            self._begin_with(self._symbols()[0].call.function)
        self._forget_what_was_gathered()
        return layer

    def build(self, input_shape: Any = None) -> None:
        """Build the model now, for batches of this shape: ``(None, 64)``. `Input` does so too."""
        if not self._in_first_call:
            shape = as_shape(input_shape)
            self._begin_with(InputLayer(self._input.shape if self._input else shape[1:]))

    def _begin_with(self, first: InputLayer) -> None:
        """Build all layers by calling them on an Input."""
        x: Any = first.output
        for layer in self._stack:
            x = layer(x)
        self._input = first.declaration
        keep_symbols(self, (first.output, x))
        self.built = True

    def _has_symbols(self) -> bool:
        return True

    def _make_symbols(self) -> tuple[Any, Any]:
        """Call the layers on an Input, of the shape that the model was built for."""
        if self._input is None and self._input_shapes is None:
            raise AttributeError(
                f"{self.name} has no symbolic inputs yet, since their shape is not known. Start it "
                "with nn.Input(shape), or call it on a batch first"
            )
        declaration = self._input
        if declaration is None:
            assert self._input_shapes is not None
            declaration = InputDeclaration(self._input_shapes[0][1:])
        start = x = InputLayer(**declaration.get_config()).output
        for layer in self._stack:
            x = layer(x)
        return start, x

    def restore_input(self, first: InputDeclaration) -> None:
        """Restore the Input of a loaded model.

        Its symbolic outputs are not computed, since nobody knows yet how large a file makes them.

        Raises:
            ValueError: for a shape that no array can have.
        """
        np.broadcast_to(0.0, [1 if n is None else n for n in first.shape])
        self._input = first
        self.built = True

    def _forget_what_was_gathered(self) -> None:
        self._trained = self._output_shape = None
        if self._stack:
            # A pipeline of augmentation augments where it is called by itself, as its layers do.
            self._trains_by_default = all(layer._trains_by_default for layer in self._stack)
            self.dtype, self._dtype = self._stack[0].dtype, self._stack[0]._dtype

    def call(self, x: Any, training: bool | None = None) -> Any:
        if x.__class__ is not Tensor:
            x = self._one_input(x)
        first = self._input
        if first is not None and (x._array.shape[1:] != first.shape or first.batch_size):
            x = first.fitted(x)
            first.check(x._array.shape)
        for layer in self._stack:
            x = layer(x, training=training)
        return x

    def compute_output_shape(self, *input_shapes: Any) -> Any:
        """The shape of the outputs, layer by layer where a length of the inputs is not known.

        Raises:
            TypeError, ValueError: as `Layer.compute_output_shape`.
        """
        if (
            len(input_shapes) != 1
            or not is_shape(input_shapes[0])
            or None not in input_shapes[0][1:]
        ):
            return super().compute_output_shape(*input_shapes)
        shape: Any = input_shapes[0]
        for layer in self._stack:
            shape = layer.compute_output_shape(shape)
        return shape

    def _one_input(self, given: Any) -> Any:
        """Return the array in a list, tuple or dict of one.

        Raises:
            ValueError: if there are several, and the first layer does not merge them.
        """
        alone = only(given)
        if is_structure(alone) and self._input is not None:
            raise ValueError(
                f"{self.name} takes one input, got {len(alone)} arrays. A batch of x and y is a "
                "tuple, (x, y); for several inputs write nn.Model(inputs, outputs)"
            )
        return alone

    @property
    def input_shape(self) -> tuple[int | None, ...] | None:
        """The shape of a batch, None for the number of samples; None without an `Input`."""
        return None if self._input is None else self._input.batch_shape

    def get_config(self) -> dict[str, Any]:
        """Return the layers, an `Input` first if there is one, and the other arguments."""
        first = [] if self._input is None else [self._input]
        return {"layers": [*first, *self._stack], "trainable": self.trainable, "name": self.name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Any = None) -> Self:
        """Create a new model with new layers, each from its config; see `Layer.from_config`."""
        given = [layer for layer in config["layers"] if isinstance(layer, Layer)]
        made = {id(layer): type(layer).from_config(layer.get_config()) for layer in given}
        layers = [made.get(id(layer), layer) for layer in config["layers"]]
        return cls(**{**config, "layers": layers})

    def __repr__(self) -> str:
        layers = self.get_config()["layers"]
        return f"<Sequential({layers!r}) {self.name!r}>"


def _as_input(given: Any) -> InputLayer | None:
    """The input layer that a first entry stands for; None for a layer that computes."""
    if isinstance(given, SymbolicTensor):
        layer = given.call.function
        if not isinstance(layer, InputLayer):
            raise TypeError(
                f"Sequential takes layers, or nn.Input first; got {given!r}. For a graph of layers "
                "write nn.Model(inputs, outputs)"
            )
        return layer
    if isinstance(given, InputDeclaration):
        return InputLayer(**given.get_config())
    return given if isinstance(given, InputLayer) else None


def _declared_by(layer: Layer) -> InputLayer:
    """The input layer that the keywords of a first layer declare, `input_shape=` say."""
    indices = layer.integer_inputs and not isinstance(layer, Model)
    dtype = "int64" if indices else layer._dtype.name
    return InputLayer(batch_shape=batch_shape_of(layer), dtype=dtype)


def _no_layer(given: Any) -> TypeError:
    if isinstance(given, type) and issubclass(given, Layer):
        return TypeError(f"{given.__name__} is a class, not a layer: write {given.__name__}(...)")
    if given is Input:
        return TypeError("Input is a function: write nn.Input(shape) as the first entry")
    if callable(given):
        return TypeError(
            "a function is not a layer: wrap it, Lambda(function) or Activation(function)"
        )
    return TypeError(f"a layer was expected, such as Dense(10), got {given!r}")
