"""Prices of houses in Boston, 1978: (506, 13) -> real."""

from __future__ import annotations

from typing import Any

from nn.datasets.archives import npz_arrays
from nn.datasets.keras_calls import Pairs, fetched_file, split

__all__ = ["load_data"]

# As in Keras (keras.datasets.boston_housing).
SHA256 = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


def load_data(path: Any = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> Pairs:
    """Return (x_train, y_train), (x_test, y_test), float64, as Keras splits them.

    One of the columns assumes that segregation raises prices: use the data for nothing but
    examples about that; `california_housing` is another table of prices.

    Args:
        path: of an npz file at hand, with x and y; Keras's default name for the download.
        test_split: the fraction that is held out.
        seed: of the order.

    Raises:
        DownloadError, DataFileError, FileNotFoundError: as `load_mnist`.
        ValueError: for another fraction.
    """
    arrays = npz_arrays(fetched_file(path, "boston_housing.npz", SHA256), {"x": 2**22, "y": 2**20})
    return split(arrays["x"], arrays["y"], test_split, seed)
