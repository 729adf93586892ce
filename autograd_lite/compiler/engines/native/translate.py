"""Native functions, written in a small part of Python, as LLVM's language.

That part is: whole numbers, floats and truth values; arrays at addresses, read and written element
by element, and looks at them; loops over ranges, ``while``, ``if``; operators, choices, a few
functions of `math`; calls of `intrinsics`, and of other functions of this part. A name keeps the
dtype that it is given first, and everything else is refused, so that no other meaning than Python's
comes about. Types follow from the expressions as they are read: there is nothing to infer.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir

from autograd_lite.compiler.engines.native.expressions import Bound, Expressions, Slot
from autograd_lite.compiler.engines.native.operands import (
    Number,
    View,
    dtype_of,
    llvm_type,
)

INT, BOOL, FLOAT64 = np.dtype(np.int64), np.dtype(bool), np.dtype(np.float64)
I64, BYTE = ir.IntType(64), ir.IntType(8).as_pointer()
_DECLARED: dict[str, Any] = {
    "int": INT,
    "bool": BOOL,
    "np.float32": np.dtype(np.float32),
    "None": None,
}


class Translation:
    """A module of LLVM, to which functions are added.

    Attributes:
        module: the module.
    """

    def __init__(self, triple: str, layout: str) -> None:
        self.module = ir.Module("native")
        self.module.triple, self.module.data_layout = triple, layout
        self._made: dict[Any, Any] = {}

    def add(self, function: Any, tree: Any, symbol: str) -> None:
        """Add a function that is loaded by its symbol; without a tree, from its own file."""
        self._function(function, tree or _tree_of(function), symbol)

    def called(self, function: Any) -> Any:
        """A function that functions of this module call."""
        made = self._made.get(function)
        if made is None:
            made = self._made[function] = self._function(function, _tree_of(function), None)
        return made

    def _function(self, function: Any, tree: Any, symbol: str | None) -> Any:
        declared = function.__annotations__
        names = [argument.arg for argument in tree.args.args]
        dtypes = [_DECLARED[declared.get(name, "int")] for name in names]
        result = _DECLARED[declared.get("return", "None")]
        kind = ir.VoidType() if result is None else llvm_type(result)
        name = symbol or self.module.get_unique_name(function.__qualname__)
        made = ir.Function(self.module, ir.FunctionType(kind, [llvm_type(x) for x in dtypes]), name)
        made.attributes.add("nounwind")
        if symbol is None:
            made.linkage = "internal"
            if any(x.kind == "f" for x in dtypes):  # part of loops that are vectorised
                made.attributes.add("alwaysinline")
        given = {n: Number(dtype, x) for n, dtype, x in zip(names, dtypes, made.args, strict=True)}
        _Function(self, function, made, result, given).write(tree.body)
        return Called(made, dtypes, result)


def _tree_of(function: Any) -> Any:
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    return tree


class Called(NamedTuple):
    """A function of a module: that, the dtypes of its arguments and of its result."""

    function: Any
    arguments: list[Any]
    result: Any


class _Function(Expressions):
    """Writes one function."""

    def __init__(
        self, translation: Any, function: Any, made: Any, result: Any, given: dict[str, Any]
    ) -> None:
        super().__init__(translation, ir.IRBuilder(made.append_basic_block()), function)
        self._result = result
        self._scope: tuple[int, ...] = ()
        self._scopes = 0
        self._after: list[Any] = []  # for each loop around, where it ends
        self._exit = made.append_basic_block()
        self._answer = None if result is None else self._room(llvm_type(result))
        for name, number in given.items():
            self._assign_name(name, number)

    def write(self, body: Sequence[Any]) -> None:
        """All of it."""
        self._suite(body)
        builder, result = self.builder, self._result
        if not builder.block.is_terminated:
            if result is not None:
                raise TypeError("a native function that returns a number does so at each end")
            builder.branch(self._exit)
        builder.position_at_end(self._exit)
        for room in self._rooms:
            self._library("free", ir.VoidType(), builder.load(room))
        if result is None:
            builder.ret_void()
        else:
            builder.ret(builder.load(self._answer))

    # -- statements --------------------------------------------------------------------------------

    def _suite(self, body: Sequence[Any]) -> None:
        for statement in body:
            getattr(self, f"_{type(statement).__name__}", self._refused)(statement)
            if self.builder.block.is_terminated:
                break

    def _Pass(self, node: Any) -> None:
        pass

    def _Expr(self, node: Any) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self._value(node.value)

    def _Return(self, node: Any) -> None:
        if self._result is not None:
            self.builder.store(
                self.numbers.cast(self._value(node.value), self._result), self._answer
            )
        self.builder.branch(self._exit)

    def _Break(self, node: Any) -> None:
        self.builder.branch(self._after[-1])

    def _Assign(self, node: Any) -> None:
        (target,) = node.targets
        self._assign(target, self._value(node.value))

    def _AnnAssign(self, node: Any) -> None:
        self._assign(node.target, self._value(node.value))

    def _assign(self, target: Any, x: Any) -> None:
        if isinstance(target, ast.Tuple):
            for one, part in zip(target.elts, x, strict=True):
                self._assign(one, part)
        elif isinstance(target, ast.Name):
            self._assign_name(target.id, x)
        elif isinstance(target, ast.Subscript):
            self.numbers.write(self._value(target.value), self._index(target.slice), x)
        else:
            self._refused(target)

    def _assign_name(self, name: str, x: Any) -> None:
        before = self._names.get(name)
        if isinstance(x, View) or type(x) is tuple:
            if before is not None and self._is_around(before):
                raise TypeError(f"{name} is an array in native code, and another one in a loop")
            self._names[name] = Bound(x, self._scope)
            return
        dtype = dtype_of(x)
        if not isinstance(before, Slot) or before.dtype != dtype:
            if before is not None and self._is_around(before):
                raise TypeError(f"{name} has one dtype in native code, and {dtype} in a loop")
            before = self._names[name] = Slot(dtype, self._room(llvm_type(dtype)), self._scope)
        elif not self._is_visible(before):
            before = self._names[name] = before._replace(scope=self._scope)
        self.builder.store(self.numbers.cast(x, dtype), before.place)

    def _is_visible(self, known: Any) -> bool:
        return bool(self._scope[: len(known.scope)] == known.scope)

    def _is_around(self, known: Any) -> bool:
        return self._is_visible(known) and len(known.scope) < len(self._scope)

    def _Delete(self, node: Any) -> None:
        for target in node.targets:
            del self._names[target.id]

    def _AugAssign(self, node: Any) -> None:
        if isinstance(node.target, ast.Subscript):
            view, index = self._value(node.target.value), self._index(node.target.slice)
            before = self.numbers.read(view, index)
            after = self.numbers.binary(node.op, before, self._value(node.value))
            self.numbers.write(view, index, after)
            return
        before = self._value(ast.Name(node.target.id))
        self._assign(node.target, self.numbers.binary(node.op, before, self._value(node.value)))

    def _If(self, node: Any) -> None:
        condition = self.numbers.truth(self._value(node.test))
        if isinstance(condition, bool):
            self._suite(node.body if condition else node.orelse)
            return
        yes, no, after = (self.builder.append_basic_block() for _ in range(3))
        self.builder.cbranch(condition.value, yes, no)
        self._block(yes, node.body, after)
        self._block(no, node.orelse, after)
        self.builder.position_at_end(after)

    def _block(self, block: Any, body: Sequence[Any], then: Any) -> None:
        """A suite in a block and a scope of its own, which new names end with."""
        self.builder.position_at_end(block)
        before = self._scope
        self._scopes += 1
        self._scope = (*before, self._scopes)
        self._suite(body)
        self._scope = before
        if not self.builder.block.is_terminated:
            self.builder.branch(then)

    def _While(self, node: Any) -> None:
        again, inside, after = (self.builder.append_basic_block() for _ in range(3))
        self.builder.branch(again)
        self.builder.position_at_end(again)
        condition = Number(BOOL, self.numbers.cast(self._value(node.test), BOOL))
        self.builder.cbranch(condition.value, inside, after)
        self._after.append(after)
        self._block(inside, node.body, again)
        self._after.pop()
        self.builder.position_at_end(after)
        ends = isinstance(node.test, ast.Constant) and node.test.value
        if ends and not any(isinstance(x, ast.Break) for x in ast.walk(node)):
            self.builder.unreachable()

    def _For(self, node: Any) -> None:
        call, builder, numbers = node.iter, self.builder, self.numbers
        if not isinstance(call, ast.Call) or self._value(call.func) is not range:
            self._refused(node)
        bounds = [self._value(x) for x in call.args]
        start, stop = (0, *bounds) if len(bounds) == 1 else bounds[:2]
        step = bounds[2] if len(bounds) == 3 else 1
        if type(step) is not int:
            raise TypeError("native code runs over ranges whose steps are known")
        place = self._room(I64)
        last = numbers.cast(stop, INT)
        builder.store(numbers.cast(start, INT), place)
        again, inside, on, after = (builder.append_basic_block() for _ in range(4))
        builder.branch(again)
        builder.position_at_end(again)
        index = builder.load(place)
        builder.cbranch(builder.icmp_signed("<" if step > 0 else ">", index, last), inside, after)
        self._after.append(after)
        self._names[node.target.id] = Bound(Number(INT, index), self._scope)
        self._block(inside, node.body, on)
        self._after.pop()
        del self._names[node.target.id]
        builder.position_at_end(on)
        builder.store(builder.add(index, I64(step), flags=("nsw",)), place)
        builder.branch(again)
        builder.position_at_end(after)
