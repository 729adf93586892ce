"""The part of a record that a derivative runs through: from one value to a result."""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd_lite.ancestors import descendants, in_order
from autograd_lite.tensor import Tensor, describe


class Use(NamedTuple):
    """One use of a value: it is input number `position` of the operation that made `user`."""

    user: Tensor
    position: int


def path(J: Any, w: Any) -> list[Tensor]:
    """The Tensors between w and J, both included, in the order in which they were computed.

    Raises:
        TypeError: if J or w is not a Tensor.
        ValueError: if J has several elements, w requires no gradient, or J does not depend on w.
        RuntimeError: if nothing was recorded for J, or its graph was freed.
    """
    _require(J, w)
    nodes = in_order([J], differentiable=True)
    if any(node.inputs is None for node in nodes):
        raise RuntimeError(
            "this graph was freed by backward(retain_graph=False); compute the result again"
        )
    between = descendants(w, nodes)
    if not between:
        raise ValueError(_independent(w, nodes))
    return [w, *between]


def uses(nodes: list[Tensor]) -> dict[int, list[Use]]:
    """For each of the nodes, by its id(), its uses by others of them, in order."""
    found: dict[int, list[Use]] = {id(node): [] for node in nodes}
    for user in nodes:
        for position, x in enumerate(user.inputs or ()):
            if id(x) in found and x is not user and user is not nodes[0]:
                found[id(x)].append(Use(user, position))
    return found


def _require(J: Any, w: Any) -> None:
    if isinstance(J, (list, tuple)):
        raise TypeError(f"explain(J, w) takes one result, got {len(J)}: explain each, or their sum")
    for what, x in (("J", J), ("w", w)):
        if not isinstance(x, Tensor):
            raise TypeError(
                f"explain(J, w) takes Tensors, but {what} is of type {type(x).__name__}. Was it "
                "taken out of the record with .data, .item() or np.asarray?"
            )
    if not w.requires_grad:
        raise ValueError(
            f"{describe(w)} does not require a gradient, so there is none to explain: make it with "
            "requires_grad=True"
        )
    if J is w:
        raise ValueError("J and w are the same Tensor: the derivative is 1")
    if J.function is None or not J.requires_grad:
        raise RuntimeError(
            f"nothing was recorded for {describe(J)}: it was made and not computed, or no Tensor "
            "with requires_grad=True went into it, or it was computed under no_grad()"
        )
    if J.size != 1:
        raise ValueError(
            f"explain() needs a scalar; J has shape {J.shape}. Explain its sum or mean, or one of "
            "its elements: explain(J[0], w)"
        )


def _independent(w: Tensor, nodes: list[Tensor]) -> str:
    names = {x.name for x in nodes if x.function is None and x.name}
    listed = ", ".join(sorted(names)[:8])
    known = f" It depends on {listed}." if listed else ""
    return (
        f"J does not depend on {describe(w)}: it was not computed from it, or every path between "
        f"them passes an operation without a gradient (a comparison, stop_gradient).{known}"
    )
