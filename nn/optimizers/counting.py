"""Counting: the numbers of updates, and the scalars that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from autograd_lite import Variable
from nn._core.tracking import CHANGES, is_own
from nn.optimizers.learning_rate import rates_ahead, source_of
from nn.optimizers.options import OptimizerOptions
from nn.schedules import LearningRateSchedule

BLOCK = 64  # calls of `apply` whose scalars are computed at once


class Block(NamedTuple):
    """The scalars of some calls of `apply`, the first of which has a number; they hold as long as
    no attribute is set, for weights of a dtype, with the source of the rate and its value.
    """

    changes: int
    dtype: Any
    source: Any
    rate: float | None
    first: int
    rows: list[tuple[float, ...]]


class Counting(OptimizerOptions):
    """The part of an optimizer that knows how often it was called, and the scalars of its updates:
    those of the next one, and of later ones, so that many steps can run without Python.

    Attributes:
        iterations: a Variable that counts updates.
    """

    iterations: Variable
    _accumulated: Variable
    _block: ClassVar[Block | None] = None  # of an optimizer once it was called

    # -- what a subclass defines ----------------------------------------------------------------

    def coefficients(self, rate: float, t: int) -> tuple[float, ...]:
        """Return the numbers that `update` takes, from the learning rate and the update's number.

        They are computed once per update, which is counted from 1. Change nothing here; see
        `advance`.
        """
        return (rate,)

    def advance(self, t: int) -> None:
        """Update state other than slots, after update number t."""

    # -- counters ---------------------------------------------------------------------------------

    @property
    def calls(self) -> int:
        """The number of calls of `apply`, which is the step of a schedule."""
        updates: int = self.iterations._array.item()
        steps = self.gradient_accumulation_steps
        if steps is None:
            return updates
        calls: int = self._accumulated._array.item()
        return updates * steps + calls

    def _next_update(self) -> int:
        """Return the number of the next update, counted from 1."""
        number: int = self.iterations._array.item() + 1
        return number

    def _updates_ahead(self, count: int) -> Sequence[int]:
        """Return the numbers of the updates that the next calls of `apply` make, or belong to."""
        first, steps = self._next_update(), self.gradient_accumulation_steps or 1
        if steps == 1:
            return range(first, first + count)
        made = self._accumulated._array.item()
        return [first + (made + i) // steps for i in range(count)]

    def _count(self, calls: int = 1) -> None:
        """Count calls of `apply`."""
        counter, steps, updates = self.iterations._array, self.gradient_accumulation_steps, calls
        number: int = counter.item()
        if steps is not None:
            updates, rest = divmod(self._accumulated._array.item() + calls, steps)
        for t in range(number + 1, number + updates + 1) if self._advances else ():
            self.advance(t)
        counter[()] = number + updates
        if steps is not None:
            self._accumulated._array[()] = rest

    @property
    def _advances(self) -> bool:
        return type(self).advance is not Counting.advance

    # -- the scalars of updates -------------------------------------------------------------------

    @property
    def _is_known_ahead(self) -> bool:
        """True if the scalars of later updates follow from their numbers: a rate that a function of
        the user's returns may change at any time, and so may what an `advance` of theirs counts.
        """
        settled = isinstance(source_of(self), (Variable, LearningRateSchedule))
        return settled and (is_own(type(self)) or not self._advances)

    @property
    def _is_settled(self) -> bool:
        """Return if the scalars of later updates stay what they are, whatever happens in between: a
        schedule of the user's, or an optimizer's method, may read what a callback changes.
        """
        source = source_of(self)
        settled = isinstance(source, Variable) or is_own(type(source))
        return settled and self._is_known_ahead and is_own(type(self)) and not self._advances

    def _scalars_of_update(self, dtype: Any = np.float32) -> Sequence[float]:
        """Return the scalars of the next update: the coefficients, then the decay."""
        source, call = source_of(self), self.calls
        rate = source._array.item() if isinstance(source, Variable) else None
        if self._block is not None:
            changes, known_dtype, known_source, known_rate, first, rows = self._block
            if (
                changes == CHANGES.count
                and known_source is source
                and known_rate == rate
                and known_dtype == dtype
                and 0 <= call - first < BLOCK
            ):
                return rows[call - first]
        if not self._is_settled:
            return self._rows_ahead(dtype, 1)[0]
        rows = self._rows_ahead(dtype, BLOCK)
        self.__dict__["_block"] = Block(CHANGES.count, dtype, source, rate, call, rows)
        return rows[0]

    def _rows_ahead(self, dtype: Any, count: int) -> list[tuple[float, ...]]:
        """Return the scalars of each of the next calls of `apply`."""
        columns = self._scalars_ahead(dtype, count)
        return [tuple(map(float, row)) for row in zip(*columns, strict=True)]

    def _scalars_ahead(self, dtype: Any, count: int) -> list[Sequence[float]]:
        """Return for each scalar its values in the next calls of `apply`."""
        rates = rates_ahead(self, count)
        columns = self._coefficients_ahead(dtype, rates, self._updates_ahead(count))
        decay = self.weight_decay
        return [*columns, [rate * decay for rate in rates]] if decay else columns

    def _coefficients_ahead(
        self, dtype: Any, rates: Sequence[float], updates: Sequence[int]
    ) -> list[Sequence[float]]:
        """Return for each of `coefficients` its values in these updates, at these rates.

        Args:
            dtype: of the weights.
            rates: for each call of `apply`.
            updates: the number of the update that it belongs to.
        """
        return list(zip(*map(self.coefficients, rates, updates), strict=True))

    def _scalar_names(self) -> list[str]:
        """Name the scalars of `_scalars_of_update`."""
        count = len(self.coefficients(1.0, 1))
        names = ["rate"] if count == 1 else [f"coefficient_{i}" for i in range(count)]
        return [*names, "decay"] if self.weight_decay else names

    # -- accumulation and averages ----------------------------------------------------------------

    def _update_is_due(self) -> tuple[bool]:
        """Return if the next call of `apply` makes an update."""
        return (self._updates_due(1)[0][0],)

    def _updates_due(self, count: int) -> list[list[bool]]:
        """Return for each of the next calls of `apply` if it makes an update."""
        steps = self.gradient_accumulation_steps or 1
        first = self._accumulated._array.item() + 1
        return [[i % steps == 0 for i in range(first, first + count)]]

    def _average_scalars(self) -> tuple[float, bool]:
        """Return the weight of the new values, and if the averages overwrite the weights."""
        (weight,), (overwrites,) = self._averages_ahead(1)
        return weight, overwrites

    def _averages_ahead(self, count: int) -> tuple[list[float], list[bool]]:
        """Return the same for the next calls of `apply`."""
        updates, every = self._updates_ahead(count), self.ema_overwrite_frequency
        weights = [1.0 if t == 1 else 1 - self.ema_momentum for t in updates]
        return weights, [bool(every and t % every == 0) for t in updates]
