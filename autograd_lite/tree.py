"""Nested tuples, lists, dicts and dataclasses of arrays, taken apart into leaves and put together.

Whatever their class is, an OrderedDict or a named tuple say, they come back as that.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np


def children(tree: Any) -> list[Any] | None:
    """The parts of a tuple, list, dict or dataclass, in order; None for anything else."""
    if tree.__class__ in _LEAVES:
        return None
    if isinstance(tree, (list, tuple)):
        return list(tree)
    if isinstance(tree, dict):
        return list(tree.values())
    if is_dataclass(tree):
        return [getattr(tree, field.name) for field in dataclasses.fields(tree)]
    return None


_LEAVES = frozenset([np.ndarray, float, int, bool, str, type(None)])  # the most frequent


def is_dataclass(x: Any) -> bool:
    """Return whether x is a dataclass of data; one that can be called is a kind of function."""
    return hasattr(type(x), "__dataclass_fields__") and not callable(x)


def flatten(tree: Any) -> list[Any]:
    """The leaves of a tree, from left to right; None has no leaves."""
    if tree is None:
        return []
    branches = children(tree)
    return [tree] if branches is None else [leaf for branch in branches for leaf in flatten(branch)]


def unflatten(tree: Any, leaves: Iterable[Any]) -> Any:
    """A tree of the same structure with other leaves, in the order of `flatten`."""
    return _rebuild(tree, iter(leaves))


def _rebuild(tree: Any, leaves: Iterator[Any]) -> Any:
    # No closure that calls itself: it would be a cycle, and keep the leaves' graph alive.
    if tree is None:
        return None
    branches = children(tree)
    if branches is None:
        return next(leaves)
    return with_children(tree, [_rebuild(branch, leaves) for branch in branches])


def with_children(tree: Any, parts: list[Any]) -> Any:
    """A tuple, list, dict or dataclass of the same class with other parts."""
    kind = type(tree)
    if kind is dict:
        return dict(zip(tree, parts, strict=True))
    if isinstance(tree, (list, tuple)):
        return kind(*parts) if hasattr(tree, "_fields") else kind(parts)
    made = copy.copy(tree)  # with the default factory of a defaultdict, say
    if isinstance(tree, dict):
        made.update(zip(tree, parts, strict=True))
    else:
        for field, part in zip(dataclasses.fields(tree), parts, strict=True):
            object.__setattr__(made, field.name, part)  # of a frozen one, too
    return made


def map_tree(function: Any, tree: Any) -> Any:
    """`function` of every leaf, in the same structure."""
    return unflatten(tree, map(function, flatten(tree)))


def flatten_as(like: Any, tree: Any) -> list[Any]:
    """The leaves of `tree` in the order of those of `like`: dicts are paired by key.

    Raises:
        ValueError: if the structures differ.
    """
    if isinstance(like, dict):
        if not isinstance(tree, dict) or like.keys() != tree.keys():
            raise _differ(like, tree)
        return [leaf for key, value in like.items() for leaf in flatten_as(value, tree[key])]
    if (like is None) != (tree is None):
        raise _differ(like, tree)
    if like is None:
        return []
    ours, theirs = children(like), children(tree)
    if ours is None and theirs is None:
        return [tree]
    if ours is None or theirs is None or len(ours) != len(theirs):
        raise _differ(like, tree)
    if isinstance(tree, dict) or (is_dataclass(like) and type(like) is not type(tree)):
        raise _differ(like, tree)
    return [leaf for a, b in zip(ours, theirs, strict=True) for leaf in flatten_as(a, b)]


def _differ(like: Any, tree: Any) -> ValueError:
    return ValueError(f"the structures differ: {_outline(like)} and {_outline(tree)}")


def _outline(branch: Any) -> str:
    if isinstance(branch, dict):
        return "a dict with the keys " + ", ".join(map(repr, branch))
    parts = children(branch)
    if parts is not None:
        return f"a {type(branch).__name__} of {len(parts)}"
    return "None" if branch is None else "an array"
