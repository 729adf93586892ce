"""`Program`: what a traced function computes, as a list of values in the order of computation.

Each `Value` is an array that comes to be once; nothing is overwritten (which arrays share memory
is decided later, by `buffers`). Passes take a Program and give one that computes the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from autograd_lite.table import function_name

Kind = Literal["argument", "number", "state", "constant", "operation", "fused_update"]
Phase = Literal["forward", "backward", "update", "projection"]


class BoundKeyword:
    """A keyword argument that a source is given as an object, since it has no text of its own."""


class Value:
    """One array of a program.

    Attributes:
        kind: "argument" (an array given at each call), "number" (a Python number given at each
            call), "state" (the array of a Variable, or of a Tensor from outside), "constant"
            (an array that the function captured, or that a pass computed), "operation", or
            "fused_update" (a `FusedLoop`, which has no value).
        function: the operation, as it stands in the table.
        inputs: Values and Python numbers.
        keywords: the operation's keyword arguments.
        shape, dtype: of the array; dtype is None for a "number", and for an operation with several
            results.
        name: what the source calls it; "" until it is named.
        scope: the path of the layer call that it belongs to.
        phase: where in a training step it stands.
        storage: of "state" the Variable or Tensor; of a "constant" the array.
        line: the user's line that it comes from.
        live: of a "constant", whether someone else may write into the array.
        order: the axes from the outermost in memory to the innermost, where that is not their own
            order; NumPy gives a result the order of its inputs, and adds up in that order.
        loop: of a "fused_update" what is done; it has no value.
    """

    __slots__ = (
        "dtype",
        "function",
        "inputs",
        "keywords",
        "kind",
        "line",
        "live",
        "loop",
        "name",
        "order",
        "phase",
        "scope",
        "shape",
        "storage",
    )

    def __init__(
        self,
        kind: Kind,
        shape: tuple[int, ...] = (),
        dtype: Any = None,
        *,
        function: Any = None,
        inputs: tuple[Any, ...] = (),
        keywords: dict[str, Any] | None = None,
        name: str = "",
        scope: str = "",
        phase: Phase = "forward",
        storage: Any = None,
        line: tuple[str, int] | None = None,
        live: bool = False,
        order: tuple[int, ...] | None = None,
        loop: FusedLoop | None = None,
    ) -> None:
        self.kind = kind
        self.shape = shape
        self.dtype = dtype
        self.function = function
        self.inputs = inputs
        self.keywords = keywords or {}
        self.name = name
        self.scope = scope
        self.phase: Phase = phase
        self.storage = storage
        self.line = line
        self.live = live
        self.order = order
        self.loop = loop

    @property
    def array(self) -> Any:
        """The array of a state, as it is now, or of a constant."""
        return self.storage._array if self.kind == "state" else self.storage

    @property
    def operation(self) -> str:
        """The name of the operation."""
        return function_name(self.function) if self.function is not None else self.kind

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        size = 1
        for n in self.shape:
            size *= n
        return size

    @property
    def nbytes(self) -> int:
        """The bytes that the elements take."""
        return self.size * (self.dtype.itemsize if self.dtype is not None else 8)

    def values(self) -> Iterator[Value]:
        """The inputs that are Values, and the keyword arguments (a mask) that are."""
        yield from (x for x in self.inputs if x.__class__ is Value)
        yield from (x for x in self.keywords.values() if x.__class__ is Value)

    def with_inputs(self, inputs: Iterable[Any]) -> Value:
        """The same operation on other inputs."""
        return self.changed(inputs=tuple(inputs))

    def changed(self, **changes: Any) -> Value:
        """A copy with some attributes changed."""
        if "shape" in changes and len(changes["shape"]) != len(self.shape):
            changes.setdefault("order", None)
        copy = Value.__new__(Value)
        for slot in Value.__slots__:
            setattr(copy, slot, changes.get(slot, getattr(self, slot)))
        return copy

    def __repr__(self) -> str:
        inputs = ", ".join(
            x.name or x.kind if isinstance(x, Value) else repr(x) for x in self.inputs
        )
        return f"<{self.name or self.kind} {self.shape} {self.dtype} = {self.operation}({inputs})>"


def order_of(array: Any) -> tuple[int, ...] | None:
    """The axes of an array from the outermost in memory to the innermost; None if in order."""
    if array.ndim < 2 or array.flags.c_contiguous:
        return None
    axes = sorted(range(array.ndim), key=lambda i: (-abs(array.strides[i]), i))
    return None if axes == list(range(array.ndim)) else tuple(axes)


def constant(array: Any, **attributes: Any) -> Value:
    """A constant that nobody else can write into."""
    data = np.asarray(array)
    return Value("constant", data.shape, data.dtype, storage=data, **attributes)


@dataclass(eq=False)
class FusedLoop:
    """One pass over flat arrays, element by element: the update of all parameters at once.

    The inputs of its Value are first gradients, each written to its destination before the pass
    begins, then the numbers that the body takes as arguments.

    Attributes:
        title: what the source calls it: "Adam".
        body: what is done to each element. Its arguments are the numbers; its states, which have no
            storage, are the columns; its assignments say which columns change.
        columns: the states of the body, in the order of a block.
        blocks: the columns, cut alike into blocks that fit the cache: tuples of arrays.
        destinations: for each gradient the part of a column that it is written to.
        finite: a flat array that has to be finite, in a program with a guard: if it is not, nothing
            is changed and the guard is returned as NaN. An array whose squares overflow counts as
            not finite.
    """

    title: str
    body: Program
    columns: list[Value]
    blocks: list[tuple[Any, ...]]
    destinations: list[Any]
    finite: Any = None


@dataclass(eq=False)
class Program:
    """A traced function.

    Attributes:
        arguments: what is given at each call, in order: arrays and numbers.
        body: the operations and fused updates, in order.
        results: what is returned: Values, in order.
        assignments: (state, new value) pairs, made when everything has been computed.
        name: of the function.
        guard: a number that has to be finite; if it is not, nothing is changed and the results are
            returned as they are.
    """

    arguments: list[Value]
    body: list[Value]
    results: list[Value]
    assignments: list[tuple[Value, Value]] = field(default_factory=list)
    name: str = "step"
    guard: Value | None = None

    def leaves(self) -> list[Value]:
        """States and constants that are read or assigned, in the order of their first use."""
        found: dict[int, Value] = {}
        for value in self.uses():
            if value.kind in ("state", "constant"):
                found.setdefault(id(value), value)
        return list(found.values())

    def uses(self) -> Iterator[Value]:
        """Every use of a Value: by operations in order, then by assignments and results."""
        for value in self.body:
            yield from value.values()
        for state, new in self.assignments:
            yield state
            yield new
        yield from self.results
        if self.guard is not None:
            yield self.guard

    def rewritten(self, change: Callable[[Value], Value | list[Value] | None]) -> Program:
        """The program with each operation replaced by what `change` makes of it.

        Args:
            change: gets an operation whose inputs have been replaced already; returns None to keep
                it; a Value to take its place, a new operation or one that exists already; or a list
                of new operations, of which the last takes its place.
        """
        new: dict[int, Value] = {}
        body: list[Value] = []
        present = set()

        def current(x: Any) -> Any:
            return new.get(id(x), x) if x.__class__ is Value else x

        for value in self.body:
            moved = _moved(value, current)
            results = change(moved) or moved
            results = results if isinstance(results, list) else [results]
            if results[-1] is not value:
                new[id(value)] = results[-1]
            for result in results:
                if result.kind in ("operation", "fused_update") and id(result) not in present:
                    present.add(id(result))
                    body.append(result)
        return Program(
            self.arguments,
            body,
            [current(x) for x in self.results],
            [(state, current(x)) for state, x in self.assignments],
            self.name,
            None if self.guard is None else current(self.guard),
        )


def _moved(value: Value, current: Callable[[Any], Any]) -> Value:
    """The operation on the inputs that stand in for its own."""
    inputs = tuple(map(current, value.inputs))
    keywords = value.keywords
    if any(x.__class__ is Value for x in keywords.values()):
        keywords = {name: current(x) for name, x in keywords.items()}
    elif all(a is b for a, b in zip(inputs, value.inputs, strict=True)):
        return value
    return value.changed(inputs=inputs, keywords=keywords)
