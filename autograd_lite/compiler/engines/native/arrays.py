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
from autograd_lite.compiler.source.writer import INDENT, Writer

__all__ = ["OUTSIDE", "TEAM", "ArrayNames", "FusedNames", "NativeFunction"]

TEAM = "team"
# What the step calls addresses of what is not an array: BLAS, by the dtype that is multiplied, and
# the team of threads.
OUTSIDE = {"float32": "blas_float32_", "float64": "blas_float64_", TEAM: "team_"}


@dataclass(eq=False)
class NativeFunction:
    """One native function.

    Attributes:
        name: in the module of native code.
        given: what it is called with besides the table of addresses: Values.
        static: names of the arrays whose addresses are in the table, and their shapes and dtypes.
        lines: its body.
        scans: how many loops over steps it has.
        run: the run that it is part of, if that is done part by part: then it is called for each,
            with the number of its first sample, and how many they are.
    """

    name: str
    given: list[Value] = field(default_factory=list)
    static: dict[str, tuple[tuple[int, ...], Any]] = field(default_factory=dict)
    head: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    scans: int = 0
    run: Run | None = None

    def text(self) -> str:
        """Its source."""
        given = "".join(f", a{i}" for i in range(len(self.given)))
        given += ", first, count" if self.run else ""
        body = "\n".join(f"{INDENT}{line}" for line in [*self.head, *self.lines])
        return f"def {self.name}(table{given}):\n{body}\n"

    def anonymous(self, name: str) -> str:
        """Its source with arrays called by their places in the table: that of blocks of a network
        that are alike is the same.
        """
        place = {outer: i for i, outer in enumerate(self.static)}

        def called(found: re.Match[str]) -> str:
            outer, shape = found.groups()
            return f"x{place[outer]}_{shape or ''}" if outer in place else found.group()

        text = self.text().replace(f"def {self.name}(", f"def {name}(", 1)
        return re.sub(r"\b(\w+?)_(_[0-9x]+)?\b(?!_)", called, text)


class ArrayNames:
    """Names of arrays inside of a native function, each declared at its first use."""

    def __init__(self, writer: Writer, function: NativeFunction) -> None:
        self.writer = writer
        self.function = function
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
        return self._static(outer, array.shape, array.dtype, shape or (array.size,))

    def address(self, x: Any) -> str:
        """The expression of an address: of a value's array, of BLAS for a dtype, or of the TEAM."""
        if not isinstance(x, Value):
            return f"table[{self._place(OUTSIDE[x if x == TEAM else x.name], (), None)}]"
        x = base_of(x)
        if id(x) in self.writer.static:
            place = self._place(self.writer.name_of[id(x)], x.shape, x.dtype)
            return f"table[{place}]{self._start(x)}"
        return f"np.int64({self._argument(x)}.ctypes.data){self._start(x)}"

    def extent(self, length: int) -> str:
        """The length of an axis that runs over the samples, as it is in one part of them."""
        run = self.function.run
        if run is None:
            return str(length)
        each = length // run.count
        return "count" if each == 1 else f"count * {each}"

    def accumulator(self, value: Value) -> str:
        """The name of an array of one axis that sums are kept in, from part to part."""
        writer, dtype = self.writer, np.dtype(np.float64)
        outer = writer.scratch((value.size,), dtype, f"{writer.name_of[id(value)]}_sums")
        return self._static(outer, (value.size,), dtype, (value.size,))

    def _is_cut(self, x: Value) -> bool:
        run = self.function.run
        return run is not None and id(x) in run.cut

    def _start(self, x: Value) -> str:
        """Text to add to an address to come to the first sample of a part."""
        run = self.function.run
        if run is None or not self._is_cut(x) or id(x) in self.writer.plan.shapes:
            return ""
        return f" + first * {x.nbytes // run.count}"

    def _lengths(self, x: Value, shape: tuple[int, ...]) -> str:
        """The shape of an array, or of the part that is at hand."""
        if not self._is_cut(x):
            return repr(shape)
        return f"({self.extent(shape[0])}, {''.join(f'{n}, ' for n in shape[1:])})"

    def _place(self, outer: str, shape: tuple[int, ...], dtype: Any) -> int:
        table = self.function.static
        table.setdefault(outer, (shape, dtype))
        return list(table).index(outer)

    def _declared(self, x: Value, shape: tuple[int, ...]) -> str:
        writer, head = self.writer, self.head
        if is_view(x):
            return self._view(x)
        outer = writer.name_of[id(x)]
        if id(x) in writer.static:
            return self._static(outer, x.shape, x.dtype, shape, x)
        argument = self._argument(x)
        if x.kind == "number" or (shape == x.shape and not self._is_cut(x)):
            return argument
        name = f"{argument}_{self._suffix(x.shape, shape)}"
        if self._is_cut(x):
            made = (
                f"carray(pointer({self.address(x)}), {self._lengths(x, shape)}, np.{x.dtype.name})"
            )
        else:
            made = f"({argument}[()],)" if not x.shape else f"{argument}.reshape({shape!r})"
        head.append(f"{name} = {made}")
        return name

    def _argument(self, x: Value) -> str:
        given = self.function.given
        if x not in given:
            given.append(x)
        return f"a{given.index(x)}"

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
        self,
        outer: str,
        natural: tuple[int, ...],
        dtype: Any,
        shape: tuple[int, ...],
        x: Value | None = None,
    ) -> str:
        place = self._place(outer, natural, dtype)
        # No name of a Value ends in an underscore or has two in a row: no variable is called so.
        name = f"{outer}_{self._suffix(natural, shape)}"
        start, lengths = (
            ("", repr(shape)) if x is None else (self._start(x), self._lengths(x, shape))
        )
        line = f"{name} = carray(pointer(table[{place}]{start}), {lengths}, np.{dtype.name})"
        if line not in self.function.head:
            self.function.head.append(line)
        return name

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
            id(column): names.of_array(array, f"{loop.title}_{column.name}")
            for column, array in zip(loop.columns, block, strict=True)
        }

    def __call__(self, x: Value, shape: tuple[int, ...] | None) -> str:
        column = self._columns.get(id(x))
        if column is not None:
            return column
        outer = self._outer.get(id(x), x)
        writer = self._names.writer
        if outer.kind == "constant" and id(outer) not in writer.name_of:
            writer.leaf(outer)
        name = self._names(outer, shape)
        return f"({name},)" if outer.kind == "number" else name
