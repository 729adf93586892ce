"""`check_gradients`: are the gradients of a function of Tensors right?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.testing.comparison import Comparison
from autograd_lite.testing.problem import Problem, require_repeatable
from autograd_lite.testing.quotients import Precision, Probe, Tolerance
from autograd_lite.testing.report import GradientError, GradientReport
from autograd_lite.testing.search import compare_input, random_signs
from autograd_lite.testing.symmetric import ONE_TRIANGLE, reads_a_triangle, symmetrized

Function = Callable[..., Any]

# (rtol, atol) by the bytes of a number: of gradients, while differences are taken in float64; and
# where f computes in less inside, of the differences too.
OF_GRADIENTS = {8: (1e-5, 1e-7), 4: (1e-4, 1e-5), 2: (5e-2, 5e-2)}
OF_DIFFERENCES = {8: (1e-5, 1e-7), 4: (2e-3, 2e-4), 2: (5e-2, 5e-2)}


def check_gradients(
    f: Function,
    *inputs: Any,
    order: int = 2,
    rtol: float | None = None,
    atol: float | None = None,
    samples: int = 200,
    seed: int = 0,
) -> GradientReport:
    """Compare the gradients of f with differences; raise if they do not fit.

    A result of several elements is weighted with fixed random weights. Order 2 compares the
    gradient of the gradient too, along a random direction. Where the slopes to the left and to the
    right of an entry differ (`relu` at 0), f has no derivative: the report says "kink", and the
    gradient has to lie between the two. Rules must be linear in the upstream gradient, too.
    Of a symmetric matrix of which f reads one triangle (eigvalsh, cholesky) the gradient is meant
    for symmetric changes; it is compared with those, and the report says so.

    Args:
        f: a function of Tensors to a Tensor, or to a nested structure of Tensors. Called twice
            with the same inputs it has to give the same result.
        *inputs: floating arrays, or nested tuples, lists and dicts of them, at which to check; a
            list of numbers is an array, a tuple is always passed on as a tuple. Tensors that
            require a gradient are passed on as they are, so f may also be a closure over them
            (a model over its weights); their values are restored afterwards.
        order: 1 or 2.
        rtol: the tolerance, |gradient - difference| <= atol + rtol * |difference|; by default
            1e-5 for float64 inputs, wider for float32. Differences are always taken in float64,
            as far as f computes in it.
        atol: by default 1e-7 for float64 inputs, wider for float32.
        samples: an input with more entries than this is compared in as many groups, each along a
            random direction in all its entries; in a group that does not fit, the wrong entry is
            found by halving. An error in one of m entries of a group has to be about sqrt(m) times
            the tolerance to be seen. About 2 * samples calls of f for each input and order.
        seed: of the random weights, directions and groups.

    Returns:
        The report, which prints as a table; ``report.kinks`` has the kinks found.

    Raises:
        GradientError: if a gradient does not fit; it has the report.
        TypeError, ValueError: for inputs that cannot be differentiated, an f that is random, and
            arguments out of range.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> report = ag.check_gradients(np.tanh, np.array([0.5, -1.0]))
        >>> report.passed
        True
        >>> ag.check_gradients(np.abs, np.array([0.5, 0.0]), order=1).kinks
        {'input 0': ((1,),)}
    """
    if not inputs:
        raise TypeError("check_gradients(f, *inputs) needs the inputs at which to check f")
    random = np.random.default_rng(seed)
    return check_problem(Problem(f, inputs, random), order, rtol, atol, samples)


def check_problem(
    problem: Problem, order: int, rtol: float | None, atol: float | None, samples: int
) -> GradientReport:
    """As `check_gradients`, of a problem that was set up already."""
    if order not in (1, 2):
        raise ValueError(f"order is 1 or 2, got {order!r}")
    require_samples(samples)
    found = {1: problem.gradients()}
    if order == 2:
        found[2] = problem.second_gradients()
    random = problem.random
    with problem.in_double():
        require_repeatable(problem.values)
        precision = problem.precision()
        itemsize = min(x.dtype.itemsize for row in found.values() for x in row)
        tolerance = tolerance_for(itemsize, precision, rtol, atol)
        report = GradientReport(tolerance.rtol, tolerance.atol, notes=_notes(problem, precision))
        for number, gradients in found.items():
            evaluate = problem.values if number == 1 else problem.gradients
            weights = problem.weights if number == 1 else problem.directions
            for name, x, gradient in zip(problem.names, problem.leaves, gradients, strict=True):
                symmetric = reads_a_triangle(evaluate, x, gradient)
                if symmetric:
                    report.notes.append(f"{name}: {ONE_TRIANGLE}")
                probe = Probe(
                    symmetrized(evaluate, x) if symmetric else evaluate,
                    weights,
                    x._array.reshape(-1),
                    np.asarray(gradient, dtype=np.float64).reshape(-1),
                    random_signs(random, x.size),
                    precision,
                    tolerance,
                )
                report.comparisons.append(
                    compare_input(probe, name, number, x.shape, samples, random)
                )
        _compare_modes(problem, report, order)
    if not report.passed:
        raise GradientError(report)
    return report


def _compare_modes(problem: Problem, report: GradientReport, order: int) -> None:
    """Add what shows that a rule is not linear in its upstream gradient, if one is not."""
    gaps = {1: problem.backward_gap()}
    if order == 2:
        gaps[2] = problem.forward_gap()
    for number, gap in gaps.items():
        if gap is None or not np.isfinite(gap).all():
            continue  # infinities at a kink prove nothing
        slope, expected, size = gap
        if not abs(slope - expected) <= report.atol + report.rtol * size:
            report.comparisons.append(
                Comparison("upstream", number, 1, 1, 1, (), slope, expected, passed=False)
            )
            report.notes.append(NOT_LINEAR[number])
            return


NOT_LINEAR = {
    1: "a rule is not linear in its upstream gradient g: its result for -g is not minus its result "
    "for g",
    2: "a rule is not linear in its upstream gradient g, or calls something with a wrong rule for "
    "g: forward mode (jvp), which differentiates with respect to g, gives another directional "
    "derivative than the gradient",
}


def tolerance_for(
    itemsize: int, precision: Precision, rtol: float | None, atol: float | None
) -> Tolerance:
    """The default tolerance for gradients of a dtype and differences of a precision.

    Raises:
        ValueError: for a negative tolerance.
    """
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value is not None and not value >= 0:
            raise ValueError(f"{name} must be a number >= 0, got {value!r}")
    inside = 8 if precision.eps < 1e-10 else 4 if precision.eps < 1e-5 else 2
    defaults = np.maximum(OF_GRADIENTS[min(8, itemsize)], OF_DIFFERENCES[inside])
    return Tolerance(defaults[0] if rtol is None else rtol, defaults[1] if atol is None else atol)


def require_samples(samples: Any) -> None:
    """Raises ValueError unless `samples` is an integer >= 1."""
    if isinstance(samples, bool) or not isinstance(samples, (int, np.integer)) or samples < 1:
        raise ValueError(f"samples must be an integer >= 1, got {samples!r}")


def _notes(problem: Problem, precision: Precision) -> list[str]:
    notes = []
    size = sum(w.size for w in problem.weights)
    if size > 1:
        notes.append(f"of a randomly weighted sum of f's {size} results")
    if precision.eps > 1e-10:
        notes.append("f computes in float32 internally, so finite differences are coarse")
    return notes
