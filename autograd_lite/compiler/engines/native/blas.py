"""Matrix products inside of native code: a call of the BLAS that NumPy itself has loaded.

So no second BLAS, with threads of its own, comes into the process, and a product gives the numbers
that `np.matmul` gives. Where NumPy has another BLAS, products are left to `np.matmul`.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any

from autograd_lite.openblas import loaded_openblas

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
