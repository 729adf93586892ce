"""Parts that the modules with Keras's ``load_data()`` share."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.datasets.dataset import Dataset
from nn.datasets.get_file import get_file

Array = NDArray[Any]
Pairs = tuple[tuple[Array, Array], tuple[Array, Array]]

KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def at_hand(path: Any, name: str) -> Any:
    """Return the path of a file at hand; None for Keras's default, the name of its download."""
    return None if path is None or path == name else path


def fetched_file(path: Any, name: str, sha256: str) -> str:
    """Return the path of a file: the one at hand, or a download, whose SHA-256 is checked.

    Raises:
        DownloadError: if the file cannot be had; an OSError.
        ValueError: for a download with another SHA-256.
    """
    given = at_hand(path, name)
    if given is not None:
        file: str = os.fspath(given)
        return file
    return get_file(name, f"{KERAS}{name}", file_hash=sha256)


def pairs_of(train: Dataset, test: Dataset, columns: bool = False) -> Pairs:
    """Return two data sets as Keras does: labels uint8, in a column if it has them so."""
    shape = (-1, 1) if columns else (-1,)
    labels = [part.y.astype(np.uint8).reshape(shape) for part in (train, test)]
    return (train.X, labels[0]), (test.X, labels[1])


def split(x: Array, y: Array, test_split: float, seed: int) -> Pairs:
    """Return the two parts of a table, shuffled as Keras shuffles it.

    Raises:
        ValueError: for a fraction that is none.
    """
    if not 0 <= test_split < 1:
        raise ValueError(f"test_split is a fraction from 0 to below 1, got {test_split!r}")
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    x, y = x[order], y[order]
    kept = int(len(x) * (1 - test_split))
    return (x[:kept], y[:kept]), (x[kept:], y[kept:])
