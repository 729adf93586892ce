"""Ufuncs called with keywords, and their methods: `reduce`, `accumulate`, `reduceat`, `outer`."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from autograd_lite.primitives import cast
from autograd_lite.rules.helpers import as_array, axes_of, axis_of, in_front, read
from autograd_lite.table import composite, refused_keyword
from autograd_lite.tensor import Tensor, unwrap

# -- called with keywords --------------------------------------------------------------------------


@composite(np.ufunc.__call__)
def _called(
    ufunc: Any,
    *inputs: Any,
    where: Any = True,
    dtype: Any = None,
    signature: Any = None,
    casting: Any = "same_kind",
    order: Any = "K",
    subok: bool = True,
    axes: Any = None,
    axis: Any = None,
    keepdims: bool = False,
    **others: Any,
) -> Any:
    """By casts, `np.where`, and axes that are moved. The layout in memory is NumPy's affair."""
    _refuse(ufunc.__name__, others)
    np.array(0, order=order)  # raises for a letter that is no order
    if ufunc.signature is not None:
        if where is not True:
            raise TypeError(f"{ufunc.__name__}() got an unexpected keyword argument 'where'")
        if axes is not None or axis is not None or keepdims:
            return _along(ufunc, inputs, axes, axis, keepdims)
    if dtype is not None:
        if signature is not None:
            raise TypeError("cannot specify both 'signature' and 'dtype'")
        signature = (*(None,) * ufunc.nin, *(np.dtype(dtype),) * ufunc.nout)
    if signature is not None or casting != "same_kind":
        inputs = _converted(ufunc, inputs, signature, casting)
    return ufunc(*inputs) if where is True else _selected(ufunc, inputs, where)


def _refuse(name: str, others: dict[str, Any]) -> None:
    """Raise for the first keyword that says something, ``out=`` above all."""
    for keyword, value in others.items():
        if value is not None:
            raise refused_keyword(name, keyword, ())


def _converted(
    ufunc: Any, inputs: tuple[Any, ...], signature: Any, casting: Any
) -> tuple[Any, ...]:
    """The inputs in the dtypes that NumPy computes with; raises where `casting` forbids them."""
    given = [
        type(x) if type(x) in (int, float) else getattr(x, "dtype", None) or np.result_type(x)
        for x in inputs
    ]
    dtypes = ufunc.resolve_dtypes(
        (*given, *(None,) * ufunc.nout),
        signature=signature or (None,) * ufunc.nargs,
        casting=casting,
    )
    return tuple(
        x if had == dtype else cast(as_array(x), dtype=dtype)
        for x, had, dtype in zip(inputs, given, dtypes, strict=False)
    )


_HARMLESS = {np.arctanh: False}  # at 1 it is infinite


def _selected(ufunc: Any, inputs: tuple[Any, ...], where: Any) -> Any:
    """The result where the mask says so; elsewhere 0, and no gradient.

    NumPy leaves there what happened to be in memory, and computes nothing: the inputs are replaced
    by 1, at which no other ufunc complains.
    """
    mask = where if isinstance(where, (Tensor, np.ndarray)) else np.asarray(where, dtype=bool)
    if mask.dtype != bool:
        raise TypeError(f"where= is a mask of booleans, got an array of {mask.dtype}")
    harmless = _HARMLESS.get(ufunc, True)
    results = ufunc(
        *(x if isinstance(x, (int, float)) else np.where(mask, x, harmless) for x in inputs)
    )
    if isinstance(results, tuple):
        return tuple(np.where(mask, y, False) for y in results)
    return np.where(mask, results, False)


def _along(ufunc: Any, inputs: tuple[Any, ...], axes: Any, axis: Any, keepdims: bool) -> Any:
    """A generalized ufunc (`np.matmul`, `np.vecdot`) along other axes than the last."""
    ways: dict[str, Any] = {"axes": axes, "axis": axis, "keepdims": keepdims or None}
    expected = ufunc(*map(unwrap, inputs), **{k: v for k, v in ways.items() if v is not None})
    *lengths, _ = (part.count(",") + bool(part.strip("()")) for part in _core(ufunc))
    if axes is None:
        axes = [(-1 if axis is None else axis,) * n for n in lengths]
    at = [(a,) if np.ndim(a) == 0 else tuple(a) for a in axes]
    moved = (
        np.moveaxis(x, where, tuple(range(-len(where), 0)))
        for x, where in zip(inputs, at, strict=False)
    )
    result = ufunc(*moved)
    if keepdims:
        return np.reshape(result, expected.shape)
    to = at[-1] if len(at) > len(inputs) else ()
    return np.moveaxis(result, tuple(range(-len(to), 0)), to)


def _core(ufunc: Any) -> list[str]:
    """The core dimensions of each operand: ``"(m,n),(n)->(m)"`` apart."""
    return str(ufunc.signature).replace("->", ",").replace("),(", ") (").split()


# -- methods ---------------------------------------------------------------------------------------

_REDUCTIONS: dict[Any, Any] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}
_ACCUMULATIONS: dict[Any, Any] = {np.add: np.cumsum, np.multiply: np.cumprod}


@composite(np.ufunc.reduce)
def _reduce(
    ufunc: Any,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
    **others: Any,
) -> Any:
    """By the function it is known by (`np.sum`), or element after element, as NumPy does it."""
    _refuse(f"{ufunc.__name__}.reduce", others)
    given: dict[str, Any] = {"keepdims": keepdims}
    if dtype is not None:
        given["dtype"] = dtype
    if initial is not None:
        given["initial"] = initial
    if where is not True:
        given["where"] = where
    if ufunc in _REDUCTIONS and (dtype is None or ufunc in _ACCUMULATIONS):
        return _REDUCTIONS[ufunc](array, axis=axis, **given)
    plain = {name: unwrap(x) for name, x in given.items()}
    expected = ufunc.reduce(unwrap(array), axis=axis, **plain)  # NumPy refuses what it cannot do
    reduced = axes_of(array, axis)
    x = in_front(array if dtype is None else cast(array, dtype=dtype), reduced)
    mask = None if where is True else in_front(np.broadcast_to(where, array.shape), reduced)
    start = ufunc.identity if initial is None and (mask is not None or not len(x)) else initial
    total = _folded(ufunc, x, start, mask)
    if total.dtype != expected.dtype:
        total = cast(total, dtype=expected.dtype)
    return np.reshape(total, expected.shape)


def _folded(ufunc: Any, x: Any, start: Any, mask: Any) -> Any:
    """The ufunc of all rows one after the other, of those where the mask says so."""
    if start is None:
        start, x = x[0], x[1:]
    if not isinstance(start, Tensor):  # the identity of bits is -1, in any dtype
        start = np.full_like(x, np.asarray(start).astype(x.dtype), shape=x.shape[1:])
    total = start
    for i in range(len(x)):
        result = ufunc(total, x[i])
        total = result if mask is None else np.where(mask[i], result, total)
    return total


@composite(np.ufunc.accumulate)
def _accumulate(ufunc: Any, array: Any, axis: int = 0, dtype: Any = None, **others: Any) -> Any:
    """By `np.cumsum`, `np.cumprod`, or element after element."""
    _refuse(f"{ufunc.__name__}.accumulate", others)
    if ufunc in _ACCUMULATIONS:
        if np.ndim(array) == 0:
            raise TypeError("cannot accumulate on a scalar")
        return _ACCUMULATIONS[ufunc](array, axis=axis, dtype=dtype)
    expected = ufunc.accumulate(unwrap(array), axis=axis, dtype=dtype)
    x = np.moveaxis(array if dtype is None else cast(array, dtype=dtype), axis, 0)
    if not len(x):
        return cast(array, dtype=expected.dtype)
    totals = [x[0]]
    for i in range(1, len(x)):
        totals.append(ufunc(totals[-1], x[i]))
    result = np.stack(totals, axis=axis)
    return result if result.dtype == expected.dtype else cast(result, dtype=expected.dtype)


@composite(np.ufunc.reduceat)
def _reduceat(
    ufunc: Any, array: Any, indices: Any, axis: int = 0, dtype: Any = None, **others: Any
) -> Any:
    """From each index up to the next; where that is not larger, the element at the index."""
    _refuse(f"{ufunc.__name__}.reduceat", others)
    expected = ufunc.reduceat(unwrap(array), unwrap(indices), axis=axis, dtype=dtype)
    along = axis_of(array, axis)
    if expected.shape[along] == 0:
        return np.zeros_like(array, shape=expected.shape, dtype=expected.dtype)
    starts = [int(i) for i in read(indices)]
    parts = []
    for start, stop in zip(starts, [*starts[1:], array.shape[along]], strict=True):
        piece = slice(start, stop if stop > start else start + 1)
        parts.append(_reduce(ufunc, array[(slice(None),) * along + (piece,)], along, dtype))
    return np.stack(parts, axis=along)


@composite(np.ufunc.outer)
def _outer(ufunc: Any, A: Any, B: Any, **keywords: Any) -> Any:
    if ufunc.nin != 2:
        raise ValueError("outer product only supported for binary functions")
    a, b = as_array(A), as_array(B)
    wide = np.reshape(a, a.shape + (1,) * b.ndim)
    return ufunc(wide, b, **keywords)


@composite(np.ufunc.at)
def _at(ufunc: Any, a: Any, indices: Any, b: Any = None) -> NoReturn:
    raise TypeError(
        f"np.{ufunc.__name__}.at on a Tensor changes an array in place, which the record cannot "
        "follow. Use ag.put and +"
    )
