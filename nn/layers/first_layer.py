"""Keywords by which the first layer of a Sequential declares its input: `input_shape=` and kin."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

FIRST_LAYER = ("input_shape", "batch_input_shape", "input_dim", "input_length")


def takes_first_layer_keywords(init: Callable[..., None]) -> Callable[..., None]:
    """Wrap a layer's `__init__` so that it takes them, besides its own arguments."""

    @functools.wraps(init)
    def initialized(layer: Any, /, *args: Any, **kwargs: Any) -> None:
        given = {name: kwargs.pop(name) for name in kwargs.keys() & _not_own(init)}
        if given:
            vars(layer)["_first_layer"] = given
        init(layer, *args, **kwargs)

    return initialized


@functools.lru_cache(maxsize=1024)
def _not_own(init: Callable[..., None]) -> frozenset[str]:
    """Select the keywords that an `__init__` does not take itself."""
    return frozenset(FIRST_LAYER).difference(inspect.signature(init).parameters)


def batch_shape_of(layer: Any) -> tuple[int | None, ...] | None:
    """The shape of a batch that the keywords of a first layer declare; None without them.

    ``input_dim=3`` means samples of shape (3,), with ``input_length=10`` (10, 3); of a layer of
    indices, ``input_length=10`` means (10,).
    """
    given = getattr(layer, "_first_layer", None)
    if not given:
        return None
    if given.get("batch_input_shape") is not None:
        return tuple(given["batch_input_shape"])
    shape = given.get("input_shape")
    if isinstance(shape, int):
        raise TypeError(
            f"input_shape of {layer.name} is a tuple, for one axis input_shape=({shape},); got "
            f"{shape!r}"
        )
    if shape is not None:
        return (None, *shape)
    width, length = given.get("input_dim"), given.get("input_length")
    if width is None:
        return None if length is None else (None, *_as_tuple(length))
    return (None, width) if length is None else (None, *_as_tuple(length), width)


def _as_tuple(length: Any) -> tuple[Any, ...]:
    return tuple(length) if isinstance(length, (list, tuple)) else (length,)
