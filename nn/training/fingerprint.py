"""What a compiled step has taken as given: hyperparameters, layers, which weights are trained.

Setting an attribute of a layer, a loss, a metric or an optimizer is noted here, which takes no time
to ask about; whether it was one that matters is only then looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from autograd_lite.compile.captured import Captured
from autograd_lite.tree import flatten
from nn._core.tracking import PASSING, changes, is_own
from nn.layers.base import Layer, walk
from nn.training.network import Network

__all__ = ["Configuration", "parts_of"]


class Configuration:
    """All that a compiled step of a model takes as given, at one moment.

    The model holds this object, which therefore does not hold the model: that would be a cycle.

    Args:
        model: compiled, if it is to be trained.

    Attributes:
        is_ours: whether all that the model consists of is of this package, with no function of the
            user's in it.
    """

    def __init__(self, model: Network) -> None:
        self._changes = changes()
        parts = parts_of(model)
        self._described = [(None if p is model else p, _attributes(p)) for p in parts]
        functions = [f for part in parts for f in _functions_of(part)]
        self.is_ours = all(map(is_own, parts)) and not functions
        roots = {
            f"{getattr(f, '__name__', type(f).__name__)} {i}": f for i, f in enumerate(functions)
        }
        self._captured = Captured(roots) if functions else None

    def holds(self, model: Network) -> bool:
        """Whether the model is still as it was."""
        if self._captured is not None and self._captured.difference() is not None:
            return False
        if self._changes == changes():
            return True
        now = Configuration(model)
        if not _same(self._described, now._described):
            return False
        self._changes = now._changes
        return True


def parts_of(model: Network) -> list[Any]:
    """The layers, the optimizer, the losses and the metrics of a model, itself included."""
    parts: list[Any] = [part for part in walk(model) if isinstance(part, Layer)]
    if model.optimizer is not None:
        parts.append(model.optimizer)
    if model._objective is not None:
        parts.append(model._objective)
        parts += [loss for loss in flatten(model._objective.loss) if loss is not None]
    if model._measures is not None:
        parts += model._measures.metrics
    return parts


def _attributes(part: Any) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in vars(part).items() if name not in PASSING]


def _functions_of(part: Any) -> Iterator[Callable[..., Any]]:
    """The user's functions in a part: those that it keeps, and its methods."""
    if not is_own(type(part)):
        for kind in type(part).__mro__:
            if not is_own(kind) and kind is not object:
                yield from (value for value in vars(kind).values() if callable(value))
    yield from (value for value in vars(part).values() if callable(value) and not is_own(value))


def _same(one: list[tuple[Any, Any]], other: list[tuple[Any, Any]]) -> bool:
    """Whether there are the same parts, with the same values in their attributes."""
    return len(one) == len(other) and all(
        a is b and len(x) == len(y) and all(map(_equal, x, y))
        for (a, x), (b, y) in zip(one, other, strict=True)
    )


def _equal(one: tuple[str, Any], other: tuple[str, Any]) -> bool:
    a, b = one[1], other[1]
    if one[0] != other[0]:
        return False
    return a is b or (type(a) is type(b) and isinstance(a, (int, float, str)) and a == b)
