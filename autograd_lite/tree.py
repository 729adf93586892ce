"""Nested tuples, lists and dicts of arrays, taken apart into leaves and put together again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["flatten", "flatten_as", "map_tree", "unflatten"]


def flatten(tree: Any) -> list[Any]:
    """The leaves of a tree, from left to right; None has no leaves."""
    if tree is None:
        return []
    if isinstance(tree, (list, tuple)):
        return [leaf for branch in tree for leaf in flatten(branch)]
    if isinstance(tree, dict):
        return [leaf for branch in tree.values() for leaf in flatten(branch)]
    return [tree]


def unflatten(tree: Any, leaves: Iterable[Any]) -> Any:
    """A tree of the same structure with other leaves, in the order of `flatten`."""
    return _rebuild(tree, iter(leaves))


def _rebuild(branch: Any, leaves: Iterator[Any]) -> Any:
    # No closure that calls itself: it would be a cycle, and keep the leaves' graph alive.
    if branch is None:
        return None
    if isinstance(branch, tuple) and hasattr(branch, "_fields"):
        return type(branch)(*(_rebuild(b, leaves) for b in branch))
    if isinstance(branch, (list, tuple)):
        return type(branch)(_rebuild(b, leaves) for b in branch)
    if isinstance(branch, dict):
        return {key: _rebuild(value, leaves) for key, value in branch.items()}
    return next(leaves)


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
    if isinstance(like, (list, tuple)):
        if not isinstance(tree, (list, tuple)) or len(like) != len(tree):
            raise _differ(like, tree)
        return [leaf for a, b in zip(like, tree, strict=True) for leaf in flatten_as(a, b)]
    if (like is None) != (tree is None) or isinstance(tree, (list, tuple, dict)):
        raise _differ(like, tree)
    return [] if like is None else [tree]


def _differ(like: Any, tree: Any) -> ValueError:
    return ValueError(f"the structures differ: {_outline(like)} and {_outline(tree)}")


def _outline(branch: Any) -> str:
    if isinstance(branch, dict):
        return "a dict with the keys " + ", ".join(map(repr, branch))
    if isinstance(branch, (list, tuple)):
        return f"a {type(branch).__name__} of {len(branch)}"
    return "None" if branch is None else "an array"
