"""Matrix products inside of native code: a call of the BLAS that NumPy itself has loaded.

So no second BLAS, with threads of its own, comes into the process, and a product gives the numbers
that `np.matmul` gives. Where NumPy has another BLAS, products are left to `np.matmul`.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from autograd_lite.openblas import loaded_openblas

ROW_MAJOR = 101
PLAIN, TRANSPOSED = 111, 112  # how a factor is meant


@functools.cache
def addresses_of_blas() -> tuple[int, int] | None:
    """Where the products of float32 and of float64 begin; None if NumPy's BLAS is another."""
    library = loaded_openblas()
    found: list[Any] = [getattr(library, f"scipy_cblas_{kind}gemm64_", None) for kind in ("s", "d")]
    if None in found:
        return None
    single, double = (ctypes.cast(f, ctypes.c_void_p).value for f in found)
    return (single, double) if single and double else None


def _multiply(llvm_real: Any) -> Any:
    """The intrinsic for one type: C = A B, or of their transposes; C += A B if `keep`. From one row
    of C to the next are `ldc` elements.
    """

    @intrinsic
    def multiply(  # type: ignore[no-untyped-def]
        typing_context, function, rows, columns, inner, a, turn_a, lda, b, turn_b, ldb, c, ldc, keep
    ):
        def call(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            function, m, n, k, a, turn_a, lda, b, turn_b, ldb, c, ldc, keep = arguments
            i32, i64 = ir.IntType(32), ir.IntType(64)
            pointer = ir.IntType(8).as_pointer()
            types_ = [i32, i32, i32, i64, i64, i64, llvm_real, pointer, i64, pointer, i64]
            types_ += [llvm_real, pointer, i64]
            made = ir.FunctionType(ir.VoidType(), types_)
            target = builder.inttoptr(function, made.as_pointer())

            def turned(flag: Any) -> Any:
                return builder.trunc(flag, i32)

            def real_number(x: float) -> Any:
                return ir.Constant(llvm_real, x)

            beta = builder.sitofp(keep, llvm_real)
            at = [builder.inttoptr(x, pointer) for x in (a, b, c)]
            given = [ir.Constant(i32, ROW_MAJOR), turned(turn_a), turned(turn_b), m, n, k]
            given += [real_number(1.0), at[0], lda, at[1], ldb, beta, at[2], ldc]
            builder.call(target, given)
            return context.get_dummy_value()

        return types.void(*(types.int64,) * 13), call

    return multiply


multiply_float32 = _multiply(ir.FloatType())
multiply_float64 = _multiply(ir.DoubleType())
