"""Which path a step of a model takes: a compiled program where there is one, else plain Python.

The choice follows from what was asked of `compile` and from the work that is planned, never from
the time anything takes, so the same run always goes the same way.
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

from autograd_lite.anomaly import watching
from autograd_lite.compile.native import numba_is_installed
from autograd_lite.tape import TracingError
from nn.batches import Batch
from nn.programs import PredictProgram, TestProgram, TrainProgram
from nn.structure import leaves

if TYPE_CHECKING:
    from nn.model import Model

__all__ = ["Steps", "planned_engine"]

Logs = dict[str, Any]

EAGER, NUMPY, NUMBA = "eager", "numpy", "numba"

# To trace a step takes about as long as some hundred steps gain; to compile it to native code,
# about as long as 3 s of steps.
STEPS_WORTH_TRACING = 300
NATIVE_COMPILATION = 3.0  # s
SAVED_PER_STEP = 30e-6  # s, of a small network: calls of NumPy that are not made
SAVED_PER_PARAMETER = 2e-9  # s: one pass over the parameters in place of twelve
MOST_KINDS = 8  # of batches; beyond, shapes change all the time and plain Python is faster


def planned_engine(jit_compile: Any, run_eagerly: bool, steps: float, parameters: int) -> str:
    """What runs a training of so many steps: "eager", "numpy" or "numba".

    Args:
        jit_compile: as given to `compile`.
        run_eagerly: likewise.
        steps: how many are planned; infinite if that is not known.
        parameters: numbers that the optimizer updates.
    """
    if run_eagerly:
        return EAGER
    if jit_compile is True:
        return NUMBA
    if steps < STEPS_WORTH_TRACING:
        return EAGER
    saved = steps * (SAVED_PER_STEP + parameters * SAVED_PER_PARAMETER)
    if jit_compile == "auto" and saved > NATIVE_COMPILATION and numba_is_installed():
        return NUMBA
    return NUMPY


class Steps:
    """The steps of one kind, train, test or predict: a program for each kind of batch.

    The model holds this object, which therefore must not hold the model: that would be a cycle.

    Args:
        program: TrainProgram, TestProgram or PredictProgram.
        eager: the name of the model's method that does the same in plain Python.
        engine: "eager", "numpy" or "numba".
    """

    def __init__(
        self,
        program: type[TrainProgram | TestProgram | PredictProgram],
        eager: str,
        engine: str,
    ) -> None:
        self._program = program
        self._eager = eager
        self.engine = engine
        self._programs: dict[Any, Any] = {}
        self._latest: Any = None
        self._known: Any = None

    def find(self, model: Model, batch: Batch) -> Any:
        """The program for a batch; None if it takes the plain path."""
        if self.engine == EAGER or watching() is not None:
            return None
        latest = self._latest
        configuration = model._configuration()
        if configuration is not self._known:
            self._programs.clear()
            self._known = configuration
        elif latest is not None and latest.fits(batch):
            return latest
        key = tuple((x.shape, x.dtype) for x in leaves(list(batch)))
        program = self._programs.get(key)
        if program is None:
            if len(self._programs) >= MOST_KINDS:
                return None
            program = self._made(model, batch)
            if program is None:
                return None
            self._programs[key] = program
        self._latest = program
        return program

    def _made(self, model: Model, batch: Batch) -> Any:
        try:
            return self._program(model, batch, self.engine)
        except TracingError as error:
            self.engine = EAGER
            warnings.warn(
                f"{model.name} is not compiled, and runs as plain Python instead: {error}. "
                "With compile(run_eagerly=True) it does so without this warning",
                stacklevel=2,
            )
            return None

    def logs(self, model: Model, batch: Batch) -> Logs:
        """One step of training or evaluation; what it reports."""
        program = self.find(model, batch)
        if program is not None:
            logs: Logs = program.logs(batch)
            if self._program is not TrainProgram or math.isfinite(logs["loss"]):
                return logs
            # Nothing has been changed; the plain path fails likewise, and says why.
        plain: Logs = getattr(model, self._eager)(batch)
        return plain
