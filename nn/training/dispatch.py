"""The choice of a path for each step: a compiled program where there is one, else plain Python.

The choice depends on the arguments of `compile` and on the planned work, never on measured time, so
the same run always takes the same path.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd_lite import TracingError, no_grad
from autograd_lite.extend import Snapshot, current_context, unwrap
from nn._core.nest import kinds_of, leaves, map_arrays
from nn.data.batches import Batch
from nn.distribution.collectives import average_logs, gather
from nn.distribution.share import SharedBatch, current_share, using
from nn.training.epochs import EpochIterator
from nn.training.network import Network
from nn.training.nonfinite import NonFiniteLossError
from nn.training.nonfinite_report import explained

if TYPE_CHECKING:
    from nn.training.compiled_steps import CompiledStep

Logs = dict[str, Any]

EAGER, NUMPY, NATIVE = "eager", "numpy", "native"

# Tracing a step costs what 30 to 60 compiled steps save; twice that for a function of the user's,
# which is traced twice.
STEPS_WORTH_TRACING = 100
# Seconds to compile native code: for the compiler itself, and for each weight (its products, its
# layer's activation and gradients). 1.5 times the measured values, whatever is in the cache.
NATIVE_COMPILATION = 0.3
NATIVE_COMPILATION_PER_WEIGHT = 0.2
# Seconds that native code saves over NumPy in a step: the calls for each weight, and one pass over
# the parameters in place of twelve.
SAVED_PER_WEIGHT = 8e-6
SAVED_PER_PARAMETER = 2e-9
# Errors of a batch that a model cannot take: unknown labels, say.
RETRIED_EAGERLY = (ArithmeticError, LookupError, ValueError)
MOST_CHANGES = 16  # of a program's assumptions, each of which compiles a new one
MOST_KINDS = 8  # of batches; beyond, shapes change all the time and plain Python is faster


def planned_engine(
    jit_compile: Any, run_eagerly: bool, steps: float, sizes: Sequence[int] = ()
) -> str:
    """Choose the engine for so many steps: "eager", "numpy" or "native".

    Args:
        jit_compile: as given to `compile`.
        run_eagerly: as given to `compile`.
        steps: the number of planned steps; infinite if unknown, which rules native code out.
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
        return NATIVE
    if steps < STEPS_WORTH_TRACING:
        return EAGER
    compilation = NATIVE_COMPILATION + len(sizes) * NATIVE_COMPILATION_PER_WEIGHT
    saved_per_step = len(sizes) * SAVED_PER_WEIGHT + sum(sizes) * SAVED_PER_PARAMETER
    worth_it = math.isfinite(steps) and steps * saved_per_step > compilation
    if jit_compile != "auto" or not worth_it:
        return NUMPY
    from autograd_lite.extend import native_is_installed

    return NATIVE if native_is_installed() else NUMPY


class Stretch(NamedTuple):
    """Steps that were run without Python between them.

    Attributes:
        results: of the model's step method: arrays with an axis more in front, one for each step.
        steps: how many.
        size: the samples of each.
    """

    results: Any
    steps: int
    size: int


class StepRunner:
    """Runs the steps of one kind, train, test or predict, with a program for each kind of batch.

    The model holds this object, which therefore must not hold the model.

    Args:
        method: the model's step method: "train_step", "test_step" or "predict_step".
        engine: "eager", "numpy" or "native".
        warned: the warnings given so far, shared by all runners of the model.
    """

    def __init__(self, method: str, engine: str, warned: list[str]) -> None:
        self._method = method
        self.engine = engine
        self._warned = warned
        self._programs: dict[Any, CompiledStep] = {}
        self._latest: CompiledStep | None = None
        self._retraces = self._effects = 0
        self._has_stepped = False

    # A copy compiles its own programs, for its own Variables; and compiled code cannot be pickled.
    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_programs": {}, "_latest": None}

    @property
    def last_engine(self) -> str:
        """The engine of the latest step: NumPy where native code cannot be made."""
        return self.engine if self._latest is None else self._latest.engine

    def latest(self, model: Network, batch: Batch) -> CompiledStep | None:
        """Return the program of the previous step if it fits this batch; else None."""
        program = self._latest
        if program is not None and program.fits(batch) and program.is_current(model):
            return program
        return None

    def knows(self, model: Network, kinds: Any) -> bool:
        """Return if there is a program for batches of these shapes and dtypes, made for the model
        as it is.
        """
        program = None if kinds is None else self._programs.get((current_share(), *kinds))
        return program is not None and program.is_current(model)

    def logs(self, model: Network, batch: Batch) -> Logs:
        """Run one step of training or evaluation and return its logs.

        Of a rank's share of a batch they are the averages over all ranks.
        """
        if batch.__class__ is SharedBatch:
            with using(batch):
                return average_logs(self._logs(model, tuple(batch)))
        return self._logs(model, batch)

    def _logs(self, model: Network, batch: Batch) -> Logs:
        made = self.again(batch)
        if made is not None:
            return to_logs(made, self._method)
        program, results = self._run_program(model, batch)
        if program is not None and results is not None:
            return to_logs(program.finish(results), self._method)
        with np.errstate(all="ignore") if program is not None else nullcontext():
            return to_logs(self._eager_step(model, batch), self._method)

    def logs_ahead(self, model: Network, epoch_iterator: EpochIterator) -> Stretch | None:
        """Run the next steps of training or evaluation without Python between them.

        Returns:
            Their logs; None if the next step has to be run alone, by `logs`.
        """
        return self._ahead(model, epoch_iterator) if model.has_own_step(self._method) else None

    def outputs_ahead(self, model: Network, epoch_iterator: EpochIterator) -> Any:
        """Run the next steps of prediction without Python between them.

        Returns:
            The outputs, as arrays of their own, and the number of steps; None if the next step has
            to be run alone.
        """
        stretch = self._ahead(model, epoch_iterator)
        if stretch is None:
            return None
        rows = map_arrays(lambda y: y.reshape(-1, *y.shape[2:]), stretch.results)
        return rows, stretch.steps

    def _ahead(self, model: Network, epoch_iterator: EpochIterator) -> Stretch | None:
        kinds = epoch_iterator.kinds
        if self.engine == EAGER or kinds is None or current_context().watch is not None:
            return None
        program = self._programs.get((current_share(), *kinds))
        if program is None or not program.steps_ahead or not program.is_current(model):
            return None
        batches = epoch_iterator.ahead(program.steps_ahead)
        if batches is None:
            return None
        self._latest = program
        results = program.over(batches, RETRIED_EAGERLY)
        done = len(next(leaves(results)))
        epoch_iterator.back(batches.count - done)
        return Stretch(results, done, batches.size) if done else None

    def outputs(self, model: Network, batch: Batch) -> Any:
        """Run one step of prediction and return its outputs, as arrays of their own.

        Of a rank's share of a batch they are the rows of all ranks.
        """
        if batch.__class__ is SharedBatch:
            with using(batch):
                return gather(self._outputs(model, tuple(batch)))
        return self._outputs(model, batch)

    def _outputs(self, model: Network, batch: Batch) -> Any:
        made = self.again(batch)
        if made is not None:
            return made
        program, results = self._run_program(model, batch)
        if program is not None and results is not None:
            return program.finish(results)
        with no_grad():
            outputs = map_arrays(unwrap, self._eager_step(model, batch))
        # An output that is the input or a view of it would change with it.
        given = batch[0]
        return map_arrays(lambda y: y.copy() if y is given or y.base is not None else y, outputs)

    def again(self, batch: Batch) -> Any:
        """Run the program of the previous step once more; None if that is not to be, or refused."""
        program = self._latest
        if program is None or self.engine == EAGER or current_context().watch is not None:
            return None
        return program.again(batch)

    def _run_program(self, model: Network, batch: Batch) -> tuple[CompiledStep | None, Any]:
        """Run the program for a batch; return it and its results, None where the eager step is
        left.

        A program that fails or refuses the batch has changed nothing; the eager step then fails
        too, with a better message.
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
        """Return the program for a batch, compiling it if needed; None for an eager step."""
        key = (current_share(), *kinds_of(batch))
        program = self._programs.get(key)
        if program is not None and program.is_current(model):
            return program
        if program is not None:
            self._programs.clear()
            self._retraces += 1
            if self._retraces > MOST_CHANGES:
                self._fall_back_to_eager(
                    f"it was changed {self._retraces} times: an attribute of a layer, the "
                    "optimizer, the loss or a metric, or what is trainable. Each change "
                    "compiles a new program, which takes far longer than a step",
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
            self._effects += 1  # a side effect of the first step alone does not recur
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
    """Run one training step in plain Python.

    Raises:
        NonFiniteLossError: for a loss or gradient that is not finite, with a diagnosis from a
            second run of the batch; moving averages are restored.
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
        TypeError: if a user's step does not return a dict.
    """
    if not isinstance(logs, dict):
        raise TypeError(
            f'{method} must return a dict of numbers, such as {{"loss": loss}}; it returned '
            f"{type(logs).__name__}"
        )
    return {name: float(value) for name, value in logs.items()}
