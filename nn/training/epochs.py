"""EpochIterator: the batches of one epoch after the other."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from typing import Any

from autograd_lite.extend import MiniBatches
from nn._core.validation import require_count
from nn.data.batches import ArrayBatches, Batch, Batches, RowsOfBatches

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
        self._peeked: tuple[int, Batch] | None = None  # loaded already
        self._is_selected = False  # whether the next batch is
        self._given = 0  # in this epoch
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
        self._begin()
        if self._peeked is None:
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
        self._begin()
        self._given = 0
        while self._given < skip and not self._is_full() and self._advance():
            self._give()
        return self._rest()

    def skip_epoch(self) -> None:
        """Skip the next epoch.

        Raises:
            ValueError: if there is none.
        """
        for _ in self.epoch(skip=sys.maxsize):
            raise AssertionError("an epoch has no batch after the last")

    @property
    def kinds(self) -> tuple[Any, ...] | None:
        """The place, shape and dtype of each array of a full batch; None if they are not known."""
        return self._batches.kinds if isinstance(self._batches, ArrayBatches) else None

    @property
    def structure(self) -> Any:
        """The size of a batch, and the shape and dtype of a sample of each array of its parts; None
        if they are not known, or if no batch is full.
        """
        return self._batches.structure if isinstance(self._batches, ArrayBatches) else None

    def ahead(self, most: int) -> MiniBatches | None:
        """Consume the next full batches of the epoch, `most` or fewer, as rows of arrays.

        Returns:
            None if the next batch has to be loaded, by the iterator that `epoch` returned.
        """
        batches, selections = self._batches, self._running
        if not (isinstance(batches, ArrayBatches) and isinstance(selections, RowsOfBatches)):
            return None
        if self._limit is not None:
            most = min(most, self._limit - self._given)
        if self._is_selected:
            selections.back(1)
        found = batches.ahead(selections, most)
        if found is None:
            self._is_selected = self._is_selected and self._select(start_over=False)
            return None
        self._is_selected, self._peeked = False, None
        self._given += found.count
        return found

    def back(self, batches: int) -> None:
        """Go back so many of the batches that `ahead` returned: they are the next ones again."""
        assert isinstance(self._running, RowsOfBatches)
        self._running.back(batches)
        self._given -= batches

    def _begin(self) -> None:
        """Select the first batch of the next epoch.

        Raises:
            ValueError: if there is none.
        """
        if not self._begun:
            self._batches.begin_epoch()
            self._begun = True
        if not self._is_selected and not self._select(start_over=True):
            raise _no_batch()
        self._is_selected = True

    def _rest(self) -> Iterator[tuple[int, Batch]]:
        """Iterate over the rest of an epoch."""
        while not self._is_full() and self._advance():
            item = self._peeked or self._batches.load(self._selected)
            self._give()
            yield item
        self._batches.end_epoch()
        self._begun = False
        if self._starts_over:
            self._running = None
        if self._limit is not None and self._given < self._limit:
            self.exhausted = True
            consequence = "" if self._starts_over else " in this epoch, so this is the last"
            warnings.warn(
                f"the data ended after {self._given} of {self._limit} batches{consequence}. Let "
                "the generator continue for ever, or take fewer steps",
                stacklevel=2,
            )

    def _give(self) -> None:
        """Count the batch that is selected as given."""
        self._is_selected, self._peeked = False, None
        self._given += 1

    def _is_full(self) -> bool:
        return self._limit is not None and self._given >= self._limit

    def _advance(self) -> bool:
        """Select the next batch, unless one is selected; False if the epoch has none."""
        return self._is_selected or self._select(start_over=not self._starts_over)

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
