"""An axis of a panel: what it spans, where its ticks are, and how values become places."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


class Axis(NamedTuple):
    """The label, ends and kind of an axis.

    Attributes:
        label: below or beside it.
        low, high: its ends; None for those of what is drawn.
        log: whether it is logarithmic.
        names: of categories, which lie at 0, 1, ...
        whole: whether only whole numbers have ticks, such as epochs.
    """

    label: str = ""
    low: float | None = None
    high: float | None = None
    log: bool = False
    names: tuple[str, ...] = ()
    whole: bool = False


class Scale:
    """An axis with its ends, laid along pixels.

    Args:
        axis: what it says.
        values: what is drawn along it; those that are not finite have no place.
        start, end: the pixels of its ends.
    """

    def __init__(self, axis: Axis, values: Array, start: float, end: float) -> None:
        self.axis, self.start, self.end = axis, start, end
        if axis.names:
            self.low, self.high = -0.5, len(axis.names) - 0.5
            return
        values = values[np.isfinite(values) & ((values > 0) | (not axis.log))]
        low = axis.low if axis.low is not None else float(values.min()) if values.size else 0.0
        high = axis.high if axis.high is not None else float(values.max()) if values.size else 1.0
        if axis.log:
            low = max(low, 1e-300)
            if low >= high:
                low, high = low / 3, max(low, high) * 3
        elif low >= high:
            around = abs(low) / 10 or 1.0
            low, high = low - around, high + around
        self.low, self.high = low, high

    def __call__(self, x: Any) -> Array:
        """The pixels of values; NaN for those without a place."""
        x = np.asarray(x, float)
        low, high = self.low, self.high
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.axis.log:
                x, low, high = np.log(np.where(x > 0, x, np.nan)), math.log(low), math.log(high)
            share = (x - low) / (high - low)
        place: Array = np.where(
            np.isfinite(x), self.start + share * (self.end - self.start), np.nan
        )
        return place

    def ticks(self) -> list[tuple[float, str]]:
        """Values with what stands there."""
        if self.axis.names:
            return [(float(i), name) for i, name in enumerate(self.axis.names)]
        most = 4 if abs(self.end - self.start) < 140 else 6
        return ticks(self.low, self.high, self.axis.log, most, self.axis.whole)


def ticks(
    low: float, high: float, log: bool = False, most: int = 6, whole: bool = False
) -> list[tuple[float, str]]:
    """Round numbers between two, at most so many, with their text.

    Example:
        >>> [text for _, text in ticks(0.0, 1.03)], [text for _, text in ticks(1e-6, 10, log=True)]
        (['0.0', '0.2', '0.4', '0.6', '0.8', '1.0'], ['1e-6', '1e-4', '0.01', '1'])
    """
    if log:
        first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
        exponents = range(first, last + 1)
        every = -(-len(exponents) // most) or 1
        if len(exponents) > 2:
            return [(10.0**e, _power(e)) for e in exponents[::every]]
        within = [m * 10.0**e for e in range(first - 1, last + 1) for m in (1, 2, 5)]
        near = 1 + 1e-9  # for rounding
        shown = [(x, f"{x:.3g}") for x in within if low / near <= x <= high * near]
        if len(shown) > 1:
            return shown
    rough = max((high - low) / most, float(whole))
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(
        unit * s for s in STEPS if not (whole and unit * s % 1) and unit * s >= rough * (1 - 1e-9)
    )
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = max(-math.floor(math.log10(step) + 1e-9), 0) + (round(step / unit, 3) == 2.5)
    return [(i * step, _number(i * step, digits)) for i in range(first, last + 1)]


def _power(exponent: int) -> str:
    return f"{10.0**exponent:g}" if -3 < exponent < 5 else f"1e{exponent}"


def _number(x: float, digits: int) -> str:
    if x and not 1e-4 < abs(x) < 1e6:
        return f"{x:.3g}".replace("e-0", "e-").replace("e+0", "e")
    return f"{x:,.{digits}f}"
