"""`Peak`: what this machine reaches at best, measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.compiler.engines.shared_numpy import numpy_that_shares
from autograd_lite.threads import one_blas_thread

SIDE = 512  # of the square matrices that are multiplied
COPIED = 16 * 2**20  # bytes, more than most caches hold
RUNS = 15  # short ones: some are undisturbed even on a busy machine


class Peak(NamedTuple):
    """The best rates of a machine.

    Attributes:
        arithmetic: floating-point operations a second, of a product of large matrices.
        bandwidth: bytes read and written a second, of copying a large array.

    Example:
        >>> Peak(arithmetic=100e9, bandwidth=10e9).least(arithmetic=200, moved=40)
        4e-09
    """

    arithmetic: float
    bandwidth: float

    def least(self, arithmetic: float, moved: float) -> float:
        """The seconds that so many operations and bytes take at these rates: the longer of both."""
        return max(arithmetic / self.arithmetic, moved / self.bandwidth)


def measured_peak(dtype: Any = np.float32) -> Peak:
    """Measure this machine as it is now: the products by BLAS's threads and by shared blocks, the
    copy. It takes some 100 ms.
    """
    a = np.ones((SIDE, SIDE), dtype)
    product = np.empty_like(a)
    source = np.ones(COPIED, np.uint8)
    target = np.empty_like(source)
    products = [least_seconds(lambda: np.matmul(a, a, out=product), RUNS)]
    with one_blas_thread:
        products.append(least_seconds(lambda: numpy_that_shares().matmul(a, a, out=product), RUNS))
    return Peak(
        2 * SIDE**3 / min(products),
        2 * COPIED / least_seconds(lambda: np.copyto(target, source), RUNS),
    )


def least_seconds(work: Callable[[], Any], runs: int) -> float:
    """Return the seconds of the fastest of so many runs."""
    seconds = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)
