"""EpochIterator: the batches of one epoch after the other."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from typing import Any

from nn._core.validation import require_count
from nn.data.batches import Batch, Batches

__all__ = ["EpochIterator"]

END = object()


class EpochIterator:
    """Iterates over the batches of one epoch after the other.

    Args:
        batches: the data.
        limit: the number of batches in an epoch; None for one whole pass. With a number, an epoch
            continues where the previous one stopped, and starts over at the end of the data.
        from_the_start: True if every epoch starts over, so that `limit` means the first batches. (A
            generator cannot start over: it continues.)

    Attributes:
        steps: the number of batches in an epoch; None if that is not known.
        targets: all targets, if they are in memory; else None.
        exhausted: True if the data ended before the last epoch was full.
    """

    def __init__(
        self, batches: Batches, limit: int | None = None, from_the_start: bool = False
    ) -> None:
        if limit is not None:
            require_count("the number of steps in an epoch", limit)
        self.steps = batches.steps if limit is None else limit
        self.targets = batches.targets
        self.exhausted = False
        self._batches = batches
        self._limit = limit
        self._starts_over = from_the_start or limit is None
        self._peeked: tuple[int, Batch] | None = None
        self._begun = False
        self._running: Iterator[Any] | None = None
        self._selected: Any = END

    def require_epochs(self, count: int, argument: str) -> None:
        """Refuse data that can be iterated only once if several epochs need it.

        Args:
            count: the number of epochs.
            argument: the argument that divides the data into epochs, for the message.

        Raises:
            ValueError: for such data.
        """
        if count > 1 and self._limit is None and self._batches.only_once:
            raise ValueError(
                f"a generator can be iterated only once, so it does not last for {count} "
                f"epochs: give {argument}, the number of its batches in an epoch, or pass arrays, "
                "or an object whose __iter__ starts over"
            )

    def peek(self) -> Batch:
        """Return the first batch of the next epoch without consuming it.

        Raises:
            ValueError: if there is none.
        """
        if not self._begun:
            self._batches.begin_epoch()
            self._begun = True
        if self._peeked is None:
            if not self._select(start_over=True):
                raise _no_batch()
            self._peeked = self._batches.load(self._selected)
        return self._peeked[1]

    def epoch(self, skip: int = 0) -> Iterator[tuple[int, Batch]]:
        """Iterate over the batches of the next epoch.

        Args:
            skip: the number of batches to skip, now. They are selected, since later random
                selections depend on it, but no samples are gathered, cast or checked.

        Raises:
            ValueError: if there is none.
        """
        self.peek()
        skipped = 0
        while skipped < skip and not self._is_full(skipped) and self._advance():
            self._peeked = None
            skipped += 1
        return self._rest(skipped)

    def skip_epoch(self) -> None:
        """Skip the next epoch.

        Raises:
            ValueError: if there is none.
        """
        for _ in self.epoch(skip=sys.maxsize):
            raise AssertionError("an epoch has no batch after the last")

    def _rest(self, given: int) -> Iterator[tuple[int, Batch]]:
        """Iterate over the rest of an epoch, after so many batches."""
        while not self._is_full(given) and self._advance():
            item = self._peeked or self._batches.load(self._selected)
            self._peeked = None
            given += 1
            yield item
        self._batches.end_epoch()
        self._begun = False
        if self._starts_over:
            self._running = None
        if self._limit is not None and given < self._limit:
            self.exhausted = True
            consequence = "" if self._starts_over else " in this epoch, so this is the last"
            warnings.warn(
                f"the data ended after {given} of {self._limit} batches{consequence}. Let the "
                "generator continue for ever, or take fewer steps",
                stacklevel=2,
            )

    def _is_full(self, given: int) -> bool:
        return self._limit is not None and given >= self._limit

    def _advance(self) -> bool:
        """Select the next batch, unless one was peeked at; False if the epoch has none."""
        return self._peeked is not None or self._select(start_over=not self._starts_over)

    def _select(self, start_over: bool) -> bool:
        """Select the samples of the next batch; False at the end of the data.

        With `start_over`, data that are not empty start over at their end.
        """
        self._selected = END if self._running is None else next(self._running, END)
        if self._selected is END and start_over:
            self._running = iter(self._batches.selections())
            self._selected = next(self._running, END)
        return self._selected is not END


def _no_batch() -> ValueError:
    return ValueError(
        "the data gave no batch. A generator can be iterated only once: give steps_per_epoch, "
        "the number of its batches in an epoch, or pass arrays, or an object that can start over"
    )
