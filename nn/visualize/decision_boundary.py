"""Decision boundary: the answers of a model over the plane of two features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.extend import LIGHT, charts, unwrap
from nn._core.validation import require_count
from nn.callbacks.grid import Grid
from nn.visualize.arguments import names_of_classes, require_layer

PLANE = 360.0  # pixels
MOST_POINTS = 2000  # that are drawn
PALE = 0.42  # opacity of the colour of a class


def decision_boundary(
    model: Any,
    X: Any,
    y: Any,
    *,
    features: Sequence[str] = ("x₁", "x₂"),
    classes: Sequence[str] | None = None,
    side: int = 240,
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
    require_layer(model)
    require_count("side", side)
    X, y = np.asarray(unwrap(X)), np.asarray(unwrap(y))
    _require_samples(X, y)
    grid = Grid.over(X, y, side)
    if grid is None:
        raise ValueError(f"y holds classes, whole numbers from 0; got {np.unique(y)[:6]}")
    grid.look(model)
    found = grid.boundary()
    if found is None:
        raise ValueError(f"{model.name} gives no score for each sample, (samples, classes)")
    answers, labels = found.frames[0], np.asarray(found.labels)
    if not np.isfinite(answers).all():
        raise ValueError(f"{model.name} answers NaN or infinity: look at its weights")
    binary = not found.classes
    count = found.classes or 2
    names = names_of_classes(classes, count)
    if int(labels.max()) >= count:
        raise ValueError(f"{model.name} knows {count} classes, but y has class {int(labels.max())}")
    predicted = (answers > 0.5).astype(int) if binary else answers
    image = charts.diverging(2 * answers - 1, 2.0) if binary else _painted(predicted)
    left, right, below, above = found.extent
    painted = charts.Image(image[::-1], "predicted classes", found.extent)
    marks: list[charts.Mark] = [painted, _edge(found, predicted)]
    every = -(-len(X) // MOST_POINTS)
    for c in range(count):
        chosen = X[::every][labels[::every] == c]
        marks.append(charts.Points(chosen[:, 0], chosen[:, 1], names[c], c))
    accuracy = grid.accuracy(model)
    share = ", ".join(f"{name} {np.mean(predicted == c):.0%}" for c, name in enumerate(names))
    said = f"{accuracy:.1%} of {len(X)} samples are right. Share of the plane: {share}."
    said += f" One sample of {every} is drawn." if every > 1 else ""
    axes = charts.Axis(features[0], left, right), charts.Axis(features[1], below, above)
    panel = charts.Panel("", marks, *axes, (PLANE, PLANE * 0.85))
    numbers = {"answers": answers, "extent": found.extent, "accuracy": accuracy}
    return charts.Chart(f"Decision boundary of {model.name}", [panel], said, numbers)


def _require_samples(X: Any, y: Any) -> None:
    """Require finite samples of two features, with a target for each.

    Raises:
        ValueError: with what is wrong.
    """
    if X.ndim != 2 or X.shape[1] != 2 or len(X) < 2:
        needed = "samples of two features, (count, 2), at least two of them"
        raise ValueError(f"decision_boundary draws {needed}; got shape {X.shape}")
    if len(y) != len(X):
        raise ValueError(f"X has {len(X)} samples (shape {X.shape}), but y has {len(y)}")
    if X.dtype.kind not in "fiub" or not np.isfinite(X).all():
        raise ValueError("X has values that are no finite numbers: leave those samples out")


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
