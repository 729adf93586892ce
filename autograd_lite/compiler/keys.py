"""The key of the program that a call is given: shapes, dtypes and structure of the arguments, and
the exact value of those that are static.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.arrays import refuse_masked
from autograd_lite.compiler.captured.exact import Static, exact, form_of
from autograd_lite.compiler.engines.choice import engine_named
from autograd_lite.compiler.engines.numpy_engine import NumpyEngine
from autograd_lite.compiler.program import order_of
from autograd_lite.compiler.tracing.trace import is_array
from autograd_lite.tensor import Tensor
from autograd_lite.tree import children, flatten, is_dataclass, with_children
from autograd_lite.variable import Variable

Layout = Callable[[Any], Any]


def taken_apart(arguments: Any, layout: Layout) -> tuple[Any, list[Any]]:
    """The key of arguments of any structure, and the arrays, Tensors and numbers among them.

    Raises:
        TypeError: for a masked array, and a static argument that cannot be hashed.
    """
    key: list[Any] = []
    given: list[Any] = []
    _take_apart(arguments, layout, key, given)
    return tuple(key), given


def _take_apart(tree: Any, layout: Layout, key: list[Any], given: list[Any]) -> None:
    parts = children(tree)
    if parts is not None and not _is_setting(tree):
        key.append(form_of(tree))
        for part in parts:
            _take_apart(part, layout, key, given)
    elif not is_array(tree) or isinstance(tree, Variable):
        key.append(exact(tree.value if isinstance(tree, Static) else tree))
    else:
        if isinstance(tree, (np.ndarray, np.generic)):
            refuse_masked(tree)
            tree = np.asarray(tree)
        key.append(kind_of(tree, layout))
        given.append(tree)


def _is_setting(tree: Any) -> bool:
    """Return whether it is a dataclass that holds no array."""
    return is_dataclass(tree) and not any(
        isinstance(x, (np.ndarray, np.generic, Tensor)) for x in flatten(tree)
    )


def kind_of(x: Any, layout: Layout = order_of) -> Any:
    """The kind of an array, a Tensor or a number, as far as a program depends on it."""
    if isinstance(x, Tensor):
        return x._array.shape, x._array.dtype, layout(x._array), x.requires_grad
    if isinstance(x, np.ndarray):
        return x.shape, x.dtype, layout(x)
    return type(x)


def layout_of(engine: str) -> Layout:
    """The memory layout of an array, as far as an engine's programs depend on it.

    NumPy adds up in the order of memory; native code puts its arguments in order.
    """
    return order_of if engine_named(engine) is NumpyEngine else _any_order


def _any_order(array: Any) -> None:
    return None


def settings_marked(tree: Any) -> Any:
    """A tree in which each dataclass without arrays is static: it holds settings, not data. So is
    each Variable: whether it is passed or captured, the function may assign it.
    """
    parts = children(tree)
    if parts is None:
        return Static(tree) if isinstance(tree, Variable) else tree
    if _is_setting(tree):
        return Static(tree)
    return with_children(tree, list(map(settings_marked, parts)))
