"""Saturated sigmoids and tanhs, which are flat and pass no gradient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nn import activations
from nn.diagnosis.case import Case
from nn.diagnosis.report import Finding, Severity

SHARE = 0.5
END = 0.01  # as near to an end of its range, as a part of the range


def check(case: Case) -> Iterator[Finding]:
    """Find hidden layers with more than half of their values saturated."""
    saturated: dict[str, float] = {}
    for low, high, functions in RANGES:
        for layer, node in case.prediction.hidden(*functions):
            position = (node.data - low) / (high - low)
            share = float(np.mean((position < END) | (position > 1 - END)))
            if share > SHARE:
                saturated[layer] = max(share, saturated.get(layer, 0.0))
    if not saturated:
        return
    listed = ", ".join(f"{layer}: {share:.0%}" for layer, share in saturated.items())
    yield Finding(
        "saturation",
        Severity.WARNING,
        f"saturated sigmoids or tanhs, within {END:.0%} of an end of their range ({listed} of the "
        "values). There they are flat: almost no gradient passes.",
        "scale the inputs; smaller initial weights, the default glorot_uniform; a lower learning "
        "rate; a BatchNormalization() before the activation; or activation='relu'",
        saturated,
    )


RANGES: tuple[tuple[float, float, tuple[Any, ...]], ...] = (
    (0.0, 1.0, (activations.sigmoid, activations.hard_sigmoid)),
    (-1.0, 1.0, (np.tanh, activations.hard_tanh)),
)
