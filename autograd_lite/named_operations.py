"""The operations of the table by name, for files: a file may name these functions and no others."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.table import TABLE, function_name, lookup


def name_of_operation(function: Any) -> str | None:
    """Return the name of an operation, "numpy.linalg.inv" say; None for any other function.

    >>> name_of_operation(np.linalg.inv), name_of_operation(print)
    ('numpy.linalg.inv', None)
    """
    name = function_name(function)
    for full in (f"numpy.{name}", f"numpy.ufunc.{name}", f"{_root(function)}.{name}"):
        if operation_named(full) is function:
            return full
    return None


def operation_named(name: str) -> Any:
    """Return the operation of a name; None if there is none.

    >>> operation_named("numpy.mean") is np.mean, operation_named("numpy.load")
    (True, None)
    """
    root, _, rest = name.partition(".")
    found: Any = np
    if root == "numpy":
        for part in rest.split("."):
            found = getattr(found, part, None)
        return found if callable(found) and _is_operation(found) else None
    own = (f for f in TABLE if _root(f) == root and root in ("autograd_lite", "nn"))
    return next((f for f in own if f.__name__ == rest), None)


def _root(function: Any) -> str:
    return (getattr(function, "__module__", None) or "numpy").partition(".")[0]


def _is_operation(function: Any) -> bool:
    try:
        lookup(function)
    except TypeError:  # not in the table, or nothing that could be
        return False
    return True
