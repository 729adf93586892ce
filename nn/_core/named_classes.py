"""Classes of this package that name themselves for files: `saved_as`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

NAMED: dict[str, Any] = {}

T = TypeVar("T")


def saved_as(name: str) -> Callable[[T], T]:
    """Decorator: let files call a class of this package by a name, "models.Sequential"."""

    def remember(thing: T) -> T:
        NAMED[name] = thing
        return thing

    return remember
