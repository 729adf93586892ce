"""`PythonSide`: what Python does around each run of a program, as the tape has noted it.

Before a run it prepares and supplies numbers; behind it, if the guard holds, it makes the calls
that no program can hold. See `autograd_lite.effects`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_lite.compiler.engines.numpy_engine import Engine, Take
from autograd_lite.compiler.operations import generators_of
from autograd_lite.effects import Preparation, PythonCall, afterwards
from autograd_lite.minibatches import MiniBatches
from autograd_lite.primitives import drawn
from autograd_lite.snapshot import Snapshot
from autograd_lite.tape import Tape, TracingError
from autograd_lite.tensor import Tensor, describe, leaf, new_stamp

Errors = tuple[type[Exception], ...]


def close(tape: Tape, before: int, arguments: Sequence[Tensor]) -> None:
    """Note what follows from the whole call: the guard, and gradients left in ``.grad``.

    To be called while the tape still listens.

    Args:
        tape: of the call.
        before: a stamp: Tensors made later are the call's own, and gone with it.
        arguments: of the call.

    Raises:
        TracingError: for gradients that would add up from call to call, or stay in an argument.
    """
    for condition in tape.conditions:
        guard = leaf(np.array(1.0)) if tape.guard is None else tape.guard
        tape.guard = guard / condition  # itself, bit for bit, where it holds; else infinite or NaN
    for left in tape.gradients.values():
        given = any(left.leaf is x for x in arguments)
        if left.leaf.stamp > before and not given:
            continue
        if given and left.value is not None:
            raise TracingError(
                f"backward() leaves a gradient in the .grad of the argument {left.leaf.name}; "
                "a program cannot. Use ag.gradients(J, [x]), and return what it gives"
            )
        if not left.reset:
            raise TracingError(
                f"backward() adds to the .grad of {describe(left.leaf)} in each call. Forget the "
                "gradient of the call before first: w.zero_grad(), or w.grad = None"
            )
        if left.value is None:
            tape.forgotten.append(left.leaf)
        else:
            afterwards(functools.partial(_leave, left.leaf), left.value)


def _leave(x: Tensor, g: Any) -> None:
    x._grad = g


class PythonSide:
    """Python's part in each run of a traced function.

    Args:
        tape: of the traced call, closed.

    Attributes:
        arguments: Tensors that stand for the numbers supplied: further arguments of the program.
        results: Tensors that Python looks at: further results of the program, before its own. They
            would keep everything alive that they were computed from: `release` lets go of them.
        looked_at: their number.
    """

    def __init__(self, tape: Tape) -> None:
        self._preparations: list[Preparation] = tape.preparations
        self._supplies = tape.supplies
        self.arguments: list[Tensor] = [x for supply in tape.supplies for x in supply.numbers]
        self._rooms = [np.empty((), x.dtype) for x in self.arguments]
        rooms = iter(self._rooms)
        self._reads = [(x.read, [next(rooms) for _ in x.numbers]) for x in tape.supplies]
        self._guarded = tape.guard is not None
        self.results: list[Tensor] = [tape.guard] if self._guarded else []
        entries = [entry for entry in tape.entries if isinstance(entry, PythonCall)]
        self._calls = [(x.function, [self._place(y) for y in x.inputs]) for x in entries]
        self._many = [entry.many for entry in entries]
        self._forgotten: list[Tensor] = tape.forgotten
        self.looked_at = len(self.results)
        self.is_empty = not (self._supplies or self.results) and self.only_looks

    def release(self) -> None:
        """Let go of the record, once it is a program."""
        self.results = []

    @property
    def only_looks(self) -> bool:
        """Return whether it does nothing but look whether the guard holds."""
        return not (self._preparations or self._supplies or self._calls or self._forgotten)

    @property
    def runs_ahead(self) -> bool:
        """Return whether runs can follow each other without Python between them."""
        known = all(supply.ahead is not None for supply in self._supplies)
        return known and None not in self._many

    @property
    def functions(self) -> list[Callable[..., Any]]:
        """The functions called behind each run."""
        return [function for function, _ in self._calls]

    @property
    def shows_values(self) -> bool:
        """Return whether functions get values of a run."""
        return any(inputs for _, inputs in self._calls)

    def _place(self, x: Any) -> Any:
        """An input of a call: where among the results it is, or what it is."""
        if not isinstance(x, Tensor):
            return _Constant(x)
        self.results.append(x)
        return len(self.results) - 1

    def prepare(self) -> None:
        """Do what comes before a run; the numbers supplied are in the arrays of `numbers`."""
        for preparation in self._preparations:
            preparation.function()

    @functools.cached_property
    def places(self) -> list[tuple[Any, Any]] | None:
        """The Variables and arrays of all preparations; None if some have to be made each time."""
        found = [x.places for x in self._preparations]
        return None if None in found else [pair for pairs in found for pair in pairs or ()]

    def numbers(self) -> list[Any]:
        """The numbers for the next run, as arrays that are written to each time."""
        for read, rooms in self._reads:
            for room, number in zip(rooms, read()):  # noqa: B905 - its check takes as long again
                room[()] = number
        return self._rooms

    def numbers_ahead(self, count: int) -> list[Any]:
        """The numbers for the next runs: for each an array of its values."""
        columns = [x for supply in self._supplies if supply.ahead for x in supply.ahead(count)]
        dtypes = [room.dtype for room in self._rooms]
        return [np.array(x, dtype) for x, dtype in zip(columns, dtypes, strict=True)]

    def finish_many(self, count: int) -> None:
        """Do what follows so many runs."""
        for x in self._forgotten if count else ():
            x._grad = None
        for function in self._many:
            if function is not None:
                function(count)

    def holds(self, results: Sequence[Any]) -> bool:
        """Return whether the guard of a run holds; if not, the run has changed nothing."""
        return not self._guarded or math.isfinite(results[0])

    def finish(self, results: Sequence[Any]) -> Sequence[Any]:
        """Do what follows a run; the results that are the function's own."""
        for x in self._forgotten:
            x._grad = None
        for function, inputs in self._calls:
            if inputs:
                function(*[x.value if x.__class__ is _Constant else results[x] for x in inputs])
            else:
                function()
        return results[self.looked_at :]


def copies(arrays: Sequence[Any]) -> list[Any]:
    """Return arrays of their own."""
    return [x.copy() for x in arrays]


class _Constant:
    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Run:
    """Runs a program together with Python's side of it.

    Args:
        engine: of the program.
        python: Python's side.
    """

    def __init__(self, engine: Engine, python: PythonSide) -> None:
        self._engine, self._python = engine, python
        self._generators = generators_of(engine.program.body)
        self._places = None if self._generators else python.places
        self._latest_stamp = 0
        self.assume([(x, "_array", array) for x, array in self._places or ()])

    def assume(self, slots: Sequence[tuple[Any, str, Any]]) -> None:
        """Have `again` look whether slots of Tensors hold what they should; before the first run.

        Args:
            slots: Tensors, the names of slots, and what these hold.
        """
        self._engine.assumed += slots

    def again(self, given: Sequence[Any], take: Take | None = None) -> Sequence[Any] | None:
        """As `results` and `finish`, at once, if nothing has to be looked at or prepared since the
        run before, and the guard holds: else None, and nothing was done.

        Args:
            given: any objects.
            take: as of `NumpyEngine.again`; by default copies of the results.
        """
        results = self._at_once(given, take or copies)
        if results is None or not self._python.holds(results):
            return None
        return self._python.finish(results)

    def _at_once(self, given: Sequence[Any], take: Take) -> Sequence[Any] | None:
        """All results, whether or not the guard holds; None if nothing was done."""
        engine, python = self._engine, self._python
        if engine.if_known is None or self._places is None:
            return None
        results = engine.again((*given, *python.numbers()), take)
        if results is None:
            return None
        stamp = new_stamp()
        if stamp != self._latest_stamp + 1:  # else nothing was recorded since they were marked
            for variable, _ in self._places:
                variable.changed = stamp
        self._latest_stamp = stamp
        return results

    def results(self, given: Sequence[Any]) -> Sequence[Any] | None:
        """All results; None if the guard does not hold. Then, as with an exception, nothing has
        been changed, generators included.
        """
        python = self._python
        made = self._at_once(given, copies)
        if made is not None:
            return made if python.holds(made) else None
        before = Snapshot(generators=self._generators) if self._generators else None
        python.prepare()
        try:
            results: Sequence[Any] = self._engine(*given, *python.numbers())
            if python.holds(results):
                return results
        except BaseException:
            if before is not None:
                before.restore()
            raise
        if before is not None:
            before.restore()
        return None

    def finish(self, results: Sequence[Any]) -> Sequence[Any]:
        """As `PythonSide.finish`."""
        return self._python.finish(results)

    @property
    def repeats(self) -> bool:
        """Return whether `over` can be called."""
        return self._python.runs_ahead

    def over(self, batches: MiniBatches, errors: Errors) -> list[Any]:
        """Run for one batch after the other, as if with `results` and `finish` for each.

        Args:
            batches: of the program's arguments.
            errors: those that end the runs before the batch that raises one of them.

        Returns:
            For each result of the function an array, with an axis more in front: one for each run.
            They are fewer than the batches if a run is refused: by its guard, or an error. That run
            has changed nothing.
        """
        python, engine = self._python, self._engine
        python.prepare()
        numbers = python.numbers_ahead(batches.count)
        before = Snapshot(generators=self._generators)
        kept = engine.over(batches, numbers)
        if kept is None:
            rows = list(self._one_by_one(batches, numbers, errors, before))
            return [np.stack(x) for x in zip(*rows, strict=True)] if rows else self._of_no_run
        self._finish_many(len(kept[0]), batches.count, before)
        return kept[python.looked_at :]

    def _finish_many(self, done: int, count: int, before: Snapshot) -> None:
        """Do what follows so many runs of `count`. What a run that was refused has drawn is put
        back: the others draw once more, from where they began.
        """
        if done < count and self._generators:
            before.restore()
            for _ in range(done):
                for value in self._engine.program.body:
                    if value.function is drawn:
                        drawn(**value.keywords)
        self._python.finish_many(done)

    @property
    def _of_no_run(self) -> list[Any]:
        results = self._engine.program.results[self._python.looked_at :]
        return [np.empty((0, *x.shape), x.dtype) for x in results]

    def _one_by_one(
        self, batches: MiniBatches, numbers: Sequence[Any], errors: Errors, before: Snapshot
    ) -> Iterator[Sequence[Any]]:
        """Runs between which there is nothing but the next batch and its numbers."""
        python, done = self._python, 0
        first = python.looked_at
        try:
            with self._engine.running() as step:
                for i in range(batches.count):
                    results = step((*batches.at(i), *(x[i, ...] for x in numbers)))
                    if not python.holds(results):
                        break
                    done += 1
                    yield results[first:]
        except errors:
            pass
        finally:
            self._finish_many(done, batches.count, before)
