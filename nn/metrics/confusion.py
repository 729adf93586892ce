"""Metrics from the confusion matrix: precision, recall, F1, the area under a curve.

A prediction is positive where it exceeds a threshold. The counts of all batches are the state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite import Variable
from autograd_lite.extend import unwrap
from nn.activations import sigmoid
from nn.losses.base import broadcast_weights
from nn.losses.targets import require_probabilities
from nn.metrics.accuracy import binary_labels, fitted
from nn.metrics.base import Array, Metric

__all__ = ["AUC", "F1Score", "Precision", "Recall", "confusion_matrix"]


def confusion_matrix(y_true: Any, y_pred: Any, num_classes: int | None = None) -> Array:
    """Count how often each class was predicted for each true class.

    Args:
        y_true: the labels, whole numbers from 0.
        y_pred: the predicted labels, of the same shape.
        num_classes: by default the largest label plus 1.

    Returns:
        Counts of shape (num_classes, num_classes); the row is the true label, the column the
        predicted one.

    Raises:
        ValueError: for labels that are not whole numbers from 0 to num_classes - 1, and for
            shapes that differ.

    Example:
        >>> confusion_matrix([0, 1, 1, 2], [0, 1, 2, 2])
        array([[1, 0, 0],
               [0, 1, 1],
               [0, 0, 1]])
    """
    y_true, y_pred = np.asarray(unwrap(y_true)), np.asarray(unwrap(y_pred))
    if y_pred.ndim == y_true.ndim + 1 and y_pred.shape[-1] > 1:
        raise ValueError(
            f"y_pred has shape {y_pred.shape}: these are scores of each class. Take the highest: "
            "y_pred.argmax(axis=-1)"
        )
    y_true, y_pred = fitted(y_true, y_pred)
    true, predicted = _labels(y_true, "y_true"), _labels(y_pred, "y_pred")
    largest = int(max(true.max(initial=-1), predicted.max(initial=-1)))
    classes = largest + 1 if num_classes is None else num_classes
    if largest >= classes:
        raise ValueError(f"there is a label {largest}, but num_classes={num_classes}")
    counts = np.bincount(true * classes + predicted, minlength=classes * classes)
    return counts.reshape(classes, classes)


def _labels(y: Array, name: str) -> Array:
    labels = y.reshape(-1).astype(np.intp)
    if (labels != y.reshape(-1)).any() or labels.min(initial=0) < 0:
        raise ValueError(f"{name} must hold labels, whole numbers from 0")
    return labels


def ratio(part: Any, whole: Any) -> Any:
    """Return part / whole; 0 where whole is 0."""
    return part / np.where(whole == 0, 1, whole)


# -- counts at thresholds --------------------------------------------------------------------------


class _Positives:
    """The weights of true and of false labels above each threshold.

    Args:
        thresholds: in any order.
    """

    def __init__(self, thresholds: Any) -> None:
        self.order = np.argsort(thresholds)
        self.ascending = np.asarray(thresholds, dtype=np.float64)[self.order]

    def count(self, labels: Array, scores: Array, weights: Array) -> tuple[Array, Array]:
        """Count (true positives, false positives), each of the shape of the thresholds."""
        # In the dtype of the scores: 0.2 in float32 is larger than 0.2, and does not exceed it.
        levels = self.ascending.astype(scores.dtype if scores.dtype.kind == "f" else float)
        exceeded = np.searchsorted(levels, scores, side="left")
        exceeded[np.isnan(scores)] = 0  # NaN exceeds nothing
        return (
            self._above(exceeded[labels], weights[labels]),
            self._above(exceeded[~labels], weights[~labels]),
        )

    def _above(self, exceeded: Array, weights: Array) -> Array:
        """Sum the weights of the scores above each threshold: its bin and all higher ones."""
        bins = np.bincount(exceeded, weights, minlength=len(self.ascending) + 1)
        result = np.empty(len(self.ascending))
        result[self.order] = np.cumsum(bins[::-1])[-2::-1]
        return result


class _Counting(Metric):
    """A metric whose state is the counts of true and false positives and negatives.

    A subclass sets `positives` in its `__post_init__`.
    """

    positives: _Positives

    def __post_init__(self) -> None:
        super().__post_init__()
        shape = self.positives.ascending.shape
        self.true_positives = self.add_variable(shape, name="true_positives")
        self.false_positives = self.add_variable(shape, name="false_positives")
        self.true_labels = self.add_variable(name="true_labels")
        self.false_labels = self.add_variable(name="false_labels")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = fitted(unwrap(y_true), unwrap(y_pred))
        weights = np.ones(y_pred.shape)
        if sample_weight is not None:
            weights = weights * broadcast_weights(unwrap(sample_weight), weights)
        labels, scores, weights = self.select(
            binary_labels(y_true, type(self).__name__), y_pred, weights
        )
        labels, scores, weights = labels.reshape(-1), scores.reshape(-1), weights.reshape(-1)
        true, false = self.positives.count(labels, scores, weights)
        self.true_positives.assign_add(true)
        self.false_positives.assign_add(false)
        self.true_labels.assign_add(np.add.reduce(weights[labels]))
        self.false_labels.assign_add(np.add.reduce(weights[~labels]))

    def select(self, labels: Array, scores: Array, weights: Array) -> tuple[Array, Array, Array]:
        """Select the labels and scores of a batch that count."""
        require_probabilities(scores, type(self).__name__, logits=False)
        return labels, scores, weights

    @property
    def recall(self) -> Array:
        """Return the share of true labels found, for each threshold."""
        found: Array = ratio(self.true_positives.data, self.true_labels.data)
        return found

    @property
    def precision(self) -> Array:
        """Return the share of correct positives, for each threshold."""
        right: Array = ratio(
            self.true_positives.data, self.true_positives.data + self.false_positives.data
        )
        return right


# -- precision and recall --------------------------------------------------------------------------


class _AtThresholds(_Counting):
    """The shared arguments of `Precision` and `Recall`."""

    thresholds: Any
    top_k: int | None
    class_id: int | None

    def __post_init__(self) -> None:
        given = 0.5 if self.thresholds is None else self.thresholds
        levels = np.atleast_1d(np.asarray(given, dtype=np.float64))
        if not levels.size or not ((levels >= 0) & (levels <= 1)).all():
            raise ValueError(f"thresholds lie between 0 and 1, got {self.thresholds!r}")
        if self.top_k is not None and self.thresholds is None:
            levels = np.array([-np.inf])  # to be among the top k is enough
        self.positives = _Positives(levels)
        super().__post_init__()

    def select(self, labels: Array, scores: Array, weights: Array) -> tuple[Array, Array, Array]:
        if self.top_k is None:
            labels, scores, weights = super().select(labels, scores, weights)
        else:
            scores = _only_top(scores, self.top_k)
        if self.class_id is None:
            return labels, scores, weights
        if scores.ndim < 2:
            raise ValueError(
                f"class_id={self.class_id} picks a column of (samples, classes), but y_pred has "
                f"shape {scores.shape}"
            )
        column = (..., self.class_id)
        return labels[column], scores[column], weights[column]

    def one_or_all(self, values: Array) -> Any:
        """Return a number for one threshold, an array for several."""
        return float(values[0]) if len(values) == 1 else values


def _only_top(scores: Array, k: int) -> Array:
    """Set all but the k highest scores of each sample to minus infinity."""
    top = np.argsort(-scores, axis=-1, kind="stable")[..., :k]
    kept = np.full(scores.shape, -np.inf, scores.dtype if scores.dtype.kind == "f" else float)
    np.put_along_axis(kept, top, np.take_along_axis(scores, top, axis=-1), axis=-1)
    return kept


@dataclass(eq=False)
class Precision(_AtThresholds):
    """The share of correct positives: TP / (TP + FP); 0 if there are none.

    Args:
        thresholds: a prediction above this number (or each of these) is positive; 0.5 by default.
        top_k: only the k highest predictions of each sample are positive.
        class_id: look at one class, a column of one-hot targets, only.
        name, dtype: as in `Metric`.

    Example:
        >>> Precision()([0, 1, 1, 1], [0.9, 0.2, 0.8, 0.7])
        0.6666666666666666
    """

    thresholds: Any = None
    top_k: int | None = None
    class_id: int | None = None
    name: str = "precision"
    dtype: Any = None

    def result(self) -> Any:
        return self.one_or_all(self.precision)


@dataclass(eq=False)
class Recall(_AtThresholds):
    """The share of true labels found: TP / (TP + FN); 0 if there are none.

    Arguments as in `Precision`.

    Example:
        >>> Recall()([0, 1, 1, 1], [0.9, 0.2, 0.8, 0.7])
        0.6666666666666666
    """

    thresholds: Any = None
    top_k: int | None = None
    class_id: int | None = None
    name: str = "recall"
    dtype: Any = None

    def result(self) -> Any:
        return self.one_or_all(self.recall)


# -- area under a curve ----------------------------------------------------------------------------

_HEIGHTS: dict[str, Callable[[Array, Array], Array]] = {
    "interpolation": lambda a, b: (a + b) / 2,
    "minoring": np.minimum,
    "majoring": np.maximum,
}


@dataclass(eq=False)
class AUC(_Counting):
    """The area under the ROC curve (true over false positive rate) or the precision-recall curve.

    Args:
        num_thresholds: the number of points of the curve.
        curve: "ROC" or "PR".
        summation_method: the height of a step between two points: "interpolation" (the middle
            for ROC; for PR as Davis & Goadrich, 2006), "minoring" or "majoring".
        name, dtype: as in `Metric`.
        thresholds: the points between 0 and 1, in place of num_thresholds evenly spaced ones.
        from_logits: True if predictions are logits, which are put through a sigmoid.

    Example:
        >>> AUC(num_thresholds=3)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
        0.75
    """

    num_thresholds: int = 200
    curve: str = "ROC"
    summation_method: str = "interpolation"
    name: str = "auc"
    dtype: Any = None
    thresholds: Any = None
    from_logits: bool = False

    def __post_init__(self) -> None:
        if self.curve not in ("ROC", "PR"):
            raise ValueError(f"curve is 'ROC' or 'PR', got {self.curve!r}")
        if self.summation_method not in _HEIGHTS:
            raise ValueError(
                f"summation_method is one of {', '.join(map(repr, _HEIGHTS))}, got "
                f"{self.summation_method!r}"
            )
        if self.thresholds is None and self.num_thresholds < 2:
            raise ValueError(f"num_thresholds is at least 2, got {self.num_thresholds}")
        inner = self.thresholds
        if inner is not None and not all(0 <= level <= 1 for level in inner):
            raise ValueError(f"thresholds lie between 0 and 1, got {inner!r}")
        if inner is None:
            inner = np.linspace(0, 1, self.num_thresholds)[1:-1]
        # The curve starts where everything is positive and ends where nothing is.
        self.positives = _Positives([-np.inf, *sorted(inner), np.inf])
        super().__post_init__()

    def select(self, labels: Array, scores: Array, weights: Array) -> tuple[Array, Array, Array]:
        if self.from_logits:
            return labels, sigmoid(scores), weights
        return super().select(labels, scores, weights)

    def result(self) -> float:
        if self.curve == "ROC":
            false_rate = ratio(self.false_positives.data, self.false_labels.data)
            return self._area(false_rate, self.recall)
        if self.summation_method != "interpolation":
            return self._area(self.recall, self.precision)
        return self._precision_recall_area()

    def _area(self, x: Array, y: Array) -> float:
        height = _HEIGHTS[self.summation_method](y[:-1], y[1:])
        return float(np.add.reduce((x[:-1] - x[1:]) * height))

    def _precision_recall_area(self) -> float:
        """Between two thresholds, true positives are taken as linear in all positives p: with
        slope s and intercept t the precision is s + t / p, whose integral has a logarithm.
        """
        true = self.true_positives.data
        positives = true + self.false_positives.data
        steps = true[:-1] - true[1:]
        slope = ratio(steps, positives[:-1] - positives[1:])
        intercept = true[1:] - slope * positives[1:]
        both = (positives[:-1] > 0) & (positives[1:] > 0)
        growth = np.where(both, ratio(positives[:-1], positives[1:]), 1)
        areas = slope * (steps + intercept * np.log(np.where(both, growth, 1)))
        return float(ratio(np.add.reduce(areas), self.true_labels.data))


# -- F1 --------------------------------------------------------------------------------------------


@dataclass(eq=False)
class F1Score(Metric):
    """The harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN), of each class.

    Args:
        average: the average over the classes: None for none, "micro" counts
            all classes together, "macro" takes the mean, "weighted" the mean weighted by how
            often each class occurs.
        threshold: above it a prediction is positive; by default the highest of each sample is.
        name, dtype: as in `Metric`.

    Raises:
        ValueError: when called with anything but targets and predictions (samples, classes).

    Example:
        >>> F1Score()([[1, 0], [0, 1], [0, 1]], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
        array([0.66666667, 0.66666667])
    """

    average: str | None = None
    threshold: float | None = None
    name: str = "f1_score"
    dtype: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.average not in (None, "micro", "macro", "weighted"):
            raise ValueError(
                f"average is 'micro', 'macro', 'weighted' or None, got {self.average!r}"
            )
        if self.threshold is not None and not 0 < self.threshold <= 1:
            raise ValueError(f"threshold lies between 0 and 1, got {self.threshold!r}")
        self.counts: Variable | None = None

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = np.asarray(unwrap(y_true)), np.asarray(unwrap(y_pred))
        if y_true.ndim == 1 and y_pred.ndim == 2 and y_pred.shape[1] > 1:
            raise ValueError(
                f"F1Score takes one-hot targets of shape {y_pred.shape}, got {y_true.shape}. "
                f"From labels: np.eye({y_pred.shape[1]})[y_true]"
            )
        y_true, y_pred = fitted(y_true, y_pred)
        if y_pred.ndim != 2:
            raise ValueError(f"F1Score takes (samples, classes), got shape {y_pred.shape}")
        true, positive = binary_labels(y_true, "F1Score"), self._positive(y_pred)
        weights = np.ones(true.shape)
        if sample_weight is not None:
            weights = weights * broadcast_weights(unwrap(sample_weight), weights)
        if self.counts is None:
            self.counts = self.add_variable((3, true.shape[1]), name="counts")
        found = np.stack([true & positive, ~true & positive, true & ~positive])
        self.counts.assign_add(np.add.reduce(found * weights, axis=1))

    def _positive(self, y_pred: Array) -> Array:
        if self.threshold is not None:
            return np.greater(y_pred, float(self.threshold))  # compared in the dtype of y_pred
        if y_pred.shape[1] == 1:
            raise ValueError(
                "the highest of a single prediction is always itself: write F1Score(threshold=0.5)"
            )
        highest: Array = y_pred >= y_pred.max(axis=1, keepdims=True)
        return highest & (np.abs(y_pred) > 1e-9)  # in a row of zeros there is no highest

    def result(self) -> Any:
        if self.counts is None:
            return 0.0
        true, false, missed = self.counts.data
        if self.average == "micro":
            true, false, missed = true.sum(), false.sum(), missed.sum()
        score = ratio(2 * true, 2 * true + false + missed)
        if self.average is None:
            return score
        occurring = true + missed
        if self.average == "weighted":
            return float(ratio(np.sum(score * occurring), np.sum(occurring)))
        return float(np.mean(score))
