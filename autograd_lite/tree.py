"""Nested tuples, lists and dicts of arrays, taken apart into leaves and put together again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["flatten", "map_tree", "unflatten"]


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
    remaining = iter(leaves)

    def build(branch: Any) -> Any:
        if branch is None:
            return None
        if isinstance(branch, tuple) and hasattr(branch, "_fields"):
            return type(branch)(*map(build, branch))
        if isinstance(branch, (list, tuple)):
            return type(branch)(map(build, branch))
        if isinstance(branch, dict):
            return {key: build(value) for key, value in branch.items()}
        return next(remaining)

    return build(tree)


def map_tree(function: Any, tree: Any) -> Any:
    """`function` of every leaf, in the same structure."""
    return unflatten(tree, map(function, flatten(tree)))
