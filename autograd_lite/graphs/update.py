"""One update of the parameters, added to a Graph: it closes the backward walk."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite.ancestors import in_order
from autograd_lite.backward import node_gradients
from autograd_lite.graphs.data import Graph, Update
from autograd_lite.graphs.reading import nodes_in_order
from autograd_lite.graphs.summary import summary
from autograd_lite.recording import plain_keywords
from autograd_lite.table import TABLE
from autograd_lite.tensor import Tensor


def descended(graph: Graph, J: Tensor, rate: float) -> Graph:
    """Add a step of gradient descent, w - rate * gradient, and J computed anew with it.

    Args:
        graph: of J.
        J: a recorded Tensor with one element.
        rate: the learning rate.

    Raises:
        TypeError: if the rate is no number.
        ValueError: if it is negative, or J has no gradients.
    """
    if isinstance(rate, bool) or not isinstance(rate, (int, float, np.number)):
        raise TypeError(f"learning_rate is a number, got {type(rate).__name__}")
    if not rate >= 0:
        raise ValueError(f"learning_rate must not be negative, got {rate}")
    if graph.no_gradients is not None:
        raise ValueError(f"an update needs gradients: {graph.no_gradients}")
    parameters = [x for x in in_order([J], differentiable=True) if x.function is None]
    with np.errstate(all="ignore"):
        after = [
            (w, g, (w._array - rate * g).astype(w.dtype))
            for w, g in zip(parameters, node_gradients(J, parameters), strict=True)
            if g is not None
        ]
        result = float(_again(J, {id(w): new for w, _, new in after}))
    return updated(graph, J, after, result, "gradient descent", float(rate))


def updated(
    graph: Graph,
    J: Tensor,
    after: Sequence[tuple[Tensor, Any, Any]],
    result: float | None,
    rule: str,
    rate: float,
) -> Graph:
    """Add an update to a graph.

    Args:
        graph: of J.
        J: the Tensor that it is of.
        after: parameters among its nodes, each with its gradient and its new values, arrays.
        result: J with the new values; None where that is not known.
        rule: the name of the optimizer.
        rate: its learning rate.
    """
    ids = {id(part): i for i, part in enumerate(nodes_in_order([J]))}
    with np.errstate(all="ignore"):
        is_plain = all(
            np.allclose(new, w._array - rate * g, rtol=1e-4, atol=1e-7) for w, g, new in after
        )
    sampled = any(node.sample is not None for node in graph.nodes)
    values = tuple((ids[id(w)], summary(np.asarray(new), sampled)) for w, _, new in after)
    return dataclasses.replace(graph, update=Update(rule, rate, is_plain, values, result))


def _again(J: Tensor, values: Mapping[int, Any]) -> Any:
    """The array of J computed again, with other arrays in the place of leaves, by their id().

    What does not depend on those is not computed again: random numbers are not drawn anew.
    """
    new = dict(values)

    def read(x: Any) -> Any:
        return new.get(id(x), x._array) if isinstance(x, Tensor) else x

    for node in in_order([J], keywords=True):
        parts = (*(node.inputs or ()), *node.keywords.values())
        if id(node) in new or not any(id(x) in new for x in parts):
            continue
        operation: Any = TABLE[node.function]
        keywords = {key: read(x) for key, x in node.keywords.items()}
        new[id(node)] = operation.evaluate(*map(read, node.inputs), **plain_keywords(keywords))
    return new[id(J)]
