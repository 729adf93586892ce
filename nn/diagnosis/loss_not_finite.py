"""A loss that is NaN or infinite before any step, and the operation that causes it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from autograd_lite import AnomalyError, detect_anomaly
from nn.diagnosis.case import Case
from nn.diagnosis.copies import cost
from nn.diagnosis.report import Finding, Severity


def check(case: Case) -> Iterator[Finding]:
    """Find the first operation of a pass that produced a NaN or infinity."""
    if case.start is None or math.isfinite(case.start):
        return
    made, cause, remedy = "", "", "see where it begins: `with autograd_lite.detect_anomaly():`"
    try:
        with detect_anomaly():
            cost(case.model, case.rows, training=False)
    except AnomalyError as error:
        found = error.anomaly
        where = f" in {found.layer}" if found.layer else ""
        made, cause, remedy = f": {found.headline()}{where}", f": {found.cause}", found.remedy
    yield Finding(
        "loss_not_finite",
        Severity.ERROR,
        f"the loss is NaN or infinite before any step{made}{cause or '.'}",
        remedy,
        {"loss": case.start},
    )
