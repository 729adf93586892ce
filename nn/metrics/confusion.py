"""Metrics from the confusion matrix: precision and recall; what others build on.

A prediction is positive where it exceeds a threshold. The counts of all batches are the state.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.extend import current_context, define, unwrap
from nn.losses.targets import require_probabilities
from nn.metrics.accuracy import binary_labels, fitted
from nn.metrics.base import Array, SummedMetric, weights_of


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


class Positives:
    """The weights of true and of false labels above each threshold.

    Args:
        thresholds: in any order.
    """

    def __init__(self, thresholds: Any) -> None:
        self.order = np.argsort(thresholds)
        self.thresholds = np.asarray(thresholds, dtype=np.float64)
        self.ascending = self.thresholds[self.order]

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


class Counting(SummedMetric):
    """A metric whose state is the counts of true and false positives and negatives.

    A subclass sets `positives` in its `__post_init__`.
    """

    positives: Positives

    def __post_init__(self) -> None:
        super().__post_init__()
        shape = self.positives.ascending.shape
        self.true_positives = self.add_variable(shape, name="true_positives")
        self.false_positives = self.add_variable(shape, name="false_positives")
        self.true_labels = self.add_variable(name="true_labels")
        self.false_labels = self.add_variable(name="false_labels")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if current_context().tracing is not None:
            self._update_in_program(y_true, y_pred)
            return
        y_true, y_pred = fitted(unwrap(y_true), unwrap(y_pred))
        weights = weights_of(y_pred.shape, sample_weight)
        labels, scores, weights = self.select(
            binary_labels(y_true, type(self).__name__), y_pred, weights
        )
        labels, scores, weights = labels.reshape(-1), scores.reshape(-1), weights.reshape(-1)
        true, false = self.positives.count(labels, scores, weights)
        self.true_positives.assign_add(true)
        self.false_positives.assign_add(false)
        self.true_labels.assign_add(np.add.reduce(weights[labels]))
        self.false_labels.assign_add(np.add.reduce(weights[~labels]))

    def _update_in_program(self, y_true: Any, y_pred: Any) -> None:
        """Count by comparing each score with each threshold: no bins, whose number of scores
        differs from batch to batch.
        """
        y_true, y_pred = fitted(y_true, y_pred)
        labels, scores, _ = self.select(binary_labels(y_true, type(self).__name__), y_pred, y_pred)
        columns = self.true_labels.size
        labels, scores = (np.reshape(each, (-1, 1, columns)) for each in (labels, scores))
        exceeded = scores > self.positives.thresholds.astype(scores.dtype)[:, np.newaxis]
        true = np.count_nonzero(exceeded & labels, axis=0)
        false = np.count_nonzero(exceeded, axis=0) - true
        found = np.count_nonzero(labels, axis=(0, 1))
        self.true_positives.assign_add(np.reshape(true, self.true_positives.shape))
        self.false_positives.assign_add(np.reshape(false, self.false_positives.shape))
        self.true_labels.assign_add(np.reshape(found, self.true_labels.shape))
        missing = labels.shape[0] - found
        self.false_labels.assign_add(np.reshape(missing, self.false_labels.shape))

    def select(self, labels: Array, scores: Array, weights: Array) -> tuple[Array, Array, Array]:
        """Select the labels and scores of a batch that count."""
        require_probabilities(scores, type(self).__name__, logits=False)
        return labels, scores, weights

    @property
    def recalls(self) -> Array:
        """Return the share of true labels found, for each threshold."""
        found: Array = ratio(self.true_positives.data, self.true_labels.data)
        return found

    @property
    def precisions(self) -> Array:
        """Return the share of correct positives, for each threshold."""
        right: Array = ratio(
            self.true_positives.data, self.true_positives.data + self.false_positives.data
        )
        return right


# -- precision and recall --------------------------------------------------------------------------


class AtThresholds(Counting):
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
        self.positives = Positives(levels)
        super().__post_init__()

    def select(self, labels: Array, scores: Array, weights: Array) -> tuple[Array, Array, Array]:
        if self.top_k is None:
            labels, scores, weights = super().select(labels, scores, weights)
        else:
            scores = _only_top(scores, self.top_k)
        labels, scores, weights = column(self.class_id, labels, scores, weights)
        return labels, scores, weights

    @property
    def traceable(self) -> bool:
        return super().traceable and self.top_k is None

    def one_or_all(self, values: Array) -> Any:
        """Return a number for one threshold, an array for several."""
        return float(values[0]) if len(values) == 1 else values


def column(class_id: int | None, *arrays: Array) -> Any:
    """Return the column of a class of (samples, classes); all of them for None.

    Raises:
        ValueError: for arrays without columns, or without this one.
    """
    if class_id is None:
        return arrays
    if arrays[0].ndim < 2:
        raise ValueError(
            f"class_id={class_id} picks a column of (samples, classes), but y_pred has shape "
            f"{arrays[0].shape}"
        )
    if not 0 <= class_id < arrays[0].shape[-1]:
        raise ValueError(
            f"class_id={class_id} is no column of y_pred, whose shape is {arrays[0].shape}"
        )
    return tuple(array[..., class_id] for array in arrays)


def _only_top(scores: Array, k: int) -> Array:
    """Set all but the k highest scores of each sample to minus infinity."""
    top = np.argsort(-scores, axis=-1, kind="stable")[..., :k]
    kept = np.full(scores.shape, -np.inf, scores.dtype if scores.dtype.kind == "f" else float)
    np.put_along_axis(kept, top, np.take_along_axis(scores, top, axis=-1), axis=-1)
    return kept


@define
class Precision(AtThresholds):
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
        return self.one_or_all(self.precisions)


@define
class Recall(AtThresholds):
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
        return self.one_or_all(self.recalls)
