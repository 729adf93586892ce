"""Products that were computed for all steps of a loop beforehand, computed in its steps.

A recurrent layer multiplies the inputs of all steps by its kernel at once, and adds the bias, which
is best in NumPy. In native code both are done where their results are read, and never leave the
cache.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from autograd_lite.compiler.engines.native.bodies import with_parts
from autograd_lite.compiler.engines.native.in_panels import goes_by_panels
from autograd_lite.compiler.engines.native.supported import is_native
from autograd_lite.compiler.loops import loop_of
from autograd_lite.compiler.operations import in_order, is_elementwise
from autograd_lite.compiler.passes.dead import dead
from autograd_lite.compiler.program import Program, Value

MANY_ROWS = 32  # of each step: fewer are multiplied faster all at once
MOST_IN_CACHE = 1 << 16  # elements of a matrix that each step reads once more


def in_steps(program: Program) -> Program:
    """The program with what only one native loop reads, step by step, computed in its steps."""
    while (found := _found(program)) is not None:
        program = _with_moved(program, *found)
    return program


def _found(program: Program) -> tuple[Value, int, Value] | None:
    """A loop, the number of an array that it runs over, and the operation that computes that."""
    uses: dict[int, int] = {}
    for x in program.uses():
        uses[id(x)] = uses.get(id(x), 0) + 1
    for value in program.body:
        loop = loop_of(value)
        if loop is None or not is_native(value):
            continue
        ends = {id(x) for x in (*loop.body.results, *loop.news)}
        for number, argument in enumerate(loop.body.arguments[: loop.xs]):
            operation = _operation(value.inputs[len(loop.carries) + number], uses)
            if operation is not None and id(argument) not in ends:
                return value, number, operation
    return None


def _operation(x: Value, uses: dict[int, int]) -> Value | None:
    """The operation that computes an array, if it can be done in the steps that read the array."""
    shape = x.shape
    while x.function is np.reshape and in_order(x) and uses[id(x)] == 1:
        x = x.inputs[0]
    if x.keywords or uses[id(x)] != 1 or len(shape) < 2 or x.shape[-1:] != shape[-1:]:
        return None
    if x.function is np.matmul:
        return x if len(shape) == 3 and shape[1] >= MANY_ROWS and _is_small(x) else None
    alike = is_elementwise(x) and all(_for_all(y, x) or _of_columns(y, x) for y in x.inputs)
    return x if alike and any(_for_all(y, x) for y in x.inputs) else None


def _is_small(product: Value) -> bool:
    """Return whether it is of rows and a matrix, in panels that stay in the cache."""
    matrix = product.inputs[1]
    return goes_by_panels(product) and in_order(matrix) and matrix.size <= MOST_IN_CACHE


def _for_all(x: Any, like: Value) -> bool:
    return isinstance(x, Value) and x.shape == like.shape and in_order(x)


def _of_columns(x: Any, like: Value) -> bool:
    """Return whether it is one number, or one for each place along the last axis."""
    if not isinstance(x, Value):
        return True
    columns = x.shape[-1:] in ((1,), like.shape[-1:]) and x.size == x.shape[-1]
    return x.kind != "number" and columns and in_order(x)


def _with_moved(program: Program, value: Value, number: int, operation: Value) -> Program:
    return dead(program.rewritten(lambda x: _moved(x, number, operation) if x is value else None))


def _moved(value: Value, number: int, operation: Value) -> list[Value]:
    """The loop with an operation in its steps, after views of what they read of its inputs."""
    loop: Any = loop_of(value)
    begun, inputs = len(loop.carries), list(value.inputs)
    over, read = loop.body.arguments[: loop.xs], loop.body.arguments[loop.xs :]
    result, given = over.pop(number), inputs.pop(begun + number)
    made: list[Value] = []
    inside: list[Any] = []
    for x in operation.inputs:
        if not isinstance(x, Value):
            inside.append(x)
            continue
        steps = x.shape[:-1] == operation.shape[:-1]
        shape = (*given.shape[:-1], x.shape[-1]) if steps else _without_ones(x)
        look = {"function": np.reshape, "inputs": (x,), "keywords": {"shape": shape}}
        made.append(value.changed(**look, shape=shape, dtype=x.dtype, name=""))
        inside.append(Value("argument", shape[1:] if steps else shape, x.dtype, name=x.name))
        inputs.insert(begun + len(over) + (0 if steps else len(read)), made[-1])
        (over if steps else read).append(inside[-1])
    computed = operation.changed(inputs=tuple(inside), shape=result.shape, order=None)
    body = _with(replace(loop.body, arguments=[*over, *read]), result, computed)
    loop = replace(loop, body=with_parts(body), xs=len(over))
    return [*made, value.changed(inputs=tuple(inputs), keywords={"loop": loop})]


def _without_ones(x: Value) -> tuple[int, ...]:
    return x.shape[-1:] if x.size == x.shape[-1] else x.shape


def _with(body: Program, argument: Value, computed: Value) -> Program:
    """The body with something computed in the place of an argument."""

    def current(x: Any) -> Any:
        return computed if x is argument else x

    def changed(x: Value) -> Value:
        keywords = {name: current(y) for name, y in x.keywords.items()}
        return x.changed(inputs=tuple(map(current, x.inputs)), keywords=keywords)

    rewritten = body.rewritten(changed)
    return replace(rewritten, body=[computed, *rewritten.body])
