"""Every loss and metric in a compiled step says what it says in plain Python."""

from __future__ import annotations

import functools
import inspect

import numpy as np
import pytest

import nn
from nn import losses, metrics

RNG = np.random.default_rng(5)
X = RNG.normal(size=(6, 4)).astype(np.float32)
VALUES = RNG.normal(size=(6, 3)).astype(np.float32)
POSITIVE = np.abs(VALUES) + np.float32(0.1)
BINARY = (VALUES > 0).astype(np.float32)
LABELS = np.array([0, 2, 1, 1, 0, 2])
ONE_HOT = np.eye(3, dtype=np.float32)[LABELS]
SHARES = POSITIVE / POSITIVE.sum(axis=1, keepdims=True)
WEIGHTS = np.array([0.5, 2.0, 1.0, 0.0, 1.5, 1.0], np.float32)

# Options, targets and the activation of the last layer.
LOSSES = {
    "BinaryCrossentropy": [
        ({}, BINARY, "sigmoid"),
        ({"label_smoothing": 0.2}, BINARY, "softmax"),
        ({"from_logits": True}, BINARY, None),
    ],
    "BinaryFocalCrossentropy": [
        ({"apply_class_balancing": True}, BINARY, "sigmoid"),
        ({"from_logits": True}, BINARY, None),
    ],
    "CategoricalCrossentropy": [
        ({"label_smoothing": 0.1}, ONE_HOT, "softmax"),
        ({"from_logits": True}, ONE_HOT, None),
    ],
    "CategoricalFocalCrossentropy": [
        ({}, ONE_HOT, "softmax"),
        ({"from_logits": True}, ONE_HOT, None),
    ],
    "CategoricalHinge": [({}, ONE_HOT, None)],
    "CosineSimilarity": [({}, VALUES, None)],
    "Hinge": [({}, BINARY, None), ({}, 2 * BINARY - 1, "tanh")],
    "Huber": [({"delta": 0.7}, VALUES, None)],
    "KLDivergence": [({}, SHARES, "softmax")],
    "LogCosh": [({}, VALUES, None)],
    "MeanAbsoluteError": [({}, VALUES, None)],
    "MeanAbsolutePercentageError": [({}, VALUES, None)],
    "MeanSquaredError": [
        ({}, VALUES, None),
        ({"reduction": "sum"}, VALUES, None),
        ({"reduction": "mean_with_sample_weight"}, VALUES.astype(np.int64), None),
        ({"dtype": "float64"}, VALUES, None),
    ],
    "MeanSquaredLogarithmicError": [({}, POSITIVE, "relu")],
    "Poisson": [({}, POSITIVE, "softplus")],
    "SparseCategoricalCrossentropy": [
        ({}, LABELS, "softmax"),
        ({}, LABELS.astype(np.float32)[:, None], "softmax"),
        ({"from_logits": True}, LABELS.astype(np.int8), None),
        ({"from_logits": True, "ignore_class": 0}, LABELS, None),
    ],
    "SquaredHinge": [({}, BINARY, None)],
}
NO_FORMULA = {"Loss": "is the base", "LossFunction": "wraps the user's formula, see below"}
CASES = [(name, i) for name, cases in LOSSES.items() for i in range(len(cases))]
# Of a sigmoid or softmax: the pass `crossentropy` cancels what both gradients have in common.
REWRITTEN = ["BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"]
NATIVE = [
    ("BinaryCrossentropy", 2),
    ("CategoricalCrossentropy", 0),
    ("SparseCategoricalCrossentropy", 2),
]


def made(loss, activation, measures=(), weighted=()):
    nn.set_random_seed(4)
    model = nn.Sequential([nn.Input((4,)), nn.Dense(5, "tanh"), nn.Dense(3, activation)])
    model.compile(
        "sgd", loss=loss, metrics=[m() for m in measures], weighted_metrics=[m() for m in weighted]
    )
    return model


def test_every_public_loss_has_an_entry():
    classes = [name for name in losses.__all__ if inspect.isclass(getattr(losses, name))]
    assert sorted([*LOSSES, *NO_FORMULA]) == sorted(classes)


@pytest.mark.parametrize(("name", "case"), CASES)
@pytest.mark.parametrize("weight", [None, WEIGHTS], ids=["", "weighted"])
def test_loss(same, name, case, weight):
    options, y, activation = LOSSES[name][case]
    loss = getattr(losses, name)(**options)
    exact = not (name in REWRITTEN and activation)
    same.training(functools.partial(made, loss, activation), X, y, weight, exact=exact)


@pytest.mark.parametrize(("name", "case"), NATIVE)
def test_loss_in_native_code(same, name, case):
    pytest.importorskip("llvmlite")
    options, y, activation = LOSSES[name][case]
    loss = getattr(losses, name)(**options)
    same.training(functools.partial(made, loss, activation), X, y, WEIGHTS, engine="native")


def quartic(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 4, axis=-1)


class Quartic(nn.losses.Loss):
    def call(self, y_true, y_pred):
        return np.sum((y_true - y_pred) ** 4, axis=-1)


@pytest.mark.parametrize("loss", [quartic, Quartic(), Quartic(reduction="sum")])
def test_loss_of_ones_own(same, loss):
    same.training(functools.partial(made, loss, None), X, VALUES, WEIGHTS)


# -- metrics ---------------------------------------------------------------------------------------

BINARY_METRICS = [
    "AUC",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "Recall",
    "RecallAtPrecision",
    "SensitivityAtSpecificity",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "TrueNegatives",
    "TruePositives",
]
ONE_HOT_METRICS = [
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "KLDivergence",
    "OneHotIoU",
    "OneHotMeanIoU",
    "TopKCategoricalAccuracy",
]
LABEL_METRICS = [
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
]
VALUE_METRICS = [
    "CosineSimilarity",
    "LogCoshError",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "R2Score",
    "RootMeanSquaredError",
]
METRICS = {
    **dict.fromkeys(BINARY_METRICS, (BINARY, "sigmoid", "binary_crossentropy")),
    **dict.fromkeys(ONE_HOT_METRICS, (ONE_HOT, "softmax", "categorical_crossentropy")),
    **dict.fromkeys(LABEL_METRICS, (LABELS, "softmax", "sparse_categorical_crossentropy")),
    **dict.fromkeys(VALUE_METRICS, (VALUES, None, "mse")),
    "Accuracy": (BINARY, "relu", "mse"),
    **dict.fromkeys(("IoU", "MeanIoU"), (LABELS, "softmax", "sparse_categorical_crossentropy")),
}
NOT_OF_TARGETS = ["Mean", "MeanMetric", "MeanMetricWrapper", "Metric", "Sum"]
OPTIONS = {
    "TopKCategoricalAccuracy": {"k": 2},
    "SparseTopKCategoricalAccuracy": {"k": 2},
    "Precision": {"thresholds": [0.3, 0.6]},
    "FBetaScore": {"beta": 2.0, "threshold": 0.5},
    "TruePositives": {"thresholds": [0.3, 0.6]},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
    "IoU": {"num_classes": 3, "target_class_ids": [0, 2], "sparse_y_pred": False},
    "MeanIoU": {"num_classes": 3, "sparse_y_pred": False},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": [1]},
    "OneHotMeanIoU": {"num_classes": 3},
}


def test_every_public_metric_has_an_entry():
    classes = [name for name in metrics.__all__ if inspect.isclass(getattr(metrics, name))]
    assert sorted([*METRICS, *NOT_OF_TARGETS]) == sorted(classes)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("weight", [None, WEIGHTS], ids=["", "weighted"])
def test_metric(same, name, weight):
    y, activation, loss = METRICS[name]
    kind = functools.partial(getattr(metrics, name), **OPTIONS.get(name, {}))
    make = functools.partial(made, loss, activation, [kind], [functools.partial(kind, name="w")])
    program = same.training(make, X, y, weight, exact=loss == "mse")
    assert program.is_whole or weight is not None


COUNTS = {
    "several labels": (metrics.AUC, {"multi_label": True, "num_thresholds": 20}),
    "several labels, weighed": (
        metrics.AUC,
        {"multi_label": True, "label_weights": [1.0, 2.0, 0.5]},
    ),
    "precision and recall": (metrics.AUC, {"curve": "PR", "num_thresholds": 20}),
    "thresholds in any order": (metrics.Recall, {"thresholds": [0.6, 0.2, 0.4]}),
    "one class": (metrics.PrecisionAtRecall, {"recall": 0.5, "class_id": 1}),
    "the highest": (metrics.F1Score, {"average": "macro"}),
    "above a threshold": (metrics.FBetaScore, {"beta": 2.0, "threshold": 0.3}),
    "overlap": (metrics.OneHotMeanIoU, {"num_classes": 3, "ignore_class": 2}),
    "variance": (metrics.R2Score, {"class_aggregation": None}),
}


@pytest.mark.parametrize("engine", ["numpy", "native"])
@pytest.mark.parametrize("name", COUNTS)
def test_counts_and_sums_are_part_of_the_step(same, name, engine):
    if engine == "native":
        pytest.importorskip("llvmlite")
    kind = functools.partial(COUNTS[name][0], **COUNTS[name][1])
    make = functools.partial(made, "categorical_crossentropy", "softmax", [kind])
    program = same.training(make, X, ONE_HOT, exact=False, engine=engine)
    assert program.is_whole
    program(X, ONE_HOT)  # state that the first batch made has made nothing stale


def test_metrics_in_native_code(same):
    pytest.importorskip("llvmlite")
    kinds = [metrics.SparseCategoricalAccuracy, metrics.SparseCategoricalCrossentropy]
    weighted = [functools.partial(kinds[0], name="w"), functools.partial(kinds[1], name="v")]
    loss = losses.SparseCategoricalCrossentropy()
    make = functools.partial(made, loss, "softmax", kinds, weighted)
    same.training(make, X, LABELS, WEIGHTS, engine="native")


class Largest(nn.metrics.Metric):
    """Looks at values, which a program cannot: it is given them after each step."""

    def __init__(self):
        super().__init__()
        self.largest = self.add_variable()

    def update_state(self, y_true, y_pred, sample_weight=None):
        error = np.max(np.abs(np.asarray(y_true) - np.asarray(y_pred)))
        self.largest.assign(max(self.largest.item(), error))

    def result(self):
        return self.largest.item()


def gap(y_true, y_pred):
    return np.abs(y_true - y_pred).max(axis=-1)


def test_metrics_of_ones_own(same):
    kinds = [Largest, lambda: gap, lambda: nn.metrics.MeanMetricWrapper(np.allclose, "all")]
    program = same.training(functools.partial(made, "mse", None, kinds), X, VALUES)
    assert not program.is_whole
