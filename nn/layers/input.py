"""Input: the shape and dtype of a model's input, declared before any data."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Input"]


class Input:
    """The shape of one sample, as the first entry of `Sequential`.

    Without it a model creates its weights with the first batch.

    Args:
        shape: of one sample, without the axis of samples: ``(64,)``. None stands for any length.
        dtype: of the samples; an integer type for an Embedding.
        name: its name in messages.

    Raises:
        TypeError: if the shape is not a tuple of integers.

    Example:
        >>> import nn
        >>> model = nn.Sequential([nn.Input((64,)), nn.Dense(10)])
        >>> model.count_params()
        650
    """

    def __init__(self, shape: Any, dtype: Any = "float32", name: str | None = None) -> None:
        if isinstance(shape, (int, np.integer)):
            raise TypeError(f"shape is a tuple, for one axis Input(({shape},)), got {shape!r}")
        if not isinstance(shape, (tuple, list)) or not all(map(_is_length, shape)):
            raise TypeError(
                "shape is the shape of one sample, a tuple of positive integers such as (64,) or "
                f"(28, 28, 1), without the number of samples; got {shape!r}"
            )
        self.shape = tuple(shape)
        self.dtype = dtype
        self.name = name or "input"
        np.dtype(dtype)

    def zeros(self) -> np.ndarray[Any, Any]:
        """Return a batch of one sample of zeros, to find the shapes inside a model."""
        return np.zeros((1, *(1 if n is None else n for n in self.shape)), self.dtype)

    def check(self, shape: tuple[int, ...]) -> None:
        """Refuse a batch of another shape than declared.

        Raises:
            ValueError: for a batch of another shape.
        """
        fits = len(shape) == len(self.shape) + 1 and all(
            expected in (None, n) for expected, n in zip(self.shape, shape[1:], strict=True)
        )
        if not fits:
            raise ValueError(
                f"the model was made with Input({self.shape}), so it takes batches of shape "
                f"{(None, *self.shape)}, None for any number of samples; got {shape}"
            )

    def __repr__(self) -> str:
        return (
            f"Input({self.shape})"
            if self.dtype == "float32"
            else (f"Input({self.shape}, dtype={str(self.dtype)!r})")
        )


def _is_length(n: Any) -> bool:
    if n is None:
        return True
    return isinstance(n, (int, np.integer)) and not isinstance(n, bool) and bool(n > 0)
