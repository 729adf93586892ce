"""`flatten`: a nested structure of arrays as one vector, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.tensor import Tensor
from autograd_lite.tree import flatten as leaves_of
from autograd_lite.tree import unflatten as with_leaves


def flatten(tree: Any) -> tuple[Any, Callable[[Any], Any]]:
    """A nested structure of arrays as one vector, for optimizers that know vectors alone.

    Args:
        tree: tuples, lists, dicts or dataclasses of arrays, numbers or Tensors.

    Returns:
        ``(vector, unflatten)``. The vector has one dtype, floating, and is a Tensor where a leaf is
        one; ``unflatten(vector)`` has the structure and the shapes of `tree`. Both directions are
        differentiable.

    Raises:
        ValueError: from `unflatten`, for a vector of another length.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> vector, unflatten = ag.flatten({"w": np.array([[1.0, 2.0]]), "b": 3.0})
        >>> vector
        array([1., 2., 3.])
        >>> unflatten(2 * vector)
        {'w': array([[2., 4.]]), 'b': array(6.)}
    """
    leaves = leaves_of(tree)
    shapes = [np.shape(x) for x in leaves]
    ends = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)]).tolist()
    structure = with_leaves(tree, range(len(leaves)))

    def unflatten(vector: Any) -> Any:
        vector = vector if isinstance(vector, Tensor) else np.asarray(vector)
        if vector.shape != (ends[-1],):
            raise ValueError(
                f"unflatten takes a vector of {ends[-1]} elements, as flatten gave, got shape "
                f"{vector.shape}"
            )
        parts = zip(ends, ends[1:], shapes, strict=False)
        return with_leaves(structure, [np.reshape(vector[a:b], shape) for a, b, shape in parts])

    if not leaves:
        return np.zeros(0), unflatten
    rows = [np.reshape(x, (-1,)) for x in leaves]
    dtype = np.result_type(*(x.dtype for x in rows))
    vector = np.concatenate(rows)
    return vector if dtype.kind == "f" else vector.astype(np.float64), unflatten
