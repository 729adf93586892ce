"""`nn.utils`: labels, sequences, windows, folders, downloads, splits, the progress bar."""

import hashlib
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

import nn
from nn import utils


def test_to_categorical():
    """Values and dtype of Keras 3.15.1."""
    assert utils.to_categorical([[1], [0]]).tolist() == [[0, 1], [1, 0]]
    assert utils.to_categorical([0, 1], num_classes=3).dtype == np.float64
    assert utils.to_categorical(np.zeros((2, 3), int), 2).shape == (2, 3, 2)
    assert utils.to_categorical([]).shape == (0, 0)


@pytest.mark.parametrize("wrong", [[-1, 0], [0.5], [3], ["a"]])
def test_labels_that_are_none(wrong):
    with pytest.raises(ValueError, match=r"whole numbers from 0 up|but num_classes=3"):
        utils.to_categorical(wrong, 3)


def test_normalize():
    np.testing.assert_allclose(utils.normalize([[3.0, 4.0], [0.0, 0.0]]), [[0.6, 0.8], [0, 0]])
    np.testing.assert_allclose(utils.normalize([[1.0], [3.0]], axis=0, order=1), [[0.25], [0.75]])


def test_pad_sequences():
    """Values of Keras 3.15.1."""
    rows = [[1], [2, 3], [4, 5, 6]]
    pad = utils.pad_sequences
    assert pad(rows).tolist() == [[0, 0, 1], [0, 2, 3], [4, 5, 6]]
    assert pad(rows, value=-1).tolist() == [[-1, -1, 1], [-1, 2, 3], [4, 5, 6]]
    assert pad(rows, padding="post").tolist() == [[1, 0, 0], [2, 3, 0], [4, 5, 6]]
    assert pad(rows, maxlen=2).tolist() == [[0, 1], [2, 3], [5, 6]]
    assert pad(rows, 2, truncating="post").tolist() == [[0, 1], [2, 3], [4, 5]]
    assert pad(rows, dtype="float32").dtype == np.float32
    assert pad([[], [1]]).tolist() == [[0], [1]]
    assert pad([]).shape == (0, 0)
    assert pad([["a"]], 2, object, value="-").tolist() == [["-", "a"]]
    assert pad([np.ones((1, 2)), np.ones((2, 2))]).shape == (2, 2, 2)
    assert nn.preprocessing.sequence.pad_sequences is pad


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1]], None, "int32", "front"), "padding is 'pre' or 'post'"),
        (([1, 2],), "entry 0 is 1"),
        (([np.ones((1, 2)), np.ones((1, 3))],), "have one shape"),
        (([[1]], 2, "int32", "pre", "pre", "x"), "write dtype=object"),
    ],
)
def test_sequences_that_are_none(arguments, message):
    with pytest.raises(ValueError, match=message):
        utils.pad_sequences(*arguments)


def test_windows_of_a_time_series():
    """The two examples of Keras's documentation: strides and rates; the end of the data."""
    data = np.arange(100)
    windows = utils.timeseries_dataset_from_array(data, None, 10, 3, 2, batch_size=None)
    rows = [row.tolist() for row in windows]
    assert rows[0] == list(range(0, 20, 2))
    assert rows[1] == list(range(3, 23, 2))
    assert rows[-1] == list(range(81, 101, 2))
    windows = utils.timeseries_dataset_from_array(data[:-10], data[10:], 10, batch_size=128)
    ((x, y),) = windows
    assert x.shape == (81, 10)
    assert (x[:, 0] + 10 == y).all()
    part = utils.timeseries_dataset_from_array(data, data, 3, start_index=10, end_index=15)
    ((x, y),) = part
    assert x.tolist() == [[10, 11, 12], [11, 12, 13], [12, 13, 14]]
    assert y.tolist() == [10, 11, 12]
    with pytest.raises(ValueError, match="no window of 200 rows"):
        utils.timeseries_dataset_from_array(data, None, 200)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sequence_length": 2.0}, "sequence_length is a whole number"),
        ({"batch_size": 0}, "batch_size is 1 or more"),
        ({"end_index": 9}, "end_index=9 are rows of data, which has 6"),
        ({"start_index": -2}, "start_index=-2"),  # Keras 3.15 refuses them too
        ({"start_index": 4, "end_index": 2}, "the first before the second"),
        ({"data": (i for i in range(6))}, "are rows of data, which has 0"),
    ],
)
def test_windows_that_are_none(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        utils.timeseries_dataset_from_array(
            **{"data": np.arange(6), "targets": None, "sequence_length": 2, **arguments}
        )


def test_windows_are_trained_on_and_changed_by_methods():
    t = np.arange(60, dtype="float32") / 60
    windows = utils.timeseries_dataset_from_array(
        t[:, None], t, 4, batch_size=8, shuffle=True, seed=0
    )
    model = nn.Sequential([nn.Flatten(), nn.Dense(1)])
    model.compile(nn.SGD(0.05), "mse")
    losses = model.fit(windows, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < 0.1 * losses[0]
    assert len(windows) == 8
    changed = windows.map(lambda x, y: (x * 0, y + 1)).take(3).skip(1).prefetch(2).cache()
    assert len(list(changed)) == 2
    assert all((x == 0).all() and y.min() >= 1 for x, y in changed)
    first, second = ([y.tolist() for _, y in windows] for _ in range(2))
    assert first != second
    assert sorted(np.concatenate(first)) == sorted(np.concatenate(second))


def test_split_dataset():
    left, right = utils.split_dataset((np.arange(10), np.arange(10) * 2), left_size=0.8)
    assert left[0].tolist() == list(range(8))
    assert right[1].tolist() == [16, 18]
    left, right = utils.split_dataset({"a": np.arange(10)}, right_size=3, shuffle=True, seed=1)
    assert sorted([*left["a"], *right["a"]]) == list(range(10))
    assert len(right["a"]) == 3
    # Values of Keras 3.15.1 on TensorFlow, for arange(7).
    for left, right, parts in [
        (0.33, None, ([0, 1], [2, 3, 4, 5, 6])),
        (None, 0.25, ([0, 1, 2, 3, 4], [5, 6])),
        (0.5, 0.3, ([0, 1, 2, 3], [5, 6])),
        (3, 2, ([0, 1, 2], [5, 6])),
    ]:
        found = utils.split_dataset(np.arange(7), left, right)
        assert [part.tolist() for part in found] == [*parts]
    with pytest.raises(ValueError, match="0 and 7 samples of 7"):
        utils.split_dataset(np.arange(7), 0.05)
    with pytest.raises(ValueError, match="8 and 5 samples of 10"):
        utils.split_dataset(np.arange(10), 8, 5)
    with pytest.raises(ValueError, match="give left_size or right_size"):
        utils.split_dataset(np.arange(10))


def test_parts_of_sparse_matrices_and_sizes_that_are_none():
    sparse = pytest.importorskip("scipy.sparse")
    left, right = utils.split_dataset(sparse.coo_matrix(np.diag(np.arange(5.0))), 0.6)
    assert left.toarray().sum(axis=1).tolist() == [0, 1, 2]
    assert right.toarray().sum(axis=1).tolist() == [3, 4]
    with pytest.raises(TypeError, match="integer, got 'a'"):
        utils.split_dataset(np.arange(5), "a")
    with pytest.raises(ValueError, match="6 and -1 samples of 5: each part has one or more"):
        utils.split_dataset(np.arange(5), 6)


def test_batches_are_split_by_number():
    windows = utils.timeseries_dataset_from_array(np.arange(12), None, 3, batch_size=2)
    left, right = utils.split_dataset(windows.prefetch(3), left_size=0.8, shuffle=True, seed=0)
    assert (len(left), len(right)) == (4, 1)
    found = np.concatenate([*left, *right])[:, 0]
    assert sorted(found) == list(range(10))
    model = nn.Sequential([nn.Dense(1)])
    assert model.predict(right.dataset).shape == (10, 1)
    assert model.predict(left).shape == (8, 1)
    with pytest.raises(TypeError, match="generator can only be iterated"):
        utils.split_dataset((x for x in windows), 0.5)


@pytest.fixture
def texts(tmp_path):
    for name, words in {"neg": ["bad", "awful", "no"], "pos": ["good", "fine"]}.items():
        (tmp_path / name).mkdir()
        for i, word in enumerate(words):
            (tmp_path / name / f"{i}.txt").write_text(word, "utf-8")
    (tmp_path / "pos" / "notes.md").write_text("not a sample")
    return tmp_path


def test_texts_in_folders(texts, capsys):
    found = utils.text_dataset_from_directory(texts, shuffle=False, batch_size=4)
    assert capsys.readouterr().out == "Found 5 files of 2 classes.\n"
    assert found.class_names == ["neg", "pos"]
    (x, y), (x2, _) = found
    assert x.tolist() == ["bad", "awful", "no", "good"]
    assert y.tolist() == [0, 0, 0, 1]
    assert x2.tolist() == ["fine"]
    ((x, y),) = utils.text_dataset_from_directory(
        texts, label_mode="binary", max_length=2, verbose=0
    )
    assert {len(text) for text in x} == {2}
    assert y.shape == (5, 1)


def test_two_subsets_share_no_file(texts):
    parts = [
        utils.text_dataset_from_directory(texts, validation_split=0.4, subset=subset, seed=3)
        for subset in ("training", "validation")
    ]
    words = [list(x) for part in parts for x, _ in part]
    assert [len(part) for part in words] == [3, 2]
    assert sorted(words[0] + words[1]) == ["awful", "bad", "fine", "good", "no"]
    with pytest.raises(ValueError, match="the two subsets need one seed="):
        utils.text_dataset_from_directory(texts, validation_split=0.4, subset="training")
    with pytest.raises(ValueError, match="has no files"):
        utils.image_dataset_from_directory(texts)


def test_images_in_folders(tmp_path):
    pytest.importorskip("PIL")
    for label in ("cat", "dog"):
        (tmp_path / label).mkdir()
        for i in range(3):
            image = np.full((6, 4, 3), 40 * i + 100 * (label == "dog"))
            utils.save_img(tmp_path / label / f"{i}.png", image, scale=False)
    found = utils.image_dataset_from_directory(
        tmp_path, image_size=(3, 2), shuffle=False, verbose=0
    )
    ((x, y),) = found
    assert x.shape == (6, 3, 2, 3)
    assert x.dtype == np.float32
    assert x[:, 0, 0, 0].tolist() == [0, 40, 80, 100, 140, 180]
    assert y.tolist() == [0, 0, 0, 1, 1, 1]
    grey = utils.load_img(tmp_path / "dog" / "1.png", "grayscale", (3, 3), keep_aspect_ratio=True)
    assert utils.img_to_array(grey).shape == (3, 3, 1)


@pytest.mark.parametrize(
    ("options", "sums"),
    [
        ({"image_size": (3, 4)}, [4420.5, 4482.75, 4561.75, 4321.75, 4812.25, 4260.75]),
        (
            {"image_size": (5, 5)},
            [9215.9912, 9085.79, 9223.7305, 8650.2793, 9876.7393, 8946.7402],
        ),
        (
            {"image_size": (4, 4), "crop_to_aspect_ratio": True},
            [5770.625, 6230.625, 6406.9375, 6234.75, 6534.875, 5729.6875],
        ),
        (
            {"image_size": (12, 16), "interpolation": "nearest"},
            [70728, 71724, 72988, 69148, 76996, 68172],
        ),
    ],
)
def test_images_are_resized_as_keras_does(options, sums, tmp_path):
    """Sums of Keras 3.15.1 on TensorFlow."""
    pytest.importorskip("PIL")
    rng = np.random.default_rng(0)
    for label in ("b", "a"):
        (tmp_path / label).mkdir()
        for i in (10, 2, 1):  # in the order of the paths: 1, 10, 2
            image = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
            utils.save_img(tmp_path / label / f"{i}.png", image, scale=False)
    found = utils.image_dataset_from_directory(tmp_path, shuffle=False, verbose=0, **options)
    ((x, y),) = found
    np.testing.assert_allclose(x.sum(axis=(1, 2, 3)), sums, rtol=1e-6)
    assert y.tolist() == [0, 0, 0, 1, 1, 1]


class Files(BaseHTTPRequestHandler):
    content = b"1,2\n"

    def do_GET(self):
        self.send_response(200)
        length = len(self.content) + 9 * ("short" in self.path)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def address():
    server = HTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_file_is_downloaded_once_and_its_hash_checked(address, tmp_path):
    digest = hashlib.sha256(Files.content).hexdigest()
    get = utils.get_file
    path = get("table.csv", address + "x.csv", cache_dir=tmp_path, file_hash=digest)
    assert path == str(tmp_path / "datasets" / "table.csv")
    (tmp_path / "datasets" / "table.csv").write_bytes(b"changed")
    assert get("table.csv", address + "gone", cache_dir=tmp_path) == path  # not asked for again
    with pytest.raises(ValueError, match=r"has sha256 .*, expected is .*: remove it"):
        get("table.csv", address + "x.csv", cache_dir=tmp_path, file_hash=digest)
    with pytest.raises(OSError, match=r"could not be downloaded|broke off"):
        get("other", address + "short", cache_dir=tmp_path)
    assert not (tmp_path / "datasets" / "other").exists()
    with pytest.raises(OSError, match="https only"):
        get("other", "ftp://example.org/x", cache_dir=tmp_path)
    with pytest.raises(ValueError, match="needs origin="):
        get("other")


def test_archives_stay_in_their_folder(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    with tarfile.open(tmp_path / "good.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "a.txt", "inner/a.txt")
    with zipfile.ZipFile(tmp_path / "good.zip", "w") as archive:
        archive.writestr("b.txt", "b")
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("../b.txt", "b")
    folder = utils.get_file(str(tmp_path / "good.tar.gz"), "https://x.org/", extract=True)
    assert folder == str(tmp_path / "good")
    assert (tmp_path / "good" / "inner" / "a.txt").read_text() == "a"
    utils.get_file(str(tmp_path / "good.zip"), "https://x.org/", untar=True)
    assert (tmp_path / "good" / "b.txt").read_text() == "b"
    with pytest.raises(ValueError, match="outside of"):
        utils.get_file(str(tmp_path / "bad.zip"), "https://x.org/", extract=True)
    with pytest.raises(ValueError, match="is no archive"):
        utils.get_file(str(tmp_path / "a.txt"), "https://x.org/", extract=True)


def test_the_progress_bar(capsys):
    bar = utils.Progbar(4, stateful_metrics=["rate"], interval=0)
    bar.update(1, [("loss", 2.0), ("rate", 1.0)])
    bar.add(3, [("loss", 4.0), ("rate", 0.5)])
    lines = capsys.readouterr().out.replace("\r", "\n").split("\n")
    assert "4/4" in lines[-2]
    assert "loss: 3.5000 - rate: 0.5000" in lines[-2]


def test_a_model_is_drawn(tmp_path):
    model = nn.Sequential([nn.Input((3,)), nn.Dense(2)])
    utils.plot_model(model, tmp_path / "m.svg", show_shapes=True, rankdir="LR")
    assert "dense" in (tmp_path / "m.svg").read_text("utf-8")
    assert "digraph" in utils.model_to_dot(model)


def test_images_that_are_none(tmp_path):
    image = pytest.importorskip("PIL.Image")
    (tmp_path / "a").mkdir()
    image.new("RGB", (3, 3)).save(tmp_path / "a" / "1.png")
    whole = (tmp_path / "a" / "1.png").read_bytes()
    (tmp_path / "a" / "2.png").write_bytes(whole[:-20])
    read = utils.image_dataset_from_directory
    with pytest.raises(ValueError, match=r"2.png' is not an image that can be read"):
        list(read(tmp_path, image_size=(2, 2), verbose=False))
    for size, message in ((2, "height, width"), ((2, 0), "1 or more"), ((2, 2.5), "whole number")):
        with pytest.raises((TypeError, ValueError), match=message):
            read(tmp_path, image_size=size)
    with pytest.raises(ValueError, match="NaN or infinities"):
        utils.array_to_img(np.full((2, 2, 3), np.nan))


def test_images_of_16_bits_are_scaled_to_8(tmp_path):
    image = pytest.importorskip("PIL.Image")
    gray = np.array([[0, 255, 256, 65535]], np.uint16)
    image.fromarray(gray).save(tmp_path / "1.png")
    for mode in ("rgb", "grayscale"):
        found = utils.img_to_array(utils.load_img(tmp_path / "1.png", mode))
        assert found[0, :, 0].tolist() == [0, 0, 1, 255]


def test_names_of_saving_and_of_batches():
    assert utils.register_keras_serializable is nn.saving.register_keras_serializable
    assert utils.unpack_x_y_sample_weight(utils.pack_x_y_sample_weight(1, 2)) == (1, 2, None)
    with pytest.raises(AttributeError, match="Did you mean 'pad_sequences'"):
        _ = utils.pad_sequence
