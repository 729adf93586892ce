"""Data that `fit` would refuse: shapes and targets that do not fit the model, loss or metrics."""

from __future__ import annotations

from collections.abc import Iterator

from nn.data.batches import ArrayBatches
from nn.diagnosis.case import Case
from nn.diagnosis.report import Finding, Severity
from nn.training.dry_run import DryRun
from nn.training.epochs import EpochIterator


def check(case: Case) -> Iterator[Finding]:
    """Report the error that `fit` would raise before training."""
    try:
        _try(case)
    except (TypeError, ValueError, RuntimeError) as error:
        yield Finding(
            "refused",
            Severity.ERROR,
            f"fit would refuse this data: {error}.".replace("..", "."),
            "follow the message and diagnose again: the loss cannot be computed, so "
            "nothing that depends on it was checked",
            {"error": type(error).__name__},
        )


def _try(case: Case) -> None:
    """Run the checks of `fit` before training; for a user's step, only compute the outputs."""
    if case.own_step:
        _ = case.prediction
        return
    for data in (case.data, case.held_out):
        if data is not None:
            DryRun(case.model, [EpochIterator(ArrayBatches(data, case.batch_size))])
