"""The picture of a test of learning rates."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.diagnosis.rates import RateTest

__all__ = ["draw_rates"]

CURVE, YOURS, BAD, GOOD, MUTED = "#1f5fa8", "#d9822b", "#c0392b", "#dcefe2", "0.55"


def draw_rates(rates: RateTest, name: str) -> Any:
    """Draw a matplotlib figure: the loss after some steps over the learning rate.

    Raises:
        ModuleNotFoundError: if matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "report.plot() needs matplotlib: pip install matplotlib. print(report) says the same "
            "in words"
        ) from None
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    lowest = min(min(rates.losses), rates.start)
    ceiling = rates.start + 0.35 * max(rates.start - lowest, 0.05 * abs(rates.start))
    margin = 0.08 * (ceiling - lowest)
    axes.set_xscale("log")
    axes.axvspan(
        rates.smallest_useful, rates.largest_useful, color=GOOD, zorder=0, label="learns well"
    )
    axes.axhline(rates.start, color=MUTED, lw=1, ls="--", label="loss before")
    _draw_curve(axes, rates, ceiling)
    _mark_yours(axes, rates, ceiling)
    axes.set(
        xlabel="learning rate",
        ylabel=f"loss after {rates.steps} steps",
        title=f"{name}: which learning rates learn",
        ylim=(lowest - margin, ceiling + margin),
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower left", fontsize=9, framealpha=1, edgecolor="none")
    return figure


def _draw_curve(axes: Any, rates: RateTest, ceiling: float) -> None:
    """Draw the losses; very large ones are triangles at the upper edge."""
    x, losses = np.array(rates.rates), np.array(rates.losses)
    above = losses > ceiling
    axes.plot(x, np.minimum(losses, ceiling), "o-", color=CURVE, lw=2, ms=5)
    if above.any():
        label = "higher still, or not finite"
        axes.plot(x[above], np.full(above.sum(), ceiling), "^", color=BAD, ms=9, label=label)


def _mark_yours(axes: Any, rates: RateTest, ceiling: float) -> None:
    loss = min(rates.loss_at_yours, ceiling)
    if rates.yours > 0:  # a schedule may begin with 0, which has no place on a log scale
        axes.axvline(rates.yours, color=YOURS, lw=1.5)
        axes.plot([rates.yours], [loss], "D", color=YOURS, ms=8, zorder=5)
        right = rates.yours < rates.rates[-1] / 30
        axes.annotate(
            f"yours: {rates.yours:.2g}",
            (rates.yours, loss),
            (9 if right else -9, 9),
            textcoords="offset points",
            ha="left" if right else "right",
            bbox={"boxstyle": "round,pad=0.2", "fc": "white", "ec": "none", "alpha": 0.85},
        )
