"""Accuracies: values over two batches, ties, ranks, labels that cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nn import metrics

P = np.array(
    [
        [0.2, 0.3, 0.5],
        [0.6, 0.1, 0.3],
        [0.1, 0.1, 0.8],
        [0.3, 0.4, 0.3],
        [0.25, 0.5, 0.25],
        [0.7, 0.2, 0.1],
    ]
)
LABELS = np.array([2, 0, 1, 1, 2, 0])
HOT = np.eye(3)[LABELS]
WEIGHTS = np.array([1, 2, 0.5, 1, 1, 3])

BINARY_TRUE = np.array([0, 1, 1, 0, 1, 0, 1, 1.0])
BINARY_PRED = np.array([0.1, 0.4, 0.35, 0.8, 0.9, 0.05, 0.65, 0.5])
BINARY_WEIGHTS = np.array([1, 2, 0.5, 1, 1, 3, 1, 0.25])

BINARY = (BINARY_TRUE, BINARY_PRED, BINARY_WEIGHTS)

CASES: list[tuple[type, dict[str, Any], Any, float, float]] = [
    # Keras 3.15.1, JAX backend, float32, over two batches: without and with weights.
    (metrics.BinaryAccuracy, {}, BINARY, 0.5, 0.6153846383094788),
    (metrics.BinaryAccuracy, {"threshold": 0.3}, BINARY, 0.875, 0.8974359035491943),
    (
        metrics.SparseCategoricalAccuracy,
        {},
        (LABELS, P, WEIGHTS),
        0.6666666865348816,
        0.8235294222831726,
    ),
    (
        metrics.CategoricalAccuracy,
        {},
        (HOT, P, WEIGHTS),
        0.6666666865348816,
        0.8235294222831726,
    ),
    # By hand: of the six labels, all but the third and fifth come first; a tie counts as second.
    (metrics.TopKCategoricalAccuracy, {"k": 1}, (HOT, P, WEIGHTS), 4 / 6, 7 / 8.5),
    (metrics.TopKCategoricalAccuracy, {"k": 2}, (HOT, P, WEIGHTS), 1.0, 1.0),
    (metrics.SparseTopKCategoricalAccuracy, {"k": 2}, (LABELS, P, WEIGHTS), 1.0, 1.0),
    (metrics.Accuracy, {}, (LABELS, P.argmax(1), WEIGHTS), 4 / 6, 7 / 8.5),
]


@pytest.mark.parametrize(("cls", "keywords", "data", "plain", "weighted"), CASES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_over_two_batches(
    cls: type, keywords: Any, data: Any, plain: float, weighted: float, dtype: type
) -> None:
    y_true, y_pred, weights = data
    y_pred = y_pred.astype(dtype)
    for column in (False, True) if y_true.ndim == 1 else (False,):
        y = y_true[:, None] if column else y_true
        metric, heavy = cls(**keywords), cls(**keywords)
        for part in (slice(0, 4), slice(4, None)):
            metric.update_state(y[part], y_pred[part])
            heavy.update_state(y[part], y_pred[part], sample_weight=weights[part])
        assert metric.result() == pytest.approx(plain, rel=1e-6)
        assert heavy.result() == pytest.approx(weighted, rel=1e-6)


def test_the_function_says_which_samples_are_right() -> None:
    right = [True, True, False, True, False, True]
    assert metrics.sparse_categorical_accuracy(LABELS, P).tolist() == right
    assert metrics.categorical_accuracy(HOT, P).tolist() == right
    assert metrics.binary_accuracy([0, 1], [0.5, 0.5]).tolist() == [True, False]


def test_sequences() -> None:
    y_pred = np.stack([P[:3], P[3:]])
    labels = LABELS.reshape(2, 3)
    assert metrics.sparse_categorical_accuracy(labels, y_pred).shape == (2, 3)
    assert metrics.SparseCategoricalAccuracy()(labels, y_pred) == pytest.approx(4 / 6)
    assert metrics.SparseCategoricalAccuracy()(labels[..., None], y_pred) == pytest.approx(4 / 6)
    weighted = metrics.SparseCategoricalAccuracy()(labels, y_pred, sample_weight=[1, 0])
    assert weighted == pytest.approx(2 / 3)
    assert metrics.top_k_categorical_accuracy(HOT.reshape(2, 3, 3), y_pred, k=2).all()
    assert metrics.binary_accuracy(np.ones((2, 3, 1)), np.ones((2, 3))).shape == (2, 3)


def test_top_k_ties_and_missing_predictions() -> None:
    tied = np.array([[0.5, 0.5, 0.5, 0.1]])
    for label, expected in ((0, True), (2, True), (3, False)):
        assert metrics.sparse_top_k_categorical_accuracy([label], tied, k=1).item() is expected
    broken = np.array([[np.nan, 0.5, 0.2]])
    assert not metrics.sparse_top_k_categorical_accuracy([0], broken, k=3).item()
    assert metrics.sparse_top_k_categorical_accuracy([1], P[:1], k=7).item()


def test_top_k_of_sorted_classes() -> None:
    ranked = np.array([[2, 0, 1], [1, 2, 0]])
    metric = metrics.SparseTopKCategoricalAccuracy(k=2, from_sorted_ids=True)
    assert metric([0, 0], ranked) == 0.5


def test_multi_label_binary_accuracy_counts_every_number() -> None:
    assert metrics.BinaryAccuracy()([[1, 0, 1]], [[0.9, 0.8, 0.7]]) == pytest.approx(2 / 3)


@pytest.mark.parametrize("labels", [np.array([True, False]), np.array([1, 0], np.uint8), [1.0, 0]])
def test_labels_of_any_kind(labels: Any) -> None:
    assert metrics.BinaryAccuracy()(labels, [0.9, 0.2]) == 1.0


@pytest.mark.parametrize(
    ("name", "y_true", "y_pred", "message"),
    [
        ("binary_accuracy", [0.3, 1.0], [0.3, 0.9], r'y_true holds 0\.3\..*metric such as "mae"'),
        ("binary_accuracy", [-1, 1], [0.3, 0.9], r"holds -1\..*\(y_true \+ 1\) / 2"),
        ("binary_accuracy", [0, 1, 1], [[0.1], [0.2]], "numbers of samples differ"),
        ("accuracy", [[0, 1]], [[0.1], [0.2]], "each prediction needs its own target"),
        ("categorical_accuracy", [0, 1], [[0.1, 0.9]] * 2, "use SparseCategoricalCrossentropy"),
        ("categorical_accuracy", [[0], [1]], [[0.1], [0.9]], "use BinaryAccuracy"),
        ("sparse_categorical_accuracy", [0, 1], [[0.1], [0.9]], "use BinaryAccuracy"),
        ("sparse_categorical_accuracy", [0, 2], [[0.1, 0.9]] * 2, "y_true holds the label 2"),
        ("sparse_categorical_accuracy", [0, 0.5], [[0.1, 0.9]] * 2, "is a whole number"),
        ("sparse_top_k_categorical_accuracy", [0, 2], [[0.1, 0.9]] * 2, "holds the label 2"),
    ],
)
def test_what_cannot_be_compared(name: str, y_true: Any, y_pred: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        metrics.get(name)(y_true, y_pred)
    with pytest.raises(ValueError, match=message):
        getattr(metrics, name)(y_true, y_pred)
