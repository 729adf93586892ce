"""Dead code: what nobody uses is not computed."""

from __future__ import annotations

from dataclasses import replace

from autograd_lite.compiler.operations import has_effect
from autograd_lite.compiler.program import Program, Value


def dead(program: Program) -> Program:
    """Leave out the operations that no result, assignment or fused update depends on.

    What has an effect stays: a generator that is not drawn from would give other numbers
    afterwards.
    """
    needed = {id(x) for x in program.results}
    needed |= {id(x) for pair in program.assignments for x in pair}
    needed.add(id(program.guard))
    body: list[Value] = []
    for value in reversed(program.body):
        if value.kind == "fused_update" or has_effect(value) or id(value) in needed:
            needed.update(id(x) for x in value.values())
            body.append(value)
    return replace(program, body=body[::-1])
