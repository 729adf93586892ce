"""A Program as source for numba: native functions, and a step that calls them between NumPy's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autograd_lite.arrays import address_of
from autograd_lite.compiler.engines.native.arrays import (
    OUTSIDE,
    TEAM,
    ArrayNames,
    FusedNames,
    NativeFunction,
)
from autograd_lite.compiler.engines.native.blas import addresses_of_blas
from autograd_lite.compiler.engines.native.layout import NativeLayout, Nest, Run
from autograd_lite.compiler.engines.native.loops import Loops
from autograd_lite.compiler.engines.native.workers import the_team
from autograd_lite.compiler.loops import loop_of
from autograd_lite.compiler.operations import is_view
from autograd_lite.compiler.plan import Plan
from autograd_lite.compiler.program import FusedLoop, Value
from autograd_lite.compiler.source.numpy_source import StepWriter
from autograd_lite.compiler.source.writer import INDENT

# Nests of loops in one function: the time to compile a function grows faster than its length.
MOST_NESTS = 24

__all__ = ["Address", "NativeCall", "NativeWriter"]


class NativeWriter(StepWriter):
    """Writes the step; its native functions are in `functions`."""

    def __init__(self, layout: NativeLayout, plan: Plan) -> None:
        super().__init__(layout.program, plan)
        self._layout = layout
        self.functions: list[NativeFunction] = []
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
        parts = list(_cut(run)) or [[]]
        updates = [value for value in run.values if value.kind == "fused_update"]
        calls = [
            self._native_function(part, updates if part is parts[-1] else [], run) for part in parts
        ]
        indent = ""
        if run.parts:
            made = self.module.made("parts", repr(run.first_parts()))
            self.say(f"for first, count in {made}:", run.values[-1])
            indent = INDENT
        for call in calls:
            self.say(indent + call, run.values[-1])

    def _native_function(self, found: list[Nest], updates: list[Value], run: Run) -> str:
        """One function; returns its call."""
        module = self.module
        run_in_parts = run if run.parts else None
        function = NativeFunction(f"native_{len(self.functions)}", run=run_in_parts)
        self.functions.append(function)
        names = ArrayNames(self, function)
        loops = Loops(names, self._layout.stored, run_in_parts)
        for nest in found:
            loops.add(nest)
        for value in updates:
            assert value.loop is not None
            self._fused_update(value, value.loop, names, loops)
        function.lines = loops.lines
        tables = module.bound(function, f"table_of_{function.name}")
        for name in OUTSIDE.values():
            if name in function.static and name not in self.outside:
                self.outside.add(name)
                module.bindings.append((name, Address(name)))
        table = module.made(f"{function.name}_table", f"{tables}({', '.join(function.static)})")
        call = module.bound(NativeCall(function), function.name)
        given = "".join(f", {self._passed(x)}" for x in function.given)
        return f"{call}({table}{given}{', first, count' if run.parts else ''})"

    def _passed(self, x: Value) -> str:
        """The argument of a native function for a value: for any number a float."""
        name = self.name(x)
        return f"float({name})" if x.kind == "number" and x.dtype.kind != "f" else name

    # -- fused updates ---------------------------------------------------------------------------

    def _fused_update(self, value: Value, loop: FusedLoop, names: ArrayNames, loops: Loops) -> None:
        if self.guarded:
            guard = self.program.guard
            assert guard is not None
            loops.lines += [f"if not abs({names(guard, (1,))}[0]) < math.inf:", "    return"]
            self.guarded = bool(self.program.assignments)
        for x, target in zip(value.inputs, loop.destinations, strict=False):
            if self.plan.destination_of.get(id(x)) is not target:
                loops.copy(names.of_array(target, f"d_{loop.title}", target.shape), x)
        self._require_finite_in(loop, names, loops)
        numbers = value.inputs[len(loop.destinations) :]
        outer = dict(zip(map(id, loop.body.arguments), numbers, strict=True))
        for block in contiguous(loop.blocks):
            inner = FusedNames(names, loop, block, outer)
            body = Loops(inner, lambda _: False)
            values = [v for v in loop.body.body if not is_view(v)]
            body.fused_loop(values, loop.body.assignments, len(block[0]))
            loops.lines += body.lines

    def _require_finite_in(self, loop: FusedLoop, names: ArrayNames, loops: Loops) -> None:
        """As in NumPy's source: what is returned as the guard is made NaN."""
        guard = self.program.guard
        if loop.finite is None or guard is None:
            return
        flat = names.of_array(loop.finite, f"d_{loop.title}_flat")
        static = id(guard) in self.static
        loops.lines += [
            f"squares = np.{loop.finite.dtype.name}(0)",
            f"for i in range({loop.finite.size}):",
            f"    squares = accumulate_product(squares, {flat}[i], {flat}[i])",
            "if not squares < math.inf:",
            f"    {names(guard, (1,) if static else None)}[{'0' if static else '()'}] = np.nan",
            "    return",
        ]


@dataclass(frozen=True)
class Address:
    """Stands for an address, one of `OUTSIDE`, among the arguments of `make`."""

    name: str

    def __call__(self) -> int:
        """The address in this process."""
        if self.name == OUTSIDE[TEAM]:
            return the_team().address
        single, double = addresses_of_blas() or (0, 0)
        return single if self.name == OUTSIDE["float32"] else double


def _cut(run: Run) -> Iterator[list[Nest]]:
    """The nests of each function; a loop over steps has one of its own."""
    most = 1 if run.parts else MOST_NESTS  # alone a nest is often one that is known already
    part: list[Nest] = []
    for nest in run.nests:
        alone = nest.alone and loop_of(nest.values[0]) is not None
        if part and (alone or len(part) == most):
            yield part
            part = []
        part.append(nest)
        if alone:
            yield part
            part = []
    if part:
        yield part


class NativeCall:
    """Stands for a compiled native function among the arguments of `make`."""

    def __init__(self, function: NativeFunction) -> None:
        self.function = function


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
