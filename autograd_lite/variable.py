"""`Variable`: what changes in a training step, through `assign` alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.context import current_context
from autograd_lite.tensor import Tensor, describe, new_stamp


class Variable(Tensor):
    """A named leaf whose value changes through `assign` alone: a weight, a statistic, a counter.

    Args:
        value: the initial value; copied.
        trainable: whether gradients flow to it.
        dtype: as in `np.array`.
        name: what pictures, messages and files call it.

    Example:
        >>> import autograd_lite as ag
        >>> w = ag.Variable([1.0, 2.0], name="w")
        >>> w.assign(w.data - 0.5).data
        array([0.5, 1.5])
    """

    __slots__ = ("changed",)

    changed: int

    def __init__(
        self,
        value: Any,
        trainable: bool = True,
        *,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(value, trainable, dtype=dtype, name=name)
        self.changed = 0

    @property
    def trainable(self) -> bool:
        """True if it receives gradients; the same as `requires_grad`."""
        return self.requires_grad

    @trainable.setter
    def trainable(self, value: bool) -> None:
        if value and self._array.dtype.kind != "f":
            raise TypeError(f"{describe(self)} holds {self.dtype}: only floats can be trained")
        self.requires_grad = bool(value)

    def __setstate__(self, state: tuple[None, dict[str, Any]]) -> None:
        super().__setstate__(state)
        self.changed = 0

    def assign(self, value: Any) -> Variable:
        """Give it a new value of the same shape; written into the array it already has.

        Raises:
            ValueError: for another shape: nothing is broadcast.
            TypeError: for a dtype that would lose digits (float64 into float32 is allowed,
                floating into integer is not).
        """
        new = value._array if isinstance(value, Tensor) else np.asarray(value)
        if new.shape != self._array.shape:
            raise ValueError(
                f"{describe(self)} has shape {self.shape}, cannot be assigned shape {new.shape}"
            )
        dtype = self._array.dtype
        if new.dtype is not dtype and not np.can_cast(new.dtype, dtype, casting="same_kind"):
            raise TypeError(
                f"{describe(self)} has dtype {self.dtype}, cannot be assigned {new.dtype}"
            )
        tape = current_context().tracing
        if tape is not None:
            tape.assign(self, value, new_stamp())
            return self
        self._array[...] = new
        self.mark_changed()
        return self

    def mark_changed(self) -> None:
        """Note that the value was written in place, as `assign` does: for code that updates the
        arrays of many Variables at once. Graphs recorded before refuse to be differentiated.
        """
        self.changed = new_stamp()

    def assign_add(self, value: Any) -> Variable:
        """``assign(self + value)``."""
        return self.assign(self._plain() + _plain(value))

    def assign_sub(self, value: Any) -> Variable:
        """``assign(self - value)``."""
        return self.assign(self._plain() - _plain(value))

    def _plain(self) -> Any:
        """The array; while tracing the Variable itself, so that what is computed is recorded."""
        return self._array if current_context().tracing is None else self


def _plain(value: Any) -> Any:
    return (
        value._array if isinstance(value, Tensor) and current_context().tracing is None else value
    )
