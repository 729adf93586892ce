"""A compiled function as an operation: one node of the record, whose rule is a program too.

The rule is the vector-Jacobian product of what the function recorded, compiled as any function is.
It is called as any compiled function is, so that it is an operation itself, and derivatives of any
order follow. It computes the forward values again that it needs, of the same inputs and draws; for
first derivatives the forward program hands them over (`Joint`).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.compiler.differentiation.joint import Joint
from autograd_lite.compiler.keys import kind_of, layout_of
from autograd_lite.compiler.specialization import REFUSED, Specialization
from autograd_lite.compiler.tracing.trace import trace
from autograd_lite.context import current_context
from autograd_lite.recording import assigned_since, fingerprints, primitive, record, written_since
from autograd_lite.table import gradient
from autograd_lite.tape import tracing
from autograd_lite.tensor import Tensor, leaf, new_stamp
from autograd_lite.variable import Variable


def call(program: Specialization, inputs: Sequence[Any]) -> Any:
    """Run a program; as one node of the record, if a gradient may flow back from its results.

    Args:
        program: for inputs of this kind.
        inputs: Tensors, arrays and numbers: the program's arguments.

    Returns:
        What the function returns; or `REFUSED`.
    """
    recorded = program.recorded
    arrays = [x._array if isinstance(x, Tensor) else x for x in inputs]
    if recorded is None or not current_context().recording:
        return program(arrays)
    if program.derivative is None:
        program.derivative = Pullback(program)
    run = ProgramCall(program.name, program.derivative)
    results = run.forward(program, arrays)
    if results is None:
        return REFUSED
    flows = recorded.differentiable
    run.results = [x for x, to in zip(results, flows, strict=True) if to]
    node = record(compiled_call, *inputs, *recorded.captured, call=run)
    run.results = []
    made = iter(node if isinstance(node, tuple) else (node,))
    return program.structured(
        [next(made) if to else x for x, to in zip(results, flows, strict=True)]
    )


class ProgramCall:
    """One call of a program, as its node remembers it.

    Args:
        name: of the function.
        pullback: its vector-Jacobian product.

    Attributes:
        results: those that a gradient flows back from; only until they are recorded.
    """

    def __init__(self, name: str, pullback: Pullback) -> None:
        self.__name__ = name
        self.results: list[Any] = []
        self._pullback = pullback
        self._before = new_stamp()
        self._seen = fingerprints(pullback.recorded.read, {})
        self._overwritten = [x._array.copy() for x in pullback.recorded.overwritten]
        self._draws: Sequence[Any] = ()
        self._joint: Joint | None = None
        self._values: Sequence[Any] = ()

    def forward(self, program: Specialization, arrays: Sequence[Any]) -> Sequence[Any] | None:
        """Run the program; its results, None if its guard does not hold. What backward cannot
        compute again is kept.
        """
        self._joint = self._pullback.joint(program, arrays)
        if self._joint is not None:
            results, self._values, self._draws = self._joint.forward(program, arrays)
            return results
        made = program.results_and_draws(arrays)
        if made is None:
            return None
        results, self._draws = made
        return results

    def pull_back(self, g: Any, inputs: tuple[Any, ...]) -> list[Any]:
        """The gradient of each input, or None; g is the upstream gradient, or a tuple of them."""
        if self._pullback.recorded.is_opaque:
            raise RuntimeError(
                f"no gradient flows back through {self.__name__}, which updates weights or calls "
                "functions that are no part of its program. Compile what computes the loss by "
                "itself, and differentiate that"
            )
        if self._seen != fingerprints(self._pullback.recorded.read, {}):
            raise written_since(self.__name__)
        given = (*(g if isinstance(g, tuple) else (g,)), *inputs)
        if self._joint is None or any(isinstance(x, Tensor) for x in given):
            return self._pullback([*given, *self._overwritten, *self._draws], self._before)
        return self._joint.backward(given, self._values, self._before)

    def __repr__(self) -> str:
        return self.__name__

    def __getstate__(self) -> dict[str, Any]:
        """Copied and pickled without the programs of these very Variables."""
        return self.__dict__ | {"_joint": None, "_values": ()}


@primitive
def compiled_call(*inputs: Any, call: ProgramCall) -> Any:
    """The results of a call of a compiled function."""
    results = call.results
    return results[0] if len(results) == 1 else tuple(results)


gradient(compiled_call, joint=lambda g, y, *inputs, call: call.pull_back(g, inputs))


class Pullback:
    """The vector-Jacobian product of what a program recorded: programs, one for each kind of
    upstream gradients.

    Attributes:
        recorded: what the program recorded.
    """

    def __init__(self, program: Specialization) -> None:
        assert program.recorded is not None
        self.recorded = program.recorded
        self._name = program.name
        self._names = [x.name for x in program.program.arguments]
        self._engine, self._without = program.engine_name, program.without
        self._programs: dict[Any, Specialization] = {}
        self._joint: Joint | None = None
        self._lock = threading.RLock()

    def __getstate__(self) -> dict[str, Any]:
        """Copied and pickled without the programs, which are made anew."""
        return self.__dict__ | {"_programs": {}, "_joint": None, "_lock": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.RLock())

    def joint(self, program: Specialization, arrays: Sequence[Any]) -> Joint | None:
        """The programs of first derivatives, once there has been a gradient: who only calls the
        function needs none.
        """
        with self._lock:
            programs = [program, *self._programs.values()]
            if self._joint is None and len(programs) > 1 and all(p.is_plain for p in programs):
                self._joint = Joint(program, arrays)
            return self._joint

    def __call__(self, given: list[Any], before: int) -> list[Any]:
        """The gradient of each input of a call, or None.

        Args:
            given: the gradients of the results that one flows back from; the function's arguments;
                what it has captured; what it overwrote and drew.
            before: a stamp made before the call.

        Raises:
            RuntimeError: if a Variable was assigned since that its values are needed of.
        """
        on_tensors = any(isinstance(x, Tensor) for x in given)
        if tracing() is not None:
            found = self._derivative(given)
        else:
            program = self._program(given)
            self._require_unchanged(program, before)
            found = call(program, given)
            if found is REFUSED:  # of equal singular values, say, which a program cannot look at
                found = self._derivative([_as_tensor(x) for x in given])
        if not on_tensors:
            found = [x._array if isinstance(x, Tensor) else x for x in found]
        return found

    def _program(self, given: list[Any]) -> Specialization:
        layout = layout_of(self._engine)
        key = tuple(kind_of(x, layout) for x in given)
        with self._lock:
            program = self._programs.get(key)
            if program is None:
                program = self._programs[key] = self._traced(given)
            return program

    def _traced(self, given: list[Any]) -> Specialization:
        names = ["upstream"] * sum(self.recorded.differentiable) + self._names
        names += [x.name or "captured" for x in self.recorded.captured]
        names += ["kept"] * (len(given) - len(names))
        name = f"pullback of {self._name}"
        traced = trace(
            self._derivative, (given,), {}, name, names, assume_pure=True, to_differentiate=True
        )
        return Specialization(traced, self._engine, self._without)

    def _derivative(self, given: list[Any]) -> list[Any]:
        """The vector-Jacobian product, in operations."""
        recorded = self.recorded
        results, arguments = sum(recorded.differentiable), len(recorded.by_argument)
        given, upstream = given[results:], given[:results]
        end = arguments + len(recorded.captured)
        _, found = recorded.pull_back(
            upstream, given[:arguments], given[arguments:end], iter(given[end:])
        )
        return found

    def _require_unchanged(self, program: Specialization, before: int) -> None:
        """Raise if values that are needed are not any more those that the function has seen."""
        start = sum(self.recorded.differentiable) + len(self.recorded.by_argument)
        captured = enumerate(self.recorded.captured, start)
        read = [x for i, x in captured if i in program.arguments_read]
        for x in (*read, *program.states):
            if isinstance(x, Variable) and x.changed > before:
                raise assigned_since(x, self._name)


def _as_tensor(x: Any) -> Any:
    return leaf(x) if isinstance(x, np.ndarray) else x
