"""Callbacks that change the learning rate: by the epoch, or when training stalls."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable

from autograd_lite.extend import define
from nn._core.validation import require_finite, require_fraction, require_number, require_whole
from nn.callbacks.base import Callback, Logs
from nn.callbacks.watched import Watched
from nn.distribution.data_parallel import is_chief


class LearningRateScheduler(Callback):
    """Set the learning rate at the start of each epoch.

    Args:
        schedule: a function of the epoch, from 0, and of the learning rate so far; or of the epoch
            alone. It returns the learning rate.
        verbose: 1 prints it.

    For a learning rate that is a function of the step, give the optimizer one of `nn.schedules`.

    Raises:
        TypeError: if the schedule is not a function; in `fit`, if it does not return a number, and
            before training if the optimizer has a schedule of its own.

    Example:
        >>> halve = LearningRateScheduler(lambda epoch, rate: rate / 2)
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        if not callable(schedule):
            raise TypeError(f"a schedule is a function of the epoch, got {schedule!r}")
        self.schedule = schedule
        self.verbose = verbose

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Refuse an optimizer that has a schedule of its own."""
        self.model.optimizer.require_settable_rate("LearningRateScheduler")

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Set the learning rate that the schedule returns."""
        optimizer = self.model.optimizer
        optimizer.learning_rate = (
            self.schedule(epoch, optimizer.learning_rate)
            if _takes_two(self.schedule)
            else self.schedule(epoch)
        )
        if self.verbose and is_chief():
            print(f"Epoch {epoch + 1}: the learning rate is {optimizer.learning_rate:g}")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Add the learning rate to the logs of the epoch."""
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


@define
class ReduceLROnPlateau(Callback):
    """Reduce the learning rate when a value has not improved for some epochs.

    Args:
        monitor: the loss or metric to watch, by its name in the logs.
        factor: the factor of each reduction, between 0 and 1.
        patience: the epochs in a row without improvement before a reduction.
        verbose: 1 prints each reduction.
        mode: "min", "max", or "auto", by the name.
        min_delta: an improvement has to be larger than this.
        cooldown: epochs to wait after a reduction before counting again.
        min_lr: the smallest learning rate.

    Raises:
        ValueError: for numbers out of range; in `fit`, for a value that is not measured.
        TypeError: in `fit`, before training, if the optimizer has a schedule.
    """

    monitor: str = "val_loss"
    factor: float = 0.1
    patience: int = 10
    verbose: int = 0
    mode: str = "auto"
    min_delta: float = 1e-4
    cooldown: int = 0
    min_lr: float = 0.0

    def __post_init__(self) -> None:
        require_fraction("factor", self.factor)
        require_number("min_lr", self.min_lr)
        require_finite("min_delta", self.min_delta)
        require_whole("patience", self.patience)
        require_whole("cooldown", self.cooldown)
        self._begin()

    def _begin(self) -> None:
        self.wait = self.cooldown_counter = 0
        self._watched = Watched(self.monitor, self.mode, self.min_delta)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Reset the state of an earlier training."""
        self._begin()
        self._watched.require_number(self.model.metrics_results())
        self.model.optimizer.require_settable_rate("ReduceLROnPlateau")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Reduce the learning rate if the value has not improved for long enough."""
        value = self._watched.value(logs, self.validates)
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        if value is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self._watched.improves(value):
            self._watched.best = value
            self.wait = 0
        elif self.cooldown_counter == 0:
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        optimizer = self.model.optimizer
        if optimizer.learning_rate <= self.min_lr:
            return
        optimizer.learning_rate = max(optimizer.learning_rate * self.factor, self.min_lr)
        self.cooldown_counter, self.wait = self.cooldown, 0
        if self.verbose and is_chief():
            print(
                f"Epoch {epoch + 1}: {self.monitor} has not improved, the learning rate is now "
                f"{optimizer.learning_rate:g}"
            )


def _takes_two(schedule: Callable[..., float]) -> bool:
    """Return if a schedule takes the learning rate as well as the epoch."""
    try:
        inspect.signature(schedule).bind(0, math.nan)
    except TypeError:
        return False
    return True
