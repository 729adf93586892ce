"""`Number`: a Python number among the arguments of a function that is being compiled.

It stays a Python number in arithmetic: ``float32 * number`` is float32, as it would be in the
function itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.tensor import Tensor, leaf, record

__all__ = ["Number", "number"]


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


def _arithmetic(function: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """An operator and its reflection: of numbers alone they give a Number again."""

    def operate(a: Any, b: Any) -> Any:
        result: Any = record(function, a, b)
        if all(isinstance(x, (Number, int, float)) for x in (a, b)):
            result._data = result._data.item()
            result.__class__ = Number
        return result

    def forward(self: Number, other: Any) -> Any:
        return operate(self, other)

    def reflected(self: Number, other: Any) -> Any:
        return operate(other, self)

    return forward, reflected


def _negative(self: Number) -> Any:
    return self * -1


for _name, _function in (
    ("add", np.add),
    ("sub", np.subtract),
    ("mul", np.multiply),
    ("truediv", np.divide),
    ("floordiv", np.floor_divide),
    ("mod", np.remainder),
    ("pow", np.power),
):
    _forward, _reflected = _arithmetic(_function)
    setattr(Number, f"__{_name}__", _forward)
    setattr(Number, f"__r{_name}__", _reflected)
Number.__neg__ = _negative  # type: ignore[method-assign,assignment]
