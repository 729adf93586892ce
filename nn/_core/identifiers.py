"""Names and configs in place of objects: what ``optimizer="adam"`` means, and what to say to "adm".

A config is an object's constructor arguments as a dict that JSON can hold;
``{"class_name": "Adam", "config": {...}}`` names the class beside it.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Callable, Container, Mapping
from itertools import count
from typing import Any, Self, TypeVar

import numpy as np

__all__ = ["Configured", "first_free", "lookup", "resolve", "serialize", "snake_case"]

T = TypeVar("T")


def lookup(kind: str, identifier: str, table: Mapping[str, T]) -> T:
    """The entry of `table` that `identifier` names.

    A name may be written as in the table ("he_normal") or as its class is called ("HeNormal"):
    upper and lower case, underscores and hyphens make no difference.

    Args:
        kind: what the table holds, in the singular: "optimizer"; stands in the message.
        identifier: the name that was given.
        table: from each known name to what it stands for.

    Raises:
        ValueError: for a name that is not in the table; names the nearest ones that are.

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
    nearest = difflib.get_close_matches(_plain(identifier), by_plain_name, n=2)
    meant = " or ".join(repr(by_plain_name[name]) for name in nearest)
    hint = f"Did you mean {meant}? " if meant else ""
    known = ", ".join(map(repr, sorted(table)))
    raise ValueError(f"unknown {kind} {identifier!r}. {hint}Known: {known}")


def resolve(
    kind: str, identifier: Any, base: type[Any], table: Mapping[str, Callable[..., T]]
) -> T:
    """The object that an argument means: itself, or made from its name or its config.

    Args:
        kind: as in `lookup`.
        identifier: an instance of `base`; a name, for the defaults of its class; or a dict
            ``{"class_name": ..., "config": {...}}``, as `serialize` makes it.
        base: what the result is an instance of.
        table: from each known name to what makes the object, the class as a rule.

    Raises:
        ValueError: for an unknown name.
        TypeError: for anything else; for a class in place of an instance.
    """
    if isinstance(identifier, base):
        itself: T = identifier
        return itself
    if isinstance(identifier, str):
        return lookup(kind, identifier, table)()
    if isinstance(identifier, Mapping) and identifier.keys() == {"class_name", "config"}:
        return lookup(kind, identifier["class_name"], table)(**identifier["config"])
    if isinstance(identifier, type):
        name = identifier.__name__
        raise TypeError(f"{name} is a class, not {_with_article(kind)}: write {name}()")
    example = min(table)
    raise TypeError(
        f"{identifier!r} is not {_with_article(kind)}. Give a name, {example!r} say, "
        f"or an object, such as {_class_name(table[example])}(...)"
    )


class Configured:
    """A base for dataclasses whose fields are their config: to a dict and back."""

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments by name."""
        assert dataclasses.is_dataclass(self)
        names = [field.name for field in dataclasses.fields(self)]
        return {name: _for_json(getattr(self, name)) for name in names}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The object that `get_config` described.

        Raises:
            TypeError: for a key that is not an argument of the constructor.
        """
        return cls(**config)


def serialize(described: Any) -> dict[str, Any]:
    """The name of an object's class and its config: what `resolve` makes the object from."""
    return {"class_name": type(described).__name__, "config": described.get_config()}


def snake_case(name: str) -> str:
    """A class's name as Keras writes what is named after it: a layer, a loss, a metric.

    >>> snake_case("BatchNormalization"), snake_case("MeanSquaredError")
    ('batch_normalization', 'mean_squared_error')
    """
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()


def first_free(name: str, taken: Container[str]) -> str:
    """`name`, or the first of name_1, name_2, ... that is not taken.

    >>> first_free("dense", {"dense", "dense_1"})
    'dense_2'
    """
    if name not in taken:
        return name
    return next(numbered for i in count(1) if (numbered := f"{name}_{i}") not in taken)


def _for_json(value: Any) -> Any:
    """NumPy's scalars and arrays as Python's numbers and lists; anything else as it is."""
    return value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value


def _with_article(kind: str) -> str:
    """The kind as it stands in a sentence: an optimizer, a regularizer."""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _class_name(factory: Any) -> str:
    """The name of a class, or of the class that a `functools.partial` makes."""
    name: str = getattr(factory, "func", factory).__name__
    return name


def _plain(name: str) -> str:
    """`name` without what people write differently."""
    return name.lower().replace("_", "").replace("-", "")
