"""Difference quotients of a function along a direction in one of its inputs, and what they say.

A function with a derivative has equal slopes to the left and to the right. Where central
differences do not fit a gradient, shorter and longer steps tell three cases apart: the step had
reached over a kink nearby, and a shorter one fits; the slopes to the left and right differ however
short the step, and this is a kink; or the gradient is wrong.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Precision:
    """The precision of finite differences of a function that computes with a given eps.

    Truncation, of the order of step**2, and rounding, eps / step, balance near eps ** (1/3).

    Attributes:
        eps: the distance from 1 to the next number.
        ladder: the steps to try, the best one first.
        shrinks: by how much the last step is shorter than the first.
    """

    eps: float
    ladder: tuple[float, ...]
    shrinks: float

    @classmethod
    def of(cls, dtype: Any) -> Precision:
        """For functions that compute in a dtype; float64 is the finest."""
        eps = max(float(np.finfo(dtype).eps), float(np.finfo(np.float64).eps))
        step = eps ** (1 / 3)
        # A longer step for values so large that rounding hides the change, then shorter ones. With
        # few digits only a little shorter: rounding grows as the step shrinks.
        factors = (1.0, 10.0, 0.1, 0.01) if eps < 1e-10 else (1.0, 3.0, 0.3, 0.1)
        return cls(eps, tuple(step * f for f in factors), factors[-1])


@dataclass(frozen=True)
class Tolerance:
    """|gradient - difference| <= atol + rtol * |difference|."""

    rtol: float
    atol: float

    def excess(self, analytic: float, numeric: float, size: float = 0.0) -> float:
        """The gap over what is allowed; NaN counts as infinite.

        Args:
            analytic: the gradient, along a direction.
            numeric: the difference quotient.
            size: the size of what adds up to `analytic`; where terms of both signs cancel, their
                errors do not.
        """
        if math.isnan(analytic) or math.isnan(numeric):
            return math.inf
        if analytic == numeric:
            return 0.0
        if math.isinf(analytic) or math.isinf(numeric):
            return math.inf
        allowed = self.atol + self.rtol * max(abs(numeric), size)
        gap = abs(analytic - numeric)
        return gap / allowed if allowed else math.inf


@dataclass(frozen=True)
class Slopes:
    """Slopes along a direction by steps of one length; `analytic` is the gradient's."""

    analytic: float
    left: float
    right: float
    central: float
    rounding: float

    @property
    def bend(self) -> float:
        """By how much the slopes to the left and to the right differ."""
        return abs(self.right - self.left)

    @property
    def steepest(self) -> float:
        """The larger of the two, without its sign; of the one that is a number."""
        return float(np.fmax(abs(self.left), abs(self.right)))

    @property
    def one_sided(self) -> bool:
        """True if the function is undefined on one side: one of the two slopes is not a number."""
        return math.isnan(self.left) != math.isnan(self.right)


class Probe:
    """Compares a gradient with differences along directions in one input.

    Args:
        evaluate: gives the function's results, a list of arrays, at the present values of `flat`.
        weights: what each result is weighed with; the sum is the number that is differentiated.
        flat: the input's entries, in one dimension; changed and restored.
        gradient: the gradient to be checked, likewise.
        signs: a random factor for each entry, of either sign, by which directions are made.
        precision: of the function.
        tolerance: what is allowed.
    """

    def __init__(
        self,
        evaluate: Callable[[], Sequence[Array]],
        weights: Sequence[Array],
        flat: Array,
        gradient: Array,
        signs: Array,
        precision: Precision,
        tolerance: Tolerance,
    ) -> None:
        self.evaluate = evaluate
        self.weights = weights
        self.flat = flat
        self.gradient = gradient
        self.signs = signs
        self.precision = precision
        self.tolerance = tolerance
        self._middle: Sequence[Array] | None = None

    def compare(self, entries: Array) -> Fit:
        """The gradient's slope along a random direction in some entries, beside the differences'.

        For one entry it is the entry's derivative itself. Other steps are tried where the first
        one does not fit.
        """
        size = 0.0 if len(entries) == 1 else _root_of_squares(self._along(entries))
        best: Fit | None = None
        for step in self._steps(entries):
            slopes = self._slopes(entries, step)
            excess = self.tolerance.excess(slopes.analytic, slopes.central, size)
            fit = Fit(entries, slopes.analytic, slopes.central, excess, slopes.rounding)
            if best is None or fit.excess <= 1 or math.isnan(best.numeric):
                best = fit  # of steps that do not fit the first is the most accurate
            if best.excess <= 1 or math.isnan(slopes.analytic):
                break
        assert best is not None
        if best.excess <= 1 and self._is_suspect(slopes, size):
            fine = self._slopes(entries, self.precision.ladder[-1])
            best = dataclasses.replace(best, bent=self._stays_bent(slopes, fine))
        return best

    def sides(self, entry: int) -> tuple[float, float] | None:
        """The slopes to the left and right of an entry if it is a kink whose slopes do not rule the
        gradient out, else None. Where one side is no number the function ends; a slope that grows
        without bound as the step shrinks belongs to a jump, or to an infinite slope.
        """
        entries = np.array([entry])
        coarse = self._slopes(entries, self.precision.ladder[0])
        fine = self._slopes(entries, self.precision.ladder[-1])
        if math.isnan(fine.analytic):
            return None
        found = (fine.left, fine.right)
        allowed = self._allowed(fine)
        if self._grows(coarse, fine):
            return found
        if fine.one_sided:
            slope = float(np.fmax(fine.left, fine.right))
            allowed = 10 * allowed + abs(slope - float(np.fmax(coarse.left, coarse.right)))
            return found if abs(fine.analytic - slope) <= allowed else None
        if not self._stays_bent(coarse, fine):
            return None
        between = min(found) - allowed <= fine.analytic <= max(found) + allowed
        return found if between else None

    def _steps(self, entries: Array) -> Iterator[float]:
        """The lengths to try, as multiples of the entry's size, which counts as 1 if it is less.

        At the end also the best multiple of a small entry's own size, for functions such as log
        near 0; and of 1 for a large entry, for functions such as sin.
        """
        yield from self.precision.ladder
        own = float(np.abs(self.flat[entries[0]]))
        if len(entries) == 1 and own and not 0.01 < own < 100:
            yield self.precision.ladder[0] * min(own, 1 / own)

    def _allowed(self, slopes: Slopes, size: float = 0.0) -> float:
        return self.tolerance.atol + self.tolerance.rtol * max(slopes.steepest, size)

    def _is_suspect(self, slopes: Slopes, size: float) -> bool:
        """Return whether left and right differ by more than curvature explains."""
        return slopes.bend > 10 * self._allowed(slopes, size)

    def _stays_bent(self, coarse: Slopes, fine: Slopes) -> bool:
        """Return whether left and right differ however short the step: in a smooth function they
        approach each other in proportion to it.
        """
        least = max(10 * self._allowed(fine), 100 * fine.rounding)
        return fine.bend > max(least, math.sqrt(self.precision.shrinks) * coarse.bend)

    def _grows(self, coarse: Slopes, fine: Slopes) -> bool:
        """Return whether slopes grow without bound as the step shrinks."""
        growth = fine.steepest / max(coarse.steepest, math.ulp(0.0))
        return growth > self.precision.shrinks**-0.25 and fine.steepest > 100 * fine.rounding

    def _along(self, entries: Array) -> Array:
        """The contribution of each entry to the slope along the direction, which has length 1."""
        direction = self._direction(entries)
        terms: Array = self.gradient[entries] * direction / _root_of_squares(direction)
        return terms

    def _direction(self, entries: Array) -> Array:
        scale = np.maximum(1.0, np.abs(self.flat[entries]))
        if len(entries) == 1:
            return scale
        signs = self.signs[entries]
        direction: Array = scale * signs / _root_of_squares(signs)
        return direction

    def _slopes(self, entries: Array, step: float) -> Slopes:
        before = self.flat[entries]
        moved = step * self._direction(entries)
        try:
            self.flat[entries] = before + moved
            up, above = self.flat[entries] - before, self._results()
            self.flat[entries] = before - moved
            down, below = self.flat[entries] - before, self._results()
        finally:
            self.flat[entries] = before
        if self._middle is None:
            self._middle = self._results()
        right = self._change(above, self._middle) / _root_of_squares(up)
        left = self._change(self._middle, below) / _root_of_squares(down)
        length = _root_of_squares(up - down)
        with np.errstate(all="ignore"):
            analytic = float(np.sum(self.gradient[entries] * (up - down))) / length
        central = self._change(above, below) / length
        return Slopes(analytic, left, right, central, self._rounding(above) / length)

    def _results(self) -> Sequence[Array]:
        with np.errstate(all="ignore"):
            return self.evaluate()

    def _change(self, after: Sequence[Array], before: Sequence[Array]) -> float:
        """The weighed sum of what changed. Differences are taken first, so that rounding stays in
        proportion to single results; what stays infinite has not changed.
        """
        total = 0.0
        with np.errstate(all="ignore"):
            for weight, a, b in zip(self.weights, after, before, strict=True):
                total += float(np.sum(weight * np.where(a == b, 0.0, a - b)))
        return total

    def _rounding(self, results: Sequence[Array]) -> float:
        """About how much of a change may be rounding."""
        weighed = [w * y for w, y in zip(self.weights, results, strict=True)]
        return self.precision.eps * math.hypot(*map(_root_of_squares, weighed), 0.0)


@dataclass(frozen=True)
class Fit:
    """The fit of a gradient to finite differences along a direction in some entries.

    Attributes:
        entries: their positions.
        analytic: the gradient's slope.
        numeric: the central difference.
        excess: the gap over what is allowed; above 1 it does not fit.
        rounding: by how much rounding may change the difference.
        bent: whether the slopes to the left and right differ, although their mean fits.
    """

    entries: Array
    analytic: float
    numeric: float
    excess: float
    rounding: float
    bent: bool = False

    @property
    def settled(self) -> bool:
        """True if nothing has to be looked into."""
        return self.excess <= 1 and not self.bent


def _root_of_squares(x: Array) -> float:
    largest = float(np.max(np.abs(x), initial=0.0))
    if not 0 < largest < math.inf:
        return largest
    return largest * float(np.sqrt(np.sum(np.square(x / largest))))  # squares cannot overflow
