"""Training: the weights as histograms, and the learning rates that learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.extend import charts
from nn._core.validation import require_count
from nn.diagnosis.diagnose import diagnose
from nn.models.model import Model
from nn.saving.paths import variable_paths
from nn.visualize.arguments import require_layer
from nn.visualize.images import not_finite

MOST_PANELS = 24


def weight_histograms(model: Any, *, bins: int = 30) -> charts.Chart:
    """Draw the distribution of the values of each weight array.

    Args:
        model: a model or layer, built.
        bins: bars in each panel.

    Returns:
        The chart; ``numbers`` has for each array, by its path, "counts", "edges", "mean", "std" and
        "zeros", the share that is exactly 0.

    Raises:
        ValueError: if there are no weights.

    Example:
        >>> import nn
        >>> model = nn.Sequential([nn.Input((4,)), nn.Dense(3)])
        >>> found = weight_histograms(model).numbers
        >>> list(found), found["dense/bias"]["zeros"], int(found["dense/kernel"]["counts"].sum())
        (['dense/kernel', 'dense/bias'], 1.0, 12)
    """
    require_layer(model)
    require_count("bins", bins)
    weights = {path: v.data for path, v in variable_paths(model).items() if v.dtype.kind == "f"}
    if not weights:
        raise ValueError(f"{model.name} has no weights yet: call it on a batch first")
    numbers = {path: _of_one(values, bins) for path, values in weights.items()}
    panels = []
    for path, found in list(numbers.items())[:MOST_PANELS]:
        shape = " × ".join(map(str, weights[path].shape)) or "1"
        bars = charts.Bars(found["edges"], found["counts"])
        title = f"{path}, {shape}"
        panels.append(
            charts.Panel(title, [bars], charts.Axis(), charts.Axis(whole=True), (260.0, 120.0))
        )
    said = "; ".join(
        f"{path}: mean {found['mean']:.3g}, standard deviation {found['std']:.3g}"
        + not_finite(weights[path]).rstrip(".").replace(" ", ", ", 1)
        for path, found in numbers.items()
    )
    left_out = len(numbers) - len(panels)
    said += f"; {left_out} more arrays are not drawn" if left_out else ""
    return charts.Chart(f"Weights of {model.name}", panels, f"{said}.", numbers)


def _of_one(values: Any, bins: int) -> dict[str, Any]:
    finite = np.asarray(values[np.isfinite(values)], float).ravel()
    counts, edges = np.histogram(finite, bins)
    empty = finite.size == 0
    return {
        "counts": counts,
        "edges": edges,
        "mean": float("nan") if empty else float(finite.mean()),
        "std": float("nan") if empty else float(finite.std()),
        "zeros": float(np.mean(values == 0)),
    }


def learning_rate_range(
    model: Model, X: Any, y: Any = None, *, batch_size: int | None = None
) -> charts.Chart:
    """Draw the loss after some steps over the learning rate: which rates learn.

    It is the test that `nn.diagnose` makes, on copies: each of 15 rates takes 40 steps from the
    model's present weights. After Smith, 2017, "Cyclical learning rates".

    Args:
        model: compiled; it stays as it is.
        X: as in `Model.fit`.
        y: as in `Model.fit`.
        batch_size: as in `Model.fit`.

    Returns:
        The chart; ``numbers`` has "rates", "losses" and "yours".

    Raises:
        ValueError: if the loss cannot be computed; `nn.diagnose` says why.

    Example:
        >>> import nn
        >>> X, y = nn.datasets.load_iris()
        >>> model = nn.Sequential([nn.Input((4,)), nn.Dense(3)])
        >>> model.compile("sgd", nn.SparseCategoricalCrossentropy(from_logits=True))
        >>> len(learning_rate_range(model, X, y).numbers["losses"])
        15
    """
    report = diagnose(model, X, y, batch_size=batch_size)
    if report.rates is None:
        raise ValueError(f"the loss cannot be computed, so no rate can be tried:\n{report}")
    chart: charts.Chart = report.plot()
    return chart
