"""Classes of models that name themselves for files: `saved_as`, `named_classes`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, TypeVar

_NAMED: dict[str, Any] = {}

T = TypeVar("T")


def saved_as(name: str) -> Callable[[T], T]:
    """Decorator: let files call a class of this package by a name, "models.Sequential"."""

    def remember(thing: T) -> T:
        _NAMED[name] = thing
        return thing

    return remember


def named_classes() -> dict[str, Any]:
    """Return them by name. A file may name a model before the program has."""
    importlib.import_module("nn.models")
    return _NAMED
