"""Mistakes that students make are answered in one short message."""

import traceback
import warnings

import numpy as np
import pytest

import autograd_lite as ag
import nn

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 6)).astype(np.float32)
Y = RANDOM.normal(size=(40, 2)).astype(np.float32)


@pytest.fixture
def model():
    model = nn.Sequential([nn.Dense(4, activation="tanh"), nn.Dense(2)])
    model.compile(nn.SGD(0.01), "mse")
    model.fit(X, Y, epochs=1, verbose=0)
    return model


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Dense(3, activaton="relu"), "Dense has no argument 'activaton'.*'activation'"),
        (lambda: nn.Adam(lr=0.1), "Adam has no argument 'lr'; it is called 'learning_rate' now"),
        (lambda: nn.SGD(decay=0.1), "'decay'; a schedule does that"),
        (lambda: nn.Adam(learnin_rate=0.1), "Adam has no argument .*'learning_rate'"),
        (lambda: nn.BinaryCrossentropy(from_logit=True), "Did you mean 'from_logits'"),
        (lambda: nn.EarlyStopping(patiense=3), "Did you mean 'patience'"),
        (lambda: nn.Dropout(0.5, colour=1), "It takes dtype, name, noise_shape, rate, seed"),
    ],
)
def test_a_misspelled_keyword_is_answered_with_the_nearest(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_keywords_of_a_class_of_ones_own_are_checked_too_and_others_pass():
    class Scale(nn.Layer):
        def __init__(self, factor=1.0, **options):
            super().__init__(**options)
            self.factor = factor

    assert Scale(factor=2.0, name="double").name == "double"
    assert nn.Dense(3, input_shape=(6,)).units == 3
    with pytest.raises(TypeError, match="'nane'"):
        Scale(nane="double")


@pytest.mark.parametrize("method", ["predict", "evaluate", "fit"])
def test_one_sample_in_the_place_of_many(model, method):
    arguments = (X[0],) if method == "predict" else (X[0], Y[0])
    with pytest.raises(ValueError, match=r"of shape \(samples, 6\); got one of shape \(6,\)"):
        getattr(model, method)(*arguments)


@pytest.mark.parametrize("method", ["predict", "evaluate", "fit"])
def test_a_wrong_width_is_one_short_message(model, method):
    arguments = (X[:, :5],) if method == "predict" else (X[:, :5], Y)
    with pytest.raises(
        ValueError, match=r"dense expects inputs of width 6 .*, got .*, 5"
    ) as caught:
        getattr(model, method)(*arguments)
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert len(frames) == 2  # this test and the method


def test_an_error_in_code_of_ones_own_keeps_its_frames():
    class Wrong(nn.Layer):
        def call(self, x):
            raise ValueError("mine")

    model = nn.Sequential([Wrong()])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="mine") as caught:
        model.fit(X, X, verbose=0)
    assert "call" in [f.name for f in traceback.extract_tb(caught.value.__traceback__)]


def test_a_rate_that_makes_the_loss_explode_is_told_once(model):
    model.compile(nn.Adam(1e4), "mse")
    with pytest.warns(
        UserWarning, match=r"the loss grew from .* rate, 10000, is the first"
    ) as told:
        model.fit(X, Y, epochs=4, verbose=0)
    assert len(told) == 1
    model.compile(nn.SGD(0.01), "mse")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(X * 1e-6, Y * 1e-6, epochs=3, verbose=0)


W = ag.Tensor(np.ones((2, 3)), requires_grad=True, name="w")
MISTAKES = {
    "shapes": lambda: W @ W,
    "broadcasting": lambda: W + np.ones(2),
    "no scalar": lambda: (W * 2).backward(),
    "no record": lambda: ag.Tensor([1.0]).backward(),
    "no gradient": lambda: 0.1 * W.grad,
    "a width": lambda: (layer := nn.Dense(2), layer(X), layer(X[:, :2])),
    "a keyword": lambda: nn.Dense(3, activaton="relu"),
    "targets": lambda: compiled().fit(X, Y[:3]),
}


def compiled():
    model = nn.Sequential([nn.Dense(2)])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_notebook_shows_the_message_first_and_the_line_of_the_user(mistake):
    """IPython asks an error for `_render_traceback_`."""
    with pytest.raises((ValueError, TypeError, RuntimeError)) as caught:
        MISTAKES[mistake]()
    lines = caught.value._render_traceback_()
    assert lines[0] == f"{type(caught.value).__name__}: {caught.value}"
    places = [line for line in lines if ", line " in line]
    assert "test_helpful_errors.py" in places[-1]
    assert not [line for line in places if "/autograd_lite/" in line or "/nn/layers/" in line]
    assert len("\n".join(lines[:1] + lines[-4:])) < 900


def test_errors_inside_of_a_users_layer_keep_all_their_lines():
    class Wrong(nn.Layer):
        def call(self, x):
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine") as caught:
        Wrong()(X)
    assert not hasattr(caught.value, "_render_traceback_")
