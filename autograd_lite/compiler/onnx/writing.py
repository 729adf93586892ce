"""`Writing`: a program on its way into a graph of ONNX."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite.compiler.onnx.graph import OnnxGraph, element_type
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Program, Value
from autograd_lite.compiler.source.expressions import uniform
from autograd_lite.compiler.twins import WITHOUT, Twins, different
from autograd_lite.table import function_name

Writer = Callable[["Writing", Value], str]


class Writing:
    """A program on its way into a graph: what writers of operations are given.

    Args:
        graph: what is written to.
        twins: the program, traced for batches of two lengths.
        writers: by operation, writes its nodes and returns the name of its result.
        names: of the arguments.
    """

    def __init__(
        self,
        graph: OnnxGraph,
        twins: Twins,
        writers: Mapping[Any, Writer],
        names: Sequence[str],
    ) -> None:
        self.graph, self.twins = graph, twins
        self._writers = writers
        self._names: dict[int, str] = {
            id(value): name for value, name in zip(twins.one.arguments, names, strict=True)
        }

    def write(self) -> list[str]:
        """Write what the results need; return their names."""
        needed = _needed(self.twins.one)
        for value in self.twins.one.body:
            if id(value) in needed:
                self.graph.scope = value.scope
                self._names[id(value)] = self._writer(value)(self, value)
        self.graph.scope = ""
        return [self.named(x) for x in self.twins.one.results]

    def _writer(self, value: Value) -> Writer:
        writer = self._writers.get(value.function)
        if writer is None:
            where = f" (in {value.scope})" if value.scope else ""
            raise ValueError(
                f"it computes {function_name(value.function)}{where}, for which ONNX has no "
                "operation that is known here"
            )
        return writer

    def named(self, x: Any, dtype: Any = None) -> str:
        """The name of an input of an operation, cast to a dtype if one is given."""
        if not isinstance(x, Value):
            return self.graph.array(np.array(x, dtype))
        known = self._names.get(id(x))
        if known is None:
            known = self._names[id(x)] = self._leaf(x)
        if dtype is None or x.dtype is None or x.dtype == dtype:
            return known
        return self.graph.once("Cast", known, to=element_type(dtype))

    def _leaf(self, x: Value) -> str:
        """A weight or a constant; one whose shape depends on the rows is filled."""
        twin = self.twins.of(x)
        if x.kind == "state":
            return self.graph.array(x.array, x.name)
        if x.shape == twin.shape and np.array_equal(x.array, twin.array, equal_nan=True):
            return self.graph.array(x.array)
        if _counts(x) and _counts(twin):
            count = self.graph.counted(self.twins.shape(x)[0], x.dtype)
            axes = self.graph.integers(*range(1, x.ndim))
            return count if x.ndim == 1 else self.graph.once("Unsqueeze", count, axes)
        fill = uniform(x.array)
        if fill is None or fill != uniform(twin.array):
            raise different("an array that it computes outside of the record differs")
        shape = self.graph.shape(self.twins.shape(x))
        return self.graph.once("Expand", self.graph.array(np.array(fill, x.dtype)), shape)

    def inline(
        self, one: Program, other: Program, inputs: Sequence[str], rows: tuple[int, int]
    ) -> list[str]:
        """Write another program, of the function of a layer say, in place.

        Args:
            one: the program, traced for batches of the first length.
            other: and of the second.
            inputs: the names of its arguments.
            rows: both lengths.
        """
        scope = self.graph.scope
        twins = Twins(optimized(one), optimized(other), rows)
        results = Writing(self.graph, twins, self._writers, inputs).write()
        self.graph.scope = scope
        return results


def optimized(program: Program) -> Program:
    """The program in as few operations as there can be for any number of rows."""
    return optimize(program, WITHOUT)[0]


def _needed(program: Program) -> set[int]:
    """The ids of the values that the results depend on."""
    needed = {id(x) for x in program.results}
    for value in reversed(program.body):
        if id(value) in needed:
            needed.update(id(x) for x in value.values())
    return needed


def _counts(x: Value) -> bool:
    """Return whether a constant is 0, 1, 2, ..., along its first axis."""
    return x.shape[:1] == (x.size,) and np.array_equal(x.array.reshape(-1), np.arange(x.size))
