"""``nn.datasets.<name>.load_data()``: Keras's calls, on files made here."""

import io
import json
import os
import pickle
import tarfile
import zipfile

import numpy as np
import pytest

import nn
from nn import datasets
from nn.datasets.reading import DataFileError


def rows(texts):
    array = np.empty(len(texts), object)
    array[:] = texts
    return array


def test_mnist(tmp_path):
    images, labels = np.zeros((3, 28, 28), np.uint8), np.array([1, 0, 9], np.uint8)
    np.savez(tmp_path / "m.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    (x, y), (x_test, _) = datasets.mnist.load_data(path=tmp_path / "m.npz")
    assert (x.dtype, y.dtype, x.shape, y.tolist()) == (np.uint8, np.uint8, (3, 28, 28), [1, 0, 9])
    assert isinstance(x_test, np.ndarray)


def test_cifar100(tmp_path):
    record = bytes([3, 77]) + bytes([1]) * 1024 + bytes([2]) * 1024 + bytes([5]) * 1024
    with tarfile.open(tmp_path / "c.tar.gz", "w:gz") as tar:
        for name in ("train.bin", "test.bin"):
            info = tarfile.TarInfo(f"cifar-100-binary/{name}")
            info.size = 2 * len(record)
            tar.addfile(info, io.BytesIO(record * 2))
    (x, y), _ = datasets.cifar100.load_data(path=tmp_path / "c.tar.gz")
    assert x.shape == (2, 32, 32, 3)
    assert x[0, 0, 0].tolist() == [1, 2, 5]
    assert y.tolist() == [[77], [77]]
    _, (_, y) = datasets.cifar100.load_data("coarse", tmp_path / "c.tar.gz")
    assert y.tolist() == [[3], [3]]
    with pytest.raises(ValueError, match="is not downloaded"):
        datasets.cifar100.load_data()


def test_tables_are_split_as_keras_does(tmp_path):
    """The order is that of RandomState(113), as in Keras 3.15.1."""
    x = np.arange(20.0).reshape(10, 2)
    np.savez(tmp_path / "b.npz", x=x, y=x[:, 0])
    (a, b), (a_test, b_test) = datasets.boston_housing.load_data(tmp_path / "b.npz")
    assert b.tolist() == a[:, 0].tolist()
    assert b_test.tolist() == a_test[:, 0].tolist()
    order = np.arange(10)
    np.random.RandomState(113).shuffle(order)
    assert (a[:, 0] == 2 * order[:8]).all()
    (a, _), _ = datasets.california_housing.load_data("small", tmp_path / "b.npz", test_split=0.5)
    assert len(a) == 5
    with pytest.raises(ValueError, match="version is 'small' or 'large'"):
        datasets.california_housing.load_data("medium", tmp_path / "b.npz")


@pytest.fixture
def reviews(tmp_path):
    path = tmp_path / "imdb.npz"
    x, y = rows([[1, 2, 9], [4], [5, 6, 7, 8]]), np.array([0, 1, 1])
    np.savez(path, x_train=x, y_train=y, x_test=x[:2], y_test=y[:2])
    return path


def test_reviews(reviews):
    """By hand, with the rules of Keras: 1 starts, 2 is unknown, words are shifted by 3."""
    (x, y), (x_test, _) = datasets.imdb.load_data(reviews, num_words=10)
    found = sorted(zip(y.tolist(), x.tolist(), strict=True))
    assert found == [(0, [1, 4, 5, 2]), (1, [1, 7]), (1, [1, 8, 9, 2, 2])]
    assert len(x_test) == 2
    (x, _), _ = datasets.imdb.load_data(reviews, num_words=10, oov_char=None, start_char=None)
    assert sorted(x.tolist()) == [[4, 5], [7], [8, 9]]
    (x, _), _ = datasets.imdb.load_data(reviews, maxlen=5, skip_top=5)
    assert sorted(x.tolist()) == [[2, 2, 5, 2], [2, 7]]  # the largest word is unknown, as in Keras
    with pytest.raises(ValueError, match="no sequence is shorter than maxlen=1"):
        datasets.imdb.load_data(reviews, maxlen=1)
    padded = nn.utils.pad_sequences(x, maxlen=6)
    assert padded.shape == (2, 6)


def test_newswires(tmp_path):
    np.savez(tmp_path / "r.npz", x=rows([[1], [2], [3], [4], [5]]), y=np.arange(5))
    (x, y), (x_test, y_test) = datasets.reuters.load_data(tmp_path / "r.npz")
    assert (len(x), len(x_test)) == (4, 1)
    assert sorted([*y, *y_test]) == [0, 1, 2, 3, 4]
    assert len(datasets.reuters.get_label_names()) == 46


def test_word_indices(tmp_path):
    (tmp_path / "w.json").write_text(json.dumps({"the": 1}))
    assert datasets.imdb.get_word_index(tmp_path / "w.json") == {"the": 1}
    assert datasets.reuters.get_word_index(tmp_path / "w.json") == {"the": 1}


class Evil:
    def __reduce__(self):
        return os.system, ("echo run",)


def test_a_file_cannot_run_anything(tmp_path, capfd):
    path = tmp_path / "imdb.npz"
    array = rows([Evil()])
    np.savez(path, x_train=array, y_train=np.zeros(1), x_test=array, y_test=np.zeros(1))
    with pytest.raises(DataFileError, match=r"the file names \w+.system"):
        datasets.imdb.load_data(path)
    assert "run" not in capfd.readouterr().out
    path.write_bytes(pickle.dumps([1]))
    with pytest.raises(DataFileError, match="damaged"):
        datasets.imdb.load_data(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x_train.npy", b"no")
    with pytest.raises(DataFileError, match="damaged"):
        datasets.imdb.load_data(path)
