"""What surrounds an operation while it is recorded: recording on or off, scope, tape.

All of it lives in one context variable, so that threads and asyncio tasks do not see each
other's `no_grad`, scopes or tapes.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

__all__ = ["Scope", "current_context", "no_grad", "scope"]


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
    """What `record` looks at: immutable, replaced as a whole.

    Attributes:
        recording: False under `no_grad`.
        scope: the innermost open scope.
        tape: a list that receives every node, differentiable or not; None when nobody listens.
        depth: how many transforms (`grad`, `vjp`, ...) are differentiating right now.
    """

    __slots__ = ("depth", "recording", "scope", "tape")

    def __init__(
        self,
        recording: bool = True,
        scope: Scope | None = None,
        tape: list[Any] | None = None,
        depth: int = 0,
    ) -> None:
        self.recording = recording
        self.scope = scope
        self.tape = tape
        self.depth = depth


_VARIABLE: ContextVar[Context] = ContextVar("autograd_lite", default=Context())  # noqa: B039 - never changed in place

current_context = _VARIABLE.get


@contextmanager
def changed(**changes: Any) -> Iterator[Context]:
    """The context with some of its parts replaced, for the length of a ``with`` block."""
    now = _VARIABLE.get()
    parts = {name: getattr(now, name) for name in Context.__slots__} | changes
    context = Context(**parts)
    token = _VARIABLE.set(context)
    try:
        yield context
    finally:
        _VARIABLE.reset(token)


class no_grad:  # noqa: N801 - a context manager that reads like a statement
    """Record nothing inside: ``with no_grad(): ...`` or as a decorator.

    Results are Tensors that do not require a gradient, whatever went in.

    Example:
        >>> import autograd_lite as ag
        >>> w = ag.Tensor([1.0, 2.0], requires_grad=True)
        >>> with ag.no_grad():
        ...     y = w * 2
        >>> y.requires_grad
        False
    """

    def __init__(self) -> None:
        self._tokens: list[Any] = []

    def __enter__(self) -> None:
        now = _VARIABLE.get()
        self._tokens.append(_VARIABLE.set(Context(False, now.scope, now.tape, now.depth)))

    def __exit__(self, *exception: object) -> None:
        _VARIABLE.reset(self._tokens.pop())

    def __call__(self, function: Any) -> Any:
        if inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function):
            raise TypeError(
                f"{function.__name__} runs on after it was called, which a decorator cannot "
                "follow: write `with ag.no_grad():` inside it"
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
        self._tokens: list[Any] = []

    def __enter__(self) -> Scope:
        now = _VARIABLE.get()
        entered = Scope(self.name, now.scope)
        self._tokens.append(_VARIABLE.set(Context(now.recording, entered, now.tape, now.depth)))
        return entered

    def __exit__(self, *exception: object) -> None:
        _VARIABLE.reset(self._tokens.pop())
