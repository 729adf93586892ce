"""Loops and branches as functions, and gradients that stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd_lite as ag
from autograd_lite.extend import flatten, unflatten

__all__ = [
    "associative_scan",
    "cond",
    "fori_loop",
    "jvp",
    "map",
    "scan",
    "stop_gradient",
    "switch",
    "vectorized_map",
    "while_loop",
]


def stop_gradient(variable: Any) -> Any:
    """Return the same values, through which no gradient flows back."""
    return ag.stop_gradient(variable)


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """Call one of two functions, by the value of `pred`, and return its result: `ag.cond`.

    >>> cond(True, lambda: 1, lambda: 2)
    1
    """
    return ag.cond(pred, true_fn, false_fn)


def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """Call the function of a number with the operands; numbers out of range are cut off."""
    chosen = int(np.clip(int(index), 0, len(branches) - 1))
    return branches[chosen](*operands)


def fori_loop(lower: int, upper: int, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    """Return the value after ``value = body_fun(i, value)`` for i from lower to upper - 1.

    >>> fori_loop(0, 4, lambda i, total: total + i, 0)
    6
    """
    value = init_val
    for i in range(int(lower), int(upper)):
        value = body_fun(i, value)
    return value


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    maximum_iterations: int | None = None,
) -> Any:
    """Return the variables after ``loop_vars = body(*loop_vars)`` while ``cond(*loop_vars)``.

    Args:
        cond: of the variables, to a boolean.
        body: of the variables, to their new values.
        loop_vars: a tuple or list of them, or one alone.
        maximum_iterations: the largest number of iterations.

    Example:
        >>> while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x * 2), (0, 1))
        (3, 8)
    """
    several = isinstance(loop_vars, (tuple, list))
    values = tuple(loop_vars) if several else (loop_vars,)
    count = 0
    while (maximum_iterations is None or count < maximum_iterations) and cond(*values):
        new = body(*values)
        values = tuple(new) if isinstance(new, (tuple, list)) else (new,)
        count += 1
    return values if several else values[0]


# -- along the first axis --------------------------------------------------------------------------


def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: Any = 1,
) -> tuple[Any, Any]:
    """Return the last carry and the outputs of ``carry, y = f(carry, x)``: `ag.scan`.

    Args:
        f: of a carry and one x, to the next carry and an output.
        init: the first carry, any structure of arrays.
        xs: a structure of arrays with one first length; None for `length` steps without any.
        length: the number of steps, where xs does not give it.
        reverse: True to begin with the last x; outputs stay in the order of xs.
        unroll: has no effect.

    Example:
        >>> last, sums = scan(lambda total, x: (total + x, total + x), 0.0, np.arange(3.0))
        >>> last.item(), sums.data
        (3.0, array([0., 1., 3.]))
    """
    return ag.scan(f, init, xs, length, reverse=reverse)


def associative_scan(
    f: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """Return x0, f(x0, x1), f(f(x0, x1), x2), ... along an axis, one after the other.

    >>> associative_scan(np.add, np.arange(4.0))
    array([0., 1., 3., 6.])
    """
    moved = _each(lambda x: np.moveaxis(x, axis, 0), elems)
    order = range(_length(moved))
    parts = [_entry(moved, i) for i in (reversed(order) if reverse else order)]
    found = parts[:1]
    for part in parts[1:]:
        found.append(f(found[-1], part))
    stacked = _stacked(found[::-1] if reverse else found)
    return _each(lambda x: np.moveaxis(x, 0, axis), stacked)


def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """Return f of each entry of the first axis, stacked.

    >>> map(lambda x: x * 2, np.arange(3.0))
    array([0., 2., 4.])
    """
    if not _length(xs):
        raise ValueError("map and vectorized_map take one entry or more: of none no shape is known")
    return _stacked([f(_entry(xs, i)) for i in range(_length(xs))])


def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """Return a function of each entry of the first axis, stacked: `map`."""
    return map(function, elements)


def jvp(fun: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool = False) -> Any:
    """Return fun(*primals) and its derivative along the tangents: `ag.jvp`.

    Raises:
        ValueError: for has_aux=True.
    """
    if has_aux:
        raise ValueError("jvp takes functions of one result: leave out has_aux=True")
    return ag.jvp(fun, tuple(primals), tuple(tangents))


def _each(function: Callable[[Any], Any], tree: Any) -> Any:
    return None if tree is None else unflatten(tree, [function(x) for x in flatten(tree)])


def _entry(tree: Any, i: int) -> Any:
    return _each(lambda x: x[i], tree)


def _length(tree: Any) -> int:
    lengths = {len(x) for x in flatten(tree)} if tree is not None else set()
    if len(lengths) != 1:
        raise ValueError(
            f"entries are taken along the first axis, which has one length for all; got "
            f"{sorted(lengths)}"
        )
    return lengths.pop()


def _stacked(trees: list[Any]) -> Any:
    if not trees or trees[0] is None:
        return None
    columns = zip(*[flatten(tree) for tree in trees], strict=True)
    return unflatten(trees[0], [np.stack(column) for column in columns])
