"""Native operations as loops: element-wise ones and reductions of one shape share a loop nest.

What is used only inside of the nest that computes it is never written to memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_lite.compile.memory import is_view
from autograd_lite.compile.native.blas import PLAIN, TRANSPOSED, addresses_of_blas
from autograd_lite.compile.native.products import (
    LANES,
    as_factor,
    is_done_in_loops,
    is_product,
    loop_lines,
)
from autograd_lite.compile.native.scalars import (
    OF_FLOAT32,
    TRANSCENDENTAL,
    expression,
    has_expression,
    loop_dtypes,
    zero_wins,
)
from autograd_lite.compile.passes.broadcasts import is_elementwise
from autograd_lite.compile.program import Value
from autograd_lite.primitives import below_maximum, cast, pick, place, rows_within, spread, times

__all__ = ["Loops", "Nest", "in_order", "is_native", "nests"]

# Elements; above, NumPy's functions of float64, which work on many elements at once, are faster.
MOST_TRANSCENDENTAL = 2048
_REDUCED = {np.sum, np.max, np.min}


def is_native(value: Value) -> bool:
    """Whether an operation can be part of native code."""
    if value.kind == "sweep":
        return all(map(is_native, value.holder.body.body))
    if value.kind != "operation" or value.dtype is None or value.dtype.kind not in "fiub":
        return False
    if not all(_is_plain(x) for x in (value, *value.values())):
        return False
    function = value.function
    fast = function in OF_FLOAT32 and value.dtype == np.float32
    if function in TRANSCENDENTAL and value.size > MOST_TRANSCENDENTAL and not fast:
        return _cheap_power(value)
    if is_elementwise(value):
        return has_expression(value)
    if function in (spread, cast, np.copy):
        return isinstance(value.inputs[0], Value)
    if function is np.where:
        return all(isinstance(x, (Value, int, float)) for x in value.inputs)
    if function in _REDUCED:
        return _reducible(value)
    if function is np.matmul:
        return is_product(value, addresses_of_blas() is not None)
    if function is below_maximum:
        n = len(value.shape)
        at_end = n > 0 and value.keywords["axis"] in (-1, n - 1) and value.size > 0
        return at_end and in_order(value.inputs[0])
    return _simple_index(value)


def _is_plain(x: Value) -> bool:
    """Whether native code can read the array: of a machine's own numbers, in order."""
    if x.dtype is None or x.dtype == np.float16 or not x.dtype.isnative:
        return False
    return x.kind != "constant" or bool(x.holder.flags.c_contiguous)


def _cheap_power(value: Value) -> bool:
    return (
        value.function is np.power
        and not isinstance(value.inputs[1], Value)
        and value.inputs[1] in (1, 2)
        and has_expression(value)
    )


def _reducible(value: Value) -> bool:
    """A sum or extreme over everything, over the last axis, or over the first of two."""
    x = value.inputs[0]
    if not isinstance(x, Value) or set(value.keywords) != {"axis"} or x.dtype != value.dtype:
        return False
    if x.dtype.kind != "f" or x.size == 0:
        return False
    axis = value.keywords["axis"]
    return axis is None or axis == len(x.shape) - 1 or (axis == 0 and len(x.shape) == 2)


def _simple_index(value: Value) -> bool:
    """``x[rows, columns]`` and ``x[rows]``, with numbers that are known to be inside."""
    function, inputs = value.function, value.inputs
    if function is pick:
        table, numbers = inputs[0], inputs[1:]
    elif function is place:
        table, numbers = value, inputs[1:]
    else:
        return False
    index = value.keywords["index"]
    if not numbers or len(index) != len(numbers) or len(index) > len(table.shape):
        return False
    if not all(isinstance(part, str) for part in index):
        return False
    known = all(
        isinstance(x, Value)
        and len(x.shape) == 1
        and x.dtype == np.intp
        and (_root(x).function is rows_within or (x.kind == "constant" and not x.live))
        for x in numbers
    )
    return known and (len(index), len(table.shape)) in ((1, 1), (1, 2), (2, 2))


def _root(x: Value) -> Value:
    while x.function is np.reshape:
        x = x.inputs[0]
    return x


@dataclass(eq=False)
class Nest:
    """Operations that are computed element by element in one nest of loops.

    Attributes:
        shape: what the loops run over.
        values: in order.
        alone: whether it is one operation with loops of its own.
    """

    shape: tuple[int, ...]
    values: list[Value] = field(default_factory=list)
    alone: bool = False

    @property
    def inside(self) -> set[int]:
        """The ids of its values."""
        return {id(value) for value in self.values}


def nests(values: Iterable[Value]) -> list[Nest]:
    """Operations, in order, grouped into nests."""
    found: list[Nest] = []
    for value in values:
        if is_view(value):
            continue
        shape = _iterated(value)
        if shape is None:
            found.append(Nest((), [value], True))
        elif (
            found and not found[-1].alone and found[-1].shape == shape and _joins(value, found[-1])
        ):
            found[-1].values.append(value)
        else:
            found.append(Nest(shape, [value]))
    return found


def _iterated(value: Value) -> tuple[int, ...] | None:
    """The shape that a value is computed over; None for one with loops of its own."""
    if value.function in _REDUCED:
        shape: tuple[int, ...] = value.inputs[0].shape
        return shape
    if is_elementwise(value) or value.function in (spread, cast, np.copy, np.where):
        return value.shape
    return None


def _joins(value: Value, nest: Nest) -> bool:
    """Whether all that it reads is outside of the nest, or at the same place in it."""
    inside = nest.inside
    reduced = {id(v) for v in nest.values if v.function in _REDUCED}
    for x in value.values():
        base = x
        while is_view(base):
            base = base.inputs[0]
        if id(base) in reduced:
            return False
        if id(base) in inside and (base is not x or x.shape != nest.shape):
            return False
    return True


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
            self._alone(nest.values[0])
        else:
            self._write(nest)

    def sweep(
        self, values: list[Value], assignments: list[tuple[Value, Value]], length: int
    ) -> None:
        """One loop over columns: all values in registers, the new columns written at the end."""
        nest = Nest((length,), values)
        registers: dict[int, str] = {}
        before: list[str] = []
        body: list[str] = []
        for number, value in enumerate(values):
            register = f"r{number}"
            text = self._element(value, nest, True, registers, ["i0"], before, body, register)
            body.append(f"{register} = {_as(value.dtype, text)}")
            registers[id(value)] = register
        for column, new in assignments:
            text = self._read(new, column.dtype, nest, True, registers, ["i0"], before)
            body.append(f"{self._name_of(column, True)}[i0] = {text}")
        self.lines += [*before, f"for i0 in range({length}):", *(f"    {line}" for line in body)]

    # -- a nest ------------------------------------------------------------------------------------

    def _write(self, nest: Nest) -> None:
        flat = self._can_be_flat(nest)
        shape = (int(np.prod(nest.shape, dtype=int)),) if flat else nest.shape
        registers: dict[int, str] = {}
        before: list[str] = []
        body: list[str] = []
        after_rows: list[str] = []
        before_rows: list[str] = []
        after: list[str] = []
        indices = [f"i{n}" for n in range(len(shape))]
        for number, value in enumerate(nest.values):
            if value.function in _REDUCED:
                self._reduce(
                    value, number, nest, flat, registers, indices,
                    before, before_rows, body, after_rows, after,
                )  # fmt: skip
                continue
            register = f"r{number}"
            text = self._element(value, nest, flat, registers, indices, before, body, register)
            body.append(f"{register} = {_as(value.dtype, text)}")
            registers[id(value)] = register
            if self._stored(value):
                body.append(f"{self._at(value, nest, flat, indices)} = {register}")
        self.lines += before
        margin = ""
        for depth, (index, length) in enumerate(zip(indices, shape, strict=True)):
            if depth == len(shape) - 1:
                self.lines += [margin + line for line in before_rows]
            self.lines.append(f"{margin}for {index} in range({length}):")
            margin += "    "
        self.lines += [margin + line for line in body]
        if shape:
            self.lines += [margin[:-4] + line for line in after_rows]
        self.lines += after

    def _can_be_flat(self, nest: Nest) -> bool:
        """Whether one loop over all elements does: nothing is broadcast, nothing transposed."""
        if len(nest.shape) < 2:
            return True
        inside = {id(v) for v in nest.values}
        for value in nest.values:
            if value.function in _REDUCED and value.keywords["axis"] is not None:
                return False
            for x in value.values():
                if id(x) in inside or x.size == 1:
                    continue
                if x.shape != nest.shape or not in_order(x):
                    return False
        return True

    def _at(self, x: Value, nest: Nest, flat: bool, indices: list[str]) -> str:
        """An element of an array, at the place where the loops are."""
        if is_view(x) and not x.shape and not in_order(x):  # one number of an array
            numbers = [repr(part) for part in x.keywords["index"] if part is not Ellipsis]
            return f"{self._name_of(x.inputs[0], False)}[{', '.join(numbers) or '()'}]"
        if in_order(x) and (flat or x.size == 1):
            return f"{self._name_of(x, True)}[{indices[0] if x.size > 1 else '0'}]"
        offset = len(nest.shape) - len(x.shape)
        inner = ["0" if n == 1 else indices[offset + i] for i, n in enumerate(x.shape)]
        return f"{self._name_of(x, False)}[{', '.join(inner)}]"

    def copy(self, target: str, x: Value) -> None:
        """Write a value into an array of its shape."""
        nest = Nest(x.shape)
        indices = [f"i{n}" for n in range(len(x.shape))] or ["0"]
        margin = ""
        for index, length in zip(indices, x.shape, strict=False):
            self.lines.append(f"{margin}for {index} in range({length}):")
            margin += "    "
        place_ = ", ".join(indices) if x.shape else "()"
        self.lines.append(f"{margin}{target}[{place_}] = {self._at(x, nest, False, indices)}")

    def _read(
        self, x: Any, dtype: Any, nest: Nest, flat: bool, registers: dict[int, str],
        indices: list[str], before: list[str],
    ) -> str:  # fmt: skip
        """An input of an operation, in the dtype that the operation computes in."""
        if not isinstance(x, Value):
            return _as(dtype, _number(x))
        if id(x) in registers:
            return registers[id(x)] if x.dtype == dtype else _as(dtype, registers[id(x)])
        if x.kind == "number":
            return _as(dtype, self._name_of(x, True))
        text = self._at(x, nest, flat, indices)
        if x.size == 1 and id(x) not in registers:
            name = f"s{len(registers)}_{len(before)}"
            before.append(f"{name} = {text}")
            registers[id(x)] = text = name
        return text if x.dtype == dtype else _as(dtype, text)

    def _element(
        self, value: Value, nest: Nest, flat: bool, registers: dict[int, str],
        indices: list[str], before: list[str], body: list[str], register: str,
    ) -> str:  # fmt: skip
        """The expression of one element."""

        def read(x: Any, dtype: Any) -> str:
            return self._read(x, dtype, nest, flat, registers, indices, before)

        if value.function in (spread, cast, np.copy):
            return read(value.inputs[0], value.inputs[0].dtype)
        if value.function is np.where:
            mask, a, b = value.inputs
            condition = read(mask, np.dtype(bool))
            return f"({read(a, value.dtype)} if {condition} else {read(b, value.dtype)})"
        *dtypes, _ = loop_dtypes(value)
        inputs = [read(x, dtype) for x, dtype in zip(value.inputs, dtypes, strict=True)]
        if value.function is times:
            body.append(f"p_{register} = {inputs[0]} * {inputs[1]}")
            return zero_wins(inputs[0], inputs[1], f"p_{register}")
        names = []
        for n, text in enumerate(inputs):
            if text.isidentifier():
                names.append(text)
                continue
            body.append(f"{register}_{n} = {text}")
            names.append(f"{register}_{n}")
        return expression(value, names)

    def _reduce(
        self, value: Value, number: int, nest: Nest, flat: bool, registers: dict[int, str],
        indices: list[str], before: list[str], before_rows: list[str], body: list[str],
        after_rows: list[str], after: list[str],
    ) -> None:  # fmt: skip
        x = value.inputs[0]
        text = self._read(x, x.dtype, nest, flat, registers, indices, before)
        axis = value.keywords["axis"]
        start = {np.sum: "0", np.max: "-math.inf", np.min: "math.inf"}[value.function]
        total = f"t{number}"
        if axis == 0 and len(nest.shape) == 2 and not flat:
            out = self._name_of(value, True)
            before += [
                f"for j in range({value.size}):",
                f"    {out}[j] = {_as(value.dtype, start)}",
            ]
            total = f"{out}[{indices[1]}]"
        elif axis is None:
            before.append(f"{total} = {_as(value.dtype, start)}")
            after.append(f"{self._name_of(value, True)}[0] = {total}")
        else:
            place_ = ", ".join(indices[:-1]) or "0"
            before_rows.append(f"{total} = {_as(value.dtype, start)}")
            after_rows.append(f"{self._name_of(value, not indices[:-1])}[{place_}] = {total}")
        if value.function is np.sum:
            body.append(f"{total} += {text}")
            return
        body.append(f"v{number} = {text}")
        compare = ">" if value.function is np.max else "<"
        body.append(
            f"{total} = v{number} if (v{number} {compare} {total} or v{number} != v{number}) "
            f"else {total}"
        )

    # -- operations with loops of their own --------------------------------------------------------

    def _alone(self, value: Value) -> None:
        function = value.function
        if function is np.matmul:
            self._product(value)
        elif function is below_maximum:
            self._below_maximum(value)
        elif function is pick:
            self._pick(value)
        else:
            self._place(value)

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

    def _below_maximum(self, value: Value) -> None:
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

    def _pick(self, value: Value) -> None:
        table, numbers = value.inputs[0], [self._name_of(x, False) for x in value.inputs[1:]]
        source, out = self._name_of(table, False), self._name_of(value, False)
        if len(numbers) == len(table.shape):
            place_ = ", ".join(f"{name}[i]" for name in numbers)
            inner = [f"    {out}[i] = {source}[{place_}]"]
        else:
            inner = [
                f"    for j in range({value.shape[1]}):",
                f"        {out}[i, j] = {source}[{numbers[0]}[i], j]",
            ]
        self.lines += [f"for i in range({value.shape[0]}):", *inner]

    def _place(self, value: Value) -> None:
        source, numbers = value.inputs[0], [self._name_of(x, False) for x in value.inputs[1:]]
        given, out = self._name_of(source, False), self._name_of(value, False)
        whole = self._name_of(value, True)
        self.lines += [f"for i in range({value.size}):", f"    {whole}[i] = 0"]
        if len(numbers) == len(value.shape):
            place_ = ", ".join(f"{name}[i]" for name in numbers)
            inner = [f"    {out}[{place_}] += {given}[i]"]
        else:
            inner = [
                f"    for j in range({value.shape[1]}):",
                f"        {out}[{numbers[0]}[i], j] += {given}[i, j]",
            ]
        self.lines += [f"for i in range({source.shape[0]}):", *inner]


def in_order(x: Value) -> bool:
    """Whether the elements lie in memory as in the array: it is no transposed or cut view."""
    while is_view(x):
        if x.function is not np.reshape:
            return False
        x = x.inputs[0]
    return True


def _as(dtype: Any, text: str) -> str:
    return f"np.{dtype.name}({text})" if dtype.kind != "b" else f"bool({text})"


def _number(x: Any) -> str:
    if isinstance(x, float) and not np.isfinite(x):
        return {np.inf: "math.inf", -np.inf: "-math.inf"}.get(x, "math.nan")
    return repr(x)
