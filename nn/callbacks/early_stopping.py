"""EarlyStopping: stop training when a value no longer improves."""

from __future__ import annotations

from typing import Any

from autograd_lite.extend import define
from nn._core.validation import require_finite, require_flag, require_whole
from nn.callbacks.base import Callback, Logs
from nn.callbacks.watched import Watched
from nn.distribution.data_parallel import is_chief


@define
class EarlyStopping(Callback):
    """Stop when a value has not improved for some epochs.

    Args:
        monitor: the loss or metric to watch, by its name in the logs.
        min_delta: an improvement has to be larger than this.
        patience: training stops after this many epochs in a row without improvement.
        verbose: 1 prints when it stops.
        mode: "min", "max", or "auto", by the name.
        baseline: a value to beat; otherwise training stops after `patience` epochs.
        restore_best_weights: True to end with the weights of the best epoch.
        start_from_epoch: epochs before this one, counted from 0, are ignored.

    Attributes:
        stopped_epoch: the epoch after which training stopped; 0 if it did not.
        best_epoch: the epoch with the best value.

    Raises:
        ValueError: for an unknown mode; in `fit`, before training, for a metric that is an array,
            and after its first epoch for a value that is not measured.

    Example:
        >>> import nn
        >>> stop = nn.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
        >>> # model.fit(X, y, epochs=1000, validation_split=0.2, callbacks=[stop])
    """

    monitor: str = "val_loss"
    min_delta: float = 0
    patience: int = 0
    verbose: int = 0
    mode: str = "auto"
    baseline: float | None = None
    restore_best_weights: bool = False
    start_from_epoch: int = 0

    def __post_init__(self) -> None:
        require_finite("min_delta", self.min_delta)
        require_whole("patience", self.patience)
        require_whole("start_from_epoch", self.start_from_epoch)
        require_flag("restore_best_weights", self.restore_best_weights)
        if self.baseline is not None:
            require_finite("baseline", self.baseline)
        self._begin()

    def _begin(self) -> None:
        self.stopped_epoch = self.best_epoch = self.wait = 0
        self.best_weights: list[Any] | None = None
        self._watched = Watched(self.monitor, self.mode, self.min_delta)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Reset the state of an earlier training."""
        self._begin()
        self._watched.require_number(self.model.metrics_results())

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Stop if the value has not improved for long enough."""
        value = self._watched.value(logs, self.validates)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights = self.model.get_weights()
        self.wait += 1
        if self._watched.improves(value):
            self._remember(epoch, value)
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Restore the best weights, if wanted."""
        verbose = self.verbose and is_chief()
        if self.stopped_epoch and verbose:
            print(f"Epoch {self.stopped_epoch + 1}: {self.monitor} has not improved, stopped")
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)
            if verbose:
                print(f"The weights are those of the best epoch, {self.best_epoch + 1}")

    def _remember(self, epoch: int, value: float) -> None:
        """Remember this epoch as the best so far."""
        self.best_epoch, self._watched.best = epoch, value
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()
        if self.baseline is None or self._watched.improves(value, self.baseline):
            self.wait = 0
