"""The four counts, measures at a value, F-beta, IoU, AUC of several labels."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nn import metrics
from nn.metrics import (  # noqa: F401 - named in the cases
    AUC,
    BinaryIoU,
    FalseNegatives,
    FalsePositives,
    FBetaScore,
    IoU,
    MeanIoU,
    OneHotIoU,
    OneHotMeanIoU,
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
    TrueNegatives,
    TruePositives,
)

TRUE = np.array([0, 1, 1, 0, 1, 0, 1, 1.0])
PRED = np.array([0.1, 0.4, 0.35, 0.8, 0.9, 0.05, 0.65, 0.5])
WEIGHTS = np.array([1, 2, 0.5, 1, 1, 3, 1, 0.25])
LEV = [0.3, 0.7, 0.5]
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
L = np.array([2, 0, 1, 1, 2, 0])
HOT = np.eye(3)[L]
MULTI = np.array([[1, 0, 1], [0, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 0], [0, 1, 0.0]])
ROWS = np.array([1, 2, 0.5, 1, 1, 3])

# Keras 3.15.1 on JAX, float32, over two batches: without and with weights.
BINARY = [
    ("TruePositives()", 2.0, 2.0),
    ("FalsePositives()", 1.0, 1.0),
    ("TrueNegatives()", 2.0, 4.0),
    ("FalseNegatives()", 3.0, 2.75),
    ("TruePositives(LEV)", [5.0, 1.0, 2.0], [4.75, 1.0, 2.0]),
    ("FalsePositives(LEV)", [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]),
    ("TrueNegatives(LEV)", [2.0, 2.0, 2.0], [4.0, 4.0, 4.0]),
    ("FalseNegatives(LEV)", [0.0, 4.0, 3.0], [0.0, 3.75, 2.75]),
    ("PrecisionAtRecall(0.5)", 0.8333333134651184, 0.8260869383811951),
    ("PrecisionAtRecall(0.9, num_thresholds=5)", 0.8333333134651184, 0.8260869383811951),
    ("RecallAtPrecision(0.8)", 1.0, 1.0),
    ("RecallAtPrecision(0.7, num_thresholds=1)", 0.0, 0.0),
    ("SensitivityAtSpecificity(0.6)", 1.0, 1.0),
    ("SpecificityAtSensitivity(0.6)", 0.6666666865348816, 0.800000011920929),
    ("SpecificityAtSensitivity(0.3, num_thresholds=4)", 0.6666666865348816, 0.800000011920929),
    ("BinaryIoU()", 0.44999998807907104, 0.4623188376426697),
    ("BinaryIoU([1], threshold=0.4)", 0.6666666269302368, 0.7391303777694702),
]
CLASSES = [
    ("PrecisionAtRecall(0.5, class_id=1)", 0.5, 0.5),
    ("FBetaScore(beta=2.0)", [1.0, 0.5, 0.5], [1.0, 0.625, 0.5263158082962036]),
    ("FBetaScore('macro', 0.5)", 0.666666567325592, 0.7171052694320679),
    ("FBetaScore('micro', 2.0, 0.35)", 0.6666666865348816, 0.8235294222831726),
    ("FBetaScore('weighted', 0.5)", 0.666666567325592, 0.8281732797622681),
    ("OneHotIoU(3, [0, 2])", 0.6666666865348816, 0.699999988079071),
    ("OneHotMeanIoU(3)", 0.5555555820465088, 0.5999999642372131),
    ("OneHotMeanIoU(3, ignore_class=1)", 0.5, 0.5),
]
SPARSE = [
    ("IoU(3, [0, 2], sparse_y_pred=False)", 0.6666666865348816, 0.699999988079071),
    ("MeanIoU(3, sparse_y_pred=False)", 0.5555555820465088, 0.5999999642372131),
    ("MeanIoU(3, sparse_y_pred=False, ignore_class=2)", 0.5, 0.555555522441864),
]
LABELS = [
    ("AUC(multi_label=True, num_labels=3)", 0.3518518805503845, 0.4722222089767456),
    (
        "AUC(multi_label=True, label_weights=[1.0, 2.0, 0.5])",
        0.3174603283405304,
        0.4285714328289032,
    ),
    ("AUC(curve='PR', multi_label=True)", 0.41841697692871094, 0.46058958768844604),
    (
        "AUC(curve='PR', summation_method='minoring', multi_label=True)",
        0.2759259343147278,
        0.2960628867149353,
    ),
    ("AUC(label_weights=[1.0, 2.0, 0.5])", 0.3083900213241577, 0.37663814425468445),
    ("AUC(5, multi_label=True)", 0.3333333134651184, 0.4166666865348816),
]
CASES = [
    (*case, data)
    for cases, data in (
        (BINARY, (TRUE, PRED, WEIGHTS)),
        (CLASSES, (HOT, P, ROWS)),
        (SPARSE, (L, P, ROWS)),
        (LABELS, (MULTI, P, ROWS)),
    )
    for case in cases
]


@pytest.mark.parametrize(("source", "plain", "weighted", "data"), CASES, ids=[c[0] for c in CASES])
def test_over_two_batches_as_in_keras(source, plain, weighted, data):
    y_true, y_pred, weights = (x.astype(np.float32) for x in data)
    one, other = eval(source), eval(source)
    for part in (slice(0, 5), slice(5, None)):
        one.update_state(y_true[part], y_pred[part])
        other.update_state(y_true[part], y_pred[part], sample_weight=weights[part])
    np.testing.assert_allclose(one.result(), plain, rtol=2e-6)
    np.testing.assert_allclose(other.result(), weighted, rtol=2e-6)
    one.reset_state()
    assert np.sum(one.result()) == 0 or "Negatives" in source
    config = json.loads(json.dumps(one.get_config()))
    again = type(one).from_config(config)
    again.update_state(y_true, y_pred)
    np.testing.assert_allclose(again.result(), plain, rtol=2e-6)
    assert metrics.get({"class_name": type(one).__name__, "config": config}).name == one.name


def test_names():
    """As Keras names them."""
    names = [MeanIoU(2).name, OneHotIoU(2, [0]).name, BinaryIoU().name, FBetaScore().name]
    assert names == ["mean_io_u", "one_hot_io_u", "binary_io_u", "fbeta_score"]
    assert isinstance(metrics.get("true_positives"), TruePositives)


def test_f_beta_with_beta_1_is_f1():
    scores = [metric()(HOT, P) for metric in (FBetaScore, metrics.F1Score)]
    np.testing.assert_allclose(*scores)


def test_nothing_seen_is_0_and_classes_that_do_not_occur_do_not_count():
    assert MeanIoU(3).result() == 0
    assert MeanIoU(3)([0, 1], [0, 1]) == 1  # class 2 is nowhere
    assert PrecisionAtRecall(0.5).result() == 0
    assert AUC(multi_label=True).result() == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: TruePositives([0.5, 2]), "thresholds lie between 0 and 1"),
        (lambda: PrecisionAtRecall(1.5), "recall lies between 0 and 1, got 1.5"),
        (lambda: SensitivityAtSpecificity(0.5, 0), "num_thresholds"),
        (lambda: FBetaScore(beta=0), "beta is a number above 0"),
        (lambda: IoU(2, [2]), "target_class_ids lie between 0 and 1, got 2"),
        (lambda: MeanIoU(2)([0, 2], [0, 1]), "y_true holds labels from 0 to 1, got 0 to 2"),
        (lambda: MeanIoU(2)([0, 1], [0, -1]), "y_pred holds labels from 0 to 1"),
        (lambda: MeanIoU(2)([0, 1], [[0.1, 0.9], [0.2, 0.8]]), "a label for each prediction"),
        (lambda: AUC(num_labels=3), "num_labels goes with multi_label=True"),
        (lambda: AUC(multi_label=True, num_labels=2)(MULTI, P), r"\(samples, 2\), got \(6, 3\)"),
        (lambda: AUC(label_weights=[-1.0]), "label_weights are 0 or more"),
        (lambda: RecallAtPrecision(0.5)([0, 1], [0.5, 3.0]), "takes probabilities, but y_pred"),
    ],
)
def test_wrong_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
