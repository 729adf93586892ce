"""Classes of one's own by name, and objects as configs, under Keras's names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from nn.saving import registry
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
    """Return an object's class and config as a dict; strings, numbers and None as they are.

    Example:
        >>> from nn import Dense
        >>> serialize_keras_object(Dense(2, name="d"))["class_name"]
        'Dense'
    """
    if obj is None or isinstance(obj, (str, int, float, bool)):
        return obj
    if isinstance(obj, (list, tuple)):
        return [serialize_keras_object(part) for part in obj]
    if isinstance(obj, dict):
        return {name: serialize_keras_object(part) for name, part in obj.items()}
    if not hasattr(obj, "get_config"):
        name = getattr(obj, "__name__", type(obj).__name__)
        return {"class_name": "function", "config": name, "registered_name": name}
    kind = type(obj)
    config = {key: _plain(value) for key, value in obj.get_config().items()}
    return {
        "class_name": kind.__name__,
        "config": config,
        "module": kind.__module__,
        "registered_name": get_registered_name(kind),
    }


def _plain(value: Any) -> Any:
    described = hasattr(value, "get_config") or isinstance(value, (list, tuple, dict))
    return serialize_keras_object(value) if described else value


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, **kwargs: Any
) -> Any:
    """Return the object that `serialize_keras_object` described.

    Raises:
        ValueError: for a class that is not known; says how to register it.

    Example:
        >>> from nn import Dense
        >>> deserialize_keras_object(serialize_keras_object(Dense(2))).units
        2
    """
    if isinstance(config, list):
        return [deserialize_keras_object(part, custom_objects) for part in config]
    if not isinstance(config, Mapping):
        return config
    if "class_name" not in config:
        return {name: deserialize_keras_object(x, custom_objects) for name, x in config.items()}
    names = Registry(custom_objects)
    if config["class_name"] == "function":
        return names.find(config["config"])
    found = names.find(config.get("registered_name") or config["class_name"], config["class_name"])
    inner = {
        name: deserialize_keras_object(value, custom_objects)
        if isinstance(value, (Mapping, list)) and _describes(value)
        else value
        for name, value in config["config"].items()
    }
    return found.from_config(inner)


def _describes(value: Any) -> bool:
    """Return if a part of a config describes objects."""
    if isinstance(value, list):
        return any(map(_describes, value))
    return isinstance(value, Mapping) and {"class_name", "registered_name"} <= value.keys()
