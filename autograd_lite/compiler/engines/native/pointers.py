"""Arrays inside native code by their address: so that one argument stands for all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from autograd_lite.arrays import address_of

raw_memcpy: Any = cgutils.raw_memcpy


def addresses(*arrays: Any) -> Any:
    """Where the elements of arrays lie; an address stands for itself. The arrays have to outlive
    whoever is told.
    """
    found = []
    for array in arrays:
        if isinstance(array, int):
            found.append(array)
            continue
        assert array.flags.c_contiguous, "native code counts on elements in order"
        found.append(address_of(array))
    return np.array(found, np.int64)


@intrinsic
def pointer(typing_context: Any, address: Any) -> Any:
    """An address as a pointer, for `numba.carray`."""

    def convert(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(types.int64), convert


@intrinsic
def call_native(typing_context, function, address, first, count):  # type: ignore[no-untyped-def]
    """Call a native function by its address; the arguments are those of all native functions."""

    def call(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        integer = ir.IntType(64)
        made = ir.FunctionType(ir.VoidType(), [integer] * 3)
        builder.call(builder.inttoptr(arguments[0], made.as_pointer()), arguments[1:])
        return context.get_dummy_value()

    return types.void(*(types.int64,) * 4), call


@intrinsic
def copy_bytes(typing_context, target, source, count):  # type: ignore[no-untyped-def]
    """Copy bytes from address to address; those of one number at once."""

    def copy(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(64).as_pointer()
        to, at, count = arguments
        is_word = builder.icmp_signed("==", count, ir.Constant(ir.IntType(64), 8))
        with builder.if_else(is_word) as (at_once, otherwise):
            with at_once:
                number = builder.load(builder.inttoptr(at, word), align=1)
                builder.store(number, builder.inttoptr(to, word), align=1)
            with otherwise:
                to, at = builder.inttoptr(to, byte), builder.inttoptr(at, byte)
                raw_memcpy(builder, to, at, count, 1)
        return context.get_dummy_value()

    return types.void(*(types.int64,) * 3), copy
