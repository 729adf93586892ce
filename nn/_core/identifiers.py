"""Identifiers: names and configs in place of objects, as in ``optimizer="adam"``.

A config is an object's constructor arguments as a dict that JSON can hold;
``{"class_name": "Adam", "config": {...}}`` names the class beside it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Container, Mapping
from itertools import count
from typing import Any, Self, TypeVar

import numpy as np

from autograd_lite.extend import Fields, values_of

T = TypeVar("T")


def lookup(kind: str, identifier: str, table: Mapping[str, T]) -> T:
    """Look a name up in a table.

    A name may be written as in the table ("he_normal") or as its class ("HeNormal"): case,
    underscores and hyphens are ignored.

    Args:
        kind: the kind of entry, "optimizer" say, for the message.
        identifier: the name given.
        table: the entries by name.

    Raises:
        ValueError: for an unknown name; suggests the nearest ones.

    Example:
        >>> lookup("color", "Red", {"red": 1, "blue": 2})
        1
        >>> lookup("color", "bleu", {"red": 1, "blue": 2})
        Traceback (most recent call last):
            ...
        ValueError: unknown color 'bleu'. Did you mean 'blue'? Known: 'blue', 'red'
    """
    if identifier in table:
        return table[identifier]
    by_plain_name = {_plain(name): name for name in table}
    found = by_plain_name.get(_plain(identifier))
    if found is not None:
        return table[found]
    import difflib  # for an error alone

    nearest = difflib.get_close_matches(_plain(identifier), by_plain_name, n=2)
    meant = " or ".join(repr(by_plain_name[name]) for name in nearest)
    hint = f"Did you mean {meant}? " if meant else ""
    known = ", ".join(map(repr, sorted(table)))
    raise ValueError(f"unknown {kind} {identifier!r}. {hint}Known: {known}")


def resolve(
    kind: str, identifier: Any, base: type[Any], table: Mapping[str, Callable[..., T]]
) -> T:
    """Resolve an argument to an object: itself, or made from its name or config.

    Args:
        kind: as in `lookup`.
        identifier: an instance of `base`; a name or a class, for its defaults; or a dict
            ``{"class_name": ..., "config": {...}}``, as `serialize` makes it.
        base: the class of the result.
        table: the classes (or other callables) by name.

    Raises:
        ValueError: for an unknown name.
        TypeError: for anything else; for a class that needs arguments.
    """
    if isinstance(identifier, base):
        itself: T = identifier
        return itself
    if isinstance(identifier, str):
        return lookup(kind, identifier, table)()
    if isinstance(identifier, Mapping) and {"class_name", "config"} <= identifier.keys():
        return lookup(kind, identifier["class_name"], table)(**identifier["config"])
    if isinstance(identifier, type) and issubclass(identifier, base):
        return _made(kind, identifier)
    example = min(table)
    raise TypeError(
        f"{identifier!r} is not {_with_article(kind)}. Give a name, {example!r} say, "
        f"or an object, such as {_class_name(table[example])}(...)"
    )


def deserializer(get: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return Keras's `deserialize`: a `get` that also knows classes and functions of your own."""

    def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
        """Return the object that `serialize` described, as `get`.

        Args:
            config: what `serialize` returned, or a name.
            custom_objects: classes and functions of your own by name.
        """
        described = isinstance(config, Mapping) and "class_name" in config
        name = config["class_name"] if described else config
        found = (custom_objects or {}).get(name) if isinstance(name, str) else None
        if found is None:
            return get(config)
        return found(**config["config"]) if described else found

    return deserialize


def _made(kind: str, described: type[T]) -> T:
    """Return an object of a class given in its place, with its default arguments.

    Raises:
        TypeError: if it needs arguments.
    """
    try:
        inspect.signature(described).bind()
    except TypeError as error:
        name = described.__name__
        raise TypeError(
            f"{name} is a class, not {_with_article(kind)}, and needs arguments ({error}): write "
            f"{name}(...)"
        ) from None
    return described()


class Configured(Fields):
    """A base for dataclasses whose fields are their config: to a dict and back."""

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments by name."""
        return {name: _for_json(value) for name, value in values_of(self).items()}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Create the object that `get_config` described.

        Raises:
            TypeError: for a key that is not an argument of the constructor.
        """
        return cls(**config)


def serialize(described: Any) -> Any:
    """Return an object's class name and config, which `resolve` turns back into the object; of a
    function its name, of None None.
    """
    if described is None or isinstance(described, str):
        return described
    if not hasattr(described, "get_config"):
        return described.__name__
    return {"class_name": type(described).__name__, "config": described.get_config()}


def snake_case(name: str) -> str:
    """Convert a class name to snake_case, as Keras names layers, losses and metrics.

    >>> snake_case("BatchNormalization"), snake_case("MeanSquaredError")
    ('batch_normalization', 'mean_squared_error')
    """
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()


def classes_by_name(module: Mapping[str, Any], base: type[Any]) -> dict[str, Any]:
    """Return the classes below `base` that a module lists in `__all__`, by names in snake_case.

    Args:
        module: its names, `globals()`.
        base: left out itself.
    """
    listed = {name: module.get(name) for name in module["__all__"]}
    return {
        snake_case(name): kind
        for name, kind in listed.items()
        if isinstance(kind, type) and issubclass(kind, base) and kind is not base
    }


def first_free(name: str, taken: Container[str]) -> str:
    """Return `name`, or the first of name_1, name_2, ... that is free.

    >>> first_free("dense", {"dense", "dense_1"})
    'dense_2'
    """
    if name not in taken:
        return name
    return next(numbered for i in count(1) if (numbered := f"{name}_{i}") not in taken)


def _for_json(value: Any) -> Any:
    """Convert NumPy scalars and arrays to Python numbers and lists; others stay."""
    return value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value


def _with_article(kind: str) -> str:
    """Return the kind with its article: an optimizer, a regularizer."""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _class_name(factory: Any) -> str:
    """Return the name of a class, or of the class in a `functools.partial`."""
    name: str = getattr(factory, "func", factory).__name__
    return name


def _plain(name: str) -> str:
    """Normalise a name: lower case, without underscores and hyphens."""
    return name.lower().replace("_", "").replace("-", "")
