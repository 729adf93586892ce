"""`Tape`: everything that one call of a function records, in order, while it is being compiled.

While a tape listens, the arrays in the Tensors are only an example: the values of the next call
will be others. So whoever asks a Tensor for its value is refused (a branch on it would hold for
the example alone). And since nobody sees them, they need not be true: `Variable.assign` is noted
and writes nothing, and what is drawn is drawn from a copy of the generator.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any, NamedTuple, NoReturn

from autograd_lite.context import Scope, current_context
from autograd_lite.fields import Fields, define


class TracingError(TypeError):
    """Raised where a function does something that a compiled program could not repeat."""


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
        """The inputs of the operation."""
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


@define
class LeafGradient(Fields):
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

    Args:
        before: a stamp: Tensors made before it are not the function's own.

    Attributes:
        entries: `Entry`, `Assignment`, and whatever else has an effect, in order.
        origin: the node whose rule is running, while gradients are computed.
        gradient_of: for the id of a node that is a gradient, the Tensor that it is the gradient of.
        guard: a Tensor of one element that has to be finite for anything to be changed.
        conditions: Tensors of one truth value: what `require` was told.
        preparations: functions to be called before each run of the program.
        supplies: functions that read numbers before each run; see `autograd_lite.effects`.
        gradients: what `backward` and the function have left in the ``.grad`` of leaves, by id.
        forgotten: leaves whose ``.grad`` the function has set to None in the end.
        refusal: the first error that `refuse` raised: it counts even if the function catches it.
        error: the first that an operation raised on the example.
    """

    traces = True  # unlike the lists and watches that listen too

    def __init__(self, before: int = 0) -> None:
        self._before = before
        self.entries: list[Any] = []
        self.origin: Any = None
        self.gradient_of: dict[int, Any] = {}
        self.guard: Any = None
        self.conditions: list[Any] = []
        self.preparations: list[Any] = []
        self.supplies: list[Any] = []
        self.gradients: dict[int, LeafGradient] = {}
        self.forgotten: list[Any] = []
        self.refusal: TracingError | None = None
        self.error: Exception | None = None
        self._assigned: dict[int, int] = {}

    def append(self, node: Any) -> None:
        """Note a node, as a plain list would; the other tapes are lists."""
        origin = self.origin
        if origin is not None and origin.stamp <= self._before:
            refuse(
                f"the gradient passes through {origin.function.__name__}, which was computed "
                "before the function was called: in the program its operands would be "
                "constants. Compute it inside the function, or pass it as an argument"
            )
        scope = node.scope if origin is None else origin.scope
        self.entries.append(Entry(node, scope, origin is not None, user_line()))

    def assign(self, variable: Any, value: Any, stamp: int) -> None:
        """Note an assignment, made at `stamp`."""
        self._assigned[id(variable)] = stamp
        self.entries.append(Assignment(variable, value))

    def grad(self, x: Any) -> Any:
        """The gradient of a leaf, as the function that is traced sees it."""
        known = self.gradients.get(id(x))
        if known is None and (x._grad is not None or x.stamp <= self._before):
            refuse(
                f"the .grad of {x.name or 'a Tensor'} holds the result of an earlier "
                "backward(), which differs from call to call. Clear it first: x.zero_grad()"
            )
        return None if known is None else known.value

    def set_grad(self, x: Any, value: Any) -> None:
        """Note that the function has set the gradient of a leaf."""
        known = self.gradients.setdefault(id(x), LeafGradient(x, reset=True))
        known.value = value

    def add_grad(self, x: Any, g: Any) -> None:
        """Note that `backward` has added to the gradient of a leaf."""
        known = self.gradients.get(id(x))
        if known is None:
            known = self.gradients[id(x)] = LeafGradient(x)
        known.value = g if known.value is None else known.value + g

    def changed(self, variable: Any) -> int:
        """The stamp at which a Variable was assigned last, as far as the function knows."""
        stamp: int = self._assigned.get(id(variable), variable.changed)
        return stamp

    def require(self, condition: Any) -> None:
        """Note what has to be true of all values for the results to mean anything: that labels are
        0 and 1, say. Who runs the program looks at it.
        """
        self.conditions.append(condition)


def tracing() -> Tape | None:
    """The tape that a function is being compiled on; None outside of that."""
    tape: Tape | None = current_context().tracing
    return tape


def refuse(message: str) -> NoReturn:
    """Raise what a compiled program could not repeat, with the user's line; the tape remembers it.

    Raises:
        TracingError: always.
    """
    error = TracingError(f"{message}. Here: {line_text(user_line())}")
    tape = tracing()
    if tape is not None and tape.refusal is None:
        tape.refusal = error
    raise error


def note_error(error: Exception) -> None:
    """Note that an operation has failed on the example: that may depend on its values, so that a
    function that continues, having caught the error, does not do the same at each call.
    """
    tape = tracing()
    if tape is not None and tape.error is None:
        tape.error = error


def refuse_value(what: str, instead: str | None = None) -> None:
    """Refuse to say a Tensor's value, if it is only the example that a function is traced with.

    Args:
        what: the expression that asks for it.
        instead: what to write; by default, what holds for most.

    Raises:
        TracingError: while a function is traced.
    """
    if tracing() is not None:
        refuse(
            f"{what} needs a value, but while a function is compiled there is none: the program "
            "must be valid for every call. "
            + (
                instead
                or "Write it with NumPy's functions, np.where(condition, a, b) for a branch; or "
                "pass the deciding value as a static argument"
            )
        )


def user_line() -> tuple[str, int] | None:
    """The innermost line that is running outside of this project, NumPy and Python itself."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if is_users(frame):
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return None


def is_users(frame: FrameType) -> bool:
    """Return whether a frame runs code outside of this project, NumPy and Python itself."""
    return _package_of(frame) not in _OWN


def users_stacklevel() -> int:
    """As `warnings.warn` in the caller counts, the frame of `user_line`."""
    level = 1
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not is_users(frame):
        frame = frame.f_back
        level += 1
    return level


def _package_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def line_text(line: tuple[str, int] | None) -> str:
    """A line for a message: where it is, and what it says if it can be read."""
    if line is None:
        return "an unknown line"
    import linecache

    text = linecache.getline(*line).strip()
    return f"{line[0]}:{line[1]}" + (f": {text}" if text else "")


_OWN = (frozenset({"autograd_lite", "nn", "numpy"}) | sys.stdlib_module_names) - {"__main__"}
