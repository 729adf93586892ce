"""Prices of houses in California, 1990: (20640, 8) -> real."""

from __future__ import annotations

from typing import Any

from nn.datasets.archives import npz_arrays
from nn.datasets.keras_calls import Pairs, fetched_file, split

__all__ = ["load_data"]

# As in Keras (keras.datasets.california_housing).
SHA256 = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"


def load_data(
    version: str = "large",
    path: Any = "california_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
) -> Pairs:
    """Return (x_train, y_train), (x_test, y_test), as Keras splits them.

    Args:
        version: "large", or "small" for the first 600 rows.
        path: of an npz file at hand, with x and y; Keras's default name for the download.
        test_split: the fraction that is held out.
        seed: of the order.

    Raises:
        DownloadError, DataFileError, FileNotFoundError: as `load_mnist`.
        ValueError: for another version or fraction.
    """
    if version not in ("small", "large"):
        raise ValueError(f"version is 'small' or 'large', got {version!r}")
    file = fetched_file(path, "california_housing.npz", SHA256)
    arrays = npz_arrays(file, {"x": 2**24, "y": 2**22})
    rows = slice(600 if version == "small" else None)
    return split(arrays["x"][rows], arrays["y"][rows], test_split, seed)
