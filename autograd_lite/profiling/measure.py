"""`profile`: run a function eagerly and compiled, and time its operations one by one."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_lite.compiler.operations import base_of, generators_of, is_view
from autograd_lite.compiler.passes import PASSES
from autograd_lite.compiler.program import Program, Value
from autograd_lite.compiler.reports.cost import arithmetic
from autograd_lite.compiler.reports.timing import statement_times
from autograd_lite.compiler.specialization import Specialization
from autograd_lite.compiler.tracing.trace import Traced, is_array, trace
from autograd_lite.primitives import gather
from autograd_lite.profiling.costs import Cost, Measured
from autograd_lite.profiling.peak import Peak, least_seconds, measured_peak
from autograd_lite.profiling.report import Profile
from autograd_lite.snapshot import Snapshot
from autograd_lite.tensor import unwrap
from autograd_lite.tree import flatten
from autograd_lite.variable import Variable

PLAIN = (*PASSES, "reuse", "in_place")

Runs = tuple[int, Callable[[], None]]  # how many, and what puts back before each


def profile(f: Callable[..., Any], *args: Any, repeat: int = 10, **kwargs: Any) -> Profile:
    """Measure where the time of f(*args, **kwargs) goes: by layer, operation and line.

    The function is traced as by `compile`. Each operation is then timed as it was recorded
    ("eager") and as the passes left it ("compiled"), both with NumPy, and so are whole calls. What
    f assigns to Variables and draws from generators is put back after each run. Arithmetic and
    memory follow from shapes; the share of the peak compares with a large matrix product and a
    large copy on this machine.

    Args:
        f: computes Tensors; it may use `gradients`, so that a whole training step is measured.
        *args: for f: arrays, Tensors, numbers, or what holds them.
        repeat: the number of runs; the fastest counts.
        **kwargs: for f.

    Returns:
        The `Profile`: ``print`` shows tables, a notebook draws it, ``profile.save("step.svg")``
        writes the picture, ``profile.compiled.by("layer")`` gives numbers.

    Raises:
        TypeError: if f is not a function, or repeat not a whole number.
        ValueError: for less than one run, and for a training step whose loss is not finite.
        TracingError: as `compile`, for what a program could not repeat.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> w = ag.Variable(np.ones((4, 3)), name="w")
        >>> found = ag.profile(lambda x: np.tanh(x @ w), np.ones((2, 4)))
        >>> costs = {cost.operation: cost for cost in found.eager.costs}
        >>> costs["matmul"].arithmetic == 2 * (2 * 4 * 3)  # multiplications and additions
        True
        >>> costs["matmul"].made == 8 * (2 * 3)
        True
    """
    if not callable(f):
        raise TypeError(
            f"profile(f, *args) takes a function and its arguments, got {type(f).__name__}. Write "
            "ag.profile(lambda x: np.tanh(x @ w), x), and not the Tensor that it computes"
        )
    repeat = _runs(repeat)
    name = getattr(f, "__name__", type(f).__name__)
    traced = trace(f, args, kwargs, name)
    plain = Specialization(traced, "numpy", PLAIN)
    compiled = Specialization(traced, "numpy")
    given = [unwrap(x) for x in flatten([args, kwargs]) if is_array(x)]
    peak = measured_peak(_dtype(traced.program))
    traced.python.prepare()

    with _put_back(traced.program) as put_back:
        runs = repeat, put_back
        eager_seconds = _least_seconds(lambda: f(*args, **kwargs), *runs)
        compiled_seconds = _least_seconds(lambda: compiled(given), *runs)
        eager = _costs(plain, traced, given, runs, peak)
        left = _costs(compiled, traced, given, runs, peak)
    return Profile(
        name,
        Measured("eager", eager, eager_seconds),
        Measured("compiled", left, compiled_seconds),
        peak,
    )


def _runs(repeat: Any) -> int:
    try:
        runs = operator.index(repeat)
    except TypeError:
        raise TypeError(f"repeat= is the number of runs, a whole number, got {repeat!r}") from None
    if runs < 1:
        raise ValueError(f"repeat= is the number of runs, at least 1, got {repeat}")
    return runs


def _costs(
    made: Specialization, traced: Traced, given: list[Any], runs: Runs, peak: Peak
) -> tuple[Cost, ...]:
    numbers = traced.python.numbers()
    shared = not made.without  # an eager product is BLAS's own, with all of its threads
    repeat, put_back = runs
    one_by_one = made.engine.one_by_one()
    times = statement_times(one_by_one, [*given, *numbers], repeat, shared, put_back)
    seen: set[int] = set()  # several lines may do the work of one operation
    costs = []
    for _, value, seconds in times:
        again = value is None or id(value) in seen
        seen.add(id(value))
        costs.append(_cost(value, again, seconds, peak))
    return tuple(costs)


def _cost(value: Value | None, again: bool, seconds: float, peak: Peak) -> Cost:
    """The cost of a statement, of which only the first of a value counts its arithmetic."""
    if value is None:
        return Cost("update", "", "assign", "", seconds, 0, 0, 0, 0.0)
    view = is_view(value)
    flops = 0 if again else arithmetic(value)
    made = 0 if again or view or value.loop is not None else value.nbytes
    moved = 0 if again or view else _moved(value)
    name = value.loop.title if value.loop is not None else value.operation
    line = "" if value.line is None else f"{os.path.basename(value.line[0])}:{value.line[1]}"
    least = peak.least(flops, moved)
    return Cost(value.phase, value.scope, name, line, seconds, flops, moved, made, least)


def _moved(value: Value) -> int:
    """The bytes that an operation reads and writes, each array once."""
    if value.loop is not None:
        return sum(2 * column.nbytes for block in value.loop.blocks for column in block)
    if value.function is gather:
        return 2 * value.nbytes
    return value.nbytes + sum(min(x.nbytes, base_of(x).nbytes) for x in value.values())


def _dtype(program: Program) -> Any:
    """The dtype of the products, or of whatever is computed most."""
    floating = [x for x in program.body if x.dtype is not None and x.dtype.kind == "f"]
    return np.dtype(max(floating, key=arithmetic).dtype if floating else np.float64)


def _least_seconds(call: Callable[[], Any], repeat: int, put_back: Callable[[], None]) -> float:
    seconds = []
    for _ in range(1 + repeat):
        put_back()
        seconds.append(least_seconds(call, 1))
    return min(seconds[1:])  # the first call does what only a first call does


@contextmanager
def _put_back(program: Program) -> Iterator[Callable[[], None]]:
    """Give a function that brings Variables with their ``grad``, generators and an optimizer's
    arrays back to what they are; at the end of the block it is called. Every run starts from there:
    many steps of a training may diverge where one does not.
    """
    states = {id(x.storage): x.storage for x in program.leaves() if x.kind == "state"}
    gradients = [(x, x._grad) for x in states.values()]
    variables = [x for x in states.values() if isinstance(x, Variable)]
    loops = [value.loop for value in program.body if value.loop is not None]
    arrays = [x for loop in loops for block in loop.blocks for x in block]
    copies = [x.copy() for x in arrays]
    before = Snapshot(variables=variables, generators=generators_of(program.body))

    def put_back() -> None:
        before.restore()
        for array, copy in zip(arrays, copies, strict=True):
            array[...] = copy
        for x, gradient in gradients:
            x._grad = gradient

    try:
        yield put_back
    finally:
        put_back()
