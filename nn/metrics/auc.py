"""AUC: the area under the ROC or the precision-recall curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.extend import current_context, define, unwrap
from nn.activations import sigmoid
from nn.metrics.accuracy import binary_labels, fitted
from nn.metrics.base import Array, weights_of
from nn.metrics.confusion import Counting, Positives, ratio

_HEIGHTS: dict[str, Callable[[Array, Array], Array]] = {
    "interpolation": lambda a, b: (a + b) / 2,
    "minoring": np.minimum,
    "majoring": np.maximum,
}


@define
class AUC(Counting):
    """The area under the ROC curve (true over false positive rate) or the precision-recall curve.

    Args:
        num_thresholds: the number of points of the curve.
        curve: "ROC" or "PR".
        summation_method: the height of a step between two points: "interpolation" (the middle
            for ROC; for PR as Davis & Goadrich, 2006), "minoring" or "majoring".
        name, dtype: as in `Metric`.
        thresholds: the points between 0 and 1, in place of num_thresholds evenly spaced ones.
        multi_label: True for the mean of the areas of each column of (samples, labels); False
            counts all columns together.
        num_labels: the number of columns, with multi_label; found in the first batch unless given.
        label_weights: of the columns: in that mean, or of their counts.
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
    multi_label: bool = False
    num_labels: int | None = None
    label_weights: Sequence[float] | None = None
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
        if self.num_labels is not None and not self.multi_label:
            raise ValueError("num_labels goes with multi_label=True")
        if self.label_weights is not None and min(self.label_weights) < 0:
            raise ValueError(f"label_weights are 0 or more, got {self.label_weights!r}")
        inner = self.thresholds
        if inner is not None and not all(0 <= level <= 1 for level in inner):
            raise ValueError(f"thresholds lie between 0 and 1, got {inner!r}")
        if inner is None:
            inner = np.linspace(0, 1, self.num_thresholds)[1:-1]
        # The curve starts where everything is positive and ends where nothing is.
        self.positives = Positives([-np.inf, *sorted(inner), np.inf])
        super().__post_init__()
        if self.num_labels is not None:
            self._count_columns(self.num_labels)

    def _count_columns(self, labels: int) -> None:
        """Make the state that counts each label by itself."""
        shape = (len(self.positives.ascending), labels)
        self.true_positives = self.add_variable(shape, name="true_positives")
        self.false_positives = self.add_variable(shape, name="false_positives")
        self.true_labels = self.add_variable((labels,), name="true_labels")
        self.false_labels = self.add_variable((labels,), name="false_labels")

    @property
    def traceable(self) -> bool:
        return super().traceable and (self.multi_label or self.label_weights is None)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if not self.multi_label and self.label_weights is None:
            super().update_state(y_true, y_pred, sample_weight)
            return
        traced = current_context().tracing is not None
        if not traced:
            y_true, y_pred = unwrap(y_true), unwrap(y_pred)
        y_true, y_pred = fitted(y_true, y_pred)
        if y_pred.ndim != 2 or self._columns() not in (None, y_pred.shape[1]):
            raise ValueError(
                f"{self.name} takes (samples, {self._columns() or 'labels'}), got {y_pred.shape}"
            )
        if self.multi_label and self.true_labels.ndim == 0:
            self._count_columns(y_pred.shape[1])
        if traced:
            super().update_state(y_true, y_pred)
            return
        weights = weights_of(y_pred.shape, sample_weight)
        if not self.multi_label:
            super().update_state(y_true, y_pred, weights * np.asarray(self.label_weights))
            return
        given = self.select(binary_labels(y_true, "AUC"), y_pred, weights)
        columns = list(zip(*(array.T for array in given), strict=True))
        counts = [self.positives.count(*column) for column in columns]
        self.true_positives.assign_add(np.stack([true for true, _ in counts], axis=1))
        self.false_positives.assign_add(np.stack([false for _, false in counts], axis=1))
        self.true_labels.assign_add(np.array([w[t].sum() for t, _, w in columns]))
        self.false_labels.assign_add(np.array([w[~t].sum() for t, _, w in columns]))

    def _columns(self) -> int | None:
        if self.true_labels.ndim:
            return len(self.true_labels)
        return None if self.label_weights is None else len(self.label_weights)

    def select(self, labels: Array, scores: Array, weights: Array) -> tuple[Array, Array, Array]:
        if self.from_logits:
            return labels, sigmoid(scores), weights
        return super().select(labels, scores, weights)

    def result(self) -> float:
        areas = self._areas()
        if areas.ndim == 0 or self.label_weights is None:
            return float(np.mean(areas))
        return float(np.average(areas, weights=self.label_weights))

    def _areas(self) -> Array:
        """Return the area, or that of each label."""
        if self.curve == "ROC":
            false_rate = ratio(self.false_positives.data, self.false_labels.data)
            return self._area(false_rate, self.recalls)
        if self.summation_method != "interpolation":
            return self._area(self.recalls, self.precisions)
        return self._precision_recall_area()

    def _area(self, x: Array, y: Array) -> Array:
        height = _HEIGHTS[self.summation_method](y[:-1], y[1:])
        area: Array = np.add.reduce((x[:-1] - x[1:]) * height)
        return area

    def _precision_recall_area(self) -> Array:
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
        area: Array = ratio(np.add.reduce(areas), self.true_labels.data)
        return area
