"""Pooling: Keras's numbers, ties, borders, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import layers
from tests.nn.layers.keras_values import require_keras_outputs

# Computed once with Keras 3.15.1 on JAX, float64: name, arguments, shapes of inputs and outputs,
# the first, the middle and the last output and all of them times a wave.
KERAS = [
    (
        "MaxPooling1D",
        {"pool_size": 2},
        (2, 7, 3),
        (2, 3, 3),
        [0.991664810452, -0.2946716015, -0.320781309043, -1.1819665712],
    ),
    (
        "MaxPooling1D",
        {"pool_size": 3, "strides": 2, "padding": "same"},
        (2, 7, 3),
        (2, 4, 3),
        [0.991664810452, -0.2946716015, 0.755640225739, 2.45927673081],
    ),
    (
        "MaxPooling2D",
        {"pool_size": 2},
        (2, 5, 6, 2),
        (2, 2, 3, 2),
        [0.991664810452, 0.964962073822, 0.983271183916, 2.9154925584],
    ),
    (
        "MaxPooling2D",
        {"pool_size": (3, 2), "strides": (1, 2), "padding": "same"},
        (2, 5, 6, 2),
        (2, 5, 3, 2),
        [0.991664810452, 0.964962073822, 0.983271183916, -1.83842936511],
    ),
    (
        "MaxPooling2D",
        {"pool_size": 2, "strides": 3, "padding": "same"},
        (2, 5, 6, 2),
        (2, 2, 2, 2),
        [0.991664810452, 0.964962073822, 0.76485189696, -2.40586170638],
    ),
    (
        "MaxPooling3D",
        {"pool_size": (2, 3, 1), "strides": 2, "padding": "same"},
        (1, 4, 5, 4, 2),
        (1, 2, 3, 2, 2),
        [0.998858051695, 0.482540230705, -0.445676507972, 2.4985809563],
    ),
    (
        "GlobalMaxPooling1D",
        {},
        (2, 7, 3),
        (2, 3),
        [0.991664810452, 0.949403860687, 0.940428962947, 3.65144025827],
    ),
    (
        "GlobalMaxPooling1D",
        {"keepdims": True},
        (2, 7, 3),
        (2, 1, 3),
        [0.991664810452, 0.949403860687, 0.940428962947, 3.65144025827],
    ),
    (
        "GlobalMaxPooling2D",
        {},
        (2, 5, 6, 2),
        (2, 2),
        [0.998858051695, 0.99943509216, 0.993286297537, 3.39630273102],
    ),
    (
        "GlobalMaxPooling2D",
        {"keepdims": True},
        (2, 5, 6, 2),
        (2, 1, 1, 2),
        [0.998858051695, 0.99943509216, 0.993286297537, 3.39630273102],
    ),
    (
        "GlobalMaxPooling3D",
        {},
        (1, 4, 5, 4, 2),
        (1, 2),
        [0.99943509216, 0.999792900143, 0.999792900143, 1.95457373123],
    ),
    (
        "GlobalMaxPooling3D",
        {"keepdims": True},
        (1, 4, 5, 4, 2),
        (1, 1, 1, 1, 2),
        [0.99943509216, 0.999792900143, 0.999792900143, 1.95457373123],
    ),
    (
        "AveragePooling1D",
        {"pool_size": 2},
        (2, 7, 3),
        (2, 3, 3),
        [0.742889080796, -0.64537905231, -0.659458962488, 0.11796034467],
    ),
    (
        "AveragePooling1D",
        {"pool_size": 3, "strides": 2, "padding": "same"},
        (2, 7, 3),
        (2, 4, 3),
        [0.742889080796, -0.64537905231, 0.217429458348, 0.981175774738],
    ),
    (
        "AveragePooling2D",
        {"pool_size": 2},
        (2, 5, 6, 2),
        (2, 2, 3, 2),
        [0.0790679716807, 0.0548802677035, 0.0814930053814, 0.533527345407],
    ),
    (
        "AveragePooling2D",
        {"pool_size": (3, 2), "strides": (1, 2), "padding": "same"},
        (2, 5, 6, 2),
        (2, 5, 3, 2),
        [0.0790679716807, 0.0548802677035, -0.0410908870505, -0.0394766831547],
    ),
    (
        "AveragePooling2D",
        {"pool_size": 2, "strides": 3, "padding": "same"},
        (2, 5, 6, 2),
        (2, 2, 2, 2),
        [0.0790679716807, 0.0548802677035, 0.0186837327452, -0.0303965007086],
    ),
    (
        "AveragePooling3D",
        {"pool_size": (2, 3, 1), "strides": 2, "padding": "same"},
        (1, 4, 5, 4, 2),
        (1, 2, 3, 2, 2),
        [0.734857705047, -0.39859589622, -0.737305030071, 1.01910755967],
    ),
    (
        "GlobalAveragePooling1D",
        {},
        (2, 7, 3),
        (2, 3),
        [0.207172572613, -0.139985755086, 0.0934726074338, 0.0450323136271],
    ),
    (
        "GlobalAveragePooling1D",
        {"keepdims": True},
        (2, 7, 3),
        (2, 1, 3),
        [0.207172572613, -0.139985755086, 0.0934726074338, 0.0450323136271],
    ),
    (
        "GlobalAveragePooling2D",
        {},
        (2, 5, 6, 2),
        (2, 2),
        [0.0150994285941, 0.0181672014296, -0.0155525216833, 0.034407186745],
    ),
    (
        "GlobalAveragePooling2D",
        {"keepdims": True},
        (2, 5, 6, 2),
        (2, 1, 1, 2),
        [0.0150994285941, 0.0181672014296, -0.0155525216833, 0.034407186745],
    ),
    (
        "GlobalAveragePooling3D",
        {},
        (1, 4, 5, 4, 2),
        (1, 2),
        [0.00787544995546, 0.00503752334043, 0.00503752334043, 0.0126879798174],
    ),
    (
        "GlobalAveragePooling3D",
        {"keepdims": True},
        (1, 4, 5, 4, 2),
        (1, 1, 1, 1, 2),
        [0.00787544995546, 0.00503752334043, 0.00503752334043, 0.0126879798174],
    ),
]


@pytest.mark.parametrize(("name", "arguments", "shape", "output_shape", "expected"), KERAS)
def test_outputs_are_those_of_keras(name, arguments, shape, output_shape, expected):
    require_keras_outputs(name, arguments, shape, output_shape, expected)


def gradient_of(layer, x):
    t = ag.Tensor(x, requires_grad=True)
    y = layer(t)
    y.backward(np.ones(y.shape))
    return t.grad


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("kind", ["MaxPooling", "GlobalMaxPooling"])
def test_equal_elements_share_the_gradient(rank, kind):
    x = np.full((1, *(2,) * rank, 3), 7.0)
    layer = getattr(layers, f"{kind}{rank}D")(dtype="float64")
    np.testing.assert_array_equal(gradient_of(layer, x), np.full(x.shape, 0.5**rank))


def test_the_padding_of_a_maximum_is_never_the_largest():
    layer = layers.MaxPooling1D(3, 1, "same", dtype="float64")
    x = np.array([[[-5.0], [-7.0], [-6.0]]])
    assert layer(x).data.ravel().tolist() == [-5.0, -5.0, -6.0]
    assert gradient_of(layer, x).ravel().tolist() == [2.0, 0.0, 1.0]


def test_the_padding_of_a_mean_does_not_count():
    layer = layers.AveragePooling2D(3, 1, "same", dtype="float64")
    assert np.array_equal(layer(np.ones((1, 2, 3, 1))).data, np.ones((1, 2, 3, 1)))


def test_the_mean_of_narrow_numbers_does_not_overflow():
    x = np.full((1, 64, 64, 1), 200.0)
    for layer in (
        layers.AveragePooling2D(64, dtype="float16"),
        layers.GlobalAveragePooling2D(dtype="float16"),
    ):
        y = layer(x)
        assert y.dtype == np.float16
        assert float(np.ravel(y.data)[0]) == 200.0


def test_nan_is_seen():
    x = np.array([[[1.0], [np.nan], [2.0], [3.0]]])
    for kind in ("Max", "Average"):
        y = getattr(layers, f"{kind}Pooling1D")(2)(x).data.ravel()
        assert np.isnan(y[0])
        assert not np.isnan(y[1])


def test_a_length_that_is_not_known_stays_so_through_a_model():
    """Two poolings make 1 of 2 and of 3: lengths that are tried would say 1."""
    model = nn.Sequential(
        [
            layers.Conv2D(4, 3),
            layers.MaxPooling2D(padding="same"),
            layers.MaxPooling2D(padding="same"),
        ]
    )
    assert model.compute_output_shape((None, None, 9, 3)) == (None, None, 2, 4)
    model.add(layers.GlobalAveragePooling2D())
    model.add(nn.Dense(5))
    assert model.compute_output_shape((None, None, None, 3)) == (None, 5)
    assert not model.built
    for kind in ("Max", "Average"):
        layer = getattr(layers, f"{kind}Pooling1D")(2, padding="same")
        assert layer.compute_output_shape((None, None, 3)) == (None, None, 3)


IMAGES = np.zeros((2, 5, 6, 3))


@pytest.mark.parametrize("kind", ["MaxPooling2D", "AveragePooling2D"])
def test_what_is_refused(kind):
    make = getattr(layers, kind)
    with pytest.raises(ValueError, match=r"pooling2d has windows of 7 elements along axis 2"):
        make((2, 7))(IMAGES)
    with pytest.raises(ValueError, match=r"pooling2d expects inputs of 4 axes"):
        make(2)(IMAGES[0])
    for arguments, said in (
        ({"padding": "causal"}, "padding is 'valid' or 'same'"),
        ({"data_format": "first"}, "'channels_last' or 'channels_first'"),
        ({"pool_size": (2, 2, 2)}, "pool_size is one number, or 2 of them"),
        ({"strides": 0}, "strides is 1 or more"),
    ):
        with pytest.raises(ValueError, match=said):
            make(**{"pool_size": 2, **arguments})


@pytest.mark.parametrize("kind", ["GlobalMaxPooling2D", "GlobalAveragePooling2D"])
def test_what_global_pooling_refuses(kind):
    make = getattr(layers, kind)
    with pytest.raises(ValueError, match=r"pooling2d expects inputs of 4 axes"):
        make()(IMAGES[0])
    with pytest.raises(ValueError, match="at least one element"):
        make()(IMAGES[:, :0])
    with pytest.raises(TypeError, match="keepdims"):
        make(keepdims="no")
