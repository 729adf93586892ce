"""A model that was trained, is worse than one that never looks at its inputs, and stays so."""

from __future__ import annotations

from collections.abc import Iterator

from nn.diagnosis.case import Case
from nn.diagnosis.guessing import guessing_loss
from nn.diagnosis.report import Finding, Severity

__all__ = ["check"]

WORSE = 1.05
FALL = 0.01


def check(case: Case) -> Iterator[Finding]:
    """The loss of a trained model beside that of the best answer that is always the same."""
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
        f"does not fall any more. Always giving the same answer, the best there is, has {guess:.4g}"
        ": the training has broken the model, as steps that are too large do.",
        "make the model anew, and diagnose it before training; take a learning rate of a tenth",
        {"loss": start, "guessing": guess},
    )
