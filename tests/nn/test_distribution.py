"""Data-parallel training by real ranks of MPI: equal to one process, or refused."""

import importlib.util
import json
import os
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import nn
from nn.distribution.share import Share, SharedBatch, sample_rows, using

MPIEXEC = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
pytestmark = pytest.mark.skipif(
    MPIEXEC is None or importlib.util.find_spec("mpi4py") is None,
    reason="needs mpi4py and mpiexec: pip install mpi4py mpich",
)

# What every program below begins with: 203 samples of the digits, in batches of 25, which three
# ranks cannot share equally, and a last batch of 3.
BEGIN = """
import json, os, signal, sys, time
import numpy as np
import autograd_lite as ag
import nn
if len(sys.argv) > 1:
    nn.distribution.set_distribution(nn.distribution.DataParallel({arguments}))
distribution = nn.distribution.distribution()
rank = distribution.rank if distribution else 0
nn.set_random_seed(3)
X, y = nn.datasets.load_digits()
X, y = (X / 16)[:203], y[:203]
loss = nn.SparseCategoricalCrossentropy(from_logits=True)

def report(model, history, **more):
    if rank == 0:
        weights = [v.data.tolist() for v in model.variables]
        print("REPORT", json.dumps({{"weights": weights, "history": history.history, **more}}))
"""


def run(program, ranks=None, arguments="timeout=60", folder=None):
    """The finished process of a program on so many ranks; of one process, for None."""
    code = BEGIN.format(arguments=arguments) + program
    command = [sys.executable, "-W", "error", "-c", code]
    if ranks is not None:
        command = [MPIEXEC, "-n", str(ranks), *command, "distributed"]
    environment = os.environ | {"PYTHONPATH": str(Path(nn.__file__).parents[1])}
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=folder, timeout=120
    )


def reported(program, ranks=None, **options):
    done = run(program, ranks, **options)
    assert done.returncode == 0, done.stderr[-3000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("REPORT")]
    return json.loads(line.removeprefix("REPORT"))


def require_equal(program, ranks, tolerance=1e-5, **options):
    alone, together = reported(program), reported(program, ranks, **options)
    for a, b in zip(alone.pop("weights"), together.pop("weights"), strict=True):
        np.testing.assert_allclose(b, a, rtol=tolerance, atol=tolerance)
    histories = alone.pop("history"), together.pop("history")
    for name, values in histories[0].items():
        np.testing.assert_allclose(histories[1][name], values, rtol=tolerance, err_msg=name)
    for name, value in alone.items():
        np.testing.assert_allclose(together[name], value, rtol=tolerance, atol=tolerance)


EVERYTHING = """
class Watching(nn.Callback):
    def on_epoch_end(self, epoch, logs=None):
        logs["measured"] = self.model.evaluate(X[:50], y[:50], verbose=0)[0]

model = nn.Sequential([nn.Dense(12, activation="relu", kernel_regularizer="l2"),
                       nn.Dropout(0.3), nn.layers.GaussianNoise(0.1), nn.Dense(10)])
model.compile(nn.Adam(0.01), loss, metrics=["accuracy"], run_eagerly=ENGINE == "eager",
              jit_compile={"eager": "auto", "numpy": False, "native": True}[ENGINE])
history = model.fit(X, y, batch_size=25, epochs=16, verbose=0, validation_split=0.2,
                    class_weight={3: 2.0}, callbacks=[Watching()])
assert history.engine == ENGINE, history.engine
report(model, history, predicted=model.predict(X[:70]).tolist(),
       evaluated=model.evaluate(X, y, batch_size=64, verbose=0))
"""


@pytest.mark.parametrize(("engine", "ranks"), [("eager", 3), ("numpy", 2)])
def test_equals_one_process_with_the_same_batches(engine, ranks):
    require_equal(f"ENGINE = {engine!r}\n" + EVERYTHING, ranks, tolerance=2e-4)


def test_native_steps_equal_one_process():
    pytest.importorskip("llvmlite")
    program = """
model = nn.Sequential([nn.Dense(12, activation="relu"), nn.Dropout(0.3), nn.Dense(10)])
model.compile(nn.Adam(0.01), loss, metrics=["accuracy"], jit_compile=True)
history = model.fit(X[:200], y[:200], batch_size=20, epochs=2, verbose=0)
assert history.engine == "native", history.engine
report(model, history)
"""
    require_equal(program, 2, tolerance=1e-4)


def test_the_same_number_of_ranks_gives_the_same_bits():
    program = "ENGINE = 'numpy'\n" + EVERYTHING
    assert reported(program, 3) == reported(program, 3)


@pytest.mark.parametrize("reduction", ["sum", "mean_with_sample_weight"])
def test_reductions_divide_by_what_the_whole_batch_has(reduction):
    program = f"""
weights = np.linspace(0, 2, len(X))
loss = nn.SparseCategoricalCrossentropy(from_logits=True, reduction={reduction!r})
model = nn.Sequential([nn.Dense(10)])
model.compile(nn.SGD(0.01), loss, weighted_metrics=["accuracy"])
report(model, model.fit(X, y, batch_size=25, epochs=2, verbose=0, sample_weight=weights))
"""
    require_equal(program, 3)


def test_layers_draw_for_the_whole_batch():
    program = """
lines = X.reshape(-1, 8, 8)
model = nn.Sequential([
    nn.Input((8, 8)), nn.layers.Reshape((8, 8, 1)),
    nn.layers.RandomTranslation(0.2, 0.2), nn.layers.Reshape((8, 8)),
    nn.layers.LSTM(6, dropout=0.3, recurrent_dropout=0.2), nn.Dense(10),
])
model.compile(nn.SGD(0.1), loss)
report(model, model.fit(lines[:60], y[:60], batch_size=20, epochs=2, verbose=0))
"""
    require_equal(program, 2)


def test_masks_count_what_the_whole_batch_has():
    program = """
tokens = np.random.default_rng(0).integers(0, 4, (120, 6)) * (np.arange(6) < 2)[::-1] + 1
tokens[:60, 3:] = 0
model = nn.Sequential([nn.Embedding(5, 4, mask_zero=True), nn.BatchNormalization(), nn.Dense(5)])
model.compile(nn.SGD(0.1), nn.SparseCategoricalCrossentropy(from_logits=True))
report(model, model.fit(tokens, tokens, batch_size=20, epochs=2, verbose=0, shuffle=False))
"""
    require_equal(program, 3, 1e-4, arguments="synchronize_batch_normalization=True")


def test_statistics_of_batches_are_those_of_all_ranks_if_asked_for():
    program = """
model = nn.Sequential([nn.Dense(8), nn.BatchNormalization(), nn.Dense(10)])
model.compile(nn.SGD(0.1), loss)
report(model, model.fit(X, y, batch_size=25, epochs=2, verbose=0))
"""
    require_equal(program, 3, 1e-4, arguments="synchronize_batch_normalization=True")
    alone, apart = reported(program), reported(program, 3)
    assert not np.allclose(alone["weights"][0], apart["weights"][0], atol=1e-4)


def test_a_step_of_ones_own_and_a_generator():
    program = """
class Own(nn.Sequential):
    def train_step(self, data):
        x, y = data
        total = loss(y, self(x, training=True))
        total.backward()
        gradients = [v.grad for v in self.trainable_variables]
        for v in self.trainable_variables:
            v.zero_grad()
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"loss": total, "twice": 2 * total}

def batches():
    while True:
        for start in range(0, 200, 20):
            yield X[start:start + 20], y[start:start + 20]

model = Own([nn.Input((64,)), nn.Dense(10)])
model.compile(nn.SGD(0.1), loss)
report(model, model.fit(batches(), steps_per_epoch=10, epochs=3, verbose=0))
"""
    require_equal(program, 3)


def test_a_backup_of_three_ranks_is_continued_by_two(tmp_path):
    program = """
class Stop(nn.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if os.path.exists("stop") and self.params["steps"] * 2 + 4 == self.count:
            raise SystemError("pulled the plug")
        self.count += 1
    def on_train_begin(self, logs=None):
        self.count = 0

model = nn.Sequential([nn.Input((64,)), nn.Dense(12), nn.Dropout(0.2), nn.Dense(10)])
model.compile(nn.Adam(0.01), loss)
backup = nn.callbacks.BackupAndRestore("backup", save_freq=3)
checkpoint = nn.callbacks.ModelCheckpoint("best.safetensors", save_best_only=True, monitor="loss")
log = nn.callbacks.CSVLogger("log.csv", append=True)
callbacks = [Stop(), checkpoint, log, backup]
history = model.fit(X, y, batch_size=25, epochs=4, verbose=0, callbacks=callbacks)
report(model, history)
"""
    folders = [tmp_path / name for name in ("alone", "together")]
    for folder in folders:
        folder.mkdir()
    alone = reported(program, folder=folders[0])
    (folders[1] / "stop").touch()
    assert "pulled the plug" in run(program, 3, folder=folders[1]).stderr
    assert (folders[1] / "backup" / "backup.safetensors").exists()
    (folders[1] / "stop").unlink()
    resumed = reported(program, 2, folder=folders[1])
    for a, b in zip(alone["weights"], resumed["weights"], strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(resumed["history"]["loss"], alone["history"]["loss"], rtol=1e-5)
    assert not (folders[1] / "backup").exists()
    assert len((folders[1] / "log.csv").read_text().splitlines()) == 1 + 4
    assert (folders[1] / "best.safetensors").exists()


FIT = """
model = nn.Sequential([nn.Dense(WIDTH), nn.Dense(10)])
model.compile(nn.SGD(RATE), loss)
model.fit(X, y, batch_size=25, epochs=2, verbose=0, callbacks=CALLBACKS)
"""


@pytest.mark.parametrize(
    ("difference", "message"),
    [
        ("X, y = X[:200 - rank], y[:200 - rank]", "disagree about the number of samples"),
        ("WIDTH = 4 + rank", "disagree about the shapes of the weights"),
        ("RATE = 0.1 * (1 + rank)", "disagree about learning_rate of the optimizer"),
        ("X, y = X[:1], y[:1]", "has 1 samples for 2 ranks"),
    ],
)
def test_ranks_that_disagree_do_not_start(difference, message):
    done = run("WIDTH, RATE, CALLBACKS = 4, 0.1, []\n" + difference + FIT, 2)
    assert done.returncode != 0
    assert message in done.stderr
    assert done.stderr.count("Traceback") == 1


FAULTY = """
class Faulty(nn.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if rank == 1 and batch == 2:
            FAULT

WIDTH, RATE, CALLBACKS = 4, 0.1, [Faulty()]
"""


def test_the_rank_that_raises_ends_the_job_with_its_traceback():
    done = run(FAULTY.replace("FAULT", "raise LookupError('my own mistake')") + FIT, 2)
    assert done.returncode != 0
    assert done.stderr.lstrip().startswith("nn.distribution: rank 1 of 2 ends the job:\nTraceback")
    assert "LookupError: my own mistake" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="needs a pipe that tells what is unread")
def test_a_rank_ends_when_its_traceback_was_read(tmp_path):
    program = (
        "import os, pathlib\n"
        "from nn.distribution.watchdog import _wait_until_read\n"
        "os.write(2, b'told'); _wait_until_read(); pathlib.Path('ended').touch()"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(nn.__file__).parents[1])}
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stderr=-1, cwd=tmp_path, env=environment) as rank:
        select.select([rank.stderr], [], [])
        time.sleep(0.05)
        assert not (tmp_path / "ended").exists()
        assert rank.stderr.read() == b"told"
    assert (tmp_path / "ended").exists()


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux, which tells who ended")
def test_the_rank_that_was_killed_is_named():
    done = run(FAULTY.replace("FAULT", "os.kill(os.getpid(), signal.SIGKILL)") + FIT, 3)
    assert done.returncode != 0
    assert re.search(r"^nn\.distribution: .*rank 1 \(process", done.stderr, re.MULTILINE)
    assert done.stderr.count("was killed") == 1


def test_ranks_that_wait_for_too_long_show_their_stacks():
    done = run(FAULTY.replace("FAULT", "time.sleep(1000)") + FIT, 2, arguments="timeout=1.5")
    assert done.returncode != 0
    assert "Rank 1 of 2 is at work" in done.stderr
    assert "time.sleep" in done.stderr or "on_train_batch_end" in done.stderr
    assert "Rank 0 of 2 waits" in done.stderr


def test_weights_that_come_apart_are_noticed():
    fault = "w = self.model.layers[0].kernel; w.assign(w.data * 1.5)"
    done = run(FAULTY.replace("FAULT", fault) + FIT, 2)
    assert "the weights of the ranks have come apart" in done.stderr


def test_one_rank_that_stops_stops_all(tmp_path):
    program = FAULTY.replace("FAULT", "self.model.stop_training = True") + FIT
    count = "open(f'steps-{rank}', 'w').write(str(int(model.optimizer.iterations.item())))"
    done = run(program + count, 3, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [(tmp_path / f"steps-{rank}").read_text() for rank in range(3)] == ["3"] * 3


# -- without other ranks ---------------------------------------------------------------------------


@pytest.mark.parametrize(("total", "size"), [(8, 3), (3, 3), (100, 7), (2, 3)])
def test_shares_make_up_the_batch(total, size):
    shares = [Share.of(rank, size, total) for rank in range(size)]
    if total < size:
        assert all(share.is_whole for share in shares)
        return
    rows = [row for share in shares for row in range(share.start, share.stop)]
    assert rows == list(range(total))
    assert max(s.rows for s in shares) - min(s.rows for s in shares) <= 1
    assert sum(s.fraction for s in shares) == pytest.approx(1)


def test_random_numbers_of_a_share_are_those_of_the_whole_batch():
    whole = np.random.default_rng(5).random((8, 2), np.float32)
    for rank in range(3):
        share = Share.of(rank, 3, 8)
        with using(SharedBatch.of((), share)):
            drawn = sample_rows(
                np.random.default_rng(5), "random", shape=(share.rows, 2), dtype=np.float32
            )
        np.testing.assert_array_equal(drawn, whole[share.start : share.stop])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"devices": ["cpu:0"]}, "takes no devices"),
        ({"auto_shard_dataset": False}, "give every rank the same data"),
        ({"timeout": 0}, "timeout"),
    ],
)
def test_arguments_that_mean_nothing_here_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        nn.distribution.DataParallel(**arguments)


def test_only_a_distribution_can_be_set():
    with pytest.raises(TypeError, match="takes a DataParallel"):
        nn.distribution.set_distribution("data_parallel")
    nn.distribution.set_distribution(None)
    assert nn.distribution.distribution() is None
