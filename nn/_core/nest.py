"""Nested structures: lists, tuples and dicts of arrays, for several inputs or outputs.

A list of arrays means several arrays; a list of numbers, ``[[0, 1], [1, 1]]``, means one array.
`is_structure` tells the two apart for all of `nn`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd_lite import Tensor

# Methods by which arrays, frames and tensors of all libraries are read; and those of sparse
# matrices, which are refused later.
_PROTOCOLS = ("__array__", "__array_interface__", "__dlpack__", "__dataframe__", "toarray")


def is_array(value: Any) -> bool:
    """Return if `value` is one array (data frame, series, tensor), of this or another library.

    >>> is_array(np.zeros(2)), is_array(np.float32(2)), is_array([1.0])
    (True, False, False)
    """
    if isinstance(value, (np.ndarray, Tensor)):
        return True
    kind = type(value)
    return not isinstance(value, np.generic) and any(hasattr(kind, name) for name in _PROTOCOLS)


def is_structure(value: Any) -> bool:
    """Return if `value` holds several arrays, rather than being one (or a list that becomes one).

    >>> is_structure([np.zeros(2), np.zeros(3)]), is_structure([[0, 1], [1, 1]])
    (True, False)
    """
    if isinstance(value, dict):
        return not is_array(value)  # SciPy's dok_matrix is a dict
    return isinstance(value, (list, tuple)) and any(
        is_array(part) or is_structure(part) for part in value
    )


def only(value: Any) -> Any:
    """Return the array in a list, tuple or dict of one; anything else as it is.

    >>> only([np.zeros(2)]).shape, only([[0.0, 1.0]])
    ((2,), [[0.0, 1.0]])
    """
    if isinstance(value, (list, tuple, dict)) and len(value) == 1 and is_structure(value):
        (part,) = value.values() if isinstance(value, dict) else value
        return only(part)
    return value


def map_arrays(function: Callable[[Any], Any], value: Any) -> Any:
    """Apply `function` to each array in `value`, keeping the structure; None stays None.

    >>> map_arrays(np.shape, {"image": np.zeros((8, 8)), "label": np.zeros(8)})
    {'image': (8, 8), 'label': (8,)}
    """
    return map_named(lambda part, _: function(part), value, "")


def map_named(function: Callable[[Any, str], Any], value: Any, name: str) -> Any:
    """Apply a function of array and name, keeping the structure; the name is for messages.

    >>> map_named(lambda part, name: name, [np.zeros(2), {"a": np.zeros(3)}], "X")
    ['X[0]', {'a': "X[1]['a']"}]
    """
    if value is None:
        return None
    if not is_structure(value):
        return function(value, name)
    if isinstance(value, dict):
        return {key: map_named(function, part, f"{name}[{key!r}]") for key, part in value.items()}
    parts = (map_named(function, part, f"{name}[{i}]") for i, part in enumerate(value))
    return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)


def named_leaves(value: Any, name: str) -> list[tuple[str, Any]]:
    """Yield the name and each array in `value`, from left to right.

    >>> [(name, leaf.shape) for name, leaf in named_leaves([np.zeros(2), (np.zeros(3), None)], "X")]
    [('X[0]', (2,)), ('X[1][0]', (3,))]
    """
    found: list[tuple[str, Any]] = []
    map_named(lambda part, name: found.append((name, part)), value, name)
    return found


def leaves(value: Any) -> Iterator[Any]:
    """Yield each array in `value`, from left to right."""
    return (part for _, part in named_leaves(value, ""))


def kinds_of(batch: Any) -> tuple[Any, ...]:
    """Return the place, shape and dtype of each array of a batch, from left to right.

    Dicts of the same arrays in another order are of another kind: the places tell.

    >>> [place for place, _, _ in kinds_of(({"b": np.zeros(2), "a": np.zeros(2)}, np.zeros(2)))]
    ["[0]['b']", "[0]['a']", '[1]']
    """
    return tuple((place, x.shape, x.dtype) for place, x in named_leaves(list(batch), ""))
