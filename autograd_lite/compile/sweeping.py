"""`record_sweep`: an element-wise update of flat arrays, recorded as one pass over them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite.compile.lowering import Lowering, PendingSweep
from autograd_lite.compile.passes import optimize
from autograd_lite.compile.program import Sweep
from autograd_lite.context import changed
from autograd_lite.tape import Tape, TracingError, tracing
from autograd_lite.tensor import Tensor, leaf

__all__ = ["record_sweep"]

EXAMPLE = 3  # elements that a formula is traced on; it must not matter


def record_sweep(
    formula: Callable[..., Mapping[str, Any]],
    columns: Mapping[str, Any],
    numbers: Mapping[str, Tensor],
    *,
    title: str,
    blocks: Sequence[tuple[Any, ...]],
    gradients: Sequence[tuple[Tensor, Any]] = (),
    finite: Any = None,
) -> None:
    """Note on the tape that `formula` is applied to each block of some flat arrays.

    Args:
        formula: called with a flat Tensor for each column, by name, and a 0-d Tensor for each
            number; returns the new values of those columns that change, by name. Elementwise.
        columns: the names of the columns, in the order of a block, with their dtype; None for one
            that is not there.
        numbers: Tensors of no axes that change from call to call.
        title: what the source calls the pass.
        blocks: the columns cut alike into blocks, tuples of arrays in the order of `columns`.
        gradients: pairs (Tensor, the part of a column that it is to be written to before).
        finite: as in `Sweep`.
    """
    tape = tracing()
    assert tape is not None, "a sweep is recorded while a function is compiled"
    present = {name: dtype for name, dtype in columns.items() if dtype is not None}
    given = {name: leaf(np.ones(EXAMPLE, dtype), name=name) for name, dtype in present.items()}
    stand_ins = {name: leaf(np.asarray(x._data), name=name) for name, x in numbers.items()}
    inner = Tape()
    with changed(tape=inner, recording=False, scope=None), np.errstate(all="ignore"):
        new = formula(**{name: given.get(name) for name in columns}, **stand_ins)
    new = {name: x for name, x in new.items() if x is not given[name]}
    for name, x in new.items():
        if x.shape != (EXAMPLE,):
            raise TracingError(
                f"{title}: the new {name} has shape {x.shape} for {EXAMPLE} elements; an update "
                "computes each element from those at the same place alone"
            )
    arguments = [*given.values(), *stand_ins.values()]
    body = Lowering(inner, 0, title).program(arguments, list(new.values()))
    states = body.arguments[: len(given)]
    for state in states:
        state.kind = "state"
    by_name = dict(zip(given, states, strict=True))
    body.assignments = [
        (by_name[name], value) for name, value in zip(new, body.results, strict=True)
    ]
    body.arguments, body.results = body.arguments[len(given) :], []
    body, _ = optimize(body)
    chosen = [i for i, dtype in enumerate(columns.values()) if dtype is not None]
    sweep = Sweep(
        title,
        body,
        states,
        [tuple(block[i] for i in chosen) for block in blocks],
        [target for _, target in gradients],
        finite,
    )
    tape.entries.append(PendingSweep(sweep, (*(g for g, _ in gradients), *numbers.values())))
