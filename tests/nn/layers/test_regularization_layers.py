"""Dropout and GaussianNoise."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn.layers import Dropout, GaussianNoise

ONES = np.ones((200, 50))


@pytest.mark.parametrize("layer", [Dropout(0.5), GaussianNoise(1.0)])
def test_outside_of_training_nothing_happens(layer):
    np.testing.assert_array_equal(layer(ONES).data, 1)
    np.testing.assert_array_equal(layer(ONES, training=False).data, 1)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_keeps_its_fraction_and_the_expected_sum(rate):
    y = Dropout(rate, seed=0)(ONES, training=True)
    assert y.dtype == np.float32
    kept = y.data != 0
    assert kept.mean() == pytest.approx(1 - rate, abs=0.02)
    np.testing.assert_allclose(y.data[kept], 1 / (1 - rate), rtol=1e-6)


def test_dropout_draws_new_masks_and_passes_the_gradient_where_it_kept():
    layer = Dropout(0.5, seed=0)
    first, second = (layer(ONES, training=True).data for _ in range(2))
    assert np.any(first != second)
    tensor = ag.Tensor(np.ones((4, 5)), requires_grad=True)
    y = Dropout(0.5, seed=1, dtype="float64")(tensor, training=True)
    np.sum(y).backward()
    np.testing.assert_array_equal(tensor.grad, np.where(y.data == 0, 0.0, 2.0))


def test_dropout_of_rate_0_changes_nothing():
    np.testing.assert_array_equal(Dropout(0)(ONES, training=True).data, 1)


def test_noise_shape_drops_whole_rows_or_columns():
    y = Dropout(0.5, noise_shape=(None, 1), seed=0)(ONES, training=True).data
    assert np.all(y == y[:, :1])
    assert 0 < np.count_nonzero(y[:, 0]) < len(y)


@pytest.mark.parametrize("noise_shape", [(None,), (None, 7)])
def test_a_noise_shape_that_does_not_fit_is_refused(noise_shape):
    with pytest.raises(ValueError, match="noise_shape of dropout"):
        Dropout(0.5, noise_shape)(ONES, training=True)


@pytest.mark.parametrize("rate", [1, 1.5, -0.1, float("nan")])
def test_a_rate_out_of_range_is_refused(rate):
    with pytest.raises(ValueError, match="rate "):
        Dropout(rate)


@pytest.mark.parametrize("rate", ["0.5", None, True])
def test_a_rate_is_a_number(rate):
    with pytest.raises(TypeError, match="rate is a number"):
        Dropout(rate)


def test_gaussian_noise_has_its_standard_deviation():
    y = GaussianNoise(0.5, seed=0)(ONES, training=True).data
    assert y.dtype == np.float32
    assert (y - 1).std() == pytest.approx(0.5, rel=0.05)
    with pytest.raises(ValueError, match="stddev is a number from 0 up"):
        GaussianNoise(-1.0)


@pytest.mark.parametrize("make", [Dropout, GaussianNoise])
def test_the_same_seed_gives_the_same_noise_and_the_global_state_of_numpy_is_not_touched(make):
    before = np.random.get_state()[1].copy()
    a, b = (make(0.5, seed=3)(ONES, training=True).data for _ in range(2))
    np.testing.assert_array_equal(a, b)
    nn.set_random_seed(5)
    c = make(0.5)(ONES, training=True).data
    nn.set_random_seed(5)
    d = make(0.5)(ONES, training=True).data
    np.testing.assert_array_equal(c, d)
    np.testing.assert_array_equal(before, np.random.get_state()[1])
