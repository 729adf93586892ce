"""`checkpoint`: computed again when its gradient is needed, instead of being remembered."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_lite.backward import partial_gradients
from autograd_lite.context import changed, current_context
from autograd_lite.masks import take_over_mask
from autograd_lite.recording import primitive, record
from autograd_lite.signatures import require_callable
from autograd_lite.snapshot import Snapshot
from autograd_lite.table import gradient
from autograd_lite.tensor import Tensor, leaf, unwrap
from autograd_lite.tree import flatten, map_tree
from autograd_lite.variable import Variable

Function = Callable[..., Any]


def checkpoint(f: Function) -> Function:
    """f, computed again when its gradient is needed instead of being remembered.

    A chain of segments, each under `checkpoint`, needs memory for one segment at a time; the
    price is one more forward computation. Tensors that f takes from around it (weights) receive
    their gradients too. Random numbers that f draws by `sample`, as dropout does, are the same when
    it is called again.

    Args:
        f: returns one Tensor; computes the same when called again with the same arguments.

    Raises:
        RuntimeError: from backward(), if f computed a different result when it was called again.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> ag.grad(ag.checkpoint(lambda x: np.sin(x) ** 2))(0.0)
        array(0.)
    """
    require_callable(f, "checkpoint")

    @functools.wraps(f, updated=())
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        context = current_context()
        if not context.recording or context.tracing is not None or context.watch is not None:
            return f(*args, **kwargs)  # a compiled program decides for itself what it keeps
        segment = _Segment(f, args, kwargs)
        return segment.record() if isinstance(segment.result, Tensor) else segment.result

    return checkpointed


class _Segment:
    """One checkpointed call: forward without memory, backward by computing again."""

    def __init__(self, f: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.f, self.args, self.kwargs = f, args, kwargs
        forward = _Forward(current_context().tape)
        with changed(tape=forward):
            self.result = f(*args, **kwargs)
        self.generators = forward.generators
        if not isinstance(self.result, Tensor) and any(
            isinstance(y, Tensor) for y in flatten(self.result)
        ):
            raise TypeError("checkpoint takes a function that returns one Tensor, not several")
        self.given = [x for x in flatten(args) if isinstance(x, Tensor)]
        self.captured = _captured(forward, self.given, self.result)

    def record(self) -> Tensor:
        """The call as one node, whose inputs are all Tensors that f read."""
        node: Tensor = record(recompute, *self.given, *self.captured, segment=self)
        take_over_mask(node, self.result)
        del self.result  # and with it everything that was remembered
        return node

    def pull_back(self, g: Any, y: Any, inputs: tuple[Any, ...]) -> list[Any]:
        """The gradients of all inputs: f is recorded this time, and a backward pass."""
        on_tensors = isinstance(g, Tensor)
        again = inputs[: len(self.given)]
        if not on_tensors:
            again = tuple(
                leaf(x, old.requires_grad) for x, old in zip(again, self.given, strict=True)
            )
        replaced = iter(again)
        args = map_tree(lambda x: next(replaced) if isinstance(x, Tensor) else x, self.args)
        with changed(recording=True, tape=None):
            with _as_they_were(self.generators):
                result = self.f(*args, **self.kwargs)
            _require_same(result, unwrap(y))
            return partial_gradients(result, [*again, *self.captured], g, on_tensors)


@primitive
def recompute(*sources: Any, segment: _Segment) -> Any:
    """The result of a checkpointed call."""
    return segment.result._array


gradient(recompute, joint=lambda g, y, *inputs, segment: segment.pull_back(g, y, inputs))


class _Forward(list[Any]):
    """The tape of a checkpointed call: its nodes, and the states of the generators it drew from."""

    def __init__(self, around: Any) -> None:
        super().__init__()
        self.generators: dict[Any, Snapshot] = {}
        self._around = around

    def will_draw(self, generator: Any) -> None:
        """Note a generator's state before it is drawn from for the first time."""
        if generator not in self.generators:
            self.generators[generator] = Snapshot(generators=[generator])
        if isinstance(self._around, _Forward):
            self._around.will_draw(generator)


@contextmanager
def _as_they_were(generators: dict[Any, Snapshot]) -> Iterator[None]:
    """Generators in the states that were noted, for the length of the block."""
    now = Snapshot(generators=generators)
    try:
        for before in generators.values():
            before.restore()
        yield
    finally:
        now.restore()


def _require_same(again: Any, before: Any) -> None:
    """Raise unless a checkpointed function has computed what it did before, up to rounding."""
    after = unwrap(again)
    if np.shape(after) == np.shape(before):
        close = np.finfo(before.dtype).eps ** 0.5
        size = float(np.max(np.abs(before), initial=0, where=np.isfinite(before)))
        if np.allclose(after, before, rtol=close, atol=close * size, equal_nan=True):
            return
    raise RuntimeError(
        "the function under checkpoint computed a different result when it was called again for "
        "its gradient. Draw random numbers with ag.sample(generator, ...), which repeats them, "
        "and do not change what the function reads before backward() is called"
    )


def _captured(tape: list[Tensor], given: list[Tensor], result: Any) -> list[Tensor]:
    """The differentiable Tensors, and the Variables, that the taped operations read and did not
    make; and the result, if it is one of them.
    """
    known = {id(node) for node in (*tape, *given)}
    captured = []
    for inputs in (*(node.inputs or () for node in tape), (result,)):
        for x in inputs:
            if not isinstance(x, Tensor) or not (x.requires_grad or isinstance(x, Variable)):
                continue
            if id(x) not in known:
                known.add(id(x))
                captured.append(x)
    return captured
