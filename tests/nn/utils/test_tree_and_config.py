"""`nn.tree`, `nn.config`, `nn.backend`, `nn.random` under Keras's names."""

import collections

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import backend, config, random, tree

NESTED = {"b": [1, (2, None)], "a": 3}


def test_trees():
    """As `keras.tree` of Keras 3.15.1: dicts by their sorted keys, None is a leaf."""
    assert tree.flatten(NESTED) == [3, 1, 2, None]
    assert tree.flatten(5) == [5]
    assert tree.flatten_with_path(NESTED)[2] == (("b", 1, 0), 2)
    assert tree.pack_sequence_as(NESTED, "wxyz") == {"b": ["x", ("y", "z")], "a": "w"}
    assert list(tree.map_structure(str, NESTED)) == ["b", "a"]
    assert tree.map_structure(lambda a, b: a * b, [1, (2,)], [3, (4,)]) == [3, (8,)]
    assert tree.is_nested(()) and not tree.is_nested("ab")  # noqa: PT018
    assert tree.lists_to_tuples([1, [2], {"a": [3]}]) == (1, (2,), {"a": (3,)})
    pair = collections.namedtuple("pair", "x y")(1, [2])
    assert tree.map_structure(lambda x: -x, pair) == (-1, [-2])
    ordered = collections.OrderedDict([("z", 1), ("a", 2)])
    assert tree.flatten(ordered) == [1, 2]
    doubled = tree.traverse(lambda x: None if tree.is_nested(x) else [x, x], [1, [2]])
    assert doubled == [[1, 1], [[2, 2]]]
    assert tree.traverse(lambda x: len(x) if isinstance(x, list) else None, [1, [2]], False) == 2
    with pytest.raises(ValueError, match="the structure has 4 leaves, got 1"):
        tree.pack_sequence_as(NESTED, [1])
    with pytest.raises(ValueError, match="the structures differ at"):
        tree.assert_same_structure([1, 2], [1, [2]])


def test_settings_say_what_is_computed():
    assert (config.floatx(), config.epsilon(), config.image_data_format(), config.backend()) == (
        "float32",
        1e-7,
        "channels_last",
        "numpy",
    )
    assert nn.Dense(1)(np.ones((1, 2))).dtype == config.floatx()
    config.set_floatx("float32")
    config.set_epsilon(1e-7)
    backend.set_image_data_format("channels_last")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: config.set_floatx("int8"), "floatx is 'float32', 'float64' or 'float16', got"),
        (lambda: config.set_epsilon(1e-3), "Adam.epsilon=0.001."),
    ],
)
def test_settings_that_would_change_nothing_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_floating_type_of_what_is_made_after_it(tmp_path):
    """The losses of Keras 3.15.1 from the same weights; the first one by its formula."""
    before = nn.Dense(2)
    config.set_floatx("float64")
    try:
        assert config.floatx() == nn.Dense(1).dtype == "float64"
        assert nn.Input((2,)).dtype == "float64"
        assert nn.initializers.Zeros()((1,)).dtype == nn.random.normal((2,)).dtype == "float64"
        assert nn.ops.ones(1).dtype == "float64"
        assert before(np.ones((1, 2))).dtype == "float32"
        model = nn.Sequential([nn.Input((2,)), nn.Dense(3, "tanh"), nn.Dense(1)])
        model.set_weights([np.sin(np.arange(w.size)).reshape(w.shape) for w in model.get_weights()])
        model.compile(nn.SGD(0.1), "mse")
        x = np.cos(np.arange(16.0)).reshape(8, 2)
        history = model.fit(x, x[:, :1], epochs=2, batch_size=8, verbose=0)
        assert {w.dtype.name for w in model.weights} == {"float64"}
        assert model.predict(x, verbose=0).dtype == "float64"
        assert "float64" not in repr(model.layers[0])
        model.save(tmp_path / "m.keras")
    finally:
        config.set_floatx("float32")
    losses = history.history["loss"]
    np.testing.assert_allclose(losses, [1.4135253597, 0.6608517311], rtol=1e-7)
    w, b, v = (np.sin(np.arange(n)).reshape(s) for n, s in ((6, (2, 3)), (3, 3), (3, (3, 1))))
    first = np.mean(np.square(np.tanh(x @ w + b) @ v - x[:, :1]))  # the last bias is sin(0)
    assert losses[0] == pytest.approx(first, rel=1e-14)
    assert "dtype='float64'" in repr(model.layers[0])
    again = nn.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    assert nn.Dense(1).dtype == "float32"


def test_the_backend_of_older_scripts():
    v = ag.Variable([1.0, 2.0])
    backend.set_value(v, [3.0, 4.0])
    assert backend.get_value(v).tolist() == [3, 4]
    assert backend.int_shape(v) == (2,)
    assert backend.square(v).data.tolist() == [9, 16]
    assert backend.standardize_dtype(float) == "float64"
    assert backend.is_float_dtype("float16")
    assert backend.is_int_dtype("uint8")
    assert backend.result_type("int8", "float32") == "float32"
    backend.clear_session()
    with pytest.raises(AttributeError, match="Did you mean 'square'"):
        _ = backend.squara


# -- random ----------------------------------------------------------------------------------------

DRAWS = {
    "normal": (lambda **k: random.normal((20000,), 1.0, 2.0, **k), 1.0, 2.0),
    "uniform": (lambda **k: random.uniform((20000,), -1.0, 3.0, **k), 1.0, 4 / 12**0.5),
    "randint": (lambda **k: random.randint((20000,), 0, 5, **k), 2.0, 2**0.5),
    "truncated_normal": (lambda **k: random.truncated_normal((20000,), 1.0, 2.0, **k), 1.0, 1.7593),
    "gamma": (lambda **k: random.gamma((20000,), 4.0, **k), 4.0, 2.0),
    "beta": (lambda **k: random.beta((20000,), 2.0, 2.0, **k), 0.5, 0.05**0.5),
    "binomial": (lambda **k: random.binomial((20000,), 10, 0.5, **k), 5.0, 2.5**0.5),
}


@pytest.mark.parametrize("name", DRAWS)
def test_mean_and_deviation(name):
    """By the formulas of the distributions; of 20,000 draws, within five standard errors."""
    draw, mean, deviation = DRAWS[name]
    x = draw(seed=1)
    assert x.dtype == ("int32" if name == "randint" else "float32")
    assert abs(x.mean() - mean) < 5 * deviation / 20000**0.5
    assert abs(x.std() / deviation - 1) < 0.03
    assert (draw(seed=1) == x).all()
    assert (draw(seed=2) != x).any()
    nn.set_random_seed(0)
    first = draw()
    assert (draw() != first).any()
    nn.set_random_seed(0)
    assert (draw() == first).all()


def test_a_truncated_draw_stays_within_two_deviations():
    x = random.truncated_normal((10000,), 1.0, 2.0, seed=0)
    assert np.abs(x - 1).max() <= 4
    assert np.abs(x - 1).max() > 3.9


def test_seeds_move_on_and_programs_draw_again():
    seeds = random.SeedGenerator(7)
    drawn = [random.uniform((3,), seed=seeds) for _ in range(2)]
    assert (drawn[0] != drawn[1]).all()
    assert seeds.next().dtype == np.uint32
    step = ag.compile(lambda x: x + random.normal((3,), seed=seeds))
    first, second = step(np.zeros(3)), step(np.zeros(3))
    assert (first != second).all()


def test_classes_shuffles_and_dropout():
    logits = np.log(np.array([[0.2, 0.8], [1.0, 1e-30]]))
    chosen = random.categorical(logits, 5000, seed=0)
    assert abs(chosen[0].mean() - 0.8) < 0.03
    assert (chosen[1] == 0).all()
    x = np.arange(12).reshape(3, 4)
    assert sorted(random.shuffle(x, axis=1, seed=0)[0]) == [0, 1, 2, 3]
    y = random.dropout(np.ones((1000, 2), np.float32), 0.25, noise_shape=(None, 1), seed=0)
    assert set(np.unique(y)) == {0, np.float32(1 / 0.75)}
    assert (y[:, 0] == y[:, 1]).all()
    assert abs((y[:, 0] == 0).mean() - 0.25) < 0.05
    with pytest.raises(ValueError, match="rate is a fraction"):
        random.dropout(np.ones(2), 1.0)
