"""Class imbalance: some classes are rare."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from nn.diagnosis.case import Case
from nn.diagnosis.report import Finding, Severity

RATIO = 10.0  # of the most frequent class to the rarest
CLASSES_SHOWN = 6


def check(case: Case) -> Iterator[Finding]:
    """Compare the class counts, and the accuracy of always predicting the most frequent class."""
    if case.labels is None:
        return
    classes, counts = np.unique(case.labels, return_counts=True)
    if len(classes) == 1:
        yield Finding(
            "one_class",
            Severity.ERROR,
            f"all {len(case.labels):,} samples are of class {classes[0]}: a model that always "
            "predicts it is perfect.",
            "check how the targets are made; samples of the other classes are needed",
            {"class": int(classes[0])},
        )
        return
    if counts.max() < RATIO * counts.min():
        return
    share = counts.max() / counts.sum()
    order = np.argsort(counts)[:CLASSES_SHOWN]
    rare = ", ".join(f"class {classes[i]}: {counts[i]:,}" for i in order)
    more = ", ..." * (len(classes) > CLASSES_SHOWN)
    yield Finding(
        "class_imbalance",
        Severity.WARNING,
        f"the most frequent class has {counts.max() / counts.min():.0f} times the samples of the "
        f"rarest (of {counts.sum():,}: {rare}{more}). Always predicting the most frequent class "
        f"gives an accuracy of {share:.1%}.",
        _remedy(case, classes, counts, sorted(order), more),
        {
            "ratio": float(counts.max() / counts.min()),
            "counts": dict(zip(classes.tolist(), counts.tolist(), strict=True)),
            "accuracy_of_guessing": float(share),
        },
    )


def _remedy(case: Case, classes: Any, counts: Any, shown: list[int], more: str) -> str:
    weights = counts.sum() / (len(classes) * counts)
    given = ", ".join(f"{classes[i]}: {weights[i]:.3g}" for i in shown)
    remedy = (
        f"weigh them in fit, class_weight={{{given}{more}}}; measure with F1Score, AUC or the "
        "confusion matrix instead of accuracy; split with stratify=True"
    )
    if len(classes) == 2 and case.output is not None and case.output.shape[-1] == 1:
        bias = math.log(counts[1] / counts[0])
        remedy += (
            f". Without class_weight, start the output at the frequencies: "
            f"Dense(1, bias_initializer=nn.initializers.Constant({bias:.2f}))"
        )
    return remedy
