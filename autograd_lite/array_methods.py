"""The methods of NumPy's arrays, with their arguments, in terms of NumPy's functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NoReturn, TypeVar

import numpy as np

Array = TypeVar("Array")


class ArrayMethods(Generic[Array]):
    """The methods of NumPy's arrays, for a class that defines how a NumPy function is called on it.

    `Array` is what a function of NumPy gives on it. Methods that change an array in place raise,
    and say what to write instead.
    """

    __slots__ = ()

    # What the class supplies: how an operation, and how any function of NumPy, is called.
    _record: Callable[..., Array]

    def _call(self, function: Any, *arguments: Any, **keywords: Any) -> Array:
        raise NotImplementedError

    # -- reductions --------------------------------------------------------------------------------

    def sum(self, *args: Any, **keywords: Any) -> Array:
        """As `np.sum`, with its arguments."""
        return self._record(np.sum, self, *args, **keywords)

    def mean(self, *args: Any, **keywords: Any) -> Array:
        """As `np.mean`."""
        return self._record(np.mean, self, *args, **keywords)

    def prod(self, *args: Any, **keywords: Any) -> Array:
        """As `np.prod`."""
        return self._record(np.prod, self, *args, **keywords)

    def max(self, *args: Any, **keywords: Any) -> Array:
        """As `np.max`; ties share the gradient equally."""
        return self._record(np.max, self, *args, **keywords)

    def min(self, *args: Any, **keywords: Any) -> Array:
        """As `np.min`; ties share the gradient equally."""
        return self._record(np.min, self, *args, **keywords)

    def ptp(self, *args: Any, **keywords: Any) -> Array:
        """As `np.ptp`."""
        return self._call(np.ptp, *args, **keywords)

    def var(self, *args: Any, **keywords: Any) -> Array:
        """As `np.var`."""
        return self._record(np.var, self, *args, **keywords)

    def std(self, *args: Any, **keywords: Any) -> Array:
        """As `np.std`; the gradient where all values are equal is zero."""
        return self._record(np.std, self, *args, **keywords)

    def any(self, *args: Any, **keywords: Any) -> Array:
        """As `np.any`."""
        return self._record(np.any, self, *args, **keywords)

    def all(self, *args: Any, **keywords: Any) -> Array:
        """As `np.all`."""
        return self._record(np.all, self, *args, **keywords)

    def cumsum(self, *args: Any, **keywords: Any) -> Array:
        """As `np.cumsum`."""
        return self._record(np.cumsum, self, *args, **keywords)

    def cumprod(self, *args: Any, **keywords: Any) -> Array:
        """As `np.cumprod`."""
        return self._record(np.cumprod, self, *args, **keywords)

    def trace(self, *args: Any, **keywords: Any) -> Array:
        """As `np.trace`."""
        return self._call(np.trace, *args, **keywords)

    # -- element by element ------------------------------------------------------------------------

    @property
    def real(self) -> Array:
        """The real part: all of it, since there are no complex numbers here."""
        return self._record(np.real, self)

    @property
    def imag(self) -> Array:
        """The imaginary part: zeros."""
        return self._call(np.imag)

    def conj(self) -> Array:
        """As `conjugate`."""
        return self.conjugate()

    def conjugate(self) -> Array:
        """As `ndarray.conjugate`: real numbers are their own conjugates."""
        return self._record(np.real, self)

    def clip(self, min: Any = None, max: Any = None, *args: Any, **keywords: Any) -> Array:
        """As `np.clip`."""
        return self._call(np.clip, min, max, *args, **keywords)

    def round(self, *args: Any, **keywords: Any) -> Array:
        """As `np.round`: the gradient is zero."""
        return self._record(np.round, self, *args, **keywords)

    def dot(self, *args: Any, **keywords: Any) -> Array:
        """As `np.dot`."""
        return self._call(np.dot, *args, **keywords)

    def copy(self, order: Any = "C") -> Array:
        """As `np.copy`: recorded, the gradient passes through."""
        _require_order(order)
        return self._record(np.copy, self)

    # -- other shapes ------------------------------------------------------------------------------

    @property
    def T(self) -> Array:
        """The transpose: all axes reversed."""
        return self._record(np.transpose, self)

    @property
    def mT(self) -> Array:
        """The matrix transpose: the last two axes exchanged."""
        if np.ndim(self) < 2:  # type: ignore[arg-type]
            raise ValueError(
                "mT needs at least 2 axes: matrix transpose with ndim < 2 is undefined"
            )
        return self._record(np.swapaxes, self, axis1=-2, axis2=-1)

    def reshape(self, *shape: Any, order: Any = "C", copy: bool | None = None) -> Array:
        """As `ndarray.reshape`: the shape as one tuple or as several integers."""
        if not shape:
            raise TypeError("reshape() takes the shape, as a tuple or as integers; got nothing")
        keywords = {} if copy is None else {"copy": copy}
        wanted = shape[0] if len(shape) == 1 else shape
        return self._record(np.reshape, self, shape=wanted, order=order, **keywords)

    def ravel(self, order: Any = "C") -> Array:
        """As `np.ravel`."""
        return self._record(np.ravel, self, order=order)

    def flatten(self, order: Any = "C") -> Array:
        """As `np.ravel`: a Tensor is never a view that could be written through."""
        return self._record(np.ravel, self, order=order)

    def transpose(self, *axes: Any) -> Array:
        """As `ndarray.transpose`: no axes, one tuple, or several integers."""
        return self._record(np.transpose, self, axes=axes[0] if len(axes) == 1 else (axes or None))

    def swapaxes(self, axis1: int, axis2: int) -> Array:
        """As `np.swapaxes`."""
        return self._record(np.swapaxes, self, axis1=axis1, axis2=axis2)

    def squeeze(self, axis: Any = None) -> Array:
        """As `np.squeeze`."""
        return self._record(np.squeeze, self, axis=axis)

    def diagonal(self, *args: Any, **keywords: Any) -> Array:
        """As `np.diagonal`."""
        return self._call(np.diagonal, *args, **keywords)

    def repeat(self, *args: Any, **keywords: Any) -> Array:
        """As `np.repeat`."""
        return self._call(np.repeat, *args, **keywords)

    # -- selecting ---------------------------------------------------------------------------------

    def take(self, *args: Any, **keywords: Any) -> Array:
        """As `np.take`."""
        return self._call(np.take, *args, **keywords)

    def choose(self, *choices: Any, out: None = None, mode: str = "raise") -> Array:
        """As `ndarray.choose`: the choices in one sequence or as several arguments."""
        given = choices[0] if len(choices) == 1 else choices
        return self._call(np.choose, given, out=out, mode=mode)

    def compress(self, condition: Any, axis: Any = None, out: None = None) -> Array:
        """As `np.compress`, of the elements where the condition holds."""
        function: Any = np.compress
        result: Array = function(condition, self, axis, out)
        return result

    def nonzero(self) -> Any:
        """As `np.nonzero`: arrays of indices, not recorded."""
        return self._call(np.nonzero)

    # -- searching ---------------------------------------------------------------------------------

    def argmax(self, *args: Any, **keywords: Any) -> Array:
        """As `np.argmax`: recorded, without a gradient."""
        return self._record(np.argmax, self, *args, **keywords)

    def argmin(self, *args: Any, **keywords: Any) -> Array:
        """As `np.argmin`: recorded, without a gradient."""
        return self._record(np.argmin, self, *args, **keywords)

    def argsort(self, *args: Any, **keywords: Any) -> Array:
        """As `np.argsort`: recorded, without a gradient."""
        return self._record(np.argsort, self, *args, **keywords)

    def argpartition(self, *args: Any, **keywords: Any) -> Array:
        """As `np.argpartition`: recorded, without a gradient."""
        return self._record(np.argpartition, self, *args, **keywords)

    def searchsorted(self, *args: Any, **keywords: Any) -> Array:
        """As `np.searchsorted`: recorded, without a gradient."""
        return self._record(np.searchsorted, self, *args, **keywords)

    # -- refused: they change an array in place ----------------------------------------------------

    def sort(self, *args: Any, **keywords: Any) -> NoReturn:
        """Raise: `ndarray.sort` changes an array in place."""
        raise _in_place("sort", "y = np.sort(x)")

    def partition(self, *args: Any, **keywords: Any) -> NoReturn:
        """Raise: `ndarray.partition` changes an array in place."""
        raise _in_place("partition", "y = np.partition(x, kth)")

    def fill(self, *args: Any, **keywords: Any) -> NoReturn:
        """Raise: `ndarray.fill` changes an array in place."""
        raise _in_place("fill", "y = np.full_like(x, value)")

    def put(self, *args: Any, **keywords: Any) -> NoReturn:
        """Raise: `ndarray.put` changes an array in place."""
        raise _in_place("put", "y = np.where(mask, values, x), or ag.put(values, index, x.shape)")

    def resize(self, *args: Any, **keywords: Any) -> NoReturn:
        """Raise: `ndarray.resize` changes an array in place."""
        raise _in_place("resize", "y = np.resize(x, shape)")


def _require_order(order: Any) -> None:
    """Raise for an unknown order, as NumPy does; orders lay out memory and change no value."""
    np.array(0, order=order)


def _in_place(name: str, instead: str) -> TypeError:
    return TypeError(
        f"x.{name}() changes an array in place, which the record of a Tensor cannot follow. "
        f"Write {instead}"
    )
