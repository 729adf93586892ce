"""Convolution of arrays of any rank, as `scipy.signal.convolve`.

Example:
    >>> convolve(np.array([1.0, 2.0, 3.0]), np.array([1.0, -1.0]), mode="valid")
    array([1., 1.])
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.scipy.missing import no_such_name

__all__ = ["convolve"]

Axes = tuple[Sequence[int], Sequence[int]]


def convolve(
    A: Any,
    B: Any,
    axes: Axes | None = None,
    dot_axes: Axes | None = None,
    mode: str = "full",
) -> Any:
    """The convolution of two arrays: sums over windows of the one times the other, reversed.

    Args:
        A: array or Tensor.
        B: array or Tensor.
        axes: which axes of A and which of B are convolved; None for all, in order.
        dot_axes: axes of A and of B of equal lengths over which products are summed.
        mode: "full", every overlap; "same", of A's lengths, from the middle of that; "valid", where
            one array lies within the other.

    Returns:
        The axes of A that are neither convolved nor summed, then those of B, then the convolved
        ones. A convolution that learns many filters for many images has A of shape
        (images, channels, height, width), B of (channels, filters, rows, columns),
        ``axes=([2, 3], [2, 3])`` and ``dot_axes=([1], [0])``.

    Raises:
        ValueError: for another mode, or axes that do not fit.
    """
    axes, dot_axes = _checked(A, B, axes, dot_axes, mode)
    a_lengths, b_lengths = ([x.shape[i] for i in ax] for x, ax in zip((A, B), axes, strict=True))
    pairs = list(zip(a_lengths, b_lengths, strict=True))
    if mode == "valid" and any(a < b for a, b in pairs):
        if any(a > b for a, b in pairs):
            raise ValueError(
                f"mode='valid' needs one array at least as long as the other along all convolved "
                f"axes, got lengths {a_lengths} and {b_lengths}"
            )
        return _windowed(B, A, (axes[1], axes[0]), (dot_axes[1], dot_axes[0]), swapped=True)
    return _windowed(_padded(A, axes[0], b_lengths, mode), B, axes, dot_axes, swapped=False)


def _checked(
    A: Any, B: Any, axes: Axes | None, dot_axes: Axes | None, mode: str
) -> tuple[Axes, Axes]:
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"mode is 'full', 'same' or 'valid', got {mode!r}")
    if axes is None:
        if A.ndim != B.ndim:
            raise ValueError(
                f"arrays of {A.ndim} and {B.ndim} axes: say which are convolved, "
                "axes=([...], [...])"
            )
        axes = (range(A.ndim), range(B.ndim))
    dot_axes = ((), ()) if dot_axes is None else dot_axes
    for given in (axes, dot_axes):
        if len(given[0]) != len(given[1]):
            raise ValueError(f"as many axes of A as of B, got {tuple(map(list, given))}")
    positive = [
        tuple([i % x.ndim for i in ax] for x, ax in zip((A, B), pair, strict=True))
        for pair in (axes, dot_axes)
    ]
    return positive[0], positive[1]  # type: ignore[return-value]


def _padded(A: Any, axes: Sequence[int], lengths: list[int], mode: str) -> Any:
    """Zeros around A, so that its windows are those of the mode."""
    if mode == "valid":
        return A
    widths = [(0, 0)] * A.ndim
    for axis, length in zip(axes, lengths, strict=True):
        after = (length - 1) // 2 if mode == "same" else length - 1
        widths[axis] = (length - 1 - (after if mode == "same" else 0), after)
    return np.pad(A, widths)


def _windowed(A: Any, B: Any, axes: Axes, dot_axes: Axes, swapped: bool) -> Any:
    """Multiply each window of A by B reversed, and sum."""
    lengths = [B.shape[i] for i in axes[1]]
    windows = np.lib.stride_tricks.sliding_window_view(A, lengths, axis=tuple(axes[0]))
    names = iter(string.ascii_letters)
    of_a = [next(names) for _ in range(A.ndim)]
    inside = [next(names) for _ in lengths]
    of_b = [next(names) for _ in range(B.ndim)]
    for i, j in zip(*dot_axes, strict=True):
        of_b[j] = of_a[i]
    for name, j in zip(inside, axes[1], strict=True):
        of_b[j] = name
    free_a = [of_a[i] for i in range(A.ndim) if i not in axes[0] and i not in dot_axes[0]]
    free_b = [of_b[j] for j in range(B.ndim) if j not in axes[1] and j not in dot_axes[1]]
    kept = [*free_b, *free_a] if swapped else [*free_a, *free_b]
    result = [*kept, *(of_a[i] for i in axes[0])]
    subscripts = f"{''.join([*of_a, *inside])},{''.join(of_b)}->{''.join(result)}"
    return np.einsum(subscripts, windows, np.flip(B, axis=tuple(axes[1])))


def __getattr__(name: str) -> Any:
    """Nothing: the error says what there is."""
    raise no_such_name("scipy.signal", name, __all__)
