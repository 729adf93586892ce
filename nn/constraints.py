"""Constraints: projections of weights onto allowed values after each update."""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.extend import FrozenFields, frozen
from nn._core.identifiers import Configured, classes_by_name, deserializer, resolve
from nn._core.identifiers import serialize as serialize
from nn._core.validation import require_number

__all__ = ["Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "get"]

Axes = int | Sequence[int]


class Constraint(Configured, FrozenFields, abc.ABC):
    """The base of constraints: functions that project weights onto allowed values.

    Your own can be a function ``f(w)``, or a dataclass that inherits from this and defines
    `__call__`, which has a config.
    """

    @abc.abstractmethod
    def __call__(self, w: Any) -> Any:
        """Project the weights: a new array (Tensor) of the shape and dtype of `w`."""


@frozen
class MaxNorm(Constraint):
    """Scale vectors whose norm exceeds `max_value` down to it; leave the others.

    Args:
        max_value: the largest norm, positive.
        axis: the axis, or axes, along which a vector lies: 0 for each unit's incoming weights in
            a Dense kernel (inputs, units), (0, 1, 2) in a Conv2D kernel.

    Example:
        >>> MaxNorm(1.0)(np.array([[3.0, 0.3], [4.0, 0.4]]))
        array([[0.6, 0.3],
               [0.8, 0.4]])
    """

    max_value: float = 2
    axis: Axes = 0

    def __post_init__(self) -> None:
        require_number("max_value", self.max_value, positive=True)

    def __call__(self, w: Any) -> Any:
        """Project the weights: a new array (Tensor) of the shape and dtype of `w`."""
        return w * (self.max_value / np.maximum(_norm(w, self.axis), self.max_value))


@frozen
class UnitNorm(Constraint):
    """Scale every vector to norm 1; a vector of zeros stays.

    Args:
        axis: as in `MaxNorm`.
    """

    axis: Axes = 0

    def __call__(self, w: Any) -> Any:
        """Project the weights: a new array (Tensor) of the shape and dtype of `w`."""
        norm = _norm(w, self.axis)
        return w / np.where(norm == 0, np.ones_like(norm), norm)


@frozen
class MinMaxNorm(Constraint):
    """Scale vectors whose norm is outside of an interval towards its nearer end.

    Args:
        min_value: the smallest norm.
        max_value: the largest norm.
        rate: how far vectors are scaled: 1 all the way to the interval.
        axis: as in `MaxNorm`.

    Example:
        >>> MinMaxNorm(1.0, 2.0)(np.array([[3.0, 0.3], [4.0, 0.4]]))
        array([[1.2, 0.6],
               [1.6, 0.8]])
    """

    min_value: float = 0.0
    max_value: float = 1.0
    rate: float = 1.0
    axis: Axes = 0

    def __call__(self, w: Any) -> Any:
        """Project the weights: a new array (Tensor) of the shape and dtype of `w`."""
        norm = _norm(w, self.axis)
        wanted = np.clip(norm, self.min_value, self.max_value)
        wanted = self.rate * wanted + (1 - self.rate) * norm
        return w * (wanted / np.where(norm == 0, np.ones_like(norm), norm))


@frozen
class NonNeg(Constraint):
    """Replace negative numbers by 0."""

    def __call__(self, w: Any) -> Any:
        """Project the weights: a new array (Tensor) of the shape and dtype of `w`."""
        return np.maximum(w, 0)


# Keras's other names.
max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm

_TABLE: dict[str, Callable[..., Constraint]] = classes_by_name(globals(), Constraint)


def get(identifier: Any) -> Callable[[Any], Any] | None:
    """Resolve a ``kernel_constraint=`` argument.

    Args:
        identifier: None for none; "max_norm", "non_neg" or "unit_norm"; a `Constraint`; a
            function ``f(w)``; a config as `nn._core.identifiers.serialize` makes it.

    Raises:
        ValueError: for an unknown name.
        TypeError: for anything else.
    """
    if identifier is None:
        return None
    if callable(identifier) and not isinstance(identifier, type):
        function: Callable[[Any], Any] = identifier
        return function
    return resolve("constraint", identifier, Constraint, _TABLE)


def _norm(w: Any, axis: Axes) -> Any:
    """Compute Euclidean norms along an axis, which is kept with length 1."""
    axes = axis if isinstance(axis, int) else tuple(axis)
    return np.sqrt(np.sum(np.square(w), axis=axes, keepdims=True))


deserialize = deserializer(get)
