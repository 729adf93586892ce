"""Ranks: the processes of one MPI job, and what they exchange."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np

from autograd_lite.extend import set_blas_threads, usable_cores

Array = np.ndarray[Any, Any]

THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


class Ranks:
    """The processes of the job that ``mpiexec`` started.

    Args:
        timeout: the seconds after which waiting for another rank ends the job.

    Attributes:
        rank: the number of this process, from 0 up.
        size: the number of processes.

    Raises:
        ImportError: without mpi4py, or without an MPI that it finds.
    """

    def __init__(self, timeout: float) -> None:
        from nn.distribution.watchdog import Watchdog

        self._mpi = _mpi()
        self._comm = self._mpi.COMM_WORLD
        self.rank: int = self._comm.Get_rank()
        self.size: int = self._comm.Get_size()
        self._watchdog = Watchdog(self.rank, self.size, timeout, self._comm.Abort)

    def start(self) -> None:
        """Divide the processor's cores among the ranks of this machine, and watch over them."""
        node = self._comm.Split_type(self._mpi.COMM_TYPE_SHARED)
        if not any(name in os.environ for name in THREAD_VARIABLES):
            set_blas_threads(max(1, usable_cores() // node.Get_size()))
        self._watchdog.start(node)

    # -- values of Python -------------------------------------------------------------------------

    def broadcast(self, value: Any) -> Any:
        """Return rank 0's value on all ranks."""
        with self._watchdog:
            return self._comm.bcast(value)

    def everyones(self, value: Any) -> list[Any]:
        """Return the values of all ranks, in order, on all of them."""
        with self._watchdog:
            return list(self._comm.allgather(value))

    # -- arrays -----------------------------------------------------------------------------------

    def weighted_sum(self, x: Any, weight: float) -> Array:
        """Return the sum of all ranks' arrays, of one shape and dtype, each times its weight.

        The result has the same bits on all ranks.
        """
        total = np.multiply(x, np.asarray(weight, np.asarray(x).dtype), order="C")
        total = np.asarray(total)
        with self._watchdog:
            self._comm.Allreduce(self._mpi.IN_PLACE, total)
        return total

    def maximum(self, x: Array) -> Array:
        """Return the largest of all ranks' elements."""
        total = np.array(x)
        with self._watchdog:
            self._comm.Allreduce(self._mpi.IN_PLACE, total, op=self._mpi.MAX)
        return total

    def gather_rows(self, x: Any, counts: list[int]) -> Array:
        """Return the rows of all ranks, in order.

        Args:
            x: this rank's rows.
            counts: how many rows each rank has.
        """
        given = np.ascontiguousarray(x)
        whole = np.empty((sum(counts), *given.shape[1:]), given.dtype)
        width = given.nbytes // max(len(given), 1)
        sizes = [count * width for count in counts]
        target = [whole.view(np.uint8).reshape(-1), sizes, None, self._mpi.BYTE]
        with self._watchdog:
            self._comm.Allgatherv([given.view(np.uint8).reshape(-1), self._mpi.BYTE], target)
        return whole


def _mpi() -> Any:
    """Import mpi4py, which initialises MPI.

    Raises:
        ImportError: tells what is missing.
    """
    try:
        import mpi4py
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        missing = "mpi4py" if "mpi4py" not in sys.modules else "an MPI that mpi4py finds"
        raise ImportError(
            f"nn.distribution needs {missing}: pip install mpi4py mpich, or mpi4py with the MPI "
            f"of the system ({error})"
        ) from None
    if not MPI.Is_initialized():
        MPI.Init_thread(mpi4py.rc.threads and MPI.THREAD_MULTIPLE)
    return MPI
