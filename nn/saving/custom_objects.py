"""Classes of one's own by name, and objects as configs, under Keras's names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from nn.saving import registry
from nn.saving.allowance import Allowance
from nn.saving.keras.decoding import Decoder
from nn.saving.keras.encoding import Encoder, named
from nn.saving.keras.graph_encoding import graph_config
from nn.saving.keras.graphs import ModelMaker
from nn.saving.registry import Registry, register

T = TypeVar("T")


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[T], T]:
    """Decorator: let files name a class or function "package>name"; see `nn.saving.register`.

    Args:
        package: the first part of the name.
        name: the second; that of the class unless given.
    """

    def decorate(thing: T) -> T:
        return register(f"{package}>{name or getattr(thing, '__name__', '')}")(thing)

    return decorate


def get_custom_objects() -> dict[str, Any]:
    """Return the dict of registered classes and functions by name, which may be changed."""
    return registry.registered()


@contextmanager
def custom_object_scope(custom_objects: Mapping[str, Any]) -> Iterator[None]:
    """Let files name these classes and functions in a block.

    Args:
        custom_objects: by name.
    """
    known = registry.registered()
    before = dict(known)
    known.update(custom_objects)
    try:
        yield
    finally:
        known.clear()
        known.update(before)


CustomObjectScope = custom_object_scope


def get_registered_name(obj: Any) -> str:
    """Return the name that a class was registered by; its own name if it was not."""
    names = [name for name, thing in registry.registered().items() if thing is obj]
    own: str = obj.__name__
    return names[0] if names else own


def get_registered_object(
    name: str, custom_objects: Mapping[str, Any] | None = None, module_objects: Any = None
) -> Any:
    """Return the class of a name, of those given or registered; None if there is none."""
    known = {**registry.registered(), **(custom_objects or {}), **(module_objects or {})}
    return known.get(name)


def serialize_keras_object(obj: Any) -> Any:
    """Return an object as Keras describes it in JSON: module, class and config; numbers, strings
    and None as they are.

    Raises:
        ValueError: for what Keras does not have; says where it was.

    Example:
        >>> from nn import Dense
        >>> described = serialize_keras_object(Dense(2, name="d"))
        >>> described["module"], described["class_name"], described["config"]["units"]
        ('keras.layers', 'Dense', 2)
    """
    if callable(obj) and not isinstance(obj, type) and not hasattr(obj, "get_config"):
        name = getattr(obj, "__name__", type(obj).__name__)
        return named("builtins", "function", name, name)
    return Encoder(_ByOwnName(), graph_config).encode(obj, "the object")


class _ByOwnName(Registry):
    """Names classes that nobody registered by their own names, as Keras does."""

    def name_of(self, thing: Any) -> str | None:
        name = super().name_of(thing)
        if name is None and isinstance(thing, type):
            name = thing.__name__
            self.custom[name] = thing
        return name


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, **kwargs: Any
) -> Any:
    """Return the object that `serialize_keras_object` described, here or in Keras; a model has new
    weights.

    Raises:
        ValueError: for a class that is not known; says how to register it.

    Example:
        >>> from nn import Dense
        >>> deserialize_keras_object(serialize_keras_object(Dense(2))).units
        2
    """
    names = Registry(custom_objects)
    if isinstance(config, Mapping) and "class_name" in config and "module" not in config:
        return names.find(config["class_name"]).from_config(config["config"])  # from before Keras 3
    return Decoder(names, ModelMaker(_Unlimited(()), lambda path, layer: None)).decode(config)


class _Unlimited(Allowance):
    """Leaves weights their initializers and any size: there is no file that has their values."""

    @contextmanager
    def in_force(self) -> Iterator[None]:
        yield
