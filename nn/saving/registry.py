"""The names a file may use: nn's own classes and functions, NumPy's ufuncs, registered ones.

A file says "layers.Dense", and that is looked up here. Nothing is imported, and nothing is run,
because a file says so.
"""

from __future__ import annotations

import difflib
import functools
import types
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from autograd_lite.extend import name_of_operation, operation_named
from nn import (
    activations,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
    schedules,
)
from nn._core.named_classes import named_classes

T = TypeVar("T")

_MODULES = (
    activations,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
    schedules,
)
LONGEST_NAME = 100  # what of a name from a file is compared and shown

_NO_PARTS_OF_MODELS = ("get", "resolve")

_registered: dict[str, Any] = {}


def register(name: str) -> Callable[[T], T]:
    """Decorator: let files name a class or a function of yours.

    It has to have run, under the same name, before a file that uses it is loaded. Registering it
    again (a notebook's cell that is run twice) replaces it.

    Args:
        name: what files call it. Keep it when you rename the class.

    Raises:
        TypeError: for anything but a class or a function.
        ValueError: for a name that is taken.

    Example:
        >>> import nn, nn.saving
        >>> @nn.saving.register("Double")
        ... class Double(nn.Layer):
        ...     def call(self, x):
        ...         return 2 * x
    """
    if not isinstance(name, str) or not name:
        raise TypeError(f'register takes the name: write @register("MyLayer"), got {name!r}')

    def remember(thing: T) -> T:
        _require_nameable(name, thing)
        known = _registered.get(name, thing)
        if _origin(known) != _origin(thing):
            raise ValueError(f"the name {name!r} is taken, by {known!r}")
        _registered[name] = thing
        return thing

    return remember


def registered() -> dict[str, Any]:
    """Return the dict of registered classes and functions by name."""
    return _registered


class Registry:
    """The names of classes and functions in one call of save or load.

    Args:
        custom_objects: classes and functions by name, in addition to those that were registered.

    Attributes:
        custom: these and those, by name.

    Raises:
        TypeError: for what is neither class nor function, and for what is no dict.
        ValueError: for names that nn's own classes have.
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None = None) -> None:
        if custom_objects is not None and not isinstance(custom_objects, Mapping):
            raise TypeError(
                "custom_objects is a dict, {'MyLayer': MyLayer} say; got "
                f"{type(custom_objects).__name__}"
            )
        self.custom = {**_registered, **(custom_objects or {})}
        for name, thing in self.custom.items():
            _require_nameable(name, thing)
        self._by_name: dict[str, Any] = {**self.custom, **_own()}
        self._names = {id(thing): name for name, thing in reversed(self._by_name.items())}

    def name_of(self, thing: Any) -> str | None:
        """Return the name of a class or function; None if it has none."""
        known = self._names.get(id(thing))
        if known is not None or not callable(thing) or isinstance(thing, type):
            return known
        return name_of_operation(thing)

    def find(self, *names: str) -> Any:
        """Return what one of several names says, be it without its module: "Dense".

        Raises:
            ValueError: if all are unknown.
        """
        by_last = {name.rpartition(".")[2]: name for name in reversed(self._by_name)}
        known = [name for name in names if name in self._by_name]
        short = [by_last[name] for name in names if name in by_last]
        return self.named((known + short + list(names))[0])

    def named(self, name: str) -> Any:
        """Return the class or function of a name.

        Raises:
            ValueError: for an unknown name.
        """
        if name not in self._by_name:
            operation = operation_named(name)
            if operation is not None:
                return operation
            raise ValueError(
                f"the file names {name[:LONGEST_NAME]!r}, which is unknown.{self.nearest(name)} "
                "A class or function of yours has to be registered before the file is loaded, "
                "@nn.saving.register(name) above its definition, or be given, "
                "load_model(path, custom_objects={name: ...})"
            )
        return self._by_name[name]

    def known(self, name: str) -> Any:
        """Return the class or function of a whole name; None for an unknown one."""
        return self._by_name.get(name)

    def nearest(self, name: str) -> str:
        """Return a sentence about the known name that is nearest to an unknown one, or ""."""
        found = difflib.get_close_matches(name[:LONGEST_NAME], self._by_name, n=1)
        return f" The nearest known name is {found[0]!r}." if found else ""


@functools.cache
def _own() -> dict[str, Any]:
    """Return nn's own classes and functions: "layers.Dense", "activations.relu"."""
    found: dict[str, Any] = {}
    for module in _MODULES:
        kind = module.__name__.rpartition(".")[2]
        for name in module.__all__:
            if name not in _NO_PARTS_OF_MODELS:
                found[f"{kind}.{name}"] = getattr(module, name)
    return found | named_classes()


def _require_nameable(name: str, thing: Any) -> None:
    if name in _own() or name.startswith("numpy."):
        raise ValueError(f"the name {name!r} is taken: it is one of nn's own or of NumPy's")
    if not isinstance(thing, (type, types.FunctionType)):
        raise TypeError(
            f"{name!r} is to stand for a class or a function, got an object of type "
            f"{type(thing).__name__}"
        )


def _origin(thing: Any) -> tuple[str, str]:
    """Return the place where a class or function is defined."""
    return thing.__module__, thing.__qualname__
