"""Nested lists, tuples and dicts, under the names of `keras.tree`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

__all__ = [
    "assert_same_structure",
    "flatten",
    "flatten_with_path",
    "is_nested",
    "lists_to_tuples",
    "map_structure",
    "pack_sequence_as",
    "traverse",
]


def is_nested(structure: Any) -> bool:
    """Return if it is a list, a tuple or a dict."""
    return isinstance(structure, (list, tuple, dict))


def _entries(structure: Any) -> list[tuple[Any, Any]]:
    """Return keys and parts; those of a plain dict in the order of its keys, as in Keras."""
    if not isinstance(structure, dict):
        return list(enumerate(structure))
    items = list(structure.items())
    return sorted(items, key=lambda item: item[0]) if type(structure) is dict else items


def _rebuilt(structure: Any, parts: dict[Any, Any]) -> Any:
    """Return parts by key in a structure of the same kind."""
    if isinstance(structure, dict):
        made = {key: parts[key] for key in structure}
        return made if type(structure) is dict else type(structure)(made)
    values = [parts[i] for i in range(len(structure))]
    return type(structure)(*values) if hasattr(structure, "_fields") else type(structure)(values)


def flatten_with_path(structure: Any) -> list[tuple[tuple[Any, ...], Any]]:
    """Return the leaves, each with the keys that lead to it.

    >>> flatten_with_path({"b": [1, 2], "a": 3})
    [(('a',), 3), (('b', 0), 1), (('b', 1), 2)]
    """
    if not is_nested(structure):
        return [((), structure)]
    return [
        ((key, *path), leaf)
        for key, part in _entries(structure)
        for path, leaf in flatten_with_path(part)
    ]


def flatten(structure: Any) -> list[Any]:
    """Return the leaves in a list; None is one. Dicts go by their sorted keys.

    >>> flatten({"b": [1, 2], "a": 3})
    [3, 1, 2]
    """
    return [leaf for _, leaf in flatten_with_path(structure)]


def pack_sequence_as(structure: Any, flat_sequence: Any) -> Any:
    """Return a structure of the same kind with other leaves, in the order of `flatten`.

    Raises:
        ValueError: for another number of leaves.

    Example:
        >>> pack_sequence_as({"b": [0, 0], "a": 0}, [3, 1, 2])
        {'b': [1, 2], 'a': 3}
    """
    leaves = list(flat_sequence)
    if len(leaves) != len(flatten(structure)):
        raise ValueError(f"the structure has {len(flatten(structure))} leaves, got {len(leaves)}")
    return _packed(structure, iter(leaves))


def _packed(structure: Any, leaves: Iterator[Any]) -> Any:
    if not is_nested(structure):
        return next(leaves)
    return _rebuilt(structure, {key: _packed(part, leaves) for key, part in _entries(structure)})


def map_structure(func: Callable[..., Any], *structures: Any) -> Any:
    """Return the structure with ``func`` of the leaves of one or more structures.

    Raises:
        ValueError: if the structures differ.

    Example:
        >>> map_structure(lambda a, b: a + b, {"x": 1, "y": [2]}, {"x": 10, "y": [20]})
        {'x': 11, 'y': [22]}
    """
    for other in structures[1:]:
        assert_same_structure(structures[0], other)
    leaves = zip(*map(flatten, structures), strict=True)
    return pack_sequence_as(structures[0], [func(*each) for each in leaves])


def assert_same_structure(a: Any, b: Any) -> None:
    """Raise a ValueError, with the first place, if two structures differ."""
    ours, theirs = ({path for path, _ in flatten_with_path(s)} for s in (a, b))
    if ours != theirs:
        raise ValueError(f"the structures differ at {sorted(ours ^ theirs, key=str)[0]}: {a}, {b}")


def lists_to_tuples(structure: Any) -> Any:
    """Return the structure with tuples in place of lists."""
    if not is_nested(structure):
        return structure
    parts = {key: lists_to_tuples(part) for key, part in _entries(structure)}
    return tuple(parts.values()) if type(structure) is list else _rebuilt(structure, parts)


def traverse(func: Callable[[Any], Any], structure: Any, top_down: bool = True) -> Any:
    """Return the structure with what ``func`` gives for each part; None leaves a part as it is.

    Args:
        func: of each structure and leaf.
        structure: what is walked through.
        top_down: a structure before its parts, which are then not visited where func gave a result.
    """
    if top_down and (found := func(structure)) is not None:
        return found
    made = structure
    if is_nested(structure):
        parts = {key: traverse(func, part, top_down) for key, part in _entries(structure)}
        made = _rebuilt(structure, parts)
    if top_down:
        return made
    found = func(made)
    return made if found is None else found
