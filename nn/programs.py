"""Steps of a model as compiled programs: one for each kind of batch.

A program does what `train_step`, `test_step` or `predict_step` does, with the same arrays: it
changes the same Variables and draws from the same generators, and can take turns with them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd_lite as ag
from autograd_lite.compile.compiled import Signature
from autograd_lite.compile.report import Report
from autograd_lite.compile.trace import trace
from autograd_lite.tape import Assignment, tracing
from autograd_lite.tree import flatten
from nn.layers.base import Layer, walk
from nn.structure import leaves, map_arrays

if TYPE_CHECKING:
    from nn.model import Model

__all__ = ["PredictProgram", "TestProgram", "TrainProgram"]

Logs = dict[str, Any]


class _Program:
    """What the three have in common.

    Args:
        model: built, and, to train or test, compiled.
        batch: (x,), (x, y) or (x, y, sample_weight), of the kind that the program is for.
        engine: "numpy" or "numba".

    Raises:
        TracingError: if the step could not be repeated by a program.
    """

    def __init__(self, model: Model, batch: tuple[Any, ...], engine: str) -> None:
        self._model = model
        self._eager: list[Any] = []
        self._parts: list[str] = []
        self._structure: Any = None
        self._kinds = [(x.shape, x.dtype) for x in leaves(list(batch))]
        self._signature = self._traced(batch, engine)
        self._run = self._signature.engine
        del self._model  # which may hold this object: that would be a cycle

    def _traced(self, batch: tuple[Any, ...], engine: str) -> Signature:
        names = _argument_names(batch)
        trusted = _is_ours(self._model)
        traced = trace(self.step, (batch,), {}, self._model.name, names, trusted)
        return Signature(traced, engine)

    def step(self, batch: tuple[Any, ...]) -> Any:
        """What is traced."""
        raise NotImplementedError

    @property
    def source(self) -> str:
        """The program as NumPy source: it runs by itself."""
        return self._signature.source

    def report(self) -> Report:
        """What the passes have done, and what the program takes."""
        return self._signature.report

    @property
    def engine(self) -> str:
        """What runs it: "numpy" or "numba"."""
        return self._run.name

    def save(self, path: Any) -> None:
        """Write it as a Python file that needs NumPy alone, its arrays in a ".npz" beside it."""
        from autograd_lite.compile.export import save

        save(self._run.numpy, path)

    def fits(self, batch: tuple[Any, ...]) -> bool:
        """Whether a batch is of the kind that the program was made for."""
        kinds = self._kinds
        given = batch if len(batch) == len(kinds) else list(leaves(list(batch)))
        if len(given) != len(kinds):
            return False
        for x, (shape, dtype) in zip(given, kinds, strict=True):
            if x.__class__ is not np.ndarray or x.shape != shape or x.dtype != dtype:
                return False
        return True

    def _checked(self, batch: tuple[Any, ...]) -> list[Any]:
        """The arrays of a batch.

        Raises:
            ValueError: if it is of another kind.
        """
        if self.fits(batch):
            return list(batch) if len(batch) == len(self._kinds) else list(leaves(list(batch)))
        given = [(np.shape(x), np.asarray(x).dtype.name) for x in leaves(list(batch))]
        made_for = [(shape, dtype.name) for shape, dtype in self._kinds]
        raise ValueError(
            f"this program is for arrays of {made_for}, got {given}. Make another for them: "
            "model.train_program(x, y), or let fit and train_on_batch choose"
        )

    def _measured(self, x: Any, y: Any, y_pred: Any, sample_weight: Any) -> list[Any]:
        """Let the metrics see the batch; those that cannot be compiled see the outputs after each
        run.
        """
        measures = self._model._measures
        assert measures is not None
        tape = tracing()
        assert tape is not None
        self._eager = []
        for measure in measures.made(y, y_pred):
            before = len(tape.entries)
            try:
                measure.update(y, y_pred, sample_weight)
                traced = any(isinstance(e, Assignment) for e in tape.entries[before:])
            except TypeError:  # TracingError is one
                traced = False
            if not traced:
                del tape.entries[before:]
                self._eager.append(measure)
        return [y_pred] if self._eager else []

    def _update_eager(self, batch: tuple[Any, ...], results: list[Any]) -> None:
        """Let the other metrics see it."""
        y_pred = _rebuilt(self._structure, results)
        y = batch[1] if len(batch) > 1 else None
        sample_weight = batch[2] if len(batch) > 2 else None
        for measure in self._eager:
            measure.update(y, y_pred, sample_weight)


class TrainProgram(_Program):
    """One training step: forward, backward, update, metrics.

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

    def __init__(self, model: Model, batch: tuple[Any, ...], engine: str) -> None:
        self._trained = model._to_train()
        self._optimizer = model.optimizer
        self._variables = self._trained.variables
        model._require_trainable()
        if not self._optimizer.built:
            self._optimizer.build(self._variables)
        self._records = self._optimizer.recordable
        self._numbers = self._example_numbers()
        super().__init__(model, batch, engine)
        self._arguments: list[Any] = self._numbers

    def _example_numbers(self) -> list[Any]:
        """Room for the numbers of an update: arrays without axes."""
        if not self._records:
            return []
        scalars = [(v, v.data.copy()) for v in self._optimizer._scalars()]
        numbers = self._optimizer.numbers()
        for variable, value in scalars:
            variable.data[...] = value
        dtype = self._variables[0].dtype
        return [np.array(number, dtype) for number in numbers]

    def _traced(self, batch: tuple[Any, ...], engine: str) -> Signature:
        names = _argument_names(batch) + self._optimizer.number_names(len(self._numbers))
        trusted = _is_ours(self._model)
        traced = trace(self.step, (batch, self._numbers), {}, self._model.name, names, trusted)
        return Signature(traced, engine)

    def step(self, batch: tuple[Any, ...], numbers: list[Any]) -> Any:  # type: ignore[override]
        """What `Model.train_step` does, on Tensors that stand for any batch."""
        x, y, sample_weight = (*batch, None, None)[:3]
        model = self._model
        tape = tracing()
        assert tape is not None
        y_pred = model(x, training=True)
        loss = model.compute_loss(x, y, y_pred, sample_weight)
        tape.guard = loss
        gradients = ag.gradients(loss, self._variables)
        if self._records:
            selection = self._optimizer.record(gradients, self._variables, numbers)
            self._attach = selection.attach
            left: list[Any] = []
        else:
            self._attach = lambda: None
            left = [g for g in gradients if g is not None]
            self._given = [g is not None for g in gradients]
        outputs = self._measured(x, y, y_pred, sample_weight)
        self._structure = y_pred if outputs else None
        parts = model._compiled_objective().parts
        self._parts = list(parts)
        self._left = len(left)
        return [loss, *parts.values(), *left, *flatten(outputs)]

    def __call__(self, x: Any, y: Any = None, sample_weight: Any = None) -> float:
        """One step of the optimizer.

        Args:
            x: the inputs, of the shape and dtype that the program was made for.
            y: the targets, likewise.
            sample_weight: the weight of each sample, likewise.

        Returns:
            The loss, before the step. If it is not finite, nothing has been changed.

        Raises:
            ValueError: for arrays of another kind.
        """
        batch = (x,) if y is None else (x, y) if sample_weight is None else (x, y, sample_weight)
        loss: float = self.run(batch)[0].item()
        return loss

    def run(self, batch: tuple[Any, ...]) -> Any:
        """One step; all results, the loss first."""
        given = self._checked(batch)
        if self._records:
            optimizer = self._optimizer
            self._attach()
            for room, number in zip(self._numbers, optimizer.numbers(), strict=True):
                room[...] = number
            results = self._run(*given, *self._numbers)
            if not math.isfinite(results[0]):
                return results
            count = optimizer.iterations.data
            count[...] = count.item() + 1
            self._constrain()
        else:
            results = self._run(*given)
            if not math.isfinite(results[0]):
                return results
            self._apply(results)
        if self._eager:
            self._update_eager(batch, results[1 + len(self._parts) + self._left :])
        return results

    def logs(self, batch: tuple[Any, ...]) -> Logs:
        """One step; what `train_step` reports."""
        results = self.run(batch)
        logs = {"loss": results[0].item()}
        for name, value in zip(self._parts, results[1:], strict=False):
            logs[name] = float(value)
        return logs

    def _apply(self, results: Any) -> None:
        """The update, by the optimizer itself."""
        start = 1 + len(self._parts)
        found = iter(results[start : start + self._left])
        gradients = [next(found) if given else None for given in self._given]
        self._optimizer.apply(gradients, self._variables)
        self._constrain()

    def _constrain(self) -> None:
        """Apply the constraints, to weights that the program has updated in place."""
        for variable, constraint in self._trained.constrained:
            variable.assign(constraint(variable.data))


class TestProgram(_Program):
    """One step of an evaluation: outputs, loss, metrics."""

    __test__ = False  # for pytest: a program that tests a model is no test

    def step(self, batch: tuple[Any, ...]) -> Any:
        """What `Model.test_step` does."""
        x, y, sample_weight = (*batch, None, None)[:3]
        model = self._model
        y_pred = model(x, training=False)
        loss = model.compute_loss(x, y, y_pred, sample_weight, training=False)
        outputs = self._measured(x, y, y_pred, sample_weight)
        self._structure = y_pred if outputs else None
        parts = model._compiled_objective().parts
        self._parts = list(parts)
        return [loss, *parts.values(), *flatten(outputs)]

    def logs(self, batch: tuple[Any, ...]) -> Logs:
        """One step; what `test_step` reports."""
        results = self._run(*self._checked(batch))
        logs = {"loss": results[0].item()}
        for name, value in zip(self._parts, results[1:], strict=False):
            logs[name] = float(value)
        if self._eager:
            self._update_eager(batch, results[1 + len(self._parts) :])
        return logs


class PredictProgram(_Program):
    """The outputs for a batch."""

    def step(self, batch: tuple[Any, ...]) -> Any:
        """What `Model.predict_step` does."""
        self._structure = self._model(batch[0], training=False)
        return list(leaves(self._structure))

    def __call__(self, x: Any) -> Any:
        """The outputs, as arrays in the structure that the model returns."""
        results = self._run(*self._checked((x,)))
        return results[0] if self._single else _rebuilt(self._structure, results)

    @property
    def _single(self) -> bool:
        return isinstance(self._structure, ag.Tensor)


def _is_ours(model: Model) -> bool:
    """Whether all that a model consists of is of this package, with no function of the user's."""
    objective, measures = model._objective, model._measures
    parts: list[Any] = [part for part in walk(model) if isinstance(part, Layer)]
    parts += [] if model.optimizer is None else [model.optimizer]
    parts += [] if objective is None else [objective.loss]
    parts += [] if measures is None else measures.metrics
    return all(map(_is_own, parts)) and not any(
        callable(value) and not _is_own(value) for part in parts for value in vars(part).values()
    )


def _is_own(thing: Any) -> bool:
    """Whether a class, or that of an object, is defined in this package or in NumPy."""
    module = getattr(thing, "__module__", None) or type(thing).__module__
    return module.partition(".")[0] in ("nn", "autograd_lite", "numpy")


def _argument_names(batch: tuple[Any, ...]) -> list[str]:
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
