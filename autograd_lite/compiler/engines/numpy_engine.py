"""`NumpyEngine`: runs the NumPy source of a program on the arrays as they are."""

from __future__ import annotations

import contextvars
import functools
import linecache
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np

from autograd_lite.compiler.engines.shared_numpy import in_place_of_its_own, shares_work, wakes_blas
from autograd_lite.compiler.loops import with_rooms
from autograd_lite.compiler.parts import in_parts
from autograd_lite.compiler.plan import plan_memory
from autograd_lite.compiler.program import Program, Value
from autograd_lite.compiler.scan_parts import scans_in_parts
from autograd_lite.compiler.source.numpy_source import NumpySource, numpy_source
from autograd_lite.minibatches import MiniBatches
from autograd_lite.tensor import describe, new_stamp
from autograd_lite.threads import one_blas_thread
from autograd_lite.variable import Variable

Take = Callable[[Sequence[Any]], Sequence[Any]]


class NumpyEngine:
    """Runs the NumPy source itself.

    Args:
        program: in its final form.
        reuse, in_place: as in `plan_memory`.
        parts: whether what allows it is done for a few samples after the other.

    Attributes:
        assumed: slots of Tensors that hold what they held, besides those that the program reads,
            if a run by `again` is to do what is expected: the Tensor, the slot, what that holds.
    """

    name = "numpy"
    _make: Any  # of the source
    _states: list[Value]
    if_known: Any = None  # what `again` calls
    _shares = False  # whether several threads do its work
    _rests = False  # whether BLAS has one thread meanwhile
    _quietly: Any = None  # what calls the step, if that calls NumPy alone

    def __init__(
        self, program: Program, *, reuse: bool = True, in_place: bool = True, parts: bool = True
    ) -> None:
        self.program = program
        self._options = reuse, in_place, parts
        self._variables = [state.storage for state, _ in program.assignments]
        self._attached: list[tuple[Any, Any]] = []
        self._step: Any = None
        self._written: list[Any] = []  # the arrays that a run changes
        self._changed: set[int] = set()  # the arrays that own their memory
        self._is_foreign = False  # whether something that is no array owns some of it
        self.assumed: list[tuple[Any, str, Any]] = []
        self._in_order = False  # whether arguments have to lie in order in memory
        self._lock = threading.RLock()  # calls share the memory of intermediate values
        self._write()

    def _write(self) -> None:
        """Write the source, and find what it is bound to."""
        self._shares = shares_work(self._placed)
        self._rests = self._shares or wakes_blas(self.program)
        self._make = made_from(self.numpy, self._shares)
        self._quietly = _quiet() if self.numpy.standalone is None else None
        self._states = [x for _, x in self.numpy.bindings if is_state(x)]
        self._in_rows = {id(x) for x in self._states if x.storage._array.flags.c_contiguous}

    @functools.cached_property
    def _placed(self) -> Program:
        program = self.program
        return with_rooms(scans_in_parts(in_parts(program)) if self._options[2] else program)

    @functools.cached_property
    def numpy(self) -> NumpySource:
        """The NumPy source, with what it needs."""
        reuse, in_place, _ = self._options
        return numpy_source(self._placed, plan_memory(self._placed, reuse=reuse, in_place=in_place))

    def one_by_one(self) -> NumpyEngine:
        """Return an engine of the same program that does each operation for all samples at once."""
        return NumpyEngine(self.program, parts=False)

    @property
    def source(self) -> str:
        """The NumPy source."""
        return self.numpy.text

    def __call__(self, *given: Any) -> Any:
        """Run the program once.

        Args:
            *given: arrays and numbers, as the program's arguments.

        Returns:
            The results, arrays of their own.
        """
        with self._lock:
            self._ensure_attached()
            if self._changed or self._in_order:
                given = self._in_form(given)
            results = self._computed(given)
            if self._variables:
                self._mark_changed()
        return results

    def again(self, given: Sequence[Any], take: Take) -> Sequence[Any] | None:
        """Run the program once more at once, if all is as it was at the run before: arguments of
        its shapes and dtypes, in order in memory, and the Tensors that it reads and changes.

        Args:
            given: as of a call, but any objects.
            take: what copies the results, arrays that the next run overwrites.

        Returns:
            What `take` returns; None if a call has to look closer: then nothing was done.
        """
        return None

    @contextmanager
    def running(self) -> Iterator[Callable[[tuple[Any, ...]], Any]]:
        """Give what runs the program on arrays and numbers, for runs that follow each other: no
        Variable gets another array meanwhile.
        """
        with self._lock, self._working(), np.errstate(all="ignore"):
            self._ensure_attached()
            step, in_form = self._step, self._in_form
            try:
                yield lambda given: step(*in_form(given))
            finally:
                self._mark_changed()

    @contextmanager
    def stepping(self, text: str, shared: bool, **names: Any) -> Iterator[Any]:
        """Give the step of another text of this source, bound to the same arrays.

        Args:
            text: the module.
            shared: whether threads share its products, as those of this engine.
            **names: what else it reads.
        """
        shared = shared and self._shares
        exec(compile(text, "<another text>", "exec"), names)
        if shared:
            names |= in_place_of_its_own()
        working = self._working() if shared else nullcontext()
        with self._lock, working, np.errstate(all="ignore"):
            yield names["make"](*(bound(x) for _, x in self.numpy.bindings))

    def over(self, batches: MiniBatches, numbers: Sequence[Any]) -> list[Any] | None:
        """Run the program for one batch after the other, without Python.

        Args:
            batches: of the first arguments.
            numbers: for each other argument the values that it has in these runs.

        Returns:
            For each result an array of those of all runs, up to one that is refused; None if this
            engine, or these arrays, need Python between two runs.
        """
        return None

    def _ensure_attached(self) -> None:
        for tensor, array in self._attached:
            if tensor._array is not array:
                self._step = None
        if self._step is None:
            self._attach()

    def _mark_changed(self) -> None:
        stamp = new_stamp()
        for variable in self._variables:
            variable.changed = stamp

    def _in_form(self, given: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, copied if the program might change what it reads of them."""
        in_order = self._in_order
        for x in given:
            if isinstance(x, np.ndarray) and (
                (in_order and not x.flags.carray) or self._changes(x)
            ):
                # What is read of an argument is what was there when the program was called.
                return tuple(
                    np.array(y, order="C") if isinstance(y, np.ndarray) else y for y in given
                )
        return given

    def _changes(self, x: Any) -> bool:
        """Return whether a run might change what is in an array."""
        owner = _owner(x)
        if id(owner) in self._changed:
            return True
        foreign = owner.base is not None or self._is_foreign
        return foreign and any(np.may_share_memory(x, array) for array in self._written)

    def _working(self) -> AbstractContextManager[Any]:
        """The context in which threads do the work, if there are several, and none of BLAS."""
        return one_blas_thread if self._rests else nullcontext()

    def _computed(self, given: Any) -> Any:
        # A program says nothing about overflow on its way.
        if self._quietly is None:
            with self._working(), np.errstate(all="ignore"):
                return self._step(*given)
        if not self._rests:
            return self._quietly(self._step, *given)
        with self._working():
            return self._quietly(self._step, *given)

    def _attach(self) -> None:
        """Bind the source to the arrays as they are now."""
        for state in self._states:
            require_like(state)
            if id(state) in self._in_rows and not state.storage._array.flags.c_contiguous:
                raise ValueError(
                    f"the array of {describe(state.storage)} lay row by row when the program was "
                    "made, and was replaced by one that does not: write w.assign(new), or "
                    "w.data = np.ascontiguousarray(new)"
                )
        self._note_attached()
        self._step = self._make(*(bound(x) for _, x in self.numpy.bindings))

    def _note_attached(self) -> None:
        """Remember the arrays that the source is bound to, and which of them it changes."""
        self._attached = [(state.storage, state.storage._array) for state in self._states]
        arrays = [variable._array for variable in self._variables]
        for value in self.program.body:
            if value.loop is not None:
                arrays += [array for block in value.loop.blocks for array in block]
        self._written = arrays
        owners = [_owner(x) for x in arrays]
        self._changed = {id(x) for x in owners}
        self._is_foreign = any(x.base is not None for x in owners)


def _owner(x: Any) -> Any:
    """The array at the end of those that an array is a view of. It has no base, or one that is no
    array: a memoryview, a mapped file.
    """
    while isinstance(x.base, np.ndarray):
        x = x.base
    return x


Engine = NumpyEngine
# Names of code that is gone. Its lines are removed when other code is made: an object may end at
# any time, in the midst of `linecache.checkcache` too, which then fails with a KeyError.
_gone: deque[str] = deque()


def made_from(source: NumpySource, shared: bool = False) -> Any:
    """The function `make` of a source, whose work threads share or do not."""
    namespace: dict[str, Any] = {}
    code = _code(source.text)
    exec(code, namespace)
    if shared:
        namespace |= in_place_of_its_own()
    weakref.finalize(namespace["make"], _gone.append, code.co_filename)
    return namespace["make"]


def _code(text: str) -> Any:
    """The source as code whose lines a traceback can show."""
    while _gone:
        linecache.cache.pop(_gone.popleft(), None)
    name = f"<compiled {hash(text) & 0xFFFFFFFF:08x}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    return compile(text, name, "exec")


def _quiet() -> Callable[..., Any]:
    """A caller of a function in a context of its own, in which NumPy does not look for overflow: to
    enter it takes a tenth of the time of `np.errstate`. It is for functions that call NumPy alone.
    """
    context = contextvars.Context()
    context.run(np.seterr, all="ignore")
    return context.run


def bound(thing: Any) -> Any:
    """The argument of `make` for a binding."""
    if isinstance(thing, Value):
        return thing.array
    return thing.blocks if hasattr(thing, "blocks") else thing


def is_state(thing: Any) -> bool:
    return isinstance(thing, Value) and thing.kind == "state"


def require_like(state: Value) -> None:
    data = state.storage._array
    if data.shape != state.shape or data.dtype != state.dtype:
        kind = "Variable" if isinstance(state.storage, Variable) else "Tensor"
        raise ValueError(
            f"the {kind} {state.name or ''} had shape {state.shape} and dtype {state.dtype} when "
            f"the program was made, now {data.shape} and {data.dtype}: compile again"
        )
