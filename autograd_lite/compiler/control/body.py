"""`Body`: a function that a loop or a branch runs, as the operations that one call recorded.

It reads nothing from around it: what the function captures is an argument of the body, too. So it
can be recorded again on other Tensors, run on arrays, lowered, and differentiated.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.backward import partial_gradients
from autograd_lite.compiler.differentiation.recorded import Operation, Recorded, Slot
from autograd_lite.compiler.tracing.number import Number, compute, number
from autograd_lite.compiler.tracing.repeatable import same_constant
from autograd_lite.context import changed, current_context
from autograd_lite.primitives import drawn
from autograd_lite.recording import output, primitive, record
from autograd_lite.table import TABLE, gradient
from autograd_lite.tape import Entry, Tape, refuse
from autograd_lite.tensor import Tensor, describe, leaf
from autograd_lite.variable import Variable


class BodyTape(Tape):
    """The tape of a body: it refuses what is no operation, since a body may run any number of
    times.
    """

    def __init__(self, before: int, title: str) -> None:
        super().__init__(before)
        self._title = title

    def assign(self, variable: Any, value: Any, stamp: int) -> None:
        """Refuse an assignment."""
        refuse(
            f"{describe(variable)} is assigned inside of {self._title}, which a program records "
            "once and runs any number of times. Let the function return the new value, and assign "
            "it afterwards"
        )

    def add_grad(self, x: Any, g: Any) -> None:
        """Refuse `backward` to a leaf from around the body."""
        refuse(
            f"backward() is called inside of {self._title}, where it would leave a gradient in "
            f"{describe(x)} at each run. Use ag.gradients(J, [x]), and return what it gives"
        )

    def set_grad(self, x: Any, value: Any) -> None:
        """Refuse to set the gradient of a leaf."""
        self.add_grad(x, value)

    def close(self) -> None:
        """Refuse whatever else has an effect; tell the tape around this one what went wrong."""
        around = current_context().tracing
        if around is not None:
            around.refusal = around.refusal or self.refusal
            around.error = around.error or self.error
        if self.refusal is not None:  # the function has caught it
            raise self.refusal
        effects = [entry for entry in self.entries if not isinstance(entry, Entry)]
        if effects or self.preparations or self.supplies:
            refuse(f"a side effect inside of {self._title} cannot be repeated by a program")


class Traced(NamedTuple):
    """One recorded call of a function.

    Attributes:
        entries: what it recorded, without draws.
        arguments: the Tensors that it was called with.
        draws: nodes of the random numbers that it drew.
        captured: the Tensors from around it that it read.
        results: Tensors.
        conditions: Tensors that have to be true for the results to mean anything.
        before: a stamp made before the call.
    """

    entries: list[Entry]
    arguments: list[Tensor]
    draws: list[Tensor]
    captured: list[Tensor]
    results: list[Tensor]
    conditions: list[Tensor]
    before: int

    def body(self) -> Body:
        """The body whose arguments are those, the draws and what is captured, in order, and which
        gives the results and the conditions.
        """
        given = [*self.arguments, *self.draws, *self.captured]
        return Body(self.entries, given, [*self.results, *self.conditions], self.before)


def trace_body(
    function: Callable[..., Sequence[Any]], examples: Sequence[Tensor], title: str
) -> Traced:
    """Record one call of a function on these leaves.

    Args:
        function: takes Tensors, returns a sequence of Tensors, arrays and numbers.
        examples: new leaves.
        title: what messages call the loop or branch.

    Raises:
        TracingError: for what a program could not repeat.
    """
    before = leaf(np.zeros(())).stamp
    tape = BodyTape(before, title)
    try:
        with changed(tape=tape), np.errstate(all="ignore"):
            made = function(*examples)
    finally:
        tape.close()
    results = [x if isinstance(x, Tensor) else leaf(np.asarray(x)) for x in made]
    conditions = tape.conditions
    draws = [entry.node for entry in tape.entries if entry.node.function is drawn]
    entries = [entry for entry in tape.entries if entry.node.function is not drawn]
    captured = _captured(entries, [*examples, *draws], [*results, *conditions], before)
    return Traced(entries, list(examples), draws, captured, results, conditions, before)


def _captured(
    entries: Sequence[Entry], given: Sequence[Tensor], results: Sequence[Tensor], before: int
) -> list[Tensor]:
    """The Tensors that were there before, in the order of their first use."""
    known = {id(x) for x in (*given, *(entry.node for entry in entries))}
    found = []
    for parts in (*((*e.node.inputs, *e.node.keywords.values()) for e in entries), results):
        for x in parts:
            if not isinstance(x, Tensor) or id(x) in known:
                continue
            if isinstance(x, Variable) or x.stamp <= before:
                known.add(id(x))
                found.append(x)
    return found


def stand_in(example: Any, requires_grad: bool) -> Tensor:
    """A new leaf for an array, or for a Python number."""
    if not isinstance(example, np.ndarray):
        return number(example)
    return leaf(example, requires_grad and example.dtype.kind == "f")


class Pullback(NamedTuple):
    """The vector-Jacobian product of a body, as a body.

    Attributes:
        body: of the gradients of the active results, then of `residuals`, then of the arguments at
            `used`; it gives the gradient of each argument at `sources`.
        residuals: values that the body computes on its way, and that are needed again.
        used: positions of arguments.
        sources: positions of arguments.
    """

    body: Body
    residuals: list[Slot]
    used: list[int]
    sources: list[int]


class Body:
    """Operations on arguments, and on nothing else.

    Args:
        entries: what was recorded.
        arguments: the Tensors that it was recorded for.
        results: the Tensors that it gives.
        before: a stamp made before it was recorded.

    Attributes:
        examples: an array or a number for each argument.
        made: an array for each result.
        recorded: the operations.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        arguments: Sequence[Tensor],
        results: Sequence[Tensor],
        before: int,
    ) -> None:
        self.recorded = Recorded(entries, arguments, results, before)
        self.examples = [x._array for x in arguments]
        self.made = [x._array for x in results]
        self._pullbacks: dict[Any, Pullback] = {}

    def __eq__(self, other: object) -> bool:
        """Return whether it does the same operations on the same constants."""
        if not isinstance(other, Body):
            return NotImplemented
        a, b = self.recorded, other.recorded
        return len(a.steps) == len(b.steps) and all(
            same_constant(_comparable(p), _comparable(q))
            for p, q in zip((*a.steps, a.results), (*b.steps, b.results), strict=True)
        )

    __hash__ = object.__hash__

    def __call__(self, *arguments: Any) -> list[Any]:
        """Record the operations on Tensors; its results."""
        return self.recorded(arguments, (), None)

    def evaluate(self, arguments: Sequence[Any]) -> list[Any]:
        """Its results as arrays; nothing is recorded."""
        values = self._values(arguments)
        return [np.asarray(_array(x, values)) for x in self.recorded.results]

    def _values(self, arguments: Sequence[Any]) -> dict[int, Any]:
        values: dict[int, Any] = dict(enumerate(arguments))
        values |= {i: array for i, array, _ in self.recorded.made_inside}
        for step in self.recorded.steps:
            assert isinstance(step, Operation)
            values[step.made] = _evaluated(step, values)
        return values

    def keeping(self, slots: Sequence[Slot]) -> Body:
        """The same body, which also gives these values."""
        found = copy.copy(self)
        found.recorded = self.recorded.with_results([*self.recorded.results, *slots])
        with np.errstate(all="ignore"):
            values = self._values(self.examples)
        found.made = [*self.made, *(np.asarray(values[slot.number]) for slot in slots)]
        found._pullbacks = {}
        return found

    def stand_ins(self) -> list[Tensor]:
        """New leaves for its arguments."""
        by = self.recorded.by_argument
        return [stand_in(x, to) for x, to in zip(self.examples, by, strict=True)]

    # -- differentiation -------------------------------------------------------------------------

    def pullback(self, active: tuple[bool, ...], recompute: bool = False) -> Pullback:
        """Its vector-Jacobian product.

        Args:
            active: for each result whether it has an upstream gradient.
            recompute: whether it computes its values again, and needs the arguments alone.
        """
        key = active, recompute
        if key not in self._pullbacks:
            self._pullbacks[key] = self._pulled_back(active, recompute)
        return self._pullbacks[key]

    def _pulled_back(self, active: tuple[bool, ...], recompute: bool) -> Pullback:
        before = leaf(np.zeros(())).stamp
        arguments = self.stand_ins()
        tape = BodyTape(before, "a gradient")
        with changed(tape=tape, recording=True, scope=None), np.errstate(all="ignore"):
            values = self.recorded.values(arguments)
            forward = len(tape.entries)
            results = [_as_tensor(x, values) for x in self.recorded.results]
            outputs = [y for y, on in zip(results, active, strict=True) if on]
            upstream = [leaf(np.ones_like(y._array), True) for y in outputs]
            sources = [i for i, x in enumerate(arguments) if x.requires_grad]
            found = _gradients(outputs, upstream, [arguments[i] for i in sources])
        tape.close()
        early, late = _parted(tape.entries, forward)
        if recompute:
            early, late = [], tape.entries
        late, needed = _needed(late, found)
        numbers = (s.made for s in self.recorded.steps if isinstance(s, Operation))
        made = {_key(values[i]): i for i in numbers}
        kept = {
            id(e.node): e.node
            for e in early
            if id(e.node) in needed and not isinstance(e.node, Number)
        }
        used = [i for i, x in enumerate(arguments) if id(x) in needed]
        given = [*upstream, *kept.values(), *(arguments[i] for i in used)]
        body = Body(late, given, found, before)
        return Pullback(body, [Slot(made[_key(x)]) for x in kept.values()], used, sources)


def _gradients(outputs: list[Any], upstream: list[Any], sources: list[Any]) -> list[Any]:
    """The gradients of several results, added up."""
    found: list[Any] = [None] * len(sources)
    if outputs:
        root = record(joined, *outputs, *upstream)
        found = partial_gradients(root, sources, None, on_tensors=True)
    return [np.zeros_like(x) if g is None else g for x, g in zip(sources, found, strict=True)]


@primitive
def joined(*pairs: Any) -> Any:
    """A number on which results depend as their upstream gradients say: results, then these."""
    return np.zeros(())


gradient(joined, joint=lambda g, y, *pairs: pairs[len(pairs) // 2 :])


def _parted(entries: Sequence[Entry], forward: int) -> tuple[list[Entry], list[Entry]]:
    """The operations of a body, the first so many, and those that gradients add."""
    early = list(entries[:forward])
    late: list[Entry] = []
    before = {id(entry.node) for entry in early}
    for entry in entries[forward:]:
        selects = entry.node.function is output and id(entry.node.inputs[0]) in before
        (early if selects else late).append(entry)
    # Numbers are cheaper to compute again than to keep.
    return early, [e for e in early if isinstance(e.node, Number)] + late


def _needed(entries: Sequence[Entry], results: Sequence[Any]) -> tuple[list[Entry], set[int]]:
    """The operations that results depend on, and the ids of all that these read."""
    needed = {id(x) for x in results}
    kept = []
    for entry in reversed(entries):
        node = entry.node
        if id(node) in needed:
            kept.append(entry)
            needed.update(id(x) for x in (*node.inputs, *node.keywords.values()))
    return kept[::-1], needed


def _key(x: Any) -> Any:
    """Equal for nodes that select the same result of an operation."""
    if isinstance(x, Tensor) and x.function is output:
        return id(x.inputs[0]), x.keywords["index"]  # type: ignore[index]
    return id(x)


def _comparable(step: Any) -> Any:
    if isinstance(step, Operation):
        return (step.function, step.inputs, tuple(step.keywords.items()), step.made)
    return tuple(step)


def _array(x: Any, values: dict[int, Any]) -> Any:
    if x.__class__ is Slot:
        return values[x.number]
    return x._array if isinstance(x, Tensor) else x


def _as_tensor(x: Any, values: dict[int, Any]) -> Any:
    return values[x.number] if x.__class__ is Slot else x


def _evaluated(step: Operation, values: dict[int, Any]) -> Any:
    """One operation on arrays."""
    inputs = [_array(x, values) for x in step.inputs]
    if step.of_numbers:
        return compute(step.function, *inputs)._array
    keywords = {name: _array(x, values) for name, x in step.keywords.items()}
    entry: Any = TABLE[step.function]
    return entry.evaluate(*inputs, **keywords)
