"""Sequences of different lengths, as one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn._core.validation import require_whole

__all__ = ["pad_sequences"]


def pad_sequences(
    sequences: Sequence[Any],
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray[Any, Any]:
    """Return sequences in an array, the short ones filled up and the long ones cut.

    Args:
        sequences: lists of numbers, or of arrays of one shape.
        maxlen: the length of all; by default that of the longest.
        dtype: of the result; object for strings.
        padding: "pre" fills before a sequence, "post" after it.
        truncating: "pre" cuts a sequence at its beginning, "post" at its end.
        value: what it is filled with.

    Returns:
        (sequences, maxlen, ...).

    Raises:
        ValueError: for other words, for what is no list of sequences, and for parts whose shapes
            differ.

    Example:
        >>> pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
        array([[0, 1],
               [2, 3],
               [5, 6]], dtype=int32)
    """
    for name, word in (("padding", padding), ("truncating", truncating)):
        if word not in ("pre", "post"):
            raise ValueError(f"{name} is 'pre' or 'post', got {word!r}")
    for i, sequence in enumerate(sequences):
        if not hasattr(sequence, "__len__"):
            raise ValueError(f"sequences is a list of lists; its entry {i} is {sequence!r}")
    shapes = {np.shape(sequence)[1:] for sequence in sequences if len(sequence)}
    if len(shapes) > 1:
        raise ValueError(f"the parts of all sequences have one shape, got {sorted(shapes)}")
    if maxlen is not None:
        require_whole("maxlen", maxlen)
    length = max(map(len, sequences), default=0) if maxlen is None else int(maxlen)
    if isinstance(value, str) and np.dtype(dtype) != object:
        raise ValueError(f"value={value!r} is a string: write dtype=object")
    filled = np.full((len(sequences), length, *(shapes or {()}).pop()), value, dtype)
    for row, sequence in zip(filled, sequences, strict=True):
        n = min(len(sequence), length)
        kept = sequence[len(sequence) - n :] if truncating == "pre" else sequence[:n]
        if n:
            target = slice(length - n, length) if padding == "pre" else slice(0, n)
            row[target] = np.asarray(kept, dtype)
    return filled
