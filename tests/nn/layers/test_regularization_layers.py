"""Dropout, noise and penalties on outputs."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn.layers import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)

ONES = np.ones((200, 50))


@pytest.mark.parametrize(
    "layer", [Dropout(0.5), GaussianNoise(1.0), AlphaDropout(0.5), GaussianDropout(0.5)]
)
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


@pytest.mark.parametrize("make", [Dropout, GaussianNoise, AlphaDropout, GaussianDropout])
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


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (SpatialDropout1D, (50, 6, 8)),
        (SpatialDropout2D, (50, 3, 4, 8)),
        (SpatialDropout3D, (50, 2, 3, 2, 8)),
    ],
)
def test_spatial_dropout_drops_whole_channels(make, shape):
    y = make(0.25, seed=0)(np.ones(shape), training=True).data
    of_channels = y.reshape(50, -1, 8)
    assert np.all(of_channels == of_channels[:, :1])
    assert np.mean(of_channels[:, 0] == 0) == pytest.approx(0.25, abs=0.06)
    np.testing.assert_allclose(y[y != 0], 1 / 0.75, rtol=1e-6)
    with pytest.raises(ValueError, match=rf"drops channels, so it expects inputs of {len(shape)}"):
        make(0.25)(np.ones((3, 4)))
    assert make(0.25, seed=3).get_config()["seed"] == 3


def test_alpha_dropout_is_the_formula_of_keras():
    # a = 1 / sqrt((1 - p) (1 + p alpha'^2)), b = -a p alpha', alpha' = -1.7580993: for p = 0.3
    # computed once with Keras 3.15.1's formula: kept x becomes a x + b, the others a alpha' + b.
    y = AlphaDropout(0.3, seed=0, dtype="float64")(np.full((40, 50), 2.0), training=True).data
    a = (0.7 * (1 + 0.3 * 1.7580993408473766**2)) ** -0.5
    b = a * 1.7580993408473766 * 0.3
    np.testing.assert_allclose(np.unique(y), [a * -1.7580993408473766 + b, a * 2 + b], rtol=1e-12)
    assert np.mean(y < 0) == pytest.approx(0.3, abs=0.03)


def test_alpha_dropout_keeps_mean_and_variance():
    x = np.random.default_rng(0).normal(size=(400, 100))
    y = AlphaDropout(0.4, noise_shape=(None, None), seed=0)(x, training=True).data
    assert (y.mean(), y.var()) == (pytest.approx(0, abs=0.02), pytest.approx(1, abs=0.02))


def test_gaussian_dropout_has_the_deviation_of_dropout():
    y = GaussianDropout(0.2, seed=0)(ONES * 3, training=True).data
    assert y.mean() == pytest.approx(3, rel=0.02)
    assert y.std() == pytest.approx(3 * 0.5, rel=0.03)  # sqrt(0.2 / 0.8) = 0.5
    np.testing.assert_array_equal(GaussianDropout(0)(ONES, training=True).data, 1)


def test_activity_regularization_adds_the_penalty_per_sample_to_the_loss():
    layer = ActivityRegularization(l1=0.1, l2=0.01)
    x = np.array([[1.0, -2.0], [3.0, 0.0]], np.float32)
    assert layer(x).data.tolist() == x.tolist()
    (penalty,) = layer.losses
    assert penalty.item() == pytest.approx((0.1 * 6 + 0.01 * 14) / 2)  # for two samples
    assert layer.get_config()["l1"] == 0.1
    assert "activity_regularizer" not in layer.get_config()
    with pytest.raises(ValueError, match="l2 is a number from 0 up"):
        ActivityRegularization(l2=-1)


@pytest.mark.parametrize("make", [AlphaDropout, GaussianDropout, SpatialDropout2D])
def test_rates_of_all_kinds_are_checked(make):
    for rate in (1, -0.1):
        with pytest.raises(ValueError, match="rate "):
            make(rate)
