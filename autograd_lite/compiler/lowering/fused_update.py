"""`lowered_update`: the formula of a fused update as a `FusedLoop`, traced on a few elements.

Every operation of the formula has to be element by element, which is checked: so it does not matter
how many elements there are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.compiler.lowering.lowering import Lowering, taped
from autograd_lite.compiler.operations import is_elementwise
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import FusedLoop, Program
from autograd_lite.effects import FusedUpdate
from autograd_lite.primitives import broadcast_to, cast, multiply_no_nan
from autograd_lite.tape import TracingError
from autograd_lite.tensor import Tensor, leaf

EXAMPLE = 3  # elements that a formula is traced on


def lowered_update(update: FusedUpdate) -> FusedLoop:
    """The pass that a fused update is: what is done to each element, and on which arrays.

    Raises:
        TracingError: for a formula that is not element-wise.
    """
    present = [i for i, array in enumerate(update.blocks[0]) if array is not None]
    columns: list[Any] = [None] * len(update.columns)
    for i in present:
        columns[i] = leaf(np.ones(EXAMPLE, update.blocks[0][i].dtype), name=update.columns[i])
    numbers = [leaf(np.asarray(x._array), name=x.name or "factor") for x in update.numbers]
    tape, new = taped(update.formula, *columns, *numbers)
    replaced = [(columns[i], new[i]) for i in present if new[i] is not columns[i]]
    for column, value in replaced:
        _require_elements(update.title, column, value)
    arguments = [*(columns[i] for i in present), *numbers]
    body = Lowering(tape, 0, update.title).program(arguments, [value for _, value in replaced])
    body, _ = optimize(body)
    _require_elementwise(update.title, body)
    states = _as_states(body, len(present), {id(column) for column, _ in replaced}, arguments)
    return FusedLoop(
        update.title,
        body,
        states,
        [tuple(block[i] for i in present) for block in update.blocks],
        list(update.destinations),
        update.finite,
    )


def _as_states(body: Program, count: int, replaced: set[int], arguments: list[Any]) -> list[Any]:
    """Make the first arguments of a program states, and its results their new values."""
    states = body.arguments[:count]
    for state in states:
        state.kind = "state"
    changing = [s for s, x in zip(states, arguments, strict=False) if id(x) in replaced]
    body.assignments = list(zip(changing, body.results, strict=True))
    body.arguments, body.results = body.arguments[count:], []
    return states


def _require_elements(title: str, column: Tensor, value: Any) -> None:
    if not isinstance(value, Tensor) or value.shape != (EXAMPLE,):
        raise TracingError(
            f"{title}: the new {column.name} has shape {np.shape(value)} for {EXAMPLE} elements; "
            "an update computes each element from those at the same place alone"
        )


def _require_elementwise(title: str, body: Program) -> None:
    """Raise for an operation that looks at other elements, and for an array that is no column."""
    for value in body.body:
        plain = is_elementwise(value) and value.function is not multiply_no_nan
        if not plain and value.function not in (np.where, np.copy, cast, broadcast_to):
            raise TracingError(
                f"{title} uses {value.operation}; an update computes each element from those at "
                "the same place alone. Compute it before, and pass it as a number"
            )
    for leaf_ in body.leaves():
        if leaf_.size > 1:
            raise TracingError(
                f"{title} reads an array of shape {leaf_.shape} that is no column of it: pass it "
                "among the columns"
            )
