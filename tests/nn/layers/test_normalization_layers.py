"""BatchNormalization and LayerNormalization, against Keras 3.15.1 (JAX backend, float32)."""

import numpy as np
import pytest

import nn
from autograd_lite.testing import check_gradients
from nn.layers import BatchNormalization, LayerNormalization

X = np.sin(np.arange(24.0)).reshape(2, 3, 4)
TABLE = np.sin(np.arange(6.0)).reshape(2, 3)


def test_layer_normalization_is_that_of_keras():
    y = LayerNormalization()(X).data
    np.testing.assert_allclose(
        y[0, 0], [-1.16086471, 0.90444529, 1.07091892, -0.81449914], rtol=1e-5
    )
    y = LayerNormalization(axis=[1, 2])(X).data
    np.testing.assert_allclose(
        y[0, 0], [-0.0484628863, 1.1416242, 1.2375507, 0.15112224], rtol=1e-5
    )


def test_layer_normalization_of_each_sample_has_mean_0_and_variance_1():
    y = LayerNormalization(epsilon=1e-12, dtype="float64")(X).data
    np.testing.assert_allclose(y.mean(axis=-1), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=-1), 1, rtol=1e-9)


def test_batch_normalization_in_training_is_that_of_keras():
    layer = BatchNormalization(axis=1, epsilon=0.01)
    y = layer(X, training=True).data
    np.testing.assert_allclose(
        y[0, 0], [-0.84475178, 0.81978089, 0.95394999, -0.56559908], rtol=1e-5
    )
    mean, variance = layer.moving_mean.data, layer.moving_variance.data
    np.testing.assert_allclose(mean, [0.00427047210, -0.00398570811, 0.000939993188], rtol=1e-4)
    np.testing.assert_allclose(variance, [0.9924556, 0.9929059, 0.9957795], rtol=1e-6)


def test_batch_normalization_outside_of_training_uses_the_moving_averages():
    layer = BatchNormalization()
    layer(TABLE)
    assert [v.name.split("/")[1] for v in layer.variables] == [
        "gamma",
        "beta",
        "moving_mean",
        "moving_variance",
    ]
    layer.set_weights([[1.0, 2.0, 0.5], [0.1, 0.2, 0.3], [0.5, -0.5, 0.0], [2.0, 1.0, 0.25]])
    expected = [[-0.253465027, 2.88160133, 1.2074843], [-0.153703064, -0.313348413, -0.657012224]]
    np.testing.assert_allclose(layer(TABLE).data, expected, rtol=1e-5)
    np.testing.assert_array_equal(layer.moving_mean.data, [0.5, -0.5, 0.0])


def test_a_frozen_batch_normalization_does_not_move():
    layer = BatchNormalization()
    layer(TABLE)
    layer.trainable = False
    np.testing.assert_array_equal(layer(TABLE, training=True).data, layer(TABLE).data)
    np.testing.assert_array_equal(layer.moving_mean.data, 0)


def test_one_sample_is_normalized_to_0_without_nan():
    y = BatchNormalization()(np.array([[5.0, -2.0]]), training=True).data
    np.testing.assert_array_equal(y, 0)
    np.testing.assert_array_equal(LayerNormalization()(np.array([[5.0]])).data, 0)


def test_constant_features_have_a_finite_gradient():
    model = nn.Sequential([nn.Input((2,)), BatchNormalization(), nn.Dense(1)])
    np.sum(model(np.ones((4, 2)), training=True)).backward()
    assert all(np.all(np.isfinite(v.grad)) for v in model.trainable_variables)


@pytest.mark.parametrize("options", [{}, {"center": False}, {"scale": False}])
@pytest.mark.parametrize("make", [BatchNormalization, LayerNormalization])
def test_scale_and_shift_may_be_left_out(make, options):
    layer = make(**options)
    layer(TABLE)
    assert len(layer.trainable_variables) == 2 - len(options)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("axis", [-1, 1])
def test_batch_normalization_gradients_to_second_order(training, axis):
    layer = BatchNormalization(axis=axis, dtype="float64")
    layer(X)
    features = X.shape[axis]

    def f(x, gamma, beta):
        layer.gamma, layer.beta = gamma, beta
        return layer(x, training=training) ** 2

    check_gradients(f, X, np.linspace(0.5, 2, features), np.linspace(-1, 1, features), order=2)


@pytest.mark.parametrize("axis", [-1, [1, 2]])
def test_layer_normalization_gradients_to_second_order(axis):
    layer = LayerNormalization(axis=axis, dtype="float64")
    layer(X)
    shape = layer.gamma.shape

    def f(x, gamma, beta):
        layer.gamma, layer.beta = gamma, beta
        return layer(x) ** 2

    gamma = np.linspace(0.5, 2, np.prod(shape)).reshape(shape)
    check_gradients(f, X, gamma, np.cos(gamma), order=2)


@pytest.mark.parametrize("make", [BatchNormalization, LayerNormalization])
def test_bad_axes_and_widths(make):
    with pytest.raises(ValueError, match="axis 0 counts the samples"):
        make(axis=0)(X)
    with pytest.raises(ValueError, match=r"has axis=3.*lies between 1 and 2"):
        make(axis=3)(X)
    layer = make()
    layer(TABLE)
    with pytest.raises(ValueError, match="was built for"):
        layer(TABLE[:, :2])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": 0.0}, "epsilon is a positive number"),
        ({"momentum": 1.0}, "momentum"),
        ({"momentum": -1}, "momentum"),
    ],
)
def test_bad_numbers(options, message):
    with pytest.raises(ValueError, match=message):
        BatchNormalization(**options)
