"""`compile`: a function that is traced once for each kind of arguments, then run as a program."""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Callable, Collection, Iterable
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from autograd_lite.arrays import refuse_masked
from autograd_lite.compile.as_graph import as_graph
from autograd_lite.compile.engines import Engine, NumpyEngine, engine_named
from autograd_lite.compile.heap import give_back_freed_memory
from autograd_lite.compile.passes import optimize
from autograd_lite.compile.program import Program, order_of
from autograd_lite.compile.report import Report
from autograd_lite.compile.trace import Traced, is_array, trace
from autograd_lite.graph import Graph
from autograd_lite.tape import tracing
from autograd_lite.tensor import Tensor, leaf
from autograd_lite.tree import flatten, unflatten

__all__ = ["Compiled", "Signature", "compile", "surroundings"]

MANY_TRACES = 16


class Signature:
    """One traced kind of arguments: the program, and what runs it.

    Args:
        traced: the record of a call.
        engine: what runs it.
        without: the passes that are switched off.

    Attributes:
        program: after the passes.
        source: the program as NumPy source.
    """

    def __init__(self, traced: Traced, engine: str, without: Collection[str] = ()) -> None:
        passes = [name for name in without if name not in ("reuse", "in_place")]
        self.program, effects = optimize(traced.program, passes)
        self._structure = traced.structure
        self._as_tensors = traced.as_tensors
        self.engine: Engine = engine_named(engine)(
            self.program, reuse="reuse" not in without, in_place="in_place" not in without
        )
        self.report = Report(traced.program, self.program, effects, self.engine)
        self._single = isinstance(traced.structure, Tensor)
        give_back_freed_memory(sum(value.nbytes for value in traced.program.body))

    @property
    def source(self) -> str:
        """The program as NumPy source."""
        return self.engine.source

    def __call__(self, given: list[Any]) -> Any:
        results = self.engine(*given)
        if self._single:
            return leaf(results[0])
        leaves = [
            leaf(x) if as_tensor else x
            for x, as_tensor in zip(results, self._as_tensors, strict=True)
        ]
        return unflatten(self._structure, leaves)


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
        # NumPy adds up in the order of memory, so that its programs are of one layout.
        self._layout = order_of if engine_named(engine) is NumpyEngine else _any_order
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
        if tracing() is not None:
            return self._function(*args, **kwargs)
        with self._lock:
            key, given = self._key(args, kwargs)
            if self._surroundings and self._changed_surroundings():
                self._signatures.clear()
            signature = self._signatures.get(key)
            if signature is None:
                signature = self._trace(key, args, kwargs)
            self._latest = signature
            return signature(given)

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

    def _key(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, list[Any]]:
        """What decides which program it is, and the arrays and numbers to run it on."""
        if kwargs or self._static:
            return self._general_key(args, kwargs)
        key: list[Any] = []
        given: list[Any] = []
        for x in args:
            if x.__class__ is np.ndarray:
                key.append((x.shape, x.dtype, self._layout(x)))
                given.append(x)
            elif x.__class__ is Tensor:
                key.append((x._data.shape, x._data.dtype, self._layout(x._data), x.requires_grad))
                given.append(x._data)
            else:
                return self._general_key(args, kwargs)
        return tuple(key), given

    def _general_key(self, args: Any, kwargs: dict[str, Any]) -> tuple[Any, list[Any]]:
        args, kwargs = self._marked(args, kwargs)
        given: list[Any] = []
        key: list[Any] = []
        for x in flatten([args, kwargs]):
            if isinstance(x, Tensor):
                key.append((x._data.shape, x._data.dtype, self._layout(x._data), x.requires_grad))
                given.append(x._data)
            elif isinstance(x, (np.ndarray, np.generic)):
                refuse_masked(x)
                array = np.asarray(x)
                key.append((array.shape, array.dtype, self._layout(array)))
                given.append(array)
            elif is_array(x):
                key.append(type(x))
                given.append(x)
            else:
                key.append(_hashable(x))
        return (_outline([args, kwargs]), tuple(key)), given

    def _marked(self, args: Any, kwargs: dict[str, Any]) -> Any:
        """The arguments, those that were declared static marked as such."""
        if not self._static:
            return args, kwargs
        import inspect

        bound = inspect.signature(self._function).bind(*args, **kwargs)
        unknown = self._static - set(inspect.signature(self._function).parameters)
        if unknown:
            raise ValueError(f"static={sorted(unknown)[0]!r} is no parameter of the function")
        for name in self._static & set(bound.arguments):
            bound.arguments[name] = _Static(bound.arguments[name])
        return bound.args, bound.kwargs

    def _trace(self, key: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Signature:
        name = self.__name__
        args, kwargs = self._marked(args, kwargs)

        def unmarked(*a: Any, **k: Any) -> Any:
            plain = [x.value if isinstance(x, _Static) else x for x in a]
            named = {n: x.value if isinstance(x, _Static) else x for n, x in k.items()}
            return self._function(*plain, **named)

        functools.update_wrapper(unmarked, self._function, updated=())
        traced = trace(unmarked, args, kwargs, name)
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


class _Static:
    """An argument that is part of the signature, whatever it is."""

    def __init__(self, value: Any) -> None:
        self.value = value


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


def _any_order(array: Any) -> None:
    """What decides nothing: native code puts its arguments in order."""


def _outline(tree: Any) -> Any:
    """The structure of a tree, as something that can be compared."""
    if isinstance(tree, dict):
        return "dict", tuple((key, _outline(value)) for key, value in tree.items())
    if isinstance(tree, (list, tuple)):
        return type(tree).__name__, tuple(map(_outline, tree))
    return tree is None


def _hashable(x: Any) -> Any:
    value = x.value if isinstance(x, _Static) else x
    try:
        hash(value)
    except TypeError as error:
        raise TypeError(
            f"a static argument has to be hashable, so that its program can be found again; got "
            f"{type(value).__name__}. Pass arrays as arrays, or a tuple in place of a list"
        ) from error
    return type(value), value


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
