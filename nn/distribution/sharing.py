"""Sharing batches out among the ranks, and making sure that they do the same."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from nn._core.generators import generators_of
from nn._core.nest import leaves, map_arrays
from nn.distribution.data_parallel import ranks
from nn.distribution.share import Share, SharedBatch


def share_of(count: int) -> Share | None:
    """Return this rank's share of a batch of so many rows; None if it works alone."""
    together = ranks()
    return None if together is None else Share.of(together.rank, together.size, count)


def rows_of(share: Share, rows: Any) -> Any:
    """Return the part of some rows, indices or a slice of step 1, that a share has.

    >>> rows_of(Share(2, 4, 4), slice(10, 14)), rows_of(Share(2, 4, 4), np.array([9, 3, 7, 5]))
    (slice(12, 14, None), array([7, 5]))
    """
    if isinstance(rows, slice):
        return slice(rows.start + share.start, rows.start + share.stop)
    return rows[share.start : share.stop]


def shared(batch: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return this rank's rows of a batch; the batch itself if it works alone."""
    share = share_of(len(next(leaves(batch[0]))))
    if share is None:
        return batch
    rows = slice(share.start, share.stop)
    return SharedBatch.of(tuple(map_arrays(lambda a: a[rows], part) for part in batch), share)


def require_agreement(what: dict[str, Any]) -> None:
    """Refuse to start if the ranks do not agree about what they are going to do.

    Args:
        what: facts by name, numbers or text.

    Raises:
        ValueError: on all ranks; lists what each of them has.
    """
    together = ranks()
    if together is None:
        return
    given = together.everyones(what)
    for name in what:
        values = [facts.get(name) for facts in given]
        if any(value != values[0] for value in values):
            listed = "\n".join(f"  rank {rank}: {value}" for rank, value in enumerate(values))
            raise ValueError(
                f"the ranks disagree about {name}, so they cannot train together:\n{listed}\n"
                "All ranks run the same script, with the same data and arguments"
            )


def same_start(variables: Iterable[Any], owners: Iterable[Any]) -> None:
    """Give all ranks the values of rank 0: of Variables, and of random generators.

    Args:
        variables: the weights, and what the optimizer remembers.
        owners: objects with generators among their attributes.
    """
    together = ranks()
    if together is None:
        return
    variables = list(variables)
    found = [each for owner in owners for each in generators_of(owner).values()]
    values, states = together.broadcast(
        ([v.data for v in variables], [each.bit_generator.state for each in found])
    )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    for each, state in zip(found, states, strict=True):
        each.bit_generator.state = state


def require_equal_weights(variables: Iterable[Any]) -> None:
    """Refuse to go on if the weights of the ranks have come apart.

    Raises:
        RuntimeError: on all ranks.
    """
    together = ranks()
    if together is None:
        return
    checksum = 0
    for variable in variables:
        checksum = zlib.crc32(np.ascontiguousarray(variable.data).data, checksum)
    if len(set(together.everyones(checksum))) > 1:
        raise RuntimeError(
            "the weights of the ranks have come apart. Something changed them on one rank alone: a "
            "callback, a train_step of your own that assigns weights without the optimizer, or a "
            "branch on the rank"
        )
