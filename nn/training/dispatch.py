"""The choice of a path for each step: a compiled program where there is one, else plain Python.

The choice follows from what was asked of `compile` and from the work that is planned, never from
the time anything takes, so the same run always goes the same way.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_lite import TracingError, no_grad
from autograd_lite.extend import Snapshot, current_context, unwrap
from nn._core.nest import leaves, map_arrays
from nn.data.batches import Batch
from nn.training.network import Network
from nn.training.nonfinite import NonFiniteLossError
from nn.training.nonfinite_report import explained

if TYPE_CHECKING:
    from nn.training.compiled_steps import CompiledStep

__all__ = ["StepRunner", "planned_engine", "to_logs"]

Logs = dict[str, Any]

EAGER, NUMPY, NUMBA = "eager", "numpy", "numba"

# To trace a step takes as long as some 30 to 60 steps gain by it; twice that, where a function of
# the user's is traced twice.
STEPS_WORTH_TRACING = 100
# To compile native code, in seconds: numba itself, and what each weight brings with it (its
# products, its layer's activation and gradients). Measured, and half as much again.
NATIVE_COMPILATION = 1.5
NATIVE_COMPILATION_PER_WEIGHT = 0.4
# What native code gains over NumPy in a step, in seconds: calls that are not made for a weight, and
# one pass over the parameters in place of twelve.
SAVED_PER_WEIGHT = 8e-6
SAVED_PER_PARAMETER = 2e-9
# What a batch does that a model cannot take: labels that there are not, say.
RETRIED_EAGERLY = (ArithmeticError, LookupError, ValueError)
MOST_CHANGES = 16  # of what a program takes as given, each of which means a new one
MOST_KINDS = 8  # of batches; beyond, shapes change all the time and plain Python is faster


def planned_engine(
    jit_compile: Any, run_eagerly: bool, steps: float, sizes: Sequence[int] = ()
) -> str:
    """Choose the engine for so many steps: "eager", "numpy" or "numba".

    Args:
        jit_compile: as given to `compile`.
        run_eagerly: as given to `compile`.
        steps: how many are planned; infinite if that is not known, which native code is not made
            for.
        sizes: of the weights that the optimizer updates.

    Example:
        >>> planned_engine("auto", False, 50, [64, 8])
        'eager'
        >>> planned_engine("auto", False, 5000, [64, 8])
        'numpy'
    """
    if run_eagerly:
        return EAGER
    if jit_compile is True:
        return NUMBA
    if steps < STEPS_WORTH_TRACING:
        return EAGER
    compilation = NATIVE_COMPILATION + len(sizes) * NATIVE_COMPILATION_PER_WEIGHT
    saved_per_step = len(sizes) * SAVED_PER_WEIGHT + sum(sizes) * SAVED_PER_PARAMETER
    worth_it = math.isfinite(steps) and steps * saved_per_step > compilation
    if jit_compile != "auto" or not worth_it:
        return NUMPY
    from autograd_lite.extend import numba_is_installed

    return NUMBA if numba_is_installed() else NUMPY


class StepRunner:
    """The steps of one kind, train, test or predict: a program for each kind of batch.

    The model holds this object, which therefore must not hold the model: that would be a cycle.

    Args:
        method: the model's method that does a step: "train_step", "test_step" or "predict_step".
        engine: "eager", "numpy" or "numba".
        said: what was warned of already, by the steps of all kinds of the model.
    """

    def __init__(self, method: str, engine: str, warned: list[str]) -> None:
        self._method = method
        self.engine = engine
        self._warned = warned
        self._programs: dict[Any, CompiledStep] = {}
        self._latest: CompiledStep | None = None
        self._retraces = self._effects = 0
        self._has_stepped = False

    # A copy makes its own programs, for its own Variables; and compiled code cannot be pickled.
    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_programs": {}, "_latest": None}

    @property
    def last_engine(self) -> str:
        """The engine of the latest step: NumPy where native code cannot be made."""
        return self.engine if self._latest is None else self._latest.engine

    def latest(self, model: Network, batch: Batch) -> CompiledStep | None:
        """The program of the step before, if it is one for this batch; else None."""
        program = self._latest
        if program is not None and program.fits(batch) and program.is_current(model):
            return program
        return None

    def logs(self, model: Network, batch: Batch) -> Logs:
        """One step of training or evaluation; what it reports."""
        program, results = self._run_program(model, batch)
        if program is not None and results is not None:
            return to_logs(program.finish(results), self._method)
        with np.errstate(all="ignore") if program is not None else nullcontext():
            return to_logs(self._eager_step(model, batch), self._method)

    def outputs(self, model: Network, batch: Batch) -> Any:
        """The outputs of a step of prediction, as arrays of their own."""
        program, results = self._run_program(model, batch)
        if program is not None and results is not None:
            return program.finish(results)
        with no_grad():
            outputs = map_arrays(unwrap, self._eager_step(model, batch))
        # An output that is the input, or a view of it, would change with it.
        given = batch[0]
        return map_arrays(lambda y: y.copy() if y is given or y.base is not None else y, outputs)

    def _run_program(self, model: Network, batch: Batch) -> tuple[CompiledStep | None, Any]:
        """The program for a batch and what it computed; None for what is left to the plain step.

        A program that fails, or refuses the batch, has changed nothing; the plain step fails
        likewise, with more to say.
        """
        if self.engine == EAGER or current_context().watch is not None:
            return None, None
        if not (model.built or self._has_stepped):
            self._has_stepped = True  # a step of the user's may build the model, with its draws
            return None, None
        program = self.latest(model, batch)
        if program is None:
            program = self._latest = self._find_or_compile(model, batch)
        if program is None:
            return None, None
        try:
            return program, program.compute(batch)
        except RETRIED_EAGERLY:
            return program, None

    def _eager_step(self, model: Network, batch: Batch) -> Any:
        if self._method == "train_step":
            return eager_train_step(model, batch)
        return getattr(model, self._method)(batch)

    def _find_or_compile(self, model: Network, batch: Batch) -> CompiledStep | None:
        """The program for a batch; None if there is to be none."""
        key = tuple((x.shape, x.dtype) for x in leaves(list(batch)))
        program = self._programs.get(key)
        if program is not None and program.is_current(model):
            return program
        if program is not None:
            self._programs.clear()
            self._retraces += 1
            if self._retraces > MOST_CHANGES:
                self._fall_back_to_eager(
                    f"it was changed {self._retraces} times: an attribute of a layer, of the "
                    "optimizer, the loss or a metric, or what is trainable. Each time a new "
                    "program is made, which takes far longer than a step",
                    model,
                )
                return None
        if len(self._programs) >= MOST_KINDS:
            return None
        program = self._compile(model, batch)
        if program is not None:
            self._programs[key] = program
        return program

    def _compile(self, model: Network, batch: Batch) -> CompiledStep | None:
        # Imported when a step is compiled for the first time: a third of what `import nn` took.
        from autograd_lite.extend import SideEffectError
        from nn.training.compiled_steps import CompiledStep

        try:
            return CompiledStep(model, self._method, batch, self.engine)
        except SideEffectError as error:
            self._effects += 1  # what is done in a first step alone will not come again
            if self._effects > 1:
                self._fall_back_to_eager(str(error), model)
        except TracingError as error:
            self._fall_back_to_eager(str(error), model)
        except RETRIED_EAGERLY:
            pass  # the batch is at fault
        except Exception as error:
            self._fall_back_to_eager(f"{type(error).__name__}: {error}", model)
        return None

    def _fall_back_to_eager(self, reason: str, model: Network) -> None:
        self.engine = EAGER
        if not self._warned:
            self._warned.append(
                f"{model.name} is not compiled, and runs as plain Python instead: {reason}. With "
                "compile(run_eagerly=True) it does so without this warning"
            )
            warnings.warn(self._warned[0], stacklevel=2)


def eager_train_step(model: Network, batch: Batch) -> Any:
    """One training step in plain Python.

    Raises:
        NonFiniteLossError: for a loss or gradient that is not finite, with what one more run of the
            batch tells about it; moving averages are then what they were before.
    """
    trained = model.trainable_state
    draws = Snapshot(generators=trained.generators)
    moving = Snapshot(variables=trained.moving)
    try:
        return model.train_step(batch)
    except NonFiniteLossError as error:
        moving.restore()
        if not model.has_own_step("train_step"):
            raise
        raise explained(error, model, batch, draws) from None


def to_logs(logs: Any, method: str) -> Logs:
    """Convert the result of a step to numbers by name.

    Raises:
        TypeError: if it is no dict, as one that a user wrote may not be.
    """
    if not isinstance(logs, dict):
        raise TypeError(
            f'{method} returns a dict from names to numbers, {{"loss": loss}} say; it returned '
            f"{type(logs).__name__}"
        )
    return {name: float(value) for name, value in logs.items()}
