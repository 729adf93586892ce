"""Tracking: a count of changed attributes that a compiled step may depend on."""

from __future__ import annotations

from typing import Any

from autograd_lite import Variable
from nn._core.keywords import SpelledKeywords

# Transient attributes, which do not affect the computation.
_OF_LAYERS = {
    "_building",
    "_gathered",
    "_has_warned",
    "_in_first_call",
    "_input_shapes",
    "_mask_arguments",
    "_output_shape",
    "_penalties",
    "_ready",
    "_takes_training",
}
_OF_MODELS = {
    "_calls",
    "_dry_run_before",
    "_passes",
    "_predicting",
    "_warned",
    "_sample",
    "_step_runners",
    "_columns",
    "_trainable_state",
    "history",
    "name",
    "stop_evaluating",
    "stop_predicting",
    "stop_training",
}
_OF_OPTIMIZERS = {
    "_averages_in_use",
    "_block",
    "_buckets",
    "_learning_rate",
    "_warned_of",
    "iterations",
}
TRANSIENT = _OF_LAYERS | _OF_MODELS | _OF_OPTIMIZERS | {"parts"}


class _Changes:
    """The number of attributes that have been set so far, in this process."""

    count = 0


CHANGES = _Changes()


def track_change(name: str, value: Any = None) -> None:
    """Count that an attribute of that name was set somewhere; in one of the user's, which only has
    the name of a transient one, there may be layers.
    """
    if name not in TRANSIENT or (name[0] != "_" and isinstance(value, _HOLDERS)):
        CHANGES.count += 1


class Tracked(SpelledKeywords):
    """A base class that counts attribute changes, for objects that compiled steps depend on.

    A function compiled with `ag.compile` compares the attributes before each call, except transient
    ones.
    """

    _not_captured = frozenset(TRANSIENT)

    def __setattr__(self, name: str, value: Any) -> None:
        track_change(name, value)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        track_change(name)
        object.__delattr__(self, name)


_HOLDERS = (Tracked, Variable, list, tuple, dict)


def is_own(thing: Any) -> bool:
    """Return if a class, a function or an object's class is defined here or in NumPy."""
    module = getattr(thing, "__module__", None) or type(thing).__module__
    return module.partition(".")[0] in ("nn", "autograd_lite", "numpy")
