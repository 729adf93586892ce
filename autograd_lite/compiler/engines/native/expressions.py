"""Expressions of native functions, as LLVM's language."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir

from autograd_lite.compiler.engines.native.intrinsics import ALIKE, Intrinsic, array_at
from autograd_lite.compiler.engines.native.operands import (
    Arithmetic,
    Number,
    View,
    dtype_of,
)

INT, BOOL = np.dtype(np.int64), np.dtype(bool)
I64, BYTE = ir.IntType(64), ir.IntType(8).as_pointer()
# Of the C library, or of LLVM.
_FUNCTIONS: dict[Any, str] = {
    math.sqrt: "llvm.sqrt", np.floor: "llvm.floor", np.ceil: "llvm.ceil", math.exp: "llvm.exp",
    math.log: "llvm.log", math.sin: "llvm.sin", math.cos: "llvm.cos", math.log1p: "log1p",
    math.expm1: "expm1", math.tanh: "tanh", math.copysign: "llvm.copysign",
}  # fmt: skip


class Slot(NamedTuple):
    """The place where a name is kept, and the scope that it came about in."""

    dtype: Any
    place: Any
    scope: tuple[int, ...]


class Bound(NamedTuple):
    """A name that stands for something that is not kept, and the scope that it came about in."""

    thing: Any
    scope: tuple[int, ...]


class Expressions:
    """Writes expressions into a function.

    Args:
        translation: which gives the functions that are called.
        builder: of LLVM, which writes into the function.
        function: of Python, whose globals and closure are read.
    """

    def __init__(self, translation: Any, builder: Any, function: Any) -> None:
        self._translation = translation
        self.builder = builder
        self.numbers = Arithmetic(builder)
        free = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        self._outer = function.__globals__ | {name: cell.cell_contents for name, cell in free}
        self._names: dict[str, Any] = {}
        self._rooms: list[Any] = []  # memory that is given back

    def _refused(self, node: Any) -> Any:
        raise TypeError(f"native code has no {type(node).__name__}: {ast.unparse(node)}")

    def _room(self, kind: Any) -> Any:
        with self.builder.goto_entry_block():
            return self.builder.alloca(kind)

    def _value(self, node: Any) -> Any:
        """Return what an expression is: a Number, a View, or an object of Python that is known."""
        match node:
            case ast.Constant():
                return node.value
            case ast.Name():
                return self._named(node.id)
            case ast.Tuple():
                return tuple(map(self._value, node.elts))
            case ast.BinOp():
                return self.numbers.binary(node.op, *map(self._value, (node.left, node.right)))
            case ast.UnaryOp():
                return self._unary(node)
            case ast.BoolOp():
                return self._both(isinstance(node.op, ast.And), node.values)
            case ast.Compare():
                return self._compared(node)
            case ast.IfExp():
                return self._chosen(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript():
                return self._part(node)
            case ast.Call():
                return self._call(node)
        return self._refused(node)

    def _named(self, name: str) -> Any:
        known = self._names.get(name)
        match known:
            case Slot():
                return Number(known.dtype, self.builder.load(known.place))
            case Bound():
                return known.thing
        if name in self._outer:
            return self._outer[name]
        builtins = self._outer["__builtins__"]
        return (builtins if isinstance(builtins, dict) else vars(builtins))[name]

    def _unary(self, node: Any) -> Any:
        x = self._value(node.operand)
        if isinstance(node.op, ast.Not):
            return self.numbers.opposite(x)
        return self.numbers.negative(x) if isinstance(node.op, ast.USub) else self._refused(node)

    def _compared(self, node: Any) -> Any:
        operands = [self._value(x) for x in (node.left, *node.comparators)]
        made = [
            self.numbers.compare(sign, a, b)
            for sign, a, b in zip(node.ops, operands, operands[1:], strict=False)
        ]
        whole = made[0]
        for x in made[1:]:
            whole = self.numbers.choice(whole, x, False)
        return whole

    def _both(self, every: bool, nodes: Sequence[Any]) -> Any:
        """``a and b``, or ``a or b``: the second is computed where the first does not decide."""
        first, rest = self.numbers.truth(self._value(nodes[0])), nodes[1:]
        if not rest:
            return first
        if isinstance(first, bool):
            return self._both(every, rest) if first == every else first
        if not any(map(self._may_matter, rest)):
            second = self.numbers.truth(self._both(every, rest))
            pair = (second, False) if every else (True, second)
            return self.numbers.choice(first, *pair)
        builder, place = self.builder, self._room(ir.IntType(1))
        builder.store(first.value, place)
        decides_not = first if every else self.numbers.opposite(first)
        with builder.if_then(decides_not.value):
            builder.store(self.numbers.cast(self._both(every, rest), BOOL), place)
        return Number(BOOL, builder.load(place))

    def _chosen(self, node: Any) -> Any:
        """``a if condition else b``."""
        condition = self.numbers.truth(self._value(node.test))
        if isinstance(condition, bool):
            return self._value(node.body if condition else node.orelse)
        if any(self._may_matter(x, False) for x in (node.body, node.orelse)):
            return self._refused(node)
        return self.numbers.choice(condition, self._value(node.body), self._value(node.orelse))

    def _may_matter(self, node: Any, reading: bool = True) -> bool:
        """Return whether it makes a difference if an expression is computed in vain."""
        for x in ast.walk(node):
            if isinstance(x, ast.Subscript) and reading:
                return True
            if isinstance(x, ast.Call):
                called = self._value(x.func)
                if isinstance(called, (Intrinsic, FunctionType)):
                    return True
        return False

    # -- arrays ------------------------------------------------------------------------------------

    def _index(self, node: Any) -> list[Any]:
        """The content of brackets, as a list."""
        parts = node.elts if isinstance(node, ast.Tuple) else [node]
        return [self._slice(x) if isinstance(x, ast.Slice) else self._value(x) for x in parts]

    def _slice(self, node: Any) -> slice:
        ends = (node.lower, node.upper, node.step)
        return slice(*(None if x is None else self._value(x) for x in ends))

    def _part(self, node: Any) -> Any:
        whole, index = self._value(node.value), self._index(node.slice)
        if not isinstance(whole, View):
            return whole[index[0]]
        single = all(isinstance(i, Number) or (type(i) is int and i >= 0) for i in index)
        if single and len(index) == len(whole.shape):
            return self.numbers.read(whole, index)
        part = self.numbers.part(whole, index)
        return part if part.shape else self.numbers.read(part, ())

    def _attribute(self, node: Any) -> Any:
        whole = self._value(node.value)
        if not isinstance(whole, View):
            return getattr(whole, node.attr)
        match node.attr:
            case "shape":
                return whole.shape
            case "T":
                return whole._replace(shape=whole.shape[::-1], strides=whole.strides[::-1])
            case "reshape":
                return lambda *shape: self.numbers.reshaped(whole, _flat(shape))
            case "transpose":
                return lambda *axes: _transposed(whole, _flat(axes))
        return self._refused(node)

    def _new(self, shape: Any, dtype: Any, zero: bool) -> View:
        """An array of the function's own, which is given back at its end."""
        builder, shape = self.builder, shape if type(shape) is tuple else (shape,)
        room = self._room(BYTE)
        self._rooms.append(room)
        with builder.goto_entry_block():
            builder.store(BYTE(None), room)
        self._library("free", ir.VoidType(), builder.load(room))  # of the last time around
        size: Any = np.dtype(dtype).itemsize
        for n in shape:
            size = self.numbers.binary(ast.Mult(), size, n)
        given = [I64(1), self.numbers.cast(size, INT)]
        made = self._library("calloc", BYTE, *given) if zero else self._library(
            "malloc", BYTE, given[1]
        )  # fmt: skip
        builder.store(made, room)
        return self.numbers.array(Number(INT, builder.ptrtoint(made, I64)), shape, dtype)

    # -- calls -------------------------------------------------------------------------------------

    def _library(self, name: str, result: Any, *given: Any) -> Any:
        """A call of a function of the C library."""
        module = self._translation.module
        made = ir.FunctionType(result, [x.type for x in given])
        return self.builder.call(module.globals.get(name) or ir.Function(module, made, name), given)

    def _call(self, node: Any) -> Any:
        called = self._value(node.func)
        if node.keywords:
            return self._refused(node)
        given = [self._value(x) for x in node.args]
        numbers = self.numbers
        if called is array_at:
            return numbers.array(*given)
        if isinstance(called, Intrinsic):
            return self._intrinsic(called, given)
        if isinstance(called, FunctionType) and called.__module__ != __name__:
            made = self._translation.called(called)
            values = [numbers.cast(x, t) for x, t in zip(given, made.arguments, strict=True)]
            value = self.builder.call(made.function, values)
            return None if made.result is None else Number(made.result, value)
        if isinstance(called, FunctionType):  # a method of an array
            return called(*given)
        if called in (min, max):
            a, b = given
            sign = ast.Lt() if called is min else ast.Gt()
            return numbers.choice(numbers.compare(sign, b, a), b, a)
        return self._converted(node, called, given)

    def _converted(self, node: Any, called: Any, given: list[Any]) -> Any:
        """A conversion, or a function of one number."""
        numbers = self.numbers
        if called is np.empty or called is np.zeros:
            shape, dtype = given if len(given) == 2 else (*given, np.float64)
            return self._new(shape, dtype, called is np.zeros)
        if called in _FUNCTIONS:
            return numbers.function(_FUNCTIONS[called], *given)
        (x,) = given
        if called is abs:
            return numbers.absolute(x)
        if called is math.isinf or called is math.isfinite:
            sign = ast.Eq() if called is math.isinf else ast.Lt()
            return numbers.compare(sign, numbers.absolute(x), math.inf)
        if called is bool:
            return numbers.truth(x)
        if isinstance(called, type) and issubclass(called, np.generic):
            dtype = np.dtype(called)
            return Number(dtype, numbers.cast(x, dtype))
        return self._refused(node)

    def _intrinsic(self, called: Intrinsic, given: list[Any]) -> Any:
        first = dtype_of(given[0]) if given else None
        dtype = first if called.arguments is None else called.arguments
        assert called.write is not None
        value = called.write(self.builder, *(self.numbers.cast(x, dtype) for x in given))
        result = first if called.result == ALIKE else called.result
        return None if result is None else Number(result, value)


def _flat(numbers: tuple[Any, ...]) -> tuple[Any, ...]:
    return numbers[0] if len(numbers) == 1 and type(numbers[0]) is tuple else numbers


def _transposed(view: View, axes: tuple[int, ...]) -> View:
    shape, strides = (tuple(x[i] for i in axes) for x in (view.shape, view.strides))
    return view._replace(shape=shape, strides=strides)
