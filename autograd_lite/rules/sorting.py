"""Rules of sorting and searching, and of sets."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.primitives import take
from autograd_lite.rules.helpers import along, as_array, axis_of, converted, read
from autograd_lite.table import alone, composite, gradient, nondifferentiable, plain

# -- sorting ---------------------------------------------------------------------------------------


def _unsorted(g: Any, y: Any, x: Any, axis: int | None) -> Any:
    """Each element receives the gradient of the place it came to: the elements of x and of y
    are the same, and the n-th smallest of one is the n-th smallest of the other.
    """
    line = 0 if axis is None else axis
    of_y = np.argsort(y, axis=line, kind="stable")
    rank = np.argsort(np.argsort(x, axis=axis, kind="stable"), axis=axis, kind="stable")
    by_rank = np.take_along_axis(g, of_y, axis=line)
    return np.reshape(np.take_along_axis(by_rank, rank, axis=line), np.shape(x))


gradient(
    np.sort,
    lambda g, y, x, axis=-1, kind=None, stable=None: _unsorted(g, y, x, axis),
    maths=(r"\operatorname{sort}(x)", r"\operatorname{unsort}(\bar{y})"),
)
gradient(
    np.partition,
    lambda g, y, x, *, kth, axis=-1, kind="introselect": _unsorted(g, y, x, axis),
    maths=(r"\operatorname{partition}(x)", r"\operatorname{unsort}(\bar{y})"),
)
nondifferentiable(np.argsort, 1, "axis kind stable")
nondifferentiable(np.argpartition, 1, "kth axis kind")
plain(np.lexsort, instead="Write np.argsort(key, kind='stable') for one key after the other")

# -- searching -------------------------------------------------------------------------------------

nondifferentiable(np.searchsorted, 2, "side sorter")
nondifferentiable(np.digitize, 2, "right")
nondifferentiable(np.isin, 2, "assume_unique invert kind")
plain(
    np.nonzero, np.flatnonzero, np.argwhere,
    instead="How many there are differs from call to call, and a program has fixed shapes. Write "
    "np.where(mask, x, 0), and divide by np.sum(mask)",
)  # fmt: skip
alone(np.where, np.nonzero)

# -- sets: NumPy finds where the elements stand, and those are taken -------------------------------


@composite(np.unique)
def _unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
) -> Any:
    """The elements are differentiable; where they stood and how often is plain."""
    unique: Any = np.unique
    _, index, *others = unique(
        read(ar), True, return_inverse, return_counts, axis, equal_nan=equal_nan
    )
    if axis is None:
        elements = take(np.ravel(ar), (index,))
    else:
        elements = take(ar, along(axis_of(ar, axis), index))
    results = (elements, index, *others) if return_index else (elements, *others)
    return results if len(results) > 1 else elements


@composite(np.unique_all)
def _unique_all(x: Any) -> Any:
    found = np.unique_all(read(x))
    return found._replace(values=take(np.ravel(x), (found.indices,)))


@composite(np.unique_counts)
def _unique_counts(x: Any) -> Any:
    found = np.unique_counts(read(x))
    return found._replace(values=_unique_all(x).values)


@composite(np.unique_inverse)
def _unique_inverse(x: Any) -> Any:
    found = np.unique_inverse(read(x))
    return found._replace(values=_unique_all(x).values)


@composite(np.unique_values)
def _unique_values(x: Any) -> Any:
    """In NumPy's order, which need not be sorted."""
    rank = np.argsort(np.argsort(np.unique_values(read(x)), kind="stable"))
    return take(_unique_all(x).values, (rank,))


@composite(np.union1d)
def _union1d(ar1: Any, ar2: Any) -> Any:
    return np.unique(np.concatenate([ar1, ar2], axis=None))


@composite(np.intersect1d)
def _intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    dtype = np.result_type(as_array(ar1), as_array(ar2))
    _, first, second = np.intersect1d(read(ar1), read(ar2), assume_unique, return_indices=True)
    elements = converted(take(np.ravel(ar1), (first,)), dtype)
    return (elements, first, second) if return_indices else elements


@composite(np.setdiff1d)
def _setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    elements = np.ravel(ar1) if assume_unique else np.unique(ar1)
    return take(elements, (~np.isin(read(elements), read(ar2)),))


@composite(np.setxor1d)
def _setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """Return values that are in one of the two arrays only: no equal neighbour once sorted."""
    parts = [ar1, ar2] if assume_unique else [np.unique(ar1), np.unique(ar2)]
    elements = np.sort(np.concatenate(parts, axis=None))
    values = read(elements)
    different = np.concatenate([[True], values[1:] != values[:-1], [True]])
    return take(elements, (different[1:] & different[:-1],)) if values.size else elements
