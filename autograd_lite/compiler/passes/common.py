"""Common subexpressions: what is computed twice is computed once."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.compiler.operations import has_effect
from autograd_lite.compiler.program import Program, Value


def common(program: Program) -> Program:
    """Replace an operation by an earlier one of the same function, inputs and keywords."""
    seen: dict[Any, Value] = {}

    def earlier(value: Value) -> Value | None:
        if value.kind != "operation" or has_effect(value):
            return None
        try:
            key = (
                value.phase == "projection",  # which reads what was updated
                value.function,
                tuple(map(_key, value.inputs)),
                tuple(sorted((name, _key(x)) for name, x in value.keywords.items())),
            )
            known = seen.setdefault(key, value)
        except TypeError:  # a keyword that cannot be hashed, or compared
            return None
        return None if known is value else known

    return program.rewritten(earlier)


def _key(x: Any) -> Any:
    """Equal for inputs that are the same: 1, 1.0 and True are not."""
    if isinstance(x, Value):
        if x.kind == "constant" and not x.live and x.storage.size == 1:
            return "constant", x.shape, x.dtype.str, x.storage.tobytes()
        return "value", id(x)
    if isinstance(x, (tuple, list)):
        return tuple(map(_key, x))
    if isinstance(x, slice):
        return "slice", repr(x)
    if isinstance(x, (int, float, np.generic)):
        return type(x).__name__, repr(x)
    return type(x).__name__, x if isinstance(x, str) else id(x) if x is not None else 0
