"""The loops: epochs of training steps, passes of evaluation and of prediction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any

import numpy as np

from autograd_lite import no_grad
from autograd_lite.extend import Fields, define
from nn._core.nest import leaves, map_arrays
from nn._core.validation import require_count
from nn.callbacks.callback_list import CallbackList
from nn.data.batches import Batches
from nn.distribution.collectives import average_logs
from nn.distribution.data_parallel import agreed
from nn.distribution.sharing import require_equal_weights
from nn.training.dispatch import StepRunner
from nn.training.epochs import EpochIterator
from nn.training.growing_loss import GrowingLoss
from nn.training.interrupts import Interrupts
from nn.training.network import Network
from nn.training.nonfinite import NonFiniteLossError, refuse_nonfinite_loss
from nn.training.progress import Progress
from nn.training.running_mean import RunningMean

Logs = dict[str, Any]


@define
class Validation(Fields):
    """The validation data, and the epochs that end with a validation.

    Attributes:
        epoch_iterator: the samples.
        frequency: every so many epochs, or the epochs, counted from 1.
    """

    epoch_iterator: EpochIterator
    frequency: int | Sequence[int]

    def __post_init__(self) -> None:
        if isinstance(self.frequency, (int, float)):
            require_count("validation_freq", self.frequency)

    def due(self, epoch: int) -> bool:
        """Return if this epoch, counted from 0, ends with a validation."""
        if isinstance(self.frequency, int):
            return (epoch + 1) % self.frequency == 0
        return epoch + 1 in self.frequency

    def count(self, run: range) -> int:
        """Count the epochs of a run that end with a validation."""
        if isinstance(self.frequency, int):
            return run.stop // self.frequency - run.start // self.frequency
        return sum(map(self.due, run))


def validation(
    batches: Batches | None,
    run: range,
    *,
    validation_steps: int | None,
    validation_batch_size: int | None,
    validation_freq: int | Sequence[int],
) -> Validation | None:
    """Build the validation of `fit` from its arguments of these names; None without data.

    Raises:
        ValueError: for arguments without effect, because there is no validation data, and for a
            generator that does not last for all epochs.
    """
    if batches is None:
        given = {
            "validation_steps": validation_steps is not None,
            "validation_batch_size": validation_batch_size is not None,
            "validation_freq": validation_freq != 1,
        }
        for name in (name for name, is_given in given.items() if is_given):
            raise ValueError(
                f"{name} was given without validation data: give validation_data or "
                "validation_split too"
            )
        return None
    measured = Validation(
        EpochIterator(batches, validation_steps, from_the_start=True), validation_freq
    )
    measured.epoch_iterator.require_epochs(measured.count(run), "validation_steps")
    return measured


def epochs(initial: int, last: int) -> range:
    """Return the epochs from `initial` up to, but not including, `last`.

    Raises:
        TypeError: if they are not integers.
        ValueError: if there are none.
    """
    require_count("epochs", last)
    if isinstance(initial, bool) or not hasattr(initial, "__index__"):
        raise TypeError(f"initial_epoch is an integer, got {initial!r}")
    if not 0 <= initial <= last:
        raise ValueError(
            f"epochs={last} is the number of the last epoch, so initial_epoch lies between 0 and "
            f"{last}; got {initial}"
        )
    return range(initial, last)


def fit(
    model: Network,
    train: StepRunner,
    test: StepRunner,
    epoch_iterator: EpochIterator,
    run: range,
    validation: Validation | None,
    hooks: CallbackList,
    progress: Progress,
) -> None:
    """Run all epochs, until the last one or until the model is told to stop.

    Args:
        model: the model to train.
        train: runs training steps.
        test: runs the steps of validations.
        epoch_iterator: the training batches.
        run: the epochs.
        validation: the validation data; None without.
        hooks: the callbacks.
        progress: the display.
    """
    model.stop_training = False
    hooks.call("on_train_begin", {})
    with closing(hooks), Interrupts() as interrupts:
        run = _left_to_do(run, epoch_iterator, validation, hooks)
        logs = _epochs(
            model, train, test, epoch_iterator, run, validation, hooks, progress, interrupts
        )
        model.optimizer.finalize_variable_values(model.trainable_state.variables)
        hooks.call("on_train_end", logs)


def _epochs(
    model: Network,
    train: StepRunner,
    test: StepRunner,
    epoch_iterator: EpochIterator,
    run: range,
    validation: Validation | None,
    hooks: CallbackList,
    progress: Progress,
    interrupts: Interrupts,
) -> Logs:
    """Run epochs and return the logs of the last one."""
    logs: Logs = {}
    growing = GrowingLoss(model)
    # An overflow shows in the loss, and that error says more than a warning would.
    with np.errstate(all="ignore"), progress:
        for epoch in run:
            hooks.call("on_epoch_begin", epoch, {})
            progress.begin(f"Epoch {epoch + 1}/{run.stop}", epoch_iterator.steps)
            steps = _Epoch(model, train, epoch_iterator, epoch, hooks, growing)
            logs = steps.logs(progress, interrupts)
            growing.check(logs.get("loss"))
            if validation is not None and validation.due(epoch):
                measured = evaluate(model, test, validation.epoch_iterator, hooks, Progress())
                logs |= {f"val_{name}": value for name, value in measured.items()}
            hooks.call("on_epoch_end", epoch, logs)
            progress.end(logs)
            stops, exhausted = agreed((model.stop_training, epoch_iterator.exhausted))
            if stops or exhausted:
                break
    return logs


def _left_to_do(
    run: range, epoch_iterator: EpochIterator, validation: Validation | None, hooks: CallbackList
) -> range:
    """Return the remaining epochs, after those of a backup if there is one.

    The data of earlier epochs is skipped, so that training continues as if never interrupted.
    """
    left = hooks.backup.resume(run, epoch_iterator)
    if left:
        for epoch in range(run.start, left.start):
            epoch_iterator.skip_epoch()
            if validation is not None and validation.due(epoch):
                validation.epoch_iterator.skip_epoch()
    hooks.backup.at_epochs()
    return range(run.stop, run.stop) if epoch_iterator.exhausted else left


class _Epoch:
    """The training steps of one epoch.

    Args:
        model: the model to train.
        train: runs training steps.
        epoch_iterator: the training batches.
        number: of the epoch, from 0.
        hooks: the callbacks.
        growing: the first loss.
    """

    def __init__(
        self,
        model: Network,
        train: StepRunner,
        epoch_iterator: EpochIterator,
        number: int,
        hooks: CallbackList,
        growing: GrowingLoss,
    ) -> None:
        self._model, self._train, self._epoch_iterator = model, train, epoch_iterator
        self._number, self._hooks, self._growing = number, hooks, growing
        self._before = hooks.overriding("on_train_batch_begin")
        self._after = hooks.overriding("on_train_batch_end")
        self._running = RunningMean(model)
        model.reset_metrics()
        self._steps, self._batches = hooks.backup.batches(epoch_iterator, self._running)

    def logs(self, progress: Progress, interrupts: Interrupts) -> Logs:
        """Run the steps and return their logs."""
        model = self._model
        while self._steps_ahead() or self._step():
            progress.step(self._steps, self._running.logs)
            if self._after:
                so_far = self._running.logs()
                for hook in self._after:
                    hook(self._steps - 1, so_far)
            stops, interrupted = agreed((model.stop_training, interrupts.pending))
            if stops:
                break
            if interrupted:
                raise _interrupted(self._number, self._steps, self._hooks)
        require_equal_weights(model.trainable_state.variables)
        return _of_all_ranks(model, self._running.logs())

    def _steps_ahead(self) -> bool:
        """Run steps between which nobody looks; False if the next one is to be run alone."""
        if self._before or self._after or self._model.stop_training:
            return False
        stretch = self._train.logs_ahead(self._model, self._epoch_iterator)
        if stretch is None:
            return False
        self._growing.begin_with(stretch.results)
        self._running.add_all(stretch.results, stretch.size)
        self._steps += stretch.steps
        return True

    def _step(self) -> bool:
        """Run one step; False at the end of the epoch, or after a loss that is not finite."""
        item = next(self._batches, None)
        if item is None:
            return False
        samples, batch = item
        for hook in self._before:
            hook(self._steps, {})
        try:
            found = refuse_nonfinite_loss(self._train.logs(self._model, batch))
            self._growing.begin(found.get("loss"))
            self._running.add(found, samples)
        except NonFiniteLossError as error:
            located = error.located(self._number, self._steps)
            if not self._hooks.accept(located):
                raise located from None
            self._model.stop_training = True
            return False
        self._steps += 1
        return True


def _of_all_ranks(model: Network, logs: Logs) -> Logs:
    """Average the metrics that a user's own step updates, each rank with its own rows."""
    own = {m.name: logs[m.name] for m in model.trainable_state.metrics if m.name in logs}
    return logs | average_logs(own)


def _interrupted(epoch: int, steps: int, hooks: CallbackList) -> KeyboardInterrupt:
    """Return the error that ends training after Ctrl-C, after a last backup if there is one."""
    error = KeyboardInterrupt(f"training ended in epoch {epoch + 1}, after step {steps}")
    error.add_note("The weights are those after that step; model.history has the epochs before.")
    if hooks.backup.interrupted(steps):
        error.add_note("BackupAndRestore has a backup: run the program again to continue.")
    return error


def evaluate(
    model: Network,
    test: StepRunner,
    epoch_iterator: EpochIterator,
    hooks: CallbackList,
    progress: Progress,
) -> Logs:
    """Evaluate one pass over the data; the model is not changed."""
    before = hooks.overriding("on_test_batch_begin")
    after = hooks.overriding("on_test_batch_end")
    model.stop_evaluating = False
    hooks.call("on_test_begin", {})
    running = RunningMean(model)
    model.reset_metrics()
    step, batches = 0, epoch_iterator.epoch()
    with no_grad():
        while True:
            alone = before or after or model.stop_evaluating
            ahead = None if alone else test.logs_ahead(model, epoch_iterator)
            if ahead is not None:
                running.add_all(ahead.results, ahead.size)
                step += ahead.steps
            elif (item := next(batches, None)) is not None:
                for hook in before:
                    hook(step, {})
                running.add(test.logs(model, item[1]), item[0])
                step += 1
            else:
                break
            progress.step(step, running.logs)
            if after:
                logs = running.logs()
                for hook in after:
                    hook(step - 1, logs)
            if agreed((model.stop_evaluating,))[0]:
                break
    logs = _of_all_ranks(model, running.logs())
    hooks.call("on_test_end", logs)
    return logs


def predict(
    model: Network,
    predicted: StepRunner,
    epoch_iterator: EpochIterator,
    hooks: CallbackList,
    progress: Progress,
) -> Any:
    """Predict one pass over the data; arrays in the structure that the model returns."""
    before = hooks.overriding("on_predict_batch_begin")
    after = hooks.overriding("on_predict_batch_end")
    model.stop_predicting = False
    hooks.call("on_predict_begin", {})
    collected = []
    step, batches = 0, epoch_iterator.epoch()
    while True:
        alone = before or after or model.stop_predicting
        ahead = None if alone else predicted.outputs_ahead(model, epoch_iterator)
        if ahead is not None:
            outputs, count = ahead
            step += count
        elif (item := next(batches, None)) is not None:
            for hook in before:
                hook(step, {})
            outputs = predicted.outputs(model, item[1])
            step += 1
        else:
            break
        collected.append(outputs)
        progress.step(step, dict)
        for hook in after:
            hook(step - 1, {"outputs": outputs})
        if agreed((model.stop_predicting,))[0]:
            break
    hooks.call("on_predict_end", {})
    return concatenate(collected)


def concatenate(batches: list[Any]) -> Any:
    """Concatenate the outputs of several batches, in the structure of each."""
    columns: Iterable[Any] = zip(*map(leaves, batches), strict=True)
    whole = iter([np.concatenate(column) for column in columns])
    return map_arrays(lambda _: next(whole), batches[0])
