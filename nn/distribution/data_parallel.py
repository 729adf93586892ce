"""DataParallel: the distribution in which every rank holds the model and shares the batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nn._core.validation import require_flag, require_number
from nn.distribution.ranks import Ranks
from nn.random import generator

_current: DataParallel | None = None


class DataParallel:
    """Every rank holds the model, computes its share of each batch, and averages gradients.

    Args:
        device_mesh, devices: None: every rank computes on its own processor.
        auto_shard_dataset: True: all ranks are given the same data, of which each takes its rows.
        timeout: the seconds that a rank waits for the others before the job ends, with the stack
            of every rank.
        synchronize_batch_normalization: True to have `BatchNormalization` take mean and variance
            of the whole batch, as one process does, and not of the rank's own rows.

    Attributes:
        rank: the number of this process, from 0 up.
        size: the number of processes.

    Raises:
        ImportError: without mpi4py, or without an MPI that it finds.
        ValueError: for devices, and for data that is sharded already.

    Example:
        >>> import nn
        >>> # nn.distribution.set_distribution(nn.distribution.DataParallel())
        >>> # mpiexec -n 4 python train.py
    """

    def __init__(
        self,
        device_mesh: Any = None,
        devices: Any = None,
        auto_shard_dataset: bool = True,
        *,
        timeout: float = 600.0,
        synchronize_batch_normalization: bool = False,
    ) -> None:
        if device_mesh is not None or devices is not None:
            raise ValueError(
                "DataParallel takes no devices: each rank that mpiexec starts computes on its own "
                "processor. Write DataParallel()"
            )
        require_flag("auto_shard_dataset", auto_shard_dataset)
        if not auto_shard_dataset:
            raise ValueError(
                "auto_shard_dataset=False, data that is sharded already, is not supported: give "
                "every rank the same data, and each takes its rows of every batch"
            )
        require_number("timeout", timeout, positive=True)
        require_flag("synchronize_batch_normalization", synchronize_batch_normalization)
        self.auto_shard_dataset = auto_shard_dataset
        self.timeout = timeout
        self.synchronize_batch_normalization = synchronize_batch_normalization
        self.ranks = Ranks(timeout)
        self.rank, self.size = self.ranks.rank, self.ranks.size

    def __repr__(self) -> str:
        return f"<DataParallel rank {self.rank} of {self.size}>"


def set_distribution(value: DataParallel | None) -> None:
    """Distribute what follows: layers created, models trained; None ends that.

    Call it before layers are created. All ranks continue with the random generator of rank 0, so
    that they draw the same initial weights, order of samples and dropout masks.

    Raises:
        TypeError: for anything but a DataParallel or None.
    """
    global _current
    if not (value is None or isinstance(value, DataParallel)):
        raise TypeError(f"set_distribution takes a DataParallel() or None, got {value!r}")
    _current = value
    if value is not None and value.size > 1:
        value.ranks.start()
        generator().state = value.ranks.broadcast(generator().state)


def distribution() -> DataParallel | None:
    """Return the current distribution; None without."""
    return _current


def ranks() -> Ranks | None:
    """Return the ranks that work together; None if this process works alone."""
    return None if _current is None or _current.size == 1 else _current.ranks


def is_chief() -> bool:
    """Return True on the rank that prints and writes files, and without a distribution."""
    return _current is None or _current.rank == 0


def on_chief(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function on rank 0 alone, and return its result, or raise its error, on all ranks."""
    together = ranks()
    if together is None:
        return function(*args)
    outcome = _outcome(function, args) if together.rank == 0 else None
    result, error = together.broadcast(outcome)
    if error is not None:
        raise error
    return result


def _outcome(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, Any]:
    try:
        return function(*args), None
    except Exception as error:
        return None, error


def synchronizes_batches() -> bool:
    """Return True if statistics of a batch are those of all ranks together."""
    return ranks() is not None and bool(_current and _current.synchronize_batch_normalization)


def require_enough(samples: int, what: str) -> None:
    """Refuse fewer samples than ranks.

    Raises:
        ValueError: tells both numbers.
    """
    together = ranks()
    if together is not None and samples < together.size:
        raise ValueError(
            f"{what} has {samples} samples for {together.size} ranks, so some would have nothing "
            f"to do: start fewer (mpiexec -n {max(samples, 1)}), or give more"
        )


def agreed(flags: tuple[bool, ...]) -> tuple[bool, ...]:
    """Return for each flag if any rank has set it."""
    together = ranks()
    if together is None:
        return flags
    return tuple(bool(x) for x in together.maximum(np.array(flags, np.uint8)))
