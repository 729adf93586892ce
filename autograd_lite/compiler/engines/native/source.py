"""A Program as source of native functions, and a step that calls them between NumPy's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from autograd_lite.arrays import address_of
from autograd_lite.compiler.blocks import ALIGNED
from autograd_lite.compiler.engines.native.arrays import (
    OUTSIDE,
    PANELS,
    TEAM,
    ArrayNames,
    Checks,
    FusedNames,
    NativeFunction,
    Sums,
)
from autograd_lite.compiler.engines.native.blas import addresses_of_blas
from autograd_lite.compiler.engines.native.layout import NativeLayout, Nest, Run
from autograd_lite.compiler.engines.native.loops import Loops
from autograd_lite.compiler.engines.native.panels import address_of_times_panels
from autograd_lite.compiler.engines.native.shared_scans import SharedScan, shared_scan
from autograd_lite.compiler.engines.native.shared_sums import is_shared_sum, rows_added
from autograd_lite.compiler.engines.native.workers import the_team
from autograd_lite.compiler.loops import loop_of
from autograd_lite.compiler.operations import base_of, is_view
from autograd_lite.compiler.plan import Plan
from autograd_lite.compiler.program import FusedLoop, Value
from autograd_lite.compiler.source.numpy_source import StepWriter
from autograd_lite.compiler.source.writer import INDENT

LEAST_ELEMENTS = 1 << 14  # of an update that a thread does at a time: some 10 microseconds
MOST_COLUMN_BLOCKS = 4  # of a sum over rows that threads share
# Nests of loops in one function: the time to compile a function grows faster than its length.
MOST_NESTS = 24


class NativeWriter(StepWriter):
    """Writes the step.

    Attributes:
        functions: its native functions.
        checks: the numbers of rows that they check.
        whole: the step, if it is native as a whole; None where NumPy computes something.
    """

    def __init__(self, layout: NativeLayout, plan: Plan) -> None:
        super().__init__(layout.program, plan)
        self._layout = layout
        self.functions: list[NativeFunction] = []
        self.checks = Checks()
        self.whole = WholeStep() if layout.is_whole else None
        self.outside: set[str] = set()  # names of addresses of what is not an array

    @property
    def shares(self) -> bool:
        """Return whether several threads do its work."""
        return OUTSIDE[TEAM] in self.outside

    # -- the step --------------------------------------------------------------------------------

    def body(self) -> None:
        """Write the runs, in order."""
        for run in self._layout.runs:
            if run.native:
                self._native(run)
                continue
            for value in run.values:
                if not is_view(value) or self._layout.is_seen(value):
                    self.emit(value)
        if self.whole is not None:
            self._call_all(self.whole)

    def _call_all(self, whole: WholeStep) -> None:
        """Write the one call of a step that is native as a whole."""
        module, program = self.module, self.program
        if self._assigns and not whole.assigns:
            self._native_function([], [], assigns=True)
        results = program.results
        stay = all(id(base_of(x)) in self.static for x in results)
        kept = "".join(f"{self.name(x)}, " for x in results if stay)
        tables = "".join(f"{f.table}, " for f in (*whole.calls, *whole.others))
        guard = "None" if program.guard is None else self.name(program.guard)
        status = self.checks.made(module)
        start = module.bound(whole, "whole_step")
        run = module.made("run", f"{start}(({tables}), ({kept}), {guard}, {status})")
        self.say(f"{run}({', '.join(map(self._passed, program.arguments))})")
        self._require_rows()

    def _require_rows(self) -> None:
        if self.checks.counts:
            checked = self.module.bound(self.checks, "require_rows")
            self.say(f"{checked}({self.checks.status})")

    @property
    def _assigns(self) -> bool:
        """True if Variables are to be assigned natively."""
        return self.whole is not None and (self.guarded or bool(self._left()))

    def assign(self) -> None:
        if self.whole is None:
            super().assign()

    def _assign_natively(self, names: ArrayNames, loops: Loops) -> None:
        # A function before this one, that of the update, may have ended at the guard.
        self.guarded = self.program.guard is not None
        self._guard_natively(names, loops)
        self.guarded = False
        for state, new in self._left():
            loops.copy(names(state, None), new)

    def call(self, value: Value) -> str:
        """As in NumPy's source, but always an array whose elements lie in order."""
        text = super().call(value)
        if value.dtype is None:
            return text
        if value.shape:
            return f'np.asarray({text}, order="C")'
        return f"np.asarray({text}, np.{value.dtype.name})"

    def _native(self, run: Run) -> None:
        """A native run, as functions of a length that compiles fast."""
        for nest in run.nests:
            for value in nest.values:
                if self._layout.fills(value):
                    self.target(value)
        for value in run.values:
            if is_view(value) and self._layout.is_seen(value):
                self.emit(value)
        if run.parts:
            self._in_parts(run)
            return
        parts = list(_cut(run)) or [[]]
        updates = [value for value in run.values if value.kind == "fused_update"]
        last = run is self._layout.last
        for part in parts:
            end = part is parts[-1]
            assigns = end and last and self._assigns
            self._native_function(part, updates if end else [], assigns, run.values[-1])

    def _begun(self, run: Run | None = None) -> tuple[NativeFunction, ArrayNames, Loops]:
        """A new function, and who writes it."""
        function = NativeFunction(f"native_{len(self.functions)}", run=run)
        self.functions.append(function)
        names = ArrayNames(self, function, self.checks)
        return function, names, Loops(names, self._layout.stored, run)

    def _native_function(
        self,
        found: list[Nest],
        updates: list[Value],
        assigns: bool = False,
        value: Value | None = None,
    ) -> None:
        """One function, and its call: nests of loops, then updates, then assignments."""
        function, names, loops = self._begun()
        others = len(self.functions)
        for nest in found:
            shared = shared_scan(nest.values[0]) if nest.alone else None
            if shared is not None:
                loops.lines.append(self._shared_scan(nest.values[0], shared, names))
            elif len(nest.values) == 1 and is_shared_sum(nest.values[0]):
                loops.lines.append(self._shared_sum(nest.values[0], names))
            else:
                loops.add(nest)
        for value in updates:
            assert value.loop is not None
            self._fused_update(value, value.loop, names, loops)
        if assigns:
            self._assign_natively(names, loops)
        function.lines = loops.lines
        self._call(function, self.functions[others:], value, assigns)

    def _table(self, function: NativeFunction) -> None:
        """Have `make` make the table of a function."""
        module = self.module
        tables = module.bound(function, f"table_of_{function.name}")
        for name in OUTSIDE.values():
            if name in function.static and name not in self.outside:
                self.outside.add(name)
                module.bindings.append((name, Address(name)))
        places = ", ".join([*["0"] * len(function.given), *function.static])
        module.setup.append(f"{function.table} = {tables}({places})")

    def _call(
        self,
        function: NativeFunction,
        others: list[NativeFunction],
        value: Value | None,
        assigns: bool = False,
    ) -> None:
        """Have a function called, which may call others; of a step that is native as a whole, by
        the driver, else by a line between those of NumPy.
        """
        self._table(function)
        if self.whole is not None:
            self.whole.calls.append(function)
            self.whole.others += others
            self.whole.assigns = assigns
            return
        module, together = self.module, [function, *others]
        checked = any(x.checks for x in together)
        call = NativeCall(together)
        status = self.checks.made(module) if checked else "None"
        tables = "".join(f", {x.table}" for x in together)
        start = module.bound(call, f"run_of_{function.name}")
        run = module.made(f"run_{function.name}", f"{start}({status}{tables})")
        self.say(f"{run}({', '.join(map(self._passed, call.given))})", value)
        if checked:
            self._require_rows()

    # -- what several threads do -----------------------------------------------------------------

    def _in_parts(self, run: Run) -> None:
        """A run that is done part by part: a function for each nest, since many are alike, one for
        each sum over the samples, and one that has the team do them.
        """
        steps = []
        for nest in run.nests:
            function, _, loops = self._begun(run)
            loops.add(nest)
            function.lines = loops.lines
            self._table(function)
            steps.append(function)
        sums = [self._added_up(x, run.lanes) for step in steps for x in step.sums]
        self._shared(run, steps, sums)

    def _shared(self, run: Run, steps: list[NativeFunction], sums: list[NativeFunction]) -> None:
        """The function that has the team do a run."""
        module = self.module
        function, names, loops = self._begun()
        tables = "".join(f", {f.table}" for f in (*steps, *sums))
        status = self.checks.made(module) if any(f.checks for f in steps) else "None"
        start = module.bound(SharedRun(run, steps, sums), "words_of_run")
        words = module.made("run_in_parts", f"{start}({status}{tables})")
        loops.lines.append(f"run_shared({names.address(TEAM)}, {names.outside(words)})")
        function.lines = loops.lines
        self._call(function, [*steps, *sums], run.values[-1])

    def _added_up(self, sums: Sums, lanes: int) -> NativeFunction:
        """A function that adds up the sums of lanes, in their order."""
        function, names, _ = self._begun()
        value, size = sums.value, sums.value.size
        source = names.outer(sums.lanes, (lanes, size), sums.dtype, (lanes * size,))
        terms = " + ".join(f"{source}[i + {lane * size}]" for lane in range(lanes))
        target = f"{names(value, (size,))}[i] = np.{value.dtype.name}({terms})"
        function.lines = [f"for i in range({size}):", INDENT + target]
        self._table(function)
        return function

    def _passed(self, x: Value) -> str:
        """The argument of a native function for a value: for any number a float."""
        name = self.name(x)
        return f"float({name})" if x.kind == "number" else name

    # -- fused updates ---------------------------------------------------------------------------

    def _fused_update(self, value: Value, loop: FusedLoop, names: ArrayNames, loops: Loops) -> None:
        self._guard_natively(names, loops)
        for x, target in zip(value.inputs, loop.destinations, strict=False):
            if self.plan.destination_of.get(id(x)) is not target:
                loops.copy(names.of_array(target, f"d_{loop.title}", target.shape), x)
        self._require_finite_in(loop, names, loops)
        numbers = value.inputs[len(loop.destinations) :]
        outer = dict(zip(map(id, loop.body.arguments), numbers, strict=True))
        for block in contiguous(loop.blocks):
            if len(block[0]) >= 2 * LEAST_ELEMENTS:
                loops.lines.append(self._shared_update(loop, block, outer, names))
            else:
                loops.lines += _updated(loop, block, outer, names, None)

    def _shared_update(
        self, loop: FusedLoop, block: tuple[Any, ...], outer: dict[int, Value], names: ArrayNames
    ) -> str:
        """The line that has the team do the update of one block."""
        run = _parts_of(len(block[0]))
        function, inner, _ = self._begun(run)
        function.lines = _updated(loop, block, outer, inner, run)
        return self._together(function, run, names)

    def _shared_squares(self, array: Any, wanted: str, names: ArrayNames) -> list[str]:
        """The lines that have the team add up the squares of an array."""
        run = _parts_of(array.size)
        function, inner, _ = self._begun(run)
        shape, dtype = (run.part_count,), array.dtype
        outer = self.scratch(shape, dtype, "squares")
        part = f"{inner.outer(outer, shape, dtype, shape)}[part]"
        function.lines = _squared(inner.column(array, wanted), dtype, "count")
        function.lines.append(f"{part} = squares")
        parts = names.outer(outer, shape, dtype, shape)
        return [
            self._together(function, run, names),
            f"squares = np.{dtype.name}(0)",
            f"for i in range({run.part_count}):",
            f"    squares += {parts}[i]",
        ]

    def _shared_scan(self, value: Value, shared: SharedScan, names: ArrayNames) -> str:
        """The line that has the team do a loop over steps, for some samples each."""
        function, _, loops = self._begun(shared.run)
        loops.scan(value, shared)
        function.lines = loops.lines
        return self._together(function, shared.run, names)

    def _shared_sum(self, value: Value, names: ArrayNames) -> str:
        """The line that has the team add up the rows of a matrix, for some columns each."""
        columns = value.size
        each = -(-columns // (MOST_COLUMN_BLOCKS * ALIGNED[1])) * ALIGNED[1]
        run = Run(True, [], at_once=each, count=columns)
        function, inner, _ = self._begun(run)
        function.lines = rows_added(value, inner.address(value.inputs[0]), inner(value, (columns,)))
        return self._together(function, run, names)

    def _together(self, function: NativeFunction, run: Run, names: ArrayNames) -> str:
        """The line that has the team do a function for each part."""
        self._table(function)
        called = self.module.bound(CodeOf(function), f"code_of_{function.name}")
        given = f"{names.outside(called)}, {names.outside(function.table)}"
        count = run.part_count
        return f"together({names.address(TEAM)}, {given}, {count}, {count})"

    def _guard_natively(self, names: ArrayNames, loops: Loops) -> None:
        """Change nothing by a loss that is not finite."""
        if self.guarded:
            guard = self.program.guard
            assert guard is not None
            loops.lines += [f"if not abs({names(guard, (1,))}[0]) < math.inf:", "    return"]
            # What returns here is looked at again before NumPy assigns.
            self.guarded = self.whole is None and bool(self.program.assignments)

    def _require_finite_in(self, loop: FusedLoop, names: ArrayNames, loops: Loops) -> None:
        """As in NumPy's source: what is returned as the guard is made NaN."""
        guard = self.program.guard
        if loop.finite is None or guard is None:
            return
        flat, wanted = loop.finite, f"d_{loop.title}_flat"
        if flat.size >= 2 * LEAST_ELEMENTS:
            loops.lines += self._shared_squares(flat, wanted, names)
        else:
            loops.lines += _squared(names.of_array(flat, wanted), flat.dtype, str(flat.size))
        loops.lines += [
            "if not squares < math.inf:",
            f"    {names(guard, (1,))}[0] = np.nan",
            "    return",
        ]


def _parts_of(length: int) -> Run:
    """A flat array's parts, of the same length but for the last."""
    each = -(-length // (length // LEAST_ELEMENTS))
    return Run(True, [], at_once=-(-each // 16) * 16, count=length)


def _squared(name: str, dtype: Any, length: str) -> list[str]:
    """Lines that add up the squares of a flat array."""
    return [
        f"squares = np.{dtype.name}(0)",
        f"for i in range({length}):",
        f"    squares = accumulate_product(squares, {name}[i], {name}[i])",
    ]


def _updated(
    loop: FusedLoop,
    block: tuple[Any, ...],
    outer: dict[int, Value],
    names: ArrayNames,
    run: Run | None,
) -> list[str]:
    """The loop of an update over one block, or over the part of it that is at hand."""
    body = Loops(FusedNames(names, loop, block, outer), lambda _: False, run)
    values = [v for v in loop.body.body if not is_view(v)]
    body.fused_loop(values, loop.body.assignments, "count" if run else str(len(block[0])))
    return body.lines


@dataclass(frozen=True)
class Address:
    """Stands for an address, one of `OUTSIDE`, among the arguments of `make`."""

    name: str

    def __call__(self) -> int:
        """The address in this process."""
        if self.name == OUTSIDE[TEAM]:
            return the_team().address
        if self.name == OUTSIDE[PANELS]:
            return address_of_times_panels()
        found = addresses_of_blas() or {}
        return next((at for name, at in found.items() if OUTSIDE[name] == self.name), 0)


def _cut(run: Run) -> Iterator[list[Nest]]:
    """The nests of each function; a loop over steps has one of its own."""
    part: list[Nest] = []
    for nest in run.nests:
        alone = nest.alone and loop_of(nest.values[0]) is not None
        if part and (alone or len(part) == MOST_NESTS):
            yield part
            part = []
        part.append(nest)
        if alone:
            yield part
            part = []
    if part:
        yield part


@dataclass(eq=False)
class NativeCall:
    """Stands for what makes a native function, and others that it calls, ready to run.

    Attributes:
        functions: that, and the others.
    """

    functions: list[NativeFunction]

    @property
    def given(self) -> list[Value]:
        """The values that they are given in each run."""
        return list({id(x): x for f in self.functions for x in f.given.values()}.values())


@dataclass(eq=False)
class CodeOf:
    """Stands for the address of a native function."""

    function: NativeFunction


@dataclass(eq=False)
class SharedRun:
    """Stands for what makes the words of a run that a team does: see `team.run_shared`."""

    run: Run
    steps: list[NativeFunction]
    sums: list[NativeFunction]


@dataclass(eq=False)
class WholeStep:
    """Stands for what makes a step ready that is native as a whole.

    Attributes:
        calls: its functions, in order.
        others: those that these call.
        assigns: whether the last one assigns Variables.
    """

    calls: list[NativeFunction] = field(default_factory=list)
    others: list[NativeFunction] = field(default_factory=list)
    assigns: bool = False


def contiguous(blocks: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Blocks that follow each other in memory as one, as long as they do."""
    merged: list[tuple[Any, ...]] = []
    for block in blocks:
        if merged and all(map(_follows, merged[-1], block)):
            merged[-1] = tuple(_joined(a, b) for a, b in zip(merged[-1], block, strict=True))
        else:
            merged.append(block)
    return merged


def _follows(a: Any, b: Any) -> bool:
    return (
        a.base is not None
        and a.base is b.base
        and a.base.ndim == 1
        and address_of(a) + a.nbytes == address_of(b)
    )


def _joined(a: Any, b: Any) -> Any:
    start = (address_of(a) - address_of(a.base)) // a.itemsize
    return a.base[start : start + len(a) + len(b)]
