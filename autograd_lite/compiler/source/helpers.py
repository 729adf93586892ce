"""Helpers that a source may need besides NumPy. Their text becomes part of it.

They say in place, with ``out=``, what the primitives of the same name say functionally.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite import primitives
from autograd_lite.rules import padding, pooling
from autograd_lite.rules.windows import fold, windows


def subtract_infinite_max(x, highest, below):  # type: ignore[no-untyped-def]
    """Where the maximum is infinite, x minus it in the limit: 0 where x equals it, else -inf."""
    limit = np.where(x == highest, 0.0, -np.inf).astype(x.dtype)
    np.copyto(below, limit, where=np.isinf(highest))


def put(values, *arrays, index, shape, out):  # type: ignore[no-untyped-def]
    """Zeros, with values added at an index."""
    rest = iter(arrays)
    whole = tuple(next(rest) if isinstance(part, str) else part for part in index)
    out[...] = 0
    if all(a.dtype == bool for a in arrays):
        out[whole] = values
    else:
        np.add.at(out, whole, values)


def zero_nans(g, derivative, product):  # type: ignore[no-untyped-def]
    """In a product with NaN: an exact zero wins over infinity and NaN."""
    zero = (g == 0) | (derivative == 0)
    np.copyto(product, 0, where=np.isnan(product) & zero)


def each_part(parts, memory, free, *whole):  # type: ignore[no-untyped-def]
    """Do something for each part, in memory that is free."""
    do = free.pop() if free else memory()
    for part in parts:
        do(*part, *whole)
    free.append(do)


def text_of(function: Callable[..., Any]) -> str:
    """A function as source that needs NumPy and math alone: its own text, without the decorator and
    the types. So that of a primitive needs no second definition.
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list, definition.returns = [], None
    for argument in ast.walk(definition.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    return ast.unparse(tree)


# Primitives that are called as they are.
WHOLE = {
    padding.pad, primitives.check_bounds, windows, fold, pooling.window_sum,
    pooling.window_max, pooling.max_shares,
}  # fmt: skip
NAMES = {f.__name__ for f in (each_part, subtract_infinite_max, zero_nans, put, *WHOLE)}
