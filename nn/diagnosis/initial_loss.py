"""A first loss far above that of guessing: the model begins by being sure of what is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nn.diagnosis.case import Case
from nn.diagnosis.guessing import guessing_without_counts
from nn.diagnosis.report import Finding, Severity

__all__ = ["check"]

TIMES = 6.0


def check(case: Case) -> Iterator[Finding]:
    """The loss before any training, beside ln k."""
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
        f"before any training the loss is {case.start:.4g}; a model that gives each class the same "
        f"probability has {expected:.4g}. This one is sure of answers that are wrong, and has to "
        "unlearn them first.",
        "scale the inputs to about -1 to 1; leave the initializers at their defaults, above all "
        "that of the last layer",
        {"loss": case.start, "expected": expected},
    )
