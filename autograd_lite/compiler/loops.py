"""`ScanLoop`: a loop of a program, whose body is a program too; and its memory.

The operation `scanned` has as inputs the carries, what runs over the steps, and what each step
reads. Its results are selected by `output`. Before memory is planned, each result gets a room, an
operation that fills nothing, which the loop writes into; what selected it becomes a look at that
room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_lite.compiler.control.scan import scanned
from autograd_lite.compiler.program import BoundKeyword, Program, Value
from autograd_lite.recording import output, primitive
from autograd_lite.table import nondifferentiable


@dataclass(eq=False)
class ScanLoop(BoundKeyword):
    """A loop.

    Attributes:
        body: of one step. Its arguments are what one step is given of xs, then what each step
            reads; the carries are states without storage, to which it assigns; its results are
            kept.
        carries: the states, in order.
        xs: how many of the arguments run over the steps.
        length: the number of steps.
        reverse: whether it goes from the last step to the first.
        part: the loop for some of the samples, if NumPy does it for one part of them after the
            other.
    """

    body: Program
    carries: list[Value]
    xs: int
    length: int
    reverse: bool
    part: ScanLoop | None = None

    @property
    def news(self) -> list[Value]:
        """The new value of each carry."""
        found = {id(state): new for state, new in self.body.assignments}
        return [found.get(id(state), state) for state in self.carries]

    def parts(self, inputs: Sequence[Any]) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
        """The inputs of the operation: carries, xs, what each step reads, and rooms."""
        one = len(self.carries)
        two, three = one + self.xs, one + len(self.body.arguments)
        given = list(inputs)
        return given[:one], given[one:two], given[two:three], given[three:]


def loop_of(value: Value) -> ScanLoop | None:
    """The loop of an operation; None for another."""
    return value.keywords["loop"] if value.function is scanned else None


def with_loops(
    program: Program, change: Callable[[Value, ScanLoop], list[Value] | None]
) -> Program:
    """The program with what is to stand in place of each loop that has steps; None leaves it."""

    def changed(value: Value) -> list[Value] | None:
        loop = loop_of(value)
        return None if loop is None or not loop.length else change(value, loop)

    return program.rewritten(changed)


def with_bodies(program: Program, change: Callable[[Program], Program]) -> Program:
    """The program with the body of each loop changed."""

    def changed(value: Value) -> Value | None:
        loop = loop_of(value)
        if loop is None:
            return None
        body = change(loop.body)
        return (
            value
            if body is loop.body
            else value.changed(keywords={"loop": replace(loop, body=body)})
        )

    return program.rewritten(changed)


@primitive
def room(shape: tuple[int, ...], dtype: Any) -> Any:
    """Memory for an array."""
    return np.empty(shape, dtype)


nondifferentiable(room, 0, "shape dtype")


def parted(*inputs: Any, loop: Any) -> Any:
    """A loop over parts of the samples, of a program alone: `compiler.parts`."""
    raise NotImplementedError


def panel_product(a: Any, panels: Any) -> Any:
    """``a @ matrix``; `panels`, of shape (count, rows, width), are columns of the matrix."""
    products = a @ panels
    return np.moveaxis(products, 0, 1).reshape(len(a), -1)


def joined_part(part: Any, whole: Any, start: int) -> None:
    """Write a part into memory, along its last axis from `start` on."""
    whole[..., start : start + part.shape[-1]] = part


def with_rooms(program: Program) -> Program:
    """The program with rooms for the results of loops."""
    rooms: dict[int, list[Value]] = {}

    def placed(value: Value) -> Value | list[Value] | None:
        loop = loop_of(value)
        if loop is not None:
            made = [_room(x, ()) for x in loop.carries]
            made += [_room(x, (loop.length,)) for x in loop.body.results]
            inner = replace(loop, body=with_rooms(loop.body))
            whole = value.changed(inputs=(*value.inputs, *made), keywords={"loop": inner})
            rooms[id(whole)] = made
            return [*made, whole]
        if value.function is output and isinstance(value.inputs[0], Value):
            of = value.inputs[0]
            if id(of) in rooms:
                base = rooms[id(of)][value.keywords["index"]]
                return value.changed(
                    function=np.reshape, inputs=(base, of), keywords={"shape": base.shape}
                )
        return None

    return program.rewritten(placed)


def _room(x: Value, lengths: tuple[int, ...]) -> Value:
    shape = (*lengths, *x.shape)
    return Value(
        "operation",
        shape,
        x.dtype,
        function=room,
        keywords={"shape": shape, "dtype": x.dtype},
        name=x.name,
    )
