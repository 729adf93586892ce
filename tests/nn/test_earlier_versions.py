"""Files that earlier versions of the project have written are read, and mean what they meant."""

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest

import nn

FIXTURES = Path(__file__).parents[1] / "fixtures"
VERSIONS = sorted(FIXTURES.glob("version_*"))

_spec = importlib.util.spec_from_file_location("make_fixtures", FIXTURES / "make.py")
make = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make)


@pytest.fixture(params=VERSIONS, ids=lambda folder: folder.name)
def folder(request, tmp_path):
    """A copy of the files of a version."""
    shutil.copytree(request.param, tmp_path / "files")
    return tmp_path / "files"


@pytest.fixture
def expected(folder):
    with np.load(folder / "expected.npz") as arrays:
        return dict(arrays)


def assert_close(model, expected, prefix):
    """To within what sums in another order make, since the file came from another machine."""
    for i, weight in enumerate(model.get_weights()):
        np.testing.assert_allclose(weight, expected[f"{prefix} {i}"], rtol=1e-4, atol=1e-5)


def test_there_are_such_files():
    assert [folder.name for folder in VERSIONS][:2] == ["version_1", "version_2"]


def test_a_model(folder, expected):
    X, y = make.data()
    model = nn.load_model(folder / "model.safetensors")
    np.testing.assert_allclose(model.predict(X), expected["predictions"], rtol=1e-5)
    model.fit(X, y, epochs=1, batch_size=make.BATCH_SIZE, verbose=0)
    assert_close(model, expected, "trained on")


def test_weights(folder, expected):
    model = make.new_model()
    model.load_weights(folder / "weights.safetensors")
    np.testing.assert_allclose(model.predict(make.data()[0]), expected["predictions"], rtol=1e-5)


@pytest.mark.parametrize(("name", "save_freq"), [("every_epoch", "epoch"), ("every_3_batches", 3)])
def test_a_backup(folder, expected, name, save_freq):
    model = make.new_model()
    history = make.train(model, folder / name, save_freq)
    assert_close(model, expected, "undisturbed")
    for measure, values in history.history.items():
        np.testing.assert_allclose(values, expected[f"history {measure}"], rtol=1e-4, atol=1e-5)
    assert history.epoch == [0, 1, 2, 3]
    assert not (folder / name).exists()
