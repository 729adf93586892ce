"""A learning rate that is too high or too low, or no rate that reduces the loss."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nn.diagnosis.case import Case
from nn.diagnosis.guessing import guessing_loss
from nn.diagnosis.rates import RateTest
from nn.diagnosis.report import Finding, Severity

GAIN = 0.02  # of what the best rate gains in the same number of steps
RISE = 1.1
FALL = 1e-3  # what counts as learning: this part of the loss


def check(case: Case) -> Iterator[Finding]:
    """Compare the compiled rate with the others of the test."""
    rates = case.rates
    if rates is None:
        return
    numbers = {
        "yours": rates.yours,
        "best": rates.best,
        "loss_at_yours": rates.loss_at_yours,
        "loss_at_best": min(rates.losses),
        "start": rates.start,
    }
    fresh = not case.trained
    learns = rates.start - min(rates.losses) > FALL * abs(rates.start)
    if _is_too_high(case, rates, fresh and learns):
        yield _too_high(rates, numbers)
    elif fresh and not learns:
        yield Finding(
            "nothing_learned",
            Severity.WARNING,
            f"no learning rate from {rates.rates[0]:.0e} to {rates.rates[-1]:g} reduces the loss "
            f"of {rates.start:.4g} in {rates.steps} steps.",
            "see the other findings first: no gradient reaches the weights, or the inputs carry no "
            "information about the targets. Can the model memorise 10 samples?",
            numbers,
        )
    elif fresh and not rates.scheduled and rates.gain(rates.loss_at_yours) < GAIN:
        yield _too_low(rates, numbers)


def _is_too_high(case: Case, rates: RateTest, learns: bool) -> bool:
    """Return if the loss rises above its start and above the baseline, or stays put while lower
    rates reduce it.
    """
    ceiling = max(rates.start, guessing_loss(case) or rates.start)
    if not rates.loss_at_yours <= ceiling * RISE:
        return True
    stuck = rates.gain(rates.loss_at_yours) < GAIN
    return learns and stuck and rates.largest_useful < rates.yours


def _too_high(rates: RateTest, numbers: dict[str, float]) -> Finding:
    loss = rates.loss_at_yours
    became = f"becomes {loss:.4g}" if math.isfinite(loss) else "is not finite any more"
    better = f"; with {rates.best:.2g} it is {min(rates.losses):.4g}" if rates.improves else ""
    return Finding(
        "learning_rate_too_high",
        Severity.ERROR,
        f"after {rates.steps} steps with your learning rate, {rates.yours:.2g}, the loss of "
        f"{rates.start:.4g} {became}{better}.",
        f"take {_between(rates)}; report.plot('rates.png') shows the curve",
        numbers,
    )


def _too_low(rates: RateTest, numbers: dict[str, float]) -> Finding:
    gain = max(rates.gain(rates.loss_at_yours), 0.0)
    return Finding(
        "learning_rate_too_low",
        Severity.WARNING,
        f"in {rates.steps} steps your learning rate, {rates.yours:.2g}, takes the loss from "
        f"{rates.start:.4g} to {rates.loss_at_yours:.4g}, {gain:.1%} of what {rates.best:.2g} "
        f"gains ({min(rates.losses):.4g}): training would take many times as long.",
        f"take {_between(rates)}; report.plot('rates.png') shows the curve",
        numbers,
    )


def _between(rates: RateTest) -> str:
    if not rates.improves:
        return f"less than {rates.rates[0]:.0e}, or scale the data: no rate from there up learns"
    low, high = _rounded(rates.smallest_useful), _rounded(rates.largest_useful)
    return f"about {low}" if low == high else f"one between {low} and {high}"


def _rounded(rate: float) -> str:
    return f"{float(f'{rate:.1g}'):g}"
