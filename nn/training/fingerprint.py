"""The assumptions of a compiled step: hyperparameters, layers, which weights are trained.

Changes of attributes of layers, losses, metrics and optimizers are counted, so that asking costs no
time; values are compared only after the count has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from autograd_lite.extend import Attributes, Captured, flatten
from nn._core.tracking import CHANGES, TRANSIENT, Tracked, is_own
from nn.layers.base import Layer
from nn.layers.module import walk
from nn.optimizers import Optimizer
from nn.training.network import Network

_IGNORED = frozenset(TRANSIENT) | {"_generator"}


class Fingerprint:
    """The state that a compiled step of a model assumes, at one moment.

    The model holds this object, which therefore does not hold the model.

    Args:
        model: compiled, if it is to be trained.

    Attributes:
        is_ours: True if every part of the model is this package's, without a user's function.
        captured: the values reachable from the model.
    """

    def __init__(self, model: Network) -> None:
        self._changes = CHANGES.count
        parts = parts_of(model)
        functions = [f for part in parts for f in _functions_of(part)]
        self.is_ours = all(map(is_own, parts)) and not functions
        self._attributes = _attributes(model)
        roots = {f"{type(part).__name__} {i}": part for i, part in enumerate(parts[1:])}
        roots |= {f"{model.name}.{name}": value for name, value in self._attributes.items()}
        roots |= {f"{_name_of(f)} {i}": f for i, f in enumerate(functions)}
        self.captured = Captured(roots)
        places = [] if self.is_ours else self.captured.places
        self._untracked = [place for place in places if not _is_tracked(place)]

    def watch_attributes(self, model: Network) -> Captured:
        """Return what is captured, with the attributes that the model sets while it is traced."""
        # A model that was not called yet is given its name while it is traced.
        self.captured.places.append(Attributes(model, model.name, _IGNORED | {"_name"}))
        return self.captured

    @property
    def is_untouched(self) -> bool:
        """True if no attribute of anything was set since it held, so that it holds."""
        return self._changes == CHANGES.count and not self._untracked

    def holds(self, model: Network) -> bool:
        """Return if the model has not changed."""
        if not all(place.holds() for place in self._untracked):
            return False
        if self._changes == CHANGES.count:
            return True
        now = _attributes(model)
        if now.keys() != self._attributes.keys() or not all(
            _equal(now[name], value) for name, value in self._attributes.items()
        ):
            return False
        if self.captured.difference() is not None:
            return False
        self._changes = CHANGES.count
        return True


def parts_of(model: Network) -> list[Any]:
    """Return the layers, optimizer, losses and metrics of a model, itself included."""
    parts: list[Any] = [part for part in walk(model) if isinstance(part, Layer)]
    if model.optimizer is not None:
        parts.append(model.optimizer)
    if model.compile_loss is not None:
        parts.append(model.compile_loss)
        parts += [loss for loss in flatten(model.compile_loss.loss) if loss is not None]
    if model.compile_metrics is not None:
        parts += model.compile_metrics.metrics
    return parts


def _attributes(model: Network) -> dict[str, Any]:
    """Return a model's own attributes, except its generator, which shuffles before the steps."""
    return {name: value for name, value in vars(model).items() if name not in _IGNORED}


def _is_tracked(place: Any) -> bool:
    """Return if `CHANGES` counts changes of this place."""
    return isinstance(place, Attributes) and isinstance(place.holder, (Tracked, Optimizer))


def _name_of(function: Any) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _functions_of(part: Any) -> Iterator[Callable[..., Any]]:
    """Yield the user's functions in a part: its methods, and those in its attributes."""
    if not is_own(type(part)):
        for kind in type(part).__mro__:
            if not is_own(kind) and kind is not object:
                yield from (value for value in vars(kind).values() if callable(value))
    yield from (value for value in vars(part).values() if callable(value) and not is_own(value))


def _equal(a: Any, b: Any) -> bool:
    return a is b or (type(a) is type(b) and isinstance(a, (int, float, str)) and a == b)
