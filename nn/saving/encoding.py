"""Configs as JSON: numbers, strings, lists and dicts as they are, the rest as tagged dicts.

=====================================  =============================================================
``{"$object": name, "config": {...}}``  an object of a class that the `Registry` knows
``{"$same": n}``                        the n-th layer or generator so far, once more
``{"$generator": [...]}``               a generator of random numbers, by its state
``{"$name": name}``                     a class or a function that the `Registry` knows
``{"$array": tensor}``                  an array, which is among the file's tensors
``{"$scalar": tensor}``                 a NumPy scalar, likewise
``{"$dtype": name}``                    a dtype
``{"$tuple": [...]}``                   a tuple
``{"$dict": [[key, value], ...]}``      a dict whose keys are no plain strings
``{"$float": "nan"}``                   a float that JSON lacks
=====================================  =============================================================

A layer has its ``"name"`` beside its config.
"""

from __future__ import annotations

import inspect
import math
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nn._core.tracking import is_own
from nn.config import floatx
from nn.layers import Layer
from nn.layers.input import InputDeclaration
from nn.optimizers import Optimizer
from nn.optimizers.learning_rate import source_of
from nn.random import Generator
from nn.saving.located import Located
from nn.saving.registry import Registry
from nn.training.network import Network

Array = np.ndarray[Any, Any]

# More layers than this are refused, when saving and when loading: putting n of them in a row takes
# n² steps, and a hostile file has room for a million.
MOST_OBJECTS = 2000


class Encoder(Located):
    """Turns values into what JSON can hold.

    Args:
        registry: the classes and functions that may be named.

    Attributes:
        tensors: the arrays that were met, "config:0", ...: they go into the file beside the JSON.
    """

    def __init__(self, registry: Registry) -> None:
        super().__init__("this cannot be saved")
        self.tensors: dict[str, Array] = {}
        self._registry = registry
        self._numbered: dict[int, tuple[int, Any]] = {}  # by id; holds the objects, so ids stay

    def _encoded(self, value: Any) -> Any:
        if value is None or type(value) in (bool, int, str):
            return value
        for kind, encode in self._by_type.items():
            if isinstance(value, kind):
                return encode(self, value)
        name = self._registry.name_of(value)
        return self._object(value, self._config) if name is None else {"$name": name}

    # -- plain values ------------------------------------------------------------------------------

    def _float(self, value: float) -> Any:
        return float(value) if math.isfinite(value) else {"$float": repr(float(value))}

    def _list(self, value: list[Any]) -> list[Any]:
        return [self.encode(item, f"[{i}]") for i, item in enumerate(value)]

    def _tuple(self, value: tuple[Any, ...]) -> Any:
        return {"$tuple": self._list(list(value))}

    def _dict(self, value: dict[Any, Any]) -> Any:
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: self.encode(item, f"[{key!r}]") for key, item in value.items()}
        pairs = value.items()
        return {"$dict": [[self.encode(k, "a key"), self.encode(v, f"[{k!r}]")] for k, v in pairs]}

    def _dtype(self, value: np.dtype[Any]) -> Any:
        return {"$dtype": value.name}

    def _class(self, value: type) -> Any:
        if issubclass(value, (np.generic, float, int)):  # what may be given for a dtype
            return self._dtype(np.dtype(value))
        name = self._registry.name_of(value)
        if name is None:
            raise self._unknown(value)
        return {"$name": name}

    def _scalar(self, value: np.generic) -> Any:
        return {"$scalar": self._tensor(np.asarray(value))}

    def _array(self, value: Array) -> Any:
        return {"$array": self._tensor(value)}

    def _tensor(self, array: Array) -> str:
        if array.dtype.kind not in "fiub":
            raise self.refusal(f"an array of dtype {array.dtype}, which a file does not have")
        name = f"config:{len(self.tensors)}"
        self.tensors[name] = array
        return name

    # -- what has an identity ----------------------------------------------------------------------

    def _generator(self, value: np.random.Generator) -> Any:
        known = self._number(value)
        if known is not None:
            return known
        twin = Generator(0)
        try:
            twin.bit_generator.state = value.bit_generator.state
        except (TypeError, ValueError):
            kind = type(value.bit_generator).__name__
            raise self.refusal(
                f"a generator of NumPy's kind {kind}. Use nn.random.Generator(seed), or a number"
            ) from None
        return {"$generator": twin.state.tolist()}

    def _number(self, value: Any) -> dict[str, int] | None:
        """A reference to a layer or generator that was met before; else it gets a number."""
        if id(value) in self._numbered:
            return {"$same": self._numbered[id(value)][0]}
        if len(self._numbered) == MOST_OBJECTS:
            raise self.refusal(f"more than {MOST_OBJECTS} layers")
        self._numbered[id(value)] = len(self._numbered), value
        return None

    # -- objects -----------------------------------------------------------------------------------

    def _layer(self, layer: Layer) -> Any:
        known = self._number(layer)
        if known is not None:
            return known
        with self._inside(f"{type(layer).__name__} {layer.name!r}"):
            encoded = self._object(layer, _config_of_layer)
        return {**encoded, "name": layer.name}

    def _object(self, thing: Any, config_of: Callable[[Any], Any]) -> Any:
        kind = type(thing)
        name = self._registry.name_of(kind)
        if name is None:
            raise self._unknown(thing)
        config = config_of(thing)
        if not isinstance(config, Mapping):
            raise self.refusal(f"a {kind.__name__} whose get_config() gives no dict")
        named = {key: self.encode(value, f"argument {key}") for key, value in config.items()}
        return {"$object": name, "config": named}

    def _config(self, thing: Any) -> Any:
        """The arguments of an object's constructor."""
        if isinstance(thing, InputDeclaration):
            return thing.get_config()
        if not hasattr(thing, "get_config"):
            raise self.refusal(
                f"a {type(thing).__name__}, which has no get_config() to say how it was made"
            )
        try:
            config = thing.get_config()
        except TypeError as error:  # a learning rate that is a function
            raise self.refusal(f"something without a config: {error}") from None
        if isinstance(thing, Optimizer) and callable(source_of(thing)):
            config = {**config, "learning_rate": source_of(thing)}
        return config

    # -- what is refused ---------------------------------------------------------------------------

    def _unknown(self, thing: Any) -> ValueError:
        if callable(thing) and isinstance(thing, (types.FunctionType, type)):
            kind, name = ("class" if isinstance(thing, type) else "function"), thing.__name__
        elif hasattr(thing, "get_config"):
            kind, name = "class", type(thing).__name__
        else:
            return self.refusal(f"{_shortened(thing)}, of type {type(thing).__name__}")
        definition = "class" if kind == "class" else "def"
        plain = name if name.isidentifier() else "my_function"
        return self.refusal(
            f"{name}, a {kind} that is not nn's own; a file holds no code, only names. Give it "
            f"one: write @nn.saving.register({plain!r}) above '{definition} {plain}' (or call "
            f"nn.saving.register({plain!r})({plain}) now), and do so again before loading. "
            "save_weights(path) needs no such thing"
        )

    _by_type: Mapping[type, Callable[[Encoder, Any], Any]] = {
        str: lambda self, value: str(value),
        np.generic: _scalar,  # before float, which np.float64 is too
        float: _float,
        int: lambda self, value: int(value),
        list: _list,
        tuple: _tuple,
        dict: _dict,
        np.dtype: _dtype,
        type: _class,
        np.ndarray: _array,
        np.random.Generator: _generator,
        Layer: _layer,
    }


def _config_of_layer(layer: Layer) -> dict[str, Any]:
    """A layer's config, if a layer can be made from it again.

    Raises:
        ValueError: if it leaves out what was given, or says what the constructor does not take.
    """
    kind = type(layer)
    try:
        config = dict(layer.get_config())
    except AttributeError as error:
        raise ValueError(
            f"{kind.__name__} {layer.name!r} cannot be saved: {error}. get_config() reads each "
            "argument of the constructor from the attribute of its name: keep it there, or write "
            "a get_config() that returns the arguments as a dict"
        ) from None
    defaults = {"activity_regularizer": None, "dtype": floatx()}
    if isinstance(layer, Network) and layer.begins_with_input:
        del defaults["dtype"]  # it has none of its own
    left_out = [
        argument
        for argument, default in defaults.items()
        if argument not in config and getattr(layer, argument) != default
    ]
    try:
        if from_config_of(kind) is None:
            inspect.signature(kind).bind(**config)
    except TypeError as error:
        raise ValueError(
            f"{kind.__name__} {layer.name!r} cannot be saved: its get_config() does not give what "
            f"its constructor takes ({error})"
        ) from None
    if left_out:
        raise ValueError(
            f"{kind.__name__} {layer.name!r} cannot be saved: it was made with {left_out[0]}="
            f"{getattr(layer, left_out[0])!r}, which its get_config() leaves out"
        )
    if "name" in config:
        config["name"] = None  # it stands beside the config
    return config


def from_config_of(kind: Any) -> Callable[..., Any] | None:
    """Return a class's own `from_config`; None for its constructor.

    A layer that inherits `from_config` is made by its constructor. (A Sequential's makes new layers
    of those in the config, and what is read from a file is new already.)
    """
    make: Callable[..., Any] | None = getattr(kind, "from_config", None)
    return None if is_own(getattr(make, "__func__", make)) else make


def _shortened(thing: Any) -> str:
    said = repr(thing)
    return said if len(said) <= 80 else f"{said[:77]}..."
