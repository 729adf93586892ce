"""Reading and adding by index, diagonals."""

import numpy as np

import autograd_lite as ag
from oracle.opinfo.spelling.table import along, same, spelled

same("argwhere")
spelled("__getitem__")(lambda x, index: x[index])
spelled("diagonal", "diagonal_copy")(
    lambda x, offset=0, dim1=0, dim2=1: np.diagonal(x, offset, dim1, dim2)
)
spelled("linalg.diagonal")(lambda x, offset=0, dim1=-2, dim2=-1: np.diagonal(x, offset, dim1, dim2))
spelled("take")(lambda x, index: np.take(x, index))
spelled("index_select")(
    lambda x, dim, index: np.take(x, index, axis=dim) if x.ndim else np.take(x, index[0])
)
spelled("select")(lambda x, dim, index: np.take(x, index, axis=dim))
spelled("nonzero")(
    lambda x, as_tuple=False: np.nonzero(np.atleast_1d(x)) if as_tuple else np.argwhere(x)
)
spelled("isin")(lambda x, y, **keywords: np.isin(x, y))
spelled("unique")(lambda x, **keywords: (np.unique(x),))


def on_axis(x, dim, part):
    """The index that takes `part` of an axis."""
    return (*(slice(None),) * (dim % x.ndim), part)


@spelled("slice")
def cut(x, dim=0, start=None, end=None, step=1):
    return x[on_axis(x, dim, slice(start, end, step))]


@spelled("narrow", "narrow_copy")
def narrow(x, dim, start, length):
    start = int(start)
    start += x.shape[dim] * (start < 0)
    return x[on_axis(x, dim, slice(start, start + length))]


@spelled("take_along_dim")
def take_along_dim(x, index, dim=None):
    return np.take_along_axis(x, index if dim is not None else np.ravel(index), axis=dim)


@spelled("gather")
def gather(x, dim, index, sparse_grad=False):
    """PyTorch's gather looks at as much of the other axes as the index has."""
    if x.ndim == 0:
        return np.reshape(np.take(x, index), index.shape)
    if index.size == 0:
        return np.zeros_like(x, shape=index.shape)
    within = tuple(
        slice(None) if a == dim % x.ndim else slice(n) for a, n in enumerate(index.shape)
    )
    return np.take_along_axis(x[within], index, axis=dim)


@spelled("masked_select")
def masked_select(x, mask):
    shape = np.broadcast_shapes(x.shape, mask.shape)
    return np.broadcast_to(x, shape)[np.broadcast_to(mask, shape)]


@spelled("index_put")
def index_put(x, index, values, accumulate=False):
    kept = x if accumulate else np.where(ag.put(x[index] * 0 + 1, index, x.shape), 0.0, x)
    return kept + ag.put(values + 0 * x[index], index, x.shape)


@spelled("index_add")
def index_add(x, dim, index, source, alpha=1):
    if x.ndim == 0:
        return x + alpha * np.sum(source)
    return x + alpha * ag.put(source, on_axis(x, dim, index), x.shape)


@spelled("scatter_add")
def scatter_add(x, dim, index, source):
    if x.ndim == 0:
        return x + (np.sum(source) if index.size else 0)
    places = list(np.indices(index.shape))
    places[dim] = index
    return x + ag.put(source[tuple(map(slice, index.shape))], tuple(places), x.shape)


spelled("trace")(lambda x: np.trace(x))
spelled("logdet")(lambda x: np.linalg.slogdet(x)[1])
spelled("cumulative_trapezoid")(along(lambda y, x=None, dx=1.0, dim=-1: _running(y, x, dx, dim)))


def _running(y, x, dx, dim):
    before, after = (on_axis(y, dim, part) for part in (slice(None, -1), slice(1, None)))
    if x is None:
        width = dx
    elif x.ndim == 1:
        width = np.reshape(np.diff(x), (-1, *(1,) * (-1 - dim if dim < 0 else y.ndim - 1 - dim)))
    else:
        width = np.diff(x, axis=dim)
    return np.cumsum(width * (y[before] + y[after]) / 2, axis=dim)
