"""Copies and pickles of graphs, without recursion: inputs come before what uses them."""

from __future__ import annotations

import threading
from typing import Any

from autograd_lite.ancestors import in_order


def state_of(node: Any) -> Any:
    """Return the argument of `__setstate__`: the values of the slots."""
    return object.__reduce_ex__(node, 2)[2]


def reduced(node: Any) -> Any:
    """A node as `pickle` wants it. The one that pickling starts from is given as a list of all
    nodes in order, so that a node's inputs are known when its own turn comes.
    """
    listed = _listed()
    if id(node) in listed:
        listed.remove(id(node))
        return object.__reduce_ex__(node, 2)
    nodes = in_order([node], keywords=True)
    if len(nodes) == 1:
        return object.__reduce_ex__(node, 2)
    listed.update(map(id, nodes))
    return _last, (nodes, _End(nodes))


class _End:
    """Stands behind the list of nodes: when pickling comes to it, they are done."""

    def __init__(self, nodes: list[Any]) -> None:
        self._nodes = nodes

    def __reduce__(self) -> tuple[Any, ...]:
        _listed().difference_update(map(id, self._nodes))
        return bool, ()


def _last(nodes: list[Any], end: bool) -> Any:
    return nodes[-1]


def _listed() -> set[int]:
    """The ids of the nodes that this thread is pickling in order."""
    if not hasattr(_THREAD, "listed"):
        _THREAD.listed = set()
    listed: set[int] = _THREAD.listed
    return listed


_THREAD = threading.local()
