"""Products of loops: with a matrix that is the same at each step, one product before the loop.

A step's x, or what is computed element by element from it, times a matrix that is the same at each
step does not wait for the step before. One product of the rows of all steps takes a fraction of the
time of many small ones. BLAS may add up the terms of another shape in another order, so results
agree with those of the function to some units in the last place.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from autograd_lite.compiler.loops import ScanLoop, with_loops
from autograd_lite.compiler.operations import is_elementwise
from autograd_lite.compiler.passes.dead import dead
from autograd_lite.compiler.program import Program, Value
from autograd_lite.primitives import cast


def products(program: Program) -> Program:
    """Take out of each loop the products that do not depend on its carries."""
    return with_loops(program, _taken_out)


def _taken_out(value: Value, loop: ScanLoop) -> list[Value] | None:
    initial, xs, read, _ = loop.parts(value.inputs)
    lifted = _Lifted(loop, value, xs, read)
    new = {id(x): lifted.product(x) for x in loop.body.body if lifted.is_product(x)}
    if not new:
        return None
    arguments = loop.body.arguments
    rows = {i: Value("argument", x.shape[1:], x.dtype, name=x.name) for i, x in new.items()}

    originals = iter(loop.body.body)
    body = loop.body.rewritten(lambda _: rows.get(id(next(originals))))
    body.arguments = [*arguments[: loop.xs], *rows.values(), *arguments[loop.xs :]]
    inner = replace(loop, body=dead(body), xs=loop.xs + len(new))
    inputs = (*initial, *xs, *new.values(), *read)
    return [*lifted.made, value.changed(inputs=inputs, keywords={"loop": inner})]


class _Lifted:
    """Values of a body for all steps at once.

    Attributes:
        made: the operations before the loop.
    """

    def __init__(self, loop: ScanLoop, value: Value, xs: list[Any], read: list[Any]) -> None:
        arguments = loop.body.arguments
        self._like, self._length = value, loop.length
        self._same: dict[int, Any] = dict(zip(map(id, arguments[loop.xs :]), read, strict=True))
        self._of_all: dict[int, Value] = {
            id(a): x for a, x in zip(arguments, xs, strict=False) if len(a.shape) == 2
        }
        self.made: list[Value] = []

    def is_product(self, x: Value) -> bool:
        """Return whether it is a product of rows of each step with a matrix of all."""
        if x.function is not np.matmul or x.keywords or len(x.shape) != 2 or not x.size:
            return False
        rows, matrix = x.inputs
        alike = rows.dtype == matrix.dtype == x.dtype and len(matrix.shape) == 2
        return alike and self._is_same(matrix) and self._can_be_lifted(rows)

    def _is_same(self, x: Any) -> bool:
        return not isinstance(x, Value) or id(x) in self._same or x.kind == "constant"

    def _can_be_lifted(self, x: Value) -> bool:
        if id(x) in self._of_all:
            return True
        if not (is_elementwise(x) or x.function is cast) or len(x.shape) != 2:
            return False
        given = [y for y in x.values() if not self._is_same(y)]
        alike = all(y.shape == x.shape and self._can_be_lifted(y) for y in given)
        return bool(given) and alike and not any(y in x.keywords.values() for y in given)

    def product(self, x: Value) -> Value:
        """The product of all steps, (steps, rows, columns)."""
        rows, matrix = x.inputs
        count = self._length * x.shape[0]
        flat = self._made(np.reshape, (self._lift(rows),), (count, rows.shape[1]), x.dtype)
        flat.keywords = {"shape": flat.shape}
        taken = self._same.get(id(matrix), matrix)
        product = self._made(np.matmul, (flat, taken), (count, x.shape[1]), x.dtype)
        whole = self._made(np.reshape, (product,), (self._length, *x.shape), x.dtype)
        whole.keywords, whole.name = {"shape": whole.shape}, x.name
        return whole

    def _lift(self, x: Value) -> Value:
        if id(x) not in self._of_all:
            inputs = tuple(
                self._same.get(id(y), y) if self._is_same(y) else self._lift(y) for y in x.inputs
            )
            made = self._made(x.function, inputs, (self._length, *x.shape), x.dtype)
            made.keywords = {k: self._same.get(id(y), y) for k, y in x.keywords.items()}
            self._of_all[id(x)] = made
        return self._of_all[id(x)]

    def _made(self, function: Any, inputs: Any, shape: tuple[int, ...], dtype: Any) -> Value:
        like = self._like
        made = Value("operation", shape, dtype, function=function, inputs=inputs)
        made.scope, made.phase, made.line = like.scope, like.phase, like.line
        self.made.append(made)
        return made
