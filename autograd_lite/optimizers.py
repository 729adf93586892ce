"""`sgd`, `rmsprop` and `adam` as functions: they minimise by a gradient, on nested structures.

For models there is `nn.optimizers`, with state, schedules and compiled steps. These are loops over
plain formulas, as in HIPS autograd's ``misc.optimizers``: to read, to change, to fit something that
is no model.

Example:
    >>> import numpy as np, autograd_lite as ag
    >>> loss = lambda p: np.sum((p["w"] - 3.0) ** 2) + p["b"] ** 2
    >>> slope = ag.grad(loss)
    >>> p = sgd(lambda p, i: slope(p), {"w": np.zeros(2), "b": 1.0}, step_size=0.5)
    >>> np.round(p["w"], 4)
    array([3., 3.])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.flattening import flatten
from autograd_lite.tree import flatten_as

__all__ = ["adam", "rmsprop", "sgd"]

Gradient = Callable[[Any, int], Any]
Callback = Callable[[Any, int, Any], Any]


def sgd(
    grad: Gradient,
    x: Any,
    callback: Callback | None = None,
    num_iters: int = 200,
    step_size: float = 0.1,
    mass: float = 0.9,
) -> Any:
    """Descend with momentum: v = mass v - (1 - mass) g and x += step_size v.

    Args:
        grad: called as ``grad(x, i)`` with the number of the iteration; returns the gradient, in
            the structure of x. Differentiate a loss of one argument with
            ``lambda x, i: slope(x)``.
        x: where to start: an array, or nested lists, tuples, dicts and dataclasses of them.
        callback: called as ``callback(x, i, g)`` before each step.
        num_iters: the number of steps.
        step_size: the learning rate.
        mass: the fraction of the velocity that stays at each step.

    Returns:
        The last x, in its structure; what was passed is not changed.
    """
    velocity: Any = 0.0

    def step(x: Any, i: int, g: Any) -> Any:
        nonlocal velocity
        velocity = mass * velocity - (1.0 - mass) * g
        return x + step_size * velocity

    return _minimized(grad, x, callback, num_iters, step)


def rmsprop(
    grad: Gradient,
    x: Any,
    callback: Callback | None = None,
    num_iters: int = 100,
    step_size: float = 0.1,
    gamma: float = 0.9,
    eps: float = 1e-8,
) -> Any:
    """Divide by a running root mean square: s = gamma s + (1 - gamma) g^2, which starts at 1, and
    x -= step_size g / (sqrt(s) + eps). Arguments as `sgd`.

    Source: Tieleman and Hinton, 2012, lecture 6.5 of "Neural networks for machine learning".
    """
    squares: Any = 1.0

    def step(x: Any, i: int, g: Any) -> Any:
        nonlocal squares
        squares = gamma * squares + (1 - gamma) * g**2
        return x - step_size * g / (np.sqrt(squares) + eps)

    return _minimized(grad, x, callback, num_iters, step)


def adam(
    grad: Gradient,
    x: Any,
    callback: Callback | None = None,
    num_iters: int = 100,
    step_size: float = 0.001,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    """Adam: running means m of g and v of g^2, corrected for their start at 0, and
    x -= step_size m / (sqrt(v) + eps). Arguments as `sgd`.

    Source: Kingma and Ba, 2015, "Adam: a method for stochastic optimization".
    """
    m: Any = 0.0
    v: Any = 0.0

    def step(x: Any, i: int, g: Any) -> Any:
        nonlocal m, v
        m = (1 - b1) * g + b1 * m
        v = (1 - b2) * g**2 + b2 * v
        corrected = m / (1 - b1 ** (i + 1)), v / (1 - b2 ** (i + 1))
        return x - step_size * corrected[0] / (np.sqrt(corrected[1]) + eps)

    return _minimized(grad, x, callback, num_iters, step)


def _minimized(
    grad: Gradient, x: Any, callback: Callback | None, num_iters: int, step: Callable[..., Any]
) -> Any:
    """The x after all steps, of which each is taken on one vector."""
    vector, unflatten = flatten(x)
    for i in range(num_iters):
        slope = grad(unflatten(vector), i)
        g, _ = flatten(flatten_as(x, slope))
        if g.shape != vector.shape:
            raise ValueError(
                f"grad(x, i) must return the structure of x, {vector.size} numbers, got {g.size}"
            )
        if callback is not None:
            callback(unflatten(vector), i, slope)
        vector = step(vector, i, g)
    return unflatten(vector)
