"""Image data sets: MNIST, Fashion-MNIST, CIFAR-10.

They are downloaded when they are asked for, once, into the user's cache.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.datasets.archives import npz_arrays, tar_files
from nn.datasets.dataset import Dataset
from nn.datasets.idx import load_idx
from nn.datasets.reading import DataFileError, Limited, opened
from nn.datasets.resources import Resource, cache_folder

Path = str | os.PathLike[str]
Array = NDArray[Any]

# Sizes and hashes: of MNIST those of Keras (keras.datasets.mnist); of Fashion-MNIST and CIFAR-10
# those of TensorFlow Datasets, whose files are the authors' (same MD5 as on their pages).
_KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
MNIST = Resource(
    f"{_KERAS}mnist.npz",
    11_490_434,
    "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
)
FASHION_MNIST = {
    "train images": Resource(
        f"{_KERAS}train-images-idx3-ubyte.gz",
        26_421_880,
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    ),
    "train labels": Resource(
        f"{_KERAS}train-labels-idx1-ubyte.gz",
        29_515,
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    ),
    "test images": Resource(
        f"{_KERAS}t10k-images-idx3-ubyte.gz",
        4_422_102,
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    ),
    "test labels": Resource(
        f"{_KERAS}t10k-labels-idx1-ubyte.gz",
        5_148,
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
}
CIFAR10 = Resource(
    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    170_052_171,
    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
)

CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
THINGS = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
DIGITS = tuple("0123456789")

MOST_BYTES = 2**28  # of one file's array; the largest, of CIFAR-10, takes 154 MB
PARTS = {
    "train images": ("train-images-idx3-ubyte", "train-images.idx3-ubyte"),
    "train labels": ("train-labels-idx1-ubyte", "train-labels.idx1-ubyte"),
    "test images": ("t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"),
    "test labels": ("t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"),
}
BATCHES = {
    "train": [f"data_batch_{i}.bin" for i in range(1, 6)],
    "test": ["test_batch.bin"],
}
RECORD = 1 + 3 * 32 * 32  # a label, then red, green and blue


def load_mnist(
    path: Path | None = None, *, cache_dir: Path | None = None, timeout: float = 30.0
) -> tuple[Dataset, Dataset]:
    """Load 70,000 handwritten digits, as 28x28 grey images: 60,000 to train on, 10,000 to test.

    Without `path` the file is downloaded, 11 MB, unless it is in the cache already.

    Args:
        path: an npz file as Keras has it (x_train, y_train, x_test, y_test), or a folder with the
            four original IDX files, compressed or not; then nothing is downloaded.
        cache_dir: where downloads are kept; on Linux ``~/.cache/autograd_lite/datasets`` unless
            given.
        timeout: the seconds that the server may be silent.

    Returns:
        Two Datasets. X: uint8 (n, 28, 28), 0 (paper) to 255 (ink); y: int64 (n,), the digit.

    Raises:
        DownloadError: if the file cannot be had; an OSError.
        DataFileError: for a file that is damaged or holds something else; a ValueError.
        FileNotFoundError: if there is nothing at `path`.

    Source: Y. LeCun, C. Cortes and C. Burges, 1998. CC BY-SA 3.0.

    >>> # (X, y), (X_test, y_test) = load_mnist()
    """
    if path is None:
        path = _fetched(MNIST, _folder(cache_dir), timeout)
    elif os.path.isdir(path):
        return _pair(_idx_files(os.fspath(path)), 28, 28, DIGITS)
    members = {"x_train": "train images", "y_train": "train labels"}
    members |= {"x_test": "test images", "y_test": "test labels"}
    arrays = npz_arrays(path, dict.fromkeys(members, MOST_BYTES))
    return _pair({members[name]: array for name, array in arrays.items()}, 28, 28, DIGITS)


def load_fashion_mnist(
    path: Path | None = None, *, cache_dir: Path | None = None, timeout: float = 30.0
) -> tuple[Dataset, Dataset]:
    """Load 70,000 pieces of clothing, as 28x28 grey images: as MNIST, but harder.

    Without `path` four files are downloaded, 31 MB, unless they are in the cache already.

    Args:
        path: a folder with the four IDX files, compressed or not; then nothing is downloaded.
        cache_dir: as in `load_mnist`.
        timeout: as in `load_mnist`.

    Returns:
        Two Datasets, 60,000 and 10,000. X: uint8 (n, 28, 28); y: int64 (n,), 0 to 9, whose names
        are the Datasets' `target_names`.

    Raises:
        DownloadError, DataFileError, FileNotFoundError: as `load_mnist`.

    Source: H. Xiao, K. Rasul and R. Vollgraf, 2017. MIT licence.

    >>> # (X, y), (X_test, y_test) = load_fashion_mnist()
    """
    if path is None:
        folder = os.path.join(_folder(cache_dir), "fashion_mnist")
        arrays = {
            part: load_idx(_fetched(resource, folder, timeout), MOST_BYTES)
            for part, resource in FASHION_MNIST.items()
        }
    else:
        arrays = _idx_files(os.fspath(path))
    return _pair(arrays, 28, 28, CLOTHES)


def load_cifar10(
    path: Path | None = None, *, cache_dir: Path | None = None, timeout: float = 30.0
) -> tuple[Dataset, Dataset]:
    """Load 60,000 photographs of animals and vehicles, 32x32 in colour: 50,000 and 10,000.

    Without `path` the file is downloaded, 170 MB, unless it is in the cache already. It is the
    binary version; the one for Python is a pickle, which could run anything.

    Args:
        path: ``cifar-10-binary.tar.gz``, or a folder with the .bin files out of it; then nothing
            is downloaded.
        cache_dir: as in `load_mnist`.
        timeout: as in `load_mnist`.

    Returns:
        Two Datasets. X: uint8 (n, 32, 32, 3), red, green, blue; y: int64 (n,), 0 to 9, whose names
        are the Datasets' `target_names`.

    Raises:
        DownloadError, DataFileError, FileNotFoundError: as `load_mnist`.

    Source: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.

    >>> # (X, y), (X_test, y_test) = load_cifar10()
    """
    if path is None:
        path = _fetched(CIFAR10, _folder(cache_dir), timeout)
    files = _files_of_folder(os.fspath(path)) if os.path.isdir(path) else _files_of_tar(path)
    return _cifar_part(files, "train"), _cifar_part(files, "test")


def _fetched(resource: Resource, folder: str, timeout: float) -> str:
    from nn.datasets.download import fetched  # with the network's modules, which few programs need

    return fetched(resource, folder, timeout)


def _folder(cache_dir: Path | None) -> str:
    return cache_folder() if cache_dir is None else os.fsdecode(cache_dir)


# -- grey images -----------------------------------------------------------------------------------


def _idx_files(folder: str) -> dict[str, Array]:
    return {part: load_idx(_existing(folder, names), MOST_BYTES) for part, names in PARTS.items()}


def _existing(folder: str, names: tuple[str, ...]) -> str:
    """The file that is there, compressed or not."""
    for name in names:
        for path in (os.path.join(folder, name), os.path.join(folder, f"{name}.gz")):
            if os.path.exists(path):
                return path
    raise FileNotFoundError(f"there is neither {names[0]!r} nor '{names[0]}.gz' in {folder!r}")


def _pair(
    arrays: Mapping[str, Array], height: int, width: int, names: tuple[str, ...]
) -> tuple[Dataset, Dataset]:
    def part(of: str) -> Dataset:
        images, labels = arrays[f"{of} images"], arrays[f"{of} labels"]
        if images.dtype != np.uint8 or images.shape[1:] != (height, width) or images.ndim != 3:
            raise DataFileError(
                f"the {of} images are uint8 (n, {height}, {width}), the file has {images.dtype} "
                f"{images.shape}"
            )
        return Dataset((images, _labels(labels, len(images), of)), target_names=names)

    return part("train"), part("test")


def _labels(labels: Array, count: int, of: str) -> Array:
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise DataFileError(
            f"the {of} labels are whole numbers ({count},), the file has {labels.dtype} "
            f"{labels.shape}"
        )
    if count and not 0 <= labels.min() <= labels.max() <= 9:
        raise DataFileError(
            f"the {of} labels are 0 to 9, the file has {labels.min()} to {labels.max()}"
        )
    return labels.astype(np.int64)


# -- CIFAR-10 --------------------------------------------------------------------------------------


def _files_of_folder(folder: str) -> dict[str, bytes]:
    found = {}
    for name in (*BATCHES["train"], *BATCHES["test"]):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with opened(path, MOST_BYTES) as stream:
                found[name] = stream.read()
    return found


def _files_of_tar(path: Path) -> dict[str, bytes]:
    wanted = {*BATCHES["train"], *BATCHES["test"]}
    found: dict[str, bytes] = {}
    with opened(path, 2 * MOST_BYTES) as stream:
        assert isinstance(stream, Limited)
        for name, content in tar_files(stream, MOST_BYTES // 4):
            last = name.rpartition("/")[2]
            if last in wanted:
                found[last] = content
                if len(found) == len(wanted):
                    break
    return found


def _cifar_part(files: Mapping[str, bytes], of: str) -> Dataset:
    for name in BATCHES[of]:
        if name not in files:
            raise DataFileError(f"{name!r} is missing, which the {of} images are in")
        if len(files[name]) % RECORD:
            raise DataFileError(
                f"{name!r} has {len(files[name])} bytes, which is no multiple of {RECORD}, a label "
                "and an image"
            )
    records = np.frombuffer(b"".join(files[name] for name in BATCHES[of]), np.uint8)
    records = records.reshape(-1, RECORD)
    planes = records[:, 1:].reshape(-1, 3, 32, 32)
    images = np.ascontiguousarray(planes.transpose(0, 2, 3, 1))
    return Dataset((images, _labels(records[:, 0], len(images), of)), target_names=THINGS)
