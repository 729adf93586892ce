"""Draw the curves of a `History`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["draw_curves"]


def draw_curves(
    values: Mapping[str, Sequence[float]],
    epochs_of: Callable[[str], Sequence[int]],
    layers: Mapping[str, Mapping[str, Sequence[float]]],
    layer_epochs: Sequence[int],
) -> Any:
    """Draw a matplotlib figure: a panel for each measure, with its ``val_`` twin.

    Args:
        values: of each loss and metric, an entry for each epoch in which it was measured.
        epochs_of: the numbers of these epochs.
        layers: from a `Monitor`: values by measure and layer name.
        layer_epochs: the epochs of those values.

    Raises:
        ModuleNotFoundError: if matplotlib is not installed.
        ValueError: if there are no epochs.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "history.plot() needs matplotlib: pip install matplotlib. Without it, print(history) "
            "draws the curves as text"
        ) from None
    measures = [name for name in values if not name.startswith("val_")]
    if not measures:
        raise ValueError("there is nothing to plot: no epoch was trained")
    columns = max(len(measures), len(layers))
    rows = 2 if layers else 1
    figure = Figure(figsize=(5 * columns, 4 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid[0, len(measures) :]:
        axes.set_axis_off()
    if layers:
        _draw_layers(layers, layer_epochs, grid[1])
    for axes, measure in zip(grid[0], measures, strict=False):
        for name, label in ((measure, "training"), (f"val_{measure}", "validation")):
            if name in values:
                epochs = [epoch + 1 for epoch in epochs_of(name)]
                axes.plot(epochs, values[name], label=label)
        axes.set(title=measure, xlabel="epoch")
        axes.legend()
    return figure


def _draw_layers(
    layers: Mapping[str, Mapping[str, Sequence[float]]], layer_epochs: Sequence[int], row: Any
) -> None:
    """Draw what a `Monitor` measured: a panel for each measure, a curve for each layer."""
    epochs = [epoch + 1 for epoch in layer_epochs]
    for axes, (measure, curves) in zip(row, layers.items(), strict=False):
        for layer, values in curves.items():
            axes.plot(epochs[-len(values) :], values, label=layer)
        share = measure == "dead units"
        axes.set(title=measure, xlabel="epoch", yscale="linear" if share else "log")
        if share:
            axes.set_ylim(-0.02, 1.02)
        axes.legend()
    for axes in row[len(layers) :]:
        axes.set_axis_off()
