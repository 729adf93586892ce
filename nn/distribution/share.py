"""Share: the rows of a batch that this process computes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from autograd_lite import sample
from autograd_lite.extend import FrozenFields, frozen


@frozen
class Share(FrozenFields):
    """Rows `start` to `stop` of a batch of `total` rows.

    A batch of fewer rows than ranks is computed whole by every rank, without communication.

    Example:
        >>> [Share.of(rank, 3, 8).rows for rank in range(3)]
        [2, 3, 3]
        >>> Share.of(2, 3, 2).is_whole
        True
    """

    start: int
    stop: int
    total: int

    @classmethod
    def of(cls, rank: int, size: int, total: int) -> Share:
        """Return the share of a rank: all differ by at most one row."""
        if total < size:
            return cls(0, total, total)
        return cls(rank * total // size, (rank + 1) * total // size, total)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return self.stop - self.start

    @property
    def is_whole(self) -> bool:
        """True if this is the whole batch."""
        return self.rows == self.total

    @property
    def fraction(self) -> float:
        """The fraction of the batch."""
        return self.rows / self.total


class SharedBatch(tuple[Any, ...]):
    """The rows of a share, (x,), (x, y) or (x, y, sample_weight), with the share itself."""

    share: Share

    @classmethod
    def of(cls, batch: tuple[Any, ...], share: Share) -> SharedBatch:
        """Return a batch of these rows."""
        made = cls(batch)
        made.share = share
        return made


_SHARE: ContextVar[Share | None] = ContextVar("nn.share", default=None)


def current_share() -> Share | None:
    """Return the share of the batch that is computed now; None outside of a distributed step."""
    return _SHARE.get()


@contextmanager
def using(batch: tuple[Any, ...]) -> Iterator[None]:
    """Compute a batch in a block: its share is the current one."""
    token = _SHARE.set(batch.share if isinstance(batch, SharedBatch) else None)
    try:
        yield
    finally:
        _SHARE.reset(token)


def sample_rows(
    generator: Any, method: str, *parameters: float, shape: tuple[int, ...], dtype: Any = None
) -> Any:
    """Draw random numbers for the rows of this process, as `autograd_lite.sample` does.

    All ranks draw the same numbers for the whole batch, and each takes its rows, so that a result
    does not depend on the number of ranks.

    Args:
        generator: a `numpy.random.Generator`, in the same state on every rank.
        method: "random", "normal", "uniform", ...
        *parameters: those of the distribution.
        shape: of the result; a first axis of another length than the rows is not shared out.
        dtype: for methods that take one.
    """
    share = _SHARE.get()
    if share is None or share.is_whole or not shape or shape[0] != share.rows:
        return sample(generator, method, *parameters, shape=shape, dtype=dtype)
    whole = sample(generator, method, *parameters, shape=(share.total, *shape[1:]), dtype=dtype)
    return whole[share.start : share.stop]
