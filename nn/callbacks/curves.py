"""The curves of a `History` as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nn.callbacks.history import History

__all__ = ["draw_curves"]


def draw_curves(history: History) -> Any:
    """A matplotlib figure: for each measure its curve, and that of its ``val_`` twin.

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
    measures = [name for name in history.history if not name.startswith("val_")]
    if not measures:
        raise ValueError("there is nothing to plot: no epoch was trained")
    columns = max(len(measures), len(history.layers))
    rows = 2 if history.layers else 1
    figure = Figure(figsize=(5 * columns, 4 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid[0, len(measures) :]:
        axes.set_axis_off()
    if history.layers:
        _draw_layers(history, grid[1])
    for axes, measure in zip(grid[0], measures, strict=False):
        for name, label in ((measure, "training"), (f"val_{measure}", "validation")):
            if name in history.history:
                epochs = [epoch + 1 for epoch in history.epochs_of(name)]
                axes.plot(epochs, history.history[name], label=label)
        axes.set(title=measure, xlabel="epoch")
        axes.legend()
    return figure


def _draw_layers(history: History, row: Any) -> None:
    """What a `Monitor` saw: a picture for each measure, a curve for each layer."""
    epochs = [epoch + 1 for epoch in history.layer_epochs]
    for axes, (measure, layers) in zip(row, history.layers.items(), strict=False):
        for layer, values in layers.items():
            axes.plot(epochs[-len(values) :], values, label=layer)
        share = measure == "dead units"
        axes.set(title=measure, xlabel="epoch", yscale="linear" if share else "log")
        if share:
            axes.set_ylim(-0.02, 1.02)
        axes.legend()
    for axes in row[len(history.layers) :]:
        axes.set_axis_off()
