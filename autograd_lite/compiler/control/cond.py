"""`cond`: one of two functions, by a truth value.

Called plainly it calls the one. While a function is compiled, both are recorded, and the program
runs the one that the value says: nothing of the other is computed, so that no NaN comes from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.compiler.control.body import Body, Traced, stand_in, trace_body
from autograd_lite.compiler.control.structure import as_leaf
from autograd_lite.compiler.program import BoundKeyword
from autograd_lite.context import changed, current_context
from autograd_lite.recording import primitive, record
from autograd_lite.signatures import require_callable
from autograd_lite.table import gradient
from autograd_lite.tape import refuse
from autograd_lite.tensor import Tensor, leaf
from autograd_lite.tree import flatten, flatten_as, map_tree, unflatten

Function = Callable[..., Any]


def cond(pred: Any, true_fn: Function, false_fn: Function, *operands: Any) -> Any:
    """Return ``true_fn(*operands)`` if `pred` holds, else ``false_fn(*operands)``.

    A compiled function contains both, and runs the one. The gradient of what the other reads is
    zero. There both are called once, and may neither look at values nor assign Variables nor draw
    random numbers.

    Args:
        pred: a truth value: a Tensor or an array of one element, or a Python value.
        true_fn: takes the operands; returns Tensors in some structure.
        false_fn: likewise; what it returns has the same structure, shapes and dtypes, which is
            checked where a function is compiled.
        *operands: arrays and Tensors, in any structure.

    Raises:
        ValueError: for a `pred` of several elements, and results of different structures.
        TracingError: while a function is compiled, for results of different shapes or dtypes.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> root = ag.compile(lambda x: ag.cond(x > 0, np.sqrt, np.zeros_like, x))
        >>> root(np.array(4.0)).item(), ag.grad(root)(np.array(-4.0))
        (2.0, array(0.))
    """
    require_callable(true_fn, "cond")
    require_callable(false_fn, "cond")
    if np.size(pred) != 1:
        raise ValueError(
            f"cond takes one truth value, and this one has shape {np.shape(pred)}. To choose "
            "element by element write np.where(condition, a, b)"
        )
    if not isinstance(pred, Tensor) or current_context().tracing is None:
        value = pred._array if isinstance(pred, Tensor) else pred
        return (true_fn if np.asarray(value).all() else false_fn)(*operands)
    return _recorded(pred, true_fn, false_fn, operands)


def _recorded(pred: Tensor, true_fn: Function, false_fn: Function, operands: Any) -> Any:
    """Both branches as one operation."""
    leaves = [as_leaf(x) for x in flatten(operands)]
    trees: list[Any] = []

    def called(f: Function) -> Callable[..., list[Any]]:
        def branch(*inner: Any) -> list[Any]:
            made = map_tree(as_leaf, f(*unflatten(operands, inner)))
            trees.append(made)
            return flatten(made) if len(trees) == 1 else flatten_as(trees[0], made)

        return branch

    made = _record_cond(pred, called(true_fn), called(false_fn), leaves)
    return unflatten(trees[0], made)


@dataclass(eq=False)
class Branches(BoundKeyword):
    """Two bodies that take the same arguments."""

    true: Body
    false: Body

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Branches) and self.true == other.true and self.false == other.false

    __hash__ = object.__hash__


@primitive
def branched(pred: Any, *inputs: Any, branches: Branches) -> Any:
    """The results of the branch that `pred` says."""
    if current_context().tracing is not None:  # an example, as good as any
        return tuple(branches.true.made)
    body = branches.true if np.asarray(pred).all() else branches.false
    return tuple(np.array(x) for x in body.evaluate(inputs))


branched.__name__ = "cond"


def _record_cond(
    pred: Tensor, true_fn: Function, false_fn: Function, leaves: Sequence[Tensor]
) -> list[Tensor]:
    """Record two branches, which take Tensors in place of `leaves` and return lists of Tensors."""
    recording = current_context().recording
    found = []
    for f in (true_fn, false_fn):
        inner = [stand_in(x._array, recording) for x in leaves]
        found.append(trace_body(f, inner, "a cond"))
        if found[-1].draws:
            refuse(
                "random numbers are drawn in a branch of a cond, which a program would draw "
                "whichever branch it takes. Draw them before, and pass them as an operand"
            )
    true, false = found
    _require_alike(true, false)
    read = {id(x): x for x in (*true.captured, *false.captured)}
    held = leaf(np.array(True))
    conditions = [
        [*true.conditions, *(held for _ in false.conditions)],
        [*(held for _ in true.conditions), *false.conditions],
    ]
    bodies = [
        Body(b.entries, [*b.arguments, *read.values()], [*b.results, *also], b.before)
        for b, also in zip(found, conditions, strict=True)
    ]
    outputs = list(record(branched, pred, *leaves, *read.values(), branches=Branches(*bodies)))
    tape = current_context().tracing
    for condition in outputs[len(true.results) :]:
        if tape is not None:
            tape.require(np.all(condition))
    return outputs[: len(true.results)]


def _require_alike(true: Traced, false: Traced) -> None:
    kinds = [[(x.shape, x.dtype.name) for x in branch.results] for branch in (true, false)]
    if kinds[0] != kinds[1]:
        refuse(
            "the branches of a cond return arrays of the same shapes and dtypes; true_fn returned "
            f"{kinds[0]}, false_fn {kinds[1]}"
        )


def _cond_rule(g: Any, y: Any, pred: Any, *inputs: Any, branches: Branches) -> list[Any]:
    """The gradients of all inputs: another cond, whose branches compute the values again."""
    on_tensors = isinstance(g[0], Tensor) or any(isinstance(x, Tensor) for x in (pred, *inputs))
    with changed(recording=on_tensors and current_context().recording):
        given = [_as_tensor(x) for x in (*g, *inputs)]
        true, false = (_pulled_back(body, len(g)) for body in (branches.true, branches.false))
        made = _record_cond(_as_tensor(pred), true, false, given)
    found: list[Any] = [None] * len(inputs)
    for i, x in zip(_sources(branches.true), made, strict=True):
        found[i] = x if on_tensors else x._array
    return [None, *found]


gradient(branched, joint=_cond_rule, maths=(r"\operatorname{cond}(p)", None))


def _sources(body: Body) -> list[int]:
    return [i for i, by in enumerate(body.recorded.by_argument) if by]


def _pulled_back(body: Body, width: int) -> Callable[..., list[Any]]:
    """The vector-Jacobian product of a branch, of gradients of results, then arguments."""

    def branch(*leaves: Any) -> list[Any]:
        active = tuple(body.recorded.differentiable)
        pullback = body.pullback(active, recompute=True)
        upstream = [x for x, on in zip(leaves, active, strict=False) if on]
        return pullback.body(*upstream, *(leaves[width + i] for i in pullback.used))

    return branch


def _as_tensor(x: Any) -> Any:
    return leaf(x) if isinstance(x, np.ndarray) else x
