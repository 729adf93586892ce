"""A loss that grows without bounds, but not yet to infinity, is reported once."""

from __future__ import annotations

import math
import warnings
from typing import Any

FACTOR = 100_000.0


class GrowingLoss:
    """Compares the loss of each epoch with that of the first batch.

    Args:
        model: the model in training, whose learning rate is named.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._first: float | None = None

    def begin_with(self, logs: dict[str, Any]) -> None:
        """Note the loss of the first of several batches, whose logs are arrays."""
        if "loss" in logs:
            self.begin(logs["loss"][0])

    def begin(self, loss: Any) -> None:
        """Note the loss of the first batch; those of others are left alone."""
        if self._first is None:
            self._first = math.nan if loss is None else float(loss)

    def check(self, loss: float | None) -> None:
        """Warn, once, if an epoch's mean loss is a hundred thousand times the first one."""
        first = self._first
        if first is None or loss is None or not 0 < first < math.inf:
            return
        if loss > FACTOR * max(first, 1e-3):
            self._first = math.nan
            rate = float(self._model.optimizer.learning_rate)
            warnings.warn(
                f"the loss grew from {first:.3g} to {loss:.3g}: training diverges. The learning "
                f"rate, {rate:g}, is the first suspect: try a tenth of it or less. "
                "nn.diagnose(model, X, y) tests a range of them",
                stacklevel=2,
            )
