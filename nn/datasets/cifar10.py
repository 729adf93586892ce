"""Keras's call for `load_cifar10`."""

from __future__ import annotations

from typing import Any

from nn.datasets.images import load_cifar10
from nn.datasets.keras_calls import Pairs, pairs_of

__all__ = ["load_data"]


def load_data(path: Any = None) -> Pairs:
    """Return (x_train, y_train), (x_test, y_test); x uint8 (n, 32, 32, 3), y (n, 1), 0 to 9.

    Args:
        path: of a file or folder at hand, as in `load_cifar10`; None for the download.

    Raises:
        DownloadError, DataFileError, FileNotFoundError: as `load_cifar10`.
    """
    return pairs_of(*load_cifar10(path), columns=True)
