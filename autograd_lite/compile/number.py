"""`Number`: a Python number among the arguments of a function that is being compiled.

It stays a Python number in arithmetic: ``float32 * number`` is float32, as it would be in the
function itself.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.tensor import Tensor, leaf, record, record_as

__all__ = ["Number", "compute", "number"]


class Number(Tensor):
    """A Tensor whose data is a Python int or float."""

    __slots__ = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a number, ()."""
        return ()

    @property
    def ndim(self) -> int:
        """Of a number, 0."""
        return 0

    @property
    def dtype(self) -> np.dtype[Any]:
        """What NumPy would make of the number by itself."""
        return np.dtype(type(self._data))


def number(value: float | int, name: str | None = None) -> Number:
    """A leaf that stands for `value`."""
    made: Any = leaf(np.empty(()), name=name)
    made.__class__ = Number
    made._data = value
    return made  # type: ignore[no-any-return]


def compute(function: Any, a: Any, b: Any) -> Tensor:
    """Arithmetic with a number: of numbers alone it is Python's, and gives a Number again."""
    if not (isinstance(a, _NUMBERS) and isinstance(b, _NUMBERS)):
        return record(function, a, b)
    value = _OPERATORS[function](_plain(a), _plain(b))
    if isinstance(value, complex):
        raise ValueError(f"{_plain(a)} ** {_plain(b)} is complex, and complex numbers stay out")
    result: Any = record_as(function, (a, b), np.empty(()))
    result.__class__ = Number
    result._data = value
    return result  # type: ignore[no-any-return]


def _plain(x: Any) -> Any:
    return x._data if isinstance(x, Number) else x


def _arithmetic(function: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """An operator and its reflection."""

    def forward(self: Number, other: Any) -> Any:
        return compute(function, self, other)

    def reflected(self: Number, other: Any) -> Any:
        return compute(function, other, self)

    return forward, reflected


def _negative(self: Number) -> Any:
    return self * -1


_NUMBERS = (Number, int, float)
_OPERATORS: dict[Any, Callable[[Any, Any], Any]] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.floor_divide: operator.floordiv,
    np.remainder: operator.mod,
    np.power: operator.pow,
}
for _function, _operator in _OPERATORS.items():
    _forward, _reflected = _arithmetic(_function)
    setattr(Number, f"__{_operator.__name__}__", _forward)
    setattr(Number, f"__r{_operator.__name__}__", _reflected)
Number.__neg__ = _negative  # type: ignore[method-assign,assignment]
