"""Metrics: measures for training and `evaluate`, with Keras 3's names.

A metric accumulates batches with `update_state`; `result` returns the value so far.

Example:
    >>> accuracy = BinaryAccuracy()
    >>> accuracy.update_state([1, 0], [0.9, 0.8])
    >>> accuracy.update_state([1, 1], [0.9, 0.8])
    >>> accuracy.result()
    0.75
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, overload

import numpy as np

from autograd_lite.extend import unwrap
from nn import losses
from nn._core.identifiers import classes_by_name, deserializer, lookup
from nn._core.identifiers import serialize as serialize
from nn.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    accuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from nn.metrics.at_value import (
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from nn.metrics.auc import AUC
from nn.metrics.base import Mean, MeanMetric, MeanMetricWrapper, Metric, Sum
from nn.metrics.confusion import Precision, Recall, confusion_matrix
from nn.metrics.counts import FalseNegatives, FalsePositives, TrueNegatives, TruePositives
from nn.metrics.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from nn.metrics.fbeta import F1Score, FBetaScore
from nn.metrics.iou import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from nn.metrics.of_losses import (
    CategoricalHinge,
    Hinge,
    KLDivergence,
    LogCoshError,
    LossMetric,
    MeanSquaredLogarithmicError,
    Poisson,
    SquaredHinge,
)
from nn.metrics.regression import (
    CosineSimilarity,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    R2Score,
    RootMeanSquaredError,
)

__all__ = [
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "IoU",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetric",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "OneHotIoU",
    "OneHotMeanIoU",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "R2Score",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "accuracy",
    "binary_accuracy",
    "categorical_accuracy",
    "confusion_matrix",
    "get",
    "resolve",
    "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
]

_OWN = classes_by_name(globals(), Metric)
_NOT_BY_NAME = (
    *(IoU, MeanIoU, OneHotIoU, OneHotMeanIoU, PrecisionAtRecall, RecallAtPrecision),
    *(SensitivityAtSpecificity, SpecificityAtSensitivity, Mean, MeanMetric, MeanMetricWrapper, Sum),
)
_BY_NAME: dict[str, Callable[[], Metric]] = {
    "bce": BinaryCrossentropy,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "mse": MeanSquaredError,
}
_BY_NAME |= {
    name: kind
    for name, kind in _OWN.items()
    if kind not in _NOT_BY_NAME and not issubclass(kind, LossMetric)
}
# A loss without a metric of its own is measured by its function: metrics=["hinge"].
_BY_NAME |= {
    name: functools.partial(LossMetric, name)
    for name in losses.functions_by_name()
    if name not in _BY_NAME
}
_CLASSES = {**_BY_NAME, **_OWN, "loss_metric": LossMetric}  # that configs name
# Keras's other names: the functions of losses.
globals().update(losses.functions_by_name())


@overload
def get(identifier: None) -> None: ...
@overload
def get(
    identifier: str | dict[str, Any] | Metric | type[Metric] | Callable[..., Any],
) -> Metric: ...
def get(
    identifier: str | dict[str, Any] | Metric | type[Metric] | Callable[..., Any] | None,
) -> Metric | None:
    """Resolve a metric; a name means its default arguments.

    Args:
        identifier: a name ("mae"; that of a loss too, "hinge"), a `Metric`, a class of metrics, a
            function ``f(y_true, y_pred)`` of arrays, a loss, or
            ``{"class_name": ..., "config": ...}``; None for none.

    Raises:
        ValueError: for an unknown name.
        TypeError: for anything else.

    Example:
        >>> get("mae").name, get(np.allclose).name
        ('mean_absolute_error', 'allclose')
    """
    if identifier is None or isinstance(identifier, Metric):
        return identifier
    if isinstance(identifier, str):
        return lookup("metric", identifier, _BY_NAME)()
    if isinstance(identifier, dict):
        described: Metric = lookup("metric", identifier["class_name"], _CLASSES)(
            **identifier["config"]
        )
        return described
    if isinstance(identifier, type) and issubclass(identifier, Metric):
        return identifier()
    if callable(identifier):
        return MeanMetricWrapper(identifier)
    raise TypeError(
        "a metric is a name, a Metric or a function of y_true and y_pred, got "
        f'{type(identifier).__name__}: write metrics=["accuracy"] or metrics=[AUC()]'
    )


_ACCURACY = ("accuracy", "acc")
_CROSSENTROPY = ("crossentropy", "ce")


def resolve(identifier: Any, y_true: Any, y_pred: Any, loss: Any = None) -> Metric:
    """Resolve a metric whose name may depend on the model: "accuracy" ("acc"), "crossentropy"
    ("ce").

    They mean the binary metric where the last axis of y_pred has length 1 (or is the only one),
    the sparse categorical one where y_true lacks that axis or has length 1 there, else the
    categorical one. The metric keeps the name `identifier`.

    Args:
        identifier: as in `get`.
        y_true: a batch of targets.
        y_pred: a batch of predictions.
        loss: the model's loss; with ``from_logits=True``, accuracy uses threshold 0 and a
            crossentropy takes logits.

    Raises:
        ValueError: for an unknown name.

    Example:
        >>> resolve("accuracy", np.array([2, 0]), np.zeros((2, 3)))
        SparseCategoricalAccuracy(name='accuracy', dtype='float64')
    """
    if not isinstance(identifier, str):
        given: Metric = get(identifier)
        return given
    kind = _kind(np.asarray(unwrap(y_true)), np.asarray(unwrap(y_pred)))
    from_logits = bool(getattr(loss, "from_logits", False))
    if identifier.lower() in _ACCURACY:
        return _accuracy(kind, from_logits, identifier)
    if identifier.lower() in _CROSSENTROPY:
        return _CROSSENTROPIES[kind](name=identifier, from_logits=from_logits)
    metric = get(identifier)
    metric.name = identifier
    return metric


_CROSSENTROPIES: dict[str, Callable[..., Metric]] = {
    "binary": BinaryCrossentropy,
    "sparse": SparseCategoricalCrossentropy,
    "categorical": CategoricalCrossentropy,
}


def _accuracy(kind: str, from_logits: bool, name: str) -> Metric:
    if kind == "binary":
        return BinaryAccuracy(name=name, threshold=0.0 if from_logits else 0.5)
    return (SparseCategoricalAccuracy if kind == "sparse" else CategoricalAccuracy)(name=name)


def _kind(y_true: Any, y_pred: Any) -> str:
    """Infer the kind of labels from a classifier's shapes."""
    if y_pred.ndim < 2 or y_pred.shape[-1] == 1:
        return "binary"
    sparse = y_true.ndim < y_pred.ndim or y_true.shape[-1] == 1
    return "sparse" if sparse else "categorical"


deserialize = deserializer(get)
