"""Compiled methods: each instance keeps the programs of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

KEPT_METHOD = "_compiled_"  # what the names of attributes begin with that keep one


class _Kept:
    """A compiled method, as its instance keeps it.

    Copies and pickles of the instance do not take it along: it belongs to this one.

    Attributes:
        method: the function that is bound to `instance`.
        of: the function in the class.
    """

    method: Any = None
    instance: Any = None
    of: Any = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _Kept, ()


def bound_method(function: Any, instance: Any, bind: Callable[[Any], Any]) -> Any:
    """The method that a function of a class is for one instance: made once, by `bind`.

    Raises:
        TypeError: for an instance that has no ``__dict__`` to keep it in.
    """
    attributes = getattr(instance, "__dict__", None)
    if not isinstance(attributes, dict):
        raise TypeError(
            f"a compiled method keeps its programs in the __dict__ of its instance, and "
            f"{type(instance).__name__} has none (because of __slots__). Add '__dict__' to the "
            "slots, or compile a function that takes the instance's arrays"
        )
    key = f"{KEPT_METHOD}{id(function):x}"
    kept = attributes.get(key)
    if kept is None or kept.of is not function or kept.instance is not instance:
        kept = _Kept()
        kept.method, kept.instance, kept.of = bind(instance), instance, function
        kept = attributes[key] = kept
    return kept.method
