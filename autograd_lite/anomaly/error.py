"""AnomalyError: raised by the operation that made a NaN or infinity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_lite.anomaly.report import Anomaly


class AnomalyError(FloatingPointError):
    """An operation, or its gradient, made a NaN or infinity; raised under `detect_anomaly`.

    Attributes:
        anomaly: the facts, an `autograd_lite.anomaly.report.Anomaly`.
    """

    def __init__(self, anomaly: Anomaly) -> None:
        super().__init__(str(anomaly))
        self.anomaly = anomaly

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.anomaly,)
