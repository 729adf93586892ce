"""Dead ReLUs: units that are 0 for all samples, so that no gradient reaches them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nn import activations
from nn._core.nest import leaves
from nn.diagnosis.case import Case
from nn.diagnosis.report import Finding, Severity

SHARE = 0.5  # of a layer's units; some are dead in healthy networks too


def check(case: Case) -> Iterator[Finding]:
    """Find layers with more than half of their units, or all, dead."""
    dead = {}
    for layer, node in case.prediction.all_of(activations.relu, activations.relu6):
        if node.keywords.get("negative_slope") or node.ndim < 2:
            continue
        active = (node.data > 0).reshape(-1, node.shape[-1]).any(axis=0)
        hidden = not case.prediction.is_output(node)
        share = 1 - float(np.mean(active))
        if share == 1 or (hidden and share > SHARE):
            dead[layer] = (int(np.sum(~active)), len(active))
    if not dead:
        return
    all_dead = [layer for layer, (count, units) in dead.items() if count == units]
    listed = ", ".join(f"{layer}: {count} of {units}" for layer, (count, units) in dead.items())
    nothing = f" {all_dead[0]} outputs only 0, so nothing before it learns." if all_dead else ""
    yield Finding(
        "dead_relus",
        Severity.ERROR if all_dead else Severity.WARNING,
        f"ReLU units that are 0 for all of {len(next(leaves(case.rows[0]))):,} samples: {listed}. "
        f"No gradient passes through them, so they stay dead.{nothing}",
        "a lower learning rate (too large a step pushes the biases down); "
        "kernel_initializer='he_normal' and biases from 0; scaled inputs; or units that cannot "
        "die, LeakyReLU(), activation='elu' or 'gelu'",
        {layer: count / units for layer, (count, units) in dead.items()},
    )
