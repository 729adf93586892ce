"""Batches, feeds, and data that comes from files and generators."""

import itertools
import tracemalloc

import numpy as np
import pytest

import nn
from nn.data.arrays import samples
from nn.data.batches import ArrayBatches, IterableBatches, unpack_batch
from nn.training.epochs import EpochIterator

F32 = np.dtype(np.float32)


def arrays(count=7, **options):
    x = np.arange(float(count))[:, None]
    return ArrayBatches(samples(x, np.arange(count), None, F32), **({"batch_size": 3} | options))


def one_pass(batches):
    return [batches.load(selection) for selection in batches.selections()]


def seen(items):
    return [batch[0].ravel().tolist() for _, batch in items]


def test_batches_come_in_order_and_the_last_may_be_smaller():
    batches = arrays()
    assert batches.steps == 3
    assert seen(one_pass(batches)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert [count for count, _ in one_pass(batches)] == [3, 3, 1]
    x, y = one_pass(batches)[0][1]
    assert x.dtype == np.float32
    assert y.dtype == np.int64


def test_shuffled_batches_keep_rows_together():
    for _, (x, y) in one_pass(arrays(generator=np.random.default_rng(0))):
        np.testing.assert_array_equal(x[:, 0], y)


def test_the_default_batch_size_is_32():
    assert arrays(100, batch_size=None).steps == 4


def test_a_memory_mapped_file_is_read_batch_by_batch(tmp_path):
    path = tmp_path / "x.bin"
    values = np.arange(20.0).reshape(10, 2)
    values.tofile(path)
    mapped = np.memmap(path, dtype=np.float64, mode="r", shape=(10, 2))
    data = samples(mapped, np.arange(10), None, F32)
    assert isinstance(data.x, np.memmap)  # not read, not copied
    x, _ = data.batch(np.array([7, 2]))
    np.testing.assert_array_equal(x, values[[7, 2]])
    assert (type(x), x.dtype) == (np.ndarray, np.float32)

    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse")
    in_file = model.fit(mapped, np.ones(10), batch_size=4, verbose=0).history
    assert np.isfinite(in_file["loss"][0])
    assert model.predict(mapped, batch_size=3).shape == (10, 1)


def test_a_file_larger_than_what_is_allowed_in_memory_is_trained_on(tmp_path):
    path = tmp_path / "x.bin"
    samples_in_file, width = 4096, 512
    written = np.memmap(path, dtype=np.float32, mode="w+", shape=(samples_in_file, width))
    written[:] = np.sin(np.arange(width))
    written.flush()
    del written
    X = np.memmap(path, dtype=np.float32, mode="r", shape=(samples_in_file, width))
    y = np.memmap(path, dtype=np.float32, mode="r", shape=(samples_in_file,))
    model = nn.Sequential([nn.Input((width,)), nn.Dense(1)])
    model.compile(nn.SGD(1e-4), "mse")
    model.train_on_batch(X[:16], y[:16])  # what is made once is made before it is counted,
    model.train_program(X[:16], y[:16])  # the compiler is imported
    tracemalloc.start()
    try:
        model.fit(X, y, batch_size=16, epochs=1, validation_split=0.25, verbose=0)
        model.evaluate(X, y, batch_size=16, verbose=0)
        model.predict(X, batch_size=16)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < X.nbytes / 8  # 1 MB of 8 MB


def test_nan_in_a_file_is_found_when_it_is_read(tmp_path):
    path = tmp_path / "x.bin"
    np.full((10, 2), np.nan).tofile(path)
    mapped = np.memmap(path, dtype=np.float64, mode="r", shape=(10, 2))
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="read from a file has"):
        model.fit(mapped, np.ones(10), verbose=0)


# -- feeds -----------------------------------------------------------------------------------------


def test_an_epoch_is_one_pass():
    epoch_iterator = EpochIterator(arrays())
    assert epoch_iterator.steps == 3
    for _ in range(2):
        assert seen(epoch_iterator.epoch()) == [[0, 1, 2], [3, 4, 5], [6]]


def test_with_a_number_of_steps_an_epoch_goes_on_where_the_last_stopped():
    epoch_iterator = EpochIterator(arrays(), limit=2)
    assert seen(epoch_iterator.epoch()) == [[0, 1, 2], [3, 4, 5]]
    assert seen(epoch_iterator.epoch()) == [[6], [0, 1, 2]]
    assert not epoch_iterator.exhausted


def test_or_starts_over_if_that_is_wanted():
    epoch_iterator = EpochIterator(arrays(), limit=2, from_the_start=True)
    for _ in range(2):
        assert seen(epoch_iterator.epoch()) == [[0, 1, 2], [3, 4, 5]]


def test_a_peek_takes_nothing_away():
    epoch_iterator = EpochIterator(arrays(generator=np.random.default_rng(0)))
    first = epoch_iterator.peek()
    np.testing.assert_array_equal(first[0], epoch_iterator.peek()[0])
    assert sorted(itertools.chain(*seen(epoch_iterator.epoch()))) == [0, 1, 2, 3, 4, 5, 6]


def test_a_generator_goes_on_and_its_end_is_reported():
    epoch_iterator = EpochIterator(IterableBatches(([[float(i)]] for i in range(5)), F32), limit=2)
    assert epoch_iterator.steps == 2
    assert seen(epoch_iterator.epoch()) == [[0], [1]]
    assert seen(epoch_iterator.epoch()) == [[2], [3]]
    with pytest.warns(UserWarning, match="the data ended after 1 of 2 batches"):
        assert seen(epoch_iterator.epoch()) == [[4]]
    assert epoch_iterator.exhausted
    with pytest.raises(ValueError, match="can be iterated only once"):
        list(epoch_iterator.epoch())


# -- passing batches by ----------------------------------------------------------------------------


def feeds(**options):
    """Two feeds that give the same."""
    return [EpochIterator(arrays(generator=np.random.default_rng(1)), **options) for _ in range(2)]


@pytest.mark.parametrize("options", [{}, {"limit": 2}, {"limit": 2, "from_the_start": True}])
@pytest.mark.parametrize("peeks", [False, True])
@pytest.mark.parametrize("skip", [0, 1, 2, 3])
def test_what_follows_is_as_if_nothing_had_been_passed_by(options, peeks, skip):
    passed_by, gone_through = feeds(**options)
    if peeks:
        passed_by.peek()
    assert seen(passed_by.epoch(skip)) == seen(gone_through.epoch())[skip:]
    passed_by.skip_epoch()
    list(gone_through.epoch())
    assert seen(passed_by.epoch(skip=1)) == seen(gone_through.epoch())[1:]


def test_no_samples_are_gathered_for_what_is_passed_by(monkeypatch):
    epoch_iterator = EpochIterator(arrays(count=100))
    epoch_iterator.peek()
    gathered = []
    monkeypatch.setattr(
        epoch_iterator._batches.data.__class__, "batch", lambda self, rows: gathered.append(1)
    )
    epoch_iterator.skip_epoch()
    assert not gathered


def test_a_generator_that_ends_while_it_is_passed_by():
    epoch_iterator = EpochIterator(IterableBatches(([[float(i)]] for i in range(3)), F32), limit=2)
    epoch_iterator.skip_epoch()
    with pytest.warns(UserWarning, match="the data ended after 1 of 2 batches"):
        epoch_iterator.skip_epoch()
    assert epoch_iterator.exhausted


def test_a_pass_over_a_generator_can_be_made_once():
    epoch_iterator = EpochIterator(IterableBatches(([[float(i)]] for i in range(2)), F32))
    assert seen(epoch_iterator.epoch()) == [[0], [1]]
    with pytest.raises(ValueError, match="the data gave no batch"):
        list(epoch_iterator.epoch())


# -- in fit ----------------------------------------------------------------------------------------


def regression():
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse")
    return model


def endless():
    rng = np.random.default_rng(0)
    while True:
        x = rng.normal(size=(8, 3))
        yield x, x.sum(axis=1)


def test_fit_from_an_endless_generator():
    history = regression().fit(
        endless(),
        epochs=3,
        steps_per_epoch=5,
        validation_data=endless(),
        validation_steps=2,
        verbose=0,
    )
    assert len(history.history["val_loss"]) == 3
    assert history.params["steps"] == 5


def test_fit_from_an_object_that_can_start_over():
    class Loader:
        def __len__(self):
            return 2

        def __getitem__(self, i):
            if i >= 2:
                raise IndexError
            return np.full((4, 3), float(i)), np.ones(4)

    history = regression().fit(Loader(), epochs=2, validation_data=Loader(), verbose=0)
    assert history.params["steps"] == 2
    assert len(history.history["loss"]) == 2


def test_weights_may_come_with_the_batches():
    batches = [(np.ones((2, 3)), np.ones(2), np.zeros(2))]
    model = regression()

    class Loader:
        def __iter__(self):
            return iter(batches)

    assert model.fit(Loader(), verbose=0).history["loss"] == [0.0]
    assert model.evaluate(Loader(), verbose=0) == 0.0


def test_batches_of_a_generator_are_checked():
    with pytest.raises(ValueError, match=r"X has 2 samples.*y has 3"):
        regression().fit(iter([(np.ones((2, 3)), np.ones(3))]), verbose=0)
    with pytest.raises(ValueError, match="got a tuple of 4"):
        regression().fit(iter([(np.ones((2, 3)),) * 4]), verbose=0)


@pytest.mark.parametrize(
    "options",
    [
        {"y": np.ones(8)},
        {"sample_weight": np.ones(8)},
        {"class_weight": {0: 1.0}},
        {"validation_split": 0.5},
    ],
)
def test_what_a_generator_decides_itself(options):
    (name,) = options
    with pytest.raises(ValueError, match=f"it determines {name} itself"):
        regression().fit(endless(), steps_per_epoch=2, verbose=0, **options)


def test_a_batch_size_beside_batches_has_no_effect():
    """Keras 3.15.1 ignores it."""
    model = regression()
    with pytest.warns(UserWarning, match="batch_size=4 has no effect, since x yields batches"):
        model.fit(endless(), steps_per_epoch=2, batch_size=4, verbose=0)
    with pytest.warns(UserWarning, match="batch_size=4 has no effect"):
        model.evaluate(endless(), steps=2, batch_size=4, verbose=0)
    x, y = np.ones((8, 3)), np.ones(8)  # no warning here: the batch size is that of x
    model.fit(x, y, 4, validation_data=endless(), validation_steps=1, verbose=0)


def test_a_generator_that_ends_stops_the_training():
    batches = ((np.ones((2, 3)), np.ones(2)) for _ in range(3))
    with pytest.warns(UserWarning, match="the data ended after 1 of 2"):
        history = regression().fit(batches, epochs=9, steps_per_epoch=2, verbose=0)
    assert history.epoch == [0, 1]


def test_unpacking():
    assert unpack_batch("x") == ("x", None, None)
    assert unpack_batch(("x", "y")) == ("x", "y", None)
    assert unpack_batch(("x", "y", "w")) == ("x", "y", "w")


def test_a_generator_that_cannot_last_for_all_epochs_is_refused_before_training():
    def once():
        yield np.ones((4, 2)), np.ones(4)

    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"only once.*2 epochs: give steps_per_epoch"):
        model.fit(once(), epochs=2, verbose=0)
    with pytest.raises(ValueError, match="give validation_steps"):
        model.fit(np.ones((4, 2)), np.ones(4), validation_data=once(), epochs=2, verbose=0)
    assert not model.built
    history = model.fit(
        np.ones((4, 2)),
        np.ones(4),
        validation_data=once(),
        validation_freq=2,
        epochs=2,
        verbose=0,
    ).history
    assert len(history["val_loss"]) == 1


def test_a_batch_that_is_a_list_is_not_a_pair():
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"A batch is a tuple: \(x, y\)"):
        model.fit(iter([[np.ones((4, 2)), np.ones((4, 2))]]), verbose=0)
