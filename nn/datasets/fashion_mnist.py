"""Keras's call for `load_fashion_mnist`."""

from __future__ import annotations

from typing import Any

from nn.datasets.images import load_fashion_mnist
from nn.datasets.keras_calls import Pairs, pairs_of

__all__ = ["load_data"]


def load_data(path: Any = None) -> Pairs:
    """Return (x_train, y_train), (x_test, y_test); x uint8 (n, 28, 28), y 0 to 9.

    Args:
        path: of a folder at hand, as in `load_fashion_mnist`; None for the download.

    Raises:
        DownloadError, DataFileError, FileNotFoundError: as `load_fashion_mnist`.
    """
    return pairs_of(*load_fashion_mnist(path))
