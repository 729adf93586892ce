"""Signatures of functions: their parameters in order, and each one's default."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

# What NumPy documents where `inspect` sees only ``**kwargs``, or nothing: ufuncs, and functions
# written in C in versions before 2.4.
_OF_UFUNCS = {
    "out": None,
    "where": True,
    "casting": "same_kind",
    "order": "K",
    "dtype": None,
    "subok": True,
    "signature": None,
}


class Signature(NamedTuple):
    """The parameters of a function.

    Attributes:
        names: those that can be given by position, in order.
        required: how many of them, counted from the left, have no default.
        defaults: the default of every parameter that has one.
        variadic: whether any number of arguments can be given by position (``*args``), or there
            is no signature to read.
    """

    names: tuple[str, ...]
    required: int
    defaults: dict[str, Any]
    variadic: bool

    def is_default(self, name: str, value: Any) -> bool:
        """Return whether passing `value` means the same as leaving the parameter out."""
        if value is np._NoValue:
            return True
        if name not in self.defaults:
            return False
        default = self.defaults[name]
        return value is default or (value.__class__ is default.__class__ and value == default)


@functools.cache
def signature_of(function: Callable[..., Any]) -> Signature:
    """The parameters of `function`; read once."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError:
        return Signature((), 0, _OF_UFUNCS, variadic=True)
    by_position = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    if isinstance(function, np.ufunc) or function is np.clip:  # which hands them on to one
        defaults = _OF_UFUNCS | defaults
    return Signature(
        tuple("shape" if p.name == "newshape" else p.name for p in by_position),  # before 2.1
        sum(p.default is p.empty for p in by_position),
        defaults,
        variadic=any(p.kind is p.VAR_POSITIONAL for p in parameters),
    )


def named(
    name: str, signature: Signature, args: tuple[Any, ...], kwargs: dict[str, Any], keep: int
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A call's arguments with all but the first `keep` under their names.

    Args:
        name: what a message calls the function.
        signature: the function's.
        args: the arguments by position.
        kwargs: the arguments by name.
        keep: how many stay by position.

    Raises:
        TypeError: for more arguments than there are, or one that is given twice.
    """
    if signature.variadic or len(args) <= keep:
        return args, kwargs
    names = signature.names
    if len(args) > len(names):
        raise TypeError(f"{name} takes {len(names)} arguments by position, got {len(args)}")
    moved = dict(zip(names[keep:], args[keep:], strict=False))
    doubled = moved.keys() & kwargs.keys()
    if doubled:
        raise TypeError(f"{name} got {sorted(doubled)[0]!r} by position and by name")
    return args[:keep], moved | kwargs


def require_callable(f: Any, name: str) -> None:
    """Raise TypeError for what is no function, where a transform takes one."""
    if not callable(f):
        raise TypeError(
            f"{name} takes a function, got {type(f).__name__}: {name}(f)(x), not {name}(f(x))"
        )
