"""Accuracies: the share of correctly predicted labels.

The functions tell for each sample whether it is correct; the classes average over batches.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import current_context, define
from nn.losses.targets import class_labels, required, same_rank, shapes_differ
from nn.metrics.base import MeanMetric

Array = np.ndarray[Any, Any]

ROUNDING = 1e-2  # how far from 1 a row of probabilities may add up, in float16 too


# -- functions -------------------------------------------------------------------------------------


def accuracy(y_true: Any, y_pred: Any) -> Array:
    """Compare predicted labels with the true ones, elementwise.

    Raises:
        ValueError: for shapes that do not fit.

    Example:
        >>> accuracy([1, 2], [1, 3])
        array([ True, False])
    """
    y_true, y_pred = fitted(y_true, y_pred)
    equal: Array = y_true == y_pred
    return equal


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Array:
    """Compare thresholded predictions with labels 0 and 1.

    Raises:
        ValueError: for other labels, and for shapes that do not fit.

    Example:
        >>> binary_accuracy([1, 0, 1], [0.9, 0.2, 0.3])
        array([ True,  True, False])
    """
    y_true, y_pred = fitted(y_true, y_pred)
    # A Python float is compared in the dtype of y_pred; a float64 would take it to float64.
    right: Array = (y_pred > float(threshold)) == binary_labels(y_true, "binary accuracy")
    return right


def categorical_accuracy(y_true: Any, y_pred: Any) -> Array:
    """Compare the highest prediction with the 1 of a one-hot target.

    Raises:
        ValueError: for shapes that do not fit, and a single class.

    Warns:
        UserWarning: for multi-label targets, whose highest is only the first of several.

    Example:
        >>> categorical_accuracy([[0, 1], [1, 0]], [[0.2, 0.8], [0.3, 0.7]])
        array([ True, False])
    """
    y_true, y_pred = fitted(y_true, y_pred)
    _require_several_classes(y_pred)
    _warn_unless_distributions(y_true)
    right: Array = y_true.argmax(-1) == y_pred.argmax(-1)
    return right


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Array:
    """Compare the highest prediction with the label, 0 to C - 1.

    Raises:
        ValueError: for labels that y_pred has no class for, shapes that do not fit, one class.

    Example:
        >>> sparse_categorical_accuracy([1, 0], [[0.2, 0.8], [0.3, 0.7]])
        array([ True, False])
    """
    y_pred = as_given(y_pred)
    _require_several_classes(y_pred)
    right: Array = y_pred.argmax(-1) == class_labels(y_true, y_pred)
    return right


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Array:
    """Check that the 1 of a one-hot target is among the k highest predictions.

    Raises:
        ValueError: as `categorical_accuracy`.
    """
    y_true, y_pred = fitted(y_true, y_pred)
    _warn_unless_distributions(y_true)
    return sparse_top_k_categorical_accuracy(y_true.argmax(-1), y_pred, k)


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> Array:
    """Check that the label is among the k highest predictions; a tie with the k-th counts.

    Args:
        y_true: labels, 0 to C - 1.
        y_pred: a score for each class; or with `from_sorted_ids` the classes, best first.
        k: how many may come first.
        from_sorted_ids: see `y_pred`.

    Raises:
        ValueError: as `sparse_categorical_accuracy`.

    Example:
        >>> sparse_top_k_categorical_accuracy([2, 0], [[0.1, 0.6, 0.3], [0.1, 0.6, 0.3]], k=2)
        array([ True, False])
    """
    y_pred = as_given(y_pred)
    if from_sorted_ids:
        labels = as_given(y_true).reshape(*y_pred.shape[:-1], 1)
        found: Array = (y_pred[..., :k] == labels).any(axis=-1)
        return found
    _require_several_classes(y_pred)
    labels = class_labels(y_true, y_pred)
    score = np.take_along_axis(y_pred, labels[..., None], axis=-1)
    better = np.count_nonzero(y_pred > score, axis=-1)
    known = ~np.isnan(score[..., 0])
    right: Array = known & (better < k)
    return right


# -- what they ask ---------------------------------------------------------------------------------


def as_given(y: Any) -> Any:
    """Convert `y` to an array; keep a Tensor while a function is compiled."""
    return y if current_context().tracing is not None and isinstance(y, Tensor) else np.asarray(y)


def fitted(y_true: Any, y_pred: Any) -> tuple[Array, Array]:
    """Return arrays of one shape; (N,) against (N, 1) gets the missing axis.

    Raises:
        ValueError: if the shapes still differ.
    """
    y_true, y_pred = as_given(y_true), as_given(y_pred)
    if y_true.shape != y_pred.shape:
        y_true, y_pred = same_rank(y_true, y_pred)
        if y_true.shape != y_pred.shape:
            raise shapes_differ(y_true, y_pred)
    return y_true, y_pred


def binary_labels(y_true: Array, what: str) -> Array:
    """Convert labels 0 and 1 to booleans.

    Raises:
        ValueError: for other labels.
    """
    if y_true.dtype == bool:
        return y_true
    ones: Array = y_true == 1
    if required(lambda: ones | (y_true == 0)):
        return ones
    if np.count_nonzero(ones) + np.count_nonzero(y_true == 0) < y_true.size:
        other = y_true[~ones & (y_true != 0)]
        raise ValueError(
            f"{what} compares with labels 0 and 1, but y_true holds {other[0]:g}. For values that "
            'are predicted use a metric such as "mae"; for labels -1 and 1, (y_true + 1) / 2'
        )
    return ones


def _require_several_classes(y_pred: Array) -> None:
    if y_pred.ndim == 0 or y_pred.shape[-1] < 2:
        raise ValueError(
            f"y_pred has shape {y_pred.shape}: the highest of one class is always right. For one "
            "output between 0 and 1 use BinaryAccuracy"
        )


def _warn_unless_distributions(y_true: Any) -> None:
    """Warn unless each row is one-hot, or at least sums to 1."""

    def holds() -> Any:
        return (np.abs(np.sum(y_true, axis=-1) - 1) < ROUNDING) & (np.min(y_true, axis=-1) >= 0)

    if not y_true.size or required(holds):
        return
    wrong = np.argwhere(~np.asarray(holds()))
    if len(wrong):
        row = y_true[tuple(wrong[0])]
        warnings.warn(
            f"categorical accuracy compares the highest of each row, but y_true has the row "
            f"{np.array2string(row, threshold=8)}, which is not one-hot. For labels of which "
            'several, or none, hold at a time use "binary_accuracy", which counts each; for values '
            'that are predicted a metric such as "mae"',
            stacklevel=2,
        )


# -- classes ---------------------------------------------------------------------------------------


@define
class Accuracy(MeanMetric):
    """The share of predicted labels that equal the true ones.

    Example:
        >>> Accuracy()([1, 2, 3, 4], [0, 2, 3, 4])
        0.75
    """

    name: str = "accuracy"
    dtype: Any = None

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        return accuracy(y_true, y_pred)


@define
class BinaryAccuracy(MeanMetric):
    """The share of predictions on the right side of `threshold`, for labels 0 and 1.

    For logits the threshold is 0.
    """

    name: str = "binary_accuracy"
    dtype: Any = None
    threshold: float = 0.5

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        return binary_accuracy(y_true, y_pred, self.threshold)


@define
class CategoricalAccuracy(MeanMetric):
    """The share of samples whose highest prediction is at the 1 of a one-hot target."""

    name: str = "categorical_accuracy"
    dtype: Any = None

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        return categorical_accuracy(y_true, y_pred)


@define
class SparseCategoricalAccuracy(MeanMetric):
    """The share of samples whose highest prediction is at the label, 0 to C - 1."""

    name: str = "sparse_categorical_accuracy"
    dtype: Any = None

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        return sparse_categorical_accuracy(y_true, y_pred)


@define
class TopKCategoricalAccuracy(MeanMetric):
    """The share of samples with the 1 of a one-hot target among the `k` highest predictions."""

    k: int = 5
    name: str = "top_k_categorical_accuracy"
    dtype: Any = None

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        return top_k_categorical_accuracy(y_true, y_pred, self.k)


@define
class SparseTopKCategoricalAccuracy(MeanMetric):
    """The share of samples whose label is among the `k` highest predictions; see the function."""

    k: int = 5
    name: str = "sparse_top_k_categorical_accuracy"
    dtype: Any = None
    from_sorted_ids: bool = False

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        return sparse_top_k_categorical_accuracy(y_true, y_pred, self.k, self.from_sorted_ids)
