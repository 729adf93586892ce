"""The chart of a `History`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograd_lite.extend import charts

EPOCH = charts.Axis("epoch", whole=True)
LARGE = (420.0, 240.0)  # pixels of up to two panels


def curves(history: Any) -> charts.Chart:
    """Draw a `History`: a panel for each measure, with its ``val_`` twin; below, what a `Monitor`
    measured, with a curve for each layer.

    Raises:
        ValueError: if there are no epochs.
    """
    measures = [
        name
        for name, values in history.history.items()
        if not name.startswith("val_") and all(isinstance(x, (int, float)) for x in values)
    ]
    if not measures:
        raise ValueError("there is nothing to plot: no epoch was trained")
    panels = [
        charts.Panel(measure, list(_curves(history, measure)), EPOCH, charts.Axis())
        for measure in measures
    ]
    panels += [_of_layers(history, measure) for measure in history.layers]
    if len(panels) < 3:
        panels = [panel._replace(size=LARGE) for panel in panels]
    numbers = history.history | history.layers
    columns = max(len(measures), len(history.layers)) if history.layers else None
    title = "Training: " + ", ".join(measures)
    return charts.Chart(title, panels, str(history), numbers, columns=columns and min(columns, 3))


def _curves(history: Any, measure: str) -> Iterator[charts.Line]:
    for i, (name, label) in enumerate(((measure, "training"), (f"val_{measure}", "validation"))):
        if name in history.history:
            epochs = [epoch + 1 for epoch in history.epochs_of(name)]
            yield charts.Line(epochs, history.history[name], label, i)


def _of_layers(history: Any, measure: str) -> charts.Panel:
    epochs = [epoch + 1 for epoch in history.layer_epochs]
    lines = [
        charts.Line(epochs[-len(values) :], values, layer, i)
        for i, (layer, values) in enumerate(history.layers[measure].items())
    ]
    share = measure == "dead units"
    y: Any = charts.Axis(low=0.0, high=1.0) if share else charts.Axis(log=True)
    return charts.Panel(measure, lines, EPOCH, y)
