"""A snapshot of metrics, restored after they were used for another pass."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from autograd_lite import Variable
from autograd_lite.extend import Snapshot
from nn.metrics import Metric


class MetricStates:
    """The state of metrics: their Variables, and other attributes of a user's metric.

    Args:
        metrics: the metrics to restore later.
    """

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._values = Snapshot(variables=[v for metric in metrics for v in metric.variables])
        self._others = [(metric, _copied(metric)) for metric in metrics]

    def restore(self) -> None:
        """Restore the metrics to this state."""
        for metric, others in self._others:
            metric.reset_state()  # also state created since: the counts of F1Score's first batch
            vars(metric).update(others)
        self._values.restore()


def _copied(metric: Metric) -> dict[str, Any]:
    """Copy the attributes that are not Variables: lists and numbers that `update_state` adds to."""
    others = {name: x for name, x in vars(metric).items() if not isinstance(x, Variable)}
    return {name: _copy(value) for name, value in others.items()}


def _copy(value: Any) -> Any:
    if isinstance(value, (list, dict, set)) or hasattr(value, "__array__"):
        return copy.copy(value)
    return value
