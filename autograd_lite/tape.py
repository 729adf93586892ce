"""`Tape`: everything that one call of a function records, in order, while it is being compiled.

While a tape listens, the arrays in the Tensors are only an example: the values of the next call
will be others. So whoever asks a Tensor for its value is refused (a branch on it would hold for
the example alone), what Variables are assigned and generators draw is noted and taken back, and
each node remembers the user's line that made it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.context import Scope, current_context

__all__ = ["Assignment", "Entry", "Tape", "TracingError", "tracing", "users_line"]


class TracingError(TypeError):
    """What a function does that a compiled program could not repeat."""


class Entry(NamedTuple):
    """A recorded node and where it stands.

    Attributes:
        node: the Tensor.
        scope: the scope that it belongs to: of a gradient, that of the node differentiated.
        backward: whether it was recorded while gradients were computed.
        line: the user's line, ``(file, number)``.
    """

    node: Any
    scope: Scope | None
    backward: bool
    line: tuple[str, int] | None

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What the operation was computed from."""
        inputs: tuple[Any, ...] = self.node.inputs
        return inputs


class Assignment(NamedTuple):
    """`variable` was assigned `value`, a Tensor or an array."""

    variable: Any
    value: Any

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The Variable."""
        return (self.variable,)


@dataclass
class LeafGradient:
    """The ``.grad`` of a leaf, as the function that is traced sees it.

    Attributes:
        leaf: the Tensor.
        value: a Tensor, or None.
        reset: whether the function has set it before `backward` added to it, so that nothing
            depends on what an earlier call has left there.
    """

    leaf: Any
    value: Any = None
    reset: bool = False


class Tape:
    """A list of what happened, as `record` and `Variable.assign` report it.

    Attributes:
        entries: `Entry`, `Assignment`, and whatever else has an effect, in order.
        origin: the node whose rule is running, while gradients are computed.
        gradient_of: for the id of a node that is a gradient, the Tensor that it is the gradient of.
        guard: a Tensor of one element that has to be finite for anything to be changed.
        conditions: Tensors of one truth value: what `require` was told.
        preparations: functions to be called before each run of the program.
        supplies: what reads numbers anew before each run; see `autograd_lite.effects`.
        gradients: what `backward` and the function have left in the ``.grad`` of leaves, by id.
    """

    def __init__(self) -> None:
        self.entries: list[Any] = []
        self.origin: Any = None
        self.gradient_of: dict[int, Any] = {}
        self.guard: Any = None
        self.conditions: list[Any] = []
        self.preparations: list[Any] = []
        self.supplies: list[Any] = []
        self.gradients: dict[int, LeafGradient] = {}
        self._values: dict[int, tuple[Any, Any]] = {}
        self._generators: dict[int, tuple[Any, Any]] = {}

    def append(self, node: Any) -> None:
        """Note a node, as a plain list would; the other tapes are lists."""
        origin = self.origin
        scope = node.scope if origin is None else origin.scope
        self.entries.append(Entry(node, scope, origin is not None, users_line()))

    def assign(self, variable: Any, value: Any) -> None:
        """Note an assignment that is about to be made.

        Raises:
            TracingError: for an array that was not computed from Tensors.
        """
        if isinstance(value, (np.ndarray, np.generic)):
            raise TracingError(
                f"{variable.name or 'a Variable'} was assigned an array that was computed outside "
                "of the record: in the program it would be a constant. Compute it from Tensors, "
                f"without .data or np.asarray. Here: {line_text(users_line())}"
            )
        self.remember(variable)
        self.entries.append(Assignment(variable, value))

    def grad(self, x: Any) -> Any:
        """The gradient of a leaf, as the function that is traced sees it."""
        known = self.gradients.get(id(x))
        if known is None and x._grad is not None:
            raise TracingError(
                f"the .grad of {x.name or 'a Tensor'} holds what an earlier backward() has left. "
                "Forget it first, x.zero_grad(), so that each call does the same. Here: "
                + line_text(users_line())
            )
        return None if known is None else known.value

    def set_grad(self, x: Any, value: Any) -> None:
        """Note that the function has set the gradient of a leaf."""
        known = self.gradients.setdefault(id(x), LeafGradient(x, reset=True))
        known.value = value

    def add_grad(self, x: Any, g: Any) -> None:
        """Note that `backward` has added to the gradient of a leaf."""
        before = self.grad(x)
        known = self.gradients.setdefault(id(x), LeafGradient(x))
        known.value = g if before is None else before + g

    def require(self, condition: Any) -> None:
        """Note what has to be true of all values for the results to mean anything: that labels are
        0 and 1, say. Who runs the program looks at it.
        """
        self.conditions.append(condition)

    def remember(self, variable: Any) -> None:
        """Note a Variable's value, which `take_back` restores."""
        self._values.setdefault(id(variable), (variable, variable._data.copy()))

    def will_draw(self, generator: Any) -> None:
        """Note a generator's state, which `take_back` restores."""
        state = generator.bit_generator.state
        self._generators.setdefault(id(generator), (generator, state))

    def take_back(self) -> None:
        """Undo what tracing has done to Variables and generators."""
        for variable, value in self._values.values():
            variable._data[...] = value
        for generator, state in self._generators.values():
            generator.bit_generator.state = state


def tracing() -> Tape | None:
    """The tape that a function is being compiled on; None outside of that.

    Checks of values are pointless while there is one: they would look at the example.
    """
    tape: Any = current_context().tape
    return tape if tape.__class__ is Tape else None


def users_line() -> tuple[str, int] | None:
    """The innermost line that is running outside of this project's packages."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in _OWN:
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return None


def line_text(line: tuple[str, int] | None) -> str:
    """A line for a message: where it is, and what it says if it can be read."""
    if line is None:
        return "an unknown line"
    import linecache

    text = linecache.getline(*line).strip()
    return f"{line[0]}:{line[1]}" + (f": {text}" if text else "")


_OWN = frozenset({"autograd_lite", "nn", "numpy", "functools", "contextlib"})
