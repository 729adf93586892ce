"""`split`: forward and backward in one program, cut where the upstream gradients come in.

What does not depend on them is computed by the forward program; it hands over the values that the
backward program needs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from autograd_lite.compiler.operations import is_view
from autograd_lite.compiler.passes.dead import dead
from autograd_lite.compiler.program import Program, Value
from autograd_lite.primitives import broadcast_to, drawn


def split(program: Program, upstream: int, results: int) -> tuple[Program, Program]:
    """A program as two: forward and backward.

    Args:
        program: forward and backward.
        upstream: how many of its arguments, the first, are upstream gradients.
        results: how many of its results, the first, are not gradients.

    Returns:
        The forward program, from the other arguments to its results, then the values that are kept,
        then the draws; and the backward program, from the upstream gradients, the other arguments
        and the values that were kept to the gradients.
    """
    late = {id(x) for x in program.arguments[:upstream]}
    for value in program.body:
        if any(id(x) in late for x in value.values()):
            late.add(id(value))
    early = [value for value in program.body if id(value) not in late]
    backward = _Backward()
    for value in program.body:
        if id(value) in late:
            backward.add(value)
    gradients = [backward.brought(x) for x in program.results[results:]]
    draws = [value for value in early if value.function is drawn]
    kept = [*program.results[:results], *backward.kept, *draws]
    forward = replace(program, arguments=program.arguments[upstream:], body=early, results=kept)
    given = [*program.arguments, *backward.given]
    return dead(forward), dead(Program(given, backward.body, gradients, name=program.name))


class _Backward:
    """The backward program as it is put together.

    Attributes:
        body: its operations.
        kept: the values of the forward program that it needs.
        given: the arguments that stand for them.
    """

    def __init__(self) -> None:
        self.body: list[Value] = []
        self.kept: list[Value] = []
        self.given: list[Value] = []
        self._brought: dict[int, Value] = {}

    def add(self, value: Value) -> Value:
        """An operation, on what stands here for its inputs."""
        inputs = tuple(map(self.brought, value.inputs))
        keywords = {name: self.brought(x) for name, x in value.keywords.items()}
        added = self._brought[id(value)] = value.changed(inputs=inputs, keywords=keywords)
        self.body.append(added)
        return added

    def brought(self, x: Any) -> Any:
        """The value that stands here for another: of the forward program one that is kept, unless
        it is nothing but another look at one.
        """
        if not isinstance(x, Value) or x.kind != "operation":
            return x
        known = self._brought.get(id(x))
        if known is not None:
            return known
        if _is_cheap(x):
            return self.add(x)
        given = Value("argument", x.shape, x.dtype, name=x.name or x.operation)
        self._brought[id(x)] = given
        self.kept.append(x)
        self.given.append(given)
        return given


def _is_cheap(value: Value) -> bool:
    """Return whether to compute a value again takes no more than to keep it."""
    if value.function in (broadcast_to, np.broadcast_to) or is_view(value):
        return True
    return value.dtype is None and all(
        not isinstance(x, Value) or x.dtype is None or x.kind == "number" for x in value.inputs
    )
