"""`TracedArray`: what stands for the array of a Tensor while a function is compiled."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.tape import refuse_value


class TracedArray:
    """A shape and a dtype. There are no values yet: whoever asks for them is refused.

    Args:
        shape: the lengths of the axes.
        dtype: the type of the elements.
    """

    __slots__ = ("dtype", "shape")

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    __hash__ = None  # type: ignore[assignment]  # as of an array

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "dtype", dtype)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """An array, for whoever asks with isinstance: as it will be when the program runs."""
        return np.ndarray

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def itemsize(self) -> int:
        """The bytes that an element takes."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """The bytes that all elements take."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __repr__(self) -> str:
        return f"array(shape={self.shape}, dtype={self.dtype}, traced)"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # a protocol that somebody looks for
            raise AttributeError(name)
        return _refuse(f".{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        _refuse(f".{name} = ...")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        return _refuse("", f"np.{ufunc.__name__} of ")

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in (np.shape, np.ndim, np.size):
            return function.__wrapped__(*args, **kwargs)
        if function in (np.zeros_like, np.ones_like, np.full_like) and args[0] is self:
            return function(np.empty(self.shape, self.dtype), *args[1:], **kwargs)
        return _refuse("", f"np.{function.__name__} of ")


def _refuse(behind: str, before: str = "") -> Any:
    refuse_value(f"{before}tensor.data{behind}", _INSTEAD)
    raise RuntimeError(  # it was kept, and the function has been compiled by now
        "this has only the shape of an array: it was kept from a function while that was "
        "compiled. Return the value instead"
    )


def _refusing(operator: str) -> Callable[..., Any]:
    behind = {"getitem": "[...]", "setitem": "[...] = ..."}.get(operator, " in an expression")

    def refused(self: TracedArray, *args: Any, **kwargs: Any) -> Any:
        return _refuse(behind)

    return refused


_INSTEAD = (
    "It is not recorded, and would be a constant in the program. Compute with the Tensor itself "
    "and NumPy's functions, np.where(condition, a, b) for a branch; to change a Variable write "
    "w.assign(new) or w.assign_sub(rate * dw); or compute it beforehand, and pass it as an argument"
)
_ARITHMETIC = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift divmod"
_OTHERS = (
    "array bool float int index complex round iter contains getitem setitem delitem "
    "lt le gt ge eq ne neg pos abs invert buffer copy deepcopy reduce_ex format"
)
for _name in (
    *_OTHERS.split(),
    *_ARITHMETIC.split(),
    *(f"r{name}" for name in _ARITHMETIC.split()),
    *(f"i{name}" for name in _ARITHMETIC.split()),
):
    setattr(TracedArray, f"__{_name}__", _refusing(_name))
