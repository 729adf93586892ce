"""Reverse-mode differentiation: one walk from a result back to what it was computed from.

The walk visits each node once, after every node that used it, and hands each input its
contribution: rule(upstream gradient, output, inputs). On arrays (`backward`) this is fast; on
Tensors (`gradients`) every step is recorded again, so the result can be differentiated again.
Nothing is recursive: the depth of a graph is not limited by Python's stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.table import TABLE, Operation, function_name
from autograd_lite.tensor import (
    Tensor,
    Variable,
    called,
    leaf,
    output,
    plain_keywords,
    record,
    unwrap,
)

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
    seed = _seed(root, unwrap(gradient))
    pending = _consumers_of_all(root)
    _walk(root, seed, pending, free=not retain_graph)


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
        ValueError, RuntimeError: as `backward`.

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
    _require_recorded(result)
    return _collect(result, sources, upstream, on_tensors=True, cut=False)


def partial_gradients(
    result: Tensor, sources: Sequence[Tensor], upstream: Any, on_tensors: bool
) -> list[Any]:
    """As `gradients`, with each source held independent: nothing flows on through it.

    On arrays (not `on_tensors`) it is not recorded, and faster.
    """
    return _collect(result, sources, upstream, on_tensors, cut=True)


def _collect(
    result: Tensor, sources: Sequence[Tensor], upstream: Any, on_tensors: bool, cut: bool
) -> list[Any]:
    seed = _seed(result, upstream if on_tensors else unwrap(upstream))
    if on_tensors and not isinstance(seed, Tensor):
        seed = leaf(seed)
    found: dict[int, Any] = dict.fromkeys(map(id, sources))
    pending = _consumers_towards(result, found, cut)
    _walk(result, seed, pending, on_tensors, found, cut)
    return [found[id(source)] for source in sources]


def _require_recorded(root: Any) -> None:
    if not isinstance(root, Tensor):
        raise TypeError(
            f"only a Tensor can be differentiated, got {type(root).__name__}. Was it taken out "
            "of the record with .data, .item() or np.asarray?"
        )
    if root.function is None or not root.requires_grad:
        raise RuntimeError(
            f"nothing was recorded for {called(root)}: no Tensor with requires_grad=True went "
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
        return np.ones_like(root.data)
    seed = gradient if isinstance(gradient, Tensor) else np.asarray(gradient)
    if seed.shape != root.shape:
        raise ValueError(
            f"the upstream gradient must have the shape of the Tensor, {root.shape}, "
            f"got {seed.shape}"
        )
    return seed if seed.dtype == root.dtype else seed.astype(root.dtype)


def _consumers_of_all(root: Tensor) -> dict[int, int]:
    """For each node that root depends on, by id: how many of its uses lie on the way."""
    pending = {id(root): 0}
    stack = [root]
    while stack:
        node = stack.pop()
        for x in _inputs(node):
            if isinstance(x, Tensor) and x.requires_grad:
                key = id(x)
                if key in pending:
                    pending[key] += 1
                else:
                    pending[key] = 1
                    if x.function is not None:
                        stack.append(x)
                if x.__class__ is Variable:
                    _require_unchanged(x, node)
    return pending


def _consumers_towards(root: Tensor, sources: dict[int, Any], cut: bool) -> dict[int, int]:
    """As `_consumers_of_all`, only for the nodes that depend on a source.

    With `cut`, what lies behind a source does not count.
    """
    users: dict[int, list[Tensor]] = {id(root): []}
    stack = [] if cut and id(root) in sources else [root]
    while stack:
        node = stack.pop()
        for x in _inputs(node):
            if isinstance(x, Tensor) and x.requires_grad:
                if id(x) not in users:
                    users[id(x)] = []
                    if not (cut and id(x) in sources):
                        stack.append(x)
                users[id(x)].append(node)
                _require_unchanged(x, node)
    pending = {key: len(users[key]) for key in sources if key in users}
    on_the_way = list(pending)
    while on_the_way:
        for user in users[on_the_way.pop()]:
            if id(user) not in pending:
                pending[id(user)] = len(users[id(user)])
                on_the_way.append(id(user))
    return pending


def _inputs(node: Tensor) -> tuple[Any, ...]:
    if node.inputs is None:
        raise RuntimeError(
            "this graph was freed by backward(retain_graph=False); compute the result again"
        )
    return node.inputs


def _require_unchanged(x: Tensor, user: Tensor) -> None:
    if isinstance(x, Variable) and x.changed > user.stamp and user.function is not None:
        raise RuntimeError(
            f"{called(x)} was assigned after {function_name(user.function)} used it, so its "
            "gradient would mix old and new values. Call backward() before assign(), or compute "
            "the result again"
        )


def _walk(
    root: Tensor,
    seed: Any,
    pending: dict[int, int],
    on_tensors: bool = False,
    found: dict[int, Any] | None = None,
    cut: bool = False,
    free: bool = False,
) -> None:
    """Visit every node in `pending` once, users before inputs, adding up contributions.

    Leaves receive ``.grad`` where `found` is None; otherwise the gradients of the nodes whose
    ids are its keys are put there, and ``.grad`` is left alone.
    """
    if id(root) not in pending:
        return
    waiting = {id(root): seed}
    ready = [root]
    # Rules divide by zero where the mathematics does (sqrt at 0); the forward pass has warned.
    with np.errstate(all="ignore"):
        while ready:
            node = ready.pop()
            g = waiting.pop(id(node), None)
            if found is not None and id(node) in found:
                found[id(node)] = g
                if cut:
                    continue
            if node.function is None:
                if found is None and g is not None:
                    node.grad = g if node.grad is None else _add(node.grad, g)
                continue
            _contribute(node, g, pending, waiting, ready, on_tensors)
            if free:
                node.inputs = None


def _contribute(
    node: Tensor,
    g: Any,
    pending: dict[int, int],
    waiting: dict[int, Any],
    ready: list[Tensor],
    on_tensors: bool,
) -> None:
    """Add what `node` passes back to what waits for each of its inputs; an input for which this
    was the last use is ready.
    """
    operation: Any = TABLE[node.function]  # type: ignore[index]
    inputs: tuple[Any, ...] = node.inputs  # type: ignore[assignment]
    values: Any = inputs
    y: Any = node
    keywords = node.keywords
    if not on_tensors:
        values = [x.data if isinstance(x, Tensor) else x for x in inputs]
        y = node.data
        if keywords:
            keywords = plain_keywords(keywords)
    rules = operation.rules
    joint = None
    if g is not None:
        if node.data.__class__ is tuple:
            g, y = _whole(g, node, on_tensors)
        if operation.joint is not None:
            joint = operation.joint(g, y, *values, **keywords)
    for i, x in enumerate(inputs):
        key = id(x)
        if key not in pending:
            continue
        c = None
        if joint is not None:
            c = joint[i]
        elif g is not None and i < len(rules) and rules[i] is not None:
            c = rules[i](g, y, *values, **keywords)
        if c is not None:
            data = x.data
            if c.__class__ not in _ARRAYS or c.shape != data.shape or c.dtype != data.dtype:
                c = _fit(c, data, operation)
            if key in waiting:
                waiting[key] = _add(waiting[key], c)
            elif x.function is None and not on_tensors and _is_shared(c, g, y, values):
                waiting[key] = c.copy()
            else:
                waiting[key] = c
        pending[key] -= 1
        if pending[key] == 0:
            ready.append(x)


def _is_shared(c: Any, g: Any, y: Any, values: list[Any]) -> bool:
    """Whether a contribution may share memory with another array: a leaf's ``.grad`` must not."""
    if c is g or c is y or c.base is not None:
        return True
    for value in values:  # noqa: SIM110 - a generator would cost more than the loop
        if c is value:
            return True
    return False


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
    return c if c.dtype == data.dtype else c.astype(data.dtype)


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
    filled = tuple(np.zeros_like(y) if p is None else p for p, y in zip(g, node.data, strict=True))
    if not on_tensors:
        return filled, node.data
    results = tuple(record(output, node, index=i) for i in range(len(node.data)))
    return filled, results


_ARRAYS = (np.ndarray, Tensor)
