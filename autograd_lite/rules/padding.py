"""Rules of padding."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.primitives import take
from autograd_lite.table import composite, gradient
from autograd_lite.tensor import primitive


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
