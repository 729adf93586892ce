"""A progress bar for training loops of one's own."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["Progbar"]


class Progbar:
    """Prints the number of steps so far, the time and means of values, in one line.

    Args:
        target: the number of steps; None if it is not known.
        width: of the bar, in letters.
        verbose: 0 prints nothing, 1 a bar, 2 one line at the end.
        interval: seconds between two updates of the line.
        stateful_metrics: names of values that are shown as they are, not averaged.
        unit_name: a step's name, "step" or "sample".

    Example:
        >>> bar = Progbar(2, verbose=2)
        >>> bar.update(1, values=[("loss", 3.0)])
        >>> bar.update(2, values=[("loss", 1.0)])
        2/2 ... loss: 2.0000
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.stateful_metrics = set(stateful_metrics or ())
        self.unit_name = unit_name
        self._sums: dict[str, tuple[float, float]] = {}
        self._seen = 0
        self._began = time.monotonic()
        self._shown = -interval

    def update(
        self,
        current: int,
        values: Sequence[tuple[str, Any]] | None = None,
        finalize: bool | None = None,
    ) -> None:
        """Say that `current` steps are done.

        Args:
            current: the steps done so far.
            values: pairs of a name and a number; means over the steps are shown.
            finalize: True ends the line; by default the last step does.
        """
        steps = max(current - self._seen, 1)
        for name, value in values or ():
            total, count = self._sums.get(name, (0.0, 0.0))
            one = name in self.stateful_metrics
            self._sums[name] = (
                (float(value), 1.0) if one else (total + float(value) * steps, count + steps)
            )
        self._seen = current
        finished = current == self.target if finalize is None else finalize
        now = time.monotonic() - self._began
        if self.verbose == 1 and (finished or now - self._shown >= self.interval):
            sys.stdout.write("\r" + self._line(now) + ("\n" if finished else ""))
            sys.stdout.flush()
            self._shown = now
        elif self.verbose == 2 and finished:
            print(self._line(now, bar=False))

    def add(self, n: int, values: Sequence[tuple[str, Any]] | None = None) -> None:
        """Say that n more steps are done."""
        self.update(self._seen + n, values)

    def _line(self, seconds: float, bar: bool = True) -> str:
        parts = [f"{self._seen}/{self.target or '?'}"]
        if bar and self.target:
            full = min(self._seen * self.width // self.target, self.width)
            parts.append("\u2501" * full + " " * (self.width - full))
        each = seconds / max(self._seen, 1)
        parts.append(f"{seconds:.0f}s {each * 1000:.0f}ms/{self.unit_name}")
        means = {name: total / count for name, (total, count) in self._sums.items()}
        parts += [f"{name}: {_number(mean)}" for name, mean in means.items()]
        return " - ".join(parts)


def _number(value: float) -> str:
    return f"{value:.4f}" if abs(value) > 1e-3 or value == 0 else f"{value:.4e}"
