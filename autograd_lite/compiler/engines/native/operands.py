"""Numbers and arrays of native code while it is written: as values of LLVM, with their dtypes.

Python's own numbers stay what they are as long as they meet their kind, and take the dtype of what
they meet else. Dtypes of results are those of the widest loop: whole numbers have 64 bits, a whole
number with a float is a float64.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir

I64 = ir.IntType(64)
INT, UNSIGNED, BOOL = np.dtype(np.int64), np.dtype(np.uint64), np.dtype(bool)
FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
MOST_EXACT = 1 << 24  # up to here whole numbers are float32, too


class Number(NamedTuple):
    """One number that is not known before the code runs."""

    dtype: Any
    value: Any


class View(NamedTuple):
    """An array.

    Attributes:
        dtype: of its elements.
        address: of the first one.
        shape: lengths, numbers of Python or whole `Number`s.
        strides: likewise, in elements.
    """

    dtype: Any
    address: Any
    shape: tuple[Any, ...]
    strides: tuple[Any, ...]


def llvm_type(dtype: Any, in_memory: bool = False) -> Any:
    """The type of one element."""
    if dtype.kind == "f":
        return ir.FloatType() if dtype == FLOAT32 else ir.DoubleType()
    if dtype.kind == "b":
        return ir.IntType(8 if in_memory else 1)
    return ir.IntType(8 * dtype.itemsize)


def dtype_of(x: Any) -> Any:
    """The dtype of a number, known or not.

    Raises:
        TypeError: for what is no number.
    """
    if isinstance(x, (Number, np.generic)):
        return x.dtype
    for kind, dtype in ((bool, BOOL), (int, INT), (float, FLOAT64)):
        if isinstance(x, kind):
            return dtype
    raise TypeError(f"native code has no numbers like {x!r}")


_SIGNS: dict[type, tuple[Any, str, str]] = {
    ast.Add: (operator.add, "add", "fadd"),
    ast.Sub: (operator.sub, "sub", "fsub"),
    ast.Mult: (operator.mul, "mul", "fmul"),
    ast.Div: (operator.truediv, "", "fdiv"),
    ast.BitAnd: (operator.and_, "and_", ""),
    ast.BitOr: (operator.or_, "or_", ""),
    ast.BitXor: (operator.xor, "xor", ""),
    ast.LShift: (operator.lshift, "shl", ""),
    ast.RShift: (operator.rshift, "ashr", ""),
    ast.FloorDiv: (operator.floordiv, "", ""),
    ast.Mod: (operator.mod, "", ""),
    ast.Pow: (operator.pow, "", "llvm.pow"),
}
_COMPARISONS: dict[type, tuple[Any, str]] = {
    ast.Eq: (operator.eq, "=="),
    ast.NotEq: (operator.ne, "!="),
    ast.Lt: (operator.lt, "<"),
    ast.LtE: (operator.le, "<="),
    ast.Gt: (operator.gt, ">"),
    ast.GtE: (operator.ge, ">="),
}


def _is_known(*numbers: Any) -> bool:
    return all(type(x) in (int, float, bool) for x in numbers)


class Arithmetic:
    """Writes what is done with numbers and elements."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder

    # -- dtypes ------------------------------------------------------------------------------------

    def cast(self, x: Any, dtype: Any) -> Any:
        """The value of a number in a dtype."""
        if not isinstance(x, Number):
            made = {"f": float, "b": bool}.get(dtype.kind, int)
            dtype_of(x)  # a number at all
            return ir.Constant(llvm_type(dtype), made(x))
        if x.dtype == dtype:
            return x.value
        return self._converted(x, dtype)

    def _converted(self, x: Number, dtype: Any) -> Any:
        builder, (source, value), target = self.builder, x, llvm_type(dtype)
        if dtype.kind == "b":
            if source.kind == "f":
                return builder.fcmp_unordered("!=", value, value.type(0.0))
            return builder.icmp_signed("!=", value, value.type(0))
        if source.kind == "f":
            if dtype.kind == "f":
                wider = dtype.itemsize > source.itemsize
                return (builder.fpext if wider else builder.fptrunc)(value, target)
            return (builder.fptosi if dtype.kind == "i" else builder.fptoui)(value, target)
        if dtype.kind == "f":
            return (builder.sitofp if source.kind == "i" else builder.uitofp)(value, target)
        if source.kind != "b" and dtype.itemsize <= source.itemsize:
            return value if dtype.itemsize == source.itemsize else builder.trunc(value, target)
        return (builder.sext if source.kind == "i" else builder.zext)(value, target)

    def common(self, a: Any, b: Any) -> Any:
        """The dtype in which two numbers meet.

        Raises:
            TypeError: for signed and unsigned ones that no dtype of whole numbers holds.
        """
        for x, y in ((a, b), (b, a)):
            if type(x) is int and not _is_known(y):
                other = dtype_of(y)
                if other.kind == "f":
                    return other if abs(x) <= MOST_EXACT else FLOAT64
                if other.kind == "u" and x >= 0:
                    return UNSIGNED
        one, two = dtype_of(a), dtype_of(b)
        if "f" in (one.kind, two.kind):
            both = one.kind == two.kind == "f"
            return max(one, two, key=lambda x: x.itemsize) if both else FLOAT64
        if one.kind == two.kind == "u":
            return UNSIGNED
        if UNSIGNED in (one, two):
            raise TypeError(f"native code does not compute with {one} and {two}")
        return INT

    # -- operations --------------------------------------------------------------------------------

    def binary(self, sign: Any, a: Any, b: Any) -> Any:
        """``a + b`` and the like."""
        known, whole, real = _SIGNS[type(sign)]
        if _is_known(a, b):
            return known(a, b)
        dtype = FLOAT64 if isinstance(sign, ast.Div) else self.common(a, b)
        if isinstance(sign, ast.Div) and "f" in (dtype_of(a).kind, dtype_of(b).kind):
            dtype = self.common(a, b)
        x, y = self.cast(a, dtype), self.cast(b, dtype)
        if isinstance(sign, (ast.FloorDiv, ast.Mod)) and dtype.kind != "f":
            return Number(dtype, self._whole(isinstance(sign, ast.Mod), dtype, x, y))
        name = real if dtype.kind == "f" else whole
        if name.startswith("llvm."):
            return self.function(name, Number(dtype, x), Number(dtype, y))
        if not name:
            raise TypeError(f"native code has no {type(sign).__name__} of {dtype}")
        if name == "ashr" and dtype.kind == "u":
            name = "lshr"
        return Number(dtype, getattr(self.builder, name)(x, y))

    def _whole(self, rest: bool, dtype: Any, x: Any, y: Any) -> Any:
        """A division rounded down, or what is left of it."""
        builder = self.builder
        if dtype.kind == "u":
            return builder.urem(x, y) if rest else builder.udiv(x, y)
        left, zero = builder.srem(x, y), I64(0)
        differs = builder.icmp_signed("<", builder.xor(left, y), zero)
        low = builder.and_(builder.icmp_signed("!=", left, zero), differs)
        if rest:
            return builder.add(left, builder.select(low, y, zero))
        return builder.sub(builder.sdiv(x, y), builder.zext(low, I64))

    def compare(self, sign: Any, a: Any, b: Any) -> Any:
        """``a < b`` and the like."""
        known, text = _COMPARISONS[type(sign)]
        if _is_known(a, b):
            return known(a, b)
        dtype = self.common(a, b)
        x, y = self.cast(a, dtype), self.cast(b, dtype)
        builder = self.builder
        if dtype.kind != "f":
            compared = builder.icmp_unsigned if dtype.kind == "u" else builder.icmp_signed
        else:
            compared = builder.fcmp_unordered if text == "!=" else builder.fcmp_ordered
        return Number(BOOL, compared(text, x, y))

    def negative(self, x: Any) -> Any:
        """``-x``."""
        if _is_known(x) or isinstance(x, np.generic):
            return -x
        if x.dtype.kind == "f":
            return Number(x.dtype, self.builder.fneg(x.value))
        return self.binary(ast.Sub(), 0, x)

    def truth(self, x: Any) -> Any:
        """``bool(x)``; of what is known a bool of Python."""
        return bool(x) if not isinstance(x, Number) else Number(BOOL, self.cast(x, BOOL))

    def opposite(self, x: Any) -> Any:
        """``not x``."""
        x = self.truth(x)
        return not x if isinstance(x, bool) else Number(BOOL, self.builder.not_(x.value))

    def choice(self, condition: Any, a: Any, b: Any) -> Any:
        """``a if condition else b``, both of which are computed."""
        condition = self.truth(condition)
        if isinstance(condition, bool):
            return a if condition else b
        same = not _is_known(a, b) and dtype_of(a) == dtype_of(b)
        dtype = dtype_of(a) if same else self.common(a, b)
        chosen = self.builder.select(condition.value, self.cast(a, dtype), self.cast(b, dtype))
        return Number(dtype, chosen)

    def absolute(self, x: Any) -> Any:
        """``abs(x)``."""
        if dtype_of(x).kind == "f":
            return self.function("llvm.fabs", x)
        return x if dtype_of(x).kind == "u" else self.choice(
            self.compare(ast.Lt(), x, 0), self.negative(x), x
        )  # fmt: skip

    def function(self, name: str, *given: Any) -> Number:
        """A function of the C library, of one dtype of floats, or of LLVM's own."""
        dtype: Any = FLOAT32 if FLOAT32 in map(dtype_of, given) else FLOAT64
        kind, module = llvm_type(dtype), self.builder.module
        if name.startswith("llvm."):
            name = f"{name}.{kind.intrinsic_name}"
        elif dtype == FLOAT32:
            name = f"{name}f"
        made = ir.FunctionType(kind, [kind] * len(given))
        called = module.globals.get(name) or ir.Function(module, made, name)
        return Number(dtype, self.builder.call(called, [self.cast(x, dtype) for x in given]))

    # -- arrays ------------------------------------------------------------------------------------

    def _place(self, view: View, index: Sequence[Any]) -> Any:
        """The address of an element, as LLVM reads it."""
        builder, offset = self.builder, None
        for i, stride in zip(index, view.strides, strict=True):
            if _is_known(i, stride):
                term: Any = I64(i * stride)
            else:
                i, stride = self.cast(i, INT), self.cast(stride, INT)
                one = isinstance(stride, ir.Constant) and stride.constant == 1
                term = i if one else builder.mul(i, stride, flags=("nsw",))
            offset = term if offset is None else builder.add(offset, term, flags=("nsw",))
        start = builder.inttoptr(view.address, llvm_type(view.dtype, True).as_pointer())
        return start if offset is None else builder.gep(start, [offset], inbounds=True)

    def read(self, view: View, index: Sequence[Any]) -> Number:
        """An element."""
        value = self.builder.load(self._place(view, index))
        if view.dtype.kind == "b":
            value = self.builder.trunc(value, ir.IntType(1))
        return Number(view.dtype, value)

    def write(self, view: View, index: Sequence[Any], x: Any) -> None:
        """Write an element."""
        value = self.cast(x, view.dtype)
        if view.dtype.kind == "b":
            value = self.builder.zext(value, ir.IntType(8))
        self.builder.store(value, self._place(view, index))

    def array(self, address: Any, shape: tuple[Any, ...], dtype: Any) -> View:
        """An array whose elements lie in order."""
        strides: list[Any] = [1]
        for n in shape[:0:-1]:
            strides.insert(0, self.binary(ast.Mult(), strides[0], n))
        return View(np.dtype(dtype), self.cast(address, INT), shape, (*strides[: len(shape)],))

    def part(self, view: View, index: Sequence[Any]) -> View:
        """The part that an index of numbers, slices, None and an Ellipsis shows."""
        rest = len(view.shape) - sum(i is not None and i is not ... for i in index)
        at = index.index(...) if ... in index else len(index)
        whole = [slice(None)] * rest
        index = [*index[:at], *whole, *index[at + 1 :]]
        axes, shape, strides = iter(zip(view.shape, view.strides, strict=True)), [], []
        start: Any = 0
        for i in index:
            if i is None:
                shape.append(1)
                strides.append(0)
                continue
            n, stride = next(axes)
            if isinstance(i, slice):
                i, length, step = self._sliced(i, n)
                shape.append(length)
                strides.append(self.binary(ast.Mult(), stride, step))
            elif _is_known(i) and i < 0:
                i = self.binary(ast.Add(), n, i)
            start = self.binary(ast.Add(), start, self.binary(ast.Mult(), i, stride))
        moved = self.binary(ast.Mult(), start, view.dtype.itemsize)
        address = self.binary(ast.Add(), Number(INT, view.address), moved)
        return View(view.dtype, self.cast(address, INT), tuple(shape), tuple(strides))

    def _sliced(self, part: slice, n: Any) -> tuple[Any, Any, int]:
        """The first place, the length, and the step of a slice."""
        bounds = [x for x in (part.start, part.stop, part.step) if x is not None]
        if _is_known(n, *bounds):
            inside = range(n)[part]
            return inside.start, len(inside), inside.step
        if part.step is not None or part.stop is not None:
            raise TypeError("native code takes slices whose ends are known, or with a start alone")
        start = 0 if part.start is None else part.start
        return start, self.binary(ast.Sub(), n, start), 1

    def reshaped(self, view: View, shape: tuple[Any, ...]) -> View:
        """An array in order in another shape, or with other axes of length 1."""
        plain = self.array(Number(INT, view.address), view.shape, view.dtype)
        pairs = zip(view.shape, view.strides, plain.strides, strict=True)
        if all(n == 1 or a == b for n, a, b in pairs):
            return self.array(Number(INT, view.address), shape, view.dtype)
        long = iter([(n, s) for n, s in zip(view.shape, view.strides, strict=True) if n != 1])
        found = [(1, 0) if n == 1 else next(long, (None, 0)) for n in shape]
        lengths, strides = zip(*found, strict=True)
        if lengths != shape or next(long, None) is not None:
            raise TypeError("native code reshapes arrays whose elements lie in order")
        return View(view.dtype, view.address, shape, strides)
