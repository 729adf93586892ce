"""Native operations as loops: element-wise ones and reductions of one shape share a loop nest.

What is used only inside of the nest that computes it is never written to memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.compiler.control.scan import scanned
from autograd_lite.compiler.engines.native.arrays import ArrayNames, FusedNames
from autograd_lite.compiler.engines.native.draws import WordsOf
from autograd_lite.compiler.engines.native.layout import Nest, Run
from autograd_lite.compiler.engines.native.nest_code import BLOCK, NestCode, merged_axes, placed_at
from autograd_lite.compiler.engines.native.product_calls import blas_calls, panel_call
from autograd_lite.compiler.engines.native.products import LANES, is_done_in_loops, loop_lines
from autograd_lite.compiler.engines.native.rows import ROW_BY_ROW, checked_rows
from autograd_lite.compiler.engines.native.scalars import (
    expression,
    loop_dtypes,
    number_text,
    zero_wins,
)
from autograd_lite.compiler.engines.native.scans import NativeScan
from autograd_lite.compiler.engines.native.shared_scans import SharedScan
from autograd_lite.compiler.engines.native.supported import REDUCED, UNROLLED
from autograd_lite.compiler.loops import joined_part, panel_product
from autograd_lite.compiler.operations import in_order, is_view, reduced_axes
from autograd_lite.compiler.program import Value
from autograd_lite.compiler.source.expressions import uniform
from autograd_lite.compiler.source.writer import INDENT
from autograd_lite.primitives import broadcast_to, cast, check_bounds, drawn, multiply_no_nan
from autograd_lite.rules.padding import pad
from autograd_lite.rules.pooling import max_shares, window_sum
from autograd_lite.rules.windows import fold, windows


class Loops:
    """Writes the body of one native function.

    Args:
        names: of values inside of the function.
        stored: whether a value is read outside of the nest that computes it.
        run: the run that is done part by part, if the function is a part of one.
    """

    def __init__(
        self,
        names: ArrayNames | FusedNames,
        stored: Callable[[Value], bool],
        run: Run | None = None,
    ) -> None:
        self._name_of = names
        self._stored = stored
        self._run = run
        self.lines: list[str] = []

    def _flat(self, x: Value) -> str:
        """The name of an array with one axis."""
        return self._name_of(x, (x.size,))

    def _extent(self, length: int, outermost: bool = True) -> str:
        """The length of a loop, which over the samples is that of the part at hand."""
        if self._run is None or not outermost:
            return str(length)
        return self._arrays.extent(length)

    @property
    def _arrays(self) -> ArrayNames:
        assert isinstance(self._name_of, ArrayNames)
        return self._name_of

    def _is_summed(self, value: Value) -> bool:
        """Return whether a value is a sum over parts, of which this is one."""
        return self._run is not None and self._run.is_summed(value)

    def add(self, nest: Nest) -> None:
        """The next operations."""
        if nest.alone:
            _ALONE[nest.values[0].function](self, nest.values[0])
        else:
            self._write(nest)

    def fused_loop(
        self, values: list[Value], assignments: list[tuple[Value, Value]], length: str
    ) -> None:
        """One loop over columns: all values in registers, the new columns written at the end."""
        code = NestCode(Nest((3,), values), [[0]], lambda *_: length)
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
            code.body.append(f"{self._flat(column)}[i0] = {text}")
        self.lines += code.lines()

    # -- a nest ------------------------------------------------------------------------------------

    def _code(self, nest: Nest) -> NestCode:
        return NestCode(nest, merged_axes(nest), self._extent)

    def _write(self, nest: Nest) -> None:
        code = self._code(nest)
        for number, value in enumerate(nest.values):
            if value.function is np.sum:
                self._sum(value, number, code)
            elif value.function in REDUCED:
                self._extreme(value, number, code)
            elif value.function in _PLACED:
                _PLACED[value.function](self, value, code)
            else:
                register = self._compute(value, number, code)
                if self._stored(value):
                    code.body.append(f"{self._at(value, code)} = {register}")
        self.lines += code.lines()

    def _at(self, x: Value, code: NestCode, lengths: tuple[int, ...] | None = None) -> str:
        """An element of an array, at the place where the loops are.

        Args:
            x: the array.
            code: the nest.
            lengths: its shape, where axes of length 1 are to be added.
        """
        if is_view(x) and not x.shape and not in_order(x):  # one number of an array
            numbers = [repr(part) for part in x.keywords["index"] if part is not Ellipsis]
            return f"{self._name_of(x.inputs[0], None)}[{', '.join(numbers) or '0'}]"
        if x.size == 1 and in_order(x):
            return f"{self._flat(x)}[0]"
        lengths = x.shape if lengths is None else lengths
        offset = len(code.nest.shape) - len(lengths)
        if not in_order(x):
            inner = ["0" if n == 1 else code.index(offset + i) for i, n in enumerate(lengths)]
            return f"{self._name_of(x, None)}[{', '.join(inner)}]"
        lies = (1,) * offset + lengths
        along = [
            (index, length)
            for index, length, axes in zip(code.indices, code.shape, code.groups, strict=True)
            if any(lies[i] > 1 for i in axes)
        ]
        name = self._name_of(x, tuple(length for _, length in along))
        return f"{name}[{', '.join(index for index, _ in along)}]"

    def _in_window(
        self, x: Value, code: NestCode, element: tuple[int, ...] | None, sink: Value | None = None
    ) -> str:
        """An element of a window, of the array that the window shows.

        Args:
            x: the windows; of a `fold` (then `sink` is its result) what is added up.
            code: the nest.
            element: the place in the window; None where the nest has loops over it.
            sink: the array that the windows are of, where it is not the input of x.
        """
        base, keywords = (x.inputs[0], x.keywords) if sink is None else (sink, sink.keywords)
        n, places = len(keywords["strides"]), [code.index(0)]
        steps = list(zip(keywords["strides"], keywords["dilation"], strict=True))
        if element is None and code.is_merged(2 * n):
            # The last axis of a window and the channels lie in a row, in the array as in the nest.
            width = steps[-1][0] * base.shape[-1]
            shape = (*base.shape[:n], base.shape[n] * base.shape[-1])
            inner = [
                f"{code.index(1 + i)} * {s} + {code.index(1 + n + i)} * {d}"
                for i, (s, d) in enumerate(steps[:-1])
            ]
            start = [f"{code.index(n)} * {width}:"]
            return self._in_row(code, self._name_of(base, shape), places + inner + start)
        for i, (s, d) in enumerate(steps):
            inside = code.index(1 + n + i) if element is None else str(element[i])
            places.append(f"{code.index(1 + i)} * {s} + {inside} * {d}")
        rank = len(code.nest.shape)
        places += [code.index(i) for i in range(rank - (base.ndim - 1 - n), rank)]
        name = self._name_of(base, None)
        if places[-1] != code.indices[-1]:
            return f"{name}[{', '.join(places)}]"
        return self._in_row(code, name, places[:-1])  # the last index changes along the inner loop

    def _in_row(self, code: NestCode, name: str, places: list[str]) -> str:
        """An element of what the innermost loop runs along, which is taken out before it."""
        row = f"row_{len(code.row_before)}"
        code.row_before.append(f"{row} = {name}[{', '.join(places)}]")
        return f"{row}[{code.indices[-1]}]"

    def copy(self, target: str, x: Value) -> None:
        """Write a value into an array of its shape."""
        code = NestCode(Nest(x.shape), [[i] for i in range(len(x.shape))] or [[]], self._extent)
        place = ", ".join(map(code.index, range(len(x.shape)))) or "0"
        code.body.append(f"{target}[{place}] = {self._at(x, code)}")
        self.lines += code.lines()

    def copy_array(self, target: str, source: str, shape: tuple[int, ...]) -> None:
        """Copy an array of a name into another."""
        code = NestCode(Nest(shape), [[i] for i in range(len(shape))] or [[]], self._extent)
        place = ", ".join(map(code.index, range(len(shape)))) or "()"
        code.body.append(f"{target}[{place}] = {source}[{place}]")
        self.lines += code.lines()

    def _read(self, x: Any, dtype: Any, code: NestCode) -> str:
        """An input of an operation, in the dtype that the operation computes in."""
        if not isinstance(x, Value):
            return _as(dtype, number_text(x, dtype))
        if x.kind == "constant" and not x.live and (same := uniform(x.storage)) is not None:
            return _as(dtype, number_text(same.item(), dtype))
        registers = code.registers
        if id(x) in registers:
            return registers[id(x)] if x.dtype == dtype else _as(dtype, registers[id(x)])
        if x.kind == "number":
            return _as(dtype, self._flat(x))
        text = self._in_window(x, code, None) if x.function is windows else self._at(x, code)
        if x.size == 1:
            name = f"s{len(registers)}_{len(code.before)}"
            code.before.append(f"{name} = {text}")
            registers[id(x)] = text = name
        return text if x.dtype == dtype else _as(dtype, text)

    def _compute(self, value: Value, number: int, code: NestCode) -> str:
        """One element of a value; returns the name that it has from then on."""
        register = f"r{number}"
        text = self._element(value, code, register)
        code.body.append(f"{register} = {_as(value.dtype, text)}")
        code.registers[id(value)] = register
        return register

    def _element(self, value: Value, code: NestCode, register: str) -> str:
        """The expression of one element."""
        if value.function in (broadcast_to, cast, np.copy):
            return self._read(value.inputs[0], value.inputs[0].dtype, code)
        if value.function is np.where:
            mask, a, b = value.inputs
            condition = self._read(mask, np.dtype(bool), code)
            a, b = (self._read(x, value.dtype, code) for x in (a, b))
            return f"({a} if {condition} else {b})"
        if value.function in UNROLLED:
            return self._of_window(value, code, register)
        *dtypes, _ = loop_dtypes(value)
        inputs = [self._read(x, t, code) for x, t in zip(value.inputs, dtypes, strict=True)]
        if value.function is multiply_no_nan:
            code.body.append(f"p_{register} = {inputs[0]} * {inputs[1]}")
            return zero_wins(inputs[0], inputs[1], f"p_{register}")
        for n, text in enumerate(inputs):
            if not text.isidentifier():
                code.body.append(f"{register}_{n} = {text}")
                inputs[n] = f"{register}_{n}"
        if value.function is np.exp and self._is_beside_1(value, code):
            return f"exp_beside_1({inputs[0]})"
        return expression(value, inputs)

    def _is_beside_1(self, value: Value, code: NestCode) -> bool:
        """Return whether a value of float32 is read by sums with 1 alone, as in a sigmoid."""
        if value.dtype != np.float32 or self._stored(value):
            return False
        users = [v for v in code.nest.values if any(x is value for x in v.values())]
        return all(v.function is np.add and any(map(_is_one, v.inputs)) for v in users)

    def _of_window(self, value: Value, code: NestCode, register: str) -> str:
        """One value for a window, or the share that one of its elements has in the maximum."""
        w = value.inputs[0]
        elements = list(np.ndindex(w.keywords["size"]))
        texts = [self._in_window(w, code, element) for element in elements]
        if value.function is max_shares:
            y = value.inputs[1]
            highest = self._at(y, code, placed_at(value, y, len(code.nest.shape)))
            code.body.append(f"highest_{register} = {highest}")
            count = " + ".join(f"({text} == highest_{register})" for text in texts)
            code.body.append(f"count_{register} = {_as(value.dtype, count)}")
            hit = f"({self._in_window(w, code, None)} == highest_{register})"
            share = f"({_as(value.dtype, '1')} / count_{register})"
            return f"({_as(value.dtype, hit)} * {share})"
        code.body.append(f"w_{register} = {texts[0]}")
        for text in texts[1:]:
            if value.function is window_sum:
                code.body.append(f"w_{register} += {text}")
                continue
            code.body.append(f"v_{register} = {text}")
            wins = f"w_{register} > v_{register} or w_{register} != w_{register}"
            code.body.append(f"w_{register} = w_{register} if ({wins}) else v_{register}")
        return f"w_{register}"

    def _fold(self, value: Value, code: NestCode) -> None:
        """Windows are added up where they lie."""
        x = value.inputs[0]
        text = self._read(x, x.dtype, code)
        size = x.shape[1 + len(value.keywords["lengths"]) :]
        code.before += self._filled(value, "0")
        steps = zip(size, value.keywords["strides"], value.keywords["dilation"], strict=False)
        overlap = any((k - 1) * d >= s for k, s, d in steps)
        sign = "+=" if overlap else "="
        code.body.append(f"{self._in_window(x, code, None, value)} {sign} {text}")

    def _pad(self, value: Value, code: NestCode) -> None:
        """A border everywhere, then the array inside of it."""
        x = value.inputs[0]
        text = self._read(x, x.dtype, code)
        around = number_text(value.keywords.get("value", 0), value.dtype)
        code.before += self._filled(value, around)
        lengths, starts = code.inside_of(value)
        *places, _ = map("{} + {}".format, code.indices, starts)
        row = self._in_row(code, self._name_of(value, lengths), [*places, f"{starts[-1]}:"])
        code.body.append(f"{row} = {text}")

    def _filled(self, value: Value, text: str) -> list[str]:
        return _filled(self._flat(value), self._extent(value.size), text)

    def _join(self, value: Value, code: NestCode) -> None:
        """A part is written where it stands in the whole."""
        part, whole = value.inputs
        start = value.keywords["start"]
        *rows, last = map(code.index, range(len(value.shape)))
        place = ", ".join([*rows, f"{last} + {start}" if start else last])
        text = self._read(part, value.dtype, code)
        code.body.append(f"{self._name_of(whole, None)}[{place}] = {text}")

    def _sum(self, value: Value, number: int, code: NestCode) -> None:
        """A sum, in blocks whose sums are added in float64: however long, it is about as
        accurate as NumPy's pairwise one.
        """
        x = value.inputs[0]
        text = self._read(x, x.dtype, code)
        if self._is_along_columns(value):
            self._column_sums(value, text, f"columns_{number}", code)
            return
        part, total = f"t{number}", f"total_{number}"
        self._result(value, code, total, "0.0")
        code.block_before.append(f"{part} = {_as(value.dtype, '0')}")
        code.body.append(f"{part} = accumulate({part}, {text})")
        code.block_after.append(f"{total} += np.float64({part})")

    def _column_sums(self, value: Value, text: str, name: str, code: NestCode) -> None:
        """Sums over the rows, one after the other; of many rows of float32 in float64."""
        out, dtype, summed = self._at_column(value, code), value.dtype, self._is_summed(value)
        size = str(value.size) if summed else self._extent(value.size)
        many = dtype.kind == "f" and value.inputs[0].size // value.size > BLOCK
        flat = self._name_of(value, (value.size,))
        if many or summed:
            whole, place = out.split("[", 1)
            flat_sums = f"{name}_flat"
            if summed:
                code.before.append(f"{flat_sums} = {self._arrays.accumulator(value)}")
                start = _filled(flat_sums, size, "0.0")
                code.before += ["if in_lane == 0:", *(INDENT + line for line in start)]
            else:
                code.before.append(f"{flat_sums} = np.zeros({size})")
            code.before.append(f"{name} = {flat_sums}.reshape({whole}.shape)")
            if not summed:  # sums of lanes are added up at the end
                code.after += _filled(flat, size, f"{flat_sums}[j]")
            out, dtype = f"{name}[{place}", np.dtype(np.float64)
        else:
            code.before += self._filled(value, "0")
        code.body.append(f"{out} += {_as(dtype, text)}")

    def _at_column(self, value: Value, code: NestCode) -> str:
        """The element of a reduction along axes before the last, where the loops are."""
        axes, x = reduced_axes(value), value.inputs[0]
        lies = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
        return self._at(value, code, lies)

    def _extreme(self, value: Value, number: int, code: NestCode) -> None:
        """A maximum or minimum, which NaN wins."""
        x = value.inputs[0]
        text = self._read(x, x.dtype, code)
        compare, start = (">", "-math.inf") if value.function is np.max else ("<", "math.inf")
        start = _as(value.dtype, start)
        best, v = f"t{number}", f"v{number}"
        if self._is_along_columns(value):
            best = self._at_column(value, code)
            code.before += self._filled(value, start)
        else:
            self._result(value, code, best, start)
        code.body.append(f"{v} = {text}")
        code.body.append(f"{best} = {v} if ({v} {compare} {best} or {v} != {v}) else {best}")

    def _is_along_columns(self, value: Value) -> bool:
        return value.size > 1 and reduced_axes(value)[-1] < len(value.inputs[0].shape) - 1

    def _result(self, value: Value, code: NestCode, name: str, start: str) -> None:
        """Begin a reduction to a variable, and write what it has become into the result."""
        if value.size == 1:
            code.before.append(f"{name} = {start}")
            if self._is_summed(value):
                sums = self._arrays.accumulator(value)
                code.after += [f"{sums}[0] = {name} + ({sums}[0] if in_lane else 0.0)"]
                return
            code.after.append(f"{self._flat(value)}[0] = {_as(value.dtype, name)}")
            return
        code.row_before.append(f"{name} = {start}")
        code.row_after.append(
            f"{self._at(value, code, (*value.shape, 1))} = {_as(value.dtype, name)}"
        )

    # -- operations with loops of their own --------------------------------------------------------

    def _product(self, value: Value) -> None:
        a, b = value.inputs
        if not is_done_in_loops(value):
            self.lines += blas_calls(value, self._arrays, self._extent, self._run)
            return
        out = self._name_of(value, None)
        rows, inner, columns = self._extent(a.shape[0]), a.shape[1], b.shape[1]
        second = self._name_of(b, None)
        if b.function is np.transpose and columns >= LANES:
            # Loops run along rows: the transpose is made first.
            source = self._name_of(b.inputs[0], None)
            second = f"turned_{len(self.lines)}"
            self.lines += [
                f"{second} = np.empty(({inner}, {columns}), np.{value.dtype.name})",
                f"for j in range({columns}):",
                f"    for k in range({inner}):",
                f"        {second}[k, j] = {source}[j, k]",
            ]
        zero = _as(value.dtype, "0")
        first = self._name_of(a, None)
        self.lines += loop_lines(out, first, second, (rows, inner, columns), zero)

    def _panel_product(self, value: Value) -> None:
        self.lines.append(panel_call(value, self._arrays, self._extent))

    def scan(self, value: Value, shared: SharedScan | None = None) -> None:
        """A loop over steps, whose body is written by another object of this class."""
        scan = NativeScan(value, self._arrays, shared)
        for source, target in scan.first:
            self.copy(target, source)
        inner = Loops(scan.names, scan.layout.stored, self._run)
        for run in scan.layout.runs:
            for nest in run.nests:
                inner.add(nest)
        for x, target in scan.last:
            inner.copy(target, x)
        for carry in scan.moved:
            inner.copy_array(*carry)
        inside = [*scan.names.head, *inner.lines] or ["pass"]
        self.lines += [scan.head, *(INDENT + line for line in inside)]

    def _draw(self, value: Value) -> None:
        names = self._arrays
        words = names.outside(names.writer.module.bound(WordsOf(value), "words_of_draw"))
        self.lines.append(f"draw({words}, {value.size}, {names.address(value)})")

    def _checked(self, value: Value) -> None:
        status, number = self._arrays.status(value)
        self.lines += checked_rows(value, self._name_of, self._extent, status, number)

    def _row_by_row(self, value: Value) -> None:
        self.lines += ROW_BY_ROW[value.function](value, self._name_of, self._extent)


_PLACED: dict[Any, Callable[[Loops, Value, NestCode], None]] = {
    fold: Loops._fold,
    pad: Loops._pad,
    joined_part: Loops._join,
}
_ALONE: dict[Any, Callable[[Loops, Value], None]] = {
    np.matmul: Loops._product,
    panel_product: Loops._panel_product,
    drawn: Loops._draw,
    check_bounds: Loops._checked,
    **dict.fromkeys(ROW_BY_ROW, Loops._row_by_row),
    scanned: Loops.scan,
}


def _filled(name: str, extent: str, text: str) -> list[str]:
    return [f"for j in range({extent}):", f"{INDENT}{name}[j] = {text}"]


def _is_one(x: Any) -> bool:
    """Return whether an input is the number 1 at all places."""
    if isinstance(x, Value) and x.kind == "constant" and not x.live:
        x = uniform(x.storage)
    return not isinstance(x, Value) and x is not None and bool(x == 1)


def _as(dtype: Any, text: str) -> str:
    return f"np.{dtype.name}({text})" if dtype.kind != "b" else f"bool({text})"
