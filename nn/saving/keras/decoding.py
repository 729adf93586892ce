"""Decode values from Keras's JSON, without trusting it: configs of layers, losses, optimizers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nn._core.validation import is_shape
from nn.layers import Discretization, InputLayer, Layer
from nn.layers.lookup import WithText
from nn.saving.allowance import blamed_on_file
from nn.saving.decoding import ALLOCATES, MOST_ELEMENTS, MOST_PARTS
from nn.saving.encoding import MOST_OBJECTS, from_config_of
from nn.saving.files import ModelFileError
from nn.saving.keras.names import class_of, function_of
from nn.saving.registry import Registry
from nn.training.network import Network

# Arguments that only Keras has, with the values that change nothing here.
_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "activity_regularizer": (None,),
    "autocast": (True,),
    "data_format": (None, "channels_last"),
    "gptq_unpacked_column_size": (None,),
    "loss_scale_factor": (None,),
    "lora_alpha": (None,),
    "lora_rank": (None,),
    "optional": (False,),
    "quantization_config": (None,),
    "ragged": (False,),
    "renorm": (False,),
    "sparse": (False,),
    "synchronized": (False,),
    "use_cudnn": (True, False, "auto"),
    "weights": (None,),
}
# Others without effect: where renorm is False; and what follows from the vocabulary.
_WITHOUT_EFFECT = {"renorm_clipping", "renorm_momentum", "vocabulary_size"}
_TEXT = (
    "it reads text, and a model of nn computes with numbers. In Keras save what follows alone, "
    'keras.Sequential(model.layers[1:]).save("numbers.keras"), and keep the vocabulary, '
    "model.layers[0].get_vocabulary(); here give that to nn.layers.TextVectorization or "
    "StringLookup, vocabulary=..., and the model what it makes of the texts"
)
_POLICIES = ("DTypePolicy", "FloatDTypePolicy")


@dataclass(frozen=True)
class Reference:
    """An output of a call in a graph: the layer, the number of its call, and the output's.

    Attributes:
        layer: its name.
        call: from 0.
        output: from 0.
        shape: of the output, as far as the file says.
    """

    layer: str
    call: int
    output: int
    shape: tuple[int | None, ...] | None = None


class Decoder:
    """Turns Keras's JSON into values. Layers come without weights.

    Args:
        registry: the classes and functions that may be named.
        model: makes a model of its class and its config, which holds layers and their calls.
    """

    def __init__(
        self, registry: Registry, model: Callable[[Decoder, type, dict[str, Any]], Network]
    ) -> None:
        self.registry = registry
        self._model = model
        self._shared: dict[Any, Layer] = {}
        self._parts = self._layers = self._elements = 0

    def decode(self, encoded: Any) -> Any:
        """The value.

        Raises:
            ModelFileError: for unknown classes, code, and configs that a class does not take.
        """
        self._parts += 1
        if self._parts > 100 * MOST_PARTS:
            raise ModelFileError("its config has too many parts")
        if isinstance(encoded, list):
            return [self.decode(item) for item in encoded]
        if not isinstance(encoded, dict):
            return encoded
        if "class_name" not in encoded or "config" not in encoded:
            return {key: self.decode(item) for key, item in encoded.items()}
        name = encoded["class_name"]
        if not isinstance(name, str):
            raise ModelFileError(f"a class_name of its config is {name!r:.60}")
        if name in self._special:
            return self._special[name](self, encoded["config"])
        if name == "function":
            return function_of(encoded, self.registry)
        return self._object(encoded)

    # -- plain values ------------------------------------------------------------------------------

    def _reference(self, config: Any) -> Reference:
        given = config if isinstance(config, dict) else {}
        found, shape = reference(given.get("keras_history")), given.get("shape")
        if isinstance(shape, list) and is_shape(tuple(shape)):
            return replace(found, shape=tuple(shape))
        return found

    def _array(self, config: Any) -> Any:
        with blamed_on_file("an array of its config"):
            array = np.array(config["value"], dtype=config["dtype"])
            if array.dtype.kind not in "fiub":
                raise TypeError(f"dtype {array.dtype}")
            return array

    def _slice(self, config: Any) -> slice:
        if not isinstance(config, dict):
            raise ModelFileError("a slice of its config is no dict")
        return slice(*(self.decode(config.get(end)) for end in ("start", "stop", "step")))

    def _bytes(self, config: Any) -> Any:
        raise ModelFileError("its config holds bytes, which no layer of nn takes")

    def _lambda(self, config: Any) -> Any:
        raise ModelFileError(
            "it holds the code of a Lambda, which is not run, and cannot be on another Python. In "
            "Keras give the function a name, def f(x): ..., and the layer that, Lambda(f); define "
            'it here with NumPy, and load with custom_objects={"f": f}. A layer of your own in '
            "the place of the Lambda is better kept"
        )

    def _policy(self, config: Any) -> Any:
        name = config.get("name") if isinstance(config, dict) else None
        if not isinstance(name, str):
            raise ModelFileError(f"its config has {name!r:.60} for a dtype")
        return name

    # -- objects -----------------------------------------------------------------------------------

    def _object(self, encoded: dict[str, Any]) -> Any:
        shared = encoded.get("shared_object_id")
        if isinstance(shared, (int, str)) and shared in self._shared:
            return self._shared[shared]
        kind = class_of(encoded, self.registry)
        config = encoded["config"]
        if not isinstance(config, dict):
            raise ModelFileError(f"the config of a {kind.__name__} is no dict")
        if not issubclass(kind, Layer):
            with blamed_on_file(f"a {kind.__name__}"):
                return self._made(kind, self._arguments(kind, self.decode(config)))
        self._layers += 1
        if self._layers > MOST_OBJECTS:
            raise ModelFileError(f"it has more than {MOST_OBJECTS} layers")
        layer = self._layer(kind, config)
        if isinstance(shared, (int, str)):
            self._shared[shared] = layer
        return layer

    def _layer(self, kind: type[Layer], config: dict[str, Any]) -> Layer:
        name = name_in(config)
        with blamed_on_file(f"the {kind.__name__} {name!r:.80}"):
            if issubclass(kind, Network) and "layers" in config:
                return self._model(self, kind, config)
            if kind is InputLayer:
                return self._input(config)
            if issubclass(kind, WithText):
                raise ModelFileError(_TEXT)
            arguments = self._arguments(kind, self.decode(config))
            if issubclass(kind, Discretization) and arguments.get("bin_boundaries") is not None:
                arguments["num_bins"] = None  # what adapt was told; the boundaries are its result
            layer: Layer = self._made(kind, arguments)
            if name and layer.name != name:
                layer._rename(name)
                layer._name_given = True
            return layer

    def _input(self, config: dict[str, Any]) -> InputLayer:
        shape = config.get("batch_shape", config.get("batch_input_shape"))
        given = self._arguments(InputLayer, self.decode(config))
        given.pop("batch_input_shape", None)
        if not isinstance(shape, list) or not shape:
            raise ModelFileError(f"its batch_shape is {shape!r:.80}")
        if given.get("dtype") == "string":
            raise ModelFileError(_TEXT)
        return InputLayer(**{**given, "batch_shape": tuple(shape)})

    def _arguments(self, kind: type, config: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a class in a config, without those that only Keras has."""
        if from_config_of(kind) is not None:
            return config
        parameters = inspect.signature(kind).parameters
        if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            return config
        found = {}
        for key, value in config.items():
            if key in parameters:
                found[key] = self._checked(key, value)
            elif key not in _WITHOUT_EFFECT and value not in _NEUTRAL.get(key, ()):
                if issubclass(kind, Layer) and key in ("trainable", "dtype", "name"):
                    continue
                raise ModelFileError(
                    f"{kind.__name__} {config.get('name')!r:.60} has no {key[:60]} in nn, "
                    f"{value!r:.60}"
                )
        return found

    def _checked(self, key: str, value: Any) -> Any:
        if key == ALLOCATES:
            if type(value) is not int or not 0 <= value <= MOST_ELEMENTS - self._elements:
                raise ModelFileError(
                    f"{key} is a number up to {MOST_ELEMENTS}, the file has {value!r:.60}"
                )
            self._elements += value
        return value

    def _made(self, kind: type, arguments: dict[str, Any]) -> Any:
        make = from_config_of(kind)
        with blamed_on_file(f"{kind.__name__} cannot be made from its config"):
            return kind(**arguments) if make is None else make(arguments)

    _special: Mapping[str, Callable[[Decoder, Any], Any]] = {
        "__keras_tensor__": _reference,
        "__tensor__": _array,
        "__numpy__": _array,
        "__slice__": _slice,
        "__ellipsis__": lambda self, config: ...,
        "__bytes__": _bytes,
        "__lambda__": _lambda,
        **dict.fromkeys(_POLICIES, _policy),
    }


def reference(history: Any) -> Reference:
    """Return the output that [layer, call, output] names.

    Raises:
        ModelFileError: for anything else.
    """
    right = (
        isinstance(history, list)
        and len(history) == 3
        and isinstance(history[0], str)
        and all(type(n) is int and n >= 0 for n in history[1:])
    )
    if not right:
        raise ModelFileError(f"a call of its graph is on {history!r:.80}, which is no output")
    return Reference(*history)


def name_in(config: Mapping[str, Any]) -> str | None:
    """Return the name in a layer's config.

    Raises:
        ModelFileError: for anything but a name.
    """
    name = config.get("name")
    if name is not None and not isinstance(name, str):
        raise ModelFileError(f"the name of a layer is {name!r:.60}")
    return name
