"""`compile`: a function that is traced once for each kind of arguments, then run as a program."""

from __future__ import annotations

import functools
import inspect
import threading
import warnings
from collections.abc import Callable, Collection, Sequence
from types import MethodType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from autograd_lite.compiler.captured.exact import Static
from autograd_lite.compiler.captured.methods import bound_method
from autograd_lite.compiler.captured.walk import Captured
from autograd_lite.compiler.differentiation.pullback import call
from autograd_lite.compiler.keys import layout_of, settings_marked, taken_apart
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.reports.report import Report
from autograd_lite.compiler.specialization import REFUSED, Specialization
from autograd_lite.compiler.tracing.trace import SideEffectError, is_array, trace
from autograd_lite.context import current_context
from autograd_lite.tape import TracingError, tracing, users_stacklevel
from autograd_lite.tensor import Tensor, leaf
from autograd_lite.tree import flatten, map_tree

if TYPE_CHECKING:
    from autograd_lite.graphs import Graph

MANY_TRACES = 16
# What changes again before so many calls is said to keep changing; so often, it is given up.
CALLS_WORTH_A_TRACE = 100
MOST_CHANGES = 5
MOST_FAILURES = 2


class Compiled:
    """A compiled function: call it as the function itself.

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
        self._specializations: dict[Any, Specialization] = {}
        self._latest: Specialization | None = None
        self._lock = threading.RLock()
        self._plain = False  # whether it is given up, and the function itself is called
        self._changes = 0
        self._failures = 0
        self.traces = 0

    def __repr__(self) -> str:
        return f"<compiled {self.__name__}>"

    def __reduce__(self) -> str:
        """Copied and pickled as functions are: by name. The programs are made anew."""
        return self.__qualname__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """As the function: traced at the first call of each kind, then run as a program."""
        context = current_context()
        if context.tape is not None and (tracing() is not None or context.watch is not None):
            return self._function(*args, **kwargs)  # so that all of its operations are seen
        if self._plain:
            return self._run_plainly(args, kwargs)
        with self._lock:
            key, given = self._key(args, kwargs)
            try:
                self._latest = specialization = self._current(key, args, kwargs)
            except _Untraceable as error:
                return self._run_plainly(args, kwargs, error.__cause__)
        try:
            if specialization.recorded is not None and context.recording:
                result = call(specialization, given)
            else:
                result = specialization([x._array if x.__class__ is Tensor else x for x in given])
        except Exception as error:
            return self._run_plainly(args, kwargs, error)
        # Refused: the plain function fails likewise, with more to say.
        return self._run_plainly(args, kwargs) if result is REFUSED else result

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
        from autograd_lite.compiler.reports.as_graph import as_graph

        return as_graph(self._required().program)

    def report(self) -> Report:
        """Return what the passes have done, and what the program takes.

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
        from autograd_lite.compiler.export import save

        save(self._required().engine.numpy, path)

    def _required(self) -> Specialization:
        if self._latest is None:
            raise RuntimeError(
                f"{self.__name__} has not been called yet: what it computes depends on the shapes "
                "of its arguments. Call it once"
            )
        return self._latest

    # -- tracing ---------------------------------------------------------------------------------

    def _key(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Sequence[Any]]:
        """The key of the program, and the arrays, Tensors and numbers to run it on."""
        if kwargs or self._static:
            return taken_apart(self._marked(args, kwargs), self._layout)
        key: list[Any] = []
        for x in args:
            if x.__class__ is np.ndarray:
                key.append((x.shape, x.dtype, self._layout(x)))
            elif x.__class__ is Tensor:
                data = x._array
                key.append((data.shape, data.dtype, self._layout(data), x.requires_grad))
            elif x.__class__ is float or x.__class__ is int:
                key.append(x.__class__)
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
        return [args, kwargs]

    @functools.cached_property
    def _parameters(self) -> inspect.Signature:
        return inspect.signature(self._function)

    def _current(self, key: Any, args: Any, kwargs: dict[str, Any]) -> Specialization:
        """The program for these arguments as things are now.

        Raises:
            _Untraceable: from the reason, if there is to be none.
        """
        specialization = self._specializations.get(key)
        if specialization is not None:
            changed = specialization.changed()
            if changed is None:
                return specialization
            self._note_change(changed, specialization.calls)
        return self._trace(key, args, kwargs)

    def _trace(self, key: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Specialization:
        name = self.__name__
        args, kwargs = settings_marked(self._marked(args, kwargs))
        # Now and not before: what is defined further down in a module is there by now.
        captured = Captured({name: self._function} | _static_parts(args, kwargs))
        if captured.opaque is not None:
            self._give_up(
                f"{captured.opaque} moves on as it is read, and what it will give cannot be looked "
                "at. Pass its values as arguments"
            )
        try:
            traced = trace(
                self._function, args, kwargs, name, to_differentiate=True, captured=captured
            )
        except SideEffectError as error:
            raise _Untraceable from error
        except TracingError:
            raise
        except Exception as error:  # most likely the function's own, which it will raise again
            raise _Untraceable from error
        specialization = Specialization(traced, self._engine, self._without, captured)
        self._specializations[key] = specialization
        self._failures = 0
        self.traces += 1
        if self.traces == MANY_TRACES:
            warnings.warn(
                f"{name} was traced {self.traces} times, for arguments of as many kinds, or since "
                "something around it had changed. A trace takes far longer than a call. Pad the "
                "arrays to a few shapes, pass numbers as numbers and not as static arguments, and "
                "arrays always in one dtype",
                stacklevel=users_stacklevel(),
            )
        return specialization

    # -- running it plainly ----------------------------------------------------------------------

    def _run_plainly(self, args: Any, kwargs: dict[str, Any], reason: Any = None) -> Any:
        """The function itself, since tracing it or running its program raised `reason`."""
        result = self._function(*_as_tensors(args), **_as_tensors(kwargs))
        # It has not raised that itself. Once is for what is done at the first call alone.
        self._failures += reason is not None
        if self._failures >= MOST_FAILURES and not self._plain:
            told = f"while compiled it raises {type(reason).__name__}: {reason}"
            self._warn(str(reason) if isinstance(reason, TracingError) else told)
        return result

    def _note_change(self, what: str, calls: int) -> None:
        """Note what has changed around the function, after so many calls of its program."""
        self._specializations.clear()
        self._changes = self._changes * (calls < CALLS_WORTH_A_TRACE) + 1
        if self._changes > MOST_CHANGES:
            self._give_up(
                f"{what} keeps changing between calls, and to trace a function again takes far "
                "longer than a call. Pass it as an argument, or make it a Variable"
            )

    def _give_up(self, reason: str) -> NoReturn:
        self._warn(reason)
        raise _Untraceable

    def _warn(self, reason: str) -> None:
        self._plain = True
        self._specializations.clear()
        warnings.warn(
            f"{self.__name__} is not compiled from here on, and runs as plain Python: {reason}",
            stacklevel=users_stacklevel(),
        )


class _Untraceable(Exception):  # noqa: N818 - it goes from one method to another, and no further
    """There is no program for a call; the cause says why, where something was raised."""


def _plain(x: Any) -> Any:
    return x.value if isinstance(x, Static) else x


def _as_tensors(arguments: Any) -> Any:
    """Arguments for a plain call: arrays as the Tensors that they are for a compiled function."""
    if not any(isinstance(x, (np.ndarray, np.generic)) for x in flatten(arguments)):
        return arguments
    return map_tree(
        lambda x: leaf(np.asarray(x)) if isinstance(x, (np.ndarray, np.generic)) else x, arguments
    )


def _static_parts(args: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments that are no arrays: what they hold may change as well."""
    parts = [_plain(x) for x in flatten([args, kwargs]) if not is_array(x)]
    return {f"argument {i} ({type(x).__name__})": x for i, x in enumerate(parts)}


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
        engine: "numpy"; or "native" for native code (needs the extra ``jit``).
        without: passes to switch off, from `autograd_lite.compiler.passes`, or "reuse", "in_place".

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
