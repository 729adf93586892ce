"""Single steps against the formulas of the course, worked out by hand."""

import numpy as np
import pytest

import nn

X = np.array([[1.0, 2.0], [3.0, -1.0], [-2.0, 0.5], [0.0, 1.0]])
T = np.array([1.0, 0.0, 0.0, 1.0])
W = np.array([0.5, -0.25])
B = 0.1
ALPHA = 0.3


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def logistic_step(w, b):
    """w := w - alpha dJ/dw, b := b - alpha dJ/db, with dJ/dz = (a - y) / m."""
    dz = (sigmoid(X @ w + b) - T) / len(T)
    return w - ALPHA * (X.T @ dz), b - ALPHA * dz.sum()


@pytest.mark.parametrize("logits", [True, False])
def test_logistic_regression_steps(logits):
    unit = nn.Dense(1, activation=None if logits else "sigmoid", dtype="float64")
    model = nn.Sequential([nn.Input((2,)), unit])
    unit.set_weights([W[:, None], np.array([B])])
    model.compile(nn.SGD(ALPHA), nn.BinaryCrossentropy(from_logits=logits))
    w, b = W, B
    for _ in range(5):
        a = sigmoid(X @ w + b)
        expected = -np.mean(T * np.log(a) + (1 - T) * np.log(1 - a))
        assert model.train_on_batch(X, T) == pytest.approx(expected, rel=1e-12)
        w, b = logistic_step(w, b)
    np.testing.assert_allclose(unit.kernel.data[:, 0], w, rtol=1e-12)
    np.testing.assert_allclose(unit.bias.data, [b], rtol=1e-12)


def test_fit_takes_the_same_steps_as_train_on_batch():
    model = nn.Sequential([nn.Input((2,)), nn.Dense(1, dtype="float64")])
    model.layers[0].set_weights([W[:, None], np.array([B])])
    model.compile(nn.SGD(ALPHA), nn.BinaryCrossentropy(from_logits=True))
    model.fit(X, T, epochs=3, verbose=0)
    w, b = W, B
    for _ in range(3):
        w, b = logistic_step(w, b)
    np.testing.assert_allclose(model.layers[0].kernel.data[:, 0], w, rtol=1e-12)


def test_linear_regression_finds_the_least_squares_solution():
    model = nn.Sequential([nn.Dense(1, dtype="float64")])
    model.compile(nn.SGD(0.1), "mse")
    model.fit(X, T, epochs=2000, verbose=0)
    design = np.column_stack([X, np.ones(4)])
    solution = np.linalg.lstsq(design, T, rcond=None)[0]
    found = np.append(model.layers[0].kernel.data[:, 0], model.layers[0].bias.data)
    np.testing.assert_allclose(found, solution, rtol=1e-6)


def test_softmax_regression_step():
    labels = np.array([2, 0, 1, 2])
    kernel = np.arange(6.0).reshape(2, 3) / 10
    layer = nn.Dense(3, dtype="float64", use_bias=False)
    model = nn.Sequential([nn.Input((2,)), layer])
    layer.set_weights([kernel])
    model.compile(nn.SGD(ALPHA), nn.SparseCategoricalCrossentropy(from_logits=True))
    z = X @ kernel
    a = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = model.train_on_batch(X, labels)
    assert loss == pytest.approx(-np.log(a[np.arange(4), labels]).mean(), rel=1e-12)
    dz = (a - np.eye(3)[labels]) / 4
    np.testing.assert_allclose(layer.kernel.data, kernel - ALPHA * X.T @ dz, rtol=1e-12)


def test_the_digits_are_learned_in_a_few_epochs():
    nn.set_random_seed(0)
    X, y = nn.datasets.load_digits()
    X_train, X_test, y_train, y_test = nn.datasets.train_test_split(X / 16, y, stratify=True)
    model = nn.Sequential([nn.Dense(64, "relu"), nn.Dense(32, "relu"), nn.Dense(10)])
    loss = nn.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(nn.Adam(3e-3), loss, metrics=["accuracy"])
    history = model.fit(X_train, y_train, epochs=15, validation_data=(X_test, y_test), verbose=0)
    assert history.history["val_accuracy"][-1] >= 0.97
    correct = model.predict(X_test).argmax(axis=1) == y_test
    assert model.evaluate(X_test, y_test, verbose=0)[1] == pytest.approx(correct.mean())
