"""The chart of a test of learning rates."""

from __future__ import annotations

import numpy as np

from autograd_lite.extend import charts
from nn.diagnosis.rates import RateTest


def draw_rates(rates: RateTest, name: str) -> charts.Chart:
    """Draw the loss after some steps over the learning rate; very large losses are triangles at the
    upper edge.
    """
    lowest = min(*rates.losses, rates.start)
    ceiling = rates.start + 0.35 * max(rates.start - lowest, 0.05 * abs(rates.start))
    margin = 0.08 * (ceiling - lowest)
    x, losses = np.array(rates.rates), np.array(rates.losses)
    above = losses > ceiling
    ends = x[[0, -1]]
    marks: list[charts.Mark] = [
        *([_useful(rates)] if rates.improves else []),
        charts.Line(ends, [rates.start] * 2, "loss before", None, dashed=True),
        charts.Line(x, np.minimum(losses, ceiling), "", 0, points=True),
    ]
    if above.any():
        high = np.full(above.sum(), ceiling)
        marks.append(charts.Points(x[above], high, "higher still, or not finite", 2))
    if rates.yours > 0:  # a schedule may begin with 0, which has no place on a log scale
        loss = min(rates.loss_at_yours, ceiling)
        label = f"yours: {rates.yours:.2g}"
        marks.append(charts.Points([rates.yours], [loss], label, 3))
    panel = charts.Panel(
        "",
        marks,
        charts.Axis("learning rate", log=True),
        charts.Axis(f"loss after {rates.steps} steps", lowest - margin, ceiling + margin),
        size=(480.0, 260.0),
    )
    numbers = {"rates": rates.rates, "losses": rates.losses, "yours": rates.yours}
    return charts.Chart(f"{name}: which learning rates learn", [panel], _said(rates), numbers)


def _useful(rates: RateTest) -> charts.Mark:
    return charts.Band(rates.smallest_useful, rates.largest_useful, "learns well")


def _said(rates: RateTest) -> str:
    if not rates.improves:
        return (
            f"With no rate the loss, {rates.start:.4g} before, is lower after {rates.steps} steps."
        )
    return (
        f"The loss, {rates.start:.4g} before, is {min(rates.losses):.4g} after {rates.steps} steps "
        f"with the best rate, {rates.best:.2g}, and {rates.loss_at_yours:.4g} with yours, "
        f"{rates.yours:.2g}. Rates from {rates.smallest_useful:.2g} to {rates.largest_useful:.2g} "
        "learn well."
    )
