"""RunsSteps: a network with runners of its steps, and what surrounds a pass over data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np

from nn.data.batches import BATCH_SIZE
from nn.training.dispatch import NATIVE, NUMPY, RETRIED_EAGERLY, StepRunner, planned_engine
from nn.training.dry_run import DryRun
from nn.training.epochs import EpochIterator
from nn.training.metric_states import MetricStates
from nn.training.network import Network
from nn.training.rollback import rollback_on_error


class RunsSteps(Network):
    """A network with a runner for each kind of step on each engine; `Trainer` adds the loops.

    Args:
        activity_regularizer, trainable, dtype, name: as in `Layer`.
    """

    _passes = 0  # of fit and evaluate that are under way
    _step_runners: dict[tuple[str, str], StepRunner] | None = None
    _warned: list[str]
    _predicting: StepRunner | None = None
    _calls = 0
    _dry_run_before: DryRun | None = None

    def _forget_programs(self) -> None:
        self._step_runners = self._predicting = self._dry_run_before = None

    def _step_runner(self, method: str, engine: str) -> StepRunner:
        """Return the runner of one kind of step on one engine, with its compiled programs."""
        if self._step_runners is None:
            self._step_runners, self._warned = {}, []
        steps = self._step_runners.get((method, engine))
        if steps is None:
            steps = self._step_runners[method, engine] = StepRunner(method, engine, self._warned)
        return steps

    def _engine_for(self, steps: int | None, epochs: int = 1) -> str:
        """Choose the engine for so many steps in each of so many epochs; None if unknown."""
        sizes = [v.size for v in self.trainable_state.variables]
        planned = math.inf if steps is None else steps * epochs
        return planned_engine(self._jit_compile, self._run_eagerly, planned, sizes)

    def _unless_asked(self, engine: str) -> str:
        """Return the engine for evaluation and prediction, which gain less from native code."""
        return NUMPY if engine == NATIVE and self._jit_compile is not True else engine

    def _engine_for_calls(self) -> str:
        """Choose the engine for a single step: plain Python until there were many."""
        self._calls += 1
        jit_compile = self._jit_compile is True
        return planned_engine(jit_compile, self._run_eagerly, self._calls)

    @contextmanager
    def _pass(self) -> Iterator[None]:
        """Run a pass over data; an outer pass keeps the state of its metrics."""
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
        """Refuse data that does not fit; then the model is as it was."""
        assert self.compile_metrics is not None
        before, self._dry_run_before = self._dry_run_before, None
        if before is not None and before.was_of(epoch_iterators) and self._knows(epoch_iterators):
            before.check_targets(self, epoch_iterators)
            self._dry_run_before = before
            return
        self._trainable_state = None
        self.compile_metrics.unbuild()
        if not self.has_own_step("train_step"):
            return  # a user's step need not have a loss, or call the model
        try:
            with self._rollback_if_unbuilt():
                self._dry_run_before = DryRun(self, epoch_iterators)
        except BaseException:
            self.compile_metrics.unbuild()
            raise

    def _knows(self, epoch_iterators: list[EpochIterator]) -> bool:
        """Return if there is a program for the batches of each, made for the model as it is."""
        runners = (self._step_runners or {}).values()
        return all(any(r.knows(self, x.kinds) for r in runners) for x in epoch_iterators)

    def _require_idle(self) -> None:
        if self._passes:
            raise RuntimeError(
                f"fit of {self.name} was called by a callback while it is being trained or "
                "evaluated. Call it afterwards, or use train_on_batch"
            )

    def _predicted_at_once(self, x: Any) -> Any:
        """Predict an array with the program of the previous prediction; None if that does not
        fit.
        """
        if self._predicting is None or not (x.__class__ is np.ndarray and 0 < len(x) <= BATCH_SIZE):
            return None
        if x.dtype.kind == "f":
            elements = x.reshape(-1)
            if not math.isfinite(elements.dot(elements)):
                return None  # whether an element is not finite, or a square, is found out there
        made = self._predicting.again((x,))
        if made is not None:
            return made
        program = self._predicting.latest(self, (x,))
        if program is None:
            return None
        try:
            results = program.compute((x,))
        except RETRIED_EAGERLY:
            return None
        return None if results is None else program.finish(results)
