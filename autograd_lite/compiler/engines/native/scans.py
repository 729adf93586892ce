"""A loop over steps in native code: what its names stand for, and what is copied around its body.

A step reads a row of each array that the loop runs over, and writes what is kept into a row. A
carry that is kept lives in those rows: a step writes the new one into the row of the next.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from autograd_lite.compiler.engines.native.arrays import ArrayNames
from autograd_lite.compiler.engines.native.layout import layout_of_body
from autograd_lite.compiler.engines.native.shared_scans import SharedScan
from autograd_lite.compiler.loops import ScanLoop, loop_of, room
from autograd_lite.compiler.operations import base_of, shows
from autograd_lite.compiler.plan import plan_memory
from autograd_lite.compiler.program import Value
from autograd_lite.compiler.source.scan_loop import LoopWriter


class StepNames(ArrayNames):
    """Names of arrays in a step: its own, those around the loop, and rows of those.

    Attributes:
        around: for the id of a value that stands for one around the loop, that.
        rows: for the id of a value that lies in a row, the address of that.
        head: lines at the beginning of a step.
    """

    def __init__(
        self, writer: LoopWriter, outer: ArrayNames, step: str, shared: SharedScan | None
    ) -> None:
        super().__init__(writer, outer.function, outer.checks)
        self._shared = shared
        self.head: list[str] = []
        self.around: dict[int, Any] = {}
        self.rows: dict[int, str] = {}
        self._outer = outer
        self._step = step

    def declared(self, kind: str, text: str) -> str:
        """The name of something new in a step."""
        return super().declared(f"{kind}_{self._step}", text)

    def address(self, x: Any) -> str:
        """As around the loop; of what lies in a row, that of the row."""
        x = base_of(x) if isinstance(x, Value) else x
        if id(x) in self.rows:
            return self.rows[id(x)]
        if not isinstance(x, Value) or id(x) in self.around:
            return self._outer.address(self.around.get(id(x), x))
        return super().address(x)

    def _declared(self, x: Value, shape: tuple[int, ...]) -> str:
        if id(x) in self.around:
            return self._outer(self.around[id(x)], shape)
        if id(x) in self.rows:
            return self.at(self.rows[id(x)], shape, x.dtype, self._is_cut(x))
        return super()._declared(x, shape)

    def scratch(self, like: Value) -> str:
        """The name of an array for a moment."""
        outer = self.writer.scratch(like.shape, like.dtype, "carry_before")
        slot = f"table[{self._place(outer, like.shape, like.dtype)}]"
        return self._array(outer, slot, like.dtype, like.shape, like.shape, like)

    def at(self, address: str, shape: tuple[int, ...], dtype: Any, cut: bool) -> str:
        """The name of an array that lies at an address in this step, or of a part of it."""
        lengths = self.lengths(shape, cut)
        return self.declared("row", f"array_at({address}, {lengths}, np.{dtype.name})")

    def _is_cut(self, x: Value) -> bool:
        return self._shared is not None and id(x) in self._shared.cut


class NativeScan:
    """One loop over steps.

    Args:
        value: its operation.
        outer: the names around it.
        shared: how it is done for some of the samples.

    Attributes:
        names: in its body.
        layout: of its body.
        head: the line that it begins with.
        first: what is copied before it: values, and names of arrays.
        last: likewise at the end of each step.
        moved: then the carries that others were computed from: target, source and shape.
    """

    def __init__(self, value: Value, outer: ArrayNames, shared: SharedScan | None = None) -> None:
        self._shared = shared
        loop: Any = loop_of(value)
        self._loop: ScanLoop = loop
        self._outer = outer
        parts = self._loop.parts(value.inputs)
        self._initial, self._xs, self._read, self._rooms = parts
        self._kept = self._rooms[len(self._initial) :]
        outer.function.scans += 1
        self._step = f"step_{outer.function.scans}"
        self.layout = layout_of_body(self._loop.body)
        self._in_rows = self._carried_in_rows()
        self._places = self._computed_in_place()
        self.names = self._named()
        self.first = [*zip(self._initial, map(self._first_place, self._loop.carries), strict=True)]
        self.last, self.moved = self._copies()

    @property
    def head(self) -> str:
        n = self._loop.length
        bounds = f"{n - 1}, -1, -1" if self._loop.reverse else str(n)
        return f"for {self._step} in range({bounds}):"

    # -- where things are ------------------------------------------------------------------------

    def _carried_in_rows(self) -> dict[int, Value]:
        """For the id of each carry that is kept as it was before a step, the array of its rows."""
        found: dict[int, Value] = {}
        for x, kept in zip(self._loop.body.results, self._kept, strict=True):
            if any(x is state for state in self._loop.carries):
                found.setdefault(id(x), kept)
        return found

    def _computed_in_place(self) -> dict[int, str]:
        """For what is computed where it is kept, or carried on to, the address of that."""
        found: dict[int, str] = {}
        for x, kept in zip(self._loop.body.results, self._kept, strict=True):
            if self._is_computed(x):
                found.setdefault(id(base_of(x)), self._row(kept))
        for state, new in self.layout.program.assignments:
            if id(state) in self._in_rows and self._is_computed(new):
                found.setdefault(id(base_of(new)), self._next(state))
        return found

    def _is_computed(self, x: Value) -> bool:
        """Return whether a value has an array in the body, of its own shape."""
        base = base_of(x)
        looks = base is not x and not (base.function is room and base.shape == x.shape)
        return base.kind == "operation" and not looks and self.layout.fills(base)

    def _row(self, array: Value, place: str = "", cut: bool = True) -> str:
        """The address of the row of a step, or of what of it belongs to the samples at hand."""
        size = array.nbytes // self._loop.length
        row = f"{self._outer.address(array)} + {place or self._step} * {size}"
        if self._shared is None or not cut:
            return row
        return f"{row} + first * {size // self._shared.run.count}"

    def _next(self, state: Value) -> str:
        """Where a carry is in the next step; after the last one, where it is read."""
        kept, after = self._in_rows[id(state)], self._rooms[self._loop.carries.index(state)]
        last, on = (0, "- 1") if self._loop.reverse else (self._loop.length - 1, "+ 1")
        row = self._row(kept, f"({self._step} {on})")
        return f"({row} if {self._step} != {last} else {self._outer.address(after)})"

    def _first_place(self, state: Value) -> str:
        number = self._loop.carries.index(state)
        kept = self._in_rows.get(id(state))
        if kept is None:
            return self._outer(self._rooms[number], None)
        first = self._row(kept, str(self._loop.length - 1 if self._loop.reverse else 0))
        lengths = self._outer.lengths(state.shape, self._shared is not None)
        text = f"array_at({first}, {lengths}, np.{state.dtype.name})"
        return self._outer.declared("first", text)

    # -- names and memory ------------------------------------------------------------------------

    def _named(self) -> StepNames:
        program, loop = self.layout.program, self._loop
        pairs = program.assignments
        rest = [(s, new) for s, new in pairs if id(s) not in self._in_rows]
        others = [new for s, new in pairs if id(s) in self._in_rows]
        plan = plan_memory(
            replace(program, assignments=rest, results=[*program.results, *others]),
            fills=lambda x: self.layout.fills(x) and id(x) not in self._places,
            ends_at=self.layout.ends_at(),
        )
        writer = LoopWriter(program, plan, self._outer.writer.module)
        names = StepNames(writer, self._outer, self._step, self._shared)
        names.rows |= self._places
        for state, after in zip(loop.carries, self._rooms, strict=False):
            if id(state) in self._in_rows:
                names.rows[id(state)] = self._row(self._in_rows[id(state)])
            else:
                names.around[id(state)] = after
        for argument, x in zip(loop.body.arguments, self._xs, strict=False):
            cut = self._shared is not None and id(argument) in self._shared.cut
            names.rows[id(argument)] = self._row(x, cut=cut)
        for argument, x in zip(loop.body.arguments[loop.xs :], self._read, strict=True):
            names.around[id(argument)] = x
        writer.buffers()
        for state, new in rest:
            if plan.state_of.get(id(new)) is state:
                names.around[id(new)] = names.around[id(state)]
        return names

    def _copies(self) -> tuple[list[tuple[Value, str]], list[tuple[str, str, tuple[int, ...]]]]:
        """Arrays that have to be copied at the end of a step."""
        names, cut = self.names, self._shared is not None
        kept_ones, before, assigned, moved = [], [], [], []
        for x, kept in zip(self._loop.body.results, self._kept, strict=True):
            if self._in_rows.get(id(x)) is not kept and self._place(x) != self._row(kept):
                kept_ones.append((x, names.at(self._row(kept), x.shape, x.dtype, cut)))
        left = []
        for state, new in self.layout.program.assignments:
            if id(state) not in self._in_rows:
                if names.around.get(id(new)) is not names.around[id(state)]:
                    left.append((state, new))
            elif self._place(new) != self._next(state):
                kept_ones.append((new, names.at(self._next(state), state.shape, state.dtype, cut)))
        states = {id(state) for state, _ in left}
        for state, new in left:
            if shows(new, states):  # read before any of them is written
                scratch = names.scratch(state)
                before.append((new, scratch))
                moved.append((names(state, None), scratch, state.shape))
            else:
                assigned.append((new, names(state, None)))
        return [*kept_ones, *before, *assigned], moved

    def _place(self, x: Value) -> str | None:
        """The address that a value is computed at, if it is that of a row."""
        return self._places.get(id(base_of(x)))
