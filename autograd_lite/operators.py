"""The operators of a Tensor: arithmetic, comparisons, indexing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, NoReturn, TypeVar

import numpy as np

Array = TypeVar("Array")


class ArrayOperators(Generic[Array]):
    """Python's operators, for a class that says how a function of NumPy is called on it.

    `Array` is what a function of NumPy gives on it.
    """

    __slots__ = ()

    # What the class supplies: how an operation, and how `take`, is called.
    _record: Callable[..., Array]
    _take: Callable[..., Array]

    __hash__ = object.__hash__

    def __neg__(self) -> Array:
        return self._record(np.negative, self)

    def __pos__(self) -> Array:
        return self._record(np.positive, self)

    def __abs__(self) -> Array:
        return self._record(np.absolute, self)

    def __invert__(self: Any) -> Array:
        result: Array = self._record(np.logical_not if self.dtype == bool else np.invert, self)
        return result

    def __add__(self, other: Any) -> Array:
        return self._record(np.add, self, other)

    def __radd__(self, other: Any) -> Array:
        return self._record(np.add, other, self)

    def __sub__(self, other: Any) -> Array:
        return self._record(np.subtract, self, other)

    def __rsub__(self, other: Any) -> Array:
        return self._record(np.subtract, other, self)

    def __mul__(self, other: Any) -> Array:
        return self._record(np.multiply, self, other)

    def __rmul__(self, other: Any) -> Array:
        return self._record(np.multiply, other, self)

    def __truediv__(self, other: Any) -> Array:
        return self._record(np.divide, self, other)

    def __rtruediv__(self, other: Any) -> Array:
        return self._record(np.divide, other, self)

    def __floordiv__(self, other: Any) -> Array:
        return self._record(np.floor_divide, self, other)

    def __rfloordiv__(self, other: Any) -> Array:
        return self._record(np.floor_divide, other, self)

    def __mod__(self, other: Any) -> Array:
        return self._record(np.remainder, self, other)

    def __rmod__(self, other: Any) -> Array:
        return self._record(np.remainder, other, self)

    def __divmod__(self: Any, other: Any) -> Any:
        return np.divmod(self, other)

    def __rdivmod__(self: Any, other: Any) -> Any:
        return np.divmod(other, self)

    def __pow__(self, other: Any) -> Array:
        return self._record(np.power, self, other)

    def __rpow__(self, other: Any) -> Array:
        return self._record(np.power, other, self)

    def __matmul__(self, other: Any) -> Array:
        return self._record(np.matmul, self, other)

    def __rmatmul__(self, other: Any) -> Array:
        return self._record(np.matmul, other, self)

    def __lt__(self, other: Any) -> Array:
        return self._record(np.less, self, other)

    def __le__(self, other: Any) -> Array:
        return self._record(np.less_equal, self, other)

    def __gt__(self, other: Any) -> Array:
        return self._record(np.greater, self, other)

    def __ge__(self, other: Any) -> Array:
        return self._record(np.greater_equal, self, other)

    def __eq__(self, other: object) -> Array:  # type: ignore[override]
        return self._record(np.equal, self, other)

    def __ne__(self, other: object) -> Array:  # type: ignore[override]
        return self._record(np.not_equal, self, other)

    def __and__(self, other: Any) -> Array:
        return self._record(np.bitwise_and, self, other)

    def __rand__(self, other: Any) -> Array:
        return self._record(np.bitwise_and, other, self)

    def __or__(self, other: Any) -> Array:
        return self._record(np.bitwise_or, self, other)

    def __ror__(self, other: Any) -> Array:
        return self._record(np.bitwise_or, other, self)

    def __xor__(self, other: Any) -> Array:
        return self._record(np.bitwise_xor, self, other)

    def __rxor__(self, other: Any) -> Array:
        return self._record(np.bitwise_xor, other, self)

    def __lshift__(self, other: Any) -> Array:
        return self._record(np.left_shift, self, other)

    def __rlshift__(self, other: Any) -> Array:
        return self._record(np.left_shift, other, self)

    def __rshift__(self, other: Any) -> Array:
        return self._record(np.right_shift, self, other)

    def __rrshift__(self, other: Any) -> Array:
        return self._record(np.right_shift, other, self)

    # ``w -= 0.1 * w.grad`` would make `w` a new, recorded Tensor, and the leaf would be lost.

    def __iadd__(self, other: Any) -> Array:
        _refuse_inplace_on_leaf(self, "+")
        return self._record(np.add, self, other)

    def __isub__(self, other: Any) -> Array:
        _refuse_inplace_on_leaf(self, "-")
        return self._record(np.subtract, self, other)

    def __imul__(self, other: Any) -> Array:
        _refuse_inplace_on_leaf(self, "*")
        return self._record(np.multiply, self, other)

    def __itruediv__(self, other: Any) -> Array:
        _refuse_inplace_on_leaf(self, "/")
        return self._record(np.divide, self, other)

    def __ifloordiv__(self, other: Any) -> Array:
        _refuse_inplace_on_leaf(self, "//")
        return self._record(np.floor_divide, self, other)

    def __imod__(self, other: Any) -> Array:
        _refuse_inplace_on_leaf(self, "%")
        return self._record(np.remainder, self, other)

    def __ipow__(self, other: Any) -> Array:
        _refuse_inplace_on_leaf(self, "**")
        return self._record(np.power, self, other)

    def __imatmul__(self, other: Any) -> Array:
        _refuse_inplace_on_leaf(self, "@")
        return self._record(np.matmul, self, other)

    # -- indexing ----------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Array:
        return self._take(self, index)

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError(
            "a Tensor's elements cannot be assigned: the record would no longer be true. Build a "
            "new one, y = np.where(mask, value, x) or ag.put(value, index, x.shape); to change a "
            "leaf between steps, write x.data[index] = value"
        )

    def __iter__(self: Any) -> Iterator[Array]:
        if self.ndim == 0:
            raise TypeError("a 0-d Tensor cannot be iterated over; its number is tensor.item()")
        return (self[i] for i in range(len(self)))


def _refuse_inplace_on_leaf(tensor: Any, sign: str) -> None:
    if tensor.function is None and tensor.requires_grad:
        name = tensor.name or "w"
        raise TypeError(
            f"{name} {sign}= ... would replace the leaf {name} by a recorded result. To update "
            f"a parameter write {name}.data {sign}= ...; for a new Tensor, y = {name} {sign} ..."
        )
