"""A program that is called again looks at less, and must notice all that it noticed before."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite.compiler.engines.native import native_is_installed
from autograd_lite.compiler.tracing.python_side import Run

pytestmark = pytest.mark.skipif(not native_is_installed(), reason="llvmlite is not installed")

rng = np.random.default_rng(8)
X = rng.normal(size=(6, 3)).astype(np.float32)
Y = rng.normal(size=(6, 2)).astype(np.float32)


def make(optimizer=None, *, layers=(), loss="mse", metrics=None):
    nn.set_random_seed(3)
    between = [layer() for layer in layers]
    model = nn.Sequential([nn.Input((3,)), nn.Dense(5, activation="relu"), *between, nn.Dense(2)])
    model.compile(optimizer or nn.SGD(0.1), loss=loss, metrics=metrics)
    return model


def warm(model, x=X, y=Y):
    """The program of a model, called often enough to be called again."""
    program = model.train_program(x, y, engine="native")
    for _ in range(3):
        program(x, y)
    assert program.again((x, y)) is not None
    return program


def values_of(model):
    state = [*model.variables, *model.optimizer.variables]
    return [v.numpy().copy() for v in state]


@pytest.mark.parametrize(
    ("make_optimizer", "options"),
    [
        (lambda: nn.SGD(0.1, momentum=0.9), {}),
        (lambda: nn.Adam(nn.schedules.ExponentialDecay(0.1, 10, 0.5)), {"metrics": ["mae"]}),
        (lambda: nn.Adam(0.01, gradient_accumulation_steps=3), {}),
        (lambda: nn.AdamW(0.01, use_ema=True, ema_overwrite_frequency=4), {}),
        (lambda: nn.RMSprop(0.01, clipnorm=0.1), {"layers": [nn.BatchNormalization]}),
        (lambda: nn.optimizers.Nadam(0.01), {}),
    ],
)
def test_steps_are_those_of_a_program_that_looks_each_time(make_optimizer, options, monkeypatch):
    found = []
    for again in (Run.again, lambda *_: None):
        monkeypatch.setattr(Run, "again", again)
        model = make(make_optimizer(), **options)
        program = model.train_program(X, Y, engine="native")
        losses = [program(X + i % 3, Y) for i in range(140)]
        found.append([losses, *values_of(model)])
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a, b)


def other_arguments():
    unaligned = np.zeros(X.nbytes + 1, np.uint8)[1:].view(np.float32).reshape(X.shape)
    unaligned[...] = X
    strided = np.zeros((6, 6), np.float32)[:, ::2]
    strided[...] = X
    dtype_of_its_own = X.view(np.dtype("f4", copy=True))
    return {"Fortran": np.asfortranarray(X), "strided": strided, "unaligned": unaligned,
            "own dtype": dtype_of_its_own}  # fmt: skip


class Named(np.ndarray):
    """A class of somebody else's."""


def of_subclasses(tmp_path):
    """Arrays of other classes than NumPy's own whose elements do not lie one after the other."""
    shape, file = X.shape, tmp_path / "x.bin"
    columns = np.memmap(file, X.dtype, "w+", shape=shape, order="F")
    columns[...] = X
    (tmp_path / "y.bin").write_bytes(b"-" + X.tobytes())
    unaligned = np.memmap(tmp_path / "y.bin", X.dtype, "r", offset=1, shape=shape)
    strided = X.repeat(2, axis=1)[:, ::2]
    return [columns, unaligned, np.asfortranarray(X).view(Named), strided.view(Named)]


@pytest.mark.parametrize("which", range(4))
def test_arrays_of_subclasses_are_read_in_their_own_order(which, tmp_path):
    def results(x, jit_compile):
        model = make()
        model.compile(nn.SGD(0.1), loss="mse", jit_compile=jit_compile)
        first = [model.train_on_batch(x, Y), model.test_on_batch(x, Y)]
        return [*first, model.predict_on_batch(x), model.train_on_batch(x, Y)]

    given = of_subclasses(tmp_path)[which]
    for a, b in zip(results(given, True), results(X, True), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", other_arguments())
def test_elements_elsewhere_in_memory_are_the_same_arguments(name):
    models = make(), make()
    programs = [warm(model) for model in models]
    assert programs[0](X, Y) == programs[1](other_arguments()[name], Y)
    for a, b in zip(*map(values_of, models), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "x", [X[:5], X[:, :2], X.astype(np.float64), X.astype(">f4"), X[None], X.tolist()]
)
def test_other_kinds_of_arguments_are_refused(x):
    model = make()
    program, before = warm(model), values_of(model)
    with pytest.raises(ValueError, match="this program is for arrays of"):
        program(x, Y)
    with pytest.raises(ValueError, match="this program is for arrays of"):
        program(X)
    for a, b in zip(before, values_of(model), strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_was_assigned_between_two_steps_is_read():
    models = make(nn.Adam(0.01)), make(nn.Adam(0.01))
    programs = warm(models[0]), warm(models[1])
    for model in models:
        model.layers[0].kernel.assign(model.layers[0].kernel.numpy() * 2)
        model.layers[1].kernel.data = model.layers[1].kernel.numpy() + 1
        model.optimizer.learning_rate = 0.5
        model.optimizer.iterations.assign(40)
    expected = models[1].train_on_batch(X, Y)
    assert programs[0](X, Y) == pytest.approx(expected, rel=1e-6)
    programs[0](X, Y)
    models[1].train_on_batch(X, Y)
    for a, b in zip(*map(values_of, models), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    assert models[0].optimizer.iterations.item() == 42


def test_a_changed_model_is_noticed():
    for change in (
        lambda model: setattr(model.layers[0].kernel, "requires_grad", False),
        lambda model: setattr(model.layers[0], "activation", nn.activations.tanh),
        lambda model: setattr(model.optimizer, "clipvalue", 0.1),
    ):
        model = make()
        program = warm(model)
        change(model)
        with pytest.raises(RuntimeError, match="was changed since this program was made"):
            program(X, Y)


def test_an_argument_in_the_memory_of_a_weight_is_what_it_was_before_the_step():
    models = make(), make()
    programs = [warm(model) for model in models]
    inside = models[0].layers[0].kernel.data.base[: X.size].reshape(X.shape)
    outside = inside.copy()
    assert programs[0](inside, Y) == programs[1](outside, Y)
    for a, b in zip(*map(values_of, models), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_step_that_is_refused_changes_nothing_and_the_next_one_does():
    model = make(nn.Adam(0.01))
    program, before = warm(model), values_of(model)
    assert np.isnan(program(X * np.nan, Y))
    for a, b in zip(before, values_of(model), strict=True):
        np.testing.assert_array_equal(a, b)
    assert program(X, Y) > 0
    assert model.optimizer.iterations.item() == 5


def test_unknown_labels_are_refused_each_time():
    labels = np.arange(6) % 2
    model = make(loss=nn.SparseCategoricalCrossentropy(from_logits=True))
    program = warm(model, X, labels)
    before = values_of(model)
    for _ in range(2):
        with pytest.raises(IndexError):
            program(X, labels + 1)
    for a, b in zip(before, values_of(model), strict=True):
        np.testing.assert_array_equal(a, b)
    assert program.again((X, labels)) is not None


def test_a_gradient_of_what_was_read_before_a_step_is_refused():
    model = make()
    program = warm(model)
    for _ in range(2):
        loss = np.sum(model(X) ** 2)
        program(X, Y)
        with pytest.raises(RuntimeError, match="was assigned after"):
            loss.backward()


def test_threads_count_every_step():
    model = make()
    program = warm(model)
    before = model.optimizer.iterations.item()
    threads = [threading.Thread(target=lambda: [program(X, Y) for _ in range(50)]) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert before < model.optimizer.iterations.item() <= before + 100
    assert np.isfinite(program(X, Y))


@pytest.mark.parametrize(
    "x",
    [
        X.tolist(),
        np.ma.masked_less(X, 0),
        X.astype(complex),
        X.astype(str),
        X.astype(object),
        np.full((2, 3), 1e300),
    ],
)
def test_what_is_predicted_is_looked_at_as_what_is_trained(x):
    plain, native = make(), make()
    plain.compile(loss="mse", run_eagerly=True)
    native.compile(loss="mse", jit_compile=True)
    found = []
    for model in (plain, native):
        try:
            found.append(model.predict_on_batch(x))
        except (TypeError, ValueError) as error:
            found.append(str(error))
    if isinstance(found[0], str):
        assert found[0] == found[1]
        assert "X" in found[0]
    else:
        np.testing.assert_allclose(found[0], found[1], rtol=1e-5)


def test_results_of_prediction_are_arrays_of_their_own():
    model = make()
    model.compile(loss="mse", jit_compile=True)
    first = [model.predict_on_batch(X) for _ in range(3)]
    second = model.predict_on_batch(X * 2)
    np.testing.assert_array_equal(first[0], first[2])
    assert not np.array_equal(first[2], second)
    assert model.predict_on_batch(X[:2]).shape == (2, 2)


def test_a_function_called_again_reads_its_arguments_and_variables():
    w = ag.Variable(np.arange(3.0), name="w")
    f = ag.compile(lambda x, rate: w.assign_add(rate * x) * 2, engine="native")
    x = np.ones(3)
    for i in range(4):
        np.testing.assert_array_equal(f(x * i, 0.5).data, w.data * 2)
    held = f(x, 0.5)
    kept = held.data.copy()
    w.assign(np.zeros(3))
    np.testing.assert_array_equal(f(x, 0.5).data, [1, 1, 1])
    np.testing.assert_array_equal(f(x, 2).data, [5, 5, 5])  # a whole number
    np.testing.assert_array_equal(f(w.data, 1.0).data, [10, 10, 10])
    np.testing.assert_array_equal(held.data, kept)
    with pytest.raises(ValueError, match="shape"):
        f(np.ones(2), 0.5)


SHOWN = {
    "a view": lambda x: x[:],
    "a buffer": lambda x: np.frombuffer(memoryview(x), x.dtype),
    "a memoryview": lambda x: np.asarray(memoryview(x)),
    "strides": lambda x: np.lib.stride_tricks.as_strided(x, x.shape, x.strides),
    "an array on an array": lambda x: np.ndarray(x.shape, x.dtype, x[:]),
}


@pytest.mark.parametrize("engine", ["numpy", "native"])
@pytest.mark.parametrize("name", SHOWN)
def test_an_argument_that_shows_a_variable_in_whatever_way_is_read_before_the_run(name, engine):
    w = ag.Variable(np.ones(3), name="w")

    def step(x):
        w.assign_add(x)
        return w + x

    f = ag.compile(step, engine=engine)
    for _ in range(3):
        f(np.zeros(3))
    np.testing.assert_array_equal(f(SHOWN[name](w.data)).data, [3, 3, 3])
    x = np.ones(3)
    w.data = SHOWN[name](x)  # the other way round
    for expected in (3, 6):
        np.testing.assert_array_equal(f(x).data, [expected] * 3)


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_a_variable_whose_array_is_read_only_is_not_written(engine):
    w = ag.Variable(np.ones(3), name="w")
    f = ag.compile(lambda x: w.assign_add(x) * 1, engine=engine)
    f(np.ones(3))
    fixed = np.ones(3)
    fixed.flags.writeable = False
    w.data = fixed
    with pytest.raises(ValueError, match="read-only"):
        f(np.ones(3))
    assert fixed.tolist() == [1, 1, 1]
