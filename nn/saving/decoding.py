"""Decode values from the JSON of a file, without trusting it; see `nn.saving.encoding`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nn.layers import Layer
from nn.layers.input import InputDeclaration
from nn.random import Generator
from nn.saving.encoding import MOST_OBJECTS, from_config_of
from nn.saving.files import ModelFileError
from nn.saving.registry import Registry
from nn.training.network import Network

# The one argument of nn's classes of which a constructor makes an array is AUC's; all of them in a
# file together are limited, and so are the objects of all classes.
ALLOCATES, MOST_ELEMENTS = "num_thresholds", 1_000_000
MOST_PARTS = 10 * MOST_OBJECTS


class Decoder:
    """Turns JSON into values.

    Layers come without weights: a Sequential that begins with an `Input` comes without that too,
    because it would make the weights, however large the file claims them to be.

    Args:
        registry: the classes and functions that may be named.
        tensors: the arrays of the file.

    Attributes:
        inputs: the Sequentials that an Input was taken from, and the Input.
    """

    def __init__(self, registry: Registry, tensors: Mapping[str, Any]) -> None:
        self.inputs: list[tuple[Network, InputDeclaration]] = []
        self._registry = registry
        self._tensors = tensors
        self._numbered: list[Any] = []
        self._elements = self._parts = 0

    def decode(self, encoded: Any) -> Any:
        """The value.

        Raises:
            ModelFileError: for what is not as `Encoder` writes it, for unknown classes, and for
                configs that a class does not take.
        """
        if isinstance(encoded, list):
            return [self.decode(item) for item in encoded]
        if not isinstance(encoded, dict):
            return encoded
        for tag, decode in self._by_tag.items():
            if tag in encoded:
                return decode(self, encoded)
        for key in encoded:
            if key.startswith("$"):
                raise ModelFileError(f"the file has a value of the unknown kind {_shown(key)}")
        return {key: self._entry(key, item) for key, item in encoded.items()}

    def _entry(self, key: str, encoded: Any) -> Any:
        """Decode one entry of a dict, such as a config."""
        value = self.decode(encoded)
        if key == ALLOCATES:
            if type(value) is not int or not 0 <= value <= MOST_ELEMENTS - self._elements:
                raise ModelFileError(
                    f"{key} is a number up to {MOST_ELEMENTS}, the file has {_shown(value)}"
                )
            self._elements += value
        return value

    # -- plain values ------------------------------------------------------------------------------

    def _float(self, encoded: Any) -> float:
        name = self._of_type(encoded, "$float", str)
        if name not in ("nan", "inf", "-inf"):
            raise ModelFileError(f"the file has {_shown(name)} for a number")
        return float(name)

    def _tuple(self, encoded: Any) -> Any:
        return tuple(self.decode(self._of_type(encoded, "$tuple", list)))

    def _dict(self, encoded: Any) -> dict[Any, Any]:
        pairs = self._of_type(encoded, "$dict", list)
        try:
            return {(key := self.decode(k)): self._entry(key, value) for k, value in pairs}
        except (TypeError, ValueError) as error:
            raise ModelFileError(f"the file has something else than pairs: {error}") from None

    def _dtype(self, encoded: Any) -> np.dtype[Any]:
        name = self._of_type(encoded, "$dtype", str)
        try:
            dtype: np.dtype[Any] = np.dtype(name)
            return dtype
        except (TypeError, ValueError):
            raise ModelFileError(f"the file has {_shown(name)} for a dtype") from None

    def _scalar(self, encoded: Any) -> Any:
        array = self._tensor(encoded, "$scalar")
        if array.ndim:
            raise ModelFileError(f"the file has an array of shape {array.shape} for one number")
        return array[()]

    def _array(self, encoded: Any) -> Any:
        return self._tensor(encoded, "$array").copy()

    def _tensor(self, encoded: Any, tag: str) -> Any:
        name = self._of_type(encoded, tag, str)
        if name not in self._tensors:
            raise ModelFileError(f"the file lacks the tensor {_shown(name)}, which it refers to")
        return self._tensors[name]

    def _name(self, encoded: Any) -> Any:
        return self._known(self._of_type(encoded, "$name", str))

    # -- what has an identity ----------------------------------------------------------------------

    def _same(self, encoded: Any) -> Any:
        number = self._of_type(encoded, "$same", int)
        known = self._numbered[number] if 0 <= number < len(self._numbered) else None
        if known is None:
            raise ModelFileError(f"the file refers to layer {_shown(number)}, which is not there")
        return known

    def _generator(self, encoded: Any) -> Generator:
        generator = Generator(0)
        try:
            words = self._of_type(encoded, "$generator", list)
            generator.state = np.array(words, dtype=np.uint64)
        except (TypeError, ValueError, OverflowError) as error:
            raise ModelFileError(f"the file has no state for a generator: {error}") from None
        self._numbered[self._number()] = generator
        return generator

    def _number(self) -> int:
        """The number of the layer or generator that is about to be made."""
        if len(self._numbered) >= MOST_OBJECTS:
            raise ModelFileError(f"the file has more than {MOST_OBJECTS} layers")
        self._numbered.append(None)
        return len(self._numbered) - 1

    # -- objects -----------------------------------------------------------------------------------

    def _object(self, encoded: Any) -> Any:
        name = self._of_type(encoded, "$object", str)
        kind = self._known(name)
        if not isinstance(kind, type):
            raise ModelFileError(f"the file has {_shown(name)} for a class, which it is not")
        number = self._number() if issubclass(kind, Layer) else None
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise ModelFileError(f"the file has more than {MOST_PARTS} objects")
        config = self.decode(self._of_type(encoded, "config", dict))
        if not isinstance(config, dict):
            raise ModelFileError(f"the config of {name} is a {type(config).__name__}, not a dict")
        if number is None:
            return _made(kind, name, config)
        layer = self._layer(kind, name, config)
        layer._rename(self._of_type(encoded, "name", str))
        layer._name_given = False  # whether it was stands elsewhere, see `nn.saving.restoring`
        self._numbered[number] = layer
        return layer

    def _layer(self, kind: type[Layer], name: str, config: Any) -> Layer:
        first = None
        if issubclass(kind, Network) and kind.begins_with_input and "layers" in config:
            first, config = _without_input(config)
        layer: Layer = _made(kind, name, config)
        if first is not None and isinstance(layer, Network):
            self.inputs.append((layer, first))
        return layer

    def _known(self, name: str) -> Any:
        try:
            return self._registry.named(name)
        except ValueError as error:
            raise ModelFileError(str(error)) from None

    def _of_type(self, encoded: Any, key: str, kind: type) -> Any:
        value = encoded.get(key)
        if type(value) is not kind:
            raise ModelFileError(
                f"the file has {_shown(value)} where its {key} is a {kind.__name__}"
            )
        return value

    _by_tag: Mapping[str, Callable[[Decoder, Any], Any]] = {
        "$object": _object,
        "$same": _same,
        "$generator": _generator,
        "$name": _name,
        "$array": _array,
        "$scalar": _scalar,
        "$dtype": _dtype,
        "$tuple": _tuple,
        "$dict": _dict,
        "$float": _float,
    }


def _made(kind: type, name: str, config: Any) -> Any:
    """Create an object from its config.

    Raises:
        ModelFileError: for whatever its class says about the config; a file may claim anything.
    """
    make = from_config_of(kind)
    try:
        thing = kind(**config) if make is None else make(config)
    except ModelFileError:
        raise
    except Exception as error:
        raise ModelFileError(f"{name} cannot be made from its config: {error}") from error
    if not isinstance(thing, kind):
        raise ModelFileError(f"{name}.from_config gives a {type(thing).__name__}")
    return thing


def _without_input(config: Any) -> tuple[InputDeclaration | None, Any]:
    """The `Input` that the layers of a Sequential begin with, and the config without it."""
    layers = config["layers"]
    if not isinstance(layers, list):
        raise ModelFileError("the layers of a Sequential are no list")
    first = layers[0] if layers and isinstance(layers[0], InputDeclaration) else None
    rest = layers if first is None else layers[1:]
    if not all(isinstance(layer, Layer) for layer in rest):
        raise ModelFileError("the layers of a Sequential hold something that is no layer")
    return first, {**config, "layers": rest}


def _shown(value: Any) -> str:
    """Shorten a value from a file for a message."""
    said = repr(value) if isinstance(value, (str, int, float, bool, type(None))) else None
    if said is None:
        return f"a {type(value).__name__}"
    return said if len(said) <= 60 else f"{said[:57]}..."
