"""Names of arrays in native code, each declared at its first use: by its address, or as a view."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_lite.compiler.engines.native.layout import Run
from autograd_lite.compiler.operations import base_of, in_order, is_view
from autograd_lite.compiler.program import FusedLoop, Value
from autograd_lite.compiler.source.expressions import Text, call_text
from autograd_lite.compiler.source.writer import INDENT, Module, Writer

TEAM, PANELS = "team", "panels"
# What the step calls addresses of what is not an array: BLAS, by the dtype that is multiplied, for
# matrices and for vectors, the product with panels, and the team of threads.
OUTSIDE = {
    "float32": "blas_float32_",
    "float64": "blas_float64_",
    "vector_float32": "blas_vector_float32_",
    "vector_float64": "blas_vector_float64_",
    PANELS: "times_panels_",
    TEAM: "team_",
}


@dataclass(eq=False)
class Sums:
    """A sum over the samples, with what each lane of a run has added up.

    Attributes:
        value: the sum.
        lanes: the name of the array that the sums of lanes are in.
        dtype: of that.
    """

    value: Value
    lanes: str
    dtype: Any


@dataclass(eq=False)
class NativeFunction:
    """One native function. It is called with the address of its table, the number of a part, and
    that of the thread, from 0; the latter two count where it is done part by part.

    The table holds first what differs from run to run, addresses of arrays and numbers; then the
    addresses of arrays that stay.

    Attributes:
        name: in the module of native code.
        given: what differs from run to run: Values by their names.
        static: names of the arrays that stay, and their shapes and dtypes.
        lines: its body.
        scans: how many loops over steps it has.
        run: the run that it is part of, if that is done part by part.
        sums: over the samples, that it leaves for each lane.
        checks: whether numbers of rows are checked in it.
    """

    name: str
    given: dict[str, Value] = field(default_factory=dict)
    static: dict[str, tuple[tuple[int, ...], Any]] = field(default_factory=dict)
    head: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    scans: int = 0
    run: Run | None = None
    sums: list[Sums] = field(default_factory=list)
    checks: bool = False

    @property
    def table(self) -> str:
        """The name of its table in the step."""
        return f"{self.name}_table"

    def text(self) -> str:
        """Its source."""
        start = []
        if self.given:
            start.append(f"given = array_at(address, ({len(self.given)},), np.int64)")
        if self.static:
            place = f"address + {8 * len(self.given)}" if self.given else "address"
            start.append(f"table = array_at({place}, ({len(self.static)},), np.int64)")
        if self.run is not None:
            start += _part(self.run)
        lines = [*start, *self.head, *self.lines] or ["pass"]
        body = "\n".join(f"{INDENT}{line}" for line in lines)
        return f"def {self.name}(address, part, slot):\n{body}\n"

    def anonymous(self, name: str) -> str:
        """Its source with arrays called by their places in the table: that of blocks of a network
        that are alike is the same.
        """
        place = {outer: f"x{i}" for i, outer in enumerate(self.static)}
        place |= {outer: f"g{i}" for i, outer in enumerate(self.given)}

        def called(found: re.Match[str]) -> str:
            outer, shape = found.groups()
            return f"{place[outer]}_{shape or ''}" if outer in place else found.group()

        text = self.text().replace(f"def {self.name}(", f"def {name}(", 1)
        return re.sub(r"\b(\w+?)_(_[0-9x]+)?\b(?!_)", called, text)


def _part(run: Run) -> list[str]:
    """Lines that say which samples a part has, and where it is in its lane."""
    return [
        f"first = part * {run.at_once}",
        f"count = min({run.at_once}, {run.count} - first)",
        f"lane, in_lane = part // {run.each_lane}, part % {run.each_lane}",
    ]


@dataclass
class Checks:
    """Checks of numbers of rows in native functions, which tell where they fail.

    Attributes:
        counts: for each check the number of rows.
        status: the array that `make` makes for the number of the check that failed, and for what
            failed it; "" without checks.
    """

    counts: list[int] = field(default_factory=list)
    status: str = ""

    def made(self, module: Module) -> str:
        """The name of that array."""
        self.status = self.status or module.made("status", "np.zeros(2, np.int64)")
        return self.status

    def add(self, check: Value) -> int:
        """Return the number of another check, from 1."""
        self.counts.append(check.keywords["count"])
        return len(self.counts)


class ArrayNames:
    """Names of arrays inside of a native function, each declared at its first use."""

    def __init__(self, writer: Writer, function: NativeFunction, checks: Checks) -> None:
        self.writer = writer
        self.function = function
        self.checks = checks
        self.head = function.head
        self._known: dict[tuple[int, tuple[int, ...]], str] = {}
        self._kept: list[Any] = []

    def __call__(self, x: Value, shape: tuple[int, ...] | None) -> str:
        """The name of an array, in its own shape (None) or, if its elements are in order, in
        another one.
        """
        shape = x.shape if shape is None else shape
        while is_view(x) and in_order(x):
            x = x.inputs[0]
        key = id(x), shape
        name = self._known.get(key)
        if name is None:
            name = self._known[key] = self._declared(x, shape)
            self._kept.append(x)
        return name

    def of_array(self, array: Any, wanted: str, shape: tuple[int, ...] | None = None) -> str:
        """The name of an array that is bound by itself."""
        outer = self.writer.module.bound(array, wanted)
        return self.outer(outer, array.shape, array.dtype, shape or (array.size,))

    def column(self, array: Any, wanted: str) -> str:
        """The name of an array of one axis that is bound by itself, or of the part at hand."""
        if self.function.run is None:
            return self.of_array(array, wanted)
        outer = self.writer.module.bound(array, wanted)
        slot = f"table[{self._place(outer, array.shape, array.dtype)}]"
        start = f"{slot} + first * {array.itemsize}"
        self._declare(f"{outer}_ = array_at({start}, (count,), np.{array.dtype.name})")
        return f"{outer}_"

    def outer(self, name: str, natural: tuple[int, ...], dtype: Any, shape: tuple[int, ...]) -> str:
        """The name of an array that has a name in the step."""
        return self._static(name, natural, np.dtype(dtype), shape)

    def outside(self, name: str) -> str:
        """The address of something that is no value, which has a name in the step."""
        return f"table[{self._place(name, (), None)}]"

    def status(self, check: Value) -> tuple[str, int]:
        """The name of where a check tells that it failed, and the number of the check."""
        outer = self.checks.made(self.writer.module)
        self.function.checks = True
        name = self._static(outer, (2,), np.dtype(np.int64), (2,))
        return name, self.checks.add(check)

    def address(self, x: Any) -> str:
        """The expression of an address: of a value's array, of BLAS for a dtype, or of what is
        `OUTSIDE` by another name.
        """
        if not isinstance(x, Value):
            return self.outside(OUTSIDE[x if isinstance(x, str) else x.name])
        x = base_of(x)
        return f"{self._slot(x)}{self._start(x)}"

    def extent(self, length: int) -> str:
        """The length of an axis that runs over the samples, as it is in one part of them."""
        run = self.function.run
        if run is None:
            return str(length)
        each = length // run.count
        return "count" if each == 1 else f"count * {each}"

    def accumulator(self, value: Value) -> str:
        """The name of an array of one axis that the sums of a lane are kept in, from part to part;
        those of all lanes are added up at the end.
        """
        outer = self._sums(value, np.dtype(np.float64))
        slot = f"table[{self._place(outer, value.shape, np.dtype(np.float64))}]"
        start, size = f"{slot} + lane * {8 * value.size}", value.size
        self._declare(f"{outer}_ = array_at({start}, ({size},), np.float64)")
        return f"{outer}_"

    def address_of_sums(self, value: Value) -> str:
        """The same, as an address, in the dtype of the value."""
        place = self._place(self._sums(value, value.dtype), value.shape, value.dtype)
        return f"table[{place}] + lane * {value.nbytes}"

    def _sums(self, value: Value, dtype: Any) -> str:
        run, writer = self.function.run, self.writer
        assert run is not None
        wanted = f"{writer.name_of[id(value)]}_sums"
        lanes = writer.scratch((run.lanes, value.size), dtype, wanted)
        self.function.sums.append(Sums(value, lanes, dtype))
        return lanes

    def _is_cut(self, x: Value) -> bool:
        run = self.function.run
        return run is not None and id(x) in run.cut

    def _start(self, x: Value) -> str:
        """Text to add to an address to come to the first sample of a part."""
        run, plan = self.function.run, self.writer.plan
        if run is None or not self._is_cut(x):
            return ""
        if id(x) in plan.shapes:  # each thread has a piece of the memory
            buffer = plan.buffer_of[id(x)]
            return f" + slot * {buffer.size // run.slots * x.dtype.itemsize}"
        return f" + first * {x.nbytes // run.count}"

    def _lengths(self, x: Value, shape: tuple[int, ...]) -> str:
        """The shape of an array, or of the part that is at hand."""
        return self.lengths(shape, self._is_cut(x))

    def lengths(self, shape: tuple[int, ...], cut: bool) -> str:
        """A shape, whose first axis perhaps runs over the samples at hand; of one number, (1,)."""
        if not cut or not shape:
            return repr(shape or (1,))
        return f"({self.extent(shape[0])}, {''.join(f'{n}, ' for n in shape[1:])})"

    def _place(self, outer: str, shape: tuple[int, ...], dtype: Any) -> int:
        table = self.function.static
        table.setdefault(outer, (shape, dtype))
        return list(table).index(outer)

    def _slot(self, x: Value) -> str:
        """The place of a value in the table, which holds its address."""
        outer = self.writer.name(x)
        if id(x) in self.writer.static:
            return f"table[{self._place(outer, x.shape, x.dtype)}]"
        return f"given[{self._given(x)}]"

    def _given(self, x: Value) -> int:
        """The place of a value among those that differ from run to run."""
        given, outer = self.function.given, self.writer.name(x)
        given.setdefault(outer, x)
        return list(given).index(outer)

    def _declared(self, x: Value, shape: tuple[int, ...]) -> str:
        if is_view(x):
            return self._view(x)
        if x.kind == "number":
            return self._number(x)
        return self._array(self.writer.name(x), self._slot(x), x.dtype, x.shape, shape, x)

    def _number(self, x: Value) -> str:
        name, place = f"{self.writer.name(x)}_", 8 * self._given(x)
        self._declare(f"{name} = array_at(address + {place}, (1,), np.float64)[0]")
        return name

    def _view(self, x: Value) -> str:
        source = self(x.inputs[0], None)
        keywords = x.keywords | {"shape": x.shape}
        return self.declared("view", call_text(x.function, [Text(source)], keywords, str))

    def declared(self, kind: str, text: str) -> str:
        """The name of something new."""
        name = f"{kind}_{len(self.head)}"
        self.head.append(f"{name} = {text}")
        return name

    def _static(
        self, outer: str, natural: tuple[int, ...], dtype: Any, shape: tuple[int, ...]
    ) -> str:
        slot = f"table[{self._place(outer, natural, dtype)}]"
        return self._array(outer, slot, dtype, natural, shape)

    def _array(
        self,
        outer: str,
        slot: str,
        dtype: Any,
        natural: tuple[int, ...],
        shape: tuple[int, ...],
        x: Value | None = None,
    ) -> str:
        """Declare the array whose address is in a slot; one of no axes has one element."""
        # No name of a Value ends in an underscore or has two in a row: no variable is called so.
        name = f"{outer}_{self._suffix(natural, shape)}"
        start, lengths = ("", repr(shape or (1,)))
        if x is not None and shape:
            start, lengths = self._start(x), self._lengths(x, shape)
        self._declare(f"{name} = array_at({slot}{start}, {lengths}, np.{dtype.name})")
        return name

    def _declare(self, line: str) -> None:
        if line not in self.function.head:
            self.function.head.append(line)

    def _suffix(self, natural: tuple[int, ...], shape: tuple[int, ...]) -> str:
        """The end of a name, different for each shape in which one array is read."""
        return "" if shape == natural else "_" + "x".join(map(str, shape))


class FusedNames:
    """Names in a fused update: columns are arrays of one axis, numbers those outside of it."""

    def __init__(
        self, names: ArrayNames, loop: FusedLoop, block: tuple[Any, ...], outer: dict[int, Any]
    ) -> None:
        self._names = names
        self._outer = outer
        self._columns = {
            id(column): names.column(array, f"{loop.title}_{column.name}")
            for column, array in zip(loop.columns, block, strict=True)
        }

    def __call__(self, x: Value, shape: tuple[int, ...] | None) -> str:
        column = self._columns.get(id(x))
        if column is not None:
            return column
        outer = self._outer.get(id(x), x)
        name = self._names(outer, shape)
        return f"({name},)" if outer.kind == "number" else name
