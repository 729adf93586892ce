"""60,000 photographs of 100 kinds of things, 32x32 in colour."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from nn.datasets.archives import tar_files
from nn.datasets.keras_calls import Pairs
from nn.datasets.reading import DataFileError, Limited, opened

__all__ = ["load_data"]

MOST_BYTES = 2**28
RECORD = 2 + 3 * 32 * 32  # the coarse label, the fine one, then red, green and blue


def load_data(label_mode: str = "fine", path: Any = None) -> Pairs:
    """Return (x_train, y_train), (x_test, y_test); x uint8 (n, 32, 32, 3), y (n, 1).

    Args:
        label_mode: "fine" for 100 classes, "coarse" for 20.
        path: ``cifar-100-binary.tar.gz``, or a folder with train.bin and test.bin out of it. It is
            not downloaded: no SHA-256 of it is published.

    Raises:
        ValueError: for another label_mode, and without a path.
        DataFileError: for a file that is damaged or holds something else.
        FileNotFoundError: if there is nothing at `path`.

    Source: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(f"label_mode is 'fine' or 'coarse', got {label_mode!r}")
    if path is None:
        raise ValueError(
            "CIFAR-100 is not downloaded, since no SHA-256 of it is published. Get "
            "cifar-100-binary.tar.gz from its authors, and give load_data(path=...)"
        )
    files = _files(os.fspath(path))
    column = 1 if label_mode == "fine" else 0
    return _part(files, "train.bin", column), _part(files, "test.bin", column)


def _files(path: str) -> dict[str, bytes]:
    wanted = ("train.bin", "test.bin")
    if os.path.isdir(path):
        found = {}
        for name in wanted:
            with opened(os.path.join(path, name), MOST_BYTES) as stream:
                found[name] = stream.read()
        return found
    with opened(path, 2 * MOST_BYTES) as stream:
        assert isinstance(stream, Limited)
        parts = ((name.rpartition("/")[2], data) for name, data in tar_files(stream, MOST_BYTES))
        return {name: data for name, data in parts if name in wanted}


def _part(files: dict[str, bytes], name: str, column: int) -> Any:
    data = files.get(name, b"")
    if not data or len(data) % RECORD:
        raise DataFileError(f"{name!r} is missing, or is no multiple of {RECORD} bytes")
    records = np.frombuffer(data, np.uint8).reshape(-1, RECORD)
    images = records[:, 2:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), records[:, column : column + 1].copy()
