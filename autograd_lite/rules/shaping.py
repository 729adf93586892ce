"""Rules of operations that rearrange, repeat and join elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.primitives import put, take
from autograd_lite.rules.helpers import axes_of, axis_of
from autograd_lite.table import composite, gradient, nondifferentiable, plain
from autograd_lite.tensor import Tensor, primitive

# -- other shapes of the same elements -------------------------------------------------------------


def _reshape(x: Any, shape: Any, order: str = "C") -> Any:
    _require_fixed_order(order)
    return np.reshape(x, shape, order=order)  # type: ignore[call-overload]


def _ravel(x: Any, order: str = "C") -> Any:
    _require_fixed_order(order)
    return np.ravel(x, order=order)  # type: ignore[call-overload]


def _require_fixed_order(order: str) -> None:
    """Orders "A" and "K" depend on the layout in memory, which a gradient need not share."""
    if order not in ("C", "F"):
        raise TypeError(f"on a Tensor order is 'C' or 'F', got {order!r}")


gradient(
    np.reshape,
    lambda g, y, x, *, shape, order="C": np.reshape(g, np.shape(x), order=order),
    evaluate=_reshape,
    maths=(r"\operatorname{reshape}(x)", r"\operatorname{reshape}(\bar{y})"),
)
gradient(
    np.ravel,
    lambda g, y, x, order="C": np.reshape(g, np.shape(x), order=order),
    evaluate=_ravel,
    maths=(r"\operatorname{ravel}(x)", r"\operatorname{reshape}(\bar{y})"),
)
gradient(
    np.expand_dims,
    lambda g, y, x, *, axis: np.reshape(g, np.shape(x)),
    maths=(r"\operatorname{reshape}(x)", r"\operatorname{reshape}(\bar{y})"),
)
gradient(
    np.squeeze,
    lambda g, y, x, axis=None: np.reshape(g, np.shape(x)),
    maths=(r"\operatorname{reshape}(x)", r"\operatorname{reshape}(\bar{y})"),
)


def _transpose_rule(g: Any, y: Any, x: Any, axes: Any = None) -> Any:
    return np.transpose(g, None if axes is None else np.argsort(axes_of(x, axes)))


gradient(np.transpose, _transpose_rule, maths=(r"x^\top", r"\bar{y}^\top"))
gradient(
    np.swapaxes,
    lambda g, y, x, *, axis1, axis2: np.swapaxes(g, axis1, axis2),
    maths=(r"\operatorname{swapaxes}(x)", r"\operatorname{swapaxes}(\bar{y})"),
)
gradient(
    np.moveaxis,
    lambda g, y, x, *, source, destination: np.moveaxis(g, destination, source),
    maths=(r"\operatorname{moveaxis}(x)", r"\operatorname{moveaxis}^{-1}(\bar{y})"),
)
gradient(
    np.matrix_transpose, lambda g, y, x: np.swapaxes(g, -2, -1), maths=(r"x^\top", r"\bar{y}^\top")
)
gradient(
    np.linalg.matrix_transpose,
    lambda g, y, x: np.swapaxes(g, -2, -1),
    maths=(r"x^\top", r"\bar{y}^\top"),
)
gradient(
    np.flip,
    lambda g, y, x, axis=None: np.flip(g, axis),
    maths=(r"\operatorname{flip}(x)", r"\operatorname{flip}(\bar{y})"),
)
gradient(
    np.rot90,
    lambda g, y, x, k=1, axes=(0, 1): np.rot90(g, -k, axes),
    maths=(r"\operatorname{rot90}(x)", r"\operatorname{rot90}^{-1}(\bar{y})"),
)


def _roll_rule(g: Any, y: Any, x: Any, *, shift: Any, axis: Any = None) -> Any:
    return np.roll(g, np.negative(shift), axis)


gradient(
    np.roll, _roll_rule, maths=(r"\operatorname{roll}(x)", r"\operatorname{roll}^{-1}(\bar{y})")
)


@composite(np.rollaxis)
def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    ndim = np.ndim(a)
    axis, start = axis_of(a, axis), start + ndim if start < 0 else start
    return np.moveaxis(a, axis, start - 1 if start > axis else start)


@composite(np.flipud)
def _flipud(m: Any) -> Any:
    return np.flip(m, 0)


@composite(np.fliplr)
def _fliplr(m: Any) -> Any:
    return np.flip(m, 1)


def _at_least(count: int, where: Any) -> Any:
    def expand(*arys: Any) -> Any:
        raised = [where(a) if np.ndim(a) < count else a for a in arys]
        return raised[0] if len(raised) == 1 else tuple(raised)

    return expand


def _as_3d(x: Any) -> Any:
    """Shapes as NumPy has them: () to (1, 1, 1), (n,) to (1, n, 1), (m, n) to (m, n, 1)."""
    shape = {0: (1, 1, 1), 1: (1, *np.shape(x), 1), 2: (*np.shape(x), 1)}[np.ndim(x)]
    return np.reshape(x, shape)


composite(np.atleast_1d)(_at_least(1, lambda x: np.reshape(x, (1,))))
composite(np.atleast_2d)(_at_least(2, lambda x: np.reshape(x, (1, -1))))
composite(np.atleast_3d)(_at_least(3, _as_3d))

# -- repeating -------------------------------------------------------------------------------------

# The engine sums the gradient over whatever was repeated by broadcasting.
gradient(np.broadcast_to, lambda g, y, x, *, shape: g, maths=(r"\operatorname{broadcast}(x)", "1"))


@composite(np.broadcast_arrays)
def _broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(np.broadcast_to(x, shape) for x in args)


@composite(np.tile)
def _tile(A: Any, reps: Any) -> Any:
    times = (reps,) if isinstance(reps, (int, np.integer)) else tuple(reps)
    shape = np.shape(A)
    times = (1,) * (len(shape) - len(times)) + times
    shape = (1,) * (len(times) - len(shape)) + shape
    apart = np.reshape(A, tuple(n for length in shape for n in (1, length)))
    repeated = np.broadcast_to(
        apart, tuple(n for pair in zip(times, shape, strict=True) for n in pair)
    )
    return np.reshape(repeated, tuple(t * n for t, n in zip(times, shape, strict=True)))


@composite(np.repeat)
def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    x = np.ravel(a) if axis is None else a
    along = axis or 0
    return np.take(x, np.repeat(np.arange(x.shape[along]), repeats), axis=along)


@composite(np.meshgrid)
def _meshgrid(*xi: Any, indexing: str = "xy", sparse: bool = False) -> tuple[Any, ...]:
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    n = len(xi)
    order = list(range(n))
    if indexing == "xy" and n > 1:
        order[:2] = [1, 0]
    lines = [
        np.reshape(x, tuple(-1 if axis == order[i] else 1 for axis in range(n)))
        for i, x in enumerate(xi)
    ]
    return tuple(lines) if sparse else tuple(np.broadcast_arrays(*lines))


# -- joining and splitting -------------------------------------------------------------------------


@primitive
def concatenate(*arrays: Any, axis: int | None = 0) -> Any:
    """`np.concatenate`, with the arrays as inputs of their own."""
    return np.concatenate(arrays, axis=axis)


def _concatenate_rule(g: Any, y: Any, *arrays: Any, axis: int | None = 0) -> list[Any]:
    """Each array receives its stretch of the upstream gradient."""
    along = 0 if axis is None else axis_of(y, axis)
    pieces = []
    start = 0
    for x in arrays:
        length = np.size(x) if axis is None else np.shape(x)[along]
        piece = take(g, (slice(None),) * along + (slice(start, start + length),))
        pieces.append(np.reshape(piece, np.shape(x)))
        start += length
    return pieces


gradient(concatenate, joint=_concatenate_rule, maths=(r"[x_i, \ldots]", r"\bar{y}[x_i]"))


@composite(np.concatenate)
def _concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    return concatenate(*arrays, axis=axis)


@primitive
def stack(*arrays: Any, axis: int = 0) -> Any:
    """`np.stack`, with the arrays as inputs of their own."""
    return np.stack(arrays, axis=axis)


def _stack_rule(g: Any, y: Any, *arrays: Any, axis: int = 0) -> list[Any]:
    before = (slice(None),) * axis_of(y, axis)
    return [take(g, (*before, i)) for i in range(len(arrays))]


gradient(stack, joint=_stack_rule, maths=(r"[x_i, \ldots]", r"\bar{y}[x_i]"))


@composite(np.stack)
def _stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    return stack(*arrays, axis=axis)


@composite(np.vstack)
def _vstack(tup: Sequence[Any]) -> Any:
    return np.concatenate([np.atleast_2d(x) for x in tup], axis=0)


@composite(np.hstack)
def _hstack(tup: Sequence[Any]) -> Any:
    arrays = [np.atleast_1d(x) for x in tup]
    return np.concatenate(arrays, axis=0 if arrays and arrays[0].ndim == 1 else 1)


@composite(np.dstack)
def _dstack(tup: Sequence[Any]) -> Any:
    return np.concatenate([np.atleast_3d(x) for x in tup], axis=2)


@composite(np.column_stack)
def _column_stack(tup: Sequence[Any]) -> Any:
    columns = [np.reshape(x, (-1, 1)) if np.ndim(x) < 2 else x for x in tup]
    return np.concatenate(columns, axis=1)


@composite(np.append)
def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    more = values if isinstance(values, Tensor) else np.asarray(values)
    return np.concatenate([np.ravel(arr), np.ravel(more)] if axis is None else [arr, more], axis)


@composite(np.array_split)
def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Pieces at NumPy's own boundaries: it splits positions, and those are taken."""
    positions = np.array_split(np.arange(ary.shape[axis]), indices_or_sections)
    before = (slice(None),) * axis_of(ary, axis)
    return [
        take(ary, (*before, slice(int(p[0]), int(p[-1]) + 1) if p.size else slice(0, 0)))
        for p in positions
    ]


@composite(np.split)
def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    sections = indices_or_sections
    if isinstance(sections, (int, np.integer)) and ary.shape[axis] % sections:
        raise ValueError("array split does not result in an equal division")
    return _array_split(ary, sections, axis)


@composite(np.hsplit)
def _hsplit(ary: Any, indices_or_sections: Any) -> Any:
    return _split(ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)


@composite(np.vsplit)
def _vsplit(ary: Any, indices_or_sections: Any) -> Any:
    if np.ndim(ary) < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return _split(ary, indices_or_sections, 0)


@composite(np.dsplit)
def _dsplit(ary: Any, indices_or_sections: Any) -> Any:
    return _split(ary, indices_or_sections, 2)


# -- padding ---------------------------------------------------------------------------------------


@primitive
def pad(x: Any, width: tuple[tuple[int, int], ...], value: Any = 0) -> Any:
    """`np.pad` with a constant around; `width` is (before, after) for each axis."""
    return np.pad(x, width, constant_values=value)


@primitive
def crop(x: Any, width: tuple[tuple[int, int], ...]) -> Any:
    """X without its border: the adjoint of `pad`."""
    inside = zip(width, x.shape, strict=True)
    return x[tuple(slice(before, n - after) for (before, after), n in inside)]


gradient(
    pad,
    lambda g, y, x, *, width, value=0: crop(g, width=width),
    maths=(r"\operatorname{pad}(x)", r"\operatorname{crop}(\bar{y})"),
)
gradient(
    crop,
    lambda g, y, x, *, width: pad(g, width=width),
    maths=(r"\operatorname{crop}(x)", r"\operatorname{pad}(\bar{y})"),
)


@composite(np.pad)
def _pad(array: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Any:
    """Constant borders, or borders read from inside (edge, reflect, symmetric, wrap)."""
    ndim = np.ndim(array)
    given = np.asarray(pad_width)
    if given.dtype.kind not in "iu":
        raise TypeError("`pad_width` must be of integral type.")
    if (given < 0).any():
        raise ValueError("index can't contain negative values")
    pairs = np.broadcast_to(given, (ndim, 2))
    width = tuple((int(before), int(after)) for before, after in pairs)
    if mode == "constant":
        if np.ndim(constant_values):
            raise TypeError("pad on a Tensor takes one number as constant_values")
        return pad(array, width=width, value=constant_values)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise TypeError(
            f"pad on a Tensor has mode constant, edge, reflect, symmetric or wrap, got {mode!r}"
        )
    read = [np.pad(np.arange(n), w, mode=mode) for n, w in zip(array.shape, width, strict=True)]  # type: ignore[call-overload]
    return take(array, np.ix_(*read)) if read else array


# -- triangles and diagonals -----------------------------------------------------------------------

gradient(
    np.tril,
    lambda g, y, x, k=0: np.tril(g, k),
    maths=(r"\operatorname{tril}(x)", r"\operatorname{tril}(\bar{y})"),
)
gradient(
    np.triu,
    lambda g, y, x, k=0: np.triu(g, k),
    maths=(r"\operatorname{triu}(x)", r"\operatorname{triu}(\bar{y})"),
)


@composite(np.diagonal)
def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    square = np.moveaxis(a, (axis1, axis2), (-2, -1))
    rows, columns = square.shape[-2:]
    return take(square, (Ellipsis, *_diagonal_index(rows, columns, offset)))


@composite(np.linalg.diagonal)
def _matrix_diagonal(x: Any, *, offset: int = 0) -> Any:
    return _diagonal(x, offset, -2, -1)


def _diagonal_index(rows: int, columns: int, offset: int) -> tuple[Any, Any]:
    """The positions on a diagonal of a matrix."""
    first_row, first_column = max(-offset, 0), max(offset, 0)
    length = max(min(rows - first_row, columns - first_column), 0)
    steps = np.arange(length)
    return first_row + steps, first_column + steps


@composite(np.diag)
def _diag(v: Any, k: int = 0) -> Any:
    if np.ndim(v) not in (1, 2):
        raise ValueError("Input must be 1- or 2-d.")
    return _diagflat(v, k) if np.ndim(v) == 1 else _diagonal(v, k)


@composite(np.diagflat)
def _diagflat(v: Any, k: int = 0) -> Any:
    values = np.ravel(v)
    n = values.size + abs(k)
    return put(values, _diagonal_index(n, n, k), (n, n))


@composite(np.trace)
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return np.sum(_diagonal(a, offset, axis1, axis2), axis=-1)


@composite(np.linalg.trace)
def _matrix_trace(x: Any, *, offset: int = 0) -> Any:
    return _trace(x, offset, -2, -1)


# -- questions about shapes, and new arrays like old ones ------------------------------------------

plain(np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj)
plain(np.array_equal, np.array_equiv, np.allclose, np.array_repr, np.array_str, np.array2string)
plain(np.may_share_memory, np.shares_memory, np.can_cast, np.min_scalar_type, np.common_type)
plain(np.zeros, np.ones, np.empty, np.full)  # with like=
nondifferentiable(np.zeros_like, 1, "dtype shape")
nondifferentiable(np.ones_like, 1, "dtype shape")
nondifferentiable(np.empty_like, 1, "dtype shape")
nondifferentiable(np.full_like, 1, "fill_value dtype shape")
