"""Reverse-mode differentiation: one walk from a result back to what it was computed from.

The walk visits each node once, after every node that used it, and hands each input its
contribution: rule(upstream gradient, output, inputs). A node is made after its inputs, so the
reverse order of creation is such an order; a heap of the nodes reached keeps it. On arrays
(`backward`) this is fast; on Tensors (`gradients`) every step is recorded again, so the result
can be differentiated again. Nothing is recursive: the depth of a graph is not limited by
Python's stack. Gradients reach the leaves only when the walk is complete: a rule that fails
leaves no half of them behind.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence, Set
from heapq import heappop, heappush
from operator import attrgetter
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.anomaly import watching
from autograd_lite.context import changed, current_context
from autograd_lite.recording import fingerprints, output, plain_keywords, record
from autograd_lite.table import TABLE, Operation
from autograd_lite.tensor import Tensor, describe, leaf, made_by, provide, read_only, unwrap
from autograd_lite.variable import Variable

__all__ = ["backward", "gradients"]


def backward(root: Tensor, gradient: Any = None, *, retain_graph: bool = True) -> None:
    """Add d(root)/d(leaf) to ``leaf.grad`` of every leaf that requires a gradient.

    Args:
        root: a recorded Tensor.
        gradient: the upstream gradient, of root's shape; may be left out for one element.
        retain_graph: False drops each node's inputs once they have been used.

    Raises:
        ValueError: if root has several elements and no gradient is given, or its shape is wrong.
        RuntimeError: if nothing was recorded, the graph was freed, or a Variable was assigned
            after the graph used it.
    """
    _require_recorded(root)
    tape = current_context().tracing
    if tape is not None:
        waiting, leaves = _walk(root, _as_tensor(_seed(root, gradient)), on_tensors=True)
        for x in leaves:
            tape.add_grad(x, waiting[id(x)])
        return
    waiting, leaves = _walk(root, _seed(root, unwrap(gradient)), free=not retain_graph)
    with _accumulating:
        for x in leaves:
            g = waiting[id(x)]
            x._grad = g if x._grad is None else _add(x._grad, g)


def gradients(
    result: Tensor, sources: Sequence[Tensor], upstream: Any = None
) -> list[Tensor | None]:
    """d(result)/d(source) for each source, as Tensors that can be differentiated again.

    Args:
        result: a recorded Tensor.
        sources: Tensors that it was computed from, leaves or not.
        upstream: the upstream gradient, of the result's shape; may be left out for one element.

    Returns:
        A Tensor of the source's shape and dtype for each source; None for a source that the
        result does not depend on.

    Raises:
        TypeError: if sources is not a list or tuple of Tensors.
        ValueError: as `backward`, and for a source that does not require a gradient.
        RuntimeError: as `backward`.

    Example:
        >>> import autograd_lite as ag
        >>> x = ag.Tensor(3.0, requires_grad=True)
        >>> (dy,) = ag.gradients(x**3, [x])
        >>> (ddy,) = ag.gradients(dy, [x])
        >>> dy.item(), ddy.item()
        (27.0, 18.0)
    """
    if isinstance(sources, Tensor) or not all(isinstance(x, Tensor) for x in sources):
        raise TypeError("gradients(y, sources) takes a list of Tensors: gradients(y, [x])")
    for i, source in enumerate(sources):
        if not source.requires_grad:
            raise ValueError(
                f"source {i}, {describe(source)}, does not require a gradient, so nothing was "
                "recorded for it: make it with requires_grad=True"
            )
    if not any(result is source for source in sources):
        _require_recorded(result)
    return _collect(result, sources, upstream, on_tensors=True, cut=False)


def partial_gradients(
    result: Tensor, sources: Sequence[Tensor], upstream: Any, on_tensors: bool
) -> list[Any]:
    """As `gradients`, with each source held independent: nothing flows on through it.

    On arrays (not `on_tensors`) it is not recorded, and faster.
    """
    return _collect(result, sources, upstream, on_tensors, cut=True)


class Passage(NamedTuple):
    """One use of an input, as the walk has just passed back over it. Its arrays must not change.

    Attributes:
        node: the operation that used it.
        position: which of the operation's inputs it is.
        upstream: the gradient of the operation's output.
        rule: the rule; None where one rule gave the gradients of all inputs at once.
        arguments: what the rule got after the upstream gradient: the output and the inputs.
        keywords: the keywords that it got.
        product: what it returned.
        contribution: that in the shape and dtype of the input, broadcasting undone.
        before: the gradient of the input summed up so far; None if this is its first part.
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


def node_gradients(
    root: Tensor,
    nodes: Sequence[Tensor],
    upstream: Any = None,
    watch: Callable[[Passage], None] | None = None,
) -> list[Any]:
    """d(root)/d(node) for many nodes at once, as arrays; inner nodes too. For pictures.

    Nothing is recorded and no ``.grad`` is touched. None for a node root does not depend on.

    Args:
        root: a recorded Tensor.
        nodes: Tensors that it was computed from.
        upstream: the upstream gradient, of root's shape; may be left out for one element.
        watch: called for every use of an input, in the order of the walk.
    """
    return _collect(root, nodes, upstream, on_tensors=False, cut=False, watch=watch)


def _collect(
    result: Tensor,
    sources: Sequence[Tensor],
    upstream: Any,
    on_tensors: bool,
    cut: bool,
    watch: Callable[[Passage], None] | None = None,
) -> list[Any]:
    seed = _seed(result, upstream if on_tensors else unwrap(upstream))
    if on_tensors:
        seed = _as_tensor(seed)
    elif any(result is source for source in sources):
        seed = seed.copy()  # it is a gradient then, and the caller's array must not be one
    wanted = {id(source) for source in sources}
    useful = _depend_on(wanted, result, cut)
    if id(result) not in useful:
        return [None] * len(sources)
    found, _ = _walk(result, seed, on_tensors, useful, wanted, cut, watch=watch)
    return [found.get(id(source)) for source in sources]


def _require_recorded(root: Any) -> None:
    if not isinstance(root, Tensor):
        raise TypeError(
            f"only a Tensor can be differentiated, got {type(root).__name__}. Was it taken out "
            "of the record with .data, .item() or np.asarray?"
        )
    if root.function is None and root.requires_grad:
        raise RuntimeError(
            f"nothing was recorded for {describe(root)}: it is a leaf, made and not computed. "
            "Compute something from it, and call backward() on that"
        )
    if not root.requires_grad:
        raise RuntimeError(
            f"nothing was recorded for {describe(root)}: no Tensor with requires_grad=True went "
            "into it, or it was computed under no_grad(), or it is not floating"
        )


def _seed(root: Tensor, gradient: Any) -> Any:
    """The upstream gradient that the walk starts with, in root's shape and dtype."""
    if gradient is None:
        if root.size != 1:
            raise ValueError(
                f"a gradient starts from one number, but this Tensor has shape {root.shape}. "
                "Reduce it first, np.sum(y) or np.mean(y), or pass the upstream gradient, "
                "an array of that shape"
            )
        return np.ones_like(root._data if current_context().tracing is None else root)
    seed = gradient if isinstance(gradient, Tensor) else np.asarray(gradient)
    if seed.shape != root.shape:
        raise ValueError(
            f"the upstream gradient must have the shape of the Tensor, {root.shape}, "
            f"got {seed.shape}"
        )
    return seed if seed.dtype == root.dtype else seed.astype(root.dtype)


def _as_tensor(seed: Any) -> Tensor:
    return seed if isinstance(seed, Tensor) else leaf(seed)


def _depend_on(sources: set[int], root: Tensor, cut: bool) -> set[int]:
    """The ids of the nodes between root and the sources; with `cut`, not of those behind one."""
    tape = current_context().tracing
    changed_at = _changed if tape is None else tape.changed
    users: dict[int, list[int]] = {id(root): []}
    stack = [] if cut and id(root) in sources else [root]
    while stack:
        node = stack.pop()
        for x in _inputs(node):
            if isinstance(x, Tensor) and x.requires_grad:
                key = id(x)
                if key not in users:
                    users[key] = []
                    if not (cut and key in sources):
                        stack.append(x)
                users[key].append(id(node))
            if x.__class__ is Variable and changed_at(x) > node.stamp:
                raise assigned_since(x, made_by(node))
    useful = {key for key in sources if key in users}
    on_the_way = list(useful)
    while on_the_way:
        for user in users[on_the_way.pop()]:
            if user not in useful:
                useful.add(user)
                on_the_way.append(user)
    return useful


def _inputs(node: Tensor) -> tuple[Any, ...]:
    if node.inputs is None:
        raise RuntimeError(
            "this graph was freed by backward(retain_graph=False); compute the result again"
        )
    return node.inputs


class RecordNeededError(Exception):
    """Raised by a rule on arrays whose numbers do not determine the gradient; the walk then starts
    again on Tensors, whose record does.
    """


def _walk(
    root: Tensor,
    seed: Any,
    on_tensors: bool = False,
    useful: set[int] | None = None,
    sources: Set[int] = frozenset(),
    cut: bool = False,
    free: bool = False,
    watch: Callable[[Passage], None] | None = None,
) -> tuple[dict[int, Any], list[Tensor]]:
    """As `_walk_once`, a second time on Tensors where a rule needs their record."""
    try:
        return _walk_once(root, seed, on_tensors, useful, sources, cut, free, watch)
    except RecordNeededError:
        if free or watch is not None:
            raise RuntimeError(
                "at equal eigenvalues or singular values the gradient needs the whole graph a "
                "second time: call backward() without retain_graph=False. It cannot be shown step "
                "by step"
            ) from None
        with changed(recording=True):
            found, leaves = _walk_once(root, leaf(seed), True, useful, sources, cut)
        return {key: _own_arrays(g) for key, g in found.items()}, leaves


def _own_arrays(g: Any) -> Any:
    """A gradient on Tensors as arrays that are shared with nobody."""
    if g.__class__ is tuple:
        return tuple(None if part is None else _own_arrays(part) for part in g)
    return np.array(unwrap(g))


def _walk_once(
    root: Tensor,
    seed: Any,
    on_tensors: bool = False,
    useful: set[int] | None = None,
    sources: Set[int] = frozenset(),
    cut: bool = False,
    free: bool = False,
    watch: Callable[[Passage], None] | None = None,
) -> tuple[dict[int, Any], list[Tensor]]:
    """Visit nodes from the latest to the earliest made, so users before inputs, and add up what
    they pass back.

    Args:
        root: where to start.
        seed: the upstream gradient of root.
        on_tensors: whether to record the walk itself.
        useful: the ids of the nodes to visit; None for all that require a gradient.
        sources: the ids of the nodes whose gradients are wanted besides those of leaves.
        cut: whether to stop at them.
        free: whether to drop each node's inputs once they have been used.
        watch: called for every use of an input that a gradient is passed back to.

    Returns:
        The gradients of leaves and sources by id, and the leaves.
    """
    reached = _Reached(root, seed, watch)
    kept: dict[int, Any] = {}
    anomalies = watching()
    visit = _pass_back if anomalies is None else anomalies.visiting(_pass_back)
    # Rules divide by zero where the mathematics does (sqrt at 0); the forward pass has warned.
    with np.errstate(all="ignore"):
        while reached.frontier:
            node, g = reached.latest()
            if id(node) in sources:
                kept[id(node)] = g
                if cut:
                    continue
            visit(node, g, reached, useful, on_tensors)
            if free:
                node.inputs = None
    return reached.waiting | kept, reached.leaves


class _Reached:
    """What the walk has reached: nodes to be visited, and the gradients that wait for them.

    Attributes:
        waiting: the gradients by node id, summed up so far.
        frontier: a heap of the nodes to be visited, the latest made first.
        leaves: the leaves reached, which are not visited.
        watch: told of every contribution, or None.
    """

    __slots__ = ("frontier", "leaves", "waiting", "watch")

    def __init__(
        self, root: Tensor, seed: Any, watch: Callable[[Passage], None] | None = None
    ) -> None:
        self.watch = watch
        self.waiting = {id(root): seed}
        self.frontier = [(-root.stamp, id(root), root)]
        self.leaves: list[Tensor] = []

    def latest(self) -> tuple[Tensor, Any]:
        """The latest made of the nodes to be visited, and its gradient, now complete."""
        _, key, node = heappop(self.frontier)
        return node, self.waiting.pop(key)

    def add(self, x: Tensor, c: Any) -> None:
        """A contribution to the gradient of x."""
        key = id(x)
        waiting = self.waiting
        if key in waiting:
            waiting[key] = _add(waiting[key], c)
            return
        waiting[key] = c
        if x.function is None:
            self.leaves.append(x)
        else:
            heappush(self.frontier, (-x.stamp, key, x))


def _pass_back(
    node: Tensor, g: Any, reached: _Reached, useful: set[int] | None, on_tensors: bool
) -> None:
    """Hand each input of `node` its contribution: rule(g, y, *inputs, **keywords)."""
    if node.function is None:  # the root is a source
        return
    operation: Any = TABLE[node.function]
    inputs = _inputs(node)
    if node.seen and node.seen != fingerprints(inputs, node.keywords):
        raise written_since(made_by(node))
    values: Any = inputs
    y: Any = node
    keywords = node.keywords
    if not on_tensors:
        values = [x._data if isinstance(x, Tensor) else x for x in inputs]
        y = node._data
        if keywords:
            keywords = plain_keywords(keywords)
    if node._data.__class__ is tuple:
        g, y = _whole(g, node, on_tensors)
    if operation.foreign and not on_tensors:
        # One that writes into what it is handed would change the gradients of others.
        g, y, values = read_only(g), read_only(y), [read_only(x) for x in values]
    tape = current_context().tracing if on_tensors else None
    changed_at = _changed if tape is None else tape.changed
    if tape is not None:
        tape.origin = node
    rules = operation.rules
    joint = None
    if operation.joint is not None:
        for x in inputs:
            if x.__class__ is Variable and x.changed > node.stamp:
                raise assigned_since(x, made_by(node))
        rules = joint = operation.joint(g, y, *values, **keywords)
    shared: set[int] | None = None
    positions = range(len(inputs))
    for i, x, rule in zip(positions, inputs, rules):  # noqa: B905 - there may be fewer rules
        if not isinstance(x, Tensor):
            continue
        if joint is None and x.__class__ is Variable and changed_at(x) > node.stamp:
            raise assigned_since(x, made_by(node))
        if rule is None or not x.requires_grad or (useful is not None and id(x) not in useful):
            continue
        product = c = rule(g, y, *values, **keywords) if joint is None else rule
        data = x._data
        if c.__class__ not in _ARRAYS or c.shape != data.shape or c.dtype is not data.dtype:
            c = _fit(c, data, operation)
        if x.function is None and not on_tensors:
            # A leaf's .grad must not share memory with anything that someone else holds.
            if shared is None:
                shared = {id(g), id(y), *map(id, values)}
            if c.base is not None or id(c) in shared:
                c = c.copy()
            shared.add(id(c))
        if tape is not None:
            tape.gradient_of[id(c)] = x
        if reached.watch is None:
            reached.add(x, c)
        else:
            before = reached.waiting.get(id(x))
            reached.add(x, c)
            after = reached.waiting[id(x)]
            used, arguments = (rule if joint is None else None), (y, *values)
            reached.watch(Passage(node, i, g, used, arguments, keywords, product, c, before, after))
    if tape is not None:
        tape.origin = None


def _fit(c: Any, data: Any, operation: Operation) -> Any:
    """A contribution in the shape and dtype of its input: broadcasting undone, here only."""
    if data.__class__ is tuple:
        return c
    if getattr(c, "shape", None) is None:
        raise TypeError(
            f"the rule of {operation.name} returned {type(c).__name__}, not an array; "
            "for no gradient give None in place of the rule, for zeros use np.zeros_like(g)"
        )
    if isinstance(c, np.generic):
        c = np.asarray(c)
    if c.shape != data.shape:
        c = _unbroadcast(c, data.shape, operation)
    if c.dtype == data.dtype:
        return c
    if data.dtype.kind != "f":
        raise TypeError(
            f"a Tensor of {data.dtype} was made to require a gradient, which has no place in it. "
            "Make it of floats: Tensor([1.0, 2.0], requires_grad=True)"
        )
    return c.astype(data.dtype)


def _unbroadcast(c: Any, shape: tuple[int, ...], operation: Operation) -> Any:
    """Sum over the axes along which an input of `shape` was repeated to make c's shape."""
    extra = len(c.shape) - len(shape)
    if c.shape[extra:] == shape:
        total = np.add.reduce(c, axis=0 if extra == 1 else tuple(range(extra)))
        return np.asarray(total) if isinstance(total, np.generic) else total
    repeated = [i for i, n in enumerate(shape) if n == 1]
    if extra < 0 or any(c.shape[extra + i] != n for i, n in enumerate(shape) if n != 1):
        raise ValueError(
            f"the rule of {operation.name} returned a gradient of shape {c.shape} for an input "
            f"of shape {shape}; the shapes must agree, up to broadcasting"
        )
    axes = (*range(extra), *(extra + i for i in repeated))
    return np.reshape(np.add.reduce(c, axis=axes), shape)


def _add(a: Any, b: Any) -> Any:
    """The sum of two contributions; of operations with several results, result by result."""
    if a.__class__ is tuple:
        return tuple(
            q if p is None else p if q is None else p + q for p, q in zip(a, b, strict=True)
        )
    total = a + b
    return np.asarray(total) if isinstance(total, np.generic) else total


def _whole(g: tuple[Any, ...], node: Tensor, on_tensors: bool) -> tuple[Any, Any]:
    """For an operation with several results: all upstream gradients (zero where a result was not
    used) and all results.
    """
    filled = tuple(np.zeros_like(y) if p is None else p for p, y in zip(g, node._data, strict=True))
    if not on_tensors:
        return filled, node._data
    results = tuple(record(output, node, index=i) for i in range(len(node._data)))
    return filled, results


def assigned_since(variable: Tensor, user: str) -> RuntimeError:
    """The error for a Variable that was assigned after an operation of that name used it."""
    return RuntimeError(
        f"{describe(variable)} was assigned after {user} used it, so its gradient would "
        "mix old and new values. Call backward() before assign(), or compute the result again"
    )


def written_since(user: str) -> RuntimeError:
    """The error for an array that was written into after an operation of that name used it."""
    return RuntimeError(
        f"an array that {user} used has been changed since, so the gradient would mix "
        "old and new values. Call backward() before changing it (w.data -= ..., too), compute the "
        "result again, or give the operation a copy, array.copy()"
    )


_ARRAYS = (np.ndarray, Tensor)
_accumulating = Lock()  # several threads may add to the gradient of one leaf
if hasattr(os, "register_at_fork"):  # a fork may come while another thread holds it
    os.register_at_fork(after_in_child=_accumulating._at_fork_reinit)  # type: ignore[attr-defined]
_changed = attrgetter("changed")
provide(backward=backward)
