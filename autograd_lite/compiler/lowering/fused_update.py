"""`lowered_update`: the formula of a fused update, traced on a few elements, as a `FusedLoop`."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.compiler.lowering.lowering import Lowering
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import FusedLoop, Program
from autograd_lite.context import changed
from autograd_lite.effects import FusedUpdate
from autograd_lite.tape import Tape, TracingError
from autograd_lite.tensor import Tensor, leaf

__all__ = ["lowered_update"]

EXAMPLE = 3  # elements that a formula is traced on; it must not matter


def lowered_update(update: FusedUpdate) -> FusedLoop:
    """The pass that a fused update is: what is done to each element, and on which arrays.

    Raises:
        TracingError: for a formula that is not element-wise.
    """
    present = [i for i, array in enumerate(update.blocks[0]) if array is not None]
    columns: list[Any] = [None] * len(update.columns)
    for i in present:
        columns[i] = leaf(np.ones(EXAMPLE, update.blocks[0][i].dtype), name=update.columns[i])
    numbers = [leaf(np.asarray(x._data), name=x.name or "factor") for x in update.numbers]
    tape = Tape()
    with changed(tape=tape, recording=False, scope=None), np.errstate(all="ignore"):
        new = update.formula(*columns, *numbers)
    replaced = [(columns[i], new[i]) for i in present if new[i] is not columns[i]]
    for column, value in replaced:
        _require_elementwise(update.title, column, value)
    arguments = [*(columns[i] for i in present), *numbers]
    body = Lowering(tape, 0, update.title).program(arguments, [value for _, value in replaced])
    states = _as_states(body, len(present), {id(column) for column, _ in replaced}, arguments)
    return FusedLoop(
        update.title,
        optimize(body)[0],
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


def _require_elementwise(title: str, column: Tensor, value: Any) -> None:
    if not isinstance(value, Tensor) or value.shape != (EXAMPLE,):
        raise TracingError(
            f"{title}: the new {column.name} has shape {np.shape(value)} for {EXAMPLE} elements; "
            "an update computes each element from those at the same place alone"
        )
