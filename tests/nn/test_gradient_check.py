"""model.check_gradients: every weight by name, and a model left as it was."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag
import nn

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(8, 5)).astype(np.float32)
Y = np.array([0, 1, 2, 0, 1, 2, 0, 1])


def classifier(*layers):
    model = nn.Sequential([*layers, nn.Dense(3)])
    model.compile(loss=nn.SparseCategoricalCrossentropy(from_logits=True))
    return model


def noisy():
    return classifier(
        nn.Dense(6, activation="relu", kernel_regularizer="l2"),
        nn.BatchNormalization(),
        nn.Dropout(0.4),
        nn.layers.GaussianNoise(0.3, seed=3),
    )


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("order", [1, 2])
def test_weights_by_name(training, order):
    report = noisy().check_gradients(X, Y, training=training, order=order)
    names = [
        "dense/kernel",
        "dense/bias",
        "batch_normalization/gamma",
        "batch_normalization/beta",
        "dense_1/kernel",
        "dense_1/bias",
    ]
    assert [c.name for c in report.comparisons] == names * order
    assert all(c.checked == c.size for c in report.comparisons)


def test_nothing_changes():
    model = noisy()
    model.fit(X, Y, epochs=2, verbose=0)
    weights = [v.data.copy() for v in model.variables]
    arrays = [v.data for v in model.variables]
    draws = nn.random.generator().state, model.layers[2]._generator.bit_generator.state
    attributes = [dict(vars(layer)) for layer in model.layers]
    metrics = model.metrics_results()

    model.check_gradients(X, Y)

    for variable, array, before in zip(model.variables, arrays, weights, strict=True):
        assert variable.data is array
        np.testing.assert_array_equal(variable.data, before)
        assert variable.grad is None
    np.testing.assert_array_equal(nn.random.generator().state, draws[0])
    assert model.layers[2]._generator.bit_generator.state == draws[1]
    assert [dict(vars(layer)) for layer in model.layers] == attributes
    assert model.metrics_results() == metrics


def test_nothing_changes_when_it_fails():
    model = noisy()
    model.fit(X, Y, epochs=1, verbose=0)
    weights = [v.data.copy() for v in model.variables]
    with pytest.raises(ag.GradientError):
        model.check_gradients(X, Y, rtol=0, atol=0)
    for variable, before in zip(model.variables, weights, strict=True):
        np.testing.assert_array_equal(variable.data, before)
        assert variable.dtype == np.float32


class Skewed(nn.Layer):
    """Its forward pass doubles, its gradient triples, in one weight."""

    def build(self, input_shape):
        self.scale = self.add_weight((input_shape[-1],), "ones", name="scale")

    def call(self, x):
        return _skewed(x, self.scale)


@ag.primitive
def _skewed(x, scale):
    return x * scale


def _skewed_rule(g, y, x, scale):
    return g * x * np.where(np.arange(x.shape[-1]) == 2, 1.5, 1.0)


ag.gradient(_skewed, lambda g, y, x, scale: g * scale, _skewed_rule)


def test_the_wrong_layer_is_named():
    model = classifier(nn.Dense(4, activation="tanh"), Skewed())
    with pytest.raises(ag.GradientError, match=r"of skewed/scale at \[2\]") as error:
        model.check_gradients(X, Y)
    wrong = [c.name for c in error.value.report.comparisons if not c.passed]
    assert wrong == ["skewed/scale"]


def test_names_of_layers_in_layers():
    inner = nn.Sequential([nn.Dense(4, activation="tanh")], name="block")
    report = classifier(inner).check_gradients(X, Y)
    assert report.comparisons[0].name == "block/dense/kernel"


def test_frozen_weights_are_left_out():
    model = classifier(nn.Dense(4))
    model.check_gradients(X, Y)
    model.layers[0].trainable = False
    assert [c.name for c in model.check_gradients(X, Y).comparisons] == [
        "dense_1/kernel",
        "dense_1/bias",
    ]
    model.trainable = False
    with pytest.raises(ValueError, match="no trainable weights"):
        model.check_gradients(X, Y)


def test_float64_models_and_sample_weights():
    model = nn.Sequential([nn.Dense(4, activation="gelu", dtype="float64"), nn.Dense(1)])
    model.compile(loss="mse")
    report = model.check_gradients(X, X[:, :1], np.arange(8.0))
    assert report.passed


def test_relu_at_zero_is_a_kink():
    model = classifier(nn.Dense(4, activation="relu"))
    report = model.check_gradients(np.zeros((2, 5), np.float32), Y[:2])
    assert "dense/bias" in report.kinks


def test_bad_calls_leave_no_trace():
    model = nn.Sequential([nn.Dense(3)])
    with pytest.raises(RuntimeError, match="was not compiled, so check_gradients"):
        model.check_gradients(X, Y)
    model = classifier(nn.Dense(4))
    with pytest.raises(ValueError, match="labels"):
        model.check_gradients(X, Y + 7)
    before = model.variables
    with pytest.raises(ValueError, match="order is 1 or 2"):
        model.check_gradients(X, Y, order=5)
    assert [v is w for v, w in zip(model.variables, before, strict=True)]
