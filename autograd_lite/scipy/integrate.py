"""Ordinary differential equations, as `scipy.integrate.odeint`.

Example:
    >>> y = odeint(lambda y, t, rate: -rate * y, 1.0, np.array([0.0, 1.0]), (2.0,))
    >>> round(float(y[-1, 0]), 6)  # e^-2
    0.135335
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.integrate

from autograd_lite.context import changed
from autograd_lite.recording import primitive
from autograd_lite.scipy.missing import no_such_name
from autograd_lite.table import gradient
from autograd_lite.tape import refuse, tracing
from autograd_lite.tensor import Tensor, new_stamp, unwrap
from autograd_lite.transforms import require_own, vjp
from autograd_lite.tree import flatten, map_tree, unflatten

__all__ = ["odeint"]

_OPTIONS = {
    "rtol", "atol", "tcrit", "h0", "hmax", "hmin", "ixpr", "mxstep", "mxhnil", "mxordn", "mxords",
}  # fmt: skip


def odeint(
    func: Callable[..., Any], y0: Any, t: Any, args: tuple[Any, ...] = (), **options: Any
) -> Any:
    """Integrate ``dy/dt = func(y, t, *args)`` from y0 at t[0].

    The gradient comes from the adjoint equation, integrated backwards with the same tolerances: its
    error is of their size, and memory does not grow with the number of steps.

    Args:
        func: NumPy functions of y, of shape (n,), the time, and `args`; returns shape (n,).
        y0: shape (n,).
        t: the times at which y is wanted, in order, shape (m,).
        args: numbers, arrays, or nested structures of them; what is to be differentiated by.
        **options: SciPy's tolerances and limits of steps, ``rtol=1e-8``.

    Returns:
        y at these times, shape (m, n).

    Raises:
        TracingError: while a function is compiled.
        TypeError: if func uses a Tensor that requires a gradient and is not among args, since its
            gradient would be lost; for another option.
    """
    unknown = options.keys() - _OPTIONS
    if unknown:
        raise TypeError(
            f"odeint does not take {sorted(unknown)[0]}=; it takes args= and "
            f"{', '.join(sorted(_OPTIONS))}. scipy.integrate.odeint takes it, on arrays"
        )
    if tracing() is not None:
        refuse(
            "odeint takes as many steps as the values need, which a compiled program cannot. "
            "Compile what is around it, or the function that it integrates"
        )
    structure = map_tree(lambda leaf: 0, args)  # without the arrays, which are inputs
    return _trajectory(y0, t, *flatten(args), func=func, structure=structure, options=options)


@primitive
def _trajectory(y0: Any, t: Any, *leaves: Any, func: Any, structure: Any, options: Any) -> Any:
    """The solution, by SciPy; the arguments of func flat."""
    start = np.atleast_1d(np.asarray(y0))
    args = unflatten(structure, leaves)

    before = new_stamp()

    def slope(y: Any, at: Any) -> Any:
        result = func(y, at, *args)
        require_own(result, before, "the function given to odeint", "among args, args=(w,)")
        return _array(result)

    with changed(tape=None, depth=0):
        y = scipy.integrate.odeint(slope, start, np.asarray(t), **options)
    return y.astype(start.dtype) if start.dtype.kind == "f" else y


def _array(slope: Any) -> Any:
    """The result of func, a Tensor, an array or a list of numbers, as an array."""
    parts = [unwrap(x) for x in flatten(slope)]
    return np.asarray(parts if isinstance(slope, (list, tuple)) else parts[0])


class _Augmented:
    """The equation of y, of its adjoint, and of the gradients by the arguments that vary.

    Attributes:
        n: the length of y.
        varied: the positions of the floating arguments among all.
    """

    def __init__(self, func: Any, structure: Any, n: int, leaves: tuple[Any, ...]) -> None:
        self.func, self.structure, self.n = func, structure, n
        self.varied = [i for i, x in enumerate(leaves) if _floating(x)]

    def slope(self, y: Any, at: Any, *values: Any) -> Any:
        """The slope of y, as an array or a Tensor."""
        result = self.func(y, at, *unflatten(self.structure, values))
        return result if isinstance(result, (Tensor, np.ndarray)) else np.stack(list(result))

    def __call__(self, state: Any, at: Any, *values: Any) -> Any:
        """The slopes of all three, one after the other."""
        n = self.n

        def of_varied(y: Any, *chosen: Any) -> Any:
            every = list(values)
            for i, x in zip(self.varied, chosen, strict=True):
                every[i] = x
            return self.slope(y, at, *every)

        dy, pull_back = vjp(of_varied, state[:n], *(values[i] for i in self.varied))
        pulled = pull_back(-state[n : 2 * n])
        parts = pulled if self.varied else (pulled,)
        return np.concatenate([dy, *(np.reshape(x, (-1,)) for x in parts)])


def _adjoint(
    g: Any, ys: Any, y0: Any, t: Any, *leaves: Any, func: Any, structure: Any, options: Any
) -> Any:
    """The gradients by y0, t and all arguments.

    The adjoint a(t), the gradient by y(t), obeys da/dt = -a' df/dy; the gradient by the arguments
    is the integral of a' df/d(args). L. Pontryagin et al., "The mathematical theory of optimal
    processes" (1962); R. Chen et al., "Neural ordinary differential equations" (2018).
    """
    n = ys.shape[1]
    augmented = _Augmented(func, structure, n, leaves)
    adjoint, by_time = 0 * g[0], []
    sums = np.zeros(sum(np.size(leaves[i]) for i in augmented.varied), ys.dtype)
    for i in range(len(ys) - 1, 0, -1):
        by_time.append(np.sum(augmented.slope(ys[i], t[i], *leaves) * g[i]))
        state = np.concatenate([ys[i], adjoint + g[i], sums])
        back = np.stack([t[i], t[i - 1]])
        state = odeint(augmented, state, back, leaves, **options)[1]
        adjoint, sums = state[n : 2 * n], state[2 * n :]
    by_time.append(-np.sum(augmented.slope(ys[0], t[0], *leaves) * adjoint))
    by_start = np.reshape(adjoint + g[0], np.shape(y0))
    return (by_start, np.stack(by_time[::-1]), *_split(sums, leaves, augmented.varied))


def _floating(x: Any) -> bool:
    return np.dtype(getattr(x, "dtype", type(x))).kind == "f"


def _split(flat: Any, leaves: Any, varied: list[int]) -> list[Any]:
    """The parts of a flat vector in the shapes of the leaves that vary; None for the others."""
    parts: list[Any] = [None] * len(leaves)
    start = 0
    for i in varied:
        stop = start + np.size(leaves[i])
        parts[i] = np.reshape(flat[start:stop], np.shape(leaves[i]))
        start = stop
    return parts


_trajectory.__name__ = "odeint"
gradient(_trajectory, joint=_adjoint)


def __getattr__(name: str) -> Any:
    """Nothing: the error says what there is."""
    raise no_such_name("scipy.integrate", name, __all__)
