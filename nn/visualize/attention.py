"""Attention maps: which step looks at which, for each head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import charts
from nn import activations
from nn._core.identifiers import lookup
from nn._core.validation import require_count
from nn.layers.base import Layer
from nn.visualize.arguments import names_of
from nn.visualize.recorded import Recorded

CELL, LARGEST = 22.0, 340.0  # pixels of a cell and of a map


def attention_maps(
    model: Layer,
    x: Any,
    layer: Any = None,
    *,
    tokens: Sequence[str] | None = None,
    heads: int = 8,
) -> charts.Chart:
    """Draw the weights of attention: a map for each head; a row says where one step looks.

    Args:
        model: a model with a layer of attention; it takes one input.
        x: a batch, of which the first sample is drawn.
        layer: the layer or its name; None for the first that attends.
        tokens: the words of the sample; None for the numbers of the steps.
        heads: how many are drawn at most.

    Returns:
        The chart; ``numbers["weights"]`` of shape (heads, steps, steps looked at); rows sum to 1.

    Raises:
        ValueError: if nothing attends, and for another number of tokens than steps.

    Example:
        >>> import numpy as np, nn
        >>> x = nn.Input((3, 8))
        >>> model = nn.Model(x, nn.layers.MultiHeadAttention(2, 4)(x, x))
        >>> attention_maps(model, np.ones((1, 3, 8), np.float32)).numbers["weights"].shape
        (2, 3, 3)
    """
    require_count("heads", heads)
    recorded = Recorded(model, x)
    node = _attending(recorded, model, None if layer is None else getattr(layer, "name", layer))
    weights = node.data[0] if node.ndim == 4 else node.data
    path = node.scope.path.removeprefix(f"{model.name}/") if node.scope else ""
    steps, others = weights.shape[1:]
    looked_at = tokens is not None and len(tokens) == others
    names = tuple(names_of(tokens, others if looked_at else max(steps, others)))
    largest = max(float(weights.max()), 2 / others)  # so that equal weights are pale
    panels = [_map(f"head {i + 1}", each, names, largest) for i, each in enumerate(weights[:heads])]
    strongest = [np.unravel_index(int(each.argmax()), each.shape) for each in weights[:heads]]
    said = "; ".join(
        f"head {i + 1}: {names[row % len(names)]} looks most at {names[column % len(names)]} "
        f"({weights[i, row, column]:.2f})"
        for i, (row, column) in enumerate(strongest)
    )
    return charts.Chart(f"Attention of {path}", panels, f"{said}.", {"weights": weights})


def _attending(recorded: Recorded, model: Layer, wanted: str | None) -> Any:
    """Return the first softmax whose rows weigh steps, in the model or in one of its layers."""
    if wanted is not None:
        lookup("layer with an output", wanted, recorded.layers)
    for node in recorded.nodes:
        inside = wanted is None or (node.scope and wanted in node.scope.path.split("/"))
        candidate = node.function is activations.softmax and node.ndim in (3, 4) and inside
        if candidate and _weighs(node, recorded.nodes):
            return node
    raise ValueError(f"nothing in {wanted or model.name} attends: no softmax over steps")


def _weighs(node: Any, nodes: list[Any]) -> bool:
    """Return whether a node is a factor of values of each sample, not of a matrix of weights."""
    same = {id(node)}
    for user in nodes:
        if any(id(x) in same for x in user.inputs):
            if user.function in (np.matmul, np.einsum):
                return all(x.ndim > 2 for x in user.inputs if isinstance(x, Tensor))
            if user.function is np.reshape:
                same.add(id(user))
    return False


def _map(title: str, weights: Any, names: tuple[str, ...], largest: float) -> charts.Panel:
    rows, columns = weights.shape
    size = min(CELL * columns, LARGEST), min(CELL * rows, LARGEST)
    return charts.Panel(
        title,
        [charts.Cells(weights, largest=largest)],
        charts.Axis("looked at", names=names[:columns]),
        charts.Axis("step", names=names[:rows]),
        size,
        rising=False,
    )
