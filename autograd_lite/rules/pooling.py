"""The sum and the maximum of each window; equal maxima share the gradient, as in `np.max`.

`np.sum` and `np.max` over the axes of a window are the same functions. They are several times
slower there, since those axes are short and not the last: here the elements of a window are taken
one after the other, each time of all windows. The two bodies share no helper, since the source of a
compiled program holds each as it stands.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.primitives import broadcast_to, multiply_no_nan
from autograd_lite.recording import primitive
from autograd_lite.table import gradient, nondifferentiable


@primitive
def window_sum(w: Any, rank: int, out: Any = None) -> Any:
    r"""Return the sum of each window.

    Args:
        w: windows of `rank` axes, (samples, \*positions, \*size, ...), as `windows` returns them.
        rank: the number of axes that a window has.
        out: for a compiled program, the array that is returned.

    Returns:
        (samples, \*positions, ...), added up in the order of the elements.

    Example:
        >>> window_sum(np.array([[[3.0, 1.0], [1.0, 5.0]]]), rank=1)
        array([[4., 6.]])
    """
    everywhere = (slice(None),) * (rank + 1)
    elements = list(np.ndindex(w.shape[rank + 1 : 2 * rank + 1]))
    first = w[(*everywhere, *elements[0])]
    result = np.empty_like(first, order="C") if out is None else out
    np.copyto(result, first)
    for element in elements[1:]:
        np.add(result, w[(*everywhere, *element)], out=result)
    return result


@primitive
def window_max(w: Any, rank: int, out: Any = None) -> Any:
    r"""Return the maximum of each window.

    Args:
        w: windows of `rank` axes, (samples, \*positions, \*size, ...), as `windows` returns them.
        rank: the number of axes that a window has.
        out: for a compiled program, the array that is returned.

    Returns:
        (samples, \*positions, ...); NaN where a window holds NaN.

    Example:
        >>> window_max(np.array([[[3.0, 1.0], [1.0, 5.0]]]), rank=1)
        array([[3., 5.]])
    """
    everywhere = (slice(None),) * (rank + 1)
    elements = list(np.ndindex(w.shape[rank + 1 : 2 * rank + 1]))
    first = w[(*everywhere, *elements[0])]
    result = np.empty_like(first, order="C") if out is None else out
    np.copyto(result, first)
    for element in elements[1:]:
        np.maximum(result, w[(*everywhere, *element)], out=result)
    return result


@primitive
def max_shares(w: Any, y: Any, rank: int, out: Any = None) -> Any:
    """Return the share that each element of a window has in its maximum y: 1 / n for each of n
    elements that equal it, else 0; NaN all over a window whose maximum is NaN.
    """
    everywhere = (slice(None),) * (rank + 1)
    hit = w == y[(*everywhere, *(None,) * rank)]
    count = np.zeros_like(y)
    for element in np.ndindex(w.shape[rank + 1 : 2 * rank + 1]):
        count += hit[(*everywhere, *element)]
    count[count == 0] = np.nan
    share = 1 / count
    return np.multiply(hit, share[(*everywhere, *(None,) * rank)], out=out)


nondifferentiable(max_shares, 2, "rank")


def _beside_windows(x: Any, rank: int) -> Any:
    """Return one value for each window, with axes of length 1 for its elements."""
    return np.reshape(x, (*x.shape[: rank + 1], *(1,) * rank, *x.shape[rank + 1 :]))


gradient(
    window_sum,
    lambda g, y, w, *, rank: broadcast_to(_beside_windows(g, rank), shape=w.shape),
    maths=(r"\sum_i w_i", r"\bar{y} \mathbf{1}"),
)
gradient(
    window_max,
    lambda g, y, w, *, rank: multiply_no_nan(_beside_windows(g, rank), max_shares(w, y, rank=rank)),
    maths=(r"\max_i w_i", r"\frac{[w = y]}{\sum_i [w_i = y]}"),
)
