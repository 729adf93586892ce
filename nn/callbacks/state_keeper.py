"""StateKeeper: a callback that keeps all state, and that training asks where to go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from nn.callbacks.base import Callback

__all__ = ["StateKeeper"]


class StateKeeper(Callback):
    """The base of a callback that keeps the state of training, the other callbacks' included.

    It is called after the others. This one keeps nothing, and training starts at the beginning.
    """

    def watch(self, callbacks: Sequence[Callback]) -> None:
        """Called before `set_model`, with all callbacks, whose state is kept too."""

    def resume(self, run: range, epoch_iterator: Any) -> range:
        """Return the epochs of `run` that are left to do."""
        return run

    def at_epochs(self) -> None:
        """Called when the data of the epochs before was passed by."""

    def batches(self, epoch_iterator: Any, running: Any) -> Iterator[tuple[int, Any]]:
        """Return the steps of the epoch that begins, numbered from 0: those that are left of it.

        Args:
            epoch_iterator: the `EpochIterator` of the training.
            running: the `RunningMean` of the epoch.
        """
        return enumerate(epoch_iterator.epoch())

    def interrupted(self, step: int) -> bool:
        """Called because training ends within an epoch; True if it can go on from there."""
        return False

    def close(self) -> None:
        """Called when training is over, by its end or by an exception."""
