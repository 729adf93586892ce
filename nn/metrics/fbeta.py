"""FBetaScore and F1Score: precision and recall in one number."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from autograd_lite import Variable
from autograd_lite.extend import current_context, define, unwrap
from nn.metrics.accuracy import as_given, binary_labels, fitted
from nn.metrics.base import Array, SummedMetric, weights_of
from nn.metrics.confusion import ratio


class _Score(SummedMetric):
    """The base, without its arguments."""

    average: str | None
    beta: float
    threshold: float | None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.average not in (None, "micro", "macro", "weighted"):
            raise ValueError(
                f"average is 'micro', 'macro', 'weighted' or None, got {self.average!r}"
            )
        if not self.beta > 0:
            raise ValueError(f"beta is a number above 0, got {self.beta!r}")
        if self.threshold is not None and not 0 < self.threshold <= 1:
            raise ValueError(f"threshold lies between 0 and 1, got {self.threshold!r}")
        self.counts: Variable | None = None

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if current_context().tracing is None:
            y_true, y_pred = unwrap(y_true), unwrap(y_pred)
        y_true, y_pred = as_given(y_true), as_given(y_pred)
        if y_true.ndim == 1 and y_pred.ndim == 2 and y_pred.shape[1] > 1:
            raise ValueError(
                f"{type(self).__name__} takes one-hot targets of shape {y_pred.shape}, got "
                f"{y_true.shape}. "
                f"From labels: np.eye({y_pred.shape[1]})[y_true]"
            )
        y_true, y_pred = fitted(y_true, y_pred)
        if y_pred.ndim != 2:
            raise ValueError(
                f"{type(self).__name__} takes (samples, classes), got shape {y_pred.shape}"
            )
        true, positive = binary_labels(y_true, type(self).__name__), self._positive(y_pred)
        if self.counts is None:
            self.counts = self.add_variable((3, true.shape[1]), name="counts")
        found = [true & positive, ~true & positive, true & ~positive]
        if sample_weight is None:
            sums = [np.count_nonzero(each, axis=0) for each in found]
        else:
            weights = weights_of(true.shape, sample_weight)
            sums = [np.add.reduce(each * weights, axis=0) for each in found]
        self.counts.assign_add(np.stack(sums))

    def _positive(self, y_pred: Array) -> Array:
        if self.threshold is not None:
            return np.greater(y_pred, float(self.threshold))  # compared in the dtype of y_pred
        if y_pred.shape[1] == 1:
            raise ValueError(
                "the highest of a single prediction is always itself: write "
                f"{type(self).__name__}(threshold=0.5)"
            )
        highest: Array = y_pred >= y_pred.max(axis=1, keepdims=True)
        return highest & (np.abs(y_pred) > 1e-9)  # in a row of zeros there is no highest

    def result(self) -> Any:
        if self.counts is None:
            return 0.0
        true, false, missed = self.counts.data
        if self.average == "micro":
            true, false, missed = true.sum(), false.sum(), missed.sum()
        square = self.beta**2
        score = ratio((1 + square) * true, (1 + square) * true + square * missed + false)
        if self.average is None:
            return score
        occurring = true + missed
        if self.average == "weighted":
            return float(ratio(np.sum(score * occurring), np.sum(occurring)))
        return float(np.mean(score))


@define
class FBetaScore(_Score):
    """The weighted harmonic mean of precision P and recall R, (1 + β²) P R / (β² P + R), of each
    class: with β above 1 the recall weighs more.

    Args:
        average: the average over the classes: None for none, "micro" counts
            all classes together, "macro" takes the mean, "weighted" the mean weighted by how
            often each class occurs.
        beta: the weight of the recall.
        threshold: above it a prediction is positive; by default the highest of each sample is.
        name, dtype: as in `Metric`.

    Raises:
        ValueError: when called with anything but targets and predictions (samples, classes).

    Example:
        >>> FBetaScore(beta=2.0)([[1, 0], [0, 1], [0, 1]], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
        array([0.83333333, 0.55555556])
    """

    average: str | None = None
    beta: float = 1.0
    threshold: float | None = None
    name: str = "fbeta_score"
    dtype: Any = None


@define
class F1Score(_Score):
    """The harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN), of each class.

    Args:
        average, threshold, name, dtype: as in `FBetaScore`, with β = 1.

    Raises:
        ValueError: as `FBetaScore`.

    Example:
        >>> F1Score()([[1, 0], [0, 1], [0, 1]], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
        array([0.66666667, 0.66666667])
    """

    average: str | None = None
    threshold: float | None = None
    name: str = "f1_score"
    dtype: Any = None
    beta: ClassVar[float] = 1.0  # type: ignore[misc]
