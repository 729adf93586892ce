"""Regularizers: penalties on weights, added to the loss."""

from __future__ import annotations

import abc
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.extend import FrozenFields, frozen
from nn._core.identifiers import Configured, deserializer, resolve
from nn._core.identifiers import serialize as serialize
from nn._core.validation import require_number

__all__ = ["L1", "L1L2", "L2", "Regularizer", "get"]


class Regularizer(Configured, FrozenFields, abc.ABC):
    """The base of regularizers: functions from a Tensor to a penalty, one number.

    Your own can be a function ``f(x)``, or a dataclass that inherits from this and defines
    `__call__`, which has a config.
    """

    @abc.abstractmethod
    def __call__(self, x: Any) -> Any:
        """Compute the penalty on a Tensor, a Variable or an array: of its dtype, without axes."""


@frozen
class L1(Regularizer):
    """l1 * sum(|x|), which drives weights to exactly 0.

    Args:
        l1: the factor, 0 or more.

    Example:
        >>> float(L1(0.1)(np.array([3.0, -4.0])))
        0.7000000000000001
    """

    l1: float = 0.01

    def __post_init__(self) -> None:
        require_number("l1", self.l1)

    def __call__(self, x: Any) -> Any:
        """Compute the penalty on a Tensor, a Variable or an array: of its dtype, without axes."""
        return np.sum(np.abs(x)) * self.l1


@frozen
class L2(Regularizer):
    """l2 * sum(x²), which shrinks all weights, the large ones most: weight decay, ridge.

    Args:
        l2: the factor, 0 or more.

    Example:
        >>> float(L2(0.1)(np.array([3.0, -4.0])))
        2.5
    """

    l2: float = 0.01

    def __post_init__(self) -> None:
        require_number("l2", self.l2)

    def __call__(self, x: Any) -> Any:
        """Compute the penalty on a Tensor, a Variable or an array: of its dtype, without axes."""
        return np.sum(np.square(x)) * self.l2


@frozen
class L1L2(Regularizer):
    """l1 * sum(|x|) + l2 * sum(x²): elastic net.

    Args:
        l1: the factor of the first, 0 or more.
        l2: the factor of the second, 0 or more.
    """

    l1: float = 0.0
    l2: float = 0.0

    def __post_init__(self) -> None:
        require_number("l1", self.l1)
        require_number("l2", self.l2)

    def __call__(self, x: Any) -> Any:
        """Compute the penalty on a Tensor, a Variable or an array: of its dtype, without axes."""
        return np.sum(np.abs(x)) * self.l1 + np.sum(np.square(x)) * self.l2


l1, l2, l1_l2 = L1, L2, L1L2  # Keras's other names

# By name alone, both factors are those of L1 and L2: without any it would penalise nothing.
_TABLE: dict[str, Callable[..., Regularizer]] = {
    "l1": L1,
    "l2": L2,
    "l1l2": functools.partial(L1L2, l1=0.01, l2=0.01),
}


def get(identifier: Any) -> Callable[[Any], Any] | None:
    """Resolve a ``kernel_regularizer=`` argument.

    Args:
        identifier: None for none; "l1", "l2" or "l1l2", with factors of 0.01; a `Regularizer`; a
            function ``f(x)``; a config as `nn._core.identifiers.serialize` makes it.

    Raises:
        ValueError: for an unknown name.
        TypeError: for anything else.
    """
    if identifier is None:
        return None
    if callable(identifier) and not isinstance(identifier, type):
        function: Callable[[Any], Any] = identifier
        return function
    return resolve("regularizer", identifier, Regularizer, _TABLE)


deserialize = deserializer(get)
