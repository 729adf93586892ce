"""Steps of a model as compiled programs: one for each kind of batch.

A program does what `train_step`, `test_step` or `predict_step` does, with the same arrays: it
changes the same Variables and draws from the same generators, and can take turns with them.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd_lite as ag
from autograd_lite.compile.compiled import Signature
from autograd_lite.compile.heap import give_back_freed_memory
from autograd_lite.compile.program import Program
from autograd_lite.compile.report import Report
from autograd_lite.compile.trace import trace
from autograd_lite.primitives import drawn
from autograd_lite.tape import TracingError, tracing
from autograd_lite.tree import flatten
from nn._core.nest import leaves, map_arrays
from nn.metrics import MeanMetric
from nn.training.fingerprint import Configuration, is_own
from nn.training.nonfinite import Draws

if TYPE_CHECKING:
    from nn.models.model import Model

__all__ = ["PredictProgram", "TestProgram", "TrainProgram"]

Batch = tuple[Any, ...]
Logs = dict[str, Any]


class _Program:
    """What the three have in common.

    Args:
        model: built, and, to train or test, compiled. It may hold this object, which therefore
            does not hold the model: that would be a cycle.
        batch: (x,), (x, y) or (x, y, sample_weight), of the kind that the program is for.
        engine: "numpy" or "numba".

    Raises:
        TracingError: if the step could not be repeated by a program.
    """

    _structure: Any = None  # of the outputs, where they are looked at

    def __init__(self, model: Model, batch: Batch, engine: str) -> None:
        self._model = weakref.ref(model)
        self._kinds = [(x.shape, x.dtype) for x in leaves(list(batch))]
        self._signature = self._traced(model, batch, engine)
        self._run = self._signature.engine
        self._configuration = Configuration(model)

    @property
    def source(self) -> str:
        """The program as NumPy source: it runs by itself."""
        return self._signature.source

    @property
    def engine(self) -> str:
        """What runs it: "numpy" or "numba"."""
        return self._run.name

    def report(self) -> Report:
        """What the passes have done, and what the program takes."""
        return self._signature.report

    def save(self, path: Any) -> None:
        """Write it as a Python file that needs NumPy alone, its arrays in a ".npz" beside it.

        Raises:
            ValueError: if the path does not end with ".py"; if the program calls a function that is
                neither NumPy's nor of this project.
        """
        from autograd_lite.compile.export import save

        save(self._run.numpy, path)

    def fits(self, batch: Batch) -> bool:
        """Whether a batch is of the kind that the program was made for."""
        kinds = self._kinds
        given = batch if len(batch) == len(kinds) else list(leaves(list(batch)))
        if len(given) != len(kinds):
            return False
        for x, (shape, dtype) in zip(given, kinds, strict=True):
            if x.__class__ is not np.ndarray or x.shape != shape or x.dtype != dtype:
                return False
        return True

    def is_current(self, model: Model) -> bool:
        """Whether the model is still what the program was made from."""
        return self._configuration.holds(model)

    def _trace(
        self, step: Callable[..., Any], model: Model, args: Batch, names: list[str], engine: str
    ) -> Signature:
        trusted = Configuration(model).is_ours
        return Signature(trace(step, args, {}, model.name, names, trusted), engine)

    def _traced(self, model: Model, batch: Batch, engine: str) -> Signature:
        def step(batch: Batch) -> Any:
            return self._step(model, batch)

        return self._trace(step, model, (batch,), _argument_names(batch), engine)

    def _step(self, model: Model, batch: Batch) -> Any:
        """What is traced."""
        raise NotImplementedError

    def _arrays(self, batch: Batch) -> Any:
        """The arrays of a batch that fits."""
        return batch if len(batch) == len(self._kinds) else list(leaves(list(batch)))

    def _require_fit(self, batch: Batch) -> None:
        """Refuse arrays of another kind.

        Raises:
            ValueError: if they are.
        """
        if self.fits(batch):
            return
        given = [(np.shape(x), np.asarray(x).dtype.name) for x in leaves(list(batch))]
        made_for = [(shape, dtype.name) for shape, dtype in self._kinds]
        raise ValueError(
            f"this program is for arrays of {made_for}, got {given}. Make another for them: "
            "model.train_program(x, y), or let fit and train_on_batch choose"
        )

    def _require_current(self) -> None:
        """Refuse to repeat what the model does not do any more.

        Raises:
            RuntimeError: if it was changed.
        """
        model = self._model()
        if model is not None and not self.is_current(model):
            raise RuntimeError(
                f"{model.name} was changed since this program was made: an attribute of a layer, "
                "the optimizer, the loss or a metric, or what is trainable. Make another: "
                "model.train_program(x, y); fit and train_on_batch do so by themselves"
            )


class _MeasuringProgram(_Program):
    """A program with a loss and metrics."""

    def __init__(self, model: Model, batch: Batch, engine: str) -> None:
        self._eager: list[Any] = []
        self._parts: list[str] = []
        super().__init__(model, batch, engine)

    def _measured(self, model: Model, batch: Batch, y_pred: Any) -> list[Any]:
        """Let the metrics see the batch; those that are not compiled see the outputs of each run.

        Compiled are means of a measure of ours. What others do with the arrays is not known.

        Returns:
            The outputs, if they are to be seen.
        """
        assert model._measures is not None
        tape = tracing()
        assert tape is not None
        _, y, sample_weight = (*batch, None, None)[:3]
        self._eager = []
        for measure in model._measures.made(y, y_pred):
            before = len(tape.entries)
            try:
                if not isinstance(measure.metric, MeanMetric) or not is_own(measure.metric):
                    raise TracingError
                with ag.scope(measure.name):
                    measure.update(y, y_pred, sample_weight)
            except TypeError:  # TracingError is one
                del tape.entries[before:]
                self._eager.append(measure)
        self._structure = y_pred if self._eager else None
        return flatten(y_pred) if self._eager else []

    def _parts_of(self, model: Model) -> list[Any]:
        """The losses of several outputs, which are reported by name."""
        parts = model._compiled_objective().parts
        self._parts = list(parts)
        return list(parts.values())

    def _logs(self, results: Any) -> Logs:
        logs = {"loss": results[0].item()}
        for name, value in zip(self._parts, results[1:], strict=False):
            logs[name] = float(value)
        return logs

    def _update_eager(self, batch: Batch, results: list[Any]) -> None:
        """Let the other metrics see a batch and its outputs."""
        y_pred = _rebuilt(self._structure, results)
        _, y, sample_weight = (*batch, None, None)[:3]
        for measure in self._eager:
            measure.update(y, y_pred, sample_weight)


class TrainProgram(_MeasuringProgram):
    """One training step: forward, backward, update, metrics.

    Constraints, moving averages of the weights and the accumulation of gradients are not part of
    the program: they are applied after each run.

    Example:
        >>> import numpy as np, nn
        >>> model = nn.Sequential([nn.Input((2,)), nn.Dense(1)])
        >>> model.compile(nn.SGD(0.1), loss="mse")
        >>> x, y = np.eye(2, dtype=np.float32), np.ones((2, 1), np.float32)
        >>> program = model.train_program(x, y)
        >>> losses = [program(x, y) for _ in range(50)]
        >>> losses[-1] < losses[0]
        True
    """

    def __init__(self, model: Model, batch: Batch, engine: str) -> None:
        model._require_trainable()
        self._optimizer = model.optimizer
        trained = model._to_train()
        self._variables = trained.variables
        self._trainable = [v.requires_grad for v in self._variables]
        self._constrained = trained.constrained
        if not self._optimizer.built:
            self._optimizer.build(self._variables)
        self._counters = self._optimizer.counters()
        self._records = self._optimizer.recordable
        self._numbers = self._room_for_numbers()
        self._given: list[bool] = []  # where the program does not update: what has a gradient
        self._attach: Callable[[], None] = _nothing
        super().__init__(model, batch, engine)
        self._generators = _generators(self._signature.program)
        self._attach()  # from here on weights and slots are parts of the flat arrays alone
        give_back_freed_memory(sum(v.nbytes for v in self._variables))

    def __call__(self, x: Any, y: Any = None, sample_weight: Any = None) -> float:
        """One step of the optimizer.

        Args:
            x: the inputs, of the shapes and dtypes that the program was made for.
            y: the targets, likewise.
            sample_weight: the weight of each sample, likewise.

        Returns:
            The loss, before the step; NaN if a gradient is not finite, and NaN or infinity if the
            loss or a metric would refuse the targets. If what it returns is not finite, nothing has
            been changed.

        Raises:
            ValueError: for arrays of another kind.
            IndexError: for labels, or rows of an Embedding, that there are not; then nothing has
                been changed.
            RuntimeError: if the model was changed since the program was made.
        """
        batch = (x,) if y is None else (x, y) if sample_weight is None else (x, y, sample_weight)
        self._require_fit(batch)
        self._require_current()
        loss: float = self.run(batch)[0].item()
        return loss

    def logs(self, batch: Batch) -> Logs:
        """One step on a batch that fits; what `train_step` reports."""
        return self._logs(self.run(batch))

    def run(self, batch: Batch) -> Any:
        """One step on a batch that fits; all results, the loss first.

        If that is not finite, or an exception is raised, nothing has been changed.
        """
        given = self._arrays(batch)
        draws = Draws(self._generators) if self._generators else None
        counts = [counter.item() for counter in self._counters]
        try:
            results = self._computed(given)
        except BaseException:
            self._undo(draws, counts)
            raise
        if not math.isfinite(results[0]):
            self._undo(draws, counts)
            return results
        if self._records:
            iterations = self._optimizer.iterations.data
            iterations[...] = iterations.item() + 1
        for variable, constraint in self._constrained:
            variable.assign(constraint(variable.data))
        if self._eager:
            self._update_eager(batch, results[1 + len(self._parts) + sum(self._given) :])
        return results

    def is_current(self, model: Model) -> bool:
        """As of all programs; and whether the same weights are trained."""
        trainable = [variable.requires_grad for variable in self._variables]
        return trainable == self._trainable and self._configuration.holds(model)

    def save(self, path: Any) -> None:
        """As of all programs.

        Raises:
            ValueError: also for what is done after each run of the program.
        """
        if self._constrained or not self._records or self._eager:
            done = "constraints" if self._constrained else "metrics of your own, AUC and its like"
            raise ValueError(
                f"this step is more than its program: "
                f"{done if self._records else 'moving averages, or gradients that are collected,'} "
                "follow after each run. Compile the model without them"
            )
        super().save(path)

    # -- what is traced --------------------------------------------------------------------------

    def _traced(self, model: Model, batch: Batch, engine: str) -> Signature:
        def step(batch: Batch, numbers: list[Any]) -> Any:
            return self._step(model, batch, numbers)

        names = _argument_names(batch) + self._optimizer.number_names(len(self._numbers))
        return self._trace(step, model, (batch, self._numbers), names, engine)

    def _step(self, model: Model, batch: Batch, numbers: list[Any]) -> Any:  # type: ignore[override]
        """What `Model.train_step` does, on Tensors that stand for any batch.

        The metrics come before the update: whatever may fail comes before anything is changed.
        """
        x, y, sample_weight = (*batch, None, None)[:3]
        tape = tracing()
        assert tape is not None
        y_pred = model(x, training=True)
        loss = model.compute_loss(x, y, y_pred, sample_weight)
        outputs = self._measured(model, batch, y_pred)
        gradients = self._gradients(loss)
        left = [] if self._records else [g for g in gradients if g is not None]
        # Spoiled by a gradient that is not finite; else 0 times a finite number is added to it.
        total = loss + 0 * sum(np.sum(np.square(g)) for g in left) if left else loss
        tape.guard = loss = _where_all_hold(total, tape.conditions)
        if self._records:
            selection = self._optimizer.record(gradients, self._variables, numbers)
            self._attach = selection.attach
        else:
            self._given = [g is not None for g in gradients]
        return [loss, *self._parts_of(model), *left, *outputs]

    def _gradients(self, loss: Any) -> list[Any]:
        """The gradient of each weight; None of those that are frozen."""
        found = iter(ag.gradients(loss, [v for v in self._variables if v.requires_grad]))
        return [next(found) if v.requires_grad else None for v in self._variables]

    # -- what follows on a run -------------------------------------------------------------------

    def _computed(self, given: Any) -> Any:
        """The results; the weights are updated, by the program or, where it cannot, here."""
        if self._records:
            self._attach()
            for room, number in zip(self._numbers, self._optimizer.numbers(), strict=True):
                room[...] = number
            return self._run(*given, *self._numbers)
        results = self._run(*given)
        if math.isfinite(results[0]):
            found = iter(results[1 + len(self._parts) :])
            gradients = [next(found) if given else None for given in self._given]
            self._optimizer.apply(gradients, self._variables)
        return results

    def _undo(self, draws: Draws | None, counts: list[float]) -> None:
        """Go back to before the step, of which nothing but draws and counts was done."""
        if draws is not None:
            draws.rewind()
        for counter, count in zip(self._counters, counts, strict=True):
            counter.assign(count)

    def _room_for_numbers(self) -> list[Any]:
        """The numbers of an update, as arrays without axes, which are written to at each step."""
        if not self._records:
            return []
        counts = [counter.item() for counter in self._counters]
        numbers = self._optimizer.numbers()
        self._undo(None, counts)
        return [np.array(number, self._variables[0].dtype) for number in numbers]


class TestProgram(_MeasuringProgram):
    """One step of an evaluation: outputs, loss, metrics."""

    __test__ = False  # for pytest: a program that tests a model is no test

    def logs(self, batch: Batch) -> Logs:
        """One step on a batch that fits; what `test_step` reports.

        If the loss is not finite, the metrics have not seen the batch.
        """
        results = self._run(*self._arrays(batch))
        if self._eager and math.isfinite(results[0]):
            self._update_eager(batch, results[1 + len(self._parts) :])
        return self._logs(results)

    def _step(self, model: Model, batch: Batch) -> Any:
        """What `Model.test_step` does."""
        x, y, sample_weight = (*batch, None, None)[:3]
        tape = tracing()
        assert tape is not None
        y_pred = model(x, training=False)
        loss = model.compute_loss(x, y, y_pred, sample_weight, training=False)
        outputs = self._measured(model, batch, y_pred)
        tape.guard = loss = _where_all_hold(loss, tape.conditions)
        return [loss, *self._parts_of(model), *outputs]


class PredictProgram(_Program):
    """The outputs for a batch."""

    def __call__(self, x: Any) -> Any:
        """The outputs, as arrays in the structure that the model returns.

        Raises:
            ValueError: for arrays of another kind than the program was made for, and for inputs
                that a layer refuses.
            RuntimeError: if the model was changed since.
        """
        self._require_fit((x,))
        self._require_current()
        return self.outputs((x,))

    def outputs(self, batch: Batch) -> Any:
        """The outputs for a batch that fits."""
        results = self._run(*self._arrays(batch))
        if self._conditions and not all(results[-self._conditions :]):
            raise ValueError("there are inputs that a layer of the model refuses")
        if isinstance(self._structure, ag.Tensor):
            return results[0]
        return _rebuilt(self._structure, results)

    def _step(self, model: Model, batch: Batch) -> Any:
        """What `Model.predict_step` does."""
        tape = tracing()
        assert tape is not None
        self._structure = model(batch[0], training=False)
        self._conditions = len(tape.conditions)
        return [*leaves(self._structure), *tape.conditions]


def _where_all_hold(loss: Any, conditions: list[Any]) -> Any:
    """The loss itself, bit for bit, where all conditions hold; else infinity or NaN."""
    for condition in conditions:
        loss = loss / condition
    return loss


def _generators(program: Program) -> list[np.random.Generator]:
    """What a program draws from, each once."""
    drawing = (value for value in program.body if value.function is drawn)
    found = {id(g): g for g in (value.keywords["generator"] for value in drawing)}
    return list(found.values())


def _nothing() -> None:
    """What is done where there is nothing to attach."""


def _argument_names(batch: Batch) -> list[str]:
    """What a program calls the arrays of a batch."""
    names = []
    for part, name in zip(batch, ("x", "y", "sample_weight"), strict=False):
        count = len(list(leaves(part)))
        names += [name] if count == 1 else [f"{name}_{i}" for i in range(count)]
    return names


def _rebuilt(structure: Any, arrays: Any) -> Any:
    """Arrays in the structure of the outputs."""
    found = iter(arrays)
    return map_arrays(lambda _: next(found), structure)
