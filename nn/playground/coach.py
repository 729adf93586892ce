"""Coach: what is wrong with a network that does not learn, in one sentence, and what to try."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nn
from nn.diagnosis import dead_relus, gradient_flow, learning_rate, saturation
from nn.diagnosis.case import Case
from nn.diagnosis.diagnose import found_by
from nn.diagnosis.report import Finding

Array = NDArray[Any]
Check = Callable[[Case], Iterable[Finding]]

MANY = 0.5  # of a layer's units
RISEN = 3.0  # times the first loss

# What is asked of `nn.diagnose` for each kind of trouble, and what is said where it finds nothing.
CHECKS: dict[str, tuple[tuple[Check, ...], str]] = {
    "no gradient": (
        (dead_relus.check, saturation.check, gradient_flow.check),
        "Every gradient is 0, so no weight changes. Try another seed, another activation or "
        "smaller inputs.",
    ),
    "dead units": (
        (dead_relus.check,),
        "More than half of a layer's units are 0 for every point. Try leaky_relu or a lower "
        "learning rate.",
    ),
    "loss explodes": (
        (learning_rate.check,),
        "The loss is several times what it was at the start. Try a learning rate ten times lower.",
    ),
}


def trouble(arrays: dict[str, Array], layers: list[int], first: float, last: float) -> str:
    """Name what stops a network from learning, as far as one moment shows it; "" for nothing.

    Args:
        arrays: as `Observer.arrays`: the gradients, and which neurons are dead.
        layers: the number of neurons in each.
        first: the loss before training.
        last: the loss now; NaN where it is not finite.
    """
    if not np.isfinite(last) or last > RISEN * first:
        return "loss explodes"
    if not arrays["gradients"].any():
        return "no gradient"
    dead = np.split(arrays["dead"], np.cumsum(layers)[:-1])
    return "dead units" if any(part.mean() > MANY for part in dead) else ""


def advice(kind: str, model: nn.Model, X: Array, y: Array, batch_size: int) -> str:
    """Say what `nn.diagnose` finds about a kind of trouble, and its remedy."""
    checks, otherwise = CHECKS[kind]
    for finding in found_by(checks, model, X, y, batch_size=batch_size):
        return _in_short(finding)
    return otherwise


def _in_short(finding: Finding) -> str:
    """The first sentence of a finding, and the first and the last of its remedies."""
    summary = finding.summary.partition(". ")[0].rstrip(".")
    remedies = [part.strip() for part in finding.remedy.split(";") if "report." not in part]
    tried = " or ".join(dict.fromkeys([remedies[0], remedies[-1].removeprefix("or ")]))
    return f"{summary[0].upper()}{summary[1:]}. Try: {tried.removeprefix('take ')}."
