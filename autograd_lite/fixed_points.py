"""`fixed_point`: the solution of x = f(x), differentiated without its iterations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.context import changed
from autograd_lite.recording import primitive
from autograd_lite.signatures import require_callable
from autograd_lite.table import gradient
from autograd_lite.tape import refuse, tracing
from autograd_lite.tensor import new_stamp, unwrap
from autograd_lite.transforms import require_own, vjp
from autograd_lite.tree import flatten, map_tree, unflatten


def fixed_point(
    f: Callable[[Any], Callable[[Any], Any]],
    a: Any,
    x0: Any,
    distance: Callable[[Any, Any], Any],
    tol: float,
    max_iter: int = 10_000,
) -> Any:
    """Iterate ``x = f(a)(x)`` from x0 until it stands still; differentiable by a, to any order.

    The gradient follows from the equation x = f(a)(x) alone (the implicit function theorem): it is
    a fixed point itself, found by iterating the pull-back of f(a). So memory does not grow with the
    number of iterations, and the start x0 has no gradient.

    Args:
        f: takes the parameters and returns the step, a function of x.
        a: array, number, Tensor, or a nested structure of them.
        x0: where to start, an array or a number; the gradient's own iteration starts from zeros.
        distance: of two x, a number, to compare with `tol`.
        tol: stop when a step moved x by at most this.
        max_iter: the number of steps after which to give up.

    Raises:
        RuntimeError: if x still moves after `max_iter` steps.
        TracingError: while a function is compiled.
        TypeError: if f uses a Tensor that requires a gradient and is not in a.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> def root(a):  # Newton's iteration for the square root
        ...     step = lambda a: lambda x: 0.5 * (x + a / x)
        ...     return ag.fixed_point(step, a, 1.0, lambda x, y: np.abs(x - y), 1e-12)
        >>> round(float(ag.grad(root)(4.0)), 12)  # 1 / (2 sqrt(4))
        0.25
    """
    require_callable(f, "fixed_point")
    if tracing() is not None:
        refuse(
            "fixed_point takes as many steps as the values need, which a compiled program cannot. "
            "Compile what is around it, or its step"
        )
    structure = map_tree(lambda leaf: 0, a)
    settings = (f, structure, distance, tol, max_iter)
    return _solution(*flatten(a), start=unwrap(x0), settings=settings)


@primitive
def _solution(*leaves: Any, start: Any, settings: Any) -> Any:
    """The fixed point on arrays."""
    f, structure, distance, tol, max_iter = settings
    before = new_stamp()
    with changed(tape=None, depth=0):
        step = f(unflatten(structure, leaves))
        previous = np.asarray(start)
        for _ in range(max_iter):
            x = step(previous)
            require_own(x, before, "the step of fixed_point", "in `a`, which f takes")
            x = np.asarray(unwrap(x))
            if not unwrap(distance(x, previous)) > tol:
                return x
            previous = x
    raise RuntimeError(
        f"fixed_point: x still moves by more than tol={tol} after {max_iter} steps. Start nearer, "
        "damp the step, or set a larger tol or max_iter"
    )


def _implicit(g: Any, y: Any, *leaves: Any, start: Any, settings: Any) -> Any:
    """By x = F(a, x): the gradient u by x solves u = g + (dF/dx)' u; that by a is (dF/da)' u."""
    f, structure, distance, tol, max_iter = settings

    def adjoint(parameters: Any) -> Any:
        values, x, upstream = parameters
        _, pull_back = vjp(f(unflatten(structure, values)), x)
        return lambda u: upstream + pull_back(u)

    zeros = np.zeros_like(unwrap(y))
    u = fixed_point(adjoint, (leaves, y, g), zeros, distance, tol, max_iter)
    _, by_parameters = vjp(lambda *values: f(unflatten(structure, values))(y), *leaves)
    found = by_parameters(u)
    return found if len(leaves) > 1 else (found,)


_solution.__name__ = "fixed_point"
gradient(_solution, joint=_implicit)
