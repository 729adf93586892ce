"""A trained model that is worse than the best constant prediction, and no longer improves."""

from __future__ import annotations

from collections.abc import Iterator

from nn.diagnosis.case import Case
from nn.diagnosis.guessing import guessing_loss
from nn.diagnosis.report import Finding, Severity

WORSE = 1.05
FALL = 0.01


def check(case: Case) -> Iterator[Finding]:
    """Compare the loss of a trained model with that of the best constant prediction."""
    guess = guessing_loss(case)
    if not case.trained or case.rates is None or guess is None:
        return
    start, later = case.rates.start, case.rates.loss_at_yours
    if start < WORSE * guess or later < start * (1 - FALL):
        return
    yield Finding(
        "worse_than_guessing",
        Severity.ERROR,
        f"after {case.model.optimizer.iterations.item():,} steps the loss is {start:.4g}, and it "
        f"no longer falls. The best constant prediction has {guess:.4g}"
        ": training has broken the model, as steps that are too large do.",
        "create the model again and diagnose it before training; use a tenth of the learning rate",
        {"loss": start, "guessing": guess},
    )
