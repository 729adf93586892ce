"""The Kullback-Leibler divergence of two distributions."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.extend import define
from nn.losses.base import Loss, without_nan
from nn.losses.targets import (
    EPSILON,
    align,
    require_labels_in_unit_interval,
    require_probabilities,
)


@define
class KLDivergence(Loss):
    """``sum(y_true * log(y_true / y_pred))`` over the last axis, both kept above 1e-7.

    Arguments as in `Loss`.

    Raises:
        ValueError: when called with targets or predictions outside [0, 1].

    Example:
        >>> round(KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]]).item(), 6)
        0.143841
    """

    reduction: str | None = "sum_over_batch_size"
    name: str = "kl_divergence"
    dtype: Any = None

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return kl_divergence(y_true, y_pred)


def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """`KLDivergence` of each sample."""
    y_true, y_pred = align(y_true, y_pred)
    require_labels_in_unit_interval(y_true, "KLDivergence")
    require_probabilities(y_pred, "KLDivergence", logits=False)
    target, predicted = np.clip(y_true, EPSILON, 1), np.clip(y_pred, EPSILON, 1)
    return without_nan(np.sum(target * np.log(target / predicted), axis=-1), y_true)
