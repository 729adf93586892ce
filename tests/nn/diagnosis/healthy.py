"""Healthy models on real and drawn data, among them those of the examples."""

from __future__ import annotations

import numpy as np

import nn
from nn import Adam, Dense, Dropout, Input, RMSprop, Sequential, datasets

LOGITS = nn.SparseCategoricalCrossentropy(from_logits=True)
BINARY = nn.BinaryCrossentropy()
BINARY_LOGITS = nn.BinaryCrossentropy(from_logits=True)


def standardized(X):
    return ((X - X.mean(axis=0)) / X.std(axis=0)).astype("float32")


def compiled(layers, loss, optimizer):
    nn.set_random_seed(0)
    model = Sequential(layers)
    model.compile(optimizer, loss)
    return model


CANCER = datasets.load_breast_cancer()
MALIGNANT = (CANCER.y == CANCER.target_names.index("malignant")).astype("float32")
TWO = [CANCER.feature_names.index(name) for name in ("mean radius", "mean texture")]
DIABETES = datasets.load_diabetes()
IRIS, WINE, DIGITS = datasets.load_iris(), datasets.load_wine(), datasets.load_digits()


def relu(units):
    return Dense(units, activation="relu")


def example_00():
    layers = [relu(96), relu(48), Dense(10)]
    return compiled(layers, LOGITS, Adam(2e-3)), DIGITS.X / 16, DIGITS.y


def example_02_network():
    layers = [Dense(25, "sigmoid"), Dense(15, "sigmoid"), Dense(1, "sigmoid")]
    return compiled(layers, BINARY, RMSprop()), standardized(CANCER.X[:, TWO]), MALIGNANT


def example_02_one_unit():
    model = compiled([Input((2,)), Dense(1, "sigmoid")], BINARY, nn.SGD(0.5))
    model.set_weights([np.array([[-1.0], [1.0]]), np.array([1.0])])
    return model, standardized(CANCER.X[:, TWO]), MALIGNANT


def example_03_line():
    bmi = DIABETES.X[:, [DIABETES.feature_names.index("bmi")]]
    return compiled([Dense(1)], "mse", nn.SGD(0.1)), standardized(bmi), DIABETES.y


def example_03_curve():
    rng = np.random.default_rng(0)
    t = rng.uniform(-2, 2, (200, 1)).astype("float32")
    y = (np.sin(3 * t) + t / 2 + rng.normal(0, 0.2, t.shape)).astype("float32")
    return compiled([relu(32), relu(32), Dense(1)], "mse", Adam(0.01)), t, y


def example_04(activation, depth, optimizer):
    X, y = datasets.make_circles(400, noise=0.1, seed=0)
    hidden = [Dense(16, activation=activation) for _ in range(depth)]
    return compiled([Input((2,)), *hidden, Dense(1)], BINARY_LOGITS, optimizer), X, y


def example_04_linear():
    return example_04(None, 2, Adam(0.01))


def example_04_bent():
    return example_04("relu", 2, Adam(0.01))


def example_04_deep_relu():
    return example_04("relu", 5, nn.SGD(0.2))


def example_04_deep_tanh():
    return example_04("tanh", 5, Adam(0.01))


def example_05_binary():
    layers = [relu(16), Dense(1, "sigmoid")]
    return compiled(layers, BINARY, Adam(0.003)), standardized(CANCER.X), MALIGNANT


def example_05_several_classes():
    loss = nn.SparseCategoricalCrossentropy()
    layers = [relu(16), Dense(3, "softmax")]
    return compiled(layers, loss, Adam(0.01)), standardized(IRIS.X), IRIS.y


def example_05_clock():
    hour = np.random.default_rng(0).uniform(0, 24, 200)
    angle = hour * np.pi / 12
    X = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    y = 3 * np.maximum(0, -np.cos(angle - np.pi / 12))
    layers = [Dense(1, activation="relu", bias_initializer="ones")]
    return compiled(layers, "mse", Adam(0.05)), X, y


def example_06():
    layers = [Input((30,)), Dense(2, "softmax", kernel_initializer="zeros")]
    loss = nn.SparseCategoricalCrossentropy()
    return compiled(layers, loss, nn.SGD(0.1)), standardized(CANCER.X), CANCER.y


def example_07():
    return compiled([Dense(3)], LOGITS, Adam(0.01)), standardized(WINE.X), WINE.y


def example_08():
    layers = [relu(25), relu(15), Dense(10)]
    return compiled(layers, LOGITS, Adam(0.005)), DIGITS.X / 16, DIGITS.y


def example_09():
    return compiled([Dense(1)], "mse", Adam(0.15)), standardized(DIABETES.X), DIABETES.y


def example_10():
    X, y = datasets.make_circles(60, noise=0.2, seed=1)
    layers = [relu(64), Dropout(0.5), relu(64), Dropout(0.5), Dense(1)]
    return compiled(layers, BINARY_LOGITS, Adam(0.01)), X, y


def normalized_inside():
    layer = nn.Normalization()
    layer.adapt(WINE.X)
    return compiled([layer, relu(16), Dense(3)], LOGITS, Adam(0.01)), WINE.X, WINE.y


def batch_norm():
    layers = [relu(32), nn.BatchNormalization(), Dense(32, "tanh"), Dense(3)]
    return compiled(layers, LOGITS, "rmsprop"), standardized(WINE.X), WINE.y


def raw_iris():
    return compiled([relu(16), Dense(3)], LOGITS, "adam"), IRIS.X, IRIS.y


def absolute_error():
    X, y = standardized(DIABETES.X), standardized(DIABETES.y)
    return compiled([relu(64), Dense(1)], "mae", "adam"), X, y


def moons():
    X, y = datasets.make_moons(300, noise=0.1, seed=0)
    layers = [Dense(16, "gelu"), Dense(1, "sigmoid")]
    return compiled(layers, "binary_crossentropy", "adam"), X, y


def spirals():
    X, y = datasets.make_spirals(300, seed=0)
    layers = [Dense(64, "tanh"), Dense(64, "tanh"), Dense(int(y.max()) + 1)]
    return compiled(layers, LOGITS, Adam(0.01)), X, y


def xor():
    X, y = datasets.make_xor(200, seed=0)
    layers = [Dense(8, "tanh"), Dense(1, "sigmoid")]
    return compiled(layers, "binary_crossentropy", nn.SGD(0.5)), X, y


def blobs():
    X, y = datasets.make_blobs(300, seed=0)
    return compiled([Dense(3)], LOGITS, "adam"), X, y


def embedded_words():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 5000, size=(300, 6))
    y = (X[:, 0] % 2).astype("float32")
    layers = [nn.Embedding(5000, 4), nn.Flatten(), Dense(1, "sigmoid")]
    return compiled(layers, BINARY, Adam(0.01)), X, y


HEALTHY = [
    example_00, example_02_network, example_02_one_unit, example_03_line, example_03_curve,
    example_04_linear, example_04_bent, example_04_deep_relu, example_04_deep_tanh,
    example_05_binary, example_05_several_classes, example_05_clock, example_06, example_07,
    example_08, example_09, example_10, normalized_inside, batch_norm, raw_iris, absolute_error,
    moons, spirals, xor, blobs, embedded_words,
]  # fmt: skip
