"""`Specialization`: a function that was traced for one kind of arguments, and what runs it."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from autograd_lite.compiler.captured.walk import Captured
from autograd_lite.compiler.engines.choice import engine_named
from autograd_lite.compiler.engines.numpy_engine import Engine
from autograd_lite.compiler.heap import give_back_freed_memory
from autograd_lite.compiler.operations import generators_of
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.reports.report import Report
from autograd_lite.compiler.tracing.python_side import Run
from autograd_lite.compiler.tracing.trace import Traced
from autograd_lite.primitives import drawn
from autograd_lite.snapshot import Snapshot
from autograd_lite.tensor import Tensor, leaf
from autograd_lite.tree import flatten, unflatten

REFUSED = object()  # the result of a run whose guard did not hold: nothing was changed


class Specialization:
    """One traced kind of arguments: the program, and what runs it.

    Args:
        traced: the record of a call.
        engine: what runs it.
        without: the passes that are switched off.
        captured: what the function read from around it when it was traced.

    Attributes:
        calls: how often it was called.
        program: after the passes.
        source: the program as NumPy source.
        recorded: what was recorded, if gradients flow back from the results.
        engine_name: the engine that was asked for.
        is_plain: whether a run is that of the program, and nothing else.
        derivative: its vector-Jacobian product, once that was needed.
    """

    def __init__(
        self,
        traced: Traced,
        engine: str,
        without: Collection[str] = (),
        captured: Captured | None = None,
    ) -> None:
        self.without = tuple(without)
        self.program, effects = optimize(traced.program, self.passes_left_out)
        self.recorded = traced.recorded
        self.derivative: Any = None
        self._structure = traced.structure
        self._places = flatten(traced.structure)
        self._as_tensors = traced.as_tensors
        self.engine_name = engine
        self.engine = self.engine_of(self.program)
        self.report = Report(traced.program, self.program, effects, self.engine)
        self.run = Run(self.engine, traced.python)
        self._python = traced.python
        self.is_plain = traced.python.is_empty
        self._single = self._structure is ... and self._as_tensors == [True]
        self.calls = 0
        self._captured = captured
        if captured is not None:
            captured.watch(self.states)
        self._generators = generators_of(self.program.body)
        give_back_freed_memory(sum(value.nbytes for value in traced.program.body))

    @property
    def passes_left_out(self) -> list[str]:
        """The passes that are switched off."""
        return [name for name in self.without if name not in ("reuse", "in_place")]

    def engine_of(self, program: Program) -> Engine:
        """An engine for another program, as for this one."""
        return engine_named(self.engine_name)(
            program, reuse="reuse" not in self.without, in_place="in_place" not in self.without
        )

    @property
    def name(self) -> str:
        """The function's name."""
        return self.program.name

    @property
    def source(self) -> str:
        """The program as NumPy source."""
        return self.engine.source

    def __call__(self, given: Sequence[Any]) -> Any:
        """Run it on arrays and numbers; what the function returns, or `REFUSED`."""
        self.calls += 1
        results = self.run.results(given)
        if results is None:
            return REFUSED
        results = self.run.finish(results)
        return leaf(results[0]) if self._single else self.structured(results)

    def changed(self) -> str | None:
        """The name, for a message, of a captured variable that is not as it was."""
        return None if self._captured is None else self._captured.difference()

    def run_on(self, engine: Engine, given: Sequence[Any]) -> Sequence[Any]:
        """The results. If it raises, Variables and generators are what they were."""
        self.calls += 1
        before = Snapshot(generators=self._generators)
        try:
            results: Sequence[Any] = engine(*given)
        except BaseException:
            before.restore()
            raise
        return results

    def structured(self, results: Sequence[Any]) -> Any:
        """Results, arrays or Tensors, in the structure and of the kinds that the function gave."""
        if self._single:
            return leaf(results[0]) if not isinstance(results[0], Tensor) else results[0]
        made = iter(
            leaf(x) if as_tensor and not isinstance(x, Tensor) else x
            for x, as_tensor in zip(results, self._as_tensors, strict=True)
        )
        leaves = [next(made) if x is ... else x for x in self._places]
        return unflatten(self._structure, leaves)

    # -- for gradients ---------------------------------------------------------------------------

    def results_and_draws(self, given: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]] | None:
        """Run it; the results as arrays, and the random numbers that were drawn, in order. None if
        its guard does not hold.
        """
        self.calls += 1
        made = self._drawing_run.results(given)
        if made is None:
            return None
        results = self._drawing_run.finish(made)
        count = len(self._as_tensors)
        return results[:count], results[count:]

    @functools.cached_property
    def _drawing_run(self) -> Run:
        """A run that hands out the draws, too."""
        draws = [value for value in self.program.body if value.function is drawn]
        if not draws:
            return self.run
        program = replace(self.program, results=[*self.program.results, *draws])
        return Run(self.engine_of(program), self._python)

    @functools.cached_property
    def arguments_read(self) -> frozenset[int]:
        """The positions of the arguments whose values matter."""
        used = {id(x) for x in self.program.uses()}
        return frozenset(i for i, x in enumerate(self.program.arguments) if id(x) in used)

    @functools.cached_property
    def states(self) -> list[Any]:
        """The Variables and Tensors from around the function that are read."""
        return [x.storage for x in self.program.leaves() if x.kind == "state"]
