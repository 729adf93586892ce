"""Slots: the Variables in which an optimizer keeps its state for each weight."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import Tensor, Variable
from autograd_lite.extend import describe


def make_slot(variable: Variable, position: int, slot: str, value: float) -> Variable:
    """Make the Variable of one slot: a number for each element of a variable."""
    owner = variable.name or f"variable_{position}"
    initial = np.broadcast_to(np.asarray(value, variable.dtype), variable.shape)
    return Variable(initial, trainable=False, name=f"{owner}_{slot}")


def require_variable(variable: Any) -> None:
    """Refuse anything but a floating-point Variable.

    Raises:
        TypeError: says what to pass instead.
    """
    if not isinstance(variable, Variable):
        kind = type(variable).__name__
        hint = "; make it one: ag.Variable(tensor.data)" if isinstance(variable, Tensor) else ""
        raise TypeError(f"an optimizer updates Variables, got {kind}{hint}")
    if variable.dtype.kind != "f":
        raise TypeError(
            f"{describe(variable)} has dtype {variable.dtype}: only floating-point Variables can "
            "be updated by a gradient"
        )
