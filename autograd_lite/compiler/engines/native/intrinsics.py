"""Operations of native code that Python has no words for: addresses, words that threads share,
BLAS, and arithmetic that the compiler may reorder.

Only accumulation is reordered: the addition of a reduction carries the mark, so that several
elements are added at once, and in a sum of products the multiplication before it, so that both are
one instruction. NaN, infinity and the sign of zero are never assumed away.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir

I32, I64 = ir.IntType(32), ir.IntType(64)
WORD, BYTE = I64.as_pointer(), ir.IntType(8).as_pointer()
ORDER = "seq_cst"  # one order of all of them, which every thread agrees about
ROW_MAJOR = 101
INT, BOOL, FLOAT32 = np.dtype(np.int64), np.dtype(bool), np.dtype(np.float32)
INT32, UNSIGNED, FLOAT64 = np.dtype(np.int32), np.dtype(np.uint64), np.dtype(np.float64)


class Intrinsic(NamedTuple):
    """An operation of native code.

    Attributes:
        write: writes it, given LLVM's builder and values; None for `array_at`.
        arguments: their dtype; None where all have that of the first one.
        result: its dtype; None for none, ALIKE for that of the first argument.
    """

    write: Callable[..., Any] | None
    arguments: Any
    result: Any


ALIKE = "alike"


def intrinsic(result: Any = None, arguments: Any = INT) -> Callable[[Callable[..., Any]], Any]:
    """Return what makes an `Intrinsic` of the function that writes it."""
    return lambda write: Intrinsic(write, arguments, result)


# -- arithmetic ------------------------------------------------------------------------------------


@intrinsic(ALIKE, None)
def accumulate(builder: Any, total: Any, x: Any) -> Any:
    """``total + x``, in whatever order is fast."""
    return builder.fadd(total, x, flags=("reassoc",))


@intrinsic(ALIKE, None)
def accumulate_product(builder: Any, total: Any, a: Any, b: Any) -> Any:
    """``total + a * b``, likewise; the product may be left unrounded."""
    product = builder.fmul(a, b, flags=("contract",))
    return builder.fadd(total, product, flags=("reassoc", "contract"))


@intrinsic(ALIKE, None)
def multiply_add(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """``a * b + c``; the product may be left unrounded."""
    product = builder.fmul(a, b, flags=("contract",))
    return builder.fadd(product, c, flags=("contract",))


@intrinsic(FLOAT32, INT32)
def float_of_bits(builder: Any, bits: Any) -> Any:
    """The float32 that has these 32 bits."""
    return builder.bitcast(bits, ir.FloatType())


@intrinsic(INT32, FLOAT32)
def bits_of_float(builder: Any, x: Any) -> Any:
    """The 32 bits of a float32."""
    return builder.bitcast(x, I32)


@intrinsic(UNSIGNED, UNSIGNED)
def high_product(builder: Any, a: Any, b: Any) -> Any:
    """The upper half of the product of two numbers without signs, of 128 bits."""
    wide = ir.IntType(128)
    product = builder.mul(builder.zext(a, wide), builder.zext(b, wide))
    return builder.trunc(builder.lshr(product, wide(64)), I64)


# -- memory ----------------------------------------------------------------------------------------

# ``array_at(address, shape, dtype)`` is the array there, with its elements in order.
array_at: Any = Intrinsic(None, None, None)


@intrinsic()
def copy_bytes(builder: Any, target: Any, source: Any, count: Any) -> Any:
    """Copy bytes from address to address; those of one number at once."""
    is_word = builder.icmp_signed("==", count, I64(8))
    with builder.if_else(is_word) as (at_once, otherwise):
        with at_once:
            number = builder.load(builder.inttoptr(source, WORD), align=1)
            builder.store(number, builder.inttoptr(target, WORD), align=1)
        with otherwise:
            copy = builder.module.declare_intrinsic("llvm.memcpy", [BYTE, BYTE, I64])
            to, at = builder.inttoptr(target, BYTE), builder.inttoptr(source, BYTE)
            builder.call(copy, [to, at, count, ir.IntType(1)(0)])


@intrinsic(INT)
def load(builder: Any, address: Any) -> Any:
    """The word at an address."""
    return builder.load_atomic(builder.inttoptr(address, WORD), ORDER, 8)


@intrinsic()
def store(builder: Any, address: Any, new: Any) -> Any:
    """Write a word."""
    builder.store_atomic(new, builder.inttoptr(address, WORD), ORDER, 8)


@intrinsic(INT)
def fetch_add(builder: Any, address: Any, added: Any) -> Any:
    """Add to a word; what it was before."""
    return builder.atomic_rmw("add", builder.inttoptr(address, WORD), added, ORDER)


@intrinsic(BOOL)
def replaced(builder: Any, address: Any, old: Any, new: Any) -> Any:
    """Write a word if it is `old`; return whether it was."""
    pair = builder.cmpxchg(builder.inttoptr(address, WORD), old, new, ORDER, ORDER)
    return builder.extract_value(pair, 1)


@intrinsic(INT)
def room_on_stack(builder: Any) -> Any:
    """The address of 16 words that are there until the function returns."""
    with builder.goto_entry_block():
        room = builder.alloca(I64, 16)
    return builder.ptrtoint(room, I64)


@intrinsic()
def pause(builder: Any) -> Any:
    """Tell the processor that the thread waits for another one."""
    triple = builder.module.triple
    if triple.startswith(("x86_64", "i686")):
        _call_named(builder, "llvm.x86.sse2.pause", ir.VoidType(), [])
    elif triple.startswith(("aarch64", "arm64")):
        _call_named(builder, "llvm.aarch64.hint", ir.VoidType(), [I32(1)])


@intrinsic(INT)
def ticks(builder: Any) -> Any:
    """The time by a clock of the processor, in units of its own; 0 where no such clock is known."""
    triple = builder.module.triple
    if triple.startswith("x86_64"):
        return _call_named(builder, "llvm.readcyclecounter", I64, [])
    if triple.startswith(("aarch64", "arm64")):
        counter = builder.module.add_metadata(["cntvct_el0"])
        return _call_named(builder, "llvm.read_volatile_register.i64", I64, [counter])
    return I64(0)


# -- calls by address ------------------------------------------------------------------------------


def _call_named(builder: Any, name: str, result: Any, given: list[Any]) -> Any:
    made = ir.FunctionType(result, [x.type for x in given])
    known = builder.module.globals.get(name)
    return builder.call(known or ir.Function(builder.module, made, name), given)


def _call_at(builder: Any, address: Any, result: Any, given: list[Any]) -> Any:
    made = ir.FunctionType(result, [x.type for x in given])
    return builder.call(builder.inttoptr(address, made.as_pointer()), given)


@intrinsic()
def call_native(builder: Any, function: Any, *given: Any) -> Any:
    """Call a function of whole numbers: a native function, or a block of work."""
    _call_at(builder, function, ir.VoidType(), [*given])


@intrinsic(INT)
def call_semaphore(builder: Any, function: Any, semaphore: Any, second: Any) -> Any:
    """Call a function of a semaphore; 0 says that it was done."""
    result = _call_at(builder, function, I32, [semaphore, second, I64(0)])
    return builder.sext(result, I64)


@intrinsic(INT)
def call_python(builder: Any, function: Any, *given: Any) -> Any:
    """Call a function of Python's own, of words, that returns a word."""
    return _call_at(builder, function, I64, [*given])


@intrinsic(FLOAT64)
def call_distribution(builder: Any, function: Any, generator: Any, a: Any, b: Any) -> Any:
    """Call NumPy's function of a distribution, whose two parameters are given as bits."""
    real = ir.DoubleType()
    parameters = [builder.bitcast(x, real) for x in (a, b)]
    return _call_at(builder, function, real, [generator, *parameters])


def _multiply(real: Any) -> Any:
    """The intrinsic for one type: C = A B, or of their transposes; C += A B if `keep`. From one row
    of C to the next are `ldc` elements.
    """

    def multiply(builder: Any, *words: Any) -> Any:
        function, m, n, k, a, turn_a, lda, b, turn_b, ldb, c, ldc, keep = words
        turns = [builder.trunc(turn, I32) for turn in (turn_a, turn_b)]
        a, b, c = (builder.inttoptr(x, BYTE) for x in (a, b, c))
        beta = builder.sitofp(keep, real)
        given = [I32(ROW_MAJOR), *turns, m, n, k, real(1.0), a, lda, b, ldb, beta, c, ldc]
        _call_at(builder, function, ir.VoidType(), given)

    return intrinsic()(multiply)


def _multiply_vector(real: Any) -> Any:
    """The intrinsic for one type: y = A x, or of the transpose of A, which is kept as m times n
    numbers; y += A x if `keep`.
    """

    def multiply(builder: Any, *words: Any) -> Any:
        function, turn, m, n, a, lda, x, step, y, keep = words
        a, x, y = (builder.inttoptr(z, BYTE) for z in (a, x, y))
        beta, one = builder.sitofp(keep, real), I64(1)
        turn = builder.trunc(turn, I32)
        given = [I32(ROW_MAJOR), turn, m, n, real(1.0), a, lda, x, step, beta, y, one]
        _call_at(builder, function, ir.VoidType(), given)

    return intrinsic()(multiply)


multiply_vector_float32 = _multiply_vector(ir.FloatType())
multiply_vector_float64 = _multiply_vector(ir.DoubleType())
multiply_float32 = _multiply(ir.FloatType())
multiply_float64 = _multiply(ir.DoubleType())
