"""Inputs that are indices: whole numbers from 0 up to a count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograd_lite.extend import check_bounds, current_context, unwrap

_EXAMPLES = ContextVar("examples", default=False)


@contextmanager
def of_examples() -> Iterator[None]:
    """Take any index inside: those of an example, of some length, stand for others."""
    token = _EXAMPLES.set(True)
    try:
        yield
    finally:
        _EXAMPLES.reset(token)


def ensure(holds: Any, error: Callable[[], Exception]) -> None:
    """Raise an error unless a condition holds; a compiled program leaves that to plain Python."""
    tape = current_context().tracing
    if tape is not None:
        tape.require(holds)
    elif not unwrap(holds):
        raise error()


def whole(x: Any, name: str) -> Any:
    """Return inputs as integers.

    Raises:
        ValueError: for numbers that are not whole.
    """
    if x.dtype.kind == "f":
        exact = (x == np.floor(x)) & (abs(x) < 2**53)
        ensure(
            np.all(exact),
            lambda: ValueError(f"{name} takes whole numbers, got {unwrap(x)[~unwrap(exact)][0]}"),
        )
    return x if x.dtype.kind in "iu" else x.astype(np.intp)  # booleans would be a mask


def within(x: Any, count: int, error: Callable[[Any], Exception]) -> Any:
    """Return indices, integers from 0 to count - 1; a compiled program checks them in place.

    Raises:
        the error made from the first one that is not.
    """
    if current_context().tracing is not None:
        return check_bounds(x if x.dtype == np.intp else x.astype(np.intp), count=count)
    if _EXAMPLES.get():
        return np.clip(x, 0, count - 1)
    outside = (unwrap(x) < 0) | (unwrap(x) >= count)
    if outside.any():
        raise error(unwrap(x)[outside][0])
    return x
