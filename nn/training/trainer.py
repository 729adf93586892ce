"""Trainer: fit, evaluate and predict, the loops over data around a network's steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_lite import no_grad
from nn._core.nest import map_arrays, map_named
from nn.callbacks import Callback, History
from nn.callbacks.callback_list import CallbackList
from nn.data.arrays import multiplied, numbers, require_data
from nn.data.batches import (
    OneBatch,
    batches,
    training_batches,
    validation_batches,
)
from nn.data.class_weights import weights_by_class
from nn.data.columns import as_column
from nn.data.frames import names_to_keep, require_same_columns, warn_of_other_rows
from nn.distribution.data_parallel import ranks
from nn.distribution.sharing import shared
from nn.random import from_seed
from nn.training import loops
from nn.training.dispatch import (
    NATIVE,
    NUMPY,
    to_logs,
)
from nn.training.epochs import EpochIterator
from nn.training.network import Network
from nn.training.progress import Progress, progress_for
from nn.training.short_errors import short_errors
from nn.training.steps import RunsSteps
from nn.training.together import continue_alike, start_together

if TYPE_CHECKING:
    from nn.training.compiled_steps import TrainProgram

Logs = dict[str, Any]


class Trainer(RunsSteps):
    """A network with loops over data; `Model` adds its layers and files.

    Args:
        activity_regularizer, trainable, dtype, name: as in `Layer`.
    """

    history: History | None = None
    _columns: tuple[Any, ...] | None = None  # of the data frame that `fit` was given

    # -- training --------------------------------------------------------------------------------

    @short_errors
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Iterable[Callback] | Callback | None = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
    ) -> History:
        """Train the model for a number of epochs, with an optimizer step for each batch.

        Args:
            x: the inputs, (samples, ...); a list or dict of arrays for several; or a generator (any
                iterable, Keras's PyDataset, PyTorch's DataLoader) of batches (x, y) or (x, y,
                sample_weight). Lists of numbers, data frames and arrays of other libraries work
                too. `np.memmap` is read batch by batch.
            y: the targets.
            batch_size: the samples in a step, 32 unless given. The last batch may be smaller.
            epochs: the number of the last epoch.
            verbose: 0 for silence, 1 for live progress in a terminal, 2 for a line an epoch.
                "auto" is 1 in a terminal, else 2.
            callbacks: called during training, see `nn.callbacks`.
            validation_split: the fraction of the samples to hold out for validation: the last ones,
                before any shuffling.
            validation_data: (x, y) or (x, y, sample_weight), or a generator of them; takes
                precedence over validation_split.
            shuffle: True to shuffle the training samples before each epoch; for a PyDataset, its
                batches.
            class_weight: a dict from label to the weight of its samples in the loss; 1 for the
                others.
            sample_weight: the weight of each sample in the loss, (samples,).
            initial_epoch: the number of the first epoch, to continue an earlier training.
            steps_per_epoch: the number of batches in an epoch; one pass over the data by default.
                An epoch continues where the previous one stopped, and starts over at the end of the
                data.
            validation_steps: the number of batches in a validation, likewise.
            validation_batch_size: `batch_size` unless given.
            validation_freq: validate every so many epochs, or after the epochs listed (from 1).

        Returns:
            The History: ``.history["loss"]`` is a list with an entry for each epoch.

        Raises:
            RuntimeError: if the model was not compiled.
            TypeError, ValueError: for invalid data, see `nn.data.arrays`, for targets that do not
                fit the loss, for arguments that contradict each other or have no effect, and for a
                generator that does not last for all epochs.
            NonFiniteLossError: when the loss becomes NaN or infinite; the weights are those before
                that batch.
        """
        self.require_compiled("fit")
        self._require_idle()
        if not isinstance(shuffle, (bool, np.bool)):
            raise TypeError(f"shuffle is True or False, got {shuffle!r}")
        run = loops.epochs(initial_epoch, epochs)
        progress = progress_for(verbose)
        history = History()
        self._columns = names_to_keep(x, validation_data)
        warn_of_other_rows(x, y)
        with self._rollback_if_unbuilt():
            data, held_out = training_batches(
                (self._as_column(x), y, sample_weight),
                self._dtype,
                batch_size,
                validation_split=0.0 if validation_data is not None else validation_split,
                class_weight=class_weight,
                generator=self._shuffle_generator() if shuffle else None,
            )
            epoch_iterator = EpochIterator(data, steps_per_epoch)
            epoch_iterator.require_epochs(len(run), "steps_per_epoch")
            size = batch_size if validation_batch_size is None else validation_batch_size
            validation = loops.validation(
                validation_batches(validation_data, held_out, self._dtype, size),
                run,
                validation_steps=validation_steps,
                validation_batch_size=validation_batch_size,
                validation_freq=validation_freq,
            )
            params = {"verbose": verbose, "epochs": epochs, "steps": epoch_iterator.steps}
            validates = validation is not None
            hooks = CallbackList([*_listed(callbacks), history], self, params, validates)
            start_together(self, "fit", data, epoch_iterator.steps, len(run), batch_size)
            self._dry_run([epoch_iterator, *([validation.epoch_iterator] if validation else [])])
        continue_alike(self)
        self.history = history
        self._train(epoch_iterator, run, validation, hooks, progress)
        return history

    def _train(
        self,
        epoch_iterator: EpochIterator,
        run: range,
        validation: loops.Validation | None,
        hooks: CallbackList,
        progress: Progress,
    ) -> None:
        """Run all epochs on the engine that pays off for so many steps."""
        engine = self._engine_for(epoch_iterator.steps, len(run))
        train = self._step_runner("train_step", engine)
        test = self._step_runner("test_step", self._unless_asked(engine))
        assert self.history is not None
        self.history.engine = train.engine
        with self._pass():
            loops.fit(self, train, test, epoch_iterator, run, validation, hooks, progress)
        self.history.engine = train.last_engine

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Run one training step on a batch.

        Args:
            x: one batch of inputs, as in `fit`.
            y: its targets.
            sample_weight: the weight of each sample.
            class_weight: a dict from label to the weight of its samples.
            return_dict: False for a number (with metrics a list, in the order of `metrics_names`),
                True for a dict by name.

        Returns:
            The loss before the step, and the metrics of this batch alone.

        Raises:
            RuntimeError, TypeError, ValueError, NonFiniteLossError: as `fit`.
        """
        self.require_compiled("train_on_batch")
        batch = self.to_batch(x, y, sample_weight, class_weight)
        if not self.built:
            self._dry_run([EpochIterator(OneBatch(batch))])
        with self._pass():
            self.reset_metrics()
            steps = self._step_runner("train_step", self._engine_for_calls())
            return self._report(steps.logs(self, shared(batch)), return_dict)

    def train_program(
        self, x: Any, y: Any = None, sample_weight: Any = None, engine: str = "auto"
    ) -> TrainProgram:
        """The training step for batches like this one, as one flat program.

        Args:
            x: one batch of inputs, as in `train_on_batch`.
            y: its targets.
            sample_weight: the weight of each sample.
            engine: "numpy", "native", or "auto": as `compile(jit_compile=)` says, and where that is
                "auto" too, native code if llvmlite is installed.

        Returns:
            The program: ``program(x, y)`` does a step and gives the loss; ``program.source`` is
            NumPy, to be read and saved; ``program.report()`` says what it consists of.

        Raises:
            TracingError: if the step depends on values, or on what a program could not repeat.
            RuntimeError, TypeError, ValueError: as `fit`.
        """
        self.require_compiled("train_program")
        if ranks() is not None:
            raise RuntimeError(
                "train_program is a step of one process, without the exchange of gradients. For a "
                "distributed model use fit or train_on_batch"
            )
        batch = self.to_batch(x, y, sample_weight)
        if not self.built:
            self._dry_run([EpochIterator(OneBatch(batch))])
        if engine == "auto" and self._jit_compile != "auto":
            engine = NATIVE if self._jit_compile else NUMPY
        from nn.training.compiled_steps import TrainProgram

        return TrainProgram(self, batch, engine)

    # -- evaluation ------------------------------------------------------------------------------

    @short_errors
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Iterable[Callback] | Callback | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Compute the loss and the metrics; the model is not changed.

        Args:
            x: the inputs, as in `fit`.
            y: the targets.
            batch_size: the number of samples computed at a time, 32 by default.
            verbose: as in `fit`.
            sample_weight: the weight of each sample.
            steps: the number of batches; all of the data by default.
            callbacks: as in `fit`.
            return_dict: False for a number (with metrics a list, in the order of `metrics_names`),
                True for a dict by name.

        Raises:
            RuntimeError, TypeError, ValueError: as `fit`.
        """
        self.require_compiled("evaluate")
        progress = progress_for(verbose)
        data = batches(self._as_column(x), y, sample_weight, self._dtype, batch_size)
        epoch_iterator = EpochIterator(data, steps, from_the_start=True)
        params = {"verbose": verbose, "epochs": 1, "steps": epoch_iterator.steps}
        hooks = CallbackList(_listed(callbacks), self, params)
        start_together(self, "evaluate", data, epoch_iterator.steps, 1, batch_size)
        with progress, self._rollback_if_unbuilt(), self._pass():
            progress.begin("Evaluate", epoch_iterator.steps)
            engine = self._engine_for(epoch_iterator.steps)
            test = self._step_runner("test_step", self._unless_asked(engine))
            logs = loops.evaluate(self, test, epoch_iterator, hooks, progress)
            progress.end(logs)
            return self._report(logs, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Compute the loss and the metrics of one batch; see `evaluate`."""
        self.require_compiled("test_on_batch")
        batch = self.to_batch(x, y, sample_weight)
        with no_grad(), self._rollback_if_unbuilt(), self._pass():
            self.reset_metrics()
            logs = to_logs(self.test_step(batch), "test_step")
            return self._report(logs, return_dict)

    # -- prediction ------------------------------------------------------------------------------

    @short_errors
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Iterable[Callback] | Callback | None = None,
    ) -> Any:
        """Compute the outputs for some inputs, as arrays.

        Args:
            x: the inputs, as in `fit`; or a generator of batches.
            batch_size: the number of samples computed at a time, 32 by default.
            verbose: 1 shows progress; "auto" is 0.
            steps: the number of batches; all of the data by default.
            callbacks: as in `fit`.

        Returns:
            An array, or the list or dict of arrays that the model returns.

        Raises:
            TypeError, ValueError: for inputs that are refused, see `nn.data.arrays`.
        """
        is_plain = steps is None and callbacks is None and verbose in ("auto", 0)
        if is_plain and batch_size is None:
            outputs = self._predicted_at_once(x)
            if outputs is not None:
                return outputs
        x = self._as_column(x)
        data = batches(x, None, None, self._dtype, batch_size)
        if is_plain and data.steps == 1 and ranks() is None:
            ((_, batch),) = map(data.load, data.selections())
            return self.predict_on_batch(batch[0])
        epoch_iterator = EpochIterator(data, steps, from_the_start=True)
        progress = Progress() if verbose == "auto" else progress_for(verbose)
        start_together(self, "predict", data, epoch_iterator.steps, 1, batch_size)
        params = {"verbose": verbose, "epochs": 1, "steps": epoch_iterator.steps}
        hooks = CallbackList(_listed(callbacks), self, params)
        with progress:
            progress.begin("Predict", epoch_iterator.steps)
            engine = self._engine_for(epoch_iterator.steps)
            predicted = self._step_runner("predict_step", self._unless_asked(engine))
            outputs = loops.predict(self, predicted, epoch_iterator, hooks, progress)
            progress.end({})
        return outputs

    def _as_column(self, x: Any) -> Any:
        """Return samples of one number each as a column, where the model takes columns; refuse a
        frame of other columns than `fit` had.
        """
        require_same_columns(x, self._columns)
        layer: Any = self
        expected = None
        while expected is None and layer is not None:
            if not isinstance(layer, Network) and layer.integer_inputs:
                return x  # indices: (samples,) is as good
            shapes = layer._input_shapes
            expected = getattr(layer, "input_shape", None) or (shapes[0] if shapes else None)
            layer = next(iter(layer._sublayers()), None)
        return as_column(x, expected)

    def predict_on_batch(self, x: Any) -> Any:
        """Compute the outputs for one batch of inputs, as arrays."""
        require_data(x)
        steps = self._step_runner("predict_step", self._engine_for_calls())
        self._predicting = steps
        return steps.outputs(self, (self._numbers(x, "X"),))

    # -- what the loops need ---------------------------------------------------------------------

    def _shuffle_generator(self) -> np.random.Generator:
        if self._generator is None:
            self._generator = from_seed(None)
        return self._generator

    def to_batch(self, x: Any, y: Any, sample_weight: Any, class_weight: Any = None) -> Any:
        """Convert a batch for the steps, checking types but not values: the loss is checked."""
        require_data(x)
        x = self._numbers(x, "X")
        if y is None:
            return (x,)
        y = self._numbers(y, "y")
        if class_weight is not None:
            weight = weights_by_class(y, class_weight, self._dtype)
            if sample_weight is None:
                sample_weight = weight
            else:
                given = self._numbers(sample_weight, "sample_weight")
                sample_weight = map_arrays(lambda w: multiplied(w, weight), given)
        if sample_weight is None:
            return x, y
        return x, y, self._numbers(sample_weight, "sample_weight")

    def _numbers(self, given: Any, name: str) -> Any:
        """Convert to numeric arrays, floating ones to the model's dtype."""
        if given.__class__ is np.ndarray:
            return numbers(given, name, self._dtype)
        return map_named(lambda part, name: numbers(part, name, self._dtype), given, name)

    def _report(self, logs: Logs, return_dict: bool) -> Any:
        """Return the result of a method that measures: a number, a list or a dict."""
        logs = logs | self.metrics_results()
        if return_dict:
            return logs
        values = list(logs.values())
        return values[0] if len(values) == 1 else values


def _listed(callbacks: Iterable[Callback] | Callback | None) -> list[Callback]:
    """Return `callbacks=` as a list."""
    return [callbacks] if isinstance(callbacks, Callback) else list(callbacks or ())
