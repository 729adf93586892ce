"""Collectives: operations in which all ranks take part, recorded like any other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite import gradient, primitive
from autograd_lite.extend import current_context
from nn._core.nest import leaves, map_arrays
from nn.distribution.data_parallel import ranks
from nn.distribution.share import Share, SharedBatch, current_share, using

SMALL = 16_384  # elements; gradients below travel together


@primitive(effect=True)
def mean_over_ranks(x: Any) -> Any:
    """Average the arrays of all ranks, each weighted by its fraction of the batch.

    Of one process, of a batch that every rank computes whole, and while a function is traced, it
    is `x` itself.
    """
    together, share = ranks(), current_share()
    if together is None or current_context().tracing is not None:
        return np.array(x)
    if share is None:
        return together.weighted_sum(x, 1 / together.size)
    return np.array(x) if share.is_whole else together.weighted_sum(x, share.fraction)


gradient(mean_over_ranks, lambda g, y, x: mean_over_ranks(g))


def average(x: Any) -> Any:
    """Return `mean_over_ranks` of a Tensor; without other ranks the Tensor itself."""
    return x if ranks() is None else mean_over_ranks(x)


def sum_of_ranks(x: Any) -> Any:
    """Scale the sum over this rank's rows so that the average over the ranks is the sum of all."""
    share = current_share()
    return x if share is None or share.is_whole else x / share.fraction


def average_gradients(gradients: Sequence[Any]) -> list[Any]:
    """Average each gradient over the ranks; None stays None.

    Small ones of one dtype travel together.
    """
    result = list(gradients)
    if ranks() is None:
        return result
    together: dict[Any, list[int]] = {}
    for i, g in enumerate(result):
        if g is None:
            continue
        if g.size < SMALL:
            together.setdefault(g.dtype, []).append(i)
        else:
            result[i] = mean_over_ranks(g)
    for indices in together.values():
        parts = [result[i] for i in indices]
        whole = mean_over_ranks(np.concatenate([np.reshape(g, -1) for g in parts]))
        start = 0
        for i, g in zip(indices, parts, strict=True):
            result[i] = np.reshape(whole[start : start + g.size], g.shape)
            start += g.size
    return result


def average_logs(logs: dict[str, Any]) -> dict[str, float]:
    """Average the numbers of a step over the ranks."""
    if ranks() is None or not logs:
        return logs
    values = mean_over_ranks(np.array([float(value) for value in logs.values()]))
    return dict(zip(logs, map(float, values), strict=True))


def gather(structure: Any) -> Any:
    """Return the rows of all ranks of some arrays, in the structure given."""
    together, share = ranks(), current_share()
    if together is None or share is None or share.is_whole:
        return structure
    size = together.size
    counts = [Share.of(rank, size, share.total).rows for rank in range(size)]
    for x in leaves(structure):
        if np.ndim(x) == 0 or len(x) != share.rows:
            raise ValueError(
                f"an output of shape {np.shape(x)} does not have one row for each of the "
                f"{share.rows} samples, so the ranks' outputs cannot be put together"
            )
    return map_arrays(lambda x: together.gather_rows(x, counts), structure)


def whole(batch: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a batch with the rows of all ranks."""
    if not isinstance(batch, SharedBatch):
        return batch
    with using(batch):
        return tuple(map(gather, batch))
