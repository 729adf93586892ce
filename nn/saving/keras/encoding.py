"""Configs as Keras's JSON: what `decoding` reads, and what Keras itself does."""

from __future__ import annotations

import inspect
import math
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nn import activations
from nn.layers import Bidirectional, InputLayer, IntegerLookup, Layer, Normalization, UpSampling1D
from nn.optimizers import Optimizer
from nn.optimizers.learning_rate import source_of
from nn.saving.keras.names import AS_ACTIVATION, FUNCTIONAL, FUNCTIONS, MODULES, is_functional
from nn.saving.located import Located
from nn.saving.registry import Registry
from nn.training.network import Network

# Arguments that Keras does not take, by class: they change nothing, or stand for another one.
_LEFT_OUT: dict[str, tuple[str, ...]] = {
    "Cropping1D": ("data_format",),
    "Discretization": ("trainable",),
    "GRU": ("implementation",),
    "LSTM": ("implementation",),
    "LeakyReLU": ("alpha",),
    "SimpleRNN": ("implementation",),
    "SpatialDropout1D": ("trainable",),
    "SpatialDropout2D": ("trainable",),
    "SpatialDropout3D": ("trainable",),
    "UpSampling1D": ("data_format",),
}


class Encoder(Located):
    """Turns objects into Keras's JSON.

    Args:
        registry: the classes and functions that may be named.
        graph: describes the layers and calls of a functional model.
    """

    def __init__(
        self, registry: Registry, graph: Callable[[Encoder, Network], dict[str, Any]]
    ) -> None:
        super().__init__("no file of Keras can hold this")
        self.registry = registry
        self._graph = graph
        self._numbers: dict[int, int] = {}  # of layers, by id: the model holds them

    def _encoded(self, value: Any) -> Any:
        if value is None or isinstance(value, (bool, int, str)):
            return value
        if isinstance(value, (float, np.generic)):
            return self._number(value)
        if isinstance(value, (list, tuple)):
            return [self.encode(part, f"[{i}]") for i, part in enumerate(value)]
        if isinstance(value, Mapping):
            return {str(key): self.encode(part, f"[{key!r}]") for key, part in value.items()}
        if isinstance(value, np.ndarray):
            return self.encode(value.tolist(), "as a list")
        if isinstance(value, np.dtype) or (
            isinstance(value, type) and issubclass(value, (np.generic, float, int))
        ):
            return np.dtype(value).name
        if isinstance(value, Layer):
            return self.layer(value)
        if isinstance(value, np.random.Generator):
            return None  # a seed of Keras is a number; the state of a generator is not kept
        if isinstance(value, types.FunctionType) or (callable(value) and not _has_config(value)):
            return self._function(value)
        return self._object(value)

    def _number(self, value: Any) -> Any:
        number = value.item() if isinstance(value, np.generic) else value
        if isinstance(number, float) and not math.isfinite(number):
            raise self.refusal(f"{number}, which JSON does not have")
        return number

    def _function(self, value: Any) -> Any:
        name = self.registry.name_of(value)
        if name is None:
            raise self.refusal(
                f"the function {getattr(value, '__name__', value)!r:.60}. A file holds no code, "
                "only names: write @nn.saving.register_keras_serializable() above it, and "
                "@keras.saving.register_keras_serializable() above a function of that name there"
            )
        if name in self.registry.custom:
            return named("builtins", "function", name, name)
        part, _, short = name.rpartition(".")  # "activations.relu", "numpy.tanh"
        if part not in FUNCTIONS and short not in activations.__all__:
            raise self.refusal(f"{name}, which is no activation, loss or metric of Keras")
        return short

    def _object(self, value: Any) -> dict[str, Any]:
        kind = type(value)
        name = self.registry.name_of(kind)
        if name is None or not _has_config(value):
            raise self._unknown(value)
        config = value.get_config()
        if isinstance(value, Optimizer) and callable(source_of(value)):
            config = {**config, "learning_rate": source_of(value)}
        encoded = {key: self.encode(part, f"argument {key}") for key, part in config.items()}
        return self._described(name, encoded)

    def _described(self, name: str, config: dict[str, Any]) -> dict[str, Any]:
        if name in self.registry.custom:
            return named("custom", name.rpartition(">")[2], config, name)
        part, _, short = name.rpartition(".")
        module = next((m for m, known in MODULES.items() if known == part), None)
        if module is None:
            raise self.refusal(f"{name}, which Keras does not have")
        return named(module, short, config, None)

    # -- layers ------------------------------------------------------------------------------------

    def layer(self, layer: Layer) -> dict[str, Any]:
        """Describe a layer or a model.

        Raises:
            ValueError: for layers that Keras does not have.
        """
        with self._inside(f"{type(layer).__name__} {layer.name!r}"):
            described = self._layer(layer)
        # A layer that is there twice, in a model and one within say, is one layer to Keras by this.
        described["shared_object_id"] = self._numbers.setdefault(id(layer), len(self._numbers))
        shapes = layer._input_shapes
        if shapes is not None and len(shapes) == 1:
            described["build_config"] = {"input_shape": _as_lists(shapes[0])}
        return described

    def _layer(self, layer: Layer) -> dict[str, Any]:
        kind = type(layer)
        if isinstance(layer, Network) and (layer.begins_with_input or is_functional(layer)):
            return self._model(layer)
        common = {"name": layer.name, "trainable": layer.trainable, "dtype": layer._dtype.name}
        if kind in AS_ACTIVATION:
            self._require_defaults(layer)
            return named(
                "keras.layers", "Activation", {**common, "activation": AS_ACTIVATION[kind]}, None
            )
        if isinstance(layer, InputLayer):
            declared = layer.declaration
            declaration = {
                "batch_shape": list(declared.batch_shape),
                "dtype": np.dtype(declared.dtype).name,
                "name": layer.name,
            }
            return named("keras.layers", "InputLayer", declaration, None)
        name = self.registry.name_of(kind)
        if name is None:
            raise self._unknown(layer)
        config = {**self._config(layer), **common}
        for key in _LEFT_OUT.get(kind.__name__, ()):
            config.pop(key, None)
        encoded = {key: self.encode(value, f"argument {key}") for key, value in config.items()}
        return self._described(name, encoded)

    def _config(self, layer: Layer) -> dict[str, Any]:
        """The arguments of a layer that Keras's class takes."""
        config = dict(layer.get_config())
        if config.get("rms_scaling") is False:  # Keras takes it, and warns
            del config["rms_scaling"]
        if isinstance(layer, UpSampling1D):
            config["size"] = int(np.ravel(layer.size)[0])
        if isinstance(layer, Normalization) and layer.get_weights():
            config |= {"mean": None, "variance": None}  # they are among the weights
        if isinstance(layer, IntegerLookup):
            config["vocabulary"] = layer.get_vocabulary(include_special_tokens=False) or None
        if isinstance(layer, Bidirectional):
            config |= {"layer": layer.forward_layer, "backward_layer": layer.backward_layer}
            config.pop("weights", None)
        return config

    def _require_defaults(self, layer: Layer) -> None:
        """Refuse an activation with options: Keras has the plain function alone."""
        for key, parameter in inspect.signature(type(layer)).parameters.items():
            value = getattr(layer, key, None)
            if key in ("approximate", "axis") and value != parameter.default:
                raise self.refusal(f"made with {key}={value!r}, which Keras does not have there")

    def _model(self, model: Any) -> dict[str, Any]:
        kind = type(model)
        name = self.registry.name_of(kind)
        if name is None:
            raise self._unknown(model)
        common = {"name": model.name, "trainable": model.trainable, "dtype": model._dtype.name}
        if is_functional(model):
            config = {**common, **self._graph(self, model)}
            module, short = FUNCTIONAL
        else:
            first = [] if model._input is None else [model._symbols()[0].call.function]
            config = {**common, "layers": [self.layer(part) for part in (*first, *model.layers)]}
            shapes = model._input_shapes
            if not first and shapes is not None:
                config["build_input_shape"] = _as_lists(shapes[0])
            module, short = "keras", "Sequential"
        if name in self.registry.custom:
            return named("custom", name.rpartition(">")[2], config, name)
        return named(module, short, config, None)

    # -- what is refused ---------------------------------------------------------------------------

    def _unknown(self, thing: Any) -> ValueError:
        name = type(thing).__name__
        return self.refusal(
            f"of the class {name}. A file holds no code, only names: write "
            f"@nn.saving.register_keras_serializable() above it, and in Keras "
            f"@keras.saving.register_keras_serializable() above a class of that name. "
            'model.save("model.safetensors") keeps it for nn'
        )


def named(module: str, name: str, config: Any, registered: str | None) -> dict[str, Any]:
    """Return what names an object in Keras's JSON."""
    return {
        "module": module,
        "class_name": name,
        "config": config,
        "registered_name": registered,
    }


def _has_config(value: Any) -> bool:
    return hasattr(value, "get_config") and not isinstance(value, type)


def _as_lists(shapes: Any) -> Any:
    """Shapes as JSON has them."""
    if isinstance(shapes, Mapping):
        return {key: _as_lists(part) for key, part in shapes.items()}
    return [part if part is None or isinstance(part, int) else _as_lists(part) for part in shapes]
