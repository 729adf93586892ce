"""BackupAndRestore: a killed training that is run again ends like one that was not killed."""

import contextlib
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import nn
import nn.saving
from nn.callbacks import (
    BackupAndRestore,
    CSVLogger,
    EarlyStopping,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
)

# All that a training can remember: dropout, shuffling, Adam's moments, running statistics, an
# average, a learning rate that callbacks change, the best weights so far.
PROGRAM = """
import os, signal, sys
import numpy as np
import nn

folder, kill_at, save_freq = sys.argv[1:4]
options = dict(item.split("=") for item in sys.argv[4:])
options = {name: int(value) for name, value in options.items()}
options["shuffle"] = options.get("shuffle") != 0

class Killer(nn.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.kill_if(f"epoch {epoch}")
    def on_train_batch_end(self, batch, logs=None):
        self.batches = getattr(self, "batches", 0) + 1
        self.kill_if(f"batch {self.batches}")
    def kill_if(self, here):
        if here == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

nn.set_random_seed(3)
X = np.sin(np.arange(120.0)).reshape(40, 3)
y = (X.sum(axis=1) > 0).astype(float)
model = nn.Sequential([
    nn.Input((3,)), nn.Dense(8, "relu"), nn.layers.BatchNormalization(), nn.layers.Dropout(0.3),
    nn.layers.GaussianNoise(0.1, seed=5), nn.Dense(1, "sigmoid"),
])
model.compile(
    nn.optimizers.Adam(0.01, use_ema=True, gradient_accumulation_steps=2),
    "binary_crossentropy", metrics=["accuracy"],
)
callbacks = [
    nn.callbacks.BackupAndRestore(
        os.path.join(folder, "backup"), "epoch" if save_freq == "epoch" else int(save_freq)
    ),
    nn.callbacks.ReduceLROnPlateau("loss", factor=0.9, patience=1),
    nn.callbacks.EarlyStopping(patience=options.pop("patience", 5), restore_best_weights=True),
    nn.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.99),
    Killer(),
]
history = model.fit(
    X, y, epochs=6, batch_size=8, validation_split=0.2, verbose=0, callbacks=callbacks, **options
)
np.savez(
    os.path.join(folder, "result.npz"), *model.get_weights(),
    *(v.data for v in model.optimizer.variables), nn.random.generator().state,
    **{f"history {name}": values for name, values in history.history.items()},
    epochs=history.epoch,
)
"""


def run(folder, kill_at="never", save_freq="epoch", *options):
    """Run the program; its exit code."""
    command = [sys.executable, "-c", PROGRAM, str(folder), kill_at, save_freq, *options]
    return subprocess.run(command, timeout=100).returncode


def result(folder):
    with np.load(folder / "result.npz") as arrays:
        return dict(arrays)


def assert_equal_bit_for_bit(result, expected):
    assert result.keys() == expected.keys()
    for name, array in expected.items():
        assert array.tobytes() == result[name].tobytes(), name


@pytest.mark.parametrize(
    ("kill_at", "save_freq", "options"),
    [
        ("epoch 3", "epoch", []),
        ("epoch 0", "epoch", []),  # before the first backup
        ("epoch 2", "epoch", ["steps_per_epoch=3"]),  # a shuffled pass spans epochs
        ("batch 14", "3", []),
        ("batch 14", "4", []),  # the last backup lies at the end of an epoch
        ("batch 8", "2", ["steps_per_epoch=3"]),
        ("epoch 1", "epoch", ["patience=1"]),
        ("epoch 3", "epoch", ["initial_epoch=2", "shuffle=0"]),
    ],
)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_a_killed_training_ends_like_an_undisturbed_one(tmp_path, kill_at, save_freq, options):
    killed, undisturbed = tmp_path / "killed", tmp_path / "undisturbed"
    killed.mkdir()
    undisturbed.mkdir()
    assert run(undisturbed, "never", save_freq, *options) == 0
    assert run(killed, kill_at, save_freq, *options) == -signal.SIGKILL
    assert not (killed / "result.npz").exists()
    assert (killed / "backup").exists()
    assert run(killed, "never", save_freq, *options) == 0
    assert_equal_bit_for_bit(result(killed), result(undisturbed))
    assert not (killed / "backup").exists()


# -- without killing -------------------------------------------------------------------------------

X = np.sin(np.arange(48.0)).reshape(16, 3)
Y = X.sum(axis=1)


class InterruptedFitError(Exception):
    pass


class Interrupt(nn.Callback):
    """Raises at the end of an epoch."""

    def __init__(self, at=None):
        self.at = at

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.at:
            raise InterruptedFitError


def model(units=1):
    nn.set_random_seed(0)
    made = nn.Sequential([nn.Input((3,)), nn.Dense(4, name="hidden"), nn.Dense(units)])
    made.compile(nn.optimizers.Adam(0.05), "mse")
    return made


def interrupted(folder, *others, at=2, epochs=5, x=X, y=Y, **options):
    """A training that ends with an exception, and leaves a backup in the folder."""
    callbacks = [BackupAndRestore(folder), *others, Interrupt(at)]
    with pytest.raises(InterruptedFitError):
        model().fit(x, y, epochs=epochs, batch_size=4, callbacks=callbacks, verbose=0, **options)


def resumed(folder, *others, made=None, epochs=5, x=X, y=Y, **options):
    made = made or model()
    callbacks = [BackupAndRestore(folder), *others, Interrupt()]
    history = made.fit(x, y, epochs=epochs, batch_size=4, callbacks=callbacks, verbose=0, **options)
    return made, history


def test_only_what_is_left_is_trained(tmp_path):
    seen = []
    watch = nn.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs=None: seen.append(epoch))
    interrupted(tmp_path, watch)
    seen.clear()
    _, history = resumed(tmp_path, watch)
    assert seen == [2, 3, 4]
    assert history.epoch == [0, 1, 2, 3, 4]
    assert len(history.history["loss"]) == 5


@pytest.mark.parametrize("options", [{}, {"steps_per_epoch": 3}])
def test_the_samples_come_in_the_same_order_whatever_the_seed(tmp_path, options):
    expected, _ = resumed(tmp_path / "undisturbed", **options)
    interrupted(tmp_path / "backup", **options)
    made = model()
    nn.set_random_seed(99)
    resumed(tmp_path / "backup", made=made, **options)
    for a, b in zip(made.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_generator_goes_on_where_it_was(tmp_path):
    def batches():
        for i in range(100):
            yield np.full((2, 3), i / 100), np.full(2, i / 50)

    def fit(at, folder):
        made = model()
        callbacks = [BackupAndRestore(folder), Interrupt(at)]
        made.fit(batches(), epochs=5, steps_per_epoch=4, callbacks=callbacks, verbose=0)
        return made

    expected = fit(None, tmp_path / "undisturbed").get_weights()
    with pytest.raises(InterruptedFitError):
        fit(3, tmp_path / "interrupted")
    for a, b in zip(fit(None, tmp_path / "interrupted").get_weights(), expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_it_ends_with_the_last_weights_when_nothing_is_left(tmp_path):
    class FailAtTheEnd(nn.Callback):
        fails = True

        def on_train_end(self, logs=None):
            if self.fails:
                raise InterruptedFitError

    def fit(fails):
        made, fail = model(), FailAtTheEnd()
        FailAtTheEnd.fails = fails
        callbacks = [fail, BackupAndRestore(tmp_path / "backup")]
        with contextlib.suppress(InterruptedFitError):
            made.fit(X, Y, epochs=2, callbacks=callbacks, verbose=0)
        return made.get_weights()

    for a, b in zip(fit(True), fit(False), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_backup_is_kept_if_that_is_wanted(tmp_path):
    model().fit(X, Y, callbacks=[BackupAndRestore(tmp_path, delete_checkpoint=False)], verbose=0)
    names = ["backup.previous.safetensors", "backup.safetensors"]
    assert sorted(os.listdir(tmp_path)) == names


def test_only_the_backup_is_deleted(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    model().fit(X, Y, callbacks=[BackupAndRestore(tmp_path)], verbose=0)
    assert os.listdir(tmp_path) == ["mine.txt"]


def test_frozen_layers_stay_frozen(tmp_path):
    class Freeze(nn.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                self.model.layers[0].trainable = False

    interrupted(tmp_path, Freeze())
    made, _ = resumed(tmp_path, Freeze())
    assert not made.get_layer("hidden").trainable


def test_a_csv_logger_that_appends_goes_on(tmp_path):
    log = tmp_path / "log.csv"
    first = CSVLogger(log, append=True)
    interrupted(tmp_path / "backup", first, at=1)
    first.on_train_end()  # closes the file, as the end of the process does
    resumed(tmp_path / "backup", CSVLogger(log, append=True))
    lines = log.read_text().splitlines()
    assert lines[0] == "epoch,loss"
    # Epoch 1 was logged, but interrupted before its backup.
    assert [line.split(",")[0] for line in lines[1:]] == ["0", "1", "1", "2", "3", "4"]


def test_what_callbacks_know_is_restored(tmp_path):
    def others():
        return [
            EarlyStopping("loss", patience=3, restore_best_weights=True),
            ReduceLROnPlateau("loss"),
            ModelCheckpoint(tmp_path / "m.safetensors", "loss", save_best_only=True),
            LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1)),
        ]

    interrupted(tmp_path / "backup", *others())
    restored, undisturbed = others(), others()
    resumed(tmp_path / "backup", *restored)
    resumed(tmp_path / "undisturbed", *undisturbed)
    assert restored[0].best_epoch == undisturbed[0].best_epoch
    for a, b in zip(restored[:3], undisturbed[:3], strict=True):
        assert a._watched.best == b._watched.best


# -- what is refused -------------------------------------------------------------------------------


def test_a_backup_of_another_model(tmp_path):
    interrupted(tmp_path)
    other = model(units=2)
    before = other.get_weights()
    with pytest.raises(ValueError, match=r"another model.*\n.*dense/kernel is \(4, 1\)[^$]*delete"):
        resumed(tmp_path, made=other, y=np.stack([Y, Y], axis=1))
    for a, b in zip(before, other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"x": X[:8], "y": Y[:8]}, "batches in an epoch: 4 then, 2 now"),
        ({"shuffle": False}, "shuffle: True then, False now"),
        ({"initial_epoch": 1}, "initial_epoch: 0 then, 1 now"),
        ({"epochs": 1}, "2 epochs were begun, but epochs=1"),
    ],
)
def test_a_backup_of_another_call(tmp_path, options, message):
    interrupted(tmp_path)
    with pytest.raises(ValueError, match=message):
        resumed(tmp_path, **options)


def test_other_callbacks(tmp_path):
    interrupted(tmp_path)
    with pytest.raises(ValueError, match=r"callbacks: .* then, .*EarlyStopping.* now"):
        resumed(tmp_path, EarlyStopping("loss"))


def test_a_damaged_backup(tmp_path):
    (tmp_path / "backup.safetensors").write_bytes(b"no")
    with pytest.raises(nn.saving.ModelFileError, match="not a whole safetensors file"):
        resumed(tmp_path)


def test_another_file_of_that_name(tmp_path):
    nn.saving.save_weights(model(), tmp_path / "backup.safetensors")
    with pytest.raises(nn.saving.ModelFileError, match="not a backup of a training"):
        resumed(tmp_path)


def test_a_model_without_weights(tmp_path):
    class Mine(nn.Model):
        def train_step(self, data):
            return {"loss": 0.0}

    made = Mine()
    made.compile("sgd")
    with pytest.raises(ValueError, match="no weights yet"):
        made.fit(X, Y, callbacks=[BackupAndRestore(tmp_path)], verbose=0)


def test_arguments(tmp_path):
    with pytest.raises(ValueError, match="backup_dir is empty"):
        BackupAndRestore("")
    with pytest.raises(ValueError, match="1 or more"):
        BackupAndRestore("x", save_freq=0)
    with pytest.raises(TypeError, match="'epoch', is a whole number"):
        BackupAndRestore("x", save_freq="batch")
    with pytest.raises(ValueError, match="one BackupAndRestore"):
        resumed(tmp_path, BackupAndRestore(tmp_path))
