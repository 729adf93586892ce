"""Batches of a PyDataset that threads or processes make ahead of time."""

import os
import random
import signal
import threading

import numpy as np
import pytest

import nn
from nn.data.adapters import IndexedBatches

# Python 3.12 warns of every fork where BLAS has threads.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")

THREADS = {"workers": 3}
PROCESSES = {"workers": 2, "use_multiprocessing": True}


class Lines(nn.utils.PyDataset):
    """Batch i has x from i to i + 1, and y = 2 x."""

    length = 8

    def __len__(self):
        return self.length

    def __getitem__(self, i):
        x = np.linspace(i, i + 1, 8, dtype="f4")[:, None]
        return x, 2 * x


def trained(dataset, **options):
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Input((1,)), nn.Dense(1)])
    model.compile(nn.SGD(0.001), "mse")
    history = model.fit(dataset, epochs=3, verbose=0, **options).history
    return history["loss"], model.predict(Lines()).tolist(), model.predict(dataset).tolist()


@pytest.mark.parametrize(
    "options", [THREADS, PROCESSES, {**THREADS, "max_queue_size": 1}, {"use_multiprocessing": True}]
)
def test_the_order_is_kept(options):
    for shuffle in (True, False) if options is THREADS else (True,):
        assert trained(Lines(**options), shuffle=shuffle) == trained(Lines(), shuffle=shuffle)


def test_the_next_batch_is_made_while_a_step_runs():
    """The step of batch 0 waits until batch 1 has been asked for."""
    asked = [threading.Event() for _ in range(Lines.length)]
    ahead = []

    class Seen(Lines):
        def __getitem__(self, i):
            asked[i].set()
            return super().__getitem__(i)

    class Waits(nn.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if batch + 1 < Lines.length:
                ahead.append(asked[batch + 1].wait(10))

    def load(numbers):
        return Seen()[int(numbers[0])]

    batches = nn.utils.Batches(load, range(Lines.length), batch_size=1).prefetch(1)
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(batches, shuffle=False, verbose=0, callbacks=Waits())
    assert ahead == [True] * 7
    calls = batches.map(lambda x, y: (x, y), num_parallel_calls=4)
    assert (calls.workers, batches.workers) == (4, 1)


def test_no_more_batches_are_made_than_the_queue_holds():
    made = []

    class Counted(Lines):
        def __getitem__(self, i):
            made.append(i)
            return super().__getitem__(i)

    passing = iter(IndexedBatches(Counted(workers=2, max_queue_size=3)))
    next(passing)
    passing.close()
    assert len(made) <= 4


class Fails(Lines):
    def __getitem__(self, i):
        if i == 5:
            raise KeyError("no such file", i)
        return super().__getitem__(i)


class Unsendable(Lines):
    def __getitem__(self, i):
        class OwnError(Exception):
            pass

        raise OwnError("cannot be pickled")


class Killed(Lines):
    def __getitem__(self, i):
        if i == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__getitem__(i)


def test_an_error_is_raised_when_its_batch_has_its_turn():
    steps = []
    counting = nn.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: steps.append(batch)
    )
    with pytest.raises(KeyError, match="no such file"):
        trained(Fails(**THREADS), shuffle=False, callbacks=counting)
    assert steps == [0, 1, 2, 3, 4]
    with pytest.raises(KeyError, match="no such file") as caught:
        trained(Fails(**PROCESSES), shuffle=False)
    (note,) = caught.value.__notes__
    assert "which made batch 5" in note
    assert 'raise KeyError("no such file", i)' in note  # the line, from the other process
    with pytest.raises(RuntimeError, match="OwnError: cannot be pickled"):
        trained(Unsendable(**PROCESSES))


def test_a_killed_process_is_named():
    with pytest.raises(
        RuntimeError, match=r"process \d+, which made batch 5 of Killed, was killed by SIGKILL"
    ):
        trained(Killed(**PROCESSES), shuffle=False)


class Draws(Lines):
    """What nn, NumPy and Python draw for each batch."""

    def __getitem__(self, i):
        mine = [nn.random.generator().random(), np.random.random(), random.random()]
        return np.array([mine] * 2, "f8"), np.zeros(2)


@pytest.mark.parametrize("options", [THREADS, PROCESSES])
def test_batches_draw_from_seeds_of_their_own(options):
    known = slice(None) if options is PROCESSES else slice(1)  # nn's alone in threads

    def drawn():
        nn.set_random_seed(1)
        source = IndexedBatches(Draws(**options))
        return [[x[0, known].tolist() for x, _ in source] for _ in range(2)]

    first, second = drawn()
    assert len({tuple(row) for row in [*first, *second]}) == 16  # no copy repeats another
    assert drawn() == [first, second]


def test_the_global_generator_is_left_as_it_was():
    nn.set_random_seed(1)
    before = nn.random.generator().state
    list(IndexedBatches(Draws(**THREADS)))
    np.testing.assert_array_equal(nn.random.generator().state, before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": -1}, "workers is 1 or more"),
        ({"max_queue_size": 0}, "max_queue_size is 1 or more"),
    ],
)
def test_numbers_that_are_none(options, message):
    with pytest.raises(ValueError, match=message):
        Lines(**options)
