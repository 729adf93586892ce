"""Decision boundary: the answers of a model over the plane of two features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.extend import LIGHT, charts, unwrap
from nn.callbacks.grid import Grid

PLANE = 360.0  # pixels
PALE = 0.42  # opacity of the colour of a class


def decision_boundary(
    model: Any,
    X: Any,
    y: Any,
    *,
    features: Sequence[str] = ("x₁", "x₂"),
    classes: Sequence[str] | None = None,
    side: int = 160,
) -> charts.Chart:
    """Draw which class a model of two features predicts where, with the samples.

    Args:
        model: a classifier: one output (a probability or a logit), or one for each class.
        X: the samples, (count, 2).
        y: their classes, (count,) or one-hot.
        features: their names.
        classes: their names.
        side: points in each direction.

    Returns:
        The chart; ``numbers["answers"]`` of shape (side, side), the first row at the smallest x₂:
        the probability of class 1, or the class; ``numbers["extent"]``; ``numbers["accuracy"]``.

    Raises:
        ValueError: for samples of other than two features, and targets that are no classes.

    Example:
        >>> import numpy as np, nn
        >>> X, y = np.array([[-1.0, 0.0], [1.0, 0.0]]), np.array([0, 1])
        >>> model = nn.Sequential([nn.Input((2,)), nn.Dense(1)])
        >>> model.layers[0].set_weights([np.array([[1.0], [0.0]]), np.zeros(1)])
        >>> decision_boundary(model, X, y).numbers["accuracy"]
        1.0
    """
    X, y = np.asarray(unwrap(X)), np.asarray(unwrap(y))
    grid = Grid.over(X, y, side)
    if grid is None:
        raise ValueError(
            "decision_boundary draws samples of two features, (count, 2), with classes from 0; got "
            f"shapes {X.shape} and {y.shape}"
        )
    grid.look(model)
    found = grid.boundary()
    if found is None:
        raise ValueError(f"{model.name} gives no score for each sample, (samples, classes)")
    answers, labels = found.frames[0], np.asarray(found.labels)
    binary = not found.classes
    count = max(2 if binary else found.classes, int(labels.max()) + 1)
    names = [f"class {c}" for c in range(count)] if classes is None else list(map(str, classes))
    predicted = (answers > 0.5).astype(int) if binary else answers
    image = charts.diverging(2 * answers - 1, 2.0) if binary else _painted(predicted)
    left, right, below, above = found.extent
    painted = charts.Image(image[::-1], "predicted classes", found.extent)
    marks: list[charts.Mark] = [painted, _edge(found, predicted)]
    for c in range(count):
        chosen = X[labels == c]
        marks.append(charts.Points(chosen[:, 0], chosen[:, 1], names[c], c))
    accuracy = grid.accuracy(model)
    share = ", ".join(f"{name} {np.mean(predicted == c):.0%}" for c, name in enumerate(names))
    said = f"{accuracy:.1%} of {len(X)} samples are right. Share of the plane: {share}."
    axes = charts.Axis(features[0], left, right), charts.Axis(features[1], below, above)
    panel = charts.Panel("", marks, *axes, (PLANE, PLANE * 0.85))
    numbers = {"answers": answers, "extent": found.extent, "accuracy": accuracy}
    return charts.Chart(f"Decision boundary of {model.name}", [panel], said, numbers)


def _painted(predicted: Any) -> Any:
    white = np.ones((*predicted.shape, 3))
    colours = np.array([charts.shade(colour) for colour in LIGHT.series])
    return white * (1 - PALE) + colours[predicted.astype(int) % len(colours)] * PALE


def _edge(found: Any, predicted: Any) -> charts.Image:
    """Dark pixels where neighbours differ, on nothing."""
    differs = np.zeros(predicted.shape, bool)
    differs[:, 1:] |= predicted[:, 1:] != predicted[:, :-1]
    differs[1:] |= predicted[1:] != predicted[:-1]
    edge = np.zeros((*predicted.shape, 4))
    edge[..., :3] = charts.shade(LIGHT.text)
    edge[..., 3] = differs
    return charts.Image(edge[::-1], "the boundary", found.extent)
