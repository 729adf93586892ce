"""`check_derivative`: is a gradient that was written by hand, in plain NumPy, right?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.arrays import real_array
from autograd_lite.testing.check import require_samples, tolerance_for
from autograd_lite.testing.comparison import Comparison, position
from autograd_lite.testing.problem import require_repeatable
from autograd_lite.testing.quotients import Precision, Probe, Tolerance
from autograd_lite.testing.report import GradientError, GradientReport
from autograd_lite.testing.search import compare_input, random_signs
from autograd_lite.tree import flatten, flatten_as, map_tree

Array = np.ndarray[Any, Any]
Function = Callable[..., Any]


def check_derivative(
    f: Function,
    df: Function,
    *x: Any,
    rtol: float | None = None,
    atol: float | None = None,
    samples: int = 200,
    seed: int = 0,
) -> GradientReport:
    """Compare a derivative written by hand with differences; raise if it does not fit.

    Nothing here is a Tensor: f and df take arrays and return arrays or numbers. What df returns is
    read off its shape: the gradient of a number (x's shape), the derivative of an element-wise
    function (x's shape, as f's), or a Jacobian (f's shape, then x's).

    Args:
        f: the function.
        df: its derivative; called with the same arguments. For several arguments it returns a
            tuple of one derivative for each; for a dict or list of arrays, the same structure.
        *x: floating arrays, or nested structures of them, at which to check. f must not change
            them; they are copied.
        rtol: as in `check_gradients`; wider where f or df compute in float32.
        atol: likewise.
        samples: as in `check_gradients`.
        seed: of the random weights, directions and groups.

    Returns:
        The report, which prints as a table. Kinks are told from errors as in `check_gradients`.

    Raises:
        GradientError: if df does not fit; it has the report.
        ValueError: for shapes of df that mean nothing, an f that is random or not element-wise
            where df is.
        TypeError: for arguments that hold no floating numbers.

    Example:
        >>> import numpy as np
        >>> def sigmoid(x):
        ...     return 1 / (1 + np.exp(-x))
        >>> right = lambda x: sigmoid(x) * (1 - sigmoid(x))
        >>> check_derivative(sigmoid, right, np.array([0.0, 2.0])).passed
        True
        >>> wrong = lambda x: sigmoid(x) * (1 - x)
        >>> check_derivative(sigmoid, wrong, np.array([0.0, 2.0]))
        Traceback (most recent call last):
            ...
        autograd_lite.testing.report.GradientError: the gradient differs from the finite difference
            of input 0 at [1]
               input    order  checked  worst entry  gradient     difference  gap
        WRONG  input 0  1      2/2      [1]          -0.88079708  0.10499359  9.9e-01
        tolerance: 1e-07 + 1e-05 * |difference|
    """
    if not x:
        raise TypeError("check_derivative(f, df, x) needs the x at which to check df")
    require_samples(samples)
    task = _Task(f, df, x)
    require_repeatable(task.evaluate)
    precision = Precision.of(np.result_type(*task.evaluate()))
    derivatives = task.derivatives()
    itemsize = min(d.dtype.itemsize for d in derivatives)
    tolerance = tolerance_for(itemsize, precision, rtol, atol)
    report = GradientReport(tolerance.rtol, tolerance.atol)
    if any(d.ndim > x.ndim for d, x in zip(derivatives, task.leaves, strict=True)):
        report.notes.append(f"of a randomly weighted sum of f's {task.result.size} results")
    random = np.random.default_rng(seed)
    for i, (value, derivative) in enumerate(zip(task.leaves, derivatives, strict=True)):
        probe = task.probe(i, derivative, random, precision, tolerance)
        found = compare_input(probe, task.names[i], 1, value.shape, samples, random)
        report.comparisons.append(found)
        if not found.passed and derivative.ndim > value.ndim:
            report.notes.append(task.worst_element(i, derivative, found, precision))
    if not report.passed:
        raise GradientError(report)
    return report


class _Task:
    """f and df with their arguments as float64 arrays that can be moved."""

    def __init__(self, f: Function, df: Function, x: tuple[Any, ...]) -> None:
        self.f = f
        self.df = df
        self.args = map_tree(_floating, list(map(_without_lists, x)))
        self.leaves: list[Array] = flatten(self.args)
        self.names = [f"input {i}" for i in range(len(self.leaves))]
        self.result = self.evaluate()[0]

    def evaluate(self) -> list[Array]:
        """The result of f, as the one array in a list, and its own: it may be a view of x."""
        result = np.array(self.f(*self.args))
        if result.dtype.kind not in "f":
            raise TypeError(
                f"f returns {result.dtype} values; a function that can be differentiated returns "
                "floating numbers"
            )
        return [result]

    def derivatives(self) -> list[Array]:
        """Return df's derivative for each argument."""
        given = self.df(*self.args)
        wanted = self.args[0] if len(self.args) == 1 else tuple(self.args)
        try:
            leaves = flatten_as(wanted, given)
        except ValueError as error:
            raise ValueError(
                "df returns the derivatives in the structure of f's arguments: a tuple with one "
                f"for each of several. {error}"
            ) from None
        return list(map(np.asarray, leaves))

    def probe(
        self,
        i: int,
        derivative: Array,
        random: np.random.Generator,
        precision: Precision,
        tolerance: Tolerance,
    ) -> Probe:
        """Return a comparison of df's derivative for argument i with differences of f, weighted."""
        weights, gradient = self._weighed(i, derivative, random)
        x = self.leaves[i]
        return Probe(
            self.evaluate,
            weights,
            x.reshape(-1),
            np.asarray(gradient, dtype=np.float64).reshape(-1),
            random_signs(random, x.size),
            precision,
            tolerance,
        )

    def _weighed(
        self, i: int, derivative: Array, random: np.random.Generator
    ) -> tuple[list[Array], Array]:
        """Weights for f's result, and the gradient of the weighted sum for argument i by df."""
        shape, size = self.leaves[i].shape, self.result.shape
        if derivative.shape == size + shape:  # a number's gradient too, whose shape is ()
            weights: Array = (
                np.ones(()) if size == () else np.asarray(random.uniform(0.5, 1.5, size))
            )
            return [weights], np.tensordot(weights, derivative, axes=len(size))
        if derivative.shape == shape == size:
            self._require_elementwise(i, random)
            return [np.ones(size)], derivative
        raise ValueError(
            f"df returned shape {derivative.shape} for x of shape {shape}, where f returns {size}. "
            f"Expected {shape if size in ((), shape) else size + shape}"
            + (
                f" for an element-wise f, or {size + shape} for a Jacobian"
                if size == shape != ()
                else ""
            )
        )

    def worst_element(
        self, i: int, jacobian: Array, found: Comparison, precision: Precision
    ) -> str:
        """Find the wrong element of a Jacobian, in the column that the weighted sum led to."""
        assert found.index is not None
        x, at = self.leaves[i], found.index
        middle, step = x[at], precision.ladder[0] * max(1.0, abs(x[at]))
        x[at] = middle + step
        after = self.evaluate()[0]
        x[at] = middle - step
        column = (after - self.evaluate()[0]) / (2 * step)
        x[at] = middle
        entry = int(np.ravel_multi_index(at, x.shape)) if at else 0
        given = jacobian.reshape((*column.shape, -1))[..., entry]
        row = np.unravel_index(int(np.argmax(np.abs(given - column))), column.shape)
        element = position((*map(int, row), *at))
        return f"df{element} is {given[row]:.8g}, the difference {column[row]:.8g}"

    def _require_elementwise(self, i: int, random: np.random.Generator) -> None:
        """Raise if moving some elements of x moves other elements of the result."""
        x = self.leaves[i]
        chosen = random.permutation(x.size).reshape(x.shape) % 2 == 0
        kept = x.copy()
        with np.errstate(all="ignore"):
            x[chosen] += 1e-3 * np.maximum(1.0, np.abs(x[chosen]))
            moved = self.evaluate()[0]
            x[...] = kept
        others = ~chosen
        if not np.array_equal(moved[others], self.result[others], equal_nan=True):
            raise ValueError(
                "df has the shape of x, which is the derivative of an element-wise function, but "
                "each result of f depends on other elements of x too (as in softmax). Its "
                f"derivative is a Jacobian, of shape {self.result.shape + x.shape}"
            )


def _without_lists(value: Any) -> Any:
    """A list of numbers is one array; of arrays, several."""
    if isinstance(value, (list, tuple)) and not any(np.ndim(part) for part in value):
        return np.array(value)
    return value


def _floating(value: Any) -> Array:
    array = real_array(value)
    if array.dtype.kind != "f":
        raise TypeError(
            f"x holds {array.dtype}: write its numbers with a point (3.0), or pass "
            "np.array(x, dtype=float)"
        )
    return np.array(array, dtype=np.float64, order="C")
