"""ModelCheckpoint: which files it writes, and when."""

import os

import numpy as np
import pytest

import nn
import nn.saving
from nn.callbacks import ModelCheckpoint

X = np.sin(np.arange(24.0)).reshape(8, 3)
Y = X.sum(axis=1)


class Pretend(nn.Callback):
    """Reports values that are known beforehand."""

    def __init__(self, **values):
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        for name, values in self.values.items():
            logs[name] = values[epoch]


def model(units=1):
    made = nn.Sequential([nn.Input((3,)), nn.Dense(units)])
    made.compile("sgd", "mse")
    return made


def fit(*callbacks, made=None, **options):
    made = made or model()
    made.fit(X, Y, **({"epochs": 3, "verbose": 0, "batch_size": 4} | options), callbacks=callbacks)
    return made


def files(folder):
    return sorted(os.listdir(folder))


def test_a_file_for_each_epoch(tmp_path):
    fit(ModelCheckpoint(tmp_path / "m-{epoch:02d}.safetensors"))
    assert files(tmp_path) == ["m-01.safetensors", "m-02.safetensors", "m-03.safetensors"]


def test_the_file_is_the_model(tmp_path):
    trained = fit(ModelCheckpoint(tmp_path / "m.safetensors"))
    loaded = nn.saving.load_model(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(loaded.predict(X), trained.predict(X))
    assert loaded.optimizer.iterations.item() == 6


def test_weights_only(tmp_path):
    trained = fit(ModelCheckpoint(tmp_path / "w.safetensors", save_weights_only=True))
    other = model()
    nn.saving.load_weights(other, tmp_path / "w.safetensors")
    np.testing.assert_array_equal(other.predict(X), trained.predict(X))
    with pytest.raises(nn.saving.ModelFileError):
        nn.saving.load_model(tmp_path / "w.safetensors")


def test_values_in_the_name(tmp_path):
    pretend = Pretend(val_loss=[0.5, 0.25, 0.125])
    fit(pretend, ModelCheckpoint(str(tmp_path / "{epoch}-{val_loss:.2f}.safetensors")))
    assert files(tmp_path) == ["1-0.50.safetensors", "2-0.25.safetensors", "3-0.12.safetensors"]


@pytest.mark.parametrize(
    ("monitor", "values", "options", "saved"),
    [
        ("score_loss", [2.0, 3.0, 1.0, 1.0, np.nan], {}, "13"),
        ("accuracy", [0.2, 0.1, 0.3, 0.3, 0.4], {}, "135"),
        ("score", [0.2, 0.1, 0.3, 0.3, 0.4], {"mode": "min"}, "12"),
        ("score_loss", [2.0, 3.0, 1.0, 1.0, 0.5], {"initial_value_threshold": 1.0}, "5"),
    ],
)
def test_only_the_best(tmp_path, monitor, values, options, saved):
    best = ModelCheckpoint(
        tmp_path / "{epoch}.safetensors", monitor, save_best_only=True, **options
    )
    fit(Pretend(**{monitor: values}), best, epochs=5)
    assert files(tmp_path) == [f"{epoch}.safetensors" for epoch in saved]


def test_epochs_without_a_validation_are_passed_over(tmp_path):
    best = ModelCheckpoint(tmp_path / "{epoch}.safetensors", save_best_only=True)
    fit(best, validation_data=(X, Y), validation_freq=[2])
    assert files(tmp_path) == ["2.safetensors"]


def test_the_best_of_an_earlier_fit_counts(tmp_path):
    best = ModelCheckpoint(tmp_path / "{epoch}.safetensors", "score_loss", save_best_only=True)
    fit(Pretend(score_loss=[1.0]), best, epochs=1)
    fit(Pretend(score_loss=[2.0, 1.5, 0.5]), best)
    assert files(tmp_path) == ["1.safetensors", "3.safetensors"]


def test_every_so_many_batches(tmp_path):
    fit(ModelCheckpoint(tmp_path / "{epoch}-{batch}.safetensors", save_freq=3), batch_size=2)
    # 12 batches, four in an epoch: the 3rd, 6th, 9th and 12th.
    assert files(tmp_path) == [f"{name}.safetensors" for name in ("1-3", "2-2", "3-1", "3-4")]


def test_verbose(tmp_path, capsys):
    best = ModelCheckpoint(tmp_path / "m.safetensors", "score_loss", verbose=1, save_best_only=True)
    fit(Pretend(score_loss=[2.0, 3.0, 1.0]), best)
    assert [line.split(", saved")[0] for line in capsys.readouterr().out.splitlines()] == [
        "Epoch 1: score_loss from none to 2",
        "Epoch 2: score_loss is 3, no better than 2",
        "Epoch 3: score_loss from 2 to 1",
    ]


def test_a_model_that_cannot_be_described(tmp_path):
    made = nn.Sequential([nn.Input((3,)), nn.layers.Lambda(lambda x: x), nn.Dense(1)])
    made.compile("sgd", "mse")
    with pytest.raises(ValueError, match="save_weights"):
        fit(ModelCheckpoint(tmp_path / "m.safetensors"), made=made)
    assert files(tmp_path) == []
    fit(ModelCheckpoint(tmp_path / "m.safetensors", save_weights_only=True), made=made)


# -- what is refused -------------------------------------------------------------------------------


def test_an_unknown_monitor(tmp_path):
    best = ModelCheckpoint(tmp_path / "m.safetensors", "losss", mode="min", save_best_only=True)
    with pytest.raises(ValueError, match="Did you mean 'loss'"):
        fit(best)


def test_a_validation_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="validation_split"):
        fit(ModelCheckpoint(tmp_path / "m.safetensors", save_best_only=True))


@pytest.mark.parametrize("field", ["{epok}", "{val_loss:.2f}", "{}", "{batch}"])
def test_an_unknown_field(tmp_path, field):
    with pytest.raises(ValueError, match=r"not known. Known: \{loss\}, \{epoch\}"):
        fit(ModelCheckpoint(tmp_path / f"{field}.safetensors"))


@pytest.mark.parametrize("field", ["{epoch", "{epoch:.q}", "{loss:d}"])
def test_a_wrong_field(tmp_path, field):
    with pytest.raises(ValueError, match="cannot be filled in"):
        fit(ModelCheckpoint(tmp_path / f"{field}.safetensors"))


def test_a_missing_folder_is_found_before_training(tmp_path):
    made = model()
    before = made.get_weights()
    with pytest.raises(FileNotFoundError, match="Create it first"):
        fit(ModelCheckpoint(tmp_path / "none" / "m.safetensors"), made=made)
    np.testing.assert_array_equal(made.get_weights()[0], before[0])


def test_a_folder_that_cannot_be_written_to_is_found_before_training(tmp_path, monkeypatch):
    def refused(**options):  # an administrator may do anything
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refused)
    made = model()
    before = made.get_weights()
    with pytest.raises(PermissionError, match="this folder is not writable"):
        fit(ModelCheckpoint(tmp_path / "m.safetensors"), made=made)
    np.testing.assert_array_equal(made.get_weights()[0], before[0])


def test_a_full_disk_leaves_the_file_before(tmp_path, monkeypatch):
    path = tmp_path / "m.safetensors"
    fit(ModelCheckpoint(path))
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        fit(ModelCheckpoint(path))
    assert path.read_bytes() == before
    assert files(tmp_path) == ["m.safetensors"]


def test_a_missing_folder_with_a_field(tmp_path):
    with pytest.raises(FileNotFoundError, match="run_1"):
        fit(ModelCheckpoint(tmp_path / "run_{epoch}" / "m.safetensors"))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("m.pt",), ValueError, "'m.safetensors'"),
        ((3,), TypeError, "a path is a string"),
        (("m.safetensors", "loss", 0, True, False, "least"), ValueError, "mode"),
        (("m.safetensors", "loss", 0, False, False, "auto", 0), ValueError, "1 or more"),
        (("m.safetensors", "loss", 0, False, False, "auto", "batch"), TypeError, "'epoch'"),
        (("m.safetensors", "val_loss", 0, True, False, "auto", 5), ValueError, "monitor='loss'"),
    ],
)
def test_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        ModelCheckpoint(*arguments)
