"""MNIST, Fashion-MNIST and CIFAR-10 from files that are there, and what they refuse.

The files are made here, small ones of the same formats; the downloads go to a server that is not
there, or are replaced.
"""

import gzip
import hashlib
import io
import struct
import tarfile

import numpy as np
import pytest

import nn
from nn.datasets import (
    DataFileError,
    download,
    images,
    load_cifar10,
    load_fashion_mnist,
    load_mnist,
)
from nn.datasets.resources import Resource, cache_folder

RNG = np.random.default_rng(0)
TRAIN, TEST = RNG.integers(0, 256, (6, 28, 28), "u1"), RNG.integers(0, 256, (4, 28, 28), "u1")
TRAIN_LABELS, TEST_LABELS = np.arange(6, dtype="u1"), np.array([9, 0, 3, 3], "u1")
NAMES = {
    "train-images-idx3-ubyte": TRAIN,
    "train-labels-idx1-ubyte": TRAIN_LABELS,
    "t10k-images-idx3-ubyte": TEST,
    "t10k-labels-idx1-ubyte": TEST_LABELS,
}


def idx(array):
    return (
        bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + bytes(array)
    )


@pytest.fixture
def folder(tmp_path):
    for name, array in NAMES.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(idx(array)))
    return tmp_path


def assert_is_mnist(loaded):
    (X, y), (X_test, y_test) = loaded
    np.testing.assert_array_equal(X, TRAIN)
    np.testing.assert_array_equal(y, TRAIN_LABELS)
    np.testing.assert_array_equal(X_test, TEST)
    np.testing.assert_array_equal(y_test, TEST_LABELS)
    assert (X.dtype, y.dtype) == (np.uint8, np.int64)
    assert X.flags.writeable


@pytest.mark.parametrize("load", [load_mnist, load_fashion_mnist])
def test_idx_files_in_a_folder(folder, load):
    assert_is_mnist(load(folder))
    assert_is_mnist(load(str(folder)))


def test_other_names_and_uncompressed(tmp_path):
    for name, array in NAMES.items():
        (tmp_path / name.replace("-idx", ".idx")).write_bytes(idx(array))
    assert_is_mnist(load_mnist(tmp_path))


def test_names_of_the_classes(folder):
    assert load_mnist(folder)[0].target_names[3] == "3"
    fashion, _ = load_fashion_mnist(folder)
    assert fashion.target_names[9] == "Ankle boot"
    assert repr(fashion).startswith("Dataset(X: (6, 28, 28) uint8, y: (6,) int64, classes: T-shirt")


def test_an_npz_file_as_keras_has_it(tmp_path):
    path = tmp_path / "mnist.npz"
    for save in (np.savez, np.savez_compressed):
        save(path, x_train=TRAIN, y_train=TRAIN_LABELS, x_test=TEST, y_test=TEST_LABELS)
        assert_is_mnist(load_mnist(path))


def test_the_images_can_be_trained_on(folder):
    (X, y), test = load_mnist(folder)
    model = nn.Sequential([nn.Input((28, 28)), nn.Rescaling(1 / 255), nn.Flatten(), nn.Dense(10)])
    model.compile("adam", nn.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(X, y, validation_data=test, verbose=0)


# -- CIFAR-10 --------------------------------------------------------------------------------------


def records(count, seed):
    made = np.random.default_rng(seed).integers(0, 256, (count, 3073), "u1")
    made[:, 0] %= 10
    return made


CIFAR = {f"data_batch_{i}.bin": records(3, i) for i in range(1, 6)} | {
    "test_batch.bin": records(2, 9)
}


def tar(entries, mode="w:gz", format=tarfile.USTAR_FORMAT):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=format) as archive:
        folder = tarfile.TarInfo("cifar-10-batches-bin/")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in entries.items():
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def assert_is_cifar(loaded):
    (X, y), (X_test, y_test) = loaded
    expected = np.concatenate([CIFAR[f"data_batch_{i}.bin"] for i in range(1, 6)])
    assert X.shape == (15, 32, 32, 3)
    assert X_test.shape == (2, 32, 32, 3)
    np.testing.assert_array_equal(y, expected[:, 0])
    np.testing.assert_array_equal(y_test, CIFAR["test_batch.bin"][:, 0])
    # "The first 1024 bytes are the red channel values, the next 1024 the green, the final 1024 the
    # blue. The values are stored in row-major order": the data set's own page.
    assert X[7, 5, 9, 1] == expected[7, 1 + 1024 + 5 * 32 + 9]


@pytest.mark.parametrize("mode", ["w:gz", "w"])
@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_cifar_out_of_an_archive(tmp_path, mode, format):
    path = tmp_path / "cifar-10-binary.tar.gz"
    entries = {"readme.html": b"<p>" * 1000} | {n: r.tobytes() for n, r in CIFAR.items()}
    path.write_bytes(tar(entries, mode, format))
    assert_is_cifar(load_cifar10(path))


def test_cifar_out_of_a_folder(tmp_path):
    for name, content in CIFAR.items():
        (tmp_path / name).write_bytes(content)
    loaded = load_cifar10(tmp_path)
    assert_is_cifar(loaded)
    assert loaded[0].target_names[3] == "cat"


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("train-images-idx3-ubyte", TRAIN[:, :27], r"train images are uint8 \(n, 28, 28\)"),
        ("train-images-idx3-ubyte", TRAIN[:5], r"train labels are whole numbers \(5,\)"),
        ("t10k-labels-idx1-ubyte", TEST_LABELS + 1, "test labels are 0 to 9, the file has 1 to 10"),
        ("t10k-labels-idx1-ubyte", TEST_LABELS[None], r"\(4,\), the file has uint8 \(1, 4\)"),
        ("t10k-images-idx3-ubyte", TEST[0], r"test images are uint8"),
    ],
)
def test_idx_files_of_something_else(folder, name, array, message):
    (folder / f"{name}.gz").write_bytes(gzip.compress(idx(array)))
    for load in (load_mnist, load_fashion_mnist):
        with pytest.raises(DataFileError, match=message):
            load(folder)


def test_a_file_is_missing(folder):
    (folder / "t10k-images-idx3-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError, match="neither 't10k-images-idx3-ubyte' nor"):
        load_mnist(folder)
    for load in (load_mnist, load_cifar10):
        with pytest.raises(FileNotFoundError):
            load(folder / "nothing")


def test_npz_files_that_are_refused(tmp_path):
    path = tmp_path / "mnist.npz"
    good = {"x_train": TRAIN, "y_train": TRAIN_LABELS, "x_test": TEST, "y_test": TEST_LABELS}
    for change, message in [
        ({"x_train": np.array([{}], object)}, "dtype object, which is no number"),
        ({"x_train": TRAIN.astype(float)}, "the file has float64"),
        ({"x_train": np.zeros((1, 28, 28), [("a", "u1")])}, "which is no number"),
        ({"y_test": TEST_LABELS.astype(float)}, "the file has float64"),
    ]:
        np.savez(path, **good | change)
        with pytest.raises(DataFileError, match=message):
            load_mnist(path)
    np.savez(path, **{n: a for n, a in good.items() if n != "y_test"})
    with pytest.raises(DataFileError, match=r"lacks an array.*y_test"):
        load_mnist(path)
    path.write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(DataFileError, match="no npz file"):
        load_mnist(path)


def test_an_npz_array_that_claims_to_be_large(tmp_path):
    path = tmp_path / "mnist.npz"
    np.savez_compressed(path, x_train=np.zeros((2**28 + 2**20,), "u1"))
    with pytest.raises(DataFileError, match=r"x_train takes .* are allowed"):
        load_mnist(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"test_batch.bin": b""}, None),
        ({"test_batch.bin": b"x" * 3072}, "no multiple of 3073"),
        ({"data_batch_3.bin": bytes([10]) + b"x" * 3072}, "labels are 0 to 9, the file has"),
        ({"data_batch_3.bin": None}, "'data_batch_3.bin' is missing"),
    ],
)
def test_cifar_files_that_are_refused(tmp_path, change, message):
    entries = {name: content.tobytes() for name, content in CIFAR.items()} | change
    entries = {name: content for name, content in entries.items() if content is not None}
    path = tmp_path / "c.tar.gz"
    path.write_bytes(tar(entries))
    for name, content in entries.items():
        (tmp_path / name).write_bytes(content)
    for where in (path, tmp_path):
        if message is None:
            assert load_cifar10(where)[1].X.shape == (0, 32, 32, 3)
        else:
            with pytest.raises(DataFileError, match=message):
                load_cifar10(where)


def negative_size():
    """The archive on which Python's tarfile has looped for ever."""
    header = bytearray(tar({"data_batch_1.bin": b""}, "w")[512:1024])
    header[124:136] = b"\xff" * 8 + struct.pack(">i", -512)
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + 256 + sum(header[156:]))
    return bytes(header) + bytes(1024)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x" * 511,
        b"x" * 2000,
        bytes(512),
        negative_size(),
        tar({"data_batch_1.bin": b"x" * 5000}, "w")[:3000],
        gzip.compress(tar({"data_batch_1.bin": b"x" * 5000}, "w"))[:-20],
        gzip.compress(b"x")[:-8] + b"12345678",
        b"\x1f\x8b",
    ],
    ids=range(9),
)
def test_what_is_no_archive(tmp_path, data):
    path = tmp_path / "c.tar.gz"
    path.write_bytes(data)
    with pytest.raises(DataFileError, match=r"c\.tar\.gz|is missing"):
        load_cifar10(path)


def test_an_archive_that_unpacks_to_gigabytes(tmp_path, monkeypatch):
    monkeypatch.setattr(images, "MOST_BYTES", 2**20)
    path = tmp_path / "c.tar.gz"
    path.write_bytes(tar({"large": bytes(2**23)}))
    with pytest.raises(DataFileError, match="more than the 2097152 bytes that are allowed"):
        load_cifar10(path)


# -- downloads -------------------------------------------------------------------------------------


def test_what_is_asked_for_is_downloaded_into_the_cache(folder, tmp_path, monkeypatch):
    """The server is replaced by one that copies: here it is only about who asks for what."""
    np.savez(
        folder / "mnist.npz", x_train=TRAIN, y_train=TRAIN_LABELS, x_test=TEST, y_test=TEST_LABELS
    )
    (folder / "cifar-10-binary.tar.gz").write_bytes(tar({n: r.tobytes() for n, r in CIFAR.items()}))
    asked = []

    def fetched(resource, into, timeout):
        asked.append((resource.name, into, timeout))
        return str(folder / resource.name)

    monkeypatch.setattr(download, "fetched", fetched)
    assert_is_mnist(load_mnist(cache_dir=tmp_path / "c", timeout=5))
    assert asked == [("mnist.npz", str(tmp_path / "c"), 5)]
    assert_is_mnist(load_fashion_mnist(cache_dir=tmp_path / "c"))
    assert asked[4] == ("t10k-labels-idx1-ubyte.gz", str(tmp_path / "c" / "fashion_mnist"), 30.0)
    assert_is_cifar(load_cifar10())
    assert asked[5][:2] == ("cifar-10-binary.tar.gz", cache_folder())


def test_the_cache_is_the_users_own(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_folder() == "/somewhere/autograd_lite/datasets"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert cache_folder() == "/home/me/.cache/autograd_lite/datasets"


def test_what_is_known_of_the_files():
    for resource in (images.MNIST, images.CIFAR10, *images.FASHION_MNIST.values()):
        assert isinstance(resource, Resource)
        assert resource.url.startswith("https://")
        assert len(bytes.fromhex(resource.sha256)) == hashlib.sha256().digest_size
