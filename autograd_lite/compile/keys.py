"""What decides which program a call is given: shapes, dtypes and structure of the arguments, and
the exact value of those that are static.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.arrays import refuse_masked
from autograd_lite.compile.engine_choice import engine_named
from autograd_lite.compile.engines import NumpyEngine
from autograd_lite.compile.exact import Static, exact, structure_of
from autograd_lite.compile.program import order_of
from autograd_lite.compile.trace import is_array
from autograd_lite.tensor import Tensor
from autograd_lite.tree import children, flatten, is_dataclass, with_children

__all__ = [
    "Layout",
    "kind_of",
    "layout_of",
    "static_dataclasses",
    "taken_apart",
]

Layout = Callable[[Any], Any]


def taken_apart(arguments: Any, layout: Layout) -> tuple[Any, list[Any]]:
    """The key of arguments of any structure, and the arrays, Tensors and numbers among them.

    Raises:
        TypeError: for a masked array, and a static argument that cannot be hashed.
    """
    key: list[Any] = []
    given: list[Any] = []
    for x in flatten(arguments):
        if not is_array(x):
            key.append(exact(x.value if isinstance(x, Static) else x))
            continue
        if isinstance(x, (np.ndarray, np.generic)):
            refuse_masked(x)
            x = np.asarray(x)
        key.append(kind_of(x, layout))
        given.append(x)
    return (structure_of(arguments), tuple(key)), given


def kind_of(x: Any, layout: Layout = order_of) -> Any:
    """What a program depends on of an array, a Tensor or a number."""
    if isinstance(x, Tensor):
        return x._data.shape, x._data.dtype, layout(x._data), x.requires_grad
    if isinstance(x, np.ndarray):
        return x.shape, x.dtype, layout(x)
    return type(x)


def layout_of(engine: str) -> Layout:
    """What an engine's programs depend on of how an array lies in memory.

    NumPy adds up in the order of memory; native code puts its arguments in order.
    """
    return order_of if engine_named(engine) is NumpyEngine else _any_order


def _any_order(array: Any) -> None:
    return None


def static_dataclasses(tree: Any) -> Any:
    """A tree in which each dataclass without arrays is static: it holds settings, not data."""
    parts = children(tree)
    if parts is None:
        return tree
    if is_dataclass(tree) and not any(
        isinstance(x, (np.ndarray, np.generic, Tensor)) for x in flatten(tree)
    ):
        return Static(tree)
    return with_children(tree, list(map(static_dataclasses, parts)))
