"""`scan`: a function applied to one step after the other, with what it carries on.

Called plainly it is a Python loop of ordinary operations, each of which one can look at. While a
function is compiled, and where values are to be computed again instead of kept, the function is
recorded once, and the loop is one operation: `scanned`. The rule of that is another scan, in
reverse, so that derivatives of any order follow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.compiler.control.body import Body, stand_in, trace_body
from autograd_lite.compiler.control.draws import draw_for_all_steps
from autograd_lite.compiler.control.structure import Carries, Steps, as_leaf
from autograd_lite.compiler.differentiation.recorded import Slot
from autograd_lite.compiler.program import BoundKeyword
from autograd_lite.context import changed, current_context, most_steps, scope
from autograd_lite.masks import carry_none
from autograd_lite.recording import primitive, record
from autograd_lite.signatures import require_callable
from autograd_lite.table import gradient
from autograd_lite.tensor import Tensor, leaf
from autograd_lite.tree import flatten, unflatten

Function = Callable[[Any, Any], tuple[Any, Any]]


def scan(
    f: Function,
    initial: Any,
    xs: Any = None,
    length: int | None = None,
    *,
    reverse: bool = False,
    checkpoint: bool = False,
) -> tuple[Any, Any]:
    """Apply f to one step after the other: ``carry, y = f(carry, x)`` for each x of xs.

    A compiled function contains it as a loop, however many steps there are; there f is called
    once, and may neither look at values nor assign Variables. It may draw with `sample`: other
    numbers at each step.

    Args:
        f: takes the carry and one step of xs, returns the next carry, with the same structure,
            shapes and dtypes, and what is kept of the step. Tensors that it reads from around it
            receive their gradients.
        initial: the carry before the first step: an array, a Tensor, or a tuple, list, dict or
            dataclass of them.
        xs: arrays or Tensors, in any such structure, whose first axis runs over the steps; None
            for a loop that needs no input.
        length: the number of steps; needed where xs is None.
        reverse: whether to go from the last step to the first.
        checkpoint: whether the gradient computes the values of each step again, and keeps only the
            carries.

    Returns:
        The carry after the last step, and what was kept of the steps, each array with a new first
        axis: that of step t at t.

    Raises:
        TypeError: for f that does not return a pair, and for a carry that changes its dtype.
        ValueError: for a carry that changes its structure or a shape, for arrays of different
            numbers of steps, and where that number is not known.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> total, sums = ag.scan(lambda c, x: (c + x, c + x), 0.0, np.array([1.0, 2.0, 3.0]))
        >>> total.item(), sums.data
        (6.0, array([1., 3., 6.]))
    """
    require_callable(f, "scan")
    steps = Steps(xs, length)
    carries = Carries(initial)
    around = current_context()
    if around.tracing is None and not checkpoint and steps.length:
        made = _looped(f, carries, steps, reverse)
    else:
        made = _recorded(f, carries, steps, reverse, checkpoint)
    carry_none(flatten(made[1]), scan, flatten(xs))
    return made


def _looped(f: Function, carries: Carries, steps: Steps, reverse: bool) -> tuple[Any, Any]:
    """A loop of ordinary operations."""
    carry, kept = carries.tree, []
    with scope("scan"):
        slices = steps.slices()
        order = range(steps.length)[:: -1 if reverse else 1]
        for t in order[: most_steps()]:
            with scope(f"step_{t}"):
                made = f(carry, steps.at(slices, t))
            new, y = _pair(made)
            carry = carries.checked(new)
            kept.append(y)
        leaves = [list(map(as_leaf, flatten(y))) for y in kept]
        if any(len(found) != len(leaves[0]) for found in leaves):
            raise ValueError("what f keeps of a step has another structure at another step")
        leaves += [leaves[-1]] * (steps.length - len(leaves))
        ordered = leaves[::-1] if reverse else leaves
        stacked = [np.stack(parts) for parts in zip(*ordered, strict=True)]
    return carry, unflatten(kept[0], stacked)


def _pair(made: Any) -> tuple[Any, Any]:
    if not isinstance(made, (tuple, list)) or len(made) != 2:
        raise TypeError(
            "the function under scan returns two things, the carry and what is kept of the step: "
            f"return carry, y (or carry, None); it returned {type(made).__name__}"
        )
    return made[0], made[1]


# -- one operation ---------------------------------------------------------------------------------


@dataclass(eq=False)
class Loop(BoundKeyword):
    """A recorded loop.

    Attributes:
        body: of the carries, one step of each x, and what is read at each step; it gives the new
            carries, and what is kept of the step.
        carries: how many there are.
        xs: how many there are.
        length: the number of steps.
        reverse: whether it goes from the last step to the first.
        recompute: whether its gradient computes values again.
    """

    body: Body
    carries: int
    xs: int
    length: int
    reverse: bool
    recompute: bool

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Loop)
            and self.body == other.body
            and self.length == other.length
            and self.reverse == other.reverse
        )

    __hash__ = object.__hash__

    def order(self) -> range:
        """The steps, in the order in which they are done."""
        return range(self.length)[:: -1 if self.reverse else 1]

    def parts(self, inputs: Sequence[Any]) -> tuple[list[Any], list[Any], list[Any]]:
        """The inputs of the operation: carries, xs, and what is read at each step."""
        end = self.carries + self.xs
        given = list(inputs)
        return given[: self.carries], given[self.carries : end], given[end:]


@primitive
def scanned(*inputs: Any, loop: Loop) -> Any:
    """The carries after the last step, then what was kept of all steps."""
    made = loop.body.made
    kept = [np.empty((loop.length, *y.shape), y.dtype) for y in made[loop.carries :]]
    if current_context().tracing is not None:  # an example, as good as any
        for y, value in zip(kept, made[loop.carries :], strict=True):
            y[...] = value
        return (*made[: loop.carries], *kept)
    carries, xs, read = loop.parts(inputs)
    for t in loop.order():
        made = loop.body.evaluate([*carries, *(x[t] for x in xs), *read])
        carries = made[: loop.carries]
        for y, value in zip(kept, made[loop.carries :], strict=True):
            y[t] = value
    return (*(np.array(c) for c in carries), *kept)


scanned.__name__ = "scan"


def _recorded(
    f: Function, carries: Carries, steps: Steps, reverse: bool, checkpoint: bool
) -> tuple[Any, Any]:
    """The loop as one operation; f is called once."""
    kept: list[Any] = []

    def step(*leaves: Any) -> list[Any]:
        carry = unflatten(carries.tree, leaves[: len(carries.leaves)])
        x = None if steps.tree is None else unflatten(steps.tree, leaves[len(carries.leaves) :])
        new, y = _pair(f(carry, x))
        kept[:] = [y]
        return [*flatten(carries.checked(new)), *map(as_leaf, flatten(y))]

    count = len(carries.leaves)
    made = record_scan(
        step, carries.leaves, steps.leaves, steps.length, reverse=reverse, recompute=checkpoint
    )
    width = count + len(flatten(kept[0]))
    carry = unflatten(carries.tree, made[:count])
    return carry, unflatten(kept[0], made[count:width])


def record_scan(
    step: Callable[..., Sequence[Any]],
    initial: Sequence[Any],
    xs: Sequence[Any],
    length: int,
    *,
    reverse: bool = False,
    recompute: bool = False,
) -> list[Tensor]:
    """Record a loop.

    Args:
        step: takes Tensors, the carries and one step of each x; returns the new carries, then what
            is kept.
        initial: Tensors: the carries.
        xs: Tensors whose first axis runs over the steps.
        length: the number of steps.
        reverse: as in `Loop`.
        recompute: as in `Loop`.

    Returns:
        The carries after the last step, then what was kept of all steps, then perhaps more.
    """
    around = current_context()
    rows = [x._array[0] if length else np.ones(x.shape[1:], x.dtype) for x in xs]
    given = (*(c._array for c in initial), *rows)
    examples = [stand_in(np.array(x), around.recording) for x in given]
    traced = trace_body(step, examples, "a scan")
    drawn = draw_for_all_steps(traced.draws, length, reverse)
    inputs = [*initial, *xs, *drawn, *traced.captured]
    loop = Loop(traced.body(), len(initial), len(xs) + len(drawn), length, reverse, recompute)
    if around.recording and any(x.requires_grad for x in inputs):
        loop.body = _with_residuals(loop)
    outputs: list[Tensor] = list(record(scanned, *inputs, loop=loop))
    start = len(traced.results)
    for condition in outputs[start : start + len(traced.conditions)]:
        _require(condition)
    return outputs


def _require(condition: Tensor) -> None:
    """Require that a condition held at each step."""
    tape = current_context().tracing
    if tape is not None:
        tape.require(np.all(condition))
    elif not condition._array.all():
        raise ValueError("a step of this scan was given values that an operation refuses")


# -- its gradient ----------------------------------------------------------------------------------


def _with_residuals(loop: Loop) -> Body:
    """The body that also keeps what its gradient will need: of each step the carries, and unless
    they are computed again, values on the way.
    """
    carries = [Slot(i) for i in range(loop.carries)]
    if not loop.recompute:
        carries += loop.body.pullback(tuple(loop.body.recorded.differentiable)).residuals
    there = loop.body.recorded.results[loop.carries :]
    return loop.body.keeping([slot for slot in carries if slot not in there])


def _scan_rule(g: Any, y: Any, *inputs: Any, loop: Loop) -> list[Any]:
    """The gradients of all inputs: a scan in reverse."""
    on_tensors = isinstance(g[0], Tensor) or any(isinstance(x, Tensor) for x in inputs)
    with changed(recording=on_tensors and current_context().recording):
        found = _Reverse(loop, g, [*map(_as_tensor, y)], inputs).gradients()
    return found if on_tensors else [None if x is None else x._array for x in found]


gradient(scanned, joint=_scan_rule, maths=(r"\operatorname{scan}(f)", None))


def _as_tensor(x: Any) -> Any:
    return leaf(x) if isinstance(x, np.ndarray) else x


class _Reverse:
    """The scan that pulls gradients back through a loop.

    It carries the gradients of the carries, and the sums over all steps of the gradients of what is
    read at each step.
    """

    def __init__(self, loop: Loop, g: Any, y: list[Any], inputs: Sequence[Any]) -> None:
        self._loop, self._g, self._y = loop, [*map(_as_tensor, g)], y
        _, self._xs, self._read = loop.parts([*map(_as_tensor, inputs)])
        flows = loop.body.recorded.differentiable
        self._active = tuple(
            to and (i < loop.carries or not _is_zero(g[i])) for i, to in enumerate(flows)
        )
        self._pullback = loop.body.pullback(self._active, loop.recompute)
        sources = self._pullback.sources
        end = loop.carries + loop.xs
        self._by_carry = [i for i in sources if i < loop.carries]
        self._by_x = [i for i in sources if loop.carries <= i < end]
        self._by_read = [i for i in sources if i >= end]

    def gradients(self) -> list[Any]:
        """The gradient of each input; None where there is none."""
        loop = self._loop
        initial = [self._g[i] for i in self._by_carry]
        end = loop.carries + loop.xs
        initial += [np.zeros_like(self._read[i - end]) for i in self._by_read]
        initial = [x if isinstance(x, Tensor) else leaf(x) for x in initial]
        over = self._given_by_step()
        made = record_scan(
            self._step,
            initial,
            [x for _, x in over],
            loop.length,
            reverse=not loop.reverse,
        )
        found: list[Any] = [None] * (end + len(self._read))
        places = [*self._by_carry, *self._by_read, *self._by_x]
        for place, gradient_ in zip(places, made, strict=False):
            found[place] = gradient_
        return found

    def _given_by_step(self) -> list[tuple[Any, Any]]:
        """List what the reverse loop runs over, under the keys that a step asks for."""
        loop, pullback = self._loop, self._pullback
        active = [i for i, on in enumerate(self._active) if on and i >= loop.carries]
        given: list[tuple[Any, Any]] = [(("g", i), self._g[i]) for i in active]
        given += [(slot, self._y[self._place_of(slot)]) for slot in pullback.residuals]
        for i in pullback.used:
            if i < loop.carries:
                given.append((Slot(i), self._y[self._place_of(Slot(i))]))
            elif i < loop.carries + loop.xs:
                given.append((Slot(i), self._xs[i - loop.carries]))
        self._keys: list[Any] = [key for key, _ in given]
        return given

    def _place_of(self, slot: Slot) -> int:
        """Where among the outputs a value is that was kept."""
        results = self._loop.body.recorded.results
        return results.index(slot, self._loop.carries)

    def _step(self, *leaves: Any) -> list[Any]:
        loop, pullback = self._loop, self._pullback
        carried = len(self._by_carry) + len(self._by_read)
        of_carry = dict(zip(self._by_carry, leaves, strict=False))
        sums = leaves[len(self._by_carry) : carried]
        at = dict(zip(self._keys, leaves[carried:], strict=True))
        end = loop.carries + loop.xs
        upstream = [
            of_carry[i] if i < loop.carries else at["g", i]
            for i, on in enumerate(self._active)
            if on
        ]
        used = [self._read[i - end] if i >= end else at[Slot(i)] for i in pullback.used]
        made = pullback.body(*upstream, *(at[slot] for slot in pullback.residuals), *used)
        found = dict(zip(pullback.sources, made, strict=True))
        added = [total + found[i] for total, i in zip(sums, self._by_read, strict=True)]
        return [*(found[i] for i in self._by_carry), *added, *(found[i] for i in self._by_x)]


def _is_zero(g: Any) -> bool:
    """Return whether a gradient is known to be zero: of a result that was not used."""
    if isinstance(g, Tensor):
        return g.function is np.zeros_like
    return not g.any()
