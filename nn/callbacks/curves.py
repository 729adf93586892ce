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
    figure = Figure(figsize=(5 * len(measures), 4), layout="constrained")
    axes_of_all = figure.subplots(1, len(measures), squeeze=False)[0]
    for axes, measure in zip(axes_of_all, measures, strict=True):
        for name, label in ((measure, "training"), (f"val_{measure}", "validation")):
            if name in history.history:
                epochs = [epoch + 1 for epoch in history.epochs_of(name)]
                axes.plot(epochs, history.history[name], label=label)
        axes.set(title=measure, xlabel="epoch")
        axes.legend()
    return figure
