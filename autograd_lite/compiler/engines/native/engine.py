"""`NativeEngine`: a program whose element-wise parts and small products are native code."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from autograd_lite.arrays import address_of
from autograd_lite.compiler.engines.native.arrays import Checks, NativeFunction
from autograd_lite.compiler.engines.native.cache import compiled
from autograd_lite.compiler.engines.native.draws import Locked, WordsOf
from autograd_lite.compiler.engines.native.layout import native_layout
from autograd_lite.compiler.engines.native.source import (
    Address,
    CodeOf,
    NativeCall,
    NativeWriter,
    SharedRun,
    WholeStep,
)
from autograd_lite.compiler.engines.native.workers import the_team
from autograd_lite.compiler.engines.numpy_engine import (
    NumpyEngine,
    Take,
    bound,
    is_state,
    made_from,
    require_like,
)
from autograd_lite.compiler.engines.shared_numpy import wakes_blas
from autograd_lite.compiler.operations import generators_of
from autograd_lite.compiler.plan import plan_memory
from autograd_lite.minibatches import MiniBatches
from autograd_lite.primitives import check_bounds

HEADER = '''"""Native code, in the part of Python that is translated to the machine's."""

import math

import numpy as np
from autograd_lite.compiler.engines.native.draws import draw
from autograd_lite.compiler.engines.native.functions import (
    exp_beside_1, exp_float32, log1p_float32, log_float32, tanh_float32,
)
from autograd_lite.compiler.engines.native.intrinsics import (
    accumulate, accumulate_product, array_at, call_native, multiply_float32, multiply_float64,
    multiply_vector_float32, multiply_vector_float64,
)
from autograd_lite.compiler.engines.native.shared_products import share_float32, share_float64
from autograd_lite.compiler.engines.native.team import run_shared, together

'''


class NativeEngine(NumpyEngine):
    """Runs native functions, and NumPy between them.

    Where it cannot be compiled, it warns and is a `NumpyEngine`.
    """

    name = "native"
    circuit: Any = None  # of a step that is native as a whole, once it is attached
    _all_native = False  # whether NumPy computes nothing, whose warnings would have to be silenced
    _generators: Sequence[np.random.Generator] = ()  # that native code draws from
    _bits: Sequence[np.random.BitGenerator] = ()  # of these, once the step is attached

    def _write(self) -> None:
        if not self._write_native():
            self.name = "numpy"
            super()._write()

    def _write_native(self) -> bool:
        """Write and compile native code, if there is any."""
        reuse, in_place, _ = self._options
        layout = native_layout(self.program)
        plan = plan_memory(
            layout.program,
            fills=layout.fills,
            ends_at=layout.ends_at(),
            in_parts=layout.in_parts(),
            reuse=reuse,
            in_place=in_place,
        )
        writer = NativeWriter(layout, plan)
        native = writer.source()
        self.native_source = HEADER + "\n\n".join(f.text() for f in writer.functions)
        if not writer.functions:
            return False
        try:
            self._functions = _compiled(writer.functions)
        except Exception as error:  # whatever the compiler stumbles over
            warnings.warn(
                f"{self.program.name} could not be compiled to native code, so NumPy runs it: "
                f"{type(error).__name__}: {error}",
                stacklevel=4,
            )
            return False
        self.step_source = native.text
        self._native = native
        self._make = made_from(native)
        self._states = [x for _, x in native.bindings if is_state(x)]
        self._writer = writer
        self._in_order = True
        self._all_native = layout.all_native
        self._shares = writer.shares
        self._rests = self._shares or wakes_blas(self.program)
        drawing = (v for run in layout.runs if run.native for v in run.values)
        self._generators = generators_of(drawing)
        return True

    def _computed(self, given: Any) -> Any:
        if not self._all_native:
            return super()._computed(given)
        if not (self._rests or self._bits):
            return self._step(*given)
        with self._working():
            return self._step(*given)

    def _working(self) -> AbstractContextManager[Any]:
        native = self.name == "native"
        working = the_team() if self._shares and native else super()._working()
        return Locked(self._bits, working) if self._bits else working

    def _ensure_attached(self) -> None:
        if [*self._bits] != [g.bit_generator for g in self._generators]:
            self._step = None  # native code knows their addresses
        super()._ensure_attached()

    def again(self, given: Sequence[Any], take: Take) -> Sequence[Any] | None:
        with self._lock:
            run = self.if_known
            if run is None:
                return None
            if self._rests or self._generators:
                with self._working():
                    failed = run(*given)
            else:
                failed = run(*given)
            if failed:
                self.circuit.forget_failure()
                return None
            if self._variables:
                self._mark_changed()
            return take(self.circuit.kept)

    def over(self, batches: MiniBatches, numbers: Sequence[Any]) -> list[Any] | None:
        arrays = batches.arrays
        if self.name == "numpy" or not all(
            x.flags.c_contiguous and x.flags.aligned for x in arrays
        ):
            return None
        with self._lock:
            self._ensure_attached()
            circuit = self.circuit
            if circuit is None or not circuit.repeats:
                return None
            if any(map(self._changes, arrays)):
                return None  # a run would change what the next one is to read
            count = batches.count
            made = [np.empty((count, *x.shape), x.dtype) for x in circuit.kept]
            with self._working():
                team = the_team().address if self._shares else 0
                done = circuit.over(batches, numbers, made, team)
            self._mark_changed()
        return [x[:done] for x in made]

    def _attach(self) -> None:
        if self.name == "numpy":
            super()._attach()
            return
        for state in self._states:
            require_like(state)  # native code trusts in shapes
            data = state.storage._array
            if not data.flags.c_contiguous:
                state.storage._array = np.ascontiguousarray(data)
        names = (f.name for f in self._writer.functions)
        self._bits = [g.bit_generator for g in self._generators]
        self._code = dict(zip(names, self._functions, strict=True))
        self._note_attached()
        for array in self._written:
            require_writeable(array)
        self._alive: list[Any] = []
        self._step = self._make(*(self._given(x) for _, x in self._native.bindings))
        if self.circuit is not None and len(self.circuit.kept) == len(self.program.results):
            slots = [(tensor, "_array", array) for tensor, array in self._attached]
            self.if_known = self.circuit.ready_if_known([*slots, *self.assumed], self._written)

    def _given(self, thing: Any) -> Any:
        """The argument of `make` for a binding."""
        match thing:
            case CodeOf():
                return self._code[thing.function.name]
            case SharedRun():
                return functools.partial(self._words_of_run, thing)
            case NativeCall():
                return functools.partial(self._run_of, thing)
            case Address() | WordsOf():
                return thing()
            case NativeFunction():
                return self._table_of
            case WholeStep():
                return self._whole_step
            case Checks():
                return functools.partial(require_rows, thing.counts)
        return bound(thing)

    def _table_of(self, *arrays: Any) -> Any:
        self._alive.append(table := addresses(*arrays))
        self._alive += arrays  # nobody else may hold what only native code reads
        return table

    def _whole_step(self, tables: Any, kept: Any, guard: Any, status: Any) -> Any:
        from autograd_lite.compiler.engines.native.circuit import Circuit

        assert self._writer.whole is not None
        whole = self._writer.whole
        at = [self._code[f.name] for f in whole.calls]
        found = [*whole.calls, *whole.others]
        self.circuit = Circuit(self.program.arguments, found, at, tables, kept, guard, status)
        return self.circuit.ready()

    def _words_of_run(self, shared: SharedRun, status: Any, *tables: Any) -> Any:
        at = [self._code[f.name] for f in (*shared.steps, *shared.sums)]
        steps = [*zip(at, map(address_of, tables), strict=True)]
        cut = len(shared.steps)
        words = the_team().words_of(shared.run, status, steps[:cut], steps[cut:])
        self._alive += [status, *words]
        return words[0]

    def _run_of(self, call: NativeCall, status: Any, *tables: Any) -> Any:
        from autograd_lite.compiler.engines.native.circuit import Circuit

        at = [self._code[call.functions[0].name]]
        circuit = Circuit(call.given, call.functions, at, tables, (), None, status)
        self._alive.append(circuit)
        return circuit.ready()


def require_writeable(array: Any) -> None:
    """Raise for an array that native code would write into in spite of its flag.

    Raises:
        ValueError: if the flag forbids it.
    """
    if not array.flags.writeable:
        raise ValueError(
            f"a Variable of shape {array.shape} that is to be changed has a read-only array, a "
            "mapped file perhaps: write w.data = w.data.copy()"
        )


def require_rows(counts: list[int], status: Any) -> None:
    """Raise if a check of native code has failed.

    Raises:
        IndexError: as `check_bounds`.
    """
    if status[0]:
        count, status[0] = counts[status[0] - 1], 0
        check_bounds(status[1:], count)


def addresses(*arrays: Any) -> Any:
    """The addresses of arrays' elements; an address stands for itself. The arrays have to outlive
    whoever is told.
    """
    found = []
    for array in arrays:
        if isinstance(array, int):
            found.append(array)
            continue
        assert array.flags.c_contiguous, "native code counts on elements in order"
        found.append(address_of(array))
    return np.array(found, np.int64)


def _compiled(functions: list[NativeFunction]) -> list[int]:
    """The functions as machine code; those that differ in names alone are compiled once."""
    alike: dict[str, int] = {}
    texts, places = [], []
    for function in functions:
        key = function.anonymous("native")
        if key not in alike:
            alike[key] = len(alike)
            texts.append(function.anonymous(f"native_{alike[key]}"))
        places.append(alike[key])
    names = [f"native_{i}" for i in range(len(alike))]
    made = compiled(HEADER + "\n\n".join(texts), names)
    return [made[place] for place in places]
