"""Operations that rearrange, repeat, join and pick elements."""

import numpy as np

import autograd_lite as ag
from oracle.operations.operation import ANY, axis, hashable, of_rank, operation


def _tupled(parameters):
    """Lists as tuples: NumPy's shapes and axes."""
    return {name: hashable(value) for name, value in parameters.items()}


def shaping(name, covers, numpy, torch, **rest):
    """An operation whose parameters are shapes and axes."""
    jax = rest.pop("jax", None)
    operation(
        name,
        covers,
        lambda xp, *x, **given: numpy(xp, *x, **_tupled(given)),
        lambda t, *x, **given: torch(t, *x, **_tupled(given)),
        jax=jax and (lambda xp, *x, **given: jax(xp, *x, **_tupled(given))),
        **rest,
    )


# -- other shapes of the same elements -------------------------------------------------------------


def _factored(random, size):
    """A random shape of so many elements."""
    shape = []
    for factor in (2, 2, 3, 3, 2, 3):
        if size % factor == 0 and random.random() < 0.6:
            shape.append(factor)
            size //= factor
    shape.insert(int(random.integers(0, len(shape) + 1)), size)
    return [int(n) for n in shape]


def _torch_reshape(t, x, shape, order):
    if order == "C":
        return x.reshape(shape)
    flat = _reversed(x).reshape(-1)
    return _reversed(flat.reshape(shape[::-1]))


def _reversed(x):
    """All axes reversed, in PyTorch."""
    return x.permute(tuple(reversed(range(x.ndim))))


shaping(
    "reshape",
    np.reshape,
    lambda xp, x, shape, order: xp.reshape(x, shape, order=order),
    _torch_reshape,
    parameters=lambda random, shape: {
        "shape": _factored(random, int(np.prod(shape))),
        "order": str(random.choice(["C", "F"])),
    },
)
shaping(
    "ravel",
    np.ravel,
    lambda xp, x, order: xp.ravel(x, order=order),
    lambda t, x, order: _torch_reshape(t, x, (x.numel(),), order),
    parameters=lambda random, shape: {"order": str(random.choice(["C", "F"]))},
)
shaping(
    "expand_dims",
    np.expand_dims,
    lambda xp, x, axis: xp.expand_dims(x, axis),
    lambda t, x, axis: t.unsqueeze(x, axis),
    parameters=lambda random, shape: {
        "axis": int(random.integers(-len(shape) - 1, len(shape) + 1))
    },
    shapes=of_rank(0, 2),
)
shaping(
    "squeeze",
    np.squeeze,
    lambda xp, x: xp.squeeze(x),
    lambda t, x: t.squeeze(x),
    shapes=lambda random: [(1, 2, 1)],
)


def _permutation(random, shape):
    return {"axes": [int(a) for a in random.permutation(len(shape))]}


shaping(
    "transpose",
    np.transpose,
    lambda xp, x, axes: xp.transpose(x, axes),
    lambda t, x, axes: x.permute(axes),
    parameters=_permutation,
)
shaping(
    "transpose_all",
    np.transpose,
    lambda xp, x: x.T,
    lambda t, x: _reversed(x),
)


def _two_axes(random, shape):
    if len(shape) < 2:
        return None
    a, b = (int(i) for i in random.integers(-len(shape), len(shape), 2))
    return {"a": a, "b": b}


for _name in ("swapaxes", "moveaxis"):
    shaping(
        _name,
        getattr(np, _name),
        lambda xp, x, a, b, name=_name: getattr(xp, name)(x, a, b),
        lambda t, x, a, b, name=_name: getattr(t, name)(x, a, b),
        parameters=_two_axes,
        shapes=of_rank(2),
    )


def _torch_rollaxis(t, x, a, b):
    order = list(range(x.ndim))
    moved = order.pop(a % x.ndim)
    b %= x.ndim
    order.insert(b - 1 if b > moved else b, moved)
    return x.permute(*order)


shaping(
    "rollaxis",
    np.rollaxis,
    lambda xp, x, a, b: xp.rollaxis(x, a, b),
    _torch_rollaxis,
    parameters=_two_axes,
    shapes=of_rank(2),
)
for _name, _function in [
    ("matrix_transpose", lambda xp: xp.matrix_transpose),
    ("linalg_matrix_transpose", lambda xp: xp.linalg.matrix_transpose),
]:
    shaping(
        _name,
        _function(np),
        lambda xp, x, f=_function: f(xp)(x),
        lambda t, x: x.mT,
        parameters=lambda random, shape: {} if len(shape) > 1 else None,
        shapes=of_rank(2),
    )


def _some_axes(random, shape):
    if random.random() < 0.3 or not shape:
        return {"axis": None}
    count = int(random.integers(1, len(shape) + 1))
    return {"axis": [int(a) for a in random.choice(len(shape), count, replace=False)]}


shaping(
    "flip",
    np.flip,
    lambda xp, x, axis: xp.flip(x, axis),
    lambda t, x, axis: t.flip(x, tuple(range(x.ndim)) if axis is None else axis),
    parameters=_some_axes,
)
for _name, _least in (("flipud", 1), ("fliplr", 2)):
    shaping(
        _name,
        getattr(np, _name),
        lambda xp, x, name=_name: getattr(xp, name)(x),
        lambda t, x, name=_name: getattr(t, name)(x),
        parameters=lambda random, shape, least=_least: {} if len(shape) >= least else None,
        shapes=of_rank(_least),
    )
shaping(
    "rot90",
    np.rot90,
    lambda xp, x, k: xp.rot90(x, k),
    lambda t, x, k: t.rot90(x, k),
    parameters=lambda random, shape: {"k": int(random.integers(-2, 4))} if len(shape) > 1 else None,
    shapes=of_rank(2),
)


def _shifts(random, shape):
    found = _some_axes(random, shape)
    if found["axis"] is None:
        return found | {"shift": int(random.integers(-3, 4))}
    return found | {"shift": [int(s) for s in random.integers(-3, 4, len(found["axis"]))]}


shaping(
    "roll",
    np.roll,
    lambda xp, x, axis, shift: xp.roll(x, shift, axis),
    lambda t, x, axis, shift: t.roll(x, shift, axis),
    parameters=_shifts,
)
for _name in ("atleast_1d", "atleast_2d", "atleast_3d"):
    shaping(
        _name,
        getattr(np, _name),
        lambda xp, x, name=_name: getattr(xp, name)(x),
        lambda t, x, name=_name: getattr(t, name)(x),
    )

# -- repeating -------------------------------------------------------------------------------------

shaping(
    "broadcast_to",
    np.broadcast_to,
    lambda xp, x, shape: xp.broadcast_to(x, shape),
    lambda t, x, shape: t.broadcast_to(x, shape),
    parameters=lambda random, shape: {
        "shape": [int(random.integers(1, 3)), *(3 if n == 1 else n for n in shape)]
    },
    shapes=of_rank(0, 2),
)
shaping(
    "broadcast_arrays",
    np.broadcast_arrays,
    lambda xp, a, b: xp.broadcast_arrays(a, b)[0],
    lambda t, a, b: t.broadcast_tensors(a, b)[0],
    needs=(ANY, ANY),
    broadcasts=True,
)
shaping(
    "tile",
    np.tile,
    lambda xp, x, reps: xp.tile(x, reps),
    lambda t, x, reps: t.tile(x, reps),
    parameters=lambda random, shape: {
        "reps": [int(n) for n in random.integers(1, 3, random.integers(1, 3))]
    },
    shapes=of_rank(0, 2),
)
shaping(
    "repeat",
    np.repeat,
    lambda xp, x, axis, repeats: xp.repeat(x, repeats, axis=axis),
    lambda t, x, axis, repeats: t.repeat_interleave(x, repeats, dim=axis),
    parameters=lambda random, shape: (
        (axis(random, shape) or {"axis": None}) | {"repeats": int(random.integers(1, 3))}
    ),
)
shaping(
    "repeat_each",
    np.repeat,
    lambda xp, x, repeats: xp.repeat(x, np.array(repeats), axis=0),
    lambda t, x, repeats: t.repeat_interleave(x, t.tensor(repeats), dim=0),
    parameters=lambda random, shape: (
        {"repeats": [1, *(int(n) for n in random.integers(0, 3, shape[0] - 1))]} if shape else None
    ),
    shapes=of_rank(1),
)
shaping(
    "meshgrid",
    np.meshgrid,
    lambda xp, a, b, indexing: xp.meshgrid(a, b, indexing=indexing)[1],
    lambda t, a, b, indexing: t.meshgrid(a, b, indexing=indexing)[1],
    needs=(ANY, ANY),
    parameters=lambda random, a, b: (
        {"indexing": str(random.choice(["xy", "ij"]))} if len(a) == len(b) == 1 else None
    ),
    shapes=lambda random: [(2,), (3,)],
)

# -- joining and splitting -------------------------------------------------------------------------


def _same_but_for_axis(random, a, b):
    if len(a) != len(b) or not a:
        return None
    fitting = [i for i in range(len(a)) if a[:i] + a[i + 1 :] == b[:i] + b[i + 1 :]]
    return (
        {"axis": int(random.choice(fitting)) - len(a) * int(random.integers(0, 2))}
        if fitting
        else None
    )


_JOINABLE = {
    "needs": (ANY, ANY),
    "parameters": _same_but_for_axis,
    "shapes": lambda random: [(2, 3), (2, 3)],
}
shaping(
    "concatenate",
    np.concatenate,
    lambda xp, a, b, axis: xp.concatenate([a, b, a], axis=axis),
    lambda t, a, b, axis: t.cat([a, b, a], dim=axis),
    **_JOINABLE,
)
shaping(
    "append",
    np.append,
    lambda xp, a, b, axis: xp.append(a, b, axis=axis),
    lambda t, a, b, axis: t.cat([a, b], dim=axis),
    **_JOINABLE,
)
shaping(
    "append_flat",
    np.append,
    lambda xp, a, b: xp.append(a, b),
    lambda t, a, b: t.cat([a.reshape(-1), b.reshape(-1)]),
    needs=(ANY, ANY),
)
shaping(
    "stack",
    np.stack,
    lambda xp, a, b, axis: xp.stack([a, b], axis=axis),
    lambda t, a, b, axis: t.stack([a, b], dim=axis),
    needs=(ANY, ANY),
    parameters=lambda random, a, b: (
        {"axis": int(random.integers(-len(a) - 1, len(a) + 1))} if a == b else None
    ),
    shapes=lambda random: [(2,), (2,)],
)
for _name in ("vstack", "hstack", "dstack", "column_stack"):
    shaping(
        _name,
        getattr(np, _name),
        lambda xp, a, b, name=_name: getattr(xp, name)([a, b]),
        lambda t, a, b, name=_name: getattr(t, name)([a, b]),
        needs=(ANY, ANY),
        parameters=lambda random, a, b: {} if a == b and len(a) < 3 else None,
        shapes=lambda random: [(2, 3), (2, 3)],
    )


def _sections(random, shape):
    found = axis(random, shape)
    return (
        None if found is None else found | {"n": int(random.integers(1, shape[found["axis"]] + 1))}
    )


for _name, _torch in (("array_split", "tensor_split"),):
    shaping(
        _name,
        np.array_split,
        lambda xp, x, axis, n: xp.array_split(x, n, axis=axis)[-1],
        lambda t, x, axis, n: t.tensor_split(x, n, dim=axis)[-1],
        parameters=_sections,
        shapes=of_rank(1),
    )
shaping(
    "split",
    np.split,
    lambda xp, x, axis: xp.split(x, x.shape[axis], axis=axis)[0],
    lambda t, x, axis: t.split(x, 1, dim=axis)[0],
    parameters=axis,
    shapes=of_rank(1),
)
for _name, _least in (("vsplit", 2), ("hsplit", 1), ("dsplit", 3)):
    _along = {"vsplit": 0, "hsplit": 1, "dsplit": 2}[_name]
    shaping(
        _name,
        getattr(np, _name),
        lambda xp, x, name=_name, along=_along: getattr(xp, name)(
            x, x.shape[along if x.ndim > 1 else 0]
        )[0],
        lambda t, x, along=_along: t.split(x, 1, dim=along if x.ndim > 1 else 0)[0],
        parameters=lambda random, shape, least=_least: {} if len(shape) >= least else None,
        shapes=lambda random, least=_least: [(2, 3, 2)[:least]],
    )

# -- padding ---------------------------------------------------------------------------------------


def _torch_pad(t, x, width, mode, **rest):
    """By indices: PyTorch's own pad knows other modes for other ranks."""
    for i, (before, after) in enumerate(width):
        places = np.pad(np.arange(x.shape[i]), (before, after), mode=mode)
        x = t.index_select(x, i, t.tensor(places))
    return x


def _widths(random, shape):
    if not shape or min(shape) < 2:
        return None
    width = [[int(n) for n in random.integers(0, 2, 2)] for _ in shape]
    return {"width": width, "mode": str(random.choice(["edge", "reflect", "symmetric", "wrap"]))}


operation(
    "pad_from_inside",
    np.pad,
    lambda xp, x, width, mode: xp.pad(x, width, mode=mode),
    _torch_pad,
    parameters=_widths,
    shapes=lambda random: [(2, 3)],
)
operation(
    "pad_constant",
    np.pad,
    lambda xp, x, before, after, value: xp.pad(
        x, [(before, after)] * x.ndim, constant_values=value
    ),
    lambda t, x, before, after, value: t.nn.functional.pad(
        x, [before, after] * x.ndim, value=value
    ),
    parameters=lambda random, shape: (
        {
            "before": int(random.integers(0, 2)),
            "after": int(random.integers(0, 2)),
            "value": float(random.normal()),
        }
        if shape
        else None
    ),
    shapes=of_rank(1, 2),
)

# -- triangles and diagonals -----------------------------------------------------------------------

_MATRIX = {
    "parameters": lambda random, shape: (
        {"k": int(random.integers(-1, 2))} if len(shape) >= 2 and min(shape[-2:]) > 1 else None
    ),
    "shapes": lambda random: [(3, 2)],
}
for _name in ("tril", "triu"):
    shaping(
        _name,
        getattr(np, _name),
        lambda xp, x, k, name=_name: getattr(xp, name)(x, k),
        lambda t, x, k, name=_name: getattr(t, name)(x, k),
        **_MATRIX,
    )
_PLAIN_MATRIX = {
    "parameters": lambda random, shape: (
        _MATRIX["parameters"](random, shape) if len(shape) == 2 else None
    ),
    "shapes": lambda random: [(3, 2)],
}
shaping(
    "diagonal",
    np.diagonal,
    lambda xp, x, k: xp.diagonal(x, k),
    lambda t, x, k: t.diagonal(x, k),
    **_PLAIN_MATRIX,
)
shaping(
    "linalg_diagonal",
    np.linalg.diagonal,
    lambda xp, x, k: xp.linalg.diagonal(x, offset=k),
    lambda t, x, k: t.linalg.diagonal(x, offset=k),
    **_MATRIX,
)
shaping(
    "diag_of_matrix",
    np.diag,
    lambda xp, x, k: xp.diag(x, k),
    lambda t, x, k: t.diag(x, k),
    **_PLAIN_MATRIX,
)
shaping(
    "diag_of_vector",
    np.diag,
    lambda xp, x, k: xp.diag(x, k),
    lambda t, x, k: t.diag(x, k),
    parameters=lambda random, shape: (
        {"k": int(random.integers(-1, 2))} if len(shape) == 1 else None
    ),
    shapes=lambda random: [(3,)],
)
shaping(
    "diagflat",
    np.diagflat,
    lambda xp, x: xp.diagflat(x),
    lambda t, x: t.diagflat(x),
    shapes=of_rank(0, 1),
    parameters=lambda random, shape: {} if np.prod(shape) <= 4 else None,
)
shaping(
    "trace",
    np.trace,
    lambda xp, x, k: xp.trace(x, k),
    lambda t, x, k: t.diagonal(x, k).sum(-1),
    **_PLAIN_MATRIX,
)
shaping(
    "linalg_trace",
    np.linalg.trace,
    lambda xp, x, k: xp.linalg.trace(x, offset=k),
    lambda t, x, k: t.diagonal(x, k, -2, -1).sum(-1),
    **_MATRIX,
)

# -- indexing --------------------------------------------------------------------------------------


def _positions(random, length, count=None):
    """Positions along an axis, from either end, some of them twice."""
    count = int(random.integers(1, 4)) if count is None else count
    return [int(i) for i in random.integers(-length, length, count)]


def _take_parameters(random, shape):
    found = axis(random, shape)
    return None if found is None else found | {"at": _positions(random, shape[found["axis"]])}


shaping(
    "take",
    np.take,
    lambda xp, x, axis, at: xp.take(x, np.array(at), axis=axis),
    lambda t, x, axis, at: t.index_select(x, axis, t.tensor([i % x.shape[axis] for i in at])),
    parameters=_take_parameters,
    shapes=of_rank(1),
)
shaping(
    "take_flat",
    np.take,
    lambda xp, x, at: xp.take(x, np.array(at)),
    lambda t, x, at: t.take(x, t.tensor(at)),
    parameters=lambda random, shape: {"at": _positions(random, int(np.prod(shape)))},
)


def _slice_parameters(random, shape):
    if not shape:
        return None
    start = int(random.integers(0, shape[0]))
    return {"start": start, "step": int(random.integers(1, 3)), "new": bool(random.random() < 0.5)}


shaping(
    "index_slice",
    ag.take,
    lambda xp, x, start, step, new: x[start::step, ..., None] if new else x[start::step],
    lambda t, x, start, step, new: x[start::step, ..., None] if new else x[start::step],
    parameters=_slice_parameters,
    shapes=of_rank(1, 2),
)
shaping(
    "index_reversed",
    ag.take,
    lambda xp, x: x[::-1],
    lambda t, x: t.flip(x, (0,)),
    parameters=lambda random, shape: {} if shape else None,
    shapes=of_rank(1),
)
shaping(
    "index_integer",
    ag.take,
    lambda xp, x, i: x[..., i],
    lambda t, x, i: x[..., i],
    parameters=lambda random, shape: (
        {"i": int(random.integers(-shape[-1], shape[-1]))} if shape else None
    ),
    shapes=of_rank(1),
)
shaping(
    "index_arrays",
    ag.take,
    lambda xp, x, rows, columns: x[np.array(rows), np.array(columns)],
    lambda t, x, rows, columns: x[list(rows), list(columns)],
    parameters=lambda random, shape: (
        {"rows": _positions(random, shape[0], 3), "columns": _positions(random, shape[1], 3)}
        if len(shape) >= 2
        else None
    ),
    shapes=of_rank(2),
)


def _mask(random, shape):
    if not shape:
        return None
    chosen = [bool(b) for b in random.random(shape[0]) < 0.5]
    chosen[int(random.integers(shape[0]))] = True
    return {"mask": chosen}


shaping(
    "index_mask",
    ag.take,
    lambda xp, x, mask: x[np.array(mask)],
    lambda t, x, mask: x[t.tensor(mask)],
    parameters=_mask,
    shapes=of_rank(1),
)
shaping(
    "compress",
    np.compress,
    lambda xp, x, mask: xp.compress(np.array(mask), x, axis=0),
    lambda t, x, mask: x[t.tensor(mask)],
    jax=lambda xp, x, mask: x[np.array(mask)],
    parameters=_mask,
    shapes=of_rank(1),
)
shaping(
    "extract",
    np.extract,
    numpy=lambda xp, x, mask: xp.extract(np.array(mask), x),
    jax=lambda xp, x, mask: x.reshape(-1)[: len(mask)][np.array(mask)],
    torch=lambda t, x, mask: x.reshape(-1)[: len(mask)][t.tensor(mask)],
    parameters=lambda random, shape: _mask(random, (int(np.prod(shape)),)),
)


def _jax_put(xp, x, at, length):
    return xp.zeros((length, *x.shape[1:]), x.dtype).at[np.array(at)].add(x)


shaping(
    "put",
    ag.put,
    lambda xp, x, at, length: ag.put(x, np.array(at), (length, *x.shape[1:])),
    lambda t, x, at, length: t.zeros((length, *x.shape[1:]), dtype=x.dtype).index_add(
        0, t.tensor(at), x
    ),
    jax=_jax_put,
    parameters=lambda random, shape: (
        {"at": [int(i) for i in random.integers(0, 4, shape[0])], "length": 4} if shape else None
    ),
    shapes=of_rank(1, 2),
)
