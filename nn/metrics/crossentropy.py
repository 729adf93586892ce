"""The crossentropies as metrics: as the losses of the same names, averaged over batches."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.extend import define, unwrap
from nn import losses
from nn.losses.base import broadcast_weights
from nn.losses.targets import class_labels, columns
from nn.metrics.base import MeanMetric


@define
class BinaryCrossentropy(MeanMetric):
    """`nn.losses.BinaryCrossentropy`, averaged over batches.

    Example:
        >>> round(BinaryCrossentropy()([[1.0]], [[0.5]]), 6)
        0.693147
    """

    name: str = "binary_crossentropy"
    dtype: Any = None
    from_logits: bool = False
    label_smoothing: float = 0.0

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        y_true, y_pred = columns(y_true, y_pred)
        return losses.binary_crossentropy(y_true, y_pred, self.from_logits, self.label_smoothing)


@define
class CategoricalCrossentropy(MeanMetric):
    """`nn.losses.CategoricalCrossentropy`, averaged over batches."""

    name: str = "categorical_crossentropy"
    dtype: Any = None
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        return losses.categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.label_smoothing, self.axis
        )


@define
class SparseCategoricalCrossentropy(MeanMetric):
    """`nn.losses.SparseCategoricalCrossentropy`, averaged over batches; samples whose label is
    `ignore_class` do not count.
    """

    name: str = "sparse_categorical_crossentropy"
    dtype: Any = None
    from_logits: bool = False
    ignore_class: int | None = None
    axis: int = -1

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        return losses.sparse_categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.ignore_class, self.axis
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if self.ignore_class is not None:
            y_true = class_labels(unwrap(y_true), unwrap(y_pred), self.axis, self.ignore_class)
            kept = (y_true != self.ignore_class).astype(self.dtype)
            given = 1 if sample_weight is None else broadcast_weights(unwrap(sample_weight), kept)
            sample_weight = kept * np.asarray(given)
        super().update_state(y_true, y_pred, sample_weight)
