"""Keras's call for `load_mnist`."""

from __future__ import annotations

from typing import Any

from nn.datasets.images import load_mnist
from nn.datasets.keras_calls import Pairs, at_hand, pairs_of

__all__ = ["load_data"]


def load_data(path: Any = "mnist.npz") -> Pairs:
    """Return (x_train, y_train), (x_test, y_test); x uint8 (n, 28, 28), y the digits.

    Args:
        path: of a file at hand, as in `load_mnist`; Keras's default name for the download.

    Raises:
        DownloadError, DataFileError, FileNotFoundError: as `load_mnist`.
    """
    return pairs_of(*load_mnist(at_hand(path, "mnist.npz")))
