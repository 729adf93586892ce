"""StateKeeper: the base of a callback that saves and restores all state of training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from nn.callbacks.base import Callback


class StateKeeper(Callback):
    """The base of a callback that keeps the state of training and of the other callbacks.

    It is called after the others. This one keeps nothing: training starts at the beginning.
    """

    def watch(self, callbacks: Sequence[Callback]) -> None:
        """Called before `set_model`, with all callbacks."""

    def resume(self, run: range, epoch_iterator: Any) -> range:
        """Return the remaining epochs of `run`."""
        return run

    def at_epochs(self) -> None:
        """Called after the data of earlier epochs was skipped."""

    def batches(self, epoch_iterator: Any, running: Any) -> tuple[int, Iterator[Any]]:
        """Return the number of steps of the epoch that are done, and the remaining batches.

        Args:
            epoch_iterator: the `EpochIterator` of the training.
            running: the `RunningMean` of the epoch.
        """
        return 0, epoch_iterator.epoch()

    def interrupted(self, step: int) -> bool:
        """Called when training ends within an epoch. Return True if it can resume from there."""
        return False

    def close(self) -> None:
        """Called when training is over, by its end or by an exception."""
