"""`Recorded`: the operations that one call of a function recorded, without their values.

They can be recorded again on other Tensors, without calling the function: so nothing that it does
in Python happens twice, and what is differentiated is what ran.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.backward import partial_gradients
from autograd_lite.compiler.tracing.number import Number, compute
from autograd_lite.context import Scope, changed
from autograd_lite.primitives import cast, drawn
from autograd_lite.recording import output, primitive, record
from autograd_lite.table import gradient
from autograd_lite.tape import Assignment, Entry, tracing
from autograd_lite.tensor import Tensor, leaf
from autograd_lite.transforms import independent
from autograd_lite.variable import Variable


class Slot(NamedTuple):
    """Stands for the Tensor of that number."""

    number: int


class Operation(NamedTuple):
    """A recorded operation; the attributes are those of its node."""

    made: int
    function: Any
    inputs: tuple[Any, ...]
    keywords: dict[str, Any]
    scope: Scope | None
    name: str | None
    requires_grad: bool
    of_numbers: bool


class _Assignment(NamedTuple):
    """A Variable had another value from there on."""

    variable: int
    value: Any


class Recorded:
    """The operations of a function on its arguments and on the Tensors that it captures.

    Args:
        entries: of the tape of one call.
        arguments: the Tensors that it was called with.
        results: the Tensors and arrays that it returned.
        before: a stamp: what was made before it was there before the call.

    Attributes:
        by_argument: for each argument whether the function is differentiated by it.
        captured: the Tensors from around the function that require a gradient.
        differentiable: for each result whether a gradient flows back from it.
        read: arrays from around it, and Tensors without gradient, which others may write into.
        steps: what was recorded, in order.
        made_inside: Tensors that were made and not computed: (number, array, requires_grad).
        results: what was returned: a `Slot` for each Tensor, anything else as it was.
        is_opaque: whether it does more than this, so that it cannot be differentiated.
        overwritten: the Variables without gradient that the function assigns after it has read
            them: who records again needs the values that they had.
    """

    def __init__(
        self,
        entries: Sequence[Any],
        arguments: Sequence[Tensor],
        results: Sequence[Any],
        before: int,
    ) -> None:
        self._before = before
        self._numbers = {id(x): i for i, x in enumerate(arguments)}
        self._count = len(arguments)
        self._around: list[tuple[int, Tensor]] = []
        self.made_inside: list[tuple[int, Any, bool]] = []
        self.steps = [step for entry in entries if (step := self._step(entry)) is not None]
        self.results = [self._reference(x) for x in results]
        self.by_argument = [x.requires_grad for x in arguments]
        self.differentiable = self._flows_to()
        self._captured_at = [i for i, x in self._around if x.requires_grad]
        self.captured = [x for _, x in self._around if x.requires_grad]
        read = self._read_before()
        self._overwritten_at = [i for i, x in self._around if i in read and not x.requires_grad]
        self.overwritten = [x for i, x in self._around if i in self._overwritten_at]
        self.is_opaque = False
        self.read = self._arrays_read()
        del self._numbers  # ids are of living objects only

    def _step(self, entry: Any) -> Operation | _Assignment | None:
        if isinstance(entry, Assignment):
            variable = self._reference(entry.variable)
            return _Assignment(variable.number, self._reference(entry.value))
        if not isinstance(entry, Entry):
            return None
        node = entry.node
        inputs = tuple(map(self._reference, node.inputs))
        keywords = {name: self._reference(x) for name, x in node.keywords.items()}
        made = self._numbers[id(node)] = self._next()
        return Operation(
            made,
            node.function,
            inputs,
            keywords,
            entry.scope,
            node.name,
            node.requires_grad,
            isinstance(node, Number),
        )

    def _flows_to(self) -> list[bool]:
        """For each result whether it depends, differentiably, on something from outside."""
        reached = {i for i, differentiated in enumerate(self.by_argument) if differentiated}
        reached |= {i for i, x in self._around if x.requires_grad}
        for step in self.steps:
            if isinstance(step, _Assignment) or not step.requires_grad:
                continue
            if _numbers(step.inputs) & reached:
                reached.add(step.made)
        return [x.__class__ is Slot and x.number in reached for x in self.results]

    def with_results(self, results: list[Any]) -> Recorded:
        """The same operations with other results."""
        other = copy.copy(self)
        other.results = results
        other.differentiable = other._flows_to()
        return other

    def _read_before(self) -> set[int]:
        """The Variables that are assigned, and whose first value matters to a derivative."""
        assigned = {step.variable for step in self.steps if isinstance(step, _Assignment)}
        pairs = zip(self.results, self.differentiable, strict=True)
        needed = {x.number for x, to in pairs if to}
        for step in reversed(self.steps):
            if isinstance(step, _Assignment):
                if step.variable in needed:
                    needed.remove(step.variable)
                    needed |= _numbers([step.value])
            elif step.made in needed:
                needed |= _numbers([*step.inputs, *step.keywords.values()])
        return needed & assigned

    def _arrays_read(self) -> tuple[Any, ...]:
        found: dict[int, Any] = {id(x): x for _, x in self._around if x.__class__ is Tensor}
        for step in self.steps:
            if isinstance(step, Operation):
                parts = (*step.inputs, *step.keywords.values())
                found |= {id(x): x for x in parts if x.__class__ is np.ndarray}
        return tuple(x for x in found.values() if not getattr(x, "requires_grad", False))

    def _next(self) -> int:
        self._count += 1
        return self._count - 1

    def _reference(self, x: Any) -> Any:
        """A Tensor by its number; anything else as it is."""
        if not isinstance(x, Tensor):
            return x
        known = self._numbers.get(id(x))
        if known is None:
            known = self._numbers[id(x)] = self._next()
            if isinstance(x, Variable) or x.stamp <= self._before:
                self._around.append((known, x))
            else:
                self.made_inside.append((known, x._array, x.requires_grad))
        return Slot(known)

    def __call__(
        self,
        arguments: Sequence[Any],
        captured: Sequence[Tensor],
        kept: Iterator[Any] | None,
    ) -> list[Any]:
        """Record the operations again.

        Args:
            arguments: in the place of those that the function was called with.
            captured: in the place of `captured`.
            kept: the values that `overwritten` had, then what was drawn, in order: nothing is
                drawn anew and nothing assigned. None while a function is compiled that is to do
                both.

        Returns:
            The results.
        """
        values = self.values(arguments, captured, kept)
        return [_value(x, values) for x in self.results]

    def values(
        self,
        arguments: Sequence[Any],
        captured: Sequence[Tensor] = (),
        kept: Iterator[Any] | None = None,
    ) -> dict[int, Any]:
        """Record the operations again, as a call does; everything that they make, by number."""
        values: dict[int, Any] = dict(enumerate(arguments))
        values |= self._around
        values |= zip(self._captured_at, captured, strict=True)
        if kept is not None:
            values |= {i: next(kept) for i in self._overwritten_at}
        for number, array, requires_grad in self.made_inside:
            values[number] = leaf(array, requires_grad)
        for step in self.steps:
            if isinstance(step, _Assignment):
                value = _value(step.value, values)
                if kept is None:
                    self._assign(step.variable, value)
                values[step.variable] = _reassigned(values[step.variable], value)
            elif step.function is drawn and kept is not None:
                values[step.made] = next(kept)
            else:
                values[step.made] = _again(step, values)
        return values

    def _assign(self, number: int, value: Any) -> None:
        """Note on the tape that the function assigns a Variable."""
        tape = tracing()
        assert tape is not None
        variable = next(x for i, x in self._around if i == number)
        tape.entries.append(Assignment(variable, value))

    def pull_back(
        self,
        upstream: Sequence[Any],
        arguments: Sequence[Any],
        captured: Sequence[Tensor],
        kept: Iterator[Any] | None,
    ) -> tuple[list[Any], list[Any]]:
        """The results, and the vector-Jacobian product by each argument and each captured Tensor;
        None for what the function is not differentiated by.

        `upstream` are the gradients of the results that are differentiable; the other arguments
        are those of a call.
        """
        arguments = [
            independent(x) if differentiated else x
            for x, differentiated in zip(arguments, self.by_argument, strict=True)
        ]
        captured = list(map(independent, captured))
        results = self(arguments, captured, kept)
        outputs = [y for y, flows in zip(results, self.differentiable, strict=True) if flows]
        wanted = [*self.by_argument, *(True for _ in captured)]
        sources = [x for x, by in zip((*arguments, *captured), wanted, strict=True) if by]
        found = iter(_products(outputs, upstream, sources))
        return results, [next(found) if by else None for by in wanted]


def _products(outputs: list[Tensor], upstream: Sequence[Any], sources: list[Tensor]) -> list[Any]:
    """The vector-Jacobian products of several results, added up."""
    if len(outputs) == 1:
        found = partial_gradients(outputs[0], sources, upstream[0], on_tensors=True)
    else:
        weighted = [np.sum(u * y) for u, y in zip(upstream, outputs, strict=True)]
        total = functools.reduce(np.add, weighted)
        found = partial_gradients(total, sources, None, on_tensors=True)
    if all(g is None for g in found):
        return [np.zeros_like(x) for x in sources]
    return found


def _numbers(references: Sequence[Any]) -> set[int]:
    return {x.number for x in references if x.__class__ is Slot}


def _value(x: Any, values: dict[int, Any]) -> Any:
    return values[x.number] if x.__class__ is Slot else x


def _again(step: Operation, values: dict[int, Any]) -> Any:
    """Record an operation again, on other inputs."""
    inputs = [_value(x, values) for x in step.inputs]
    if step.function is output:
        return inputs[0][step.keywords["index"]]
    keywords = {name: _value(x, values) for name, x in step.keywords.items()}
    with changed(recording=step.requires_grad, scope=step.scope):
        if step.of_numbers:
            return compute(step.function, *inputs)
        made = record(step.function, *inputs, **keywords)
    if isinstance(made, Tensor):
        made.name = step.name
        if step.requires_grad:  # also of what `independent` has made
            made.requires_grad = True
    return made


def _reassigned(variable: Tensor, value: Any) -> Tensor:
    """A Variable after an assignment."""
    if not isinstance(value, Tensor) or isinstance(value, Number):
        value = np.asarray(value) if not isinstance(value, Tensor) else record(np.positive, value)
    with changed(recording=variable.requires_grad):
        if value.dtype != variable.dtype:
            value = cast(value, dtype=variable.dtype)
        return record(assigned, variable, value)


@primitive(inlinable=True)
def assigned(variable: Any, value: Any) -> Any:
    """The value of one with the gradient of the other: a Variable is a leaf, whatever it was
    assigned.
    """
    return value


gradient(assigned, lambda g, y, variable, value: g, None)
