"""What a compiled step has taken as given: hyperparameters, layers, which weights are trained.

Setting an attribute of a layer or an optimizer is noted here, which takes no time to ask about;
whether it was one that matters is only then looked at.
"""

from __future__ import annotations

from typing import Any

__all__ = ["changes", "described", "note_change"]

_changes = [0]
_IRRELEVANT = {"stop_training", "history", "name", "built"}


def note_change() -> None:
    """An attribute was set somewhere."""
    _changes[0] += 1


def changes() -> int:
    """How many attributes have been set so far, in this process."""
    return _changes[0]


def described(thing: Any) -> tuple[Any, ...]:
    """The public attributes of an object: plain values themselves, others by identity."""
    return (
        id(thing),
        *(
            (name, value if isinstance(value, _PLAIN) else id(value))
            for name, value in vars(thing).items()
            if not name.startswith("_") and name not in _IRRELEVANT
        ),
    )


_PLAIN = (int, float, str, type(None))
