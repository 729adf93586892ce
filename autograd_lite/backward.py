"""Gradients by reverse-mode differentiation: of leaves, of chosen Tensors, of all inner nodes.

On arrays (`backward`) the walk is fast; on Tensors (`gradients`) every step is recorded again, so
the result can be differentiated again. Gradients reach the leaves only when the walk is complete: a
rule that fails leaves no half of them behind.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from operator import attrgetter
from threading import Lock
from typing import Any

import numpy as np

from autograd_lite.context import current_context
from autograd_lite.recording import assigned_since
from autograd_lite.short_tracebacks import shorten
from autograd_lite.tensor import Tensor, describe, leaf, made_by, provide, unwrap
from autograd_lite.variable import Variable
from autograd_lite.walk import Goal, Observer, accumulated, inputs_of, walk


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
    cotangents, leaves = _walk_to_leaves(root, gradient, free=not retain_graph)
    tape = current_context().tracing
    if tape is not None:
        for x in leaves:
            tape.add_grad(x, cotangents[id(x)])
        return
    with _accumulating:
        for x in leaves:
            g = cotangents[id(x)]
            x._grad = g if x._grad is None else accumulated(x._grad, g)


def leaf_gradients(root: Tensor, leaves: Sequence[Tensor]) -> list[Any]:
    """d(root)/d(leaf) for each leaf; frees the graph, and leaves no ``.grad`` on these leaves.

    Args:
        root: a recorded Tensor with one element.
        leaves: Tensors that were made and not computed.

    Returns:
        For each leaf an array of its shape and dtype, a Tensor while a function is compiled; None
        for a leaf that root does not depend on.

    Raises:
        ValueError, RuntimeError: as `backward`.
    """
    cotangents, _ = _walk_to_leaves(root, None, free=True)
    tape = current_context().tracing
    for x in leaves:
        if tape is None:
            x._grad = None
        else:
            tape.set_grad(x, None)
    return [cotangents.get(id(x)) for x in leaves]


def _walk_to_leaves(root: Tensor, gradient: Any, free: bool) -> tuple[dict[int, Any], list[Tensor]]:
    """All cotangents by id, and the leaves: as arrays, or Tensors while a function is compiled."""
    _require_recorded(root)
    if current_context().tracing is not None:
        return walk(root, _as_tensor(_seed(root, gradient)), on_tensors=True)
    return walk(root, _seed(root, unwrap(gradient)), free=free)


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


def node_gradients(
    root: Tensor,
    nodes: Sequence[Tensor],
    upstream: Any = None,
    observer: Observer | None = None,
) -> list[Any]:
    """d(root)/d(node) for many nodes at once, as arrays; inner nodes too. For pictures.

    Nothing is recorded and no ``.grad`` is touched. None for a node root does not depend on.

    Args:
        root: a recorded Tensor.
        nodes: Tensors that it was computed from.
        upstream: the upstream gradient, of root's shape; may be left out for one element.
        observer: called for every use of an input, in the order of the walk.
    """
    return _collect(root, nodes, upstream, on_tensors=False, cut=False, observer=observer)


def _collect(
    result: Tensor,
    sources: Sequence[Tensor],
    upstream: Any,
    on_tensors: bool,
    cut: bool,
    observer: Observer | None = None,
) -> list[Any]:
    seed = _seed(result, upstream if on_tensors else unwrap(upstream))
    if on_tensors:
        seed = _as_tensor(seed)
    elif any(result is source for source in sources):
        seed = seed.copy()  # it is a gradient then, and the caller's array must not be one
    wanted = {id(source) for source in sources}
    needed = _depend_on(wanted, result, cut)
    if id(result) not in needed:
        return [None] * len(sources)
    goal = Goal(wanted, needed, cut)
    found, _ = walk(result, seed, goal, on_tensors=on_tensors, observer=observer)
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
        raise shorten(
            RuntimeError(
                f"nothing was recorded for {describe(root)}: no Tensor with requires_grad=True "
                "went into it, or it was computed under no_grad(), or it is not floating"
            )
        )


def _seed(root: Tensor, gradient: Any) -> Any:
    """Return the upstream gradient to start with, in root's shape and dtype."""
    if gradient is None:
        if root._array.size != 1:
            raise shorten(
                ValueError(
                    f"backward() needs a scalar; this Tensor has shape {root.shape}. Reduce it "
                    "first, np.sum(y) or np.mean(y), or pass the upstream gradient, an array of "
                    "that shape"
                )
            )
        if current_context().tracing is not None:
            return np.ones_like(root)
        seed = np.empty_like(root._array)
        seed[...] = 1
        return seed
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
        for x in inputs_of(node):
            if isinstance(x, Tensor) and x.requires_grad:
                key = id(x)
                if key not in users:
                    users[key] = []
                    if not (cut and key in sources):
                        stack.append(x)
                users[key].append(id(node))
            if x.__class__ is Variable and changed_at(x) > node.stamp:
                raise assigned_since(x, made_by(node))
    needed = {key for key in sources if key in users}
    on_the_way = list(needed)
    while on_the_way:
        for user in users[on_the_way.pop()]:
            if user not in needed:
                needed.add(user)
                on_the_way.append(user)
    return needed


_accumulating = Lock()  # several threads may add to the gradient of one leaf
if hasattr(os, "register_at_fork"):  # a fork may come while another thread holds it
    os.register_at_fork(after_in_child=_accumulating._at_fork_reinit)  # type: ignore[attr-defined]
_changed = attrgetter("changed")
provide(backward=backward)
