"""The four counts of the confusion matrix, at thresholds."""

from __future__ import annotations

from typing import Any, ClassVar

from autograd_lite.extend import define
from nn.metrics.confusion import AtThresholds


class _Count(AtThresholds):
    top_k: ClassVar[None] = None  # type: ignore[misc]
    class_id: ClassVar[None] = None  # type: ignore[misc]


@define
class TruePositives(_Count):
    """The true labels that were found: their number, or their weights added up.

    Args:
        thresholds: a prediction above this number (or each of these) is positive; 0.5 by default.
        name, dtype: as in `Metric`.

    Example:
        >>> TruePositives()([0, 1, 1, 1], [0.9, 0.2, 0.8, 0.7])
        2.0
    """

    thresholds: Any = None
    name: str = "true_positives"
    dtype: Any = None

    def result(self) -> Any:
        return self.one_or_all(self.true_positives.data)


@define
class FalsePositives(_Count):
    """The false labels that were taken for true ones. Arguments as in `TruePositives`."""

    thresholds: Any = None
    name: str = "false_positives"
    dtype: Any = None

    def result(self) -> Any:
        return self.one_or_all(self.false_positives.data)


@define
class FalseNegatives(_Count):
    """The true labels that were not found. Arguments as in `TruePositives`."""

    thresholds: Any = None
    name: str = "false_negatives"
    dtype: Any = None

    def result(self) -> Any:
        return self.one_or_all(self.true_labels.data - self.true_positives.data)


@define
class TrueNegatives(_Count):
    """The false labels that were not taken for true ones. Arguments as in `TruePositives`."""

    thresholds: Any = None
    name: str = "true_negatives"
    dtype: Any = None

    def result(self) -> Any:
        return self.one_or_all(self.false_labels.data - self.false_positives.data)
