"""Regression targets far from 0, the initial output of a network."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nn.diagnosis.case import Case, loss_name
from nn.diagnosis.report import Finding, Severity

LOSSES = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh")
LARGE = 1000.0
SMALL = 1e-3
OFFSET = 10.0  # of the mean to the standard deviation around it


def check(case: Case) -> Iterator[Finding]:
    """Check the scale and offset of the targets, and for constant targets."""
    y = case.targets
    if y is None or loss_name(case) not in LOSSES or y.size < 2:
        return
    y = y.astype(float)
    mean, spread, size = float(y.mean()), float(y.std()), float(np.sqrt(np.mean(y**2)))
    numbers = {"mean": mean, "std": spread}
    if spread == 0:
        yield Finding(
            "constant_targets",
            Severity.ERROR,
            f"all targets are {mean:.4g}: there is nothing to learn.",
            "check how the targets are made",
            numbers,
        )
    elif case.trained:
        return  # the weights have adapted to them
    elif size > LARGE or size < SMALL or abs(mean) > OFFSET * spread:
        yield Finding(
            "unscaled_targets",
            Severity.WARNING,
            f"the targets have mean {mean:.4g} and standard deviation {spread:.3g}. A new network "
            "gives about 0, so much of the training goes into getting there, and errors of that "
            "size make gradients of that size.",
            "standardize them, t = (y - y.mean()) / y.std(), train on t, and turn predictions "
            "back: y.mean() + y.std() * model.predict(X); or let the last layer start at the "
            f"mean, Dense(1, bias_initializer=nn.initializers.Constant({mean:.4g}))",
            numbers,
        )
