"""The search over an input's entries: which are compared, and how the worst one is found.

An input with more entries than may be compared one by one is divided into groups; each group is
compared along one random direction, so that every entry takes part. A group that does not fit is
halved until single entries are left: the wrong ones, and kinks.
"""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_lite.testing.comparison import Comparison, Index
from autograd_lite.testing.quotients import Fit, Probe

Array = np.ndarray[Any, Any]

# Kinks can be everywhere (a relu of zeros): this many comparisons are spent on finding them.
SEARCHES = 400


def random_signs(random: np.random.Generator, size: int) -> Array:
    """Factors of either sign, of sizes that differ so that equal errors do not cancel."""
    signs: Array = random.choice([-1.0, 1.0], size)
    return random.uniform(0.5, 1.5, size) * signs


def compare_input(
    probe: Probe, name: str, order: int, shape: Index, samples: int, random: np.random.Generator
) -> Comparison:
    """The comparison of one input, by at most about `samples` difference quotients if it fits."""
    groups = _groups(probe.flat, samples, random)
    search = _Search(probe)
    fits = [search.compare(group) for group in groups]
    search.resolve(fits)
    worst = search.worst
    while worst is not None and len(worst.entries) > 1:
        worst = max(search.halves(worst), key=lambda fit: fit.excess)

    def position(fit: Fit) -> Index:
        return tuple(int(i) for i in np.unravel_index(int(fit.entries[0]), shape))

    kinks = [position(fit) for fit in search.kinks]
    return Comparison(
        name,
        order,
        probe.flat.size - search.unresolved,
        probe.flat.size,
        len(groups),
        None if worst is None else position(worst),
        0.0 if worst is None else worst.analytic,
        0.0 if worst is None else worst.numeric,
        not search.wrong,
        0.0 if worst is None else worst.rounding,
        tuple(sorted(kinks)),
        search.sides.get(int(worst.entries[0])) if worst is not None else None,
        search.excess.reshape(shape),
    )


def _groups(flat: Array, samples: int, random: np.random.Generator) -> list[Array]:
    """All entries in at most `samples` groups: at random, but with entries of like size together,
    since a step suits a size.
    """
    if flat.size <= samples:
        return list(np.arange(flat.size)[:, None])
    shuffled = random.permutation(flat.size)
    _, exponents = np.frexp(np.maximum(1.0, np.abs(flat[shuffled])))
    by_size = shuffled[np.argsort(exponents, kind="stable")]
    return np.array_split(by_size, samples)


@dataclass
class _Search:
    """The entries that do not fit, told apart into wrong ones and kinks.

    Attributes:
        wrong: single entries whose gradient is wrong.
        kinks: single entries at which there is no derivative.
        sides: the slopes to the left and right of each kink, by its position in `flat`.
        passing: groups and entries found to fit so far.
        unresolved: how many entries are in groups that were not halved to the end.
        excess: of each entry, or of the smallest group it was compared in.
    """

    probe: Probe
    wrong: list[Fit] = field(default_factory=list)
    kinks: list[Fit] = field(default_factory=list)
    sides: dict[int, tuple[float, float]] = field(default_factory=dict)
    passing: list[Fit] = field(default_factory=list)
    unresolved: int = 0
    excess: Array = field(init=False)

    def __post_init__(self) -> None:
        self.excess = np.full(self.probe.flat.size, np.nan)

    @property
    def worst(self) -> Fit | None:
        """Return the worst fit: a wrong entry, else a kink, else the worst of those that pass."""
        for found in (self.wrong, self.kinks, self.passing):
            if found:
                return max(found, key=lambda fit: fit.excess)
        return None

    def compare(self, entries: Array) -> Fit:
        """As the probe compares, remembered in `excess`."""
        fit = self.probe.compare(entries)
        self.excess[entries] = fit.excess
        return fit

    def halves(self, fit: Fit) -> list[Fit]:
        """The two halves of a group, compared."""
        middle = len(fit.entries) // 2
        return [self.compare(part) for part in (fit.entries[:middle], fit.entries[middle:])]

    def resolve(self, fits: list[Fit]) -> None:
        """Halve what does not fit or is bent, the worst first, until the entries are found.

        Once a wrong entry is found out of a group, no other group is halved: that the gradient is
        wrong is then certain, and the one that fits worst has been followed.
        """
        ticket = itertools.count()
        waiting: list[tuple[float, int, Fit]] = []

        def sort_in(fit: Fit) -> None:
            if fit.settled:
                self.passing.append(fit)
            else:
                heapq.heappush(waiting, (-fit.excess, next(ticket), fit))

        for fit in fits:
            sort_in(fit)
        searches = 0
        while waiting:
            _, _, fit = heapq.heappop(waiting)
            if len(fit.entries) == 1:
                self._judge(fit)
            elif self.wrong or searches >= SEARCHES:
                self.unresolved += len(fit.entries)
            else:
                searches += 1
                for half in self.halves(fit):
                    sort_in(half)

    def _judge(self, fit: Fit) -> None:
        """One entry that does not fit or is bent: a kink, or wrong."""
        entry = int(fit.entries[0])
        sides = self.probe.sides(entry)
        if sides is None:
            (self.passing if fit.excess <= 1 else self.wrong).append(fit)
        else:
            self.kinks.append(fit)
            self.sides[entry] = sides
            self.excess[entry] = np.nan
