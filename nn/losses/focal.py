"""Focal crossentropies, which down-weight well-predicted samples (Lin et al., 2017).

Many easy samples of one class dominate a plain crossentropy. The factor (1 - a)**gamma, with a the
probability of the true label, reduces their weight.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.extend import define, multiply_no_nan
from nn._core.validation import require_numbers
from nn.activations import log_softmax, sigmoid, softmax
from nn.losses.base import ElementwiseLoss, Loss, averaged, without_nan
from nn.losses.crossentropy import (
    cut_off,
    probability_crossentropy,
    require_fraction,
    require_several_classes,
    sigmoid_crossentropy,
    smooth,
)
from nn.losses.targets import (
    align,
    refuse_activated,
    require_labels_in_unit_interval,
    require_probabilities,
)


@define
class BinaryFocalCrossentropy(ElementwiseLoss):
    """`BinaryCrossentropy`, each element times (1 - probability of the true label)**gamma.

    Args:
        apply_class_balancing: whether targets 1 weigh `alpha` and targets 0 weigh 1 - alpha.
        alpha: see above.
        gamma: 0 gives `BinaryCrossentropy`; the larger, the less the easy samples count.
        from_logits, label_smoothing, axis: as in `BinaryCrossentropy`.
        reduction, name, dtype: as in `Loss`.

    Example:
        >>> loss = BinaryFocalCrossentropy()
        >>> round(loss([[1.0]], [[0.5]]).item(), 6)  # log(2) / 4
        0.173287
    """

    apply_class_balancing: bool = False
    alpha: float = 0.25
    gamma: float = 2.0
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1
    reduction: str | None = "sum_over_batch_size"
    name: str = "binary_focal_crossentropy"
    dtype: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require_fraction(self.label_smoothing)

    def elements(self, y_true: Any, y_pred: Any) -> Any:
        y_true = smooth(_checked(y_true), self.label_smoothing, 2)
        alpha = self.alpha if self.apply_class_balancing else None
        return _binary_focal(y_true, y_pred, alpha, self.gamma, self.from_logits)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.elements(y_true, y_pred).mean(axis=self.axis)


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """`BinaryFocalCrossentropy` of each sample: averaged over `axis`."""
    loss = BinaryFocalCrossentropy(
        apply_class_balancing, alpha, gamma, from_logits, label_smoothing, axis
    )
    return averaged(loss.elements, y_true, y_pred, axis)


def _checked(y_true: Any) -> Any:
    require_labels_in_unit_interval(y_true, "BinaryFocalCrossentropy")
    return y_true


def _binary_focal(
    y_true: Any, y_pred: Any, alpha: float | None, gamma: float, from_logits: bool
) -> Any:
    if from_logits:
        refuse_activated(y_pred, sigmoid, "BinaryFocalCrossentropy")
        of_one, of_zero = sigmoid(y_pred), sigmoid(-y_pred)
        crossentropy = sigmoid_crossentropy(y_pred, y_true)
    else:
        require_probabilities(y_pred, "BinaryFocalCrossentropy")
        of_one, of_zero = y_pred, 1 - y_pred
        crossentropy = probability_crossentropy(y_pred, y_true)
    missed = y_true * of_zero + (1 - y_true) * of_one  # 1 - probability of the true label
    focal = missed**gamma * crossentropy
    return focal if alpha is None else (y_true * alpha + (1 - y_true) * (1 - alpha)) * focal


@define
class CategoricalFocalCrossentropy(Loss):
    """``-sum(alpha (1 - a)**gamma y log(a))`` over the classes, for one-hot targets y and a
    predicted distribution a.

    Args:
        alpha: the weight of all classes, or a list of one weight for each.
        gamma: 0 gives `CategoricalCrossentropy` times alpha.
        from_logits, label_smoothing, axis: as in `CategoricalCrossentropy`.
        reduction, name, dtype: as in `Loss`.

    Example:
        >>> loss = CategoricalFocalCrossentropy()
        >>> round(loss([[0.0, 1.0]], [[0.5, 0.5]]).item(), 6)  # log(2) / 4 / 4
        0.043322
    """

    alpha: Any = 0.25
    gamma: float = 2.0
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1
    reduction: str | None = "sum_over_batch_size"
    name: str = "categorical_focal_crossentropy"
    dtype: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require_fraction(self.label_smoothing)
        require_numbers("alpha", self.alpha)
        if isinstance(self.alpha, (list, np.ndarray)):  # could be changed after a step was compiled
            self.alpha = tuple(np.asarray(self.alpha).tolist())

    def call(self, y_true: Any, y_pred: Any) -> Any:
        y_true, y_pred = align(y_true, y_pred)
        require_several_classes(y_pred, self.axis, "CategoricalFocalCrossentropy")
        require_labels_in_unit_interval(y_true, "CategoricalFocalCrossentropy")
        y_true = smooth(y_true, self.label_smoothing, y_pred.shape[self.axis])
        log_a, missed = _log_and_complement(y_pred, self.from_logits, self.axis)
        weight = self._weight_of_classes(y_pred) * missed**self.gamma
        with np.errstate(invalid="ignore"):  # 0 log(0) counts as 0
            return -np.sum(multiply_no_nan(y_true, weight * log_a), axis=self.axis)

    def _weight_of_classes(self, y_pred: Any) -> Any:
        if isinstance(self.alpha, (int, float)):
            return self.alpha
        shape = [1] * len(y_pred.shape)
        shape[self.axis] = -1
        weights = np.asarray(self.alpha, dtype=y_pred.dtype).reshape(shape)
        if weights.shape[self.axis] != y_pred.shape[self.axis]:
            raise ValueError(
                f"alpha has {weights.size} weights, but there are {y_pred.shape[self.axis]} classes"
            )
        return weights


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """`CategoricalFocalCrossentropy` of each sample."""
    loss = CategoricalFocalCrossentropy(alpha, gamma, from_logits, label_smoothing, axis)
    return without_nan(loss.call(y_true, y_pred), y_true)


def _log_and_complement(y_pred: Any, from_logits: bool, axis: int) -> tuple[Any, Any]:
    """log(a) and 1 - a."""
    if from_logits:
        refuse_activated(y_pred, softmax, "CategoricalFocalCrossentropy")
        log_a = log_softmax(y_pred, axis=axis)
        return log_a, -np.expm1(log_a)
    require_probabilities(y_pred, "CategoricalFocalCrossentropy")
    a = cut_off(y_pred / np.sum(y_pred, axis=axis, keepdims=True))
    return np.log(a), 1 - a
