"""Intersection over union, for segmentation: how far predicted and true regions overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from autograd_lite.extend import current_context, define, unwrap
from nn._core.validation import require_count
from nn.losses.targets import required
from nn.metrics.accuracy import as_given
from nn.metrics.base import Array, SummedMetric, weights_of
from nn.metrics.confusion import ratio


class _Overlap(SummedMetric):
    """The base: a confusion matrix, of which TP / (TP + FP + FN) of each class is read.

    Subclasses have these as arguments or for good.
    """

    num_classes: int
    target_class_ids: Sequence[int] | None = None
    ignore_class: int | None = None
    sparse_y_true: bool = True
    sparse_y_pred: bool = True
    axis: int = -1

    def __post_init__(self) -> None:
        super().__post_init__()
        require_count("num_classes", self.num_classes)
        wrong = [i for i in self._chosen() if not 0 <= i < self.num_classes]
        if wrong:
            raise ValueError(
                f"target_class_ids lie between 0 and {self.num_classes - 1}, got {wrong[0]}"
            )
        self.matrix = self.add_variable((self.num_classes, self.num_classes), name="matrix")

    def _chosen(self) -> list[int]:
        """Return the classes whose mean is the result."""
        chosen = self.target_class_ids
        return list(range(self.num_classes)) if chosen is None else list(chosen)

    def _labels(self, y: Any, sparse: bool) -> Any:
        array = as_given(y if current_context().tracing is not None else unwrap(y))
        return array if sparse else np.argmax(array, axis=self.axis)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        true = self._labels(y_true, self.sparse_y_true)
        predicted = self._labels(y_pred, self.sparse_y_pred)
        if true.size != predicted.size:
            raise ValueError(
                f"{type(self).__name__} takes a label for each prediction, got shapes "
                f"{true.shape} and {predicted.shape}"
            )
        if current_context().tracing is not None:
            self._count_in_program(true.reshape(-1, 1), predicted.reshape(-1, 1))
            return
        weights = weights_of(true.shape, sample_weight)
        true, predicted, weights = (x.reshape(-1) for x in (true, predicted, weights))
        if self.ignore_class is not None:
            kept = true != self.ignore_class
            true, predicted, weights = true[kept], predicted[kept], weights[kept]
        self._require_labels(true, "y_true")
        self._require_labels(predicted, "y_pred")
        cells = true.astype(np.intp) * self.num_classes + predicted.astype(np.intp)
        counts = np.bincount(cells, weights, minlength=self.num_classes**2)
        self.matrix.assign_add(counts.reshape(self.num_classes, self.num_classes))

    def _count_in_program(self, true: Any, predicted: Any) -> None:
        """Count as a product of one-hot labels; those to be ignored are rows of zeros."""
        ignored = true == self.ignore_class if self.ignore_class is not None else np.False_
        required(lambda: (self._are_labels(true) & self._are_labels(predicted)) | ignored)
        classes = np.arange(self.num_classes)
        rows = ((true == classes) & ~ignored).astype(self.dtype)
        self.matrix.assign_add(rows.T @ (predicted == classes).astype(self.dtype))

    def _are_labels(self, labels: Any) -> Any:
        """Return, for each label, whether there is such a class."""
        return (labels >= 0) & (labels < self.num_classes) & (labels == np.trunc(labels))

    def _require_labels(self, labels: Array, name: str) -> None:
        if labels.size and not self._are_labels(labels).all():
            raise ValueError(
                f"{name} holds labels from 0 to {self.num_classes - 1}, got {labels.min()} to "
                f"{labels.max()}. Classes that are not to count are ignore_class="
            )

    def result(self) -> float:
        matrix, chosen = self.matrix.data, self._chosen()
        both = np.diag(matrix)
        either = matrix.sum(axis=0) + matrix.sum(axis=1) - both
        occurring = either[chosen] > 0
        return float(ratio(np.sum(ratio(both, either)[chosen]), np.count_nonzero(occurring)))


@define
class IoU(_Overlap):
    """The mean of TP / (TP + FP + FN) over some classes; those that do not occur do not count.

    Args:
        num_classes: of the labels.
        target_class_ids: the classes that are measured.
        name, dtype: as in `Metric`.
        ignore_class: targets with this label do not count.
        sparse_y_true: True if targets are labels, False if they are one-hot.
        sparse_y_pred: True if predictions are labels, False if they are scores of each class.
        axis: of the classes, where there is one.

    Raises:
        ValueError: for labels out of range, and for shapes that differ.

    Example:
        >>> IoU(num_classes=2, target_class_ids=[0])([0, 0, 1, 1], [0, 1, 0, 1])
        0.3333333333333333
    """

    num_classes: int
    target_class_ids: Sequence[int]
    name: Any = None
    dtype: Any = None
    ignore_class: int | None = None
    sparse_y_true: bool = True
    sparse_y_pred: bool = True
    axis: int = -1


@define
class MeanIoU(_Overlap):
    """`IoU` of all classes.

    Args:
        num_classes: of the labels.
        name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis: as in `IoU`.

    Example:
        >>> MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1])
        0.3333333333333333
    """

    num_classes: int
    name: Any = None
    dtype: Any = None
    ignore_class: int | None = None
    sparse_y_true: bool = True
    sparse_y_pred: bool = True
    axis: int = -1


@define
class OneHotIoU(_Overlap):
    """`IoU` of one-hot targets, and of scores of each class.

    Args:
        num_classes, target_class_ids, name, dtype, ignore_class, sparse_y_pred, axis: as in `IoU`.
    """

    num_classes: int
    target_class_ids: Sequence[int]
    name: Any = None
    dtype: Any = None
    ignore_class: int | None = None
    sparse_y_pred: bool = False
    axis: int = -1
    sparse_y_true: ClassVar[bool] = False  # type: ignore[misc]


@define
class OneHotMeanIoU(_Overlap):
    """`MeanIoU` of one-hot targets, and of scores of each class.

    Args:
        num_classes, name, dtype, ignore_class, sparse_y_pred, axis: as in `IoU`.
    """

    num_classes: int
    name: Any = None
    dtype: Any = None
    ignore_class: int | None = None
    sparse_y_pred: bool = False
    axis: int = -1
    sparse_y_true: ClassVar[bool] = False  # type: ignore[misc]


@define
class BinaryIoU(_Overlap):
    """`IoU` of two classes; predictions from the threshold on are class 1.

    Args:
        target_class_ids: the classes that are measured.
        threshold: of the predictions.
        name, dtype: as in `Metric`.

    Example:
        >>> BinaryIoU(threshold=0.3)([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])
        0.3333333333333333
    """

    target_class_ids: Sequence[int] = (0, 1)
    threshold: float = 0.5
    name: Any = None
    dtype: Any = None
    num_classes: ClassVar[int] = 2  # type: ignore[misc]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        scores = np.asarray(unwrap(y_pred))
        super().update_state(y_true, (scores >= self.threshold).astype(np.intp), sample_weight)
