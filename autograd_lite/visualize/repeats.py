"""Layers alike in a row, which a picture of closed layers can draw as one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from autograd_lite.graphs import Graph

FEWEST = 3  # two alike are told apart at a glance
NUMBER = re.compile(r"[ _-]?\d+$")  # of layers that would else be named alike


def repeats(graph: Graph, box_of: list[int]) -> list[list[int]]:
    """Runs of at least three closed scope calls, each of which uses only the one before.

    They compute the same: the same operations on the same shapes, under a name that differs only in
    its number. Besides the one before, all use the same inputs: a shared kernel.

    Args:
        graph: the computation.
        box_of: the box that each node is drawn in: its own id, or that of a scope call counted on
            from the last node.
    """
    inputs, users = _neighbours(graph, box_of)
    layers = sorted({box for box in box_of if box >= len(graph.nodes)})
    alike = _signatures(graph, box_of, set(layers))
    following: dict[int, int] = {}
    for layer in layers:
        after = users.get(layer, set())
        if len(after) == 1 and alike.get(next(iter(after))) == alike[layer]:
            following[layer] = next(iter(after))
    runs = []
    starts = set(following) - set(following.values())
    for layer in sorted(starts):
        runs += _runs(layer, following, inputs)
    return [run for run in runs if len(run) >= FEWEST]


def _runs(layer: int, following: dict[int, int], inputs: dict[int, set[int]]) -> list[list[int]]:
    """The chain that starts at a layer, cut where the other inputs change."""
    runs = [[layer]]
    shared: set[int] | None = None
    while layer in following:
        layer, before = following[layer], layer
        others = inputs[layer] - {before}
        fits = others <= inputs.get(before, set()) if shared is None else others == shared
        if fits:
            runs[-1].append(layer)
            shared = others
        else:
            runs.append([layer])
            shared = None
    return runs


def _neighbours(graph: Graph, box_of: list[int]) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    inputs: dict[int, set[int]] = {}
    users: dict[int, set[int]] = {}
    for edge in graph.edges:
        source, target = box_of[edge.source], box_of[edge.target]
        if source != target:
            inputs.setdefault(target, set()).add(source)
            users.setdefault(source, set()).add(target)
    for output in graph.outputs:  # a result is looked at: it is not only the next layer's
        users.setdefault(box_of[output], set()).add(-1)
    return inputs, users


def _signatures(graph: Graph, box_of: list[int], layers: Iterable[int]) -> dict[int, Any]:
    """The signature of each scope call: calls of equal ones are drawn as one."""
    nodes: dict[int, list[Any]] = {layer: [] for layer in layers}
    for node in graph.nodes:
        if box_of[node.id] in nodes:
            leaf = node.kind if node.operation is None else None
            nodes[box_of[node.id]].append((leaf, node.operation, node.shape, node.dtype))
    first = len(graph.nodes)
    return {
        layer: (
            graph.scopes[layer - first].parent,
            NUMBER.sub("", graph.scopes[layer - first].name),
            tuple(members),
        )
        for layer, members in nodes.items()
    }
