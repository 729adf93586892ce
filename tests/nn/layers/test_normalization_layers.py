"""Normalization of batches, features and groups, against Keras 3.15.1 (JAX backend, float32)."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite.testing import check_gradients
from nn.layers import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from tests.nn.layers.keras_values import made, summary

X = np.sin(np.arange(24.0)).reshape(2, 3, 4)
TABLE = np.sin(np.arange(6.0)).reshape(2, 3)

# Computed once with Keras 3.15.1 on JAX, float64: name, arguments, shapes of inputs and outputs,
# the first, the middle and the last output and all of them times a wave.
KERAS = [
    (
        "GroupNormalization",
        {"groups": 2},
        (2, 3, 4),
        [1.82622456551, 2.10463738441, 0.686794877052, 2.05770541331],
    ),
    (
        "GroupNormalization",
        {"groups": 1},
        (2, 6),
        [1.79522156715, -0.428940176964, 0.444760859013, -0.782383348463],
    ),
    (
        "GroupNormalization",
        {"groups": -1, "epsilon": 0.01},
        (2, 3, 2, 4),
        [1.81298172474, -0.708525240421, -2.38714957237, 5.73724654128],
    ),
    (
        "GroupNormalization",
        {"groups": 3, "axis": 1, "scale": False},
        (2, 6, 2),
        [2.25442242622, 0.782566308975, -0.0866266638041, 1.342774203],
    ),
    (
        "GroupNormalization",
        {"groups": 2, "axis": -2, "center": False},
        (2, 3, 4, 3),
        [1.48015856743, 0.0564527511597, -0.125406861305, -0.300556188134],
    ),
    (
        "RMSNormalization",
        {},
        (2, 3, 4),
        [1.35262429714, -0.159387767315, -0.053558010608, 1.44665867015],
    ),
    (
        "RMSNormalization",
        {"axis": (1, 2), "epsilon": 0.1},
        (2, 3, 4),
        [1.23788058758, -0.145420044661, -0.0484357140958, 0.964805312307],
    ),
    (
        "UnitNormalization",
        {},
        (2, 3, 4),
        [0.676312747293, -0.0796939698249, 0.0296204587258, 0.618422944296],
    ),
    (
        "UnitNormalization",
        {"axis": (1, 2)},
        (2, 3, 4),
        [0.388929591736, -0.0463351357365, 0.017356283999, 0.351935326731],
    ),
    (
        "LayerNormalization",
        {"rms_scaling": True},
        (2, 3, 4),
        [1.35869586468, -0.159483805299, -0.053613845259, 1.46171194196],
    ),
    (
        "LayerNormalization",
        {"rms_scaling": True, "scale": False, "axis": (1, 2)},
        (2, 3, 4),
        [1.35356342793, -0.160335943103, -0.0534038171172, 1.05811959643],
    ),
    (
        "LayerNormalization",
        {"axis": (2, 1)},
        (2, 3, 4),
        [1.78806042671, 0.38386952877, -0.152303397655, 0.95117795467],
    ),
]


@pytest.mark.parametrize(("name", "arguments", "shape", "expected"), KERAS)
def test_outputs_are_those_of_keras(name, arguments, shape, expected):
    layer, x = made(name, arguments, shape)
    np.testing.assert_allclose(summary(layer(x).data), expected, rtol=2e-6)  # Keras's are float32
    assert layer.compute_output_shape((None, *shape[1:])) == (None, *shape[1:])


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


def test_an_empty_batch_leaves_the_moving_averages_as_they_are():
    layer = nn.layers.BatchNormalization(name="norm")
    layer.build((None, 2))
    with pytest.raises(ValueError, match=r"norm has no mean of a batch of shape \(0, 2\)"):
        layer(np.zeros((0, 2)), training=True)
    assert layer.moving_mean.data.tolist() == [0, 0]
    assert layer(np.zeros((0, 2))).shape == (0, 2)


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


def test_each_group_of_a_sample_has_mean_0_and_variance_1():
    y = GroupNormalization(2, epsilon=1e-12, dtype="float64")(X).data.reshape(2, 3, 2, 2)
    np.testing.assert_allclose(y.mean(axis=(1, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=(1, 3)), 1, rtol=1e-9)


def test_one_group_is_layer_normalization_and_a_group_each_normalizes_channels():
    one = GroupNormalization(1, dtype="float64")(X).data
    np.testing.assert_allclose(one, LayerNormalization(axis=(1, 2), dtype="float64")(X).data)
    each = GroupNormalization(-1, dtype="float64")
    assert each.get_config()["groups"] == -1
    np.testing.assert_allclose(each(X).data, LayerNormalization(axis=1, dtype="float64")(X).data)


def test_rms_normalization_along_an_axis_that_is_not_the_last():
    y = RMSNormalization(axis=1, epsilon=1e-12, dtype="float64")(X).data
    np.testing.assert_allclose(np.mean(y**2, axis=1), 1, rtol=1e-9)


def test_a_zero_vector_stays_zero_with_a_finite_gradient():
    for layer in (UnitNormalization(), RMSNormalization()):
        x = ag.Tensor(np.zeros((2, 3), np.float32), requires_grad=True)
        y = layer(x)
        np.sum(y).backward()
        assert y.data.tolist() == np.zeros((2, 3)).tolist()
        assert np.isfinite(x.grad).all()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: GroupNormalization(3)(X), ValueError, "cannot divide 4 features along axis -1"),
        (lambda: GroupNormalization()(X), ValueError, "into 32 groups"),
        (lambda: GroupNormalization(0), ValueError, "groups, if not -1, is 1 or more"),
        (lambda: GroupNormalization(2.0), TypeError, "groups, if not -1, is a whole number"),
        (lambda: GroupNormalization(2, axis=[1]), TypeError, "axis is an integer"),
        (lambda: RMSNormalization(epsilon=-1.0), ValueError, "epsilon is a positive number"),
        (lambda: UnitNormalization(axis=None), TypeError, "axis is an integer"),
        (lambda: UnitNormalization(axis=(1, 1)), ValueError, "each axis once"),
        (lambda: UnitNormalization(axis=(1, 4))(X), ValueError, "lies between 1 and 2"),
        (lambda: LayerNormalization(rms_scaling=1), TypeError, "rms_scaling is True or False"),
    ],
)
def test_bad_groups_axes_and_flags(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("make", [BatchNormalization, LayerNormalization, RMSNormalization])
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
