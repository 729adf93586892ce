"""Rules of products of stacks of vectors and matrices: `vecdot`, `matvec`, `vecmat`."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.table import composite, gradient

gradient(
    np.vecdot,
    lambda g, y, a, b: g[..., None] * b,
    lambda g, y, a, b: g[..., None] * a,
    maths=(r"\sum_i a_i b_i", r"\bar{y} b", r"\bar{y} a"),
)
if hasattr(np, "matvec"):  # since NumPy 2.2
    gradient(
        np.matvec,
        lambda g, y, a, x: g[..., :, None] * x[..., None, :],
        lambda g, y, a, x: np.vecmat(g, a),
        maths=(r"a x", r"\bar{y} x^\top", r"a^\top \bar{y}"),
    )
    gradient(
        np.vecmat,
        lambda g, y, x, a: np.matvec(a, g),
        lambda g, y, x, a: x[..., :, None] * g[..., None, :],
        maths=(r"x^\top a", r"a \bar{y}", r"x \bar{y}^\top"),
    )


@composite(np.linalg.vecdot)
def _vecdot(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    product: Any = np.vecdot  # whose annotations do not know axis=
    return product(x1, x2, axis=axis)
