"""`Joint`: the forward and the backward program of first derivatives.

They are one program, traced at once and cut in two: the backward program is handed the values that
it needs, and computes none of them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.compiler.differentiation.split import split
from autograd_lite.compiler.engines.numpy_engine import Engine
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.specialization import Specialization
from autograd_lite.compiler.tracing.trace import trace
from autograd_lite.recording import assigned_since
from autograd_lite.variable import Variable


class Joint:
    """Forward and backward programs for one kind of arguments.

    Args:
        program: what was recorded for them.
        arrays: arguments of that kind.
    """

    def __init__(self, program: Specialization, arrays: Sequence[Any]) -> None:
        assert program.recorded is not None
        self._recorded = program.recorded
        self._name = program.name
        results = program.program.results
        flows = zip(results, self._recorded.differentiable, strict=True)
        upstream = [np.ones(x.shape, x.dtype) for x, to in flows if to]
        self._results = len(results)
        self._given = len(upstream) + len(arrays)
        given = [*upstream, *arrays]
        names = ["upstream"] * len(upstream) + [x.name for x in program.program.arguments]
        traced = trace(self._both, (given,), {}, self._name, names, assume_pure=True)
        whole, _ = optimize(traced.program, program.passes_left_out)
        forward, backward = split(whole, len(upstream), len(results))
        self._kept = len(backward.arguments) - self._given
        self._returned = [x is ... for x in traced.structure[1]]
        self._forward: Engine = program.engine_of(forward)
        self._backward: Engine = program.engine_of(backward)
        states = (x.storage for x in backward.leaves() if x.kind == "state")
        self._read = [x for x in states if isinstance(x, Variable)]

    def _both(self, given: list[Any]) -> tuple[list[Any], list[Any]]:
        captured = self._recorded.captured
        first = given[: self._given - len(self._recorded.by_argument)]
        return self._recorded.pull_back(first, given[len(first) :], captured, None)

    def forward(
        self, program: Specialization, arrays: Sequence[Any]
    ) -> tuple[Sequence[Any], Sequence[Any], Sequence[Any]]:
        """The results, the values that backward needs, and what was drawn."""
        made = program.run_on(self._forward, arrays)
        end = self._results + self._kept
        return made[: self._results], made[self._results : end], made[end:]

    def backward(self, given: Sequence[Any], values: Sequence[Any], before: int) -> list[Any]:
        """The gradient of each input, or None.

        Args:
            given: arrays: the upstream gradients, then the inputs.
            values: as they came from the forward program.
            before: a stamp made before that ran.

        Raises:
            RuntimeError: if a Variable was assigned since that its values are needed of.
        """
        for x in self._read:
            if x.changed > before:
                raise assigned_since(x, self._name)
        found = iter(self._backward(*given[: self._given], *values))
        return [next(found) if returned else None for returned in self._returned]
