"""`compile`: a function that is traced once for each kind of arguments, then run as a program."""

from __future__ import annotations

import functools
import inspect
import threading
import warnings
from collections.abc import Callable, Collection, Iterable, Sequence
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from autograd_lite.anomaly import watching
from autograd_lite.compile.as_graph import as_graph
from autograd_lite.compile.keys import Static, layout_of, static_dataclasses, taken_apart
from autograd_lite.compile.methods import bound_method
from autograd_lite.compile.program import Program
from autograd_lite.compile.pullback import call
from autograd_lite.compile.report import Report
from autograd_lite.compile.signature import REFUSED, Signature
from autograd_lite.compile.trace import trace
from autograd_lite.context import current_context
from autograd_lite.graph import Graph
from autograd_lite.tape import tracing
from autograd_lite.tensor import Tensor
from autograd_lite.tree import map_tree

__all__ = ["Compiled", "Signature", "compile", "surroundings"]

MANY_TRACES = 16


class Compiled:
    """What `compile` returns: call it as the function itself.

    Attributes:
        traces: how often the function was traced: once for each kind of arguments.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        static: Collection[str] = (),
        engine: str = "numpy",
        without: Collection[str] = (),
    ) -> None:
        if not callable(function):
            raise TypeError(f"compile(f) takes a function, got {type(function).__name__}")
        self._layout = layout_of(engine)
        self.__name__ = self.__qualname__ = type(function).__name__  # of a partial, an object
        functools.update_wrapper(self, function, updated=())
        self._function = function
        self._static = frozenset([static] if isinstance(static, str) else static)
        self._engine = engine
        self._without = tuple(without)
        self._signatures: dict[Any, Signature] = {}
        self._latest: Signature | None = None
        self._lock = threading.RLock()
        self._guard: tuple[Any, ...] | None = None
        self._surroundings: list[Callable[[], Any]] = []
        self.traces = 0

    def __reduce__(self) -> str:
        """Copied and pickled as functions are: by name. The programs are made anew."""
        return self.__qualname__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """As the function: traced at the first call of each kind, then run as a program."""
        context = current_context()
        if context.tape is not None and (tracing() is not None or watching() is not None):
            return self._function(*args, **kwargs)  # so that all of its operations are seen
        with self._lock:
            key, given = self._key(args, kwargs)
            if self._surroundings and self._changed_surroundings():
                self._signatures.clear()
            signature = self._signatures.get(key)
            if signature is None:
                signature = self._trace(key, args, kwargs)
            self._latest = signature
        if signature.recorded is None or not context.recording:
            result = signature([x._data if x.__class__ is Tensor else x for x in given])
            # The plain function fails likewise, with more to say.
            return self._function(*args, **kwargs) if result is REFUSED else result
        return call(signature, given)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """As a function in a class body: bound to an instance, which has programs of its own."""
        if instance is None or not hasattr(self._function, "__get__"):
            return self
        if isinstance(instance, type):  # of a classmethod
            return MethodType(self, instance)
        return bound_method(self, instance, self._bound)

    def _bound(self, instance: Any) -> Compiled:
        method = self._function.__get__(instance, type(instance))
        return Compiled(method, self._static, self._engine, self._without)

    # -- what one can look at --------------------------------------------------------------------

    @property
    def source(self) -> str:
        """The program of the latest call, as NumPy source: it runs by itself.

        Raises:
            RuntimeError: before the first call.
        """
        return self._required().source

    @property
    def program(self) -> Program:
        """The program of the latest call, as data."""
        return self._required().program

    @property
    def graph(self) -> Graph:
        """The program of the latest call as a `Graph`, by phase and layer, without values.

        Raises:
            RuntimeError: before the first call.
        """
        return as_graph(self._required().program)

    def report(self) -> Report:
        """What the passes have done, and what the program takes.

        Raises:
            RuntimeError: before the first call.
        """
        return self._required().report

    def save(self, path: Any) -> None:
        """Write the program of the latest call as a Python file that needs NumPy alone.

        The arrays that live on from call to call go into a ".npz" file beside it.

        Raises:
            RuntimeError: before the first call.
            ValueError: if the program uses a function that is not NumPy's.
        """
        from autograd_lite.compile.export import save

        save(self._required().engine.numpy, path)

    def _required(self) -> Signature:
        if self._latest is None:
            raise RuntimeError(
                f"{self.__name__} has not been called yet: what it computes depends on the shapes "
                "of its arguments. Call it once"
            )
        return self._latest

    # -- tracing ---------------------------------------------------------------------------------

    def _key(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Sequence[Any]]:
        """What decides which program it is, and the arrays, Tensors and numbers to run it on."""
        if kwargs or self._static:
            return taken_apart(self._marked(args, kwargs), self._layout)
        key: list[Any] = []
        for x in args:
            if x.__class__ is np.ndarray:
                key.append((x.shape, x.dtype, self._layout(x)))
            elif x.__class__ is Tensor:
                data = x._data
                key.append((data.shape, data.dtype, self._layout(data), x.requires_grad))
            else:
                return taken_apart(self._marked(args, kwargs), self._layout)
        return tuple(key), args

    def _marked(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The arguments, those that are static marked as such."""
        if self._static:
            unknown = self._static - set(self._parameters.parameters)
            if unknown:
                raise ValueError(f"static={sorted(unknown)[0]!r} is no parameter of the function")
            bound = self._parameters.bind(*args, **kwargs)
            for name in self._static & set(bound.arguments):
                bound.arguments[name] = Static(bound.arguments[name])
            args, kwargs = bound.args, bound.kwargs
        return static_dataclasses([args, kwargs])

    @functools.cached_property
    def _parameters(self) -> inspect.Signature:
        return inspect.signature(self._function)

    def _trace(self, key: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Signature:
        name = self.__name__
        args, kwargs = self._marked(args, kwargs)

        def unmarked(*args: Any, **kwargs: Any) -> Any:
            args, kwargs = map_tree(_plain, [args, kwargs])
            return self._function(*args, **kwargs)

        functools.update_wrapper(unmarked, self._function, updated=())
        traced = trace(unmarked, args, kwargs, name, to_differentiate=True)
        # Now and not before: what is defined further down in a module is there by now.
        self._surroundings = list(surroundings(self._function))
        self._guard = self._values_around()
        signature = self._signatures[key] = Signature(traced, self._engine, self._without)
        self.traces += 1
        if self.traces == MANY_TRACES:
            warnings.warn(
                f"{name} was traced {self.traces} times, for arguments of as many kinds. A "
                "trace takes far longer than a call. Pad the arrays to a few shapes, pass numbers "
                "as numbers and not as static arguments, and arrays always in one dtype",
                stacklevel=3,
            )
        return signature

    # -- what the function sees around it --------------------------------------------------------

    def _values_around(self) -> tuple[Any, ...]:
        return tuple(read() for read in self._surroundings)

    def _changed_surroundings(self) -> bool:
        """Whether a global or a variable around the function names something else than before."""
        now = self._values_around()
        before = self._guard
        return before is not None and any(a is not b for a, b in zip(now, before, strict=True))


def _plain(x: Any) -> Any:
    return x.value if isinstance(x, Static) else x


def compile(
    function: Callable[..., Any] | None = None,
    *,
    static: Collection[str] = (),
    engine: str = "numpy",
    without: Collection[str] = (),
) -> Any:
    """Run a function as one flat NumPy program, without recording anything.

    The function is traced once for each kind of arguments: shapes, dtypes, structure, static
    arguments. What it assigns to Variables and draws with `sample` happens at each call; it may use
    `gradients`, so that a whole training step becomes one program. Python branches on shapes and
    static arguments are fine.

    Args:
        function: computes Tensors (or assigns Variables) with NumPy's functions. Also as a
            decorator: ``@ag.compile``.
        static: names of parameters that are no arrays and decide what is computed: each new value
            means a new trace. Strings, truth values and None are static by themselves; numbers are
            not.
        engine: "numpy"; or "numba" for native code (needs the extra ``jit``).
        without: passes to switch off, from `autograd_lite.compile.passes`, or "reuse", "in_place".

    Returns:
        A `Compiled`, called as the function. Its results are Tensors outside of the record.

    Raises:
        TracingError: at the first call, for what a program could not repeat: a branch on a value,
            a clock, a random generator of one's own, a shape that depends on values.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> w = ag.Variable(np.zeros(2), name="w")
        >>> @ag.compile
        ... def step(x, y, rate):
        ...     J = np.mean((x @ w - y) ** 2)
        ...     (dw,) = ag.gradients(J, [w])
        ...     w.assign_sub(rate * dw)
        ...     return J
        >>> x, y = np.eye(2), np.array([3.0, 4.0])
        >>> for _ in range(60):
        ...     J = step(x, y, 0.5)
        >>> w.data.round(3)
        array([3., 4.])
        >>> step.traces, step.report().engine
        (1, 'numpy')
    """
    if function is None:
        return functools.partial(compile, static=static, engine=engine, without=without)
    return Compiled(function, static, engine, without)


def surroundings(function: Any) -> Iterable[Callable[[], Any]]:
    """How to read what a function takes from around it: numbers, strings, arrays, functions; and
    what those of its own package take from around them.
    """
    waiting = [inspect_unwrapped(function)]
    package = _package(waiting[0])
    seen = set()
    while waiting:
        function = waiting.pop()
        if not isinstance(function, FunctionType) or function in seen:
            continue
        seen.add(function)
        reads = [functools.partial(getattr, function, "__defaults__")]
        reads += [functools.partial(_cell, cell) for cell in function.__closure__ or ()]
        reads += [
            functools.partial(function.__globals__.get, name)
            for name in sorted(_global_names(function.__code__))
            if not isinstance(function.__globals__.get(name, np), _UNCHANGING)
        ]
        yield from reads
        called = [inspect_unwrapped(read()) for read in reads]
        waiting += [x for x in called if _package(x) == package]


_UNCHANGING = (ModuleType, BuiltinFunctionType, type)


def _package(function: Any) -> str:
    return str(getattr(function, "__module__", "")).partition(".")[0]


def inspect_unwrapped(function: Any) -> Any:
    """The function behind a method, a decorator or a partial."""
    while isinstance(function, (FunctionType, MethodType, functools.partial, Compiled)):
        if isinstance(function, functools.partial):
            function = function.func
            continue
        inner = getattr(function, "__wrapped__", None) or getattr(function, "__func__", None)
        if inner is None:
            break
        function = inner
    return function


def _cell(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not assigned yet
        return None


def _global_names(code: CodeType) -> set[str]:
    names = set(code.co_names)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            names |= _global_names(inner)
    return names
