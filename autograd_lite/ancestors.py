"""The walks over a record: what a result was computed from, and what was computed from a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from autograd_lite.array_methods import ArrayMethods as Node  # Tensor's base; it walks itself, too


def ancestors(
    roots: Iterable[Any], *, differentiable: bool = False, keywords: bool = False
) -> Iterator[Any]:
    """Yield each Tensor that the roots were computed from, the roots first; in no other order.

    The walk is a loop, so a chain of any length works; it stops when no more is consumed.

    Args:
        roots: Tensors.
        differentiable: whether to follow only what requires a gradient.
        keywords: whether to follow the Tensors among keywords too, such as masks.
    """
    waiting = list(roots)
    seen = set(map(id, waiting))
    for node in waiting:  # grows while it is read
        yield node
        for x in _tensors_of(node, keywords):
            if id(x) not in seen and (x.requires_grad or not differentiable):
                seen.add(id(x))
                waiting.append(x)


def in_order(roots: Iterable[Any], **options: bool) -> list[Any]:
    """The same as a list in order of creation, in which inputs come before their users."""
    return sorted(ancestors(roots, **options), key=lambda node: int(node.stamp))


def descendants(source: Any, nodes: Iterable[Any], *, keywords: bool = False) -> list[Any]:
    """Return the nodes that were computed from `source`, which is not among them.

    Args:
        source: a Tensor.
        nodes: in order of creation; so is the result.
        keywords: whether an operation is also computed from the Tensors among its keywords.
    """
    reached = {id(source)}
    found = []
    for node in nodes:
        if any(id(x) in reached for x in _tensors_of(node, keywords)):
            reached.add(id(node))
            found.append(node)
    return found


def _tensors_of(node: Any, keywords: bool) -> list[Any]:
    """The Tensors that a node was computed from directly."""
    inputs = node.inputs or ()
    parts = (*inputs, *node.keywords.values()) if keywords else inputs
    return [x for x in parts if isinstance(x, Node)]
