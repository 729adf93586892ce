"""`diagnose`: all findings about a model and its data, in one report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_lite.extend import changed
from nn import random
from nn.data.adapters import is_iterable_data
from nn.diagnosis import (
    class_imbalance,
    constant_features,
    dead_relus,
    few_samples,
    gradient_flow,
    initial_loss,
    leak,
    learning_rate,
    loss_mismatch,
    loss_not_finite,
    not_finite,
    refused,
    saturation,
    unreached_weights,
    unscaled_inputs,
    unscaled_targets,
    worse_than_guessing,
)
from nn.diagnosis.case import Case
from nn.diagnosis.copies import copied
from nn.diagnosis.facts import facts
from nn.diagnosis.report import Finding, Report
from nn.models.model import Model

Check = Callable[[Case], Iterable[Finding]]

OF_THE_DATA: tuple[Check, ...] = (
    constant_features.check,
    class_imbalance.check,
    leak.check,
)
OF_THE_MODEL: tuple[Check, ...] = (
    unscaled_inputs.check,
    unscaled_targets.check,
    loss_mismatch.check,
    dead_relus.check,
    saturation.check,
    loss_not_finite.check,
    initial_loss.check,
    unreached_weights.check,
    gradient_flow.check,
    learning_rate.check,
    worse_than_guessing.check,
    few_samples.check,
)

# Findings that only repeat another one.
FOLLOWS_FROM = {
    "initial_loss": {"unscaled_inputs", "loss_mismatch"},
    "vanishing_gradients": {"dead_relus"},
    "nothing_learned": {"dead_relus", "loss_mismatch", "constant_targets", "unreached_weights"},
    "learning_rate_too_low": {"unscaled_targets", "vanishing_gradients", "dead_relus"},
}


def diagnose(
    model: Model,
    X: Any,
    y: Any = None,
    validation_data: Any = None,
    *,
    batch_size: int | None = None,
) -> Report:
    """Find out why a model does not learn from its data; print the report.

    It finds NaN in the data, constant or unscaled features, targets far from 0, targets and last
    layers that do not fit the loss, rare classes, validation rows that are also in the training
    data, dead ReLUs, saturated sigmoids, vanishing or exploding gradients, an initial loss far
    above the baseline, and a learning rate that is too high or too low, by a test of a range of
    rates. Use it before or after training.

    It works on copies: the model, its optimizer and all generators are unchanged, bit for bit, even
    if the model was not built. The same model and data give the same report. It takes about as long
    as 700 training steps.

    Args:
        model: compiled.
        X: the inputs, as in `Model.fit`; arrays, no generator.
        y: the targets.
        validation_data: (X, y), to be compared with the training data.
        batch_size: as in `Model.fit`.

    Returns:
        The report: ``report.ok``, ``report.findings``, ``report["dead_relus"].numbers``,
        ``"leak" in report``, ``report.plot("rates.png")``.

    Raises:
        RuntimeError: if the model was not compiled.
        TypeError, ValueError: for anything but arrays of numbers, for different numbers of samples,
            and for a model that cannot be copied.

    Example:
        >>> import nn
        >>> X, y = nn.datasets.load_wine()
        >>> model = nn.Sequential([nn.Dense(16, activation="relu"), nn.Dense(3)])
        >>> model.compile("adam", nn.SparseCategoricalCrossentropy(from_logits=True))
        >>> report = nn.diagnose(model, X, y)
        >>> report.ok, "unscaled_inputs" in report
        (False, True)
        >>> report["unscaled_inputs"].numbers["largest"]
        1680.0
        >>> nn.diagnose(model, (X - X.mean(axis=0)) / X.std(axis=0), y).ok
        True
    """
    model.require_compiled("diagnose")
    for name, data in (("X", X), ("validation_data", validation_data)):
        if is_iterable_data(data):
            raise TypeError(
                f"diagnose examines all samples and takes arrays: {name} is a "
                f"{type(data).__name__}. Collect some of its batches into one array"
            )
    if validation_data is not None and not (
        isinstance(validation_data, (list, tuple)) and len(validation_data) in (2, 3)
    ):
        raise TypeError("validation_data is a pair (X, y)")
    with _undisturbed(), changed(recording=True, tape=None), np.errstate(all="ignore"):
        case = Case(copied(model), X, y, validation_data, batch_size)
        found = list(_examined(case))
        names = {finding.name for finding in found}
        findings = [f for f in found if not FOLLOWS_FROM.get(f.name, set()) & names]
        findings.sort(key=lambda finding: -finding.severity)
        return Report(model.name, tuple(facts(case)), tuple(findings), case.rates)


def found_by(
    checks: Iterable[Check], model: Model, X: Any, y: Any, *, batch_size: int | None = None
) -> list[Finding]:
    """Return the findings of some checks alone, in their order; the model stays as it is."""
    with _undisturbed(), changed(recording=True, tape=None), np.errstate(all="ignore"):
        case = Case(copied(model), X, y, None, batch_size)
        return [finding for check in checks for finding in check(case)]


def _examined(case: Case) -> Iterator[Finding]:
    """Collect all findings; a loss that cannot be computed ends the search."""
    yield from not_finite.check(case)
    if case.data is None:
        return
    for check in OF_THE_DATA:
        yield from check(case)
    refusals = list(refused.check(case))
    yield from refusals
    if refusals:
        return
    for check in OF_THE_MODEL:
        yield from check(case)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Restore the global generator afterwards."""
    state = random.generator().state
    try:
        yield
    finally:
        random.generator().state = state
