"""Leaks: validation samples that are also in the training data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nn._core.nest import leaves
from nn.data.arrays import Samples
from nn.diagnosis.case import Case
from nn.diagnosis.report import Finding, Severity
from nn.random import Generator

Array = np.ndarray[Any, Any]

# In real data a few rows are equal by chance.
FEWEST_EQUAL, SHARE_EQUAL = 2, 0.01
FEWEST_NEAR, SHARE_NEAR = 3, 0.02
# As near as that, beside what lies between a training sample and its nearest neighbour.
NEAR = 0.01
MOST_VALIDATED, MOST_TRAINED, TYPICAL = 1000, 20_000, 300
ROWS_AT_A_TIME = 128


def check(case: Case) -> Iterator[Finding]:
    """Find validation rows that equal a training row, exactly or nearly."""
    if case.held_out is None:
        return
    assert case.data is not None
    training, validation = _rows(case.data), _rows(case.held_out)
    if training.shape[1] != validation.shape[1]:
        return
    equal = np.isin(_as_items(validation), _as_items(training))
    count = int(equal.sum())
    by_chance = _share_by_chance(training)
    if count >= FEWEST_EQUAL and count > max(SHARE_EQUAL, 3 * by_chance) * len(equal):
        first = int(np.argmax(equal))
        twin = int(np.argmax(_as_items(training) == _as_items(validation)[first]))
        yield Finding(
            "leak",
            Severity.WARNING,
            f"{count:,} of {len(equal):,} validation rows ({count / len(equal):.1%}) are in the "
            f"training data too, value for value: row {first} is training row {twin}. Results "
            "on them do not predict results on new data.",
            "drop the duplicates before splitting, np.unique(X, axis=0, return_index=True); do not "
            "repeat or augment samples before the split; nn.datasets.train_test_split shuffles",
            {"rows": np.flatnonzero(equal).tolist(), "share": count / len(equal)},
        )
    near = _nearly_equal(training, validation[~equal])
    count = int(near.sum())
    if count >= FEWEST_NEAR and count > SHARE_NEAR * len(near):
        yield Finding(
            "near_leak",
            Severity.WARNING,
            f"{count:,} of {len(near):,} validation rows ({count / len(near):.1%}) are almost "
            f"equal to a training row: within {NEAR:.0%} of the usual distance between neighbours.",
            "split by group, so that all records of one person, object or recording are on one "
            "side; make noisy copies of samples only after the split",
            {"share": count / len(near)},
        )


def _rows(data: Samples) -> Array:
    """Flatten all inputs of each sample to one row."""
    return np.hstack([np.asarray(x, float).reshape(data.count, -1) for x in leaves(data.x)])


def _share_by_chance(training: Array) -> float:
    """Estimate the share of new rows that would equal a training row if columns were independent.

    Two draws of a column are equal with the probability sum(p**2) over its values; two rows with
    the product of these. Rows of few and coarse columns repeat themselves without any leak.
    """
    equal = 1.0
    for column in training.T:
        _, counts = np.unique(column, return_counts=True)
        equal *= float(np.sum((counts / len(column)) ** 2))
    return 1 - (1 - equal) ** len(training) if equal < 1 else 1.0


def _as_items(rows: Array) -> Array:
    """View each row as one item, to compare and sort."""
    exact = np.ascontiguousarray(rows) + 0.0  # -0.0 becomes 0.0
    items: Array = exact.view(np.dtype((np.void, exact.itemsize * exact.shape[1]))).reshape(-1)
    return items


def _nearly_equal(training: Array, validation: Array) -> Array:
    """Find the validation rows that nearly equal a training row, with features on one scale."""
    generator = Generator(0)
    training = _some(training, MOST_TRAINED, generator)
    validation = _some(validation, MOST_VALIDATED, generator)
    scale = training.std(axis=0)
    varying = scale > 0
    training = training[:, varying] / scale[varying]
    validation = validation[:, varying] / scale[varying]
    middle = training.mean(axis=0)
    training, validation = training - middle, validation - middle
    chosen = generator.permutation(len(training))[:TYPICAL]
    typical = np.median(_nearest(training[chosen], training, itself=chosen))
    if not len(validation) or not typical > 0:
        return np.zeros(len(validation), bool)
    near: Array = _nearest(validation, training) < NEAR * typical
    return near


def _nearest(points: Array, among: Array, itself: Array | None = None) -> Array:
    """Return the distance from each point to the nearest of others."""
    squares = np.sum(among**2, axis=1)
    found = []
    for start in range(0, len(points), ROWS_AT_A_TIME):
        part = points[start : start + ROWS_AT_A_TIME]
        distances = np.sum(part**2, axis=1)[:, None] + squares - 2 * part @ among.T
        if itself is not None:
            distances[np.arange(len(part)), itself[start : start + ROWS_AT_A_TIME]] = np.inf
        found.append(distances.min(axis=1, initial=np.inf))
    squared: Array = np.concatenate([*found, np.zeros(0)])
    return np.sqrt(np.maximum(squared, 0))


def _some(rows: Array, count: int, generator: np.random.Generator) -> Array:
    return rows if len(rows) <= count else rows[generator.choice(len(rows), count, replace=False)]
