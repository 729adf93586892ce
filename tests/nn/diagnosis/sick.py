"""Models that are sick on purpose, each with the finding that is to be made."""

from __future__ import annotations

import numpy as np

import autograd_lite as ag
import nn
from nn import Dense, Sequential

LOGITS = nn.SparseCategoricalCrossentropy(from_logits=True)


def standardized(X):
    return ((X - X.mean(axis=0)) / X.std(axis=0)).astype("float32")


DIGITS = nn.datasets.load_digits()
WINE = nn.datasets.load_wine()
DIABETES = nn.datasets.load_diabetes()
CANCER = nn.datasets.load_breast_cancer()
X, Y = standardized(WINE.X), WINE.y
X_CANCER, Y_CANCER = standardized(CANCER.X), CANCER.y.astype("float32")
X_DIABETES, Y_DIABETES = standardized(DIABETES.X), DIABETES.y


def normal(stddev):
    return nn.initializers.RandomNormal(stddev=stddev, seed=0)


def compiled(*layers, loss=LOGITS, optimizer="adam", seed=0):
    nn.set_random_seed(seed)
    model = Sequential(list(layers))
    model.compile(optimizer, loss)
    return model


def classifier(*hidden, classes=3, **options):
    return compiled(*hidden, Dense(classes), **options)


def relu(units=16, **options):
    return Dense(units, activation="relu", **options)


def no_numbers():
    spoiled = X.copy()
    spoiled[3, 2] = np.nan
    spoiled[5, 4] = np.inf
    return classifier(relu()), spoiled, Y


def constant_columns():
    flat = X.copy()
    flat[:, [1, 7]] = 3.0
    return classifier(relu()), flat, Y


def nothing_but_constants():
    return classifier(relu()), np.ones_like(X), Y


def raw_wine():
    return classifier(relu()), WINE.X, WINE.y


def tiny_inputs():
    return classifier(relu()), X * 1e-5, Y


def one_tiny_column():
    return classifier(relu()), X * np.where(np.arange(13) == 4, 1e-6, 1).astype("float32"), Y


def years():
    moved = X * np.float32(1e-3) + np.where(np.arange(13) == 2, 2.0, 0).astype("float32")
    moved[:, 3:] *= 1000
    return classifier(relu()), moved, Y


def rare_class():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, 4)).astype("float32")
    y = np.zeros(1000)
    y[:20] = 1
    x[:20] += 2
    return compiled(relu(), Dense(1, "sigmoid"), loss="binary_crossentropy"), x, y


def one_class():
    return classifier(relu()), X, np.zeros_like(Y)


def refused():
    return classifier(relu(), classes=2), X, Y


def softmax_of_one():
    loss = "binary_crossentropy"
    return compiled(relu(), Dense(1, "softmax"), loss=loss), X_CANCER, Y_CANCER


def sigmoid_for_large_targets():
    model = compiled(relu(), Dense(1, "sigmoid"), loss="mse")
    return model, X_DIABETES, Y_DIABETES


def relu_for_negative_targets():
    model = compiled(relu(), relu(1, bias_initializer="ones"), loss="mse")
    return model, X_DIABETES, standardized(Y_DIABETES)


def relu_logits():
    return compiled(relu(), relu(3)), X, Y


def probabilities_without_activation():
    loss = nn.BinaryCrossentropy()
    return (
        compiled(relu(), Dense(1, kernel_initializer="zeros", bias_initializer="ones"), loss=loss),
        X_CANCER,
        Y_CANCER,
    )


def sigmoid_for_one_of_many():
    return compiled(relu(), Dense(3, "sigmoid"), loss=nn.SparseCategoricalCrossentropy()), X, Y


def squared_error_of_classes():
    return compiled(relu(), Dense(1, "sigmoid"), loss="mse"), X_CANCER, Y_CANCER


def squared_error_of_labels():
    return compiled(relu(), Dense(1), loss="mse"), X, Y


def too_many_outputs():
    return classifier(relu(), classes=100), X, Y


def dead_from_the_start():
    bias = nn.initializers.Constant(-20.0)
    return classifier(relu(32, bias_initializer=bias), relu()), X, Y


def half_dead():
    layer = relu(10)
    model = classifier(nn.Input((13,)), layer)
    layer.bias.assign(np.where(np.arange(10) < 6, -50.0, 0.0))
    return model, X, Y


def saturated_tanh():
    return classifier(Dense(32, "tanh", kernel_initializer=normal(3.0))), X, Y


def saturated_sigmoid():
    hidden = Dense(32, "sigmoid", kernel_initializer=normal(1.0))
    return classifier(hidden), WINE.X, Y


def deep_sigmoids():
    return classifier(*[Dense(16, "sigmoid") for _ in range(8)]), X, Y


def large_initial_weights():
    hidden = [Dense(32, kernel_initializer=normal(1.0)) for _ in range(6)]
    return classifier(*hidden), X, Y


def sure_of_what_is_wrong():
    return classifier(relu(64), Dense(3, kernel_initializer=normal(5.0))), X, Y


def too_fast():
    return classifier(relu(), classes=10, optimizer=nn.Adam(3.0)), DIGITS.X / 16, DIGITS.y


def diverging():
    return (
        compiled(Dense(1), loss="mse", optimizer=nn.SGD(2.0)),
        X_DIABETES,
        standardized(Y_DIABETES),
    )


def too_slow():
    return classifier(relu(), optimizer=nn.SGD(1e-5)), X, Y


def house_prices():
    return compiled(relu(), Dense(1), loss="mse"), X_DIABETES, Y_DIABETES * 1000


def far_from_zero():
    y = 100 + standardized(Y_DIABETES)
    return compiled(relu(), Dense(1), loss="mse", optimizer=nn.SGD(0.01)), X_DIABETES, y


def equal_targets():
    return compiled(Dense(1), loss="mse"), X_DIABETES, np.full(len(X_DIABETES), 3.0)


def far_too_large():
    return classifier(relu(512)), X[::10], Y[::10]


def zeros_only():
    """All weights begin at 0 and stay there, and classes that are equally frequent need no bias."""
    iris = nn.datasets.load_iris()
    hidden = Dense(16, kernel_initializer="zeros")
    return compiled(hidden, Dense(3, kernel_initializer="zeros")), standardized(iris.X), iris.y


class Forgetful(nn.Layer):
    """Takes the values out of the record."""

    def __init__(self):
        super().__init__()
        self.inner = Dense(8)

    def call(self, x):
        return nn.layers.Lambda(lambda y: y * 1.0)(ag.stop_gradient(self.inner(x)))


def cut_off():
    return classifier(Forgetful()), X, Y


class Root(nn.Layer):
    def call(self, x):
        return np.sqrt(x - 10)


def root_of_negative_numbers():
    return classifier(Root()), X, Y


# (who is sick, what is found, how bad it is, what the report has to say)
SICK = [
    (no_numbers, "not_finite", "ERROR", r"2 values .* in 2 of 178 rows, .* in columns 2, 4"),
    (constant_columns, "constant_features", "NOTE", r"2 of 13 .*columns 1, 7"),
    (nothing_but_constants, "constant_features", "ERROR", "nothing to learn from"),
    (raw_wine, "unscaled_inputs", "WARNING", r"1680 \(column 12\)"),
    (tiny_inputs, "unscaled_inputs", "WARNING", "no input is larger than"),
    (one_tiny_column, "unscaled_inputs", "WARNING", "times as large as column 4"),
    (years, "unscaled_inputs", "WARNING", "column 2 lies .* standard deviations"),
    (rare_class, "class_imbalance", "WARNING", r"49 times .* class 1: 20.* accuracy of 98.0%"),
    (one_class, "one_class", "ERROR", "all 178 samples are of class 0"),
    (refused, "refused", "ERROR", "label 2, but y_pred has 2 classes"),
    (softmax_of_one, "loss_mismatch", "ERROR", "softmax of a single unit is always 1"),
    (sigmoid_for_large_targets, "loss_mismatch", "ERROR", r"between 0 and 1, but 100%"),
    (relu_for_negative_targets, "loss_mismatch", "ERROR", "values from 0 up, but"),
    (relu_logits, "loss_mismatch", "WARNING", "takes logits"),
    (probabilities_without_activation, "loss_mismatch", "ERROR", "has no activation"),
    (sigmoid_for_one_of_many, "loss_mismatch", "WARNING", "do not add up to 1"),
    (squared_error_of_classes, "loss_mismatch", "NOTE", "targets are 0 and 1, classes"),
    (squared_error_of_labels, "loss_mismatch", "NOTE", "whole numbers 0 to 2"),
    (too_many_outputs, "unused_classes", "NOTE", "100 units, but only 3"),
    (dead_from_the_start, "dead_relus", "ERROR", "dense: 32 of 32"),
    (half_dead, "dead_relus", "WARNING", "dense: 6 of 10"),
    (saturated_tanh, "saturation", "WARNING", "dense: "),
    (saturated_sigmoid, "saturation", "WARNING", "dense: "),
    (deep_sigmoids, "vanishing_gradients", "WARNING", "at dense it is"),
    (large_initial_weights, "exploding_gradients", "WARNING", "at dense it is"),
    (sure_of_what_is_wrong, "initial_loss", "WARNING", r"give 1\.099"),
    (too_fast, "learning_rate_too_high", "ERROR", "learning rate, 3, the loss"),
    (diverging, "learning_rate_too_high", "ERROR", "learning rate, 2, the loss"),
    (too_slow, "learning_rate_too_low", "WARNING", "learning rate, 1e-05"),
    (house_prices, "unscaled_targets", "WARNING", "mean 1.521e"),
    (far_from_zero, "unscaled_targets", "WARNING", "mean 100 "),
    (equal_targets, "constant_targets", "ERROR", "all targets are 3"),
    (far_too_large, "few_samples", "NOTE", "parameters for 18 samples"),
    (zeros_only, "nothing_learned", "WARNING", "no learning rate"),
    (root_of_negative_numbers, "loss_not_finite", "ERROR", "sqrt made nan .* in sequential/root"),
    (cut_off, "unreached_weights", "WARNING", "kernel, .*bias: the loss does not depend on them"),
]
