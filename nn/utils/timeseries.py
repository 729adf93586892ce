"""Windows of a time series."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn._core.validation import require_count
from nn.data.adapters import as_array
from nn.random import Seed
from nn.utils.py_dataset import Batches

__all__ = ["timeseries_dataset_from_array"]


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: Seed = None,
    start_index: int | None = None,
    end_index: int | None = None,
) -> Batches:
    """Return a data set of windows of consecutive rows, each with the target of its first row.

    Args:
        data: (rows, ...).
        targets: ``targets[i]`` belongs to the window that starts at row i; None for windows alone.
        sequence_length: rows of a window.
        sequence_stride: rows from the start of one window to that of the next.
        sampling_rate: rows from one row of a window to the next.
        batch_size: windows in a batch; None for one window at a time.
        shuffle: True for another order at each epoch.
        seed: of that order.
        start_index: rows before it are left out.
        end_index: rows from it on are left out.

    Raises:
        TypeError: for numbers that are not whole, and for data that are no array.
        ValueError: for numbers below 1, indices beyond the data, and windows longer than it.

    Example:
        >>> windows = timeseries_dataset_from_array(np.arange(6), np.arange(6) + 3, 3, batch_size=2)
        >>> for x, y in windows:
        ...     print(x.tolist(), y.tolist())
        [[0, 1, 2], [1, 2, 3]] [3, 4]
        [[2, 3, 4], [3, 4, 5]] [5, 6]
    """
    for name, n in (
        ("sequence_length", sequence_length),
        ("sequence_stride", sequence_stride),
        ("sampling_rate", sampling_rate),
    ):
        require_count(name, n)
    whole = as_array(data, "data")
    _require_within(len(whole) if whole.ndim else 0, start_index, end_index)
    rows = whole[start_index:end_index]
    of_windows = None if targets is None else as_array(targets, "targets")[start_index:end_index]
    count = len(rows) - (sequence_length - 1) * sampling_rate
    if of_windows is not None:
        count = min(count, len(of_windows))
    if count < 1:
        raise ValueError(
            f"{len(rows)} rows have no window of {sequence_length} rows, {sampling_rate} apart"
        )
    steps = np.arange(sequence_length) * sampling_rate

    def load(starts: Any) -> Any:
        x = rows[np.asarray(starts)[..., None] + steps]
        return x if of_windows is None else (x, of_windows[starts])

    return Batches(load, np.arange(0, count, sequence_stride), batch_size, shuffle, seed)


def _require_within(count: int, start: int | None, end: int | None) -> None:
    """Refuse an index that is no row's: Python would count it from the end, or cut it off."""
    first, last = 0 if start is None else start, count if end is None else end
    if not 0 <= first < last <= count:
        raise ValueError(
            f"start_index={start} and end_index={end} are rows of data, which has {count}, the "
            "first before the second"
        )
