"""In which order native and NumPy operations follow each other: with few changes between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from autograd_lite.compiler.operations import has_effect, is_view
from autograd_lite.compiler.program import Program, Value

__all__ = ["scheduled"]


def scheduled(program: Program, native: Callable[[Value], bool]) -> Program:
    """The same operations; each run of one kind as long as it can be.

    Draws and other effects keep their order, and fused updates are last, so that nothing is
    changed before a guard.
    """
    waiting = list(program.body)
    done: set[int] = set()
    order: list[Value] = []
    kind = False
    while waiting:
        progressed = False
        rest: list[Value] = []
        held = False  # a NumPy operation was passed over: those after it with an effect wait
        for value in waiting:
            ready = all(
                x.kind not in ("operation", "fused_update") or id(x) in done for x in value.values()
            )
            free = is_view(value)
            if value.kind == "fused_update":
                ready = ready and not rest
            if ready and (free or native(value) is kind) and not (held and has_effect(value)):
                order.append(value)
                done.add(id(value))
                progressed = progressed or not free
            else:
                held = held or has_effect(value)
                rest.append(value)
        if len(rest) == len(waiting) or not progressed:
            kind = not kind
        waiting = rest
    return replace(program, body=order)
