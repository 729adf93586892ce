"""An initial loss far above the baseline: confident wrong predictions before training."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nn.diagnosis.case import Case
from nn.diagnosis.guessing import guessing_without_counts
from nn.diagnosis.report import Finding, Severity

TIMES = 6.0


def check(case: Case) -> Iterator[Finding]:
    """Compare the loss before training with ln k."""
    expected = guessing_without_counts(case)
    if (
        expected is None
        or case.trained
        or case.start is None
        or not (TIMES * expected <= case.start < math.inf)
    ):
        return
    yield Finding(
        "initial_loss",
        Severity.WARNING,
        f"before training the loss is {case.start:.4g}; equal probabilities for all classes would "
        f"give {expected:.4g}. The model is confident of wrong predictions, which it has to "
        "unlearn them first.",
        "scale the inputs to about -1 to 1; leave the initializers at their defaults, above all "
        "that of the last layer",
        {"loss": case.start, "expected": expected},
    )
