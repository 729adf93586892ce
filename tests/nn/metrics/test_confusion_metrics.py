"""Precision, recall, F1, areas under curves, the confusion matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from nn import metrics
from nn.metrics import AUC, F1Score, Precision, Recall

TRUE = np.array([0, 1, 1, 0, 1, 0, 1, 1.0])
PRED = np.array([0.1, 0.4, 0.35, 0.8, 0.9, 0.05, 0.65, 0.5])
WEIGHTS = np.array([1, 2, 0.5, 1, 1, 3, 1, 0.25])
LEVELS = [0.3, 0.7, 0.5]

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
ROW_WEIGHTS = np.array([1, 2, 0.5, 1, 1, 3])

Make = Callable[[], Any]


def over_two_batches(make: Make, y_true: Any, y_pred: Any, weights: Any) -> tuple[Any, Any]:
    plain, heavy = make(), make()
    for part in (slice(0, 5), slice(5, None)):
        plain.update_state(y_true[part], y_pred[part])
        heavy.update_state(y_true[part], y_pred[part], sample_weight=weights[part])
    return plain.result(), heavy.result()


@pytest.mark.parametrize("shape", [(8,), (8, 1)])
@pytest.mark.parametrize(
    ("make", "plain", "weighted"),
    # Keras 3.15.1, JAX backend, float32, over two batches: without and with WEIGHTS.
    [
        (Precision, 0.6666666865348816, 0.6666666865348816),
        (Recall, 0.4000000059604645, 0.42105263471603394),
        (
            lambda: Precision(LEVELS),
            [0.8333333134651184, 0.5, 0.6666666865348816],
            [0.8260869383811951, 0.5, 0.6666666865348816],
        ),
        (
            lambda: Recall(LEVELS),
            [1.0, 0.20000000298023224, 0.4000000059604645],
            [1.0, 0.21052631735801697, 0.42105263471603394],
        ),
        (AUC, 0.7333332896232605, 0.8421052694320679),
        (lambda: AUC(curve="PR"), 0.7802775502204895, 0.7776731252670288),
        (lambda: AUC(3), 0.5333333015441895, 0.6105263233184814),
        (lambda: AUC(thresholds=[0.6, 0.2, 0.45]), 0.7333332896232605, 0.8421052694320679),
        (lambda: AUC(summation_method="minoring"), 0.7333332896232605, 0.8421052694320679),
        (lambda: AUC(curve="PR", summation_method="majoring"), 0.8100000023, 0.8151230812072754),
    ],
)
def test_values_over_two_batches(
    make: Make, plain: Any, weighted: Any, shape: tuple[int, ...]
) -> None:
    result = over_two_batches(make, TRUE.reshape(shape), PRED.reshape(shape), WEIGHTS)
    np.testing.assert_allclose(result[0], plain, rtol=1e-6)
    np.testing.assert_allclose(result[1], weighted, rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "plain", "weighted"),
    # As above, for one-hot targets.
    [
        (
            F1Score,
            [1.0, 0.4999999403953552, 0.4999999403953552],
            [1.0, 0.5714284777641296, 0.5714284777641296],
        ),
        (lambda: F1Score("micro"), 0.6666666269302368, 0.8235293626785278),
        (lambda: F1Score("macro"), 0.6666666865348816, 0.7142857313156128),
        (lambda: F1Score("weighted"), 0.6666666269302368, 0.8235294222831726),
        (lambda: Precision(top_k=2), 0.3333333432674408, 0.4117647111415863),
        (lambda: Recall(top_k=1), 0.6666666865348816, 0.8235294222831726),
        (lambda: Precision(class_id=1), 0.0, 0.0),
        (lambda: Recall(0.2, class_id=2), 1.0, 1.0),
        (lambda: Precision(class_id=1, top_k=2), 0.25, 0.1666666716337204),
    ],
)
def test_values_of_several_classes(make: Make, plain: Any, weighted: Any) -> None:
    result = over_two_batches(make, HOT, P, ROW_WEIGHTS)
    np.testing.assert_allclose(result[0], plain, rtol=1e-6)
    np.testing.assert_allclose(result[1], weighted, rtol=1e-6)


def test_f1_of_one_output() -> None:
    # As above.
    column = TRUE[:, None], PRED[:, None]
    plain, weighted = over_two_batches(lambda: F1Score(threshold=0.5), *column, WEIGHTS)
    np.testing.assert_allclose(plain, [0.4999999403953552], rtol=1e-6)
    np.testing.assert_allclose(weighted, [0.5161289572715759], rtol=1e-6)


def test_nothing_seen_and_nothing_found() -> None:
    for make in (Precision, Recall, AUC, F1Score):
        assert make().result() == 0.0
    assert AUC(curve="PR").result() == 0.0
    assert Precision()([1, 0], [0.1, 0.2]) == 0.0
    assert Recall()([0, 0], [0.9, 0.2]) == 0.0
    assert AUC()([1, 1], [0.9, 0.2]) == 0.0
    np.testing.assert_array_equal(F1Score(threshold=0.5)([[0], [0]], [[0.1], [0.2]]), [0.0])


def test_the_area_with_many_thresholds_is_the_ranking_probability() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 500)
    scores = np.clip(labels * 0.2 + rng.uniform(0, 0.8, 500), 0, 1).astype(np.float32)
    expected = roc_auc_score(labels, scores)
    assert AUC(10_000)(labels, scores) == pytest.approx(expected, abs=2e-4)
    assert AUC(thresholds=np.unique(scores))(labels, scores) == pytest.approx(expected, abs=1e-12)
    logits = np.log(scores / (1 - scores))
    assert AUC(10_000, from_logits=True)(labels, logits) == pytest.approx(expected, abs=2e-4)


def test_perfect_and_reversed_rankings() -> None:
    labels, scores = [0, 0, 1, 1], np.array([0.0, 0.1, 0.9, 1.0])
    assert AUC()(labels, scores) == 1.0
    assert AUC()(labels, 1 - scores) == 0.0
    assert AUC(curve="PR")(labels, scores) == 1.0


def test_a_prediction_at_the_threshold_is_negative() -> None:
    assert Recall(0.5)([1, 1], [0.5, 0.75]) == 0.5
    assert Recall([0.0, 1.0])([1, 1], [0.0, 1.0]).tolist() == [0.5, 0.0]


def test_predictions_that_are_not_numbers_are_negative() -> None:
    assert Recall()([1, 1], [np.nan, 0.9]) == 0.5


def test_logits_may_be_ranked() -> None:
    scores = np.array([[3.0, -1.0, 5.0]])
    assert Recall(top_k=2)([[1, 0, 0]], scores) == 1.0
    assert Recall(top_k=1)([[1, 0, 0]], scores) == 0.0


def test_reset() -> None:
    for metric in (Precision(), AUC(), F1Score(threshold=0.5)):
        first = metric(TRUE[:, None], PRED[:, None])
        metric.reset_state()
        np.testing.assert_array_equal(metric(TRUE[:, None], PRED[:, None]), first)


def test_a_row_of_zeros_has_no_highest() -> None:
    np.testing.assert_array_equal(F1Score()([[1, 0]], [[0.0, 0.0]]), [0.0, 0.0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Precision(1.5), r"thresholds lie between 0 and 1, got 1\.5"),
        (lambda: Recall([0.5, -0.1]), "thresholds lie between 0 and 1"),
        (lambda: AUC(1), "num_thresholds is at least 2, got 1"),
        (lambda: AUC(curve="roc curve"), "curve is 'ROC' or 'PR', got 'roc curve'"),
        (lambda: AUC(summation_method="trapezoid"), "summation_method is one of 'interpolation'"),
        (lambda: F1Score("mean"), "average is 'micro', 'macro', 'weighted' or None, got 'mean'"),
        (lambda: F1Score(threshold=0.0), "threshold lies between 0 and 1, got 0"),
    ],
)
def test_arguments_that_cannot_be(make: Make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("metric", "y_true", "y_pred", "message"),
    [
        (Precision(), [0, 1], [-2.0, 3.0], "Precision takes probabilities, but y_pred goes from"),
        (AUC(), [0, 1], [-2.0, 3.0], "AUC takes probabilities"),
        (Precision(), [0, 2], [0.5, 0.5], "Precision compares with labels 0 and 1, but y_true"),
        (AUC(), [0, 1], [[0.5, 0.5]] * 2, "each prediction needs its own target"),
        (Recall(class_id=2), [[0, 1]], [[0.5, 0.5]], r"class_id=2 is no column of y_pred"),
        (Recall(class_id=1), [0, 1], [0.5, 0.5], r"class_id=1 picks a column of"),
        (F1Score(), [0, 1], [[0.5, 0.5]] * 2, r"From labels: np\.eye\(2\)\[y_true\]"),
        (F1Score(), [[0], [1]], [[0.5], [0.4]], r"write F1Score\(threshold=0\.5\)"),
        (F1Score(), [0, 1], [0.5, 0.4], r"F1Score takes \(samples, classes\), got shape \(2,\)"),
    ],
)
def test_batches_that_cannot_be(metric: Any, y_true: Any, y_pred: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        metric(y_true, y_pred)


# -- the confusion matrix -------------------------------------------------------------------


def test_confusion_matrix() -> None:
    counts = metrics.confusion_matrix(LABELS, P.argmax(1))
    np.testing.assert_array_equal(counts, [[2, 0, 0], [0, 1, 1], [0, 1, 1]])
    np.testing.assert_array_equal(metrics.confusion_matrix([0], [1], 3).sum(1), [1, 0, 0])
    np.testing.assert_array_equal(metrics.confusion_matrix([[0], [1]], [0, 1]), np.eye(2))
    assert metrics.confusion_matrix([], []).shape == (0, 0)


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ([0, 1], [[0.5, 0.5]] * 2, r"Take the highest: y_pred\.argmax\(axis=-1\)"),
        ([0, 1.5], [0, 1], "y_true must hold labels, whole numbers from 0"),
        ([0, 1], [0, -1], "y_pred must hold labels, whole numbers from 0"),
        ([0, 1], [0, 3], "there is a label 3, but num_classes=3"),
        ([0, 1], [0, 1, 1], "numbers of samples differ"),
    ],
)
def test_confusion_matrix_of_what_cannot_be(y_true: Any, y_pred: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        metrics.confusion_matrix(y_true, y_pred, num_classes=3)
