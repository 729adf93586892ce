"""Losses as metrics, where there is no metric of their own: ``metrics=["hinge"]``."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from autograd_lite.extend import define
from nn import losses
from nn.losses.targets import columns
from nn.metrics.base import MeanMetric


@define
class LossMetric(MeanMetric):
    """A loss of `nn.losses` with its default arguments, averaged over batches.

    Args:
        function: the name of the loss, as `nn.losses.get` knows it.
        name, dtype: as in `Metric`; the name is the loss's by default.

    Example:
        >>> LossMetric("hinge")([[1.0], [-1.0]], [[0.5], [1.0]])
        1.25
    """

    function: str
    name: str = ""
    dtype: Any = None

    def __post_init__(self) -> None:
        self.name = self.name or self.function
        super().__post_init__()

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        return losses.functions_by_name()[self.function](*columns(y_true, y_pred))


@define
class CategoricalHinge(LossMetric):
    """The mean of ``max(0, 1 + the largest wrong output - the right one)``."""

    name: str = "categorical_hinge"
    function: str = field(default="categorical_hinge", init=False, repr=False)


@define
class Hinge(LossMetric):
    """The mean of ``max(1 - y_true * y_pred, 0)``, for labels of -1 and 1.

    Example:
        >>> Hinge()([[1.0], [-1.0]], [[0.5], [1.0]])
        1.25
    """

    name: str = "hinge"
    function: str = field(default="hinge", init=False, repr=False)


@define
class KLDivergence(LossMetric):
    """The mean of the sum of ``y_true * log(y_true / y_pred)``."""

    name: str = "kl_divergence"
    function: str = field(default="kl_divergence", init=False, repr=False)


@define
class LogCoshError(LossMetric):
    """The mean of ``log(cosh(y_pred - y_true))``."""

    name: str = "logcosh"
    function: str = field(default="log_cosh", init=False, repr=False)


@define
class MeanSquaredLogarithmicError(LossMetric):
    """The mean of ``(log(y_pred + 1) - log(y_true + 1))**2``."""

    name: str = "mean_squared_logarithmic_error"
    function: str = field(default="mean_squared_logarithmic_error", init=False, repr=False)


@define
class Poisson(LossMetric):
    """The mean of ``y_pred - y_true * log(y_pred)``."""

    name: str = "poisson"
    function: str = field(default="poisson", init=False, repr=False)


@define
class SquaredHinge(LossMetric):
    """The mean of ``max(1 - y_true * y_pred, 0)**2``."""

    name: str = "squared_hinge"
    function: str = field(default="squared_hinge", init=False, repr=False)
