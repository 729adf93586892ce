"""The best of one measure where another one is good enough: precision at a recall, and kin."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from autograd_lite.extend import define
from nn._core.validation import require_count
from nn.metrics.base import Array
from nn.metrics.confusion import Counting, Positives, column, ratio


class _AtValue(Counting):
    """The base: counts at thresholds; a subclass says which measure is asked of which."""

    num_thresholds: int
    class_id: int | None
    _given: ClassVar[str]  # the field with the value that is asked for

    def __post_init__(self) -> None:
        require_count("num_thresholds", self.num_thresholds)
        value = getattr(self, self._given)
        if not 0 <= value <= 1:
            raise ValueError(f"{self._given} lies between 0 and 1, got {value!r}")
        inner = np.linspace(0, 1, self.num_thresholds)[1:-1] if self.num_thresholds > 1 else [0.5]
        # At the first threshold everything is positive, at the last one nothing is.
        ends = [-np.inf, np.inf] if self.num_thresholds > 1 else []
        self.positives = Positives([*ends[:1], *inner, *ends[1:]])
        super().__post_init__()

    def select(self, labels: Array, scores: Array, weights: Array) -> tuple[Array, Array, Array]:
        labels, scores, weights = super().select(labels, scores, weights)
        labels, scores, weights = column(self.class_id, labels, scores, weights)
        return labels, scores, weights

    def best(self, measure: Array, where: Array) -> float:
        """Return the largest of a measure where another one is at least the value; else 0."""
        enough = where >= getattr(self, self._given)
        return float(np.max(measure[enough], initial=0.0))

    @property
    def specificities(self) -> Array:
        """Return the share of false labels that are not taken for true, for each threshold."""
        false = self.false_labels.data
        kept: Array = ratio(false - self.false_positives.data, false)
        return kept


@define
class PrecisionAtRecall(_AtValue):
    """The largest precision where the recall is at least `recall`; 0 if it nowhere is.

    Args:
        recall: from 0 to 1.
        num_thresholds: the thresholds between 0 and 1 that are tried.
        class_id: look at one class, a column of one-hot targets, only.
        name, dtype: as in `Metric`.

    Example:
        >>> PrecisionAtRecall(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
        0.5
    """

    recall: float
    num_thresholds: int = 200
    class_id: int | None = None
    name: str = "precision_at_recall"
    dtype: Any = None
    _given: ClassVar[str] = "recall"

    def result(self) -> float:
        return self.best(self.precisions, where=self.recalls)


@define
class RecallAtPrecision(_AtValue):
    """The largest recall where the precision is at least `precision`; 0 if it nowhere is.

    Args:
        precision: from 0 to 1.
        num_thresholds, class_id, name, dtype: as in `PrecisionAtRecall`.

    Example:
        >>> RecallAtPrecision(0.8)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
        0.5
    """

    precision: float
    num_thresholds: int = 200
    class_id: int | None = None
    name: str = "recall_at_precision"
    dtype: Any = None
    _given: ClassVar[str] = "precision"

    def result(self) -> float:
        return self.best(self.recalls, where=self.precisions)


@define
class SensitivityAtSpecificity(_AtValue):
    """The largest share of true labels found where `specificity` of the false ones are not.

    Args:
        specificity: from 0 to 1.
        num_thresholds, class_id, name, dtype: as in `PrecisionAtRecall`.

    Example:
        >>> SensitivityAtSpecificity(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
        0.5
    """

    specificity: float
    num_thresholds: int = 200
    class_id: int | None = None
    name: str = "sensitivity_at_specificity"
    dtype: Any = None
    _given: ClassVar[str] = "specificity"

    def result(self) -> float:
        return self.best(self.recalls, where=self.specificities)


@define
class SpecificityAtSensitivity(_AtValue):
    """The largest share of false labels left alone where `sensitivity` of the true ones are found.

    Args:
        sensitivity: from 0 to 1.
        num_thresholds, class_id, name, dtype: as in `PrecisionAtRecall`.

    Example:
        >>> SpecificityAtSensitivity(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
        0.6666666666666666
    """

    sensitivity: float
    num_thresholds: int = 200
    class_id: int | None = None
    name: str = "specificity_at_sensitivity"
    dtype: Any = None
    _given: ClassVar[str] = "sensitivity"

    def result(self) -> float:
        return self.best(self.specificities, where=self.recalls)
