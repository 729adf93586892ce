"""Rescaling and Normalization, against Keras 3.15.1 (JAX backend)."""

import numpy as np
import pytest

import nn
from nn.layers import Normalization, Rescaling, preprocessing

X = np.sin(np.arange(21.0)).reshape(7, 3).astype(np.float32)
CUBE = np.sin(np.arange(24.0)).reshape(2, 3, 4)


def test_rescaling():
    y = Rescaling(1 / 127.5, offset=-1.0)(np.array([[0, 127.5, 255]]))
    np.testing.assert_allclose(y.data, [[-1, 0, 1]], atol=1e-6)
    y = Rescaling([1.0, 2.0], [0.0, 1.0])(np.array([[3, 4]], np.uint8))
    np.testing.assert_array_equal(y.data, [[3, 9]])
    assert y.dtype == np.float32


def test_normalization_is_that_of_keras():
    y = Normalization().adapt(X)(X[:2]).data
    expected = [[0.111286223, 1.36108029, 0.822224557], [0.413757533, -1.45337093, -1.13880408]]
    np.testing.assert_allclose(y, expected, rtol=1e-5)
    y = Normalization(axis=None).adapt(X)(X[:1]).data
    np.testing.assert_allclose(y, [[-0.0680396855, 1.13642395, 1.23350930]], rtol=1e-5)
    y = Normalization(axis=(1, 2)).adapt(CUBE)(CUBE[:1]).data
    np.testing.assert_allclose(np.abs(y), 1, rtol=1e-4)


def test_normalization_with_given_statistics_and_inverted():
    y = Normalization(mean=3.0, variance=2.0, invert=True)(X[:1]).data
    np.testing.assert_allclose(y, [[3.0, 4.19001961, 4.28594065]], rtol=1e-6)
    layer = Normalization().adapt(X)
    back = Normalization(mean=layer.mean, variance=layer.variance, invert=True)
    np.testing.assert_allclose(back(layer(X)).data, X, atol=1e-6)


def test_weights_of_a_normalization_are_mean_variance_and_count():
    layer = Normalization().adapt(X)
    mean, variance, count = layer.get_weights()
    np.testing.assert_allclose(mean, X.mean(axis=0, dtype=float), rtol=1e-9)
    np.testing.assert_allclose(variance, X.var(axis=0, dtype=float), rtol=1e-9)
    assert count == 7
    other = Normalization().adapt(X * 2)
    other.set_weights([mean, variance, count])
    np.testing.assert_array_equal(other(X).data, layer(X).data)
    assert Normalization(mean=0.0, variance=1.0).get_weights() == []
    with pytest.raises(ValueError, match="got 2 arrays"):
        other.set_weights([mean, variance])


def test_a_constant_feature_becomes_0():
    y = Normalization().adapt(np.full((5, 1), 3.0))(np.full((2, 1), 3.0))
    np.testing.assert_array_equal(y.data, 0)


def test_it_is_the_first_layer_of_a_model_and_its_config_has_the_statistics():
    layer = Normalization().adapt(X * 1000 + 500)
    model = nn.Sequential([layer, nn.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X * 1000 + 500, X[:, 0], epochs=2, verbose=0)
    again = Normalization(**layer.get_config())
    np.testing.assert_array_equal(again(X).data, layer(X).data)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Normalization()(X), RuntimeError, r"Call its adapt\(X\)"),
        (lambda: Normalization(mean=1.0), ValueError, "give both mean and variance"),
        (lambda: Normalization().adapt(X[:0]), ValueError, "adapt needs data"),
        (lambda: Normalization().adapt(X * np.nan), ValueError, "data has 21 values"),
        (lambda: Normalization().adapt([["a"]]), TypeError, "data holds text"),
        (lambda: Normalization(axis=2).adapt(X), ValueError, "the data has 2 axes"),
        (lambda: Normalization().adapt(X)(X[:, :2]), ValueError, "of 3 features"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_layer_that_has_not_adapted_takes_the_weights_of_one_that_has():
    """As in Keras, where it has the three weights as soon as it is built."""
    adapted = nn.layers.Normalization().adapt(np.arange(12.0).reshape(4, 3))
    other = nn.layers.Normalization()
    other.set_weights([])
    other.set_weights(adapted.get_weights())
    x = np.ones((2, 3))
    assert (other(x).data == adapted(x).data).all()
    given = nn.layers.Normalization(mean=0.0, variance=1.0)
    with pytest.raises(ValueError, match="3 arrays"):
        given.set_weights(adapted.get_weights())


def test_large_arrays_are_adapted_to_in_parts(monkeypatch):
    x = np.random.default_rng(0).normal(100, 1, (50, 4, 3))
    monkeypatch.setattr(preprocessing, "PART", 64)
    layer = Normalization()
    layer.adapt(x)
    np.testing.assert_allclose(layer.mean, x.mean((0, 1)), rtol=1e-13)
    np.testing.assert_allclose(layer.variance, x.var((0, 1)), rtol=1e-10)
    assert layer.get_weights()[2] == 200
