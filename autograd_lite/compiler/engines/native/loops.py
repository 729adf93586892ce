"""Native operations as loops: element-wise ones and reductions of one shape share a loop nest.

What is used only inside of the nest that computes it is never written to memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_lite.compiler.engines.native.blas import PLAIN, TRANSPOSED
from autograd_lite.compiler.engines.native.layout import Nest
from autograd_lite.compiler.engines.native.products import (
    LANES,
    as_factor,
    is_done_in_loops,
    loop_lines,
)
from autograd_lite.compiler.engines.native.scalars import expression, loop_dtypes, zero_wins
from autograd_lite.compiler.engines.native.supported import REDUCED, in_order
from autograd_lite.compiler.operations import is_view
from autograd_lite.compiler.program import Value
from autograd_lite.compiler.source.writer import INDENT
from autograd_lite.primitives import (
    broadcast_to,
    cast,
    gather,
    multiply_no_nan,
    scatter_add,
    subtract_max,
)

__all__ = ["Loops"]

BLOCK = 1024  # elements whose sum is computed in the dtype of the elements


@dataclass(eq=False)
class _NestCode:
    """The code of one nest, while it is written.

    Attributes:
        nest: what is computed.
        flat: whether one loop runs over all elements.
        registers: names of the elements that are at hand, by the ids of their values.
        before, after: lines around all loops.
        row_before, row_after: around the innermost loop.
        block_before, block_after: around that loop where sums are computed block by block; else
            as those of the row.
        body: the lines in the innermost loop.
    """

    nest: Nest
    flat: bool
    registers: dict[int, str] = field(default_factory=dict)
    before: list[str] = field(default_factory=list)
    row_before: list[str] = field(default_factory=list)
    block_before: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    block_after: list[str] = field(default_factory=list)
    row_after: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths that the loops run over."""
        shape = self.nest.shape
        return (int(np.prod(shape, dtype=int)),) if self.flat else shape

    @property
    def indices(self) -> list[str]:
        """The variables of the loops."""
        return [f"i{n}" for n in range(len(self.shape))]

    def lines(self) -> list[str]:
        """All of it."""
        *outer, length = self.shape
        margins = [INDENT * depth for depth in range(len(outer) + 3)]
        lines = [*self.before]
        for margin, index, n in zip(margins, self.indices, outer, strict=False):
            lines.append(f"{margin}for {index} in range({n}):")
        row = block = margins[len(outer)]
        lines += [row + line for line in self.row_before]
        bounds = f"{length}"
        if self.block_before and length > BLOCK:
            lines.append(f"{row}for first in range(0, {length}, {BLOCK}):")
            # Unsigned: else numba asks of each index whether it counts from the end.
            block = row + INDENT
            bounds = f"np.uint64(first), np.uint64(min(first + {BLOCK}, {length}))"
        lines += [block + line for line in self.block_before]
        lines.append(f"{block}for {self.indices[-1]} in range({bounds}):")
        lines += [block + INDENT + line for line in self.body]
        lines += [block + line for line in self.block_after]
        lines += [row + line for line in self.row_after]
        return lines + self.after


class Loops:
    """Writes the body of one native function.

    Args:
        name_of: the name of a value's array inside of the function; with True, of the same array
            with one axis.
        stored: whether a value is read outside of the nest that computes it.
        address_of: the expression of the address of a value's array; of a dtype, that of the
            function of BLAS that multiplies.
    """

    def __init__(
        self,
        name_of: Callable[[Value, bool], str],
        stored: Callable[[Value], bool],
        address_of: Callable[[Any], str],
    ) -> None:
        self._name_of = name_of
        self._stored = stored
        self._address_of = address_of
        self.lines: list[str] = []

    def add(self, nest: Nest) -> None:
        """The next operations."""
        if nest.alone:
            _ALONE[nest.values[0].function](self, nest.values[0])
        else:
            self._write(nest)

    def fused_loop(
        self, values: list[Value], assignments: list[tuple[Value, Value]], length: int
    ) -> None:
        """One loop over columns: all values in registers, the new columns written at the end."""
        code = _NestCode(Nest((length,), values), True)
        for number, value in enumerate(values):
            self._compute(value, number, code)
        news: list[str] = []
        for column, new in assignments:
            text = self._read(new, column.dtype, code)
            if new.kind == "state":  # read before any column is written
                code.body.append(f"moved_{len(news)} = {text}")
                text = f"moved_{len(news)}"
            news.append(text)
        for (column, _), text in zip(assignments, news, strict=True):
            code.body.append(f"{self._name_of(column, True)}[i0] = {text}")
        self.lines += code.lines()

    # -- a nest ------------------------------------------------------------------------------------

    def _write(self, nest: Nest) -> None:
        code = _NestCode(nest, self._can_be_flat(nest))
        for number, value in enumerate(nest.values):
            if value.function is np.sum:
                self._sum(value, number, code)
            elif value.function in REDUCED:
                self._extreme(value, number, code)
            else:
                register = self._compute(value, number, code)
                if self._stored(value):
                    code.body.append(f"{self._at(value, code)} = {register}")
        self.lines += code.lines()

    def _can_be_flat(self, nest: Nest) -> bool:
        """Return whether one loop over all elements does: nothing broadcast or transposed."""
        if len(nest.shape) < 2:
            return True
        inside = {id(v) for v in nest.values}
        for value in nest.values:
            if value.function in REDUCED and value.size > 1:
                return False
            for x in value.values():
                if id(x) in inside or x.size == 1:
                    continue
                if x.shape != nest.shape or not in_order(x):
                    return False
        return True

    def _at(self, x: Value, code: _NestCode) -> str:
        """An element of an array, at the place where the loops are."""
        indices = code.indices
        if is_view(x) and not x.shape and not in_order(x):  # one number of an array
            numbers = [repr(part) for part in x.keywords["index"] if part is not Ellipsis]
            return f"{self._name_of(x.inputs[0], False)}[{', '.join(numbers) or '()'}]"
        if in_order(x) and (code.flat or x.size == 1):
            return f"{self._name_of(x, True)}[{indices[0] if x.size > 1 else '0'}]"
        offset = len(code.nest.shape) - len(x.shape)
        inner = ["0" if n == 1 else indices[offset + i] for i, n in enumerate(x.shape)]
        return f"{self._name_of(x, False)}[{', '.join(inner)}]"

    def copy(self, target: str, x: Value) -> None:
        """Write a value into an array of its shape."""
        code = _NestCode(Nest(x.shape), len(x.shape) < 2)
        place = ", ".join(code.indices) if x.shape else "()"
        code.body.append(f"{target}[{place}] = {self._at(x, code)}")
        self.lines += code.lines()

    def _read(self, x: Any, dtype: Any, code: _NestCode) -> str:
        """An input of an operation, in the dtype that the operation computes in."""
        if not isinstance(x, Value):
            return _as(dtype, _number(x, dtype))
        registers = code.registers
        if id(x) in registers:
            return registers[id(x)] if x.dtype == dtype else _as(dtype, registers[id(x)])
        if x.kind == "number":
            return _as(dtype, self._name_of(x, True))
        text = self._at(x, code)
        if x.size == 1:
            name = f"s{len(registers)}_{len(code.before)}"
            code.before.append(f"{name} = {text}")
            registers[id(x)] = text = name
        return text if x.dtype == dtype else _as(dtype, text)

    def _compute(self, value: Value, number: int, code: _NestCode) -> str:
        """One element of a value; returns the name that it has from then on."""
        register = f"r{number}"
        text = self._element(value, code, register)
        code.body.append(f"{register} = {_as(value.dtype, text)}")
        code.registers[id(value)] = register
        return register

    def _element(self, value: Value, code: _NestCode, register: str) -> str:
        """The expression of one element."""
        if value.function in (broadcast_to, cast, np.copy):
            return self._read(value.inputs[0], value.inputs[0].dtype, code)
        if value.function is np.where:
            mask, a, b = value.inputs
            condition = self._read(mask, np.dtype(bool), code)
            a, b = (self._read(x, value.dtype, code) for x in (a, b))
            return f"({a} if {condition} else {b})"
        *dtypes, _ = loop_dtypes(value)
        inputs = [self._read(x, t, code) for x, t in zip(value.inputs, dtypes, strict=True)]
        if value.function is multiply_no_nan:
            code.body.append(f"p_{register} = {inputs[0]} * {inputs[1]}")
            return zero_wins(inputs[0], inputs[1], f"p_{register}")
        names = []
        for n, text in enumerate(inputs):
            if text.isidentifier():
                names.append(text)
                continue
            code.body.append(f"{register}_{n} = {text}")
            names.append(f"{register}_{n}")
        return expression(value, names)

    def _sum(self, value: Value, number: int, code: _NestCode) -> None:
        """A sum, in blocks whose sums are added in float64: however long, it is about as
        accurate as NumPy's pairwise one.
        """
        x = value.inputs[0]
        text = self._read(x, x.dtype, code)
        if self._is_along_columns(value, code):
            self._column_sums(value, text, f"columns_{number}", code)
            return
        part, total = f"t{number}", f"total_{number}"
        self._result(value, code, total, "0.0")
        code.block_before.append(f"{part} = {_as(value.dtype, '0')}")
        code.body.append(f"{part} = accumulate({part}, {text})")
        code.block_after.append(f"{total} += np.float64({part})")

    def _column_sums(self, value: Value, text: str, name: str, code: _NestCode) -> None:
        """Sums over the rows, one after the other; of many rows of float32 in float64."""
        out, size, dtype = self._name_of(value, True), value.size, value.dtype
        if code.shape[0] > BLOCK:
            code.before.append(f"{name} = np.zeros({size})")
            code.after += [f"for j in range({size}):", f"{INDENT}{out}[j] = {name}[j]"]
            out, dtype = name, np.dtype(np.float64)
        else:
            code.before += [f"for j in range({size}):", f"{INDENT}{out}[j] = 0"]
        code.body.append(f"{out}[{code.indices[1]}] += {_as(dtype, text)}")

    def _extreme(self, value: Value, number: int, code: _NestCode) -> None:
        """A maximum or minimum, which NaN wins."""
        x = value.inputs[0]
        text = self._read(x, x.dtype, code)
        compare, start = (">", "-math.inf") if value.function is np.max else ("<", "math.inf")
        start = _as(value.dtype, start)
        best, v = f"t{number}", f"v{number}"
        if self._is_along_columns(value, code):
            out = self._name_of(value, True)
            code.before += [f"for j in range({value.size}):", f"{INDENT}{out}[j] = {start}"]
            best = f"{out}[{code.indices[1]}]"
        else:
            self._result(value, code, best, start)
        code.body.append(f"{v} = {text}")
        code.body.append(f"{best} = {v} if ({v} {compare} {best} or {v} != {v}) else {best}")

    def _is_along_columns(self, value: Value, code: _NestCode) -> bool:
        return value.keywords["axis"] == 0 and len(code.shape) == 2 and value.size > 1

    def _result(self, value: Value, code: _NestCode, name: str, start: str) -> None:
        """Begin a reduction to a variable, and write what it has become into the result."""
        if value.size == 1:
            code.before.append(f"{name} = {start}")
            code.after.append(f"{self._name_of(value, True)}[0] = {_as(value.dtype, name)}")
            return
        rows = code.indices[:-1]
        out = self._name_of(value, not rows)
        code.row_before.append(f"{name} = {start}")
        code.row_after.append(f"{out}[{', '.join(rows) or '0'}] = {_as(value.dtype, name)}")

    # -- operations with loops of their own --------------------------------------------------------

    def _product(self, value: Value) -> None:
        a, b = value.inputs
        out = self._name_of(value, False)
        rows, inner, columns = a.shape[0], a.shape[1], b.shape[1]
        if not is_done_in_loops(value):
            self._blas(value, (rows, columns, inner))
            return
        second = self._name_of(b, False)
        if b.function is np.transpose and columns >= LANES:
            # Loops run along rows: the transpose is made first.
            source = self._name_of(b.inputs[0], False)
            second = f"turned_{len(self.lines)}"
            self.lines += [
                f"{second} = np.empty(({inner}, {columns}), np.{value.dtype.name})",
                f"for j in range({columns}):",
                f"    for k in range({inner}):",
                f"        {second}[k, j] = {source}[j, k]",
            ]
        zero = _as(value.dtype, "0")
        first = self._name_of(a, False)
        self.lines += loop_lines(out, first, second, (rows, inner, columns), zero)

    def _blas(self, value: Value, shape: tuple[int, int, int]) -> None:
        factors = []
        for x in value.inputs:
            factor = as_factor(x)
            assert factor is not None
            turn = TRANSPOSED if factor.turned else PLAIN
            factors.append(f"{self._address_of(factor.matrix)}, {turn}, {factor.matrix.shape[1]}")
        rows, columns, inner = shape
        self.lines.append(
            f"multiply_{value.dtype.name}({self._address_of(value.dtype)}, {rows}, {columns}, "
            f"{inner}, {', '.join(factors)}, {self._address_of(value)})"
        )

    def _subtract_max(self, value: Value) -> None:
        x = value.inputs[0]
        columns = value.shape[-1]
        rows = value.size // columns
        source, out = self._name_of(x, True), self._name_of(value, True)
        low = _as(value.dtype, "-math.inf")
        self.lines += [
            f"for i in range({rows}):",
            f"    highest = {low}",
            f"    for j in range({columns}):",
            f"        v = {source}[i * {columns} + j]",
            "        highest = v if (v > highest or v != v) else highest",
            "    if math.isinf(highest):",
            f"        for j in range({columns}):",
            f"            v = {source}[i * {columns} + j]",
            f"            {out}[i * {columns} + j] = 0 if v == highest else {low}",
            "    else:",
            f"        for j in range({columns}):",
            f"            {out}[i * {columns} + j] = {source}[i * {columns} + j] - highest",
        ]

    def _gather(self, value: Value) -> None:
        table, numbers = value.inputs[0], [self._name_of(x, False) for x in value.inputs[1:]]
        source, out = self._name_of(table, False), self._name_of(value, False)
        if len(numbers) == len(table.shape):
            place = ", ".join(f"{name}[i]" for name in numbers)
            inner = [f"    {out}[i] = {source}[{place}]"]
        else:
            inner = [
                f"    for j in range({value.shape[1]}):",
                f"        {out}[i, j] = {source}[{numbers[0]}[i], j]",
            ]
        self.lines += [f"for i in range({value.shape[0]}):", *inner]

    def _scatter_add(self, value: Value) -> None:
        source, numbers = value.inputs[0], [self._name_of(x, False) for x in value.inputs[1:]]
        given, out = self._name_of(source, False), self._name_of(value, False)
        whole = self._name_of(value, True)
        self.lines += [f"for i in range({value.size}):", f"    {whole}[i] = 0"]
        if len(numbers) == len(value.shape):
            place = ", ".join(f"{name}[i]" for name in numbers)
            inner = [f"    {out}[{place}] += {given}[i]"]
        else:
            inner = [
                f"    for j in range({value.shape[1]}):",
                f"        {out}[{numbers[0]}[i], j] += {given}[i, j]",
            ]
        self.lines += [f"for i in range({source.shape[0]}):", *inner]


_ALONE: dict[Any, Callable[[Loops, Value], None]] = {
    np.matmul: Loops._product,
    subtract_max: Loops._subtract_max,
    gather: Loops._gather,
    scatter_add: Loops._scatter_add,
}


def _as(dtype: Any, text: str) -> str:
    return f"np.{dtype.name}({text})" if dtype.kind != "b" else f"bool({text})"


def _number(x: Any, dtype: Any) -> str:
    if dtype.kind == "f":
        x = float(x)
    if isinstance(x, float) and not np.isfinite(x):
        return {np.inf: "math.inf", -np.inf: "-math.inf"}.get(x, "math.nan")
    return repr(x)
