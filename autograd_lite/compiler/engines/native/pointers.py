"""Arrays inside native code by their address: so that one argument stands for all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic

from autograd_lite.arrays import address_of

__all__ = ["addresses", "pointer"]


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
