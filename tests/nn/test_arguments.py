"""Arguments of losses, metrics, optimizers and callbacks, refused where they are written."""

import numpy as np
import pytest

from nn import callbacks, losses, metrics, optimizers

nan = float("nan")
LOGITS = (
    losses.BinaryCrossentropy,
    losses.CategoricalCrossentropy,
    losses.SparseCategoricalCrossentropy,
    losses.BinaryFocalCrossentropy,
    losses.CategoricalFocalCrossentropy,
    metrics.BinaryCrossentropy,
    metrics.AUC,
)
AXES = (losses.CategoricalCrossentropy, losses.CosineSimilarity, metrics.CosineSimilarity)
TOP = (metrics.TopKCategoricalAccuracy, metrics.SparseTopKCategoricalAccuracy)
POSITIVES = (metrics.Precision, metrics.Recall)
WRONG = [
    *[(kind, "from_logits", ["no", 1, None]) for kind in LOGITS],
    *[(kind, "axis", ["a", 1.0, None, True]) for kind in AXES],
    *[(kind, "k", [0, -1, 2.5, None, True]) for kind in TOP],
    *[(kind, "top_k", [0, 1.5, "a"]) for kind in POSITIVES],
    *[(kind, "class_id", ["a", 1.5]) for kind in POSITIVES],
    *[(kind, "thresholds", ["a", [], 1.5, [nan]]) for kind in POSITIVES],
    (metrics.AUC, "thresholds", [[2.0], [-1.0]]),
    (metrics.BinaryAccuracy, "threshold", ["a", None, nan]),
    (metrics.F1Score, "threshold", ["a", nan, 2.0]),
    (metrics.R2Score, "num_regressors", [1.5, -1, None]),
    (losses.Huber, "delta", ["a", nan, 0, -1]),
    (losses.SparseCategoricalCrossentropy, "ignore_class", [1.5, "a"]),
    (losses.BinaryFocalCrossentropy, "gamma", ["a", nan, -1, None]),
    (losses.CategoricalFocalCrossentropy, "alpha", ["a", None, [nan]]),
    (optimizers.Adam, "amsgrad", ["no", 1, None]),
    (optimizers.Adam, "use_ema", ["no", 1]),
    (optimizers.RMSprop, "centered", ["no", 1, None]),
    (optimizers.SGD, "nesterov", ["no", 1]),
    (callbacks.EarlyStopping, "patience", [-1, 1.5, "a", None, True]),
    (callbacks.EarlyStopping, "start_from_epoch", [-1, 1.5, "a"]),
    (callbacks.EarlyStopping, "min_delta", ["a", nan, None]),
    (callbacks.EarlyStopping, "baseline", ["a", nan]),
    (callbacks.EarlyStopping, "restore_best_weights", ["no", None]),
    (callbacks.ReduceLROnPlateau, "patience", [-1, 1.5, "a", None]),
    (callbacks.ReduceLROnPlateau, "cooldown", [-1, 1.5, "a", None]),
    (callbacks.ReduceLROnPlateau, "factor", [1.0, -0.5, "a", nan]),
]


@pytest.mark.parametrize(
    ("kind", "argument", "value"),
    [(kind, argument, value) for kind, argument, values in WRONG for value in values],
)
def test_a_wrong_argument_is_refused_where_it_is_written(kind, argument, value):
    with pytest.raises((TypeError, ValueError)):
        kind(**{argument: value})


def test_weights_of_classes_are_the_losss_own():
    given = np.array([1.0, 2.0, 3.0])
    loss = losses.CategoricalFocalCrossentropy(alpha=given)
    y, p = np.eye(3), np.full((3, 3), 1 / 3)
    before = loss(y, p).item()
    given[0] = 100.0
    assert loss(y, p).item() == before
    assert loss.alpha == (1.0, 2.0, 3.0)
    assert losses.CategoricalFocalCrossentropy.from_config(loss.get_config()).alpha == loss.alpha
