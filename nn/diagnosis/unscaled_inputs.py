"""Inputs that are much larger, smaller or further from 0 than initial weights suit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nn.diagnosis.case import Case
from nn.diagnosis.report import Finding, Severity

LARGEST = 100.0
SMALLEST = 1e-3
RATIO = 1e4  # of the largest feature to the smallest
OFFSET = 100.0  # of a mean to the standard deviation around it
SHOWN = 3

REMEDY = (
    "standardize by the training data, mean, std = X.mean(axis=0), X.std(axis=0), X = (X - mean) / "
    "std, and all new data by the same numbers; or let the model do it: layer = "
    "nn.Normalization(), layer.adapt(X), and put it first"
)


def check(case: Case) -> Iterator[Finding]:
    """Compare the scales of the features at the first weights, after layers that scale."""
    seen = case.prediction.first_weighted()
    if seen is None or seen.dtype.kind != "f" or len(seen) < 2:
        return
    features = seen.reshape(-1, seen.shape[-1]).astype(float)
    sizes, spread = np.abs(features).max(axis=0), features.std(axis=0)
    varying = np.flatnonzero(spread > 0)
    if not len(varying):
        return
    largest, smallest = varying[sizes[varying].argmax()], varying[sizes[varying].argmin()]
    offset = np.abs(features.mean(axis=0)[varying]) / spread[varying]
    furthest = varying[offset.argmax()]
    said = _said(sizes[largest], largest, sizes[smallest], smallest, float(offset.max()), furthest)
    if said is None:
        return
    order = varying[np.argsort(-sizes[varying])]
    examples = ", ".join(f"{sizes[i]:.3g} (column {i})" for i in order[:SHOWN])
    if len(order) > SHOWN:
        examples += f", ..., {sizes[order[-1]]:.3g} (column {order[-1]})"
    yield Finding(
        "unscaled_inputs",
        Severity.WARNING,
        f"{said} Largest absolute values of the features, as the first weights see them: "
        f"{examples}.",
        REMEDY,
        {
            "largest": float(sizes[largest]),
            "smallest": float(sizes[smallest]),
            "offset": float(offset.max()),
            "sizes": sizes.tolist(),
        },
    )


def _said(
    large: float, largest: int, small: float, smallest: int, offset: float, furthest: int
) -> str | None:
    """Describe the problem with the scales in a sentence; None if there is none."""
    if large > LARGEST:
        return (
            f"inputs reach {large:.4g} (column {largest}); weights and learning rates are made "
            "for about -1 to 1."
        )
    if large < SMALLEST:
        return f"no input is larger than {large:.2g}: the first layer hardly notices them."
    if small < large / RATIO:
        return (
            f"column {largest} is {large / small:.0f} times as large as column {smallest}, which "
            "the model will hardly notice."
        )
    if offset > OFFSET:
        return (
            f"column {furthest} lies {offset:.0f} of its standard deviations away from 0: to the "
            "first layer it is a constant."
        )
    return None
