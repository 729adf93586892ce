"""Shapes, joining, splitting, repeating, padding."""

import math

import numpy as np

from oracle.opinfo.spelling.table import axes, same, spelled

same(
    """
    fliplr flipud hsplit vsplit dsplit movedim=moveaxis ravel diag tril triu rot90
    """
)


def several(function):
    """For functions of several arrays, given as such or in a list."""

    def on(first, *others):
        return function(*first) if isinstance(first, (list, tuple)) else function(first, *others)

    return on


def in_tuple(sizes):
    """Sizes given one by one, or as one tuple."""
    return tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes


spelled("H", "mH")(lambda x: x.T if x.ndim < 2 else x.mT)
spelled("T", "t", "t_copy")(lambda x: x.T)
spelled("mT")(lambda x: x.mT)
spelled("transpose", "transpose_copy")(
    lambda x, a, b: np.swapaxes(x, a, b) if x.ndim else np.transpose(x)
)
spelled("permute", "permute_copy")(lambda x, dims: np.transpose(x, dims))
spelled("reshape", "view", "view_copy")(lambda x, *shape: np.reshape(x, in_tuple(shape)))
spelled("reshape_as", "view_as")(lambda x, other: np.reshape(x, other.shape))


@spelled("flatten")
def flatten(x, start_dim=0, end_dim=-1):
    if x.ndim == 0:
        return np.reshape(x, (1,))
    start, end = start_dim % x.ndim, end_dim % x.ndim + 1
    merged = math.prod(x.shape[start:end])
    return np.reshape(x, (*x.shape[:start], merged, *x.shape[end:]))


@spelled("unflatten")
def unflatten(x, dim, sizes):
    dim %= x.ndim
    return np.reshape(x, (*x.shape[:dim], *sizes, *x.shape[dim + 1 :]))


@spelled("squeeze", "squeeze.multiple", "squeeze_copy")
def squeeze(x, dim=None):
    """PyTorch skips axes that are not of length 1, where NumPy raises."""
    if dim is None or x.ndim == 0:
        return np.squeeze(x)
    dims = dim if isinstance(dim, (tuple, list)) else (dim,)
    return np.squeeze(x, tuple(a for a in dims if x.shape[a] == 1))


spelled("unsqueeze", "unsqueeze_copy")(lambda x, dim: np.expand_dims(x, dim))
spelled("atleast_1d")(several(np.atleast_1d))
spelled("atleast_2d")(several(np.atleast_2d))
spelled("atleast_3d")(several(np.atleast_3d))
spelled("diagflat")(lambda x, offset=0: np.diagflat(x, offset))


@spelled("cat")
def cat(arrays, dim=0):
    """PyTorch leaves out arrays of shape (0,) whatever the others' axes."""
    kept = [x for x in arrays if x.shape != (0,)] or list(arrays)
    return np.concatenate(kept, axis=dim)


spelled("stack")(lambda arrays, dim=0: np.stack(list(arrays), axis=dim))
spelled("column_stack")(lambda arrays: np.column_stack(list(arrays)))
spelled("dstack")(lambda arrays: np.dstack(list(arrays)))
spelled("hstack")(lambda arrays: np.hstack(list(arrays)))
spelled("vstack")(lambda arrays: np.vstack(list(arrays)))
spelled("flip")(lambda x, dims: np.flip(x, axes(x, dims) if dims != () else ()))
spelled("roll")(lambda x, shifts, dims=None: np.roll(x, shifts, axes(x, dims)))
spelled("tile")(lambda x, dims: np.tile(x, dims))
spelled("repeat")(lambda x, *sizes: np.tile(x, in_tuple(sizes)))


@spelled("repeat_interleave")
def repeat_interleave(x, repeats, dim=None, output_size=None):
    return np.repeat(x, repeats, axis=dim if x.ndim else None)


@spelled("broadcast_to", "expand_copy", "expand")
def expand(x, *sizes):
    """-1 keeps the length of an axis."""
    sizes = in_tuple(sizes)
    own = (1,) * (len(sizes) - x.ndim) + tuple(x.shape)
    return np.broadcast_to(x, tuple(n if s == -1 else s for n, s in zip(own, sizes, strict=True)))


spelled("expand_as")(lambda x, other: np.broadcast_to(x, other.shape))
spelled("broadcast_tensors")(lambda *arrays: np.broadcast_arrays(*arrays))


@spelled("meshgrid.variadic_tensors", "meshgrid.list_of_tensors")
def meshgrid(*arrays, indexing="ij"):
    return np.meshgrid(*in_tuple(arrays), indexing=indexing)


@spelled("split", "split_with_sizes", "split.list_args", "unsafe_split", "split_with_sizes_copy")
def split(x, sizes, dim=0):
    if isinstance(sizes, int):
        return np.split(x, list(range(sizes, x.shape[dim], sizes)), axis=dim)
    return np.split(x, list(np.cumsum(sizes)[:-1]), axis=dim)


@spelled("chunk", "unsafe_chunk")
def chunk(x, chunks, dim=0):
    return split(x, -(-x.shape[dim] // chunks), dim)


@spelled("tensor_split")
def tensor_split(x, where, dim=0):
    where = getattr(where, "tolist", lambda: where)()
    return np.array_split(x, where if isinstance(where, int) else list(where), axis=dim)


spelled("unbind", "unbind_copy")(lambda x, dim=0: np.unstack(x, axis=dim))
spelled("unfold", "unfold_copy")(
    lambda x, dim, size, step: np.lib.stride_tricks.sliding_window_view(x, size, dim)[
        (*(slice(None),) * (dim % x.ndim), slice(None, None, step))
    ]
)


def _pad(numpy_mode):
    def filled(x, pad, mode=None, value=None):
        """PyTorch names the last axis first; a negative width cuts."""
        widths = [(0, 0)] * x.ndim
        for i in range(len(pad) // 2):
            widths[-1 - i] = tuple(pad[2 * i : 2 * i + 2])
        lengths = zip(widths, x.shape, strict=True)
        x = x[tuple(slice(max(0, -a), n + min(0, b)) for (a, b), n in lengths)]
        widths = [(max(0, a), max(0, b)) for a, b in widths]
        more = {"constant_values": value or 0} if numpy_mode == "constant" else {}
        return np.pad(x, widths, numpy_mode, **more)

    return filled


for _torch, _mode in [
    ("constant", "constant"),
    ("reflect", "reflect"),
    ("replicate", "edge"),
    ("replicate_negative", "edge"),
    ("circular", "wrap"),
]:
    spelled(f"nn.functional.pad.{_torch}")(_pad(_mode))
spelled("constant_pad_nd")(lambda x, pad, value=0: _pad("constant")(x, pad, value=value))
spelled("fft.fftshift")(lambda x, dim=None: np.fft.fftshift(x, axes(x, dim)))
spelled("fft.ifftshift")(lambda x, dim=None: np.fft.ifftshift(x, axes(x, dim)))
