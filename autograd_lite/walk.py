"""The walk of reverse-mode differentiation: from a result back to what it was computed from.

It visits each node once, after every node that used it, and adds what the node's rules give to the
cotangents of the node's inputs: rule(upstream gradient, output, *inputs, **keywords). A node is
made after its inputs, so the reverse order of creation is such an order; a heap of the nodes
reached keeps it. Nothing is recursive: the depth of a graph is not limited by Python's stack.

There are two walks: `Walk` hands the rules arrays, `TensorWalk` Tensors, so that what they compute
is recorded and can be differentiated again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Set
from heapq import heappop, heappush
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from autograd_lite.context import changed, current_context
from autograd_lite.recording import (
    assigned_since,
    fingerprints,
    output,
    plain_keywords,
    record,
    written_since,
)
from autograd_lite.table import TABLE
from autograd_lite.tape import Tape
from autograd_lite.tensor import Tensor, leaf, made_by, read_only, unwrap
from autograd_lite.variable import Variable


class VJPEvent(NamedTuple):
    """One vector-Jacobian product of a walk, just added up. Its arrays must not change.

    Attributes:
        node: the operation that used the input.
        position: which of the operation's inputs it is.
        upstream: the gradient of the operation's output.
        rule: the rule; None where one rule gave the gradients of all inputs at once.
        arguments: what the rule got after the upstream gradient: the output and the inputs.
        keywords: the keywords that it got.
        product: what it returned.
        contribution: that in the shape and dtype of the input, broadcasting undone.
        before: the cotangent of the input accumulated so far; None if this is its first part.
        after: the sum with this contribution.
    """

    node: Tensor
    position: int
    upstream: Any
    rule: Callable[..., Any] | None
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    product: Any
    contribution: Any
    before: Any
    after: Any


Observer = Callable[[VJPEvent], None]


class RecordNeededError(Exception):
    """Raised by a rule on arrays whose numbers do not determine the gradient; the walk then starts
    again on Tensors, whose record does.
    """


class Goal(NamedTuple):
    """The nodes whose gradients a walk is for, besides leaves.

    Attributes:
        sources: their ids.
        needed: the ids of the nodes to visit; None for all that require a gradient.
        cut: whether to stop at the sources.
    """

    sources: Set[int] = frozenset()
    needed: Set[int] | None = None
    cut: bool = False


EVERYTHING = Goal()


def walk(
    root: Tensor,
    seed: Any,
    goal: Goal = EVERYTHING,
    *,
    on_tensors: bool = False,
    free: bool = False,
    observer: Observer | None = None,
) -> tuple[dict[int, Any], list[Tensor]]:
    """Visit nodes from the latest to the earliest made, and accumulate cotangents.

    Args:
        root: where to start.
        seed: the upstream gradient of root.
        goal: whose gradients are wanted.
        on_tensors: whether to record the walk itself.
        free: whether to drop each node's inputs once they have been used.
        observer: told of every product, in the order of the walk.

    Returns:
        The gradients of leaves and sources by id, and the leaves.
    """
    try:
        if observer is None and current_context().watch is None and not on_tensors:
            return Walk(root, seed, goal, free).run()
        return _observed(root, seed, goal, on_tensors, free, observer)
    except RecordNeededError:
        if free or observer is not None:
            raise RuntimeError(
                "at equal eigenvalues or singular values the gradient needs the whole graph a "
                "second time: call backward() without retain_graph=False. It cannot be shown step "
                "by step"
            ) from None
        with changed(recording=True):
            found, leaves = _observed(root, leaf(seed), goal, on_tensors=True)
        return {key: _own_arrays(g) for key, g in found.items()}, leaves


def _observed(
    root: Tensor,
    seed: Any,
    goal: Goal,
    on_tensors: bool,
    free: bool = False,
    observer: Observer | None = None,
) -> tuple[dict[int, Any], list[Tensor]]:
    """One walk that may be looked at: by `observer`, and by the watch of the context."""
    observers = () if observer is None else (observer,)
    watch = current_context().watch
    kind = TensorWalk if on_tensors else Walk
    if watch is None:
        return kind(root, seed, goal, free, observers).run()
    watch.look_at_seed(root, seed)
    if not on_tensors:
        return kind(root, seed, goal, free, (*observers, watch.observe)).run()
    with changed(tape=watch.outer):  # what is recorded now is looked at as a gradient
        return kind(root, seed, goal, free, (*observers, watch.observe)).run()


class Walk:
    """One walk on arrays.

    Attributes:
        cotangents: by node id, accumulated so far.
        frontier: a heap of the nodes to be visited, the latest made first.
        leaves: the leaves reached, which are not visited.
    """

    __slots__ = ("_free", "_given", "_goal", "_observers", "cotangents", "frontier", "leaves")

    def __init__(
        self,
        root: Tensor,
        seed: Any,
        goal: Goal = EVERYTHING,
        free: bool = False,
        observers: tuple[Observer, ...] = (),
    ) -> None:
        self.cotangents = {id(root): seed}
        self.frontier = [(-root.stamp, root)]
        self.leaves: list[Tensor] = []
        self._goal = goal
        self._free = free
        self._observers = observers
        self._given: set[int] = set()  # the ids of what leaves were given

    # Rules divide by zero where the mathematics does (sqrt at 0); the forward pass has warned. (A
    # decorator takes half the time of a `with` block.)
    @np.errstate(all="ignore")
    def run(self) -> tuple[dict[int, Any], list[Tensor]]:
        """Visit all nodes; as `walk`."""
        frontier, cotangents = self.frontier, self.cotangents
        sources, _, cut = self._goal
        kept: dict[int, Any] = {}
        while frontier:
            node = heappop(frontier)[1]
            key = id(node)
            upstream = cotangents.pop(key)  # complete: all users have been visited
            if key in sources:
                kept[key] = upstream
                if cut:
                    continue
            if node.function is not None:
                self.visit(node, upstream)
            if self._free:
                node.inputs = None
        return cotangents | kept, self.leaves

    def visit(self, node: Tensor, upstream: Any) -> None:
        """Add to the cotangent of each input what its rule gives."""
        operation: Any = TABLE[node.function]  # type: ignore[index]
        inputs, keywords = inputs_of(node), node.keywords
        if node.seen and node.seen != fingerprints(inputs, keywords):
            raise written_since(made_by(node))
        arguments = self.operands(node, upstream, inputs)
        if operation.foreign:
            # One that writes into what it is handed would change the gradients of others.
            arguments = [read_only(x) for x in arguments]
        if keywords:
            keywords = self.keywords(keywords)
        rules, joint, needed = operation.rules, operation.joint, self._goal.needed
        if joint is not None:
            rules = joint(*arguments, **keywords)
        cotangents, position = self.cotangents, -1
        for x, product in zip(inputs, rules):  # noqa: B905 - fewer rules
            position += 1
            if product is None or not isinstance(x, Tensor) or not x.requires_grad:
                continue
            key, data = id(x), x._array
            if needed is not None and key not in needed:
                continue
            if joint is None:
                product = product(*arguments, **keywords) if keywords else product(*arguments)
            c, is_leaf = product, x.function is None
            if c.__class__ is not ndarray or c.shape != data.shape or c.dtype is not data.dtype:
                c = _fit(c, data, node)
            if is_leaf:
                c = self._own(c, arguments)
            before = cotangents.get(key)
            cotangents[key] = c if before is None else accumulated(before, c)
            if before is None and is_leaf:
                self.leaves.append(x)
            elif before is None:
                heappush(self.frontier, (-x.stamp, x))
            if self._observers:
                parts = arguments[0], arguments[1:], keywords, product, c, before, cotangents[key]
                self._tell(node, position, *parts)

    def operands(self, node: Tensor, upstream: Any, inputs: tuple[Any, ...]) -> list[Any]:
        """Return the arguments of a node's rules: upstream gradient, output, inputs."""
        y = node._array
        arguments = [_completed(upstream, node) if y.__class__ is tuple else upstream, y]
        for x in inputs:
            arguments.append(x._array if isinstance(x, Tensor) else x)
            if x.__class__ is Variable and x.changed > node.stamp:
                raise assigned_since(x, made_by(node))
        return arguments

    def keywords(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the keywords of a node's rules: arrays."""
        return plain_keywords(given)

    def _own(self, c: Any, arguments: list[Any]) -> Any:
        """A contribution to a leaf: its ``.grad`` shares no memory with what others hold."""
        held = c.base is not None or id(c) in self._given
        for x in arguments:
            held = held or c is x or (x.__class__ is tuple and any(c is part for part in x))
        if held:
            c = c.copy()
        self._given.add(id(c))
        return c

    def _tell(self, node: Tensor, position: int, upstream: Any, *parts: Any) -> None:
        """Tell the observers of a product."""
        operation: Any = TABLE[node.function]  # type: ignore[index]
        rule = operation.rules[position] if operation.joint is None else None
        event = VJPEvent(node, position, upstream, rule, *parts)
        for observer in self._observers:
            observer(event)


class TensorWalk(Walk):
    """One walk on Tensors: what the rules compute is recorded."""

    __slots__ = ()

    def run(self) -> tuple[dict[int, Any], list[Tensor]]:
        """As on arrays; a tape is told what each gradient is of."""
        tape = current_context().tracing
        if tape is not None:
            self._observers += (functools.partial(_note_gradient, tape),)
        return super().run()

    def visit(self, node: Tensor, upstream: Any) -> None:
        """As on arrays; a tape is told whose gradients are being computed."""
        tape = current_context().tracing
        if tape is None:
            super().visit(node, upstream)
            return
        tape.origin = node
        try:
            super().visit(node, upstream)
        finally:
            tape.origin = None

    def operands(self, node: Tensor, upstream: Any, inputs: tuple[Any, ...]) -> list[Any]:
        """As on arrays, but for Tensors."""
        tape = current_context().tracing
        changed_at = _changed if tape is None else tape.changed
        for x in inputs:
            if x.__class__ is Variable and changed_at(x) > node.stamp:
                raise assigned_since(x, made_by(node))
        y: Any = node
        if node._array.__class__ is tuple:
            upstream = _completed(upstream, node)
            y = tuple(record(output, node, index=i) for i in range(len(node._array)))
        return [upstream, y, *inputs]

    def keywords(self, given: dict[str, Any]) -> dict[str, Any]:
        """As on arrays, but with Tensors."""
        return given

    def _own(self, c: Any, arguments: list[Any]) -> Any:
        return c


def _note_gradient(tape: Tape, event: VJPEvent) -> None:
    tape.gradient_of[id(event.contribution)] = inputs_of(event.node)[event.position]


def inputs_of(node: Tensor) -> tuple[Any, ...]:
    """The inputs of a node, unless its graph was freed."""
    if node.inputs is None:
        raise _freed()
    return node.inputs


def _freed() -> RuntimeError:
    return RuntimeError(
        "this graph was freed by backward(retain_graph=False); compute the result again"
    )


def accumulated(a: Any, b: Any) -> Any:
    """The sum of two contributions; of operations with several results, result by result."""
    if a.__class__ is tuple:
        return tuple(
            q if p is None else p if q is None else p + q for p, q in zip(a, b, strict=True)
        )
    total = a + b
    return np.asarray(total) if isinstance(total, np.generic) else total


def _fit(c: Any, data: Any, node: Tensor) -> Any:
    """A contribution in the shape and dtype of its input: broadcasting undone, here only."""
    if data.__class__ is tuple:
        return c
    shape = getattr(c, "shape", None)
    if shape is None:
        raise TypeError(
            f"the rule of {made_by(node)} returned {type(c).__name__}, not an array; "
            "for no gradient pass None instead of the rule, for zeros use np.zeros_like(g)"
        )
    if isinstance(c, np.generic):
        c = np.asarray(c)
    if shape != data.shape:
        c = _unbroadcast(c, data.shape, node)
    if c.dtype == data.dtype:
        return c
    if data.dtype.kind != "f":
        raise TypeError(
            f"a Tensor of {data.dtype} requires a gradient, but only floats can hold one. Create "
            "it from floats: Tensor([1.0, 2.0], requires_grad=True)"
        )
    return c.astype(data.dtype)


def _unbroadcast(c: Any, shape: tuple[int, ...], node: Tensor) -> Any:
    """Sum over the axes along which an input of `shape` was repeated to make c's shape."""
    given = c.shape
    extra = len(given) - len(shape)
    if given[extra:] == shape:
        total = _sum(c, axis=0 if extra == 1 else tuple(range(extra)))
        return np.asarray(total) if isinstance(total, np.generic) else total
    repeated = [i for i, n in enumerate(shape) if n == 1]
    if extra < 0 or any(given[extra + i] != n for i, n in enumerate(shape) if n != 1):
        raise ValueError(
            f"the rule of {made_by(node)} returned a gradient of shape {given} for an input "
            f"of shape {shape}; the shapes must agree, up to broadcasting"
        )
    axes = (*range(extra), *(extra + i for i in repeated))
    return np.reshape(_sum(c, axis=axes), shape)


def _completed(upstream: tuple[Any, ...], node: Tensor) -> tuple[Any, ...]:
    """The upstream gradients of all results of an operation: zeros for those that were not used."""
    return tuple(
        np.zeros_like(y) if g is None else g for g, y in zip(upstream, node._array, strict=True)
    )


def _own_arrays(g: Any) -> Any:
    """Return a gradient on Tensors as arrays that nothing else shares."""
    if g.__class__ is tuple:
        return tuple(None if part is None else _own_arrays(part) for part in g)
    return np.array(unwrap(g))


_changed = attrgetter("changed")
_sum = np.add.reduce
