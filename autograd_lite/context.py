"""The context in which operations are recorded: recording on or off, scope, tape.

All of it lives in one context variable, so that threads and asyncio tasks do not see each
other's `no_grad`, scopes or tapes.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import Any


class Scope:
    """One entry into a named part of a computation: a layer called once, say.

    Two calls of one layer are two scopes of one name, so a layer that is used twice does not
    make a cycle in a picture that groups by scope.

    Attributes:
        name: the name given, "dense_1".
        parent: the scope around it, or None.
    """

    __slots__ = ("name", "parent")

    def __init__(self, name: str, parent: Scope | None) -> None:
        self.name = name
        self.parent = parent

    @property
    def path(self) -> str:
        """Names from the outermost scope to this one, joined by slashes."""
        return self.name if self.parent is None else f"{self.parent.path}/{self.name}"


class Context:
    """The state that `record` reads: replaced as a whole, never changed in place.

    Attributes:
        recording: False under `no_grad`.
        scope: the innermost open scope.
        tape: a list that receives every node, differentiable or not; None when nothing listens.
        tracing: the tape that a function is being compiled on; None outside of that. Checks of
            values are pointless while there is one: they would look at the example.
        watch: the tape that looks for anomalies, to which walks back show what they compute; None
            outside of `detect_anomaly`.
        depth: how many transforms (`grad`, `vjp`, ...) are differentiating right now.
        outside: the context around it.
        owner: the object that was entered, of those that may be entered more than once.
        left: whether its block has ended before one inside of it did.
    """

    __slots__ = (
        "depth",
        "left",
        "outside",
        "owner",
        "recording",
        "scope",
        "tape",
        "tracing",
        "watch",
    )

    def __init__(
        self,
        recording: bool = True,
        scope: Scope | None = None,
        tape: list[Any] | None = None,
        depth: int = 0,
        outside: Context | None = None,
    ) -> None:
        self.recording = recording
        self.scope = scope
        self.tape = tape
        self.tracing: Any = None if tape is None or not hasattr(tape, "traces") else tape
        self.watch: Any = None if tape is None or not hasattr(tape, "observe") else tape
        self.depth = depth
        self.outside = outside
        self.owner: object = None
        self.left = False

    def inside(self, owner: object, recording: bool, scope: Scope | None) -> Context:
        """The context of a block inside of this one, with the same tape."""
        context = _new(Context)
        context.recording = recording
        context.scope = scope
        context.tape = self.tape
        context.tracing = self.tracing
        context.watch = self.watch
        context.depth = self.depth
        context.outside = self
        context.owner = owner
        context.left = False
        return context


class _GeneratorContext(Context):
    """A block inside of a generator: while that is suspended, whoever iterates over it is outside.

    Python gives generators no context of their own, so the block would go on in the consumer.
    """

    __slots__ = ("_frame", "_inside")

    def __init__(self, frame: FrameType, inside: Context) -> None:
        self._frame = frame
        self._inside = inside
        self.outside = inside.outside
        self.owner = inside.owner
        self.left = False

    def _now(self) -> Context:
        suspended = self._frame.f_back is None
        return self.outside if suspended and self.outside is not None else self._inside

    recording = property(lambda self: self._now().recording)
    scope = property(lambda self: self._now().scope)
    tape = property(lambda self: self._now().tape)
    tracing = property(lambda self: self._now().tracing)
    watch = property(lambda self: self._now().watch)
    depth = property(lambda self: self._now().depth)


_new = object.__new__
_CO_GENERATOR = inspect.CO_GENERATOR
_VARIABLE: ContextVar[Context] = ContextVar("autograd_lite", default=Context())  # noqa: B039 - never changed in place

current_context = _VARIABLE.get


@contextmanager
def changed(**changes: Any) -> Iterator[Context]:
    """The context with some of its parts replaced, for the length of a ``with`` block."""
    now = _VARIABLE.get()
    parts = {name: getattr(now, name) for name in _PARTS} | changes
    context = Context(**parts, outside=now)
    _VARIABLE.set(context)
    try:
        yield context
    finally:
        leave(context)


_PARTS = ("recording", "scope", "tape", "depth")


def _of_generator(inside: Context, frame: FrameType) -> Context:
    """The context of a block that stands in a generator."""
    return inside if _is_context_manager(frame) else _GeneratorContext(frame, inside)


def _is_context_manager(frame: FrameType) -> bool:
    """Return whether `contextlib` runs a generator, whose block then continues outside of it."""
    caller = frame.f_back
    return caller is not None and caller.f_globals.get("__name__") == "contextlib"


def _leave_owned(owner: object) -> None:
    """End the innermost block of an object; it may be open in other threads, too."""
    now = _VARIABLE.get()
    outside = now.outside
    if now.owner is owner and outside is not None and not outside.left:
        _VARIABLE.set(outside)  # as it nearly always is
        return
    context: Context | None = now
    while context is not None and (context.owner is not owner or context.left):
        context = context.outside
    if context is not None:
        leave(context)


def enter_scope(name: str) -> Context:
    """Open a scope as `scope` does, for a caller that is no generator and ends it by `leave`."""
    now = _VARIABLE.get()
    context = now.inside(None, now.recording, Scope(name, now.scope))
    _VARIABLE.set(context)
    return context


def leave(context: Context) -> None:
    """End a block; one that ends before a block inside of it is skipped when that ends."""
    if _VARIABLE.get() is not context:
        context.left = True
        return
    outside = context.outside
    while outside is not None and outside.left:
        outside = outside.outside
    assert outside is not None  # a block is entered from somewhere
    _VARIABLE.set(outside)


_MOST_STEPS: ContextVar[int | None] = ContextVar("most_steps", default=None)
most_steps = _MOST_STEPS.get


@contextmanager
def first_steps(count: int) -> Iterator[None]:
    """Let plain scans do no more than their first steps, and repeat what is kept of the last of
    them: for whoever asks what fits, and not for values.
    """
    token = _MOST_STEPS.set(count)
    try:
        yield
    finally:
        _MOST_STEPS.reset(token)


class no_grad:  # noqa: N801 - a context manager that reads like a statement
    """Record nothing inside: ``with no_grad(): ...`` or as a decorator.

    Results are Tensors that do not require a gradient, whatever went in. One object may be entered
    by several threads. In a generator it ends where the generator is suspended: whoever iterates
    over it records as before.

    Example:
        >>> import autograd_lite as ag
        >>> w = ag.Tensor([1.0, 2.0], requires_grad=True)
        >>> with ag.no_grad():
        ...     y = w * 2
        >>> y.requires_grad
        False
    """

    def __enter__(self) -> None:
        now = _VARIABLE.get()
        inside, frame = now.inside(self, False, now.scope), sys._getframe(1)
        if frame.f_code.co_flags & _CO_GENERATOR:
            inside = _of_generator(inside, frame)
        _VARIABLE.set(inside)

    def __exit__(self, *exception: object) -> None:
        _leave_owned(self)

    def __call__(self, function: Any) -> Any:
        if inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function):
            raise TypeError(
                f"{function.__name__} continues to run after the call returns, where a decorator "
                "has no effect: write `with ag.no_grad():` inside it"
            )

        @functools.wraps(function)
        def without_recording(*args: Any, **kwargs: Any) -> Any:
            with no_grad():
                return function(*args, **kwargs)

        return without_recording


class scope:  # noqa: N801 - a context manager that reads like a statement
    """Name a part of the computation: nodes recorded inside carry the scope.

    Args:
        name: what a picture writes over the group.

    Example:
        >>> import autograd_lite as ag
        >>> x = ag.Tensor(2.0, requires_grad=True)
        >>> with ag.scope("square"):
        ...     y = x * x
        >>> y.scope.path
        'square'
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"a scope's name is a string, got {type(name).__name__}")
        self.name = name

    def __enter__(self) -> Scope:
        now = _VARIABLE.get()
        entered = Scope(self.name, now.scope)
        inside, frame = now.inside(self, now.recording, entered), sys._getframe(1)
        if frame.f_code.co_flags & _CO_GENERATOR:
            inside = _of_generator(inside, frame)
        _VARIABLE.set(inside)
        return entered

    def __exit__(self, *exception: object) -> None:
        _leave_owned(self)
