"""`check_gradients`: is a gradient right? Answered by finite differences, with a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_lite.backward import partial_gradients
from autograd_lite.context import no_grad
from autograd_lite.tensor import Tensor, as_array
from autograd_lite.tree import flatten

__all__ = ["GradientError", "GradientReport", "check_gradients"]

Function = Callable[..., Any]

# Central differences in double precision: truncation h^2 and rounding eps/h balance near eps^(1/3).
STEP = float(np.finfo(np.float64).eps ** (1 / 3))
TOLERANCES = {8: (1e-5, 1e-7), 4: (2e-3, 2e-4), 2: (5e-2, 5e-2)}  # itemsize: (rtol, atol)


@dataclass(frozen=True)
class Comparison:
    """One input's gradient beside its finite difference.

    Attributes:
        name: of the input.
        order: 1 for the gradient; 2 for the gradient of the gradient along a random direction.
        checked: how many entries were compared, of `size`.
        size: the number of entries.
        index: the position of the entry that fits worst; None where there is no entry.
        analytic: what the rules gave there.
        numeric: what the difference quotient gave there.
        passed: whether every entry fits.
    """

    name: str
    order: int
    checked: int
    size: int
    index: tuple[int, ...] | None
    analytic: float
    numeric: float
    passed: bool


@dataclass(frozen=True)
class GradientReport:
    """What was compared; prints as a table. `passed` says whether everything fits."""

    rtol: float
    atol: float
    comparisons: list[Comparison] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every gradient fits its finite difference."""
        return all(c.passed for c in self.comparisons)

    def __str__(self) -> str:
        head = ("", "input", "order", "checked", "worst entry", "gradient", "difference", "gap")
        rows = [head, *map(_row, self.comparisons)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
        lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
        tolerance = f"tolerance: {self.atol:g} + {self.rtol:g} * |difference|"
        return "\n".join(line.rstrip() for line in [*lines, tolerance])


def _row(c: Comparison) -> tuple[str, ...]:
    where = "-" if c.index is None else str(list(c.index)) if c.index else "[]"
    numbers = (f"{c.analytic:.8g}", f"{c.numeric:.8g}", f"{abs(c.analytic - c.numeric):.1e}")
    mark = "ok" if c.passed else "WRONG"
    return (mark, c.name, str(c.order), f"{c.checked}/{c.size}", where, *numbers)


class GradientError(AssertionError):
    """A gradient does not fit its finite difference. `report` holds the comparison."""

    def __init__(self, report: GradientReport) -> None:
        super().__init__(f"the gradient does not fit the finite difference\n{report}")
        self.report = report


def check_gradients(
    f: Function,
    *inputs: Any,
    order: int = 2,
    rtol: float | None = None,
    atol: float | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> GradientReport:
    """Compare the gradients of f with central differences; raise if they do not fit.

    A result of several elements is weighed with fixed random weights. Order 2 compares the
    gradient of the gradient too, along a random direction.

    Args:
        f: a function of Tensors to a Tensor, or to a nested structure of Tensors.
        *inputs: floating arrays, or nested structures of them, at which to check. Tensors that
            require a gradient are passed on as they are, so f may also be a closure over them
            (a model over its weights); their values are restored afterwards.
        order: 1 or 2.
        rtol: the tolerance, |gradient - difference| <= atol + rtol * |difference|; by default
            1e-5 for float64 inputs, wider for float32. Differences are always taken in float64.
        atol: by default 1e-7 for float64 inputs, wider for float32.
        samples: of a larger input, as many entries are chosen at random.
        seed: of the random weights, directions and choices.

    Returns:
        The report, which prints as a table.

    Raises:
        GradientError: if a gradient does not fit; it has the report.
        TypeError, ValueError: for inputs that cannot be differentiated.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> report = ag.check_gradients(np.tanh, np.array([0.5, -1.0]))
        >>> report.passed
        True
    """
    if order not in (1, 2):
        raise ValueError(f"order is 1 or 2, got {order!r}")
    if not inputs:
        raise TypeError("check_gradients(f, *inputs) needs the inputs at which to check f")
    problem = _Problem(f, inputs, seed)
    precision = min(x.dtype.itemsize for x in problem.leaves)
    defaults = TOLERANCES.get(precision, TOLERANCES[8])
    report = GradientReport(
        defaults[0] if rtol is None else rtol, defaults[1] if atol is None else atol
    )
    checks = [(1, problem.gradients, problem.value)]
    if order == 2:
        checks.append((2, problem.second_gradients, problem.slope))
    for number, analytic, difference_of in checks:
        found = analytic()
        with problem.in_double():
            for i, x in enumerate(problem.leaves):
                entries = problem.choose(x.size, samples)
                numeric = _central_differences(difference_of, x, entries)
                report.comparisons.append(
                    _compare(problem.names[i], number, found[i], numeric, entries, report)
                )
    if not report.passed:
        raise GradientError(report)
    return report


class _Problem:
    """f with its inputs as leaves: one number (`value`), and its directional slope (`slope`)."""

    def __init__(self, f: Function, inputs: tuple[Any, ...], seed: int) -> None:
        self.f = f
        self.random = np.random.default_rng(seed)
        self.args = [_as_leaves(x) for x in inputs]
        self.leaves: list[Tensor] = flatten(self.args)
        self.names = [x.name or f"input {i}" for i, x in enumerate(self.leaves)]
        self.weights: list[np.ndarray[Any, Any]] = []
        self.directions = [self.random.normal(size=x.shape) for x in self.leaves]

    def choose(self, size: int, samples: int) -> np.ndarray[Any, Any]:
        """Flat positions to compare: all, or as many as `samples`."""
        if size <= samples:
            return np.arange(size)
        return np.sort(self.random.choice(size, samples, replace=False))

    @contextmanager
    def in_double(self) -> Iterator[None]:
        """The leaves' values in float64, in memory of their own, for the length of the block."""
        kept = [x.data for x in self.leaves]
        for x in self.leaves:
            x.data = np.array(x.data, dtype=np.float64)
        try:
            yield
        finally:
            for x, data in zip(self.leaves, kept, strict=True):
                x.data = data

    def weighed(self) -> Any:
        """sum(f * weights), recorded."""
        results = [y for y in flatten(self.f(*self.args)) if _is_floating(y)]
        if not results:
            raise TypeError("the function returned no floating Tensor: nothing to differentiate")
        if not self.weights:
            self.weights = [self.random.uniform(0.5, 1.5, size=y.shape) for y in results]
        total: Any = 0.0
        for y, weight in zip(results, self.weights, strict=True):
            total = total + np.sum(y * weight.astype(y.dtype))
        return total

    def value(self) -> float:
        """sum(f * weights), as a number."""
        with no_grad():
            return float(self.weighed())

    def gradients(self) -> list[Any]:
        """The gradient of `value` for each leaf, by the rules on arrays."""
        total = self.weighed()
        if not total.requires_grad:
            return [np.zeros(x.shape) for x in self.leaves]
        found = partial_gradients(total, self.leaves, None, on_tensors=False)
        return [
            np.zeros(x.shape) if g is None else g for g, x in zip(found, self.leaves, strict=True)
        ]

    def slope(self) -> float:
        """The derivative of `value` along the random directions, by the rules on arrays."""
        pairs = zip(self.gradients(), self.directions, strict=True)
        return float(sum(np.sum(g * u) for g, u in pairs))

    def second_gradients(self) -> list[Any]:
        """The gradient of `slope` for each leaf, by the rules on Tensors."""
        total = self.weighed()
        zeros = [np.zeros(x.shape) for x in self.leaves]
        if not total.requires_grad:
            return zeros
        first = partial_gradients(total, self.leaves, None, on_tensors=True)
        slope: Any = 0.0
        for g, u in zip(first, self.directions, strict=True):
            if g is not None and g.requires_grad:
                slope = slope + np.sum(g * u.astype(g.dtype))
        if not isinstance(slope, Tensor):
            return zeros
        second = partial_gradients(slope, self.leaves, None, on_tensors=False)
        return [z if g is None else g for g, z in zip(second, zeros, strict=True)]


def _as_leaves(value: Any) -> Any:
    """An input as Tensors that require gradients, in its own structure."""
    if isinstance(value, Tensor) and value.requires_grad:
        return value
    if isinstance(value, (tuple, list)) and any(np.ndim(x) for x in value):
        return type(value)(map(_as_leaves, value))
    if isinstance(value, dict):
        return {key: _as_leaves(x) for key, x in value.items()}
    name = value.name if isinstance(value, Tensor) else None
    return Tensor(as_array(value), requires_grad=True, name=name)


def _is_floating(y: Any) -> bool:
    return isinstance(y, Tensor) and y.dtype.kind == "f"


def _central_differences(
    f: Callable[[], float], x: Tensor, entries: Sequence[int] | np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """(f(x + h) - f(x - h)) / 2h for each of the chosen entries of x, one at a time."""
    flat = x.data.flat
    numeric = np.empty(len(entries))
    for i, entry in enumerate(entries):
        middle = flat[entry]
        h = STEP * max(1.0, abs(middle))
        flat[entry] = middle + h
        above, up = f(), flat[entry]
        flat[entry] = middle - h
        below, down = f(), flat[entry]
        flat[entry] = middle
        numeric[i] = (above - below) / (up - down)
    return numeric


def _compare(
    name: str,
    order: int,
    gradient: Any,
    numeric: np.ndarray[Any, Any],
    entries: np.ndarray[Any, Any],
    report: GradientReport,
) -> Comparison:
    """The entry that exceeds the tolerance most, or comes nearest to it."""
    analytic = np.asarray(gradient, dtype=np.float64).reshape(-1)[entries]
    size = int(np.size(gradient))
    if not len(entries):
        return Comparison(name, order, 0, size, None, 0.0, 0.0, True)
    allowed = report.atol + report.rtol * np.abs(numeric)
    excess = np.abs(analytic - numeric) / allowed
    excess = np.where(np.isnan(excess), np.inf, excess)
    worst = int(np.argmax(excess))
    index = tuple(int(i) for i in np.unravel_index(entries[worst], np.shape(gradient)))
    return Comparison(
        name,
        order,
        len(entries),
        size,
        index,
        float(analytic[worst]),
        float(numeric[worst]),
        bool(excess[worst] <= 1),
    )
