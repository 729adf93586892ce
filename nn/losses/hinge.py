"""Hinge losses: zero for predictions on the right side by a margin of 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.extend import current_context, define, unwrap
from nn.activations import relu
from nn.losses.base import ElementwiseLoss, Loss, averaged, without_nan
from nn.losses.targets import align, refuse_nan, require_labels_in_unit_interval, required


@define
class Hinge(ElementwiseLoss):
    """The mean of ``max(1 - y_true * y_pred, 0)``, for labels -1 and 1, or 0 and 1.

    Arguments as in `Loss`.

    Raises:
        ValueError: when called with other labels.

    Example:
        >>> Hinge()([[1], [0]], [[0.5], [-3.0]]).item()
        0.25
    """

    reduction: str | None = "sum_over_batch_size"
    name: str = "hinge"
    dtype: Any = None

    def elements(self, y_true: Any, y_pred: Any) -> Any:
        return _hinge(y_true, y_pred)


@define
class SquaredHinge(ElementwiseLoss):
    """The mean of ``max(1 - y_true * y_pred, 0)**2``; labels as in `Hinge`.

    Arguments as in `Loss`.
    """

    reduction: str | None = "sum_over_batch_size"
    name: str = "squared_hinge"
    dtype: Any = None

    def elements(self, y_true: Any, y_pred: Any) -> Any:
        return np.square(_hinge(y_true, y_pred))


@define
class CategoricalHinge(Loss):
    """``max(other - right + 1, 0)``, for one-hot targets: `right` is the score of the true class,
    `other` the largest score of the others, at least 0.

    Arguments as in `Loss`.

    Example:
        >>> CategoricalHinge()([[0.0, 1.0]], [[0.75, 1.5]]).item()
        0.25
    """

    reduction: str | None = "sum_over_batch_size"
    name: str = "categorical_hinge"
    dtype: Any = None

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return categorical_hinge(y_true, y_pred)


def hinge(y_true: Any, y_pred: Any) -> Any:
    """`Hinge` of each sample: averaged over the last axis."""
    return averaged(_hinge, y_true, y_pred)


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """`SquaredHinge` of each sample: averaged over the last axis."""
    return averaged(lambda y, a: np.square(_hinge(y, a)), y_true, y_pred)


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """`CategoricalHinge` of each sample."""
    y_true, y_pred = align(y_true, y_pred)
    require_labels_in_unit_interval(y_true, "CategoricalHinge")
    right = np.sum(y_true * y_pred, axis=-1)
    other = np.max((1 - y_true) * y_pred, axis=-1)
    return without_nan(relu(other - right + 1), y_true)


def _hinge(y_true: Any, y_pred: Any) -> Any:
    return relu(1 - _signs(y_true) * y_pred)


def _signs(y_true: Any) -> Any:
    """Labels of 0 and 1 as -1 and 1; those of -1 and 1 as they are."""
    if current_context().tracing is not None:
        required(lambda: (np.abs(y_true) == 1) | (y_true == 0))
        required(lambda: np.all(y_true >= 0) | np.all(y_true != 0))  # 0 and 1, or -1 and 1
        return np.where(y_true == 0, -1, y_true)
    labels = unwrap(y_true)
    zeros, ones = np.count_nonzero(labels == 0), np.count_nonzero(np.abs(labels) == 1)
    if zeros + ones < labels.size or (zeros and (labels == -1).any()):
        refuse_nan(labels)
        raise ValueError(
            "a hinge loss takes labels -1 and 1, or 0 and 1, got "
            + ", ".join(f"{label:g}" for label in np.unique(labels)[:5])
        )
    return np.where(y_true == 0, -1, y_true)
