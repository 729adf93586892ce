"""Attention maps: which step looks at which, for each head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.extend import charts
from nn import activations
from nn.layers.base import Layer
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
    recorded = Recorded(model, x)
    wanted = None if layer is None else getattr(layer, "name", layer)
    found = [
        node
        for node in recorded.nodes
        if node.function is activations.softmax and node.ndim in (3, 4) and node is not recorded.y
        and (wanted is None or wanted in (node.scope.path.split("/") if node.scope else ()))
    ]  # fmt: skip
    if not found:
        raise ValueError(f"nothing in {wanted or model.name} attends: no softmax over steps")
    node = found[0]
    weights = node.data[0] if node.ndim == 4 else node.data
    path = node.scope.path.removeprefix(f"{model.name}/") if node.scope else ""
    steps, others = weights.shape[1:]
    names = tuple(map(str, range(max(steps, others)) if tokens is None else tokens))
    if len(names) not in (steps, others):
        raise ValueError(f"{len(names)} tokens are given for {steps} steps: write one for each")
    largest = max(float(weights.max()), 2 / others)  # so that equal weights are pale
    panels = [_map(f"head {i + 1}", each, names, largest) for i, each in enumerate(weights[:heads])]
    strongest = [np.unravel_index(int(each.argmax()), each.shape) for each in weights[:heads]]
    said = "; ".join(
        f"head {i + 1}: {names[row % len(names)]} looks most at {names[column % len(names)]} "
        f"({weights[i, row, column]:.2f})"
        for i, (row, column) in enumerate(strongest)
    )
    return charts.Chart(f"Attention of {path}", panels, f"{said}.", {"weights": weights})


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
