"""Matrices that all steps of a loop multiply by, in panels: put so once, before the loop."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from autograd_lite.compiler.engines.native.panels import WIDTH
from autograd_lite.compiler.engines.native.products import as_factor, is_done_in_loops
from autograd_lite.compiler.engines.native.supported import is_native
from autograd_lite.compiler.loops import ScanLoop, loop_of, panel_product, with_bodies
from autograd_lite.compiler.operations import in_order
from autograd_lite.compiler.passes.dead import dead
from autograd_lite.compiler.program import Program, Value


def in_panels(program: Program) -> Program:
    """The program with such matrices put in order before each native loop."""
    program = with_bodies(program, in_panels)

    def changed(value: Value) -> list[Value] | None:
        loop = loop_of(value)
        return None if loop is None or not is_native(value) else _changed(value, loop)

    return dead(program.rewritten(changed))


def _changed(value: Value, loop: ScanLoop) -> list[Value]:
    _, _, read, _ = loop.parts(value.inputs)
    given = dict(zip(map(id, loop.body.arguments[loop.xs :]), read, strict=True))
    made: list[Value] = []
    panels: dict[int, tuple[Value, Value]] = {}

    def product(x: Value) -> Value | None:
        matrix = given.get(id(x.inputs[1])) if goes_by_panels(x) else None
        if matrix is None:
            return None
        key = id(x.inputs[1])
        if key not in panels:
            made.extend(_put(matrix, value))
            panels[key] = Value("argument", made[-1].shape, x.dtype, name="panels"), made[-1]
        return x.changed(function=panel_product, inputs=(x.inputs[0], panels[key][0]))

    body = loop.body.rewritten(product)
    return [*made, _with(value, replace(loop, body=body), read, [*panels.values()])]


def goes_by_panels(x: Value) -> bool:
    """Return whether a product is one that panels are faster for."""
    if x.function is not np.matmul or len(x.shape) != 2 or x.keywords or not x.size:
        return False
    a, b = x.inputs
    if any(y.dtype != np.float32 for y in (x, a, b)) or len(b.shape) != 2:
        return False
    factor = as_factor(a)
    rows = factor is not None and not factor.turned and a.shape[1] > 0
    return rows and x.shape[1] % WIDTH == 0 and not is_done_in_loops(x)


def _put(matrix: Value, like: Value) -> list[Value]:
    """The operations that put a matrix, or the copy of a transposed one, into panels."""
    if matrix.function is np.copy and matrix.inputs[0].function is np.transpose:
        matrix = matrix.inputs[0]
    rows, columns = matrix.shape
    shape, axes = (rows, columns // WIDTH, WIDTH), (1, 0, 2)
    if matrix.function is np.transpose and in_order(matrix.inputs[0]):
        matrix, shape, axes = matrix.inputs[0], (columns // WIDTH, WIDTH, rows), (0, 2, 1)
    panels = (columns // WIDTH, rows, WIDTH)
    made = []
    for function, keywords, lies in (
        (np.reshape, {"shape": shape}, shape),
        (np.transpose, {"axes": axes}, panels),
        (np.copy, {}, panels),
    ):
        matrix = like.changed(
            function=function,
            inputs=(matrix,),
            keywords=keywords,
            shape=lies,
            dtype=matrix.dtype,
            name="panels" if function is np.copy else "",
        )
        made.append(matrix)
    return made


def _with(
    value: Value, loop: ScanLoop, read: list[Any], panels: list[tuple[Value, Value]]
) -> Value:
    """The loop with what it reads now: panels, and no more what they are made of alone."""
    used = {id(x) for x in loop.body.uses()}
    arguments = loop.body.arguments
    others = zip(arguments[loop.xs :], read, strict=True)
    left = [(a, x) for a, x in others if id(a) in used] + panels
    loop.body.arguments = [*arguments[: loop.xs], *(a for a, _ in left)]
    inputs = (*value.inputs[: len(value.inputs) - len(read)], *(x for _, x in left))
    return value.changed(inputs=inputs, keywords={"loop": loop})
