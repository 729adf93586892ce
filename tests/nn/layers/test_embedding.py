"""Embedding."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn.layers import Embedding


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.uint16, np.float64, bool])
def test_it_looks_rows_up(dtype):
    layer = Embedding(4, 3)
    x = np.array([[0, 1], [1, 0]]).astype(dtype)
    y = layer(x)
    np.testing.assert_array_equal(y.data, layer.embeddings.data[x.astype(int)])
    assert y.shape == (2, 2, 3)


def test_initial_values_are_uniform_within_a_twentieth():
    layer = Embedding(1000, 8)
    layer(np.array([0]))
    assert np.abs(layer.embeddings.data).max() <= 0.05


def test_a_row_read_twice_gets_both_gradients():
    layer = Embedding(3, 2)
    y = layer(np.array([[2, 2, 0]]))
    np.sum(y * np.array([[[1.0], [10.0], [100.0]]], np.float32)).backward()
    np.testing.assert_array_equal(layer.embeddings.grad, [[100, 100], [0, 0], [11, 11]])
    assert isinstance(layer.embeddings, ag.Variable)


@pytest.mark.parametrize("bad", [4, -1, 1000])
def test_a_number_without_a_row_is_refused(bad):
    with pytest.raises(ValueError, match=f"has rows 0 to 3, but the inputs hold {bad}"):
        Embedding(4, 3)(np.array([[0, bad]]))


def test_a_fraction_is_refused():
    with pytest.raises(ValueError, match=r"takes whole numbers.*1\.5"):
        Embedding(4, 3)(np.array([[0.0, 1.5]]))


def test_it_is_the_first_layer_of_a_model():
    model = nn.Sequential(
        [nn.Input((5,), dtype="int32"), Embedding(10, 4), nn.layers.Flatten(), nn.Dense(1)]
    )
    assert model.count_params() == 40 + 21
    model.compile("sgd", "mse")
    x = np.arange(20).reshape(4, 5) % 10
    before = model.layers[0].embeddings.numpy()
    model.fit(x, np.ones(4), verbose=0)
    assert np.any(before != model.layers[0].embeddings.data)
    assert model.predict(x).shape == (4, 1)
