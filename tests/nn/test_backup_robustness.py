"""BackupAndRestore where things go wrong: damage, full disks, two processes, Ctrl-C, other data."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import traceback

import numpy as np
import pytest

import nn
import nn.saving
from nn._core import atomic_files
from nn.callbacks import BackupAndRestore
from nn.saving.backup import KEY
from nn.saving.files import read, write

X = np.sin(np.arange(48.0)).reshape(16, 3)
Y = X.sum(axis=1)
NEWEST, PREVIOUS = "backup.safetensors", "backup.previous.safetensors"


class InterruptedFitError(Exception):
    pass


class Interrupt(nn.Callback):
    """Raises after some batches."""

    def __init__(self, after=None):
        self.after = after
        self.batches = 0

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1
        if self.batches == self.after:
            raise InterruptedFitError


def new_model():
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Input((3,)), nn.Dense(4), nn.Dropout(0.2), nn.Dense(1)])
    model.compile(nn.Adam(0.05), "mse", metrics=["mae"])
    return model


def fit(folder, *others, model=None, x=X, y=Y, **options):
    """Train for five epochs of four batches; the model and its history."""
    model = model or new_model()
    callbacks = [BackupAndRestore(folder, options.pop("save_freq", "epoch")), *others]
    options = {"epochs": 5, "batch_size": 4, "verbose": 0} | options
    return model, model.fit(x, y, callbacks=callbacks, **options)


def interrupted(folder, *others, after=14, **options):
    """The same, with an exception on the way."""
    with pytest.raises(InterruptedFitError):
        fit(folder, Interrupt(after), *others, **options)


def resumed(folder, *others, **options):
    return fit(folder, Interrupt(), *others, **options)


def assert_same(trained, expected):
    for a, b in zip(trained[0].get_weights(), expected[0].get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert trained[1].history == expected[1].history


@pytest.fixture
def undisturbed(tmp_path):
    return resumed(tmp_path / "undisturbed")


def damage(path):
    data = bytearray(path.read_bytes())
    data[-3] ^= 4
    path.write_bytes(data)


# -- damaged files ---------------------------------------------------------------------------------


def test_the_last_two_are_kept(tmp_path):
    interrupted(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [PREVIOUS, NEWEST]
    assert nn.saving.backup.Backup.read(tmp_path / NEWEST).position.epoch == 3
    assert nn.saving.backup.Backup.read(tmp_path / PREVIOUS).position.epoch == 2


@pytest.mark.parametrize("save_freq", ["epoch", 3])
def test_the_one_before_is_used_if_the_newest_is_damaged(tmp_path, undisturbed, save_freq):
    folder = tmp_path / "backup"
    interrupted(folder, save_freq=save_freq)
    damage(folder / NEWEST)
    with pytest.warns(RuntimeWarning, match=r"the newest backup is damaged.*from the one before"):
        trained = resumed(folder, save_freq=save_freq)
    assert_same(trained, undisturbed)
    assert os.listdir(folder) == ["backup.damaged.safetensors"]


def test_a_damaged_file_never_takes_the_place_of_the_good_one(tmp_path, undisturbed):
    interrupted(tmp_path)
    damage(tmp_path / NEWEST)
    with pytest.warns(RuntimeWarning, match="damaged"):
        interrupted(tmp_path)  # after one more backup
    for name in (NEWEST, PREVIOUS):
        nn.saving.backup.Backup.read(tmp_path / name)
    assert_same(resumed(tmp_path), undisturbed)


def test_all_are_damaged(tmp_path):
    interrupted(tmp_path)
    damage(tmp_path / NEWEST)
    damage(tmp_path / PREVIOUS)
    model = new_model()
    before = model.get_weights()
    with pytest.raises(
        nn.saving.ModelFileError, match=r"damaged[^$]*To start over, delete the fol"
    ):
        resumed(tmp_path, model=model)
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


def test_a_crash_between_two_renames(tmp_path, undisturbed):
    folder = tmp_path / "backup"
    interrupted(folder)
    os.unlink(folder / NEWEST)
    assert_same(resumed(folder), undisturbed)


def test_what_a_kill_in_the_middle_of_a_write_has_left_is_removed(tmp_path):
    (tmp_path / f".{'0' * 16}.tmp").write_bytes(b"half a backup")
    (tmp_path / ".mine.tmp").write_bytes(b"")
    resumed(tmp_path)
    assert os.listdir(tmp_path) == [".mine.tmp"]


# -- disks and folders -----------------------------------------------------------------------------


def test_a_full_disk_does_not_end_the_training(tmp_path, monkeypatch, undisturbed):
    folder = tmp_path / "backup"
    interrupted(folder, after=6)
    before = (folder / NEWEST).read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(atomic_files.os, "fsync", full)
        with pytest.warns(
            RuntimeWarning, match=r"no backup could be written in epoch 2: .*No space"
        ):
            interrupted(folder, after=10)
    assert (folder / NEWEST).read_bytes() == before
    assert sorted(os.listdir(folder)) == [PREVIOUS, NEWEST]
    assert_same(resumed(folder), undisturbed)


FILES_LIMITED = """
import resource, signal, sys, warnings
sys.path.insert(0, sys.argv[2])
import nn, test_backup_robustness as t
class Limit(nn.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    t.resumed(sys.argv[1], Limit(), save_freq=3)
print(len([w for w in caught if "no backup could be written" in str(w.message)]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits for files")
def test_files_that_cannot_grow(tmp_path):
    """As on a full disk: the write itself fails, in the middle of the file."""
    command = [sys.executable, "-c", FILES_LIMITED, str(tmp_path / "b"), os.path.dirname(__file__)]
    output = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert output.stdout == "5\n", output.stderr  # of the 20 batches, the 6th, 9th, ... 18th
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("folder", ["/proc/backup", "/proc/self"])
def test_a_folder_that_cannot_be_written_to_is_found_before_training(folder):
    if not os.path.isdir("/proc/self"):
        pytest.skip("no folder here in which even an administrator cannot write")
    model = new_model()
    before = model.get_weights()
    with pytest.raises(OSError, match="cannot write a backup into this folder"):
        resumed(folder, model=model)
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "backup").touch()
    with pytest.raises(FileExistsError, match="cannot write a backup"):
        resumed(tmp_path / "backup")


def test_a_disk_that_is_full_from_the_start_is_found_before_training(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic_files.os, "fsync", full)
    steps = Interrupt()
    with pytest.raises(OSError, match="No space left"):
        fit(tmp_path, steps)
    assert steps.batches == 0
    assert os.listdir(tmp_path) == []


def test_what_no_file_can_hold_is_found_before_training(tmp_path):
    model, steps = new_model(), Interrupt()
    model.layers[1]._generator = np.random.Generator(np.random.Philox(1))
    with pytest.raises(ValueError, match="a generator of NumPy's kind Philox"):
        fit(tmp_path, steps, model=model)
    assert steps.batches == 0


# -- two trainings in one folder -------------------------------------------------------------------

HOLDER = """
import sys, time, os
sys.path.insert(0, sys.argv[2])
import nn, test_backup_robustness as t
class Wait(nn.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if sys.argv[3] == "forks" and os.fork() == 0:
            time.sleep(100)  # a worker that outlives its parent
        print("held", flush=True)
        time.sleep(100)
t.resumed(sys.argv[1], Wait())
"""


def holder(folder, kind="alone"):
    """Another process that is in the middle of a training."""
    command = [sys.executable, "-c", HOLDER, str(folder), os.path.dirname(__file__), kind]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout.readline() == b"held\n"
    process.stdout.close()
    return process


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("kind", ["alone", "forks"])
def test_another_process_is_kept_out_until_the_first_one_is_gone(tmp_path, kind):
    process = holder(tmp_path, kind)
    try:
        with pytest.raises(RuntimeError, match=rf"is used by process {process.pid} on .*each its"):
            resumed(tmp_path)
        assert (tmp_path / "backup.lock").exists()
        process.kill()
        process.wait()
        with pytest.raises(ValueError, match="callbacks"):  # of the other's backup, which it finds
            resumed(tmp_path)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the worker too
        process.wait()


def test_another_thread_is_kept_out(tmp_path):
    began, ends = threading.Event(), threading.Event()

    class Wait(nn.Callback):
        def on_epoch_end(self, epoch, logs=None):
            began.set()
            ends.wait(60)

    thread = threading.Thread(target=fit, args=(tmp_path, Wait()))
    thread.start()
    try:
        began.wait(60)
        with pytest.raises(RuntimeError, match="is used by another call in this process"):
            resumed(tmp_path)
    finally:
        ends.set()
        thread.join()
    resumed(tmp_path)


def test_a_training_that_fails_lets_the_folder_go(tmp_path):
    interrupted(tmp_path)
    assert not (tmp_path / "backup.lock").exists()
    with pytest.raises(ValueError, match="callbacks"):
        resumed(tmp_path, nn.callbacks.TerminateOnNaN())
    assert not (tmp_path / "backup.lock").exists()


def test_a_backup_that_another_training_has_just_made(tmp_path, monkeypatch):
    interrupted(tmp_path, after=6)
    acquire = nn._core.locking.Lock.acquire

    def late(self):
        """The other one writes one more backup, and ends, while this one waits for its turn."""
        monkeypatch.setattr(nn._core.locking.Lock, "acquire", acquire)
        interrupted(tmp_path, after=10)
        acquire(self)

    monkeypatch.setattr(nn._core.locking.Lock, "acquire", late)
    with pytest.raises(RuntimeError, match="another training, which has just ended"):
        resumed(tmp_path)


# -- Ctrl-C ----------------------------------------------------------------------------------------


class Press(nn.Callback):
    """Presses Ctrl-C, at these steps of the training, while the step is under way."""

    def __init__(self, *at):
        self.at = at
        self.steps = 0

    def on_train_batch_begin(self, batch, logs=None):
        self.steps += 1
        for _ in range(self.at.count(self.steps)):
            signal.raise_signal(signal.SIGINT)


def test_ctrl_c_ends_training_after_the_step_and_keeps_the_history(capfd):
    model = new_model()
    counted = Interrupt()
    with pytest.raises(KeyboardInterrupt, match="ended in epoch 3, after step 2") as raised:
        model.fit(X, Y, epochs=5, batch_size=4, verbose=0, callbacks=[Press(10), counted])
    assert counted.batches == model.optimizer.iterations.item() == 10
    assert model.history.epoch == [0, 1]
    assert len(model.history.history["loss"]) == 2
    assert "model.history has the epochs before" in "".join(
        traceback.format_exception(raised.value)
    )
    assert "Ctrl-C: training stops after this step" in capfd.readouterr().err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("save_freq", ["epoch", 3])
def test_after_ctrl_c_training_goes_on_where_it_was(tmp_path, undisturbed, save_freq):
    folder = tmp_path / "backup"
    with pytest.raises(KeyboardInterrupt) as raised:
        fit(folder, Interrupt(), Press(10), save_freq=save_freq)
    assert "run the program again" in raised.value.__notes__[1]
    position = nn.saving.backup.Backup.read(folder / NEWEST).position
    assert (position.epoch, position.step) == (2, 2)
    assert_same(resumed(folder, Press(), save_freq=save_freq), undisturbed)


def test_the_second_ctrl_c_does_not_wait():
    model = new_model()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=5, batch_size=4, verbose=0, callbacks=[Press(10, 10)])
    assert model.optimizer.iterations.item() == 9
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_in_the_last_validation():
    class PressInValidation(nn.Callback):
        def on_test_begin(self, logs=None):
            signal.raise_signal(signal.SIGINT)

    model = new_model()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, validation_data=(X, Y), verbose=0, callbacks=[PressInValidation()])
    assert model.history.history.keys() == {"loss", "mae", "val_loss", "val_mae"}


def test_a_handler_of_the_program_itself_is_left_alone():
    calls = []
    before = signal.signal(signal.SIGINT, lambda number, frame: calls.append(number))
    try:
        new_model().fit(X, Y, verbose=0, callbacks=[Press(1)])
    finally:
        signal.signal(signal.SIGINT, before)
    assert calls == [signal.SIGINT]


def test_a_handler_that_is_set_in_the_course_of_training_stays():
    def mine(number, frame):
        pass

    class SetHandler(nn.Callback):
        def on_epoch_end(self, epoch, logs=None):
            signal.signal(signal.SIGINT, mine)

    try:
        new_model().fit(X, Y, verbose=0, callbacks=[SetHandler()])
        assert signal.getsignal(signal.SIGINT) is mine
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_in_a_thread_there_is_no_ctrl_c():
    thread = threading.Thread(target=new_model().fit, args=(X, Y), kwargs={"verbose": 0})
    thread.start()
    thread.join()


# -- other data, other random numbers, other callbacks ---------------------------------------------


def test_data_that_comes_differently(tmp_path):
    interrupted(tmp_path)
    with pytest.warns(UserWarning, match="the first batch differs"):
        resumed(tmp_path, x=X + 1)


def test_the_generators_of_numpy_and_python_go_on(tmp_path):
    class Draw(nn.Callback):
        def __init__(self):
            self.drawn = []

        def on_train_batch_end(self, batch, logs=None):
            self.drawn += [random.random(), float(np.random.normal())]

    def train(after, folder):
        np.random.seed(1)
        random.seed(2)
        draw = Draw()
        with contextlib.suppress(InterruptedFitError):
            fit(folder, draw, Interrupt(after), save_freq=3)
        return draw.drawn

    expected = train(None, tmp_path / "undisturbed")
    train(10, tmp_path / "interrupted")
    assert train(None, tmp_path / "interrupted") == expected
    assert len(expected) == 40


def test_a_callback_may_keep_dicts_in_dicts_whatever_their_keys(tmp_path):
    class Nested(nn.Callback):
        def __init__(self):
            self.found = {}

        def on_epoch_end(self, epoch, logs=None):
            self.found[epoch] = {(epoch, "$x"): {epoch: {"$tuple": [None, {True: 0.5}]}}}

    interrupted(tmp_path, Nested())
    nested = Nested()
    resumed(tmp_path, nested)
    expected = Nested()
    for epoch in range(5):
        expected.on_epoch_end(epoch)
    assert nested.found == expected.found


def test_what_cannot_be_kept_of_a_callback_is_said(tmp_path):
    class Seen(nn.Callback):
        def __init__(self):
            self.seen = set()
            self.score = 0.5

    with pytest.warns(UserWarning, match=r"a backup does not hold Seen\.seen: only numbers"):
        resumed(tmp_path, Seen())


# -- backups that somebody has made up -------------------------------------------------------------


def tampered(folder, change):
    """Change a backup's document, and seal it as if nothing had been."""
    contents = read(folder / NEWEST)
    document = json.loads(contents.metadata[KEY])
    change(document)
    os.unlink(folder / PREVIOUS)
    write(folder / NEWEST, contents.tensors, {KEY: json.dumps(document)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda d: d.update(version=3),
            "a backup of version 3, and this nn reads versions up to 2",
        ),
        (lambda d: d.update(version="2"), "a backup of version '2'"),
        (lambda d: d.update(epoch=-1), "its epoch is not of the right kind"),
        (lambda d: d.update(epoch=1.5), "its epoch is not"),
        (lambda d: d.pop("step"), "its step is not"),
        (lambda d: d.update(running=[{"loss": "x"}, 3]), "its running is not"),
        (lambda d: d.update(order=[1]), "its order is not"),
        (lambda d: d.update(order=[2**64] * 6), "its order is not"),
        (lambda d: d.update(ended=1), "its ended is not"),
        (lambda d: d.update(trainable={"": 1}), "its trainable is not"),
        (lambda d: d.update(state=[]), "its state is not"),
        (lambda d: d.update(data=3), "its data is not"),
        (lambda d: d["state"].pop("generator"), "its state is not"),
        (lambda d: d["state"].update(layers={}), "not in the file"),
        (lambda d: d["trainable"].update(ghost=True), "the layer 'ghost' is in the file only"),
        (
            lambda d: d["state"]["layers"].update(dense={"units": {"$same": 0}}),
            "no generator 'unit",
        ),
        (lambda d: d["state"].update(callbacks=[{}]), "it has 1 callbacks, not 2"),
        (lambda d: d["state"]["callbacks"][0].update(on_epoch_end=1), "no state 'on_epoch_end'"),
        (lambda d: d["state"]["callbacks"][0].update(__dict__=1), "no state '__dict__'"),
        (lambda d: d["state"].update(numpy=[1, 2]), "no state for numpy's random"),
        (lambda d: d["state"].update(python={"$tuple": [3, 4, 5]}), "no state for python's random"),
        (lambda d: d["optimizer"].update(built_for=["ghost"]), "lacks: 'ghost'"),
        (lambda d: d["optimizer"].update(built_for=[]), "unexpected in the file: optimizer:dense"),
        (lambda d: d["optimizer"].update(built_for=3), "no list of names"),
    ],
)
def test_nothing_is_restored_of_a_backup_that_is_wrong(tmp_path, change, message):
    interrupted(tmp_path)
    tampered(tmp_path, change)
    model = new_model()
    model._shuffle_generator()  # takes a child of the global generator, in any fit
    before = model.get_weights()
    state = nn.random.generator().state
    with pytest.raises(ValueError, match=message):
        resumed(tmp_path, model=model)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not model.optimizer.built
    np.testing.assert_array_equal(nn.random.generator().state, state)
    model.fit(X, Y, verbose=0)
