"""Model: a layer that can be compiled, trained, evaluated and used to predict."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np

from autograd_lite import Drawing, GradientReport, no_grad
from nn._core.identifiers import lookup
from nn._core.named_classes import saved_as
from nn._core.nest import map_arrays, map_named
from nn.callbacks import Callback, History
from nn.callbacks.callback_list import CallbackList
from nn.data.arrays import multiplied, numbers
from nn.data.batches import (
    BATCH_SIZE,
    OneBatch,
    batches,
    training_batches,
    unpack_batch,
    validation_batches,
)
from nn.data.class_weights import weights_by_class
from nn.layers.base import Layer
from nn.layers.building import call_on_zeros
from nn.layers.naming import name_uniquely
from nn.random import from_seed
from nn.training import loops
from nn.training.compiled_steps import TrainProgram
from nn.training.dispatch import (
    NUMBA,
    NUMPY,
    RETRIED_EAGERLY,
    StepRunner,
    planned_engine,
    to_logs,
)
from nn.training.dry_run import dry_run
from nn.training.epochs import EpochIterator
from nn.training.metric_states import MetricStates
from nn.training.network import Network
from nn.training.progress import Progress, progress_for
from nn.training.rollback import rollback_on_error

__all__ = ["Model"]

Logs = dict[str, Any]


@saved_as("models.Model")
class Model(Network):
    """A network: its layers are attributes, and `call` says how they are connected.

    `Sequential` is the model of layers in a row. For anything else subclass this one, with any
    Python in `call`: several inputs and outputs (lists or dicts), shared layers, loops, branches.

    Args:
        activity_regularizer, trainable, dtype, name: as in `Layer`.

    Attributes:
        optimizer: as compiled.
        history: what happened in the latest `fit`.
        stop_training: set it to True, in a callback, to end `fit` after this batch.
        stop_evaluating, stop_predicting: likewise, for `evaluate` and `predict`.

    Example:
        >>> import numpy as np, nn
        >>> class Line(nn.Model):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.dense = nn.Dense(1)
        ...     def call(self, x):
        ...         return self.dense(x)
        >>> X = np.arange(4.0)[:, None]
        >>> model = Line()
        >>> model.compile(nn.SGD(0.1), loss="mse")
        >>> history = model.fit(X, 2 * X + 1, epochs=200, verbose=0)
        >>> model.predict(np.array([[10.0]])).round(2)
        array([[21.]], dtype=float32)
    """

    history: History | None = None
    _passes = 0  # of fit and evaluate that are under way
    _step_runners: dict[tuple[str, str], StepRunner] | None = None
    _warned: list[str]
    _predicting: StepRunner | None = None
    _calls = 0

    def build(self, *input_shapes: Any) -> None:
        """Make the weights now, by calling the model on one sample of zeros.

        Args:
            *input_shapes: the shape of a batch, ``(None, 64)``; for several inputs a list or dict.

        Raises:
            TypeError, ValueError: as `Layer.build`, and what the layers say of such inputs.

        Example:
            >>> import nn
            >>> class Line(nn.Model):
            ...     def __init__(self):
            ...         super().__init__()
            ...         self.dense = nn.Dense(1)
            ...     def call(self, x):
            ...         return self.dense(x)
            >>> model = Line()
            >>> model.build((None, 4))
            >>> model.count_params()
            5
        """
        if not self._in_first_call:
            call_on_zeros(self, input_shapes)

    # -- training --------------------------------------------------------------------------------

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
        """Train: go through the data `epochs` times, a step of the optimizer for each batch.

        Args:
            x: the inputs, (samples, ...); a list or dict of arrays for several; or a generator
                (any iterable, Keras's PyDataset, PyTorch's DataLoader) that gives batches (x, y) or
                (x, y, sample_weight). Lists of numbers, data frames and arrays of other libraries
                will do. `np.memmap` is read batch by batch.
            y: the targets.
            batch_size: the samples in a step, 32 unless given. The last batch may be smaller.
            epochs: the number of the last epoch.
            verbose: 0 for silence, 1 for live progress in a terminal, 2 for a line an epoch.
                "auto" is 1 in a terminal, else 2.
            callbacks: what to call on the way, as in `nn.callbacks`.
            validation_split: this fraction of the samples, the last ones, is held back to measure
                on. They are taken before any shuffling.
            validation_data: (x, y) or (x, y, sample_weight) to measure on, or a generator of them;
                takes precedence over validation_split.
            shuffle: whether the training samples come in a new order in each epoch; the batches,
                where they have numbers, as those of a PyDataset.
            class_weight: from a label to the weight of its samples in the loss; 1 for the others.
            sample_weight: the weight of each sample in the loss, (samples,).
            initial_epoch: the number of the first epoch, to go on with an earlier training.
            steps_per_epoch: batches in an epoch, where it is not one pass over the data. An epoch
                goes on where the one before has stopped; where the data ends, it starts over.
            validation_steps: batches in a validation, likewise.
            validation_batch_size: `batch_size` unless given.
            validation_freq: validate every so many epochs, or after the epochs listed (from 1).

        Returns:
            The History: ``.history["loss"]`` is a list, an entry for each epoch.

        Raises:
            RuntimeError: if the model was not compiled.
            TypeError, ValueError: for data that cannot be learned from, see `nn.data.arrays`, for
                targets that do not fit the loss, for arguments that contradict each other or
                have no effect, and for a generator that cannot last for all epochs.
            NonFiniteLossError: when the loss becomes NaN or infinite; the weights are then those
                before that batch.
        """
        self.require_compiled("fit")
        if self._passes:
            raise RuntimeError(
                f"fit of {self.name} was called while it is being trained or evaluated, by a "
                "callback. Wait until that has ended; within it, use train_on_batch"
            )
        if not isinstance(shuffle, (bool, np.bool)):
            raise TypeError(f"shuffle is True or False, got {shuffle!r}")
        run = loops.epochs(initial_epoch, epochs)
        progress = progress_for(verbose)
        with self._rollback_if_unbuilt():
            data, held_out = training_batches(
                (x, y, sample_weight),
                self._dtype,
                batch_size,
                validation_split=0.0 if validation_data is not None else validation_split,
                class_weight=class_weight,
                generator=self._shuffle_generator() if shuffle else None,
            )
            epoch_iterator = EpochIterator(data, steps_per_epoch)
            epoch_iterator.require_epochs(len(run), "steps_per_epoch")
            validation = loops.validation(
                validation_batches(
                    validation_data,
                    held_out,
                    self._dtype,
                    batch_size if validation_batch_size is None else validation_batch_size,
                ),
                run,
                validation_steps=validation_steps,
                validation_batch_size=validation_batch_size,
                validation_freq=validation_freq,
            )
            history = History()
            params = {"verbose": verbose, "epochs": epochs, "steps": epoch_iterator.steps}
            validates = validation is not None
            hooks = CallbackList([*_listed(callbacks), history], self, params, validates)
            self._trainable_state = None
            self._dry_run(
                [epoch_iterator, validation.epoch_iterator] if validation else [epoch_iterator]
            )
        self.history = history
        steps = math.inf if epoch_iterator.steps is None else epoch_iterator.steps * len(run)
        engine = self._engine_for(steps)
        train = self._step_runner("train_step", engine)
        test = self._step_runner("test_step", self._unless_asked(engine))
        history.engine = train.engine
        with self._pass():
            loops.fit(self, train, test, epoch_iterator, run, validation, hooks, progress)
        history.engine = train.last_engine
        return history

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One step of the optimizer.

        Args:
            x: one batch of inputs, as in `fit`.
            y: its targets.
            sample_weight: the weight of each sample.
            class_weight: from a label to the weight of its samples.
            return_dict: False for a number (with metrics a list, in the order of `metrics_names`),
                True for a dict by name.

        Returns:
            The loss, as it was before the step, and the metrics of this batch alone.

        Raises:
            RuntimeError, TypeError, ValueError, NonFiniteLossError: as `fit`.
        """
        self.require_compiled("train_on_batch")
        batch = self._batch(x, y, sample_weight, class_weight)
        if not self.built:
            self._dry_run([EpochIterator(OneBatch(batch))])
        with self._pass():
            self.reset_metrics()
            steps = self._step_runner("train_step", self._engine_for_calls())
            return self._report(steps.logs(self, batch), return_dict)

    def train_program(
        self, x: Any, y: Any = None, sample_weight: Any = None, engine: str = "auto"
    ) -> TrainProgram:
        """The training step for batches like this one, as one flat program.

        Args:
            x: one batch of inputs, as in `train_on_batch`.
            y: its targets.
            sample_weight: the weight of each sample.
            engine: "numpy", "numba", or "auto": as `compile(jit_compile=)` says, and where that is
                "auto" too, numba if it is installed.

        Returns:
            The program: ``program(x, y)`` does a step and gives the loss; ``program.source`` is
            NumPy, to be read and saved; ``program.report()`` says what it consists of.

        Raises:
            TracingError: if the step depends on values, or on what a program could not repeat.
            RuntimeError, TypeError, ValueError: as `fit`.
        """
        self.require_compiled("train_program")
        batch = self._batch(x, y, sample_weight)
        if not self.built:
            self._dry_run([EpochIterator(OneBatch(batch))])
        if engine == "auto" and self._jit_compile != "auto":
            engine = NUMBA if self._jit_compile else NUMPY
        return TrainProgram(self, batch, engine)

    # -- evaluation ------------------------------------------------------------------------------

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
        """Measure the loss and the metrics; nothing is changed.

        Args:
            x: the inputs, as in `fit`.
            y: the targets.
            batch_size: how many samples are computed at a time, 32 unless given.
            verbose: as in `fit`.
            sample_weight: the weight of each sample.
            steps: the number of batches, where it is not all of the data.
            callbacks: as in `fit`.
            return_dict: False for a number (with metrics a list, in the order of `metrics_names`),
                True for a dict by name.

        Raises:
            RuntimeError, TypeError, ValueError: as `fit`.
        """
        self.require_compiled("evaluate")
        progress = progress_for(verbose)
        data = batches(x, y, sample_weight, self._dtype, batch_size)
        epoch_iterator = EpochIterator(data, steps, from_the_start=True)
        params = {"verbose": verbose, "epochs": 1, "steps": epoch_iterator.steps}
        hooks = CallbackList(_listed(callbacks), self, params)
        with progress, self._rollback_if_unbuilt(), self._pass():
            progress.begin("Evaluate", epoch_iterator.steps)
            engine = self._engine_for(
                math.inf if epoch_iterator.steps is None else epoch_iterator.steps
            )
            test = self._step_runner("test_step", self._unless_asked(engine))
            logs = loops.evaluate(self, test, epoch_iterator, hooks, progress)
            progress.end(logs)
            return self._report(logs, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Measure the loss and the metrics on one batch; see `evaluate`."""
        self.require_compiled("test_on_batch")
        batch = self._batch(x, y, sample_weight)
        with no_grad(), self._rollback_if_unbuilt(), self._pass():
            self.reset_metrics()
            logs = to_logs(self.test_step(batch), "test_step")
            return self._report(logs, return_dict)

    # -- prediction ------------------------------------------------------------------------------

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Iterable[Callback] | Callback | None = None,
    ) -> Any:
        """The outputs for some inputs, as arrays.

        Args:
            x: the inputs, as in `fit`; or a generator of batches.
            batch_size: how many samples are computed at a time, 32 unless given.
            verbose: 1 shows progress; "auto" is 0.
            steps: the number of batches, where it is not all of the data.
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
        data = batches(x, None, None, self._dtype, batch_size)
        if is_plain and data.steps == 1:
            ((_, batch),) = map(data.load, data.selections())
            return self.predict_on_batch(batch[0])
        epoch_iterator = EpochIterator(data, steps, from_the_start=True)
        progress = Progress() if verbose == "auto" else progress_for(verbose)
        params = {"verbose": verbose, "epochs": 1, "steps": epoch_iterator.steps}
        hooks = CallbackList(_listed(callbacks), self, params)
        with progress:
            progress.begin("Predict", epoch_iterator.steps)
            engine = self._engine_for(
                math.inf if epoch_iterator.steps is None else epoch_iterator.steps
            )
            predicted = self._step_runner("predict_step", self._unless_asked(engine))
            outputs = loops.predict(self, predicted, epoch_iterator, hooks, progress)
            progress.end({})
        return outputs

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch of inputs, as arrays."""
        steps = self._step_runner("predict_step", self._engine_for_calls())
        self._predicting = steps
        return steps.outputs(self, (x,))

    def _predicted_at_once(self, x: Any) -> Any:
        """The outputs for an array of a kind that was predicted before; None if that is not so."""
        if self._predicting is None or not (x.__class__ is np.ndarray and 0 < len(x) <= BATCH_SIZE):
            return None
        program = self._predicting.latest(self, (x,))
        if program is None:
            return None
        if x.dtype.kind == "f":
            elements = x.reshape(-1)
            if not math.isfinite(elements.dot(elements)):
                return None  # whether an element is not finite, or a square, is found out there
        try:
            results = program.compute((x,))
        except RETRIED_EAGERLY:
            return None
        return None if results is None else program.finish(results)

    # -- its layers ------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers in its attributes, in their order; not those inside of them.

        No two are called the same: those without a name of their own are numbered.
        """
        layers = self._sublayers()
        name_uniquely(layers)
        return layers

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """One of its layers, by name or by position.

        Raises:
            ValueError: for an unknown name, or a position beyond the last.
        """
        layers = self.layers
        if (name is None) == (index is None):
            raise ValueError("get_layer takes a name or an index: get_layer('dense'), get_layer(0)")
        if name is not None:
            return lookup("layer", name, {layer.name: layer for layer in layers})
        assert index is not None
        if not -len(layers) <= index < len(layers):
            raise ValueError(f"{self.name} has {len(layers)} layers, there is no layer {index}")
        return layers[index]

    def summary(self, expand_nested: bool = False, show_trainable: bool = False) -> None:
        """Print a table of the layers, their output shapes and numbers of weights.

        Args:
            expand_nested: whether layers inside of layers have rows too.
            show_trainable: whether there is a column that says which are frozen.
        """
        from nn.models.summary import print_summary

        print_summary(self, expand_nested, show_trainable)

    def plot(self, path: Any = None, inputs: Any = None, **options: Any) -> Drawing:
        """Draw the layers, the shapes of their outputs and their numbers of weights.

        Args:
            path: the file to write; its suffix names the format, as in `Drawing.save`.
            inputs: what to call the model on: ``X[:4]``. Not given: one sample of zeros, of the
                shape that the model was built for. A model that looks integers up needs inputs.
            **options: as in `autograd_lite.draw`: ``depth=2`` opens the layers, ``show="values"``
                shows what comes out of them, ``direction="right"`` turns the picture.

        Returns:
            The Drawing, which a notebook shows.

        Raises:
            RuntimeError: if the model has seen no inputs and is given none.
            OSError, ValueError: as in `Drawing.save`.
        """
        from nn.models.plot import plot

        return plot(self, path, inputs, options)

    # -- keeping it ------------------------------------------------------------------------------
    # What is above in the order of modules is imported when it is used.

    def save(self, path: Any, overwrite: bool = True) -> None:
        """Write the whole model into one ".safetensors" file; `nn.load_model` reads it.

        Weights, architecture, compile arguments and the optimizer's state: a loaded model
        predicts, and trains on, as if it had never been saved. Arguments and errors are those of
        `nn.saving.save`.
        """
        from nn.saving import save

        save(self, path, overwrite)

    def save_weights(self, path: Any, overwrite: bool = True) -> None:
        """Write the weights alone, each under its layer's name; see `nn.saving.save_weights`."""
        from nn.saving import save_weights

        save_weights(self, path, overwrite)

    def load_weights(self, path: Any) -> None:
        """Take over the weights of a file: all, or, if any does not fit, none.

        Arguments and errors are those of `nn.saving.load_weights`.
        """
        from nn.saving import load_weights

        load_weights(self, path)

    def export(self, path: Any, x: Any = None) -> None:
        """Write what the model predicts as one readable Python file, its weights beside it.

        The file has a function ``predict(x)``, for any number of rows, and needs NumPy alone; the
        weights, as they are now, are in the ".npz" file of the same name.

        Args:
            path: ends with ".py".
            x: a batch of inputs, to tell their kind: needed for a model that has not seen any, and
                for whole numbers among several inputs. The numbers in it do not matter.

        Raises:
            RuntimeError: if the model has no weights yet, and no inputs were given.
            TracingError: if the outputs depend on values in a way that a file could not repeat.
            ValueError: for another path; if the model does something else for another number of
                rows, or calls a function that is neither NumPy's nor this project's.

        Example:
            >>> import pathlib, tempfile, nn
            >>> model = nn.Sequential([nn.Input((4,)), nn.Dense(3, activation="relu")])
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.export(f"{folder}/small.py")
            ...     lines = pathlib.Path(f"{folder}/small.py").read_text().splitlines()
            >>> [line.strip() for line in lines if "@" in line]
            ['dense = np.maximum(x @ dense_kernel + dense_bias, 0)']
        """
        from nn.models.export import export

        batch = None if x is None else self._batch(x, None, None)[0]
        if batch is not None:
            self.predict_on_batch(batch)  # which builds it, and refuses what it cannot take
        export(self, path, batch)

    # -- trusting it -----------------------------------------------------------------------------

    def check_gradients(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        training: bool = True,
        order: int = 1,
        rtol: float | None = None,
        atol: float | None = None,
        samples: int = 200,
        seed: int = 0,
    ) -> GradientReport:
        """Compare the gradients of the loss by all trainable weights with differences.

        The weights, moving averages and generators are afterwards what they were; only that a
        model which was not built is built. Random draws (Dropout) are the same in each call.

        Args:
            x: one batch of inputs, as in `train_on_batch`; a few samples will do.
            y: its targets.
            sample_weight: the weight of each sample.
            training: whether layers behave as in training.
            order: 1, or 2 to check second derivatives too.
            rtol: as in `autograd_lite.check_gradients`.
            atol: likewise.
            samples: likewise, for each weight.
            seed: of the random directions.

        Returns:
            The report, a row for each weight by its layer's name; it prints as a table.

        Raises:
            GradientError: if a gradient does not fit; it has the report.
            RuntimeError, TypeError, ValueError: as `fit`.

        Example:
            >>> import numpy as np, nn
            >>> model = nn.Sequential([nn.Dense(2, activation="tanh"), nn.Dense(1)])
            >>> model.compile(loss="mse")
            >>> report = model.check_gradients(np.array([[0.5, -1.0]]), np.array([[1.0]]))
            >>> [c.name for c in report.comparisons]
            ['dense/kernel', 'dense/bias', 'dense_1/kernel', 'dense_1/bias']
        """
        from nn.models.check_gradients import check_gradients

        self.require_compiled("check_gradients")
        batch = unpack_batch(self._batch(x, y, sample_weight))
        return check_gradients(
            self,
            batch,
            training=training,
            order=order,
            rtol=rtol,
            atol=atol,
            samples=samples,
            seed=seed,
        )

    def _forget_programs(self) -> None:
        self._step_runners = self._predicting = None

    def _step_runner(self, method: str, engine: str) -> StepRunner:
        """The steps of one kind, on one engine, with the programs that were made before."""
        if self._step_runners is None:
            self._step_runners, self._warned = {}, []
        steps = self._step_runners.get((method, engine))
        if steps is None:
            steps = self._step_runners[method, engine] = StepRunner(method, engine, self._warned)
        return steps

    def _engine_for(self, steps: float) -> str:
        """What runs so many steps."""
        sizes = [v.size for v in self.trainable_state.variables]
        return planned_engine(self._jit_compile, self._run_eagerly, steps, sizes)

    def _unless_asked(self, engine: str) -> str:
        """The engine for what is not trained: it gains less by native code."""
        return NUMPY if engine == NUMBA and self._jit_compile is not True else engine

    def _engine_for_calls(self) -> str:
        """What runs a step that is asked for by itself: plain Python, until there were many."""
        self._calls += 1
        jit_compile = self._jit_compile is True
        return planned_engine(jit_compile, self._run_eagerly, self._calls)

    def _shuffle_generator(self) -> np.random.Generator:
        if self._generator is None:
            self._generator = from_seed(None)
        return self._generator

    def _batch(self, x: Any, y: Any, sample_weight: Any, class_weight: Any = None) -> Any:
        """One batch as the steps take it; checked for types, not for values: the loss is."""
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
        """Arrays of numbers, of the model's dtype where they are floating."""
        if given.__class__ is np.ndarray:
            return numbers(given, name, self._dtype)
        return map_named(lambda part, name: numbers(part, name, self._dtype), given, name)

    def _report(self, logs: Logs, return_dict: bool) -> Any:
        """What a method that measures returns: a number, a list or a dict."""
        logs = logs | self.metrics_results()
        if return_dict:
            return logs
        values = list(logs.values())
        return values[0] if len(values) == 1 else values

    @contextmanager
    def _pass(self) -> Iterator[None]:
        """A pass over data; the pass that is under way, if it is one within another, keeps what
        its metrics have seen.
        """
        kept = MetricStates(self.metrics) if self._passes else None
        self._passes += 1
        try:
            yield
        finally:
            self._passes -= 1
            if kept is not None:
                kept.restore()

    def _rollback_if_unbuilt(self) -> AbstractContextManager[None]:
        return nullcontext() if self.built else rollback_on_error(self)

    def _dry_run(self, epoch_iterators: list[EpochIterator]) -> None:
        """Refuse data that cannot be learned from; then the model is as it was."""
        assert self.compile_metrics is not None
        self.compile_metrics.unbuild()
        if type(self).train_step is not Model.train_step:
            return  # whether there is a loss, or anything to call, is up to the user
        try:
            with self._rollback_if_unbuilt():
                dry_run(self, epoch_iterators)
        except BaseException:
            self.compile_metrics.unbuild()
            raise


def _listed(callbacks: Iterable[Callback] | Callback | None) -> list[Callback]:
    """What `callbacks=` means: several, one, or none."""
    return [callbacks] if isinstance(callbacks, Callback) else list(callbacks or ())
