"""Regression metrics: mean errors, and the share of the variance explained."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from autograd_lite import Variable
from autograd_lite.extend import current_context, define, unwrap
from nn import losses
from nn.losses.targets import align, columns
from nn.metrics.base import Array, MeanMetric, SummedMetric, weights_of


@define
class MeanSquaredError(MeanMetric):
    """The mean of ``(y_pred - y_true)**2``."""

    name: str = "mean_squared_error"
    dtype: Any = None

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        return losses.mean_squared_error(*columns(y_true, y_pred))


@define
class RootMeanSquaredError(MeanMetric):
    """The square root of the mean of ``(y_pred - y_true)**2``, in the units of y.

    Example:
        >>> RootMeanSquaredError()([0.0, 0.0], [3.0, 3.0])
        3.0
    """

    name: str = "root_mean_squared_error"
    dtype: Any = None

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        y_true, y_pred = align(y_true, y_pred)
        return np.square(y_pred - y_true)

    def result(self) -> float:
        return math.sqrt(super().result())


@define
class MeanAbsoluteError(MeanMetric):
    """The mean of ``abs(y_pred - y_true)``."""

    name: str = "mean_absolute_error"
    dtype: Any = None

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        return losses.mean_absolute_error(*columns(y_true, y_pred))


@define
class MeanAbsolutePercentageError(MeanMetric):
    """The mean of ``100 * abs(y_pred - y_true) / max(abs(y_true), 1e-7)``."""

    name: str = "mean_absolute_percentage_error"
    dtype: Any = None

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        return losses.mean_absolute_percentage_error(*columns(y_true, y_pred))


@define
class CosineSimilarity(MeanMetric):
    """The mean cosine of the angle between y_true and y_pred along `axis`: 1 for one direction."""

    name: str = "cosine_similarity"
    dtype: Any = None
    axis: int = -1

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        return -losses.cosine_similarity(y_true, y_pred, self.axis)


@define
class R2Score(SummedMetric):
    """The coefficient of determination, 1 - residual sum of squares / total sum of squares: 1 for
    perfect predictions, 0 for the mean of y_true.

    Where y_true is constant the score is 1 for perfect predictions, else 0.

    Args:
        class_aggregation: the average of the scores of several outputs: "uniform_average",
            "variance_weighted_average", or None, which keeps them apart.
        num_regressors: the number of inputs, for the adjusted score; 0 for the plain one.
        name, dtype: as in `Metric`.

    Example:
        >>> R2Score()([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
        0.5
    """

    class_aggregation: str | None = "uniform_average"
    num_regressors: int = 0
    name: str = "r2_score"
    dtype: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.class_aggregation not in (None, "uniform_average", "variance_weighted_average"):
            raise ValueError(
                "class_aggregation is 'uniform_average', 'variance_weighted_average' or None, "
                f"got {self.class_aggregation!r}"
            )
        self.sums: Variable | None = None
        self.num_samples = self.add_variable(name="num_samples")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if current_context().tracing is None:
            y_true, y_pred = unwrap(y_true), unwrap(y_pred)
        y_true, y_pred = columns(y_true, y_pred)
        if y_pred.ndim != 2:
            raise ValueError(
                f"R2Score takes (samples,) or (samples, outputs), got shape {y_pred.shape}"
            )
        if self.sums is None:
            self.sums = self.add_variable((4, y_pred.shape[1]), name="sums")
        y = y_true.astype(self.dtype)
        weights = weights_of(y.shape, sample_weight, self.dtype)
        residual = np.square(y - y_pred)
        terms = np.stack([weights, weights * y, weights * y * y, weights * residual])
        self.sums.assign_add(np.add.reduce(terms, axis=1))
        self.num_samples.assign_add(len(y))

    def result(self) -> Any:
        if self.sums is None:
            return 0.0
        if not self.sums.data[0].all():
            return 0.0 if self.class_aggregation else np.zeros(self.sums.shape[1])
        count, linear, squared, residual = self.sums.data
        total = squared - linear * linear / count
        score = 1 - residual / np.where(total > 0, total, 1)
        score = np.where(total > 0, score, np.where(residual > 0, 0.0, 1.0))
        return self._adjusted(self._aggregated(score, total))

    def _aggregated(self, score: Array, total: Array) -> Any:
        if self.class_aggregation is None:
            return score
        if self.class_aggregation == "uniform_average" or not total.any():
            return float(score.mean())
        return float(np.average(score, weights=total))

    def _adjusted(self, score: Any) -> Any:
        """Return the score adjusted for the number of inputs, if there are enough samples."""
        if not self.num_regressors:
            return score
        samples = float(self.num_samples.data)
        freedom = samples - self.num_regressors - 1
        if freedom <= 0:
            warnings.warn(
                f"{samples:g} samples are too few for the adjusted R2 score of "
                f"{self.num_regressors} regressors: this is the plain score",
                stacklevel=3,
            )
            return score
        return 1 - (1 - score) * (samples - 1) / freedom
