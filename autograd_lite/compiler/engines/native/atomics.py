"""Needs of several threads in native code: words that all read and write, and calls by address."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

native_intrinsic: Any = intrinsic  # numba declares the typing context as an argument of callers
utils: Any = cgutils
ORDER = "seq_cst"  # one order of all of them, which every thread agrees about
I64 = ir.IntType(64)


def _word(builder: Any, address: Any) -> Any:
    return builder.inttoptr(address, I64.as_pointer())


@native_intrinsic
def load(typing_context, address):  # type: ignore[no-untyped-def]
    """The word at an address."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load_atomic(_word(builder, arguments[0]), ORDER, 8)

    return types.int64(types.int64), write


@native_intrinsic
def store(typing_context, address, new):  # type: ignore[no-untyped-def]
    """Write a word."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store_atomic(arguments[1], _word(builder, arguments[0]), ORDER, 8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), write


@native_intrinsic
def fetch_add(typing_context, address, added):  # type: ignore[no-untyped-def]
    """Add to a word; what it was before."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.atomic_rmw("add", _word(builder, arguments[0]), arguments[1], ORDER)

    return types.int64(types.int64, types.int64), write


@native_intrinsic
def replaced(typing_context, address, old, new):  # type: ignore[no-untyped-def]
    """Write a word if it is `old`; return whether it was."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, old, new = arguments
        pair = builder.cmpxchg(_word(builder, address), old, new, ORDER, ORDER)
        return builder.extract_value(pair, 1)

    return types.boolean(types.int64, types.int64, types.int64), write


@native_intrinsic
def pause(typing_context):  # type: ignore[no-untyped-def]
    """Tell the processor that the thread waits for another one."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        triple, i32 = builder.module.triple, ir.IntType(32)
        if triple.startswith(("x86_64", "i686")):
            made = ir.FunctionType(ir.VoidType(), [])
            told = utils.get_or_insert_function(builder.module, made, "llvm.x86.sse2.pause")
            builder.call(told, [])
        elif triple.startswith(("aarch64", "arm64")):
            made = ir.FunctionType(ir.VoidType(), [i32])
            told = utils.get_or_insert_function(builder.module, made, "llvm.aarch64.hint")
            builder.call(told, [ir.Constant(i32, 1)])
        return context.get_dummy_value()

    return types.void(), write


@native_intrinsic
def call_block(typing_context, function, given, block, slot):  # type: ignore[no-untyped-def]
    """Call a function of three whole numbers by its address."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        made = ir.FunctionType(ir.VoidType(), [I64] * 3)
        builder.call(builder.inttoptr(arguments[0], made.as_pointer()), arguments[1:])
        return context.get_dummy_value()

    return types.void(*(types.int64,) * 4), write


@native_intrinsic
def call_semaphore(typing_context, function, semaphore, second):  # type: ignore[no-untyped-def]
    """Call a function of a semaphore by its address; 0 says that it was done."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        made = ir.FunctionType(ir.IntType(32), [I64, I64, I64])
        target = builder.inttoptr(arguments[0], made.as_pointer())
        result = builder.call(target, [arguments[1], arguments[2], ir.Constant(I64, 0)])
        return builder.sext(result, I64)

    return types.int64(*(types.int64,) * 3), write


@native_intrinsic
def room_on_stack(typing_context):  # type: ignore[no-untyped-def]
    """The address of 16 words that are there until the function returns."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ptrtoint(utils.alloca_once(builder, I64, size=16), I64)

    return types.int64(), write
