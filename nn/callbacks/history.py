"""History: the values of each epoch, as numbers, sparklines or a plot."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from autograd_lite.extend import Displayed
from nn.callbacks.base import Callback, Logs
from nn.training.progress import format_logs

BARS = "▁▂▃▄▅▆▇█"
SPARKLINE_WIDTH = 40


class History(Callback, Displayed):
    """The record of each epoch of `fit`, which returns it.

    ``print(history)`` draws each curve as a line of text; `plot` draws them as a picture.

    Attributes:
        history: the values of each loss and metric by name, one per epoch.
        epoch: the numbers of the epochs, from `initial_epoch` on.
        params: "epochs", "steps" and "verbose".
        engine: the engine of the steps: "eager", "numpy" or "native".
        layers: from a `Monitor`: values by measure and layer name.
        layer_epochs: the epochs of those values.
    """

    def __init__(self) -> None:
        self.history: dict[str, list[Any]] = {}
        self.engine = "eager"
        self.layers: dict[str, dict[str, list[float]]] = {}
        self.layer_epochs: list[int] = []
        self.epoch: list[int] = []
        self.params = {}
        self._epochs_of: dict[str, list[int]] = {}

    def set_model(self, model: Any) -> None:
        """Ignore the model, which holds its history: a reference back would be a cycle."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Remember the epoch's values."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
            self._epochs_of.setdefault(name, []).append(epoch)

    def epochs_of(self, name: str) -> list[int]:
        """Return the epochs in which a loss or metric was measured."""
        return self._epochs_of[name]

    def plot(self, path: Any = None) -> Any:
        """Draw the curves, a measure and its ``val_`` twin in one panel.

        Args:
            path: where to save it, "curves.svg" or "curves.png"; None only draws.

        Returns:
            The chart, which a notebook shows.

        Raises:
            ValueError: if no epoch was trained.
            ImportError: for a PNG, if what draws it is not installed.
        """
        from nn.callbacks.curves import curves

        chart = curves(self)
        if path is not None:
            chart.save(path)
        return chart

    def _displayed(self) -> dict[str, str]:
        """Return what a notebook shows: the curves."""
        shown = {"text/plain": repr(self)}
        if any(not name.startswith("val_") for name in self.history):
            shown["text/html"] = self.plot()._repr_mimebundle_()["text/html"]
        return shown

    def __str__(self) -> str:
        """Draw each curve as a line of text, with its first and last value."""
        if not self.epoch:
            return "no epochs yet"
        width = max(map(len, self.history))
        return "\n".join(
            f"{name:{width}}  {sparkline(values)}  {values[0]:.4g} → {values[-1]:.4g}"
            for name, values in self.history.items()
            if all(isinstance(value, (int, float)) for value in values)
        )

    def __repr__(self) -> str:
        if not self.epoch:
            return "<History, empty>"
        last = {name: values[-1] for name, values in self.history.items()}
        return f"<History of {len(self.epoch)} epochs, last {format_logs(last)}>"


def sparkline(values: list[float]) -> str:
    """Draw a curve as one line of at most 40 characters, each the mean of its part.

    >>> sparkline([0.0, 1.0, 2.0, 3.0, 2.0, 1.0, 0.0])
    '▁▃▆█▆▃▁'
    """
    count = min(len(values), SPARKLINE_WIDTH)
    cuts = [i * len(values) // count for i in range(count + 1)]
    means = [math.fsum(values[a:b]) / (b - a) for a, b in pairwise(cuts)]
    finite = [mean for mean in means if math.isfinite(mean)]
    low = min(finite, default=0.0)
    span = max(finite, default=0.0) - low
    return "".join(_bar(mean, low, span) for mean in means)


def _bar(value: float, low: float, span: float) -> str:
    if not math.isfinite(value):
        return "?"
    return BARS[round((value - low) / span * (len(BARS) - 1)) if span else 0]
