"""Samples of one number each, (samples,), as a column, (samples, 1)."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from nn.data.adapters import as_array, is_iterable_data


def as_column(x: Any, expected: Any, name: str = "x") -> Any:
    """Return x of shape (n,) as (n, 1), with a note; everything else unchanged.

    Args:
        x: what `fit`, `evaluate` or `predict` were given.
        expected: the shape of the batches that the model was made for, None if that is not known
            yet. For another width than 1 x stays as it is, to be refused by the layer.
        name: of x, for the note.
    """
    if x is None or is_iterable_data(x) or (expected is not None and tuple(expected)[1:] != (1,)):
        return x
    if getattr(x, "ndim", None) != 1 and not _is_list_of_numbers(x):
        return x
    array = as_array(x, name)
    if array.ndim != 1 or array.dtype.kind not in "fiub":
        return x
    warnings.warn(
        f"{name} has shape {array.shape}, and is taken as {(len(array), 1)}: samples of one number "
        f"each. Write {name}[:, None] to say so",
        stacklevel=4,
    )
    return array[:, None]


def _is_list_of_numbers(x: Any) -> bool:
    return isinstance(x, list) and all(isinstance(n, (int, float, np.number)) for n in x)
