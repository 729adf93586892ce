"""Arguments that several pictures take: models, numbers of classes and units, names of steps."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from nn.layers.base import Layer


def require_layer(given: Any) -> None:
    """Require a model or a layer.

    Raises:
        TypeError: for anything else, such as a name.

    Example:
        >>> require_layer("conv2d")
        Traceback (most recent call last):
        TypeError: give a model or a layer itself, got 'conv2d': model.get_layer('conv2d')
    """
    if not isinstance(given, Layer):
        hint = f": model.get_layer({given!r})" if isinstance(given, str) else ""
        raise TypeError(f"give a model or a layer itself, got {given!r:.80}{hint}")


def index_of(kind: str, given: Any, count: int) -> int:
    """Return the number of a class or of a unit, counted from 0; a negative one from the end.

    Raises:
        TypeError: if it is not a whole number.
        ValueError: if there is none of that number.

    Example:
        >>> index_of("target is a class", -1, 3)
        2
    """
    try:
        number = operator.index(given)
    except TypeError:
        raise TypeError(f"{kind} from 0 to {count - 1}, got {given!r}") from None
    if not -count <= number < count:
        raise ValueError(f"{kind} from 0 to {count - 1}, got {given}")
    return number % count


def names_of(tokens: Sequence[Any] | None, steps: int, first: int = 0) -> list[str]:
    """Return what stands at the steps: the tokens, or else their numbers.

    Raises:
        ValueError: for another number of tokens than steps.

    Example:
        >>> names_of(None, 3, first=1), names_of(["a", "b"], 2)
        (['1', '2', '3'], ['a', 'b'])
    """
    names = list(map(str, range(first, first + steps) if tokens is None else tokens))
    if len(names) != steps:
        raise ValueError(f"{len(names)} tokens are given for {steps} steps: write one for each")
    return names


def names_of_classes(classes: Sequence[Any] | None, count: int) -> list[str]:
    """Return the names of so many classes, "class 0", ... by default.

    Raises:
        ValueError: for another number of names.
    """
    if classes is not None and len(classes) != count:
        raise ValueError(f"{len(classes)} names are given for {count} classes")
    return [f"class {c}" for c in range(count)] if classes is None else list(map(str, classes))


def shortened(name: str, letters: int) -> str:
    """Return a name with at most so many letters, "…" the last where some are left out.

    Example:
        >>> shortened("unbelievable", 6)
        'unbel…'
    """
    return name if len(name) <= letters else f"{name[: letters - 1]}…"
