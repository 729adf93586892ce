"""Losses as metrics, where there is no metric of their own: ``metrics=["hinge"]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nn import losses
from nn.losses.targets import columns
from nn.metrics.base import MeanMetric

__all__ = ["LossMetric"]


@dataclass(eq=False)
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
