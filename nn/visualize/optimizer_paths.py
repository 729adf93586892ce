"""Optimizer paths: several optimizers on the same loss surface, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import autograd_lite as ag
from autograd_lite.extend import LIGHT, charts
from nn._core.validation import require_count
from nn.optimizers import get
from nn.optimizers.base import Optimizer

Array = np.ndarray[Any, Any]

SIDE = 80  # points of the surface in each direction
BANDS = 14  # of the surface
AROUND = 0.25  # the paths, as a share of their range


def optimizer_paths(
    loss: Callable[..., Any],
    start: Sequence[float],
    optimizers: Mapping[str, Optimizer],
    *,
    steps: int = 60,
    extent: tuple[float, float, float, float] | None = None,
) -> charts.Chart:
    """Draw the paths of optimizers on a loss of two weights: an animation, and the losses by step.

    Args:
        loss: ``loss(w)`` of a Tensor w of shape (2,), a scalar.
        start: the two weights at the beginning.
        optimizers: new ones, by the name that the legend shows.
        steps: how many each takes.
        extent: left, right, below, above of the surface; None for what the paths need.

    Returns:
        The chart; ``numbers["paths"]``, for each optimizer the weights, (steps + 1, 2), and
        ``numbers["losses"]``. A path ends where the loss is no longer finite.

    Raises:
        ValueError: for other than two weights, and an optimizer that has taken steps before.

    Example:
        >>> import numpy as np, nn
        >>> chart = optimizer_paths(lambda w: np.sum(w**2), [1.0, 2.0], {"SGD": nn.SGD(0.25)},
        ...                         steps=2)
        >>> chart.numbers["paths"]["SGD"].tolist()
        [[1.0, 2.0], [0.5, 1.0], [0.25, 0.5]]
    """
    require_count("steps", steps)
    if np.shape(start) != (2,):
        raise ValueError(f"a surface has two weights, got a start of shape {np.shape(start)}")
    if not isinstance(optimizers, Mapping) or not optimizers:
        raise ValueError(
            f'give one optimizer at least, by name, {{"SGD": nn.SGD(0.1)}}; got {optimizers!r}'
        )
    walks = {name: _walk(loss, start, get(each), steps) for name, each in optimizers.items()}
    paths = {name: path for name, (path, _) in walks.items()}
    losses = {name: values for name, (_, values) in walks.items()}
    extent = extent or _around(np.concatenate(list(paths.values())))
    image = charts.Image(_surface(loss, extent), "the loss: the darker, the lower", extent)
    marks: list[charts.Mark] = [image]
    curves = []
    for i, (name, path) in enumerate(paths.items()):
        marks.append(charts.Walk(path[:, 0], path[:, 1], name, i))
        curves.append(charts.Line(np.arange(len(path)), losses[name], name, i))
    left, right, below, above = extent
    axes = charts.Axis("w₁", left, right), charts.Axis("w₂", below, above)
    positive = min(float(np.min(values)) for values in losses.values()) > 0
    panels = [
        charts.Panel("the surface: darker is lower", marks, *axes, (380.0, 320.0)),
        charts.Panel(
            "loss",
            curves,
            charts.Axis("step", whole=True),
            charts.Axis(log=positive),
            (380.0, 320.0),
        ),
    ]
    said = "; ".join(
        f"{name} comes to a loss of {values[-1]:.3g} after {len(values) - 1} steps"
        + (", and then to none that is finite" if len(values) <= steps else "")
        for name, values in losses.items()
    )
    said = f"From {tuple(map(float, start))}: {said}."
    return charts.Chart("Optimizer paths", panels, said, {"paths": paths, "losses": losses})


def _walk(
    loss: Callable[..., Any], start: Sequence[float], optimizer: Optimizer, steps: int
) -> tuple[Array, Array]:
    """Return the weights and the loss at each step, the start first."""
    if int(optimizer.iterations.item()):
        raise ValueError(
            f"this {type(optimizer).__name__} has taken steps before: give each path a new one"
        )
    w = ag.Variable(np.array(start, np.float64), name="w")
    path, values = [], []
    with np.errstate(all="ignore"):
        for _ in range(steps + 1):
            J = loss(w)
            _require_number(J)
            if not np.isfinite(J.data).all():
                break
            path.append(w.data.copy())
            values.append(float(J.data))
            (g,) = ag.gradients(J, [w])
            if g is None or not np.isfinite(g.data).all():
                break
            optimizer.apply([g], [w])
    if not path:
        raise ValueError(f"the loss is not finite at the start, {tuple(start)}")
    return np.array(path), np.array(values)


def _require_number(J: Any) -> None:
    """Require a number that was computed from a Tensor.

    Raises:
        TypeError: for a Python number, whose gradient nobody knows.
        ValueError: for an array.
    """
    if not isinstance(J, ag.Tensor):
        raise TypeError(f"loss(w) is computed from the Tensor w; got {J!r}, {type(J).__name__}")
    if J.ndim:
        raise ValueError(f"loss(w) is one number, got the shape {J.shape}: take np.sum or np.mean")


def _around(points: Array) -> tuple[float, float, float, float]:
    low, high = points.min(axis=0), points.max(axis=0)
    around = AROUND * np.maximum(high - low, 0.2 * max(float((high - low).max()), 1e-3))
    (left, below), (right, above) = low - around, high + around
    return float(left), float(right), float(below), float(above)


def _surface(loss: Callable[..., Any], extent: tuple[float, float, float, float]) -> Array:
    """Bands of equal loss, on a scale that shows the valley: by rank, not by value."""
    left, right, below, above = extent
    xs, ys = np.linspace(left, right, SIDE), np.linspace(above, below, SIDE)
    with ag.no_grad(), np.errstate(all="ignore"):
        values = np.array([[float(loss(ag.Tensor(np.array([x, y]))).data) for x in xs] for y in ys])
    highest = np.max(values, where=np.isfinite(values), initial=-np.inf)
    finite = charts.enlarged(np.where(np.isfinite(values), values, highest), 4)
    edges = np.quantile(finite, np.linspace(0, 1, BANDS + 1)[1:-1])
    band = np.searchsorted(edges, finite) / (BANDS - 1)
    return charts.blended(np.ones((*band.shape, 3)), LIGHT.looks["rest"].line, 0.75 * (1 - band))
