"""RunningMean: the values of an epoch so far."""

from __future__ import annotations

from typing import Any

from nn.training.network import Network

Logs = dict[str, Any]


class RunningMean:
    """The logs of a pass so far: means over the samples, and the results of the metrics.

    Args:
        model: its metrics are included.
    """

    def __init__(self, model: Network) -> None:
        self._model = model
        self._sums: dict[str, float] = {}
        self._samples = 0

    def add(self, logs: Logs, samples: int) -> None:
        """Add the values of one step and its number of samples."""
        for name, value in logs.items():
            self._sums[name] = self._sums.get(name, 0.0) + float(value) * samples
        self._samples += samples

    def add_all(self, logs: Logs, samples: int) -> None:
        """Add the values of several steps, in order: arrays, one value for each step."""
        steps = 0
        for name, values in logs.items():
            total = self._sums.get(name, 0.0)
            for value in values.tolist():
                total += value * samples
            self._sums[name], steps = total, len(values)
        self._samples += steps * samples

    @property
    def state(self) -> tuple[dict[str, float], int]:
        """The sums so far, for a backup; assign them to continue from there."""
        return dict(self._sums), self._samples

    @state.setter
    def state(self, value: tuple[dict[str, float], int]) -> None:
        sums, self._samples = value
        self._sums = dict(sums)

    def logs(self) -> Logs:
        """Return the current values; a metric's own result takes precedence."""
        means = {name: total / max(self._samples, 1) for name, total in self._sums.items()}
        return means | self._model.metrics_results()
