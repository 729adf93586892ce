"""Guards against targets (n,) and predictions (n, 1) that broadcast to (n, n).

NumPy computes (n,) minus (n, 1) as an outer difference, whose mean is a plausible number. The shape
that a user's function expects is found by trial, with arrays that refuse to be broadcast against
each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nn.losses.targets import same_rank

Array = np.ndarray[Any, Any]


class BroadcastError(ValueError):
    """Targets and predictions would have been broadcast against each other."""


class _Samples(np.ndarray[Any, Any]):
    """An array of one number for each sample that refuses outer broadcasting."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "__call__" and ufunc.signature is None:
            _refuse_outer([np.shape(x) for x in inputs], ufunc.__name__)
        if "out" in options:
            options["out"] = tuple(map(_plain, options["out"]))
        return _guarded(getattr(ufunc, method)(*map(_plain, inputs), **options))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function is np.where:
            _refuse_outer([np.shape(x) for x in args], "where")
        return super().__array_function__(function, types, args, kwargs)


def pairings(y_true: Any, y_pred: Any) -> list[tuple[Any, Any]]:
    """Return the shapes in which targets and predictions can be passed to a user's function.

    Returns:
        (y_true, y_pred) as they are; where one lacks a last axis of length 1, both with or both
        without it, as losses are given them, and then as they are. These refuse to be broadcast.
    """
    if np.ndim(y_true) == np.ndim(y_pred):
        return [(y_true, y_pred)]
    true, predicted = same_rank(y_true, y_pred)
    if true.shape == y_true.shape and predicted.shape == y_pred.shape:
        return [(y_true, y_pred)]
    return [(_guarded(true), _guarded(predicted)), (_guarded(y_true), _guarded(y_pred))]


def unbroadcast(call: Callable[[Any, Any], Any], y_true: Any, y_pred: Any) -> Any:
    """``call(y_true, y_pred)``, in shapes that it does not broadcast.

    Raises:
        BroadcastError: if it broadcasts (n,) against (n, 1) whichever it is given.

    Example:
        >>> t, p = np.array([0.0, 1.0]), np.array([[0.0], [1.0]])
        >>> float(np.mean(abs(t - p))), float(unbroadcast(lambda t, p: np.mean(abs(t - p)), t, p))
        (0.5, 0.0)
    """
    first, *others = pairings(y_true, y_pred)
    try:
        return call(*first)
    except BroadcastError:
        if not others:
            raise
    return call(*others[0])


def _guarded(x: Any) -> Any:
    return x.view(_Samples) if isinstance(x, np.ndarray) else x


def _plain(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, _Samples) else x


def _refuse_outer(shapes: list[tuple[int, ...]], operation: str) -> None:
    """Raise BroadcastError where (n,) meets (n, 1)."""
    for one in shapes:
        for other in shapes:
            if other == (*one, 1) and one[-1:] > (1,):
                raise BroadcastError(
                    f"{operation} of arrays of shape {one} and {other} is one of shape "
                    f"{(*one[:-1], one[-1], one[-1])}: every target against every prediction. "
                    "Give both one shape first, y_true = y_true.reshape(y_pred.shape)"
                )
