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


_NAMES = {
    "float32": "sgemm",
    "float64": "dgemm",
    "vector_float32": "sgemv",
    "vector_float64": "dgemv",
}


@functools.cache
def addresses_of_blas() -> dict[str, int] | None:
    """Where the products of each dtype begin, and those of a matrix and a vector; None if NumPy's
    BLAS is another.
    """
    library, found = loaded_openblas(), {}
    for name, function in _NAMES.items():
        called: Any = getattr(library, f"scipy_cblas_{function}64_", None)
        address = None if called is None else ctypes.cast(called, ctypes.c_void_p).value
        if not address:
            return None
        found[name] = address
    return found
