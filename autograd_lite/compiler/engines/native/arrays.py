"""Names of arrays in native code, each declared at its first use: by its address, or as a view."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_lite.compiler.operations import is_view
from autograd_lite.compiler.program import FusedLoop, Value
from autograd_lite.compiler.source.expressions import Text, call_text
from autograd_lite.compiler.source.numpy_source import StepWriter
from autograd_lite.compiler.source.writer import INDENT

__all__ = ["BLAS", "ArrayNames", "FusedNames", "NativeFunction"]

# What the step calls the addresses of BLAS, by the dtype that is multiplied.
BLAS = {"float32": "blas_float32_", "float64": "blas_float64_"}


@dataclass(eq=False)
class NativeFunction:
    """One native function.

    Attributes:
        name: in the module of native code.
        given: what it is called with besides the table of addresses: Values.
        static: names of the arrays whose addresses are in the table, and their shapes and dtypes.
        lines: its body.
    """

    name: str
    given: list[Value] = field(default_factory=list)
    static: dict[str, tuple[tuple[int, ...], Any]] = field(default_factory=dict)
    head: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Its source."""
        given = "".join(f", a{i}" for i in range(len(self.given)))
        body = "\n".join(f"{INDENT}{line}" for line in [*self.head, *self.lines])
        return f"def {self.name}(table{given}):\n{body}\n"


class ArrayNames:
    """Names of arrays inside of a native function, each declared at its first use."""

    def __init__(self, writer: StepWriter, function: NativeFunction) -> None:
        self.writer = writer
        self._function = function
        self._known: dict[tuple[int, bool], str] = {}
        self._kept: list[Any] = []

    def __call__(self, x: Value, flat: bool) -> str:
        key = id(x), flat
        name = self._known.get(key)
        if name is None:
            name = self._known[key] = self._declared(x, flat)
            self._kept.append(x)
        return name

    def of_array(self, array: Any, wanted: str, flat: bool = True) -> str:
        """The name of an array that is bound by itself; with one axis if `flat`."""
        outer = self.writer.module.bound(array, wanted)
        return self._static(outer, array.shape, array.dtype, flat)

    def address(self, x: Any) -> str:
        """The expression of an address: of a value's array, or of BLAS for a dtype."""
        if not isinstance(x, Value):
            outer = BLAS[x.name]
            self._function.static.setdefault(outer, ((), None))
            return f"table[{list(self._function.static).index(outer)}]"
        while is_view(x):
            x = x.inputs[0]
        outer = self.writer.name_of[id(x)]
        if id(x) in self.writer.static:
            self._function.static.setdefault(outer, (x.shape, x.dtype))
            return f"table[{list(self._function.static).index(outer)}]"
        return f"{self(x, False)}.ctypes.data"

    def _declared(self, x: Value, flat: bool) -> str:
        writer, head = self.writer, self._function.head
        if is_view(x):
            return self._view(x, flat)
        outer = writer.name_of[id(x)]
        if id(x) in writer.static:
            return self._static(outer, x.shape, x.dtype, flat)
        if x not in self._function.given:
            self._function.given.append(x)
        argument = f"a{self._function.given.index(x)}"
        if x.kind == "number" or not flat:
            return argument
        name = f"{argument}_flat"
        made = f"({argument}[()],)" if not x.shape else f"{argument}.reshape({x.size})"
        head.append(f"{name} = {made}")
        return name

    def _view(self, x: Value, flat: bool) -> str:
        reshaped = x.function is np.reshape
        source = self(x.inputs[0], reshaped)
        if reshaped and flat:
            return source
        assert not flat, "elements of a view that is not in order are read one by one"
        head, keywords = self._function.head, x.keywords | {"shape": x.shape}
        name = f"view_{len(head)}"
        head.append(f"{name} = {call_text(x.function, [Text(source)], keywords, str)}")
        return name

    def _static(self, outer: str, shape: tuple[int, ...], dtype: Any, flat: bool) -> str:
        table = self._function.static
        table.setdefault(outer, (shape, dtype))
        place = list(table).index(outer)
        # No name of a Value ends in an underscore or has two in a row: no variable is called so.
        name = f"{outer}__flat" if flat else f"{outer}_"
        size = int(np.prod(shape, dtype=int))
        whole = repr(size) if flat else repr(shape)
        line = f"{name} = carray(pointer(table[{place}]), {whole}, np.{dtype.name})"
        if line not in self._function.head:
            self._function.head.append(line)
        return name


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

    def __call__(self, x: Value, flat: bool) -> str:
        column = self._columns.get(id(x))
        if column is not None:
            return column
        outer = self._outer.get(id(x), x)
        writer = self._names.writer
        if outer.kind == "constant" and id(outer) not in writer.name_of:
            writer.leaf(outer)
        name = self._names(outer, flat)
        return f"({name},)" if outer.kind == "number" else name
