"""Callbacks that look inside: Monitor writes measures of each layer, Replay a page."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import nn
from nn.callbacks.grid import Grid

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3)).astype(np.float32)
Y = (X @ np.array([[1.0], [-2.0], [0.5]])).astype(np.float32)


def small():
    nn.set_random_seed(1)
    model = nn.Sequential([nn.Input((3,)), nn.Dense(5, activation="relu"), nn.Dense(1)])
    model.compile(nn.SGD(0.01), "mse")
    return model


@pytest.mark.parametrize("eagerly", [True, False])
def test_gradient_norms_and_update_ratios_are_those_of_the_last_step(eagerly):
    model = small()
    model.compile(nn.SGD(0.01), "mse", run_eagerly=eagerly, jit_compile=False)
    epochs = 150 if not eagerly else 3
    history = model.fit(
        X,
        Y,
        batch_size=20,
        epochs=epochs,
        verbose=0,
        shuffle=False,
        callbacks=nn.callbacks.Monitor(),
    )
    assert history.engine == ("eager" if eagerly else "numpy")
    assert history.layer_epochs == list(range(epochs))

    # the same training by hand: the gradient and the weights before the very last step
    twin = small()
    for _ in range(epochs - 1):
        twin.train_on_batch(X[:20], Y[:20])
        twin.train_on_batch(X[20:], Y[20:])
    twin.train_on_batch(X[:20], Y[:20])
    before = twin.get_weights()
    loss = twin.compute_loss(X[20:], Y[20:], twin(X[20:], training=True))
    loss.backward()
    norms = [np.sqrt(sum((v.grad**2).sum() for v in layer.variables)) for layer in twin.layers]
    for layer, norm in zip(("dense", "dense_1"), norms, strict=True):
        assert history.layers["gradient norm"][layer][-1] == pytest.approx(norm, rel=1e-5)
    # gradient descent: the update is the rate times the gradient
    size = np.sqrt((before[0] ** 2).sum() + (before[1] ** 2).sum())
    assert history.layers["update / weight"]["dense"][-1] == pytest.approx(
        0.01 * norms[0] / size, rel=1e-3
    )


def test_dead_units_are_counted():
    model = small()
    model.layers[0].bias.assign(np.array([-1000.0, -1000.0, 0.0, 0.0, 0.0], np.float32))
    monitor = nn.callbacks.Monitor(every=2, data=X)
    history = model.fit(X, Y, epochs=4, verbose=0, callbacks=[monitor])
    assert history.layer_epochs == [1, 3]
    assert history.layers["dead units"] == {"dense": [0.4, 0.4]}


def test_it_is_plotted(tmp_path):
    model = small()
    history = model.fit(X, Y, epochs=3, verbose=0, callbacks=[nn.callbacks.Monitor(data=X)])
    chart = history.plot(tmp_path / "curves.svg")
    titles = [panel.title for panel in chart._panels]
    assert titles[0] == "loss"
    assert {"gradient norm", "update / weight", "dead units"} <= set(titles)
    assert (tmp_path / "curves.svg").stat().st_size > 1000


def test_a_monitor_changes_nothing():
    plain, watched = small(), small()
    plain.fit(X, Y, epochs=3, verbose=0, shuffle=False)
    watched.fit(X, Y, epochs=3, verbose=0, shuffle=False, callbacks=[nn.callbacks.Monitor(data=X)])
    for a, b in zip(plain.get_weights(), watched.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_replay_has_a_moment_for_every_so_many_epochs(tmp_path):
    plain, model = small(), small()
    replay = nn.callbacks.Replay(tmp_path / "fit.html", (X, Y), every=2)
    plain.fit(X, Y, epochs=5, verbose=0, shuffle=False)
    model.fit(X, Y, epochs=5, verbose=0, shuffle=False, callbacks=[replay])
    for a, b in zip(plain.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert replay.moments == ["before", "epoch 2", "epoch 4"]
    page = (tmp_path / "fit.html").read_text(encoding="utf-8")
    assert page.lower().startswith("<!doctype html>")
    for moment in replay.moments:
        assert json.dumps(moment) in page or moment in page
    assert not re.search(r'(src|href)="http', page)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fit.png", (X, Y)), "fit.html"),
        (("fit.html", X), "samples and their targets"),
        (("fit.html", (X, Y), 0), "every"),
    ],
)
def test_wrong_arguments_of_a_replay(arguments, message):
    with pytest.raises(ValueError, match=message):
        nn.callbacks.Replay(*arguments)


def graphs_of(replay):
    return replay._graphs


@pytest.mark.parametrize("optimizer", [nn.SGD(0.1), nn.Adam(0.01)])
def test_a_replay_knows_the_step_that_the_optimizer_takes_next(tmp_path, optimizer):
    model = nn.Sequential([nn.Dense(3, activation="tanh"), nn.Dense(1)])
    model.compile(optimizer, "mse")
    replay = nn.callbacks.Replay(tmp_path / "fit.html", (X[:8], Y[:8]))
    model.fit(X[:8], Y[:8], epochs=2, batch_size=8, verbose=0, shuffle=False, callbacks=[replay])
    first, last = graphs_of(replay)[1:]  # after an epoch of one step with the same samples
    assert first.update.rule == type(optimizer).__name__
    assert first.update.is_plain == (first.update.rule == "SGD")
    np.testing.assert_allclose(
        first.update.result, last.nodes[last.outputs[0]].value.mean, rtol=1e-5
    )
    for node, values in first.update.after:
        np.testing.assert_allclose(
            values.sample.values, last.nodes[node].sample.values, rtol=1e-4, atol=1e-6
        )


@pytest.mark.parametrize("classes", [1, 3])
def test_a_model_of_two_features_has_its_decision_boundary(tmp_path, classes):
    points = np.random.default_rng(0).normal(size=(20, 2))
    labels = np.arange(20) % max(classes, 2)
    model = nn.Sequential([nn.Dense(classes)])
    kind = nn.BinaryCrossentropy if classes == 1 else nn.SparseCategoricalCrossentropy
    model.compile("sgd", kind(from_logits=True))
    replay = nn.callbacks.Replay(tmp_path / "fit.html", (points, labels.reshape(-1, 1)))
    model.fit(points, labels.reshape(-1, 1), epochs=1, verbose=0, callbacks=[replay])
    boundary = replay._grid.boundary()
    left, right, low, high = boundary.extent
    assert (boundary.frames[-1].shape, boundary.classes) == ((32, 32), 0 if classes == 1 else 3)
    corner = np.array([[right - (right - left) / 64, low + (high - low) / 64]], np.float32)
    z = model.predict(corner)[0]
    expected = 1 / (1 + np.exp(-z[0])) if classes == 1 else z.argmax()
    np.testing.assert_allclose(boundary.frames[-1][0, -1], expected, rtol=1e-4)
    page = (tmp_path / "fit.html").read_text(encoding="utf-8")
    assert '"boundary":{' in page


@pytest.mark.parametrize(
    ("points", "labels"),
    [(X, Y), (np.zeros((4, 2)), np.array([0.5, 1, 0, 1])), (np.zeros((1, 2)), np.array([1]))],
)
def test_other_data_has_no_decision_boundary(points, labels):
    assert Grid.over(points, labels) is None
