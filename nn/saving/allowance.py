"""`Allowance`: the memory that a file may make a model take, and whom errors are blamed on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from nn.layers.module import VALUE_MAKER
from nn.saving.files import ModelFileError

MOST_METRICS = 1000


class Allowance:
    """The memory budget of the weights: the size of the tensors in the file.

    Without it a file of a few bytes could ask for a kernel of a terabyte.

    Args:
        arrays: the tensors.
    """

    def __init__(self, arrays: Iterable[Any]) -> None:
        self._left = sum(array.nbytes for array in arrays)

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Make weights of zeros in a block, since their values are in the file, while they fit."""
        token = VALUE_MAKER.set(self._zeros)
        try:
            yield
        finally:
            VALUE_MAKER.reset(token)

    def _zeros(self, name: str, shape: tuple[int, ...], dtype: Any) -> Any:
        needed = math.prod(shape) * np.dtype(dtype).itemsize
        if needed > self._left:
            raise ModelFileError(
                f"{name} of shape {shape} takes {needed:.3g} bytes, and the file has only "
                f"{self._left:.3g} for it"
            )
        self._left -= needed
        return np.zeros(shape, dtype)


@contextmanager
def blamed_on_file(what: str) -> Iterator[None]:
    """Turn errors of a class about values from the file into an error of the file."""
    try:
        yield
    except ModelFileError:
        raise
    except Exception as error:  # a file may claim anything, so anything may be raised
        raise ModelFileError(f"{what}: {error}") from error


def require_few_metrics(arguments: Mapping[str, Any]) -> None:
    """Refuse a file that names a million metrics, each of which costs time."""

    def count(part: Any) -> int:
        if isinstance(part, (list, tuple, dict)):
            return sum(map(count, part.values() if isinstance(part, dict) else part))
        return 1

    if count([arguments["metrics"], arguments["weighted_metrics"]]) > MOST_METRICS:
        raise ModelFileError(f"it has more than {MOST_METRICS} metrics")
