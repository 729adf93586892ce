"""Words for a node: what an operation was called with, as one would write it."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np

from autograd_lite.primitives import ARRAY, gather
from autograd_lite.recording import output
from autograd_lite.tensor import Tensor, made_by

LONGEST_TEXT = 48
MOST_ITEMS = 6
MOST_DIGITS = 10


def operation_label(tensor: Tensor) -> str:
    """An operation as a call: a dot for each array, its numbers, keywords that are no defaults.

    Example:
        >>> import autograd_lite as ag
        >>> x = ag.Tensor([1.0, 2.0], requires_grad=True)
        >>> operation_label(1 - x), operation_label(np.sum(x, axis=0)), operation_label(x[:1])
        ('subtract(1, ·)', 'sum(axis=0)', 'getitem[:1]')
    """
    inputs = tensor.inputs or ()
    name = made_by(tensor) if tensor.function else ""
    if tensor.function is output:
        whose = f" of {made_by(inputs[0])}" if inputs else ""
        return f"result {tensor.keywords['index']}{whose}"
    if tensor.function is gather:
        return f"{name}[{', '.join(map(readable, tensor.keywords['index']))}]"
    arguments = ["·" if is_array(x) else readable(x) for x in inputs]
    if all(argument == "·" for argument in arguments):
        arguments = []  # what the arrows say already
    arguments += called(tensor)
    return f"{name}({', '.join(arguments)})" if arguments else name


def called(tensor: Tensor) -> list[str]:
    """The keywords of an operation's call that are no defaults: ["axis=0"]."""
    defaults = _defaults(tensor.function)
    return [
        f"{key}={readable(value)}"
        for key, value in tensor.keywords.items()
        if not _says_nothing(value, defaults.get(key))
    ]


def is_array(x: Any) -> bool:
    """Return whether an argument is drawn as a node; a number is part of the operation's label."""
    return isinstance(x, Tensor) or bool(getattr(x, "ndim", 0))


@functools.lru_cache(maxsize=1024)
def _defaults(function: Any) -> dict[str, Any]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some of NumPy's C functions have no signature
        return {}
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def _says_nothing(value: Any, default: Any) -> bool:
    """Return whether a keyword argument equals its default, or is not worth showing."""
    if value is None or value is False or value is np._NoValue:
        return True
    if isinstance(value, (int, float, str)):
        return bool(value == default)
    return not isinstance(value, (tuple, list, slice, type, np.generic, np.dtype, np.ndarray))


def readable(value: Any, nested: int = 2) -> str:
    """A keyword argument as one would write it; large or foreign things by what they are."""
    if value is Ellipsis:
        return "..."
    if value is None or isinstance(value, (int, float, np.number)):
        return "None" if value is None else literal(value)
    if isinstance(value, str):
        return repr(printable(value, LONGEST_TEXT))
    if isinstance(value, slice):
        ends = [value.start, value.stop] + ([] if value.step is None else [value.step])
        return ":".join("" if end is None else readable(end, 0) for end in ends)
    if isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic)):
        return np.dtype(value).name
    if isinstance(value, (tuple, list)):
        return _readable_items(value, nested)
    if hasattr(value, "shape"):
        return f"array {tuple(value.shape)}" if value.shape else literal(value.item())
    if value is ARRAY:
        return "array"
    return printable(getattr(value, "__name__", type(value).__name__), LONGEST_TEXT)


def _readable_items(items: tuple[Any, ...] | list[Any], nested: int) -> str:
    if not nested:
        return "[...]" if isinstance(items, list) else "(...)"
    shown = [readable(item, nested - 1) for item in items[:MOST_ITEMS]]
    if len(items) > MOST_ITEMS:
        shown.append("...")
    if isinstance(items, list):
        return f"[{', '.join(shown)}]"
    return f"({shown[0]},)" if len(items) == 1 else f"({', '.join(shown)})"


def printable(text: str, limit: int) -> str:
    r"""`text` on one line of at most `limit` characters: the middle left out, and whatever does
    not print (newlines, control characters, marks that reverse the direction) spelled out.

    Example:
        >>> printable("first\nsecond", 40)
        'first\\nsecond'
        >>> printable("a" * 100, 9)
        'aaaa…aaaa'
    """
    if len(text) <= limit and text.isprintable():
        return text
    head, tail = text[: limit + 1], text[-limit:]
    shown, end = map(_spelled_out, (head, tail))
    if len(shown) <= limit:
        return shown
    kept = limit - 1
    return f"{shown[: kept - kept // 2]}…{end[len(end) - kept // 2 :]}"


def _spelled_out(text: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def literal(x: Any) -> str:
    """A number as it was written in code, unless that takes many digits.

    Example:
        >>> literal(2), literal(0.001), literal(1.0000001), literal(np.float32(0.1)), literal(2 / 3)
        ('2', '0.001', '1.0000001', '0.1', '0.6667')
    """
    exact = repr(x.item() if isinstance(x, np.generic) else x)
    return exact if len(exact) <= MOST_DIGITS or isinstance(x, int) else number_text(x)


def number_text(x: Any) -> str:
    """A number with at most 4 significant digits; integers in full.

    Example:
        >>> number_text(2 / 3), number_text(1e-7), number_text(12345), number_text(-0.0)
        ('0.6667', '1e-07', '12345', '0')
    """
    if isinstance(x, (bool, int, np.integer)):
        return str(x)
    return f"{float(x) + 0.0:.4g}"
