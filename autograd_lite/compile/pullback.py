"""A compiled function as an operation: one node of the record, whose rule is a program too.

The rule is the vector-Jacobian product of what the function recorded, compiled as any function is.
It is called as any compiled function is, so that it is an operation itself, and derivatives of any
order follow. It computes the forward values that it needs again, of the same inputs and draws.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.backward import assigned_since, partial_gradients
from autograd_lite.compile.keys import kind_of, layout_of
from autograd_lite.compile.signature import Signature
from autograd_lite.compile.trace import trace
from autograd_lite.context import current_context
from autograd_lite.table import gradient
from autograd_lite.tape import tracing
from autograd_lite.tensor import Tensor, Variable, new_stamp, primitive, record
from autograd_lite.transforms import independent

__all__ = ["call"]


def call(program: Signature, inputs: Sequence[Any]) -> Any:
    """Run a program; as one node of the record, if a gradient may flow back from its results.

    Args:
        program: for inputs of this kind.
        inputs: Tensors, arrays and numbers: the program's arguments.

    Returns:
        What the function returns.
    """
    recorded = program.recorded
    arrays = [x._data if isinstance(x, Tensor) else x for x in inputs]
    if recorded is None or not current_context().recording:
        return program(arrays)
    before = new_stamp()
    overwritten = [x._data.copy() for x in recorded.overwritten]
    results, draws = program.results_and_draws(arrays)
    flows = recorded.differentiable
    run = ProgramCall(
        program,
        [x for x, to in zip(results, flows, strict=True) if to],
        [*overwritten, *draws],
        before,
    )
    node = record(compiled_call, *inputs, *recorded.captured, call=run)
    run.results = ()
    made = iter(node if isinstance(node, tuple) else (node,))
    return program.structured(
        [next(made) if to else x for x, to in zip(results, flows, strict=True)]
    )


class ProgramCall:
    """One call of a program, as its node remembers it.

    Args:
        program: what was called.
        results: those that a gradient flows back from; only until they are recorded.
        kept: what the function overwrote and drew, which nobody could find out afterwards.
        before: a stamp made before the call.
    """

    def __init__(
        self, program: Signature, results: Sequence[Any], kept: Sequence[Any], before: int
    ) -> None:
        self.__name__ = program.name
        self.results = results
        self._kept = kept
        self._before = before
        if program.derivative is None:
            program.derivative = Pullback(program)
        self._pullback = program.derivative

    def __repr__(self) -> str:
        return self.__name__

    def __deepcopy__(self, memo: dict[int, Any]) -> ProgramCall:
        return self  # nothing in it changes

    def pull_back(self, g: Any, inputs: tuple[Any, ...]) -> list[Any]:
        """The gradient of each input, or None; g is the upstream gradient, or a tuple of them."""
        upstream = g if isinstance(g, tuple) else (g,)
        found: list[Any] = self._pullback(upstream, inputs, self._kept, self._before)
        return found


@primitive
def compiled_call(*inputs: Any, call: ProgramCall) -> Any:
    """The results of a call of a compiled function."""
    results = call.results
    return results[0] if len(results) == 1 else tuple(results)


gradient(compiled_call, joint=lambda g, y, *inputs, call: call.pull_back(g, inputs))


class Pullback:
    """The vector-Jacobian product of what a program recorded: programs, one for each kind of
    upstream gradients.
    """

    def __init__(self, program: Signature) -> None:
        assert program.recorded is not None
        self._recorded = program.recorded
        self._name = program.name
        self._names = [x.name for x in program.program.arguments]
        self._engine, self._without = program.engine_name, program.without
        self._programs: dict[Any, Signature] = {}
        self._lock = threading.RLock()

    def __getstate__(self) -> dict[str, Any]:
        """Copied and pickled without the programs, which are made anew."""
        return self.__dict__ | {"_programs": {}, "_lock": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.RLock())

    def __call__(
        self, upstream: Sequence[Any], inputs: Sequence[Any], kept: Sequence[Any], before: int
    ) -> list[Any]:
        """The gradient of each input of a call, or None.

        Args:
            upstream: the gradients of the results that one flows back from.
            inputs: the function's arguments, then what it has captured.
            kept: what it overwrote and drew.
            before: a stamp made before the call.

        Raises:
            RuntimeError: if a Variable was assigned since that its values are needed of.
        """
        given = [*upstream, *inputs, *kept]
        on_tensors = any(isinstance(x, Tensor) for x in given)
        if tracing() is not None:
            found = self._derivative(given)
        else:
            program = self._program(given)
            self._require_unchanged(program, len(upstream), before)
            found = call(program, given)
        if not on_tensors:
            found = [x._data if isinstance(x, Tensor) else x for x in found]
        return found

    def _program(self, given: list[Any]) -> Signature:
        layout = layout_of(self._engine)
        key = tuple(kind_of(x, layout) for x in given)
        with self._lock:
            program = self._programs.get(key)
            if program is None:
                program = self._programs[key] = self._traced(given)
            return program

    def _traced(self, given: list[Any]) -> Signature:
        names = ["upstream"] * sum(self._recorded.differentiable) + self._names
        names += [x.name or "captured" for x in self._recorded.captured]
        names += ["kept"] * (len(given) - len(names))
        name = f"pullback of {self._name}"
        traced = trace(
            self._derivative, (given,), {}, name, names, trusted=True, to_differentiate=True
        )
        return Signature(traced, self._engine, self._without)

    def _derivative(self, given: list[Any]) -> list[Any]:
        """The vector-Jacobian product, in operations."""
        recorded = self._recorded
        results = sum(recorded.differentiable)
        upstream, rest = given[:results], given[results:]
        arguments = [
            independent(x) if differentiated else x
            for x, differentiated in zip(rest, recorded.by_argument, strict=False)
        ]
        end = len(arguments) + len(recorded.captured)
        captured = list(map(independent, rest[len(arguments) : end]))
        made = recorded(arguments, captured, iter(rest[end:]))
        outputs = [y for y, flows in zip(made, recorded.differentiable, strict=True) if flows]
        sources = [x for x, by in zip(arguments, recorded.by_argument, strict=True) if by]
        found = iter(_products(outputs, upstream, [*sources, *captured]))
        return [
            next(found) if by else None for by in (*recorded.by_argument, *(True for _ in captured))
        ]

    def _require_unchanged(self, program: Signature, results: int, before: int) -> None:
        """Raise if values that are needed are not any more those that the function has seen."""
        start = results + len(self._recorded.by_argument)
        captured = enumerate(self._recorded.captured, start)
        read = [x for i, x in captured if i in program.arguments_read]
        for x in (*read, *program.states):
            if isinstance(x, Variable) and x.changed > before:
                raise assigned_since(x, self._name)


def _products(outputs: list[Tensor], upstream: list[Any], sources: list[Tensor]) -> list[Any]:
    """The vector-Jacobian products of several results, added up."""
    if len(outputs) == 1:
        found = partial_gradients(outputs[0], sources, upstream[0], on_tensors=True)
    else:
        weighted = [np.sum(u * y) for u, y in zip(upstream, outputs, strict=True)]
        total = functools.reduce(np.add, weighted)
        found = partial_gradients(total, sources, None, on_tensors=True)
    if all(g is None for g in found):
        return [np.zeros_like(x) for x in sources]
    return found
