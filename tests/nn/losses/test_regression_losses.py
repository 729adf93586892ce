"""Losses of predicted values: values, gradients to second order, far outliers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from nn import losses

Y_TRUE = np.array([[1.5, -2.0], [0.25, 3.0], [0.0, 4.0]])
Y_PRED = np.array([[1.0, -1.5], [0.5, 0.5], [-0.5, 4.0]])
WEIGHTS = np.array([1.0, 2.0, 0.5])

VALUES: list[tuple[losses.Loss, float, float]] = [
    # Keras 3.15.1, JAX backend, float64: without and with WEIGHTS.
    (losses.MeanSquaredError(), 1.1770833333333333, 2.2083333333333335),
    (losses.MeanAbsoluteError(), 0.7083333333333334, 1.125),
    (losses.MeanAbsolutePercentageError(), 83333373.61111045, 41666737.49999801),
    (losses.MeanSquaredLogarithmicError(), 0.17417669979234537, 0.3400545585900545),
    (losses.Huber(), 0.4010416666666667, 0.7291666666666666),
    (losses.Huber(delta=0.3), 0.1752083289126555, 0.28916665973762673),
    (losses.LogCosh(), 0.3674735724925995, 0.6648803502321243),
    (losses.CosineSimilarity(), -0.9180415050960647, -1.0071239541001584),
]


@pytest.mark.parametrize(("loss", "plain", "weighted"), VALUES)
def test_values(loss: losses.Loss, plain: float, weighted: float) -> None:
    assert loss(Y_TRUE, Y_PRED).item() == pytest.approx(plain, rel=1e-7)
    assert loss(Y_TRUE, Y_PRED, WEIGHTS).item() == pytest.approx(weighted, rel=1e-7)


def test_poisson() -> None:
    # Keras 3.15.1, JAX backend, float64.
    loss = losses.Poisson()
    assert loss(Y_TRUE, np.abs(Y_PRED)).item() == pytest.approx(0.9197466572125753, rel=1e-7)
    ag.check_gradients(lambda p: loss(Y_TRUE, p), np.abs(Y_PRED))
    with pytest.raises(ValueError, match=r'got -1\.5\. Give the last layer activation="softplus"'):
        loss(Y_TRUE, Y_PRED)


@pytest.mark.parametrize("loss", [case[0] for case in VALUES])
def test_gradients_to_second_order(loss: losses.Loss) -> None:
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.uniform(0.5, 3, (5, 2)), rng.uniform(0.5, 3, (5, 2))
    ag.check_gradients(lambda p: loss(y_true, p), y_pred)
    ag.check_gradients(lambda p: loss(y_true, p, np.arange(5.0)), y_pred)


def test_the_slope_of_the_mean_squared_error_is_two_thirds_of_the_errors() -> None:
    p = ag.Tensor([1.0, 2.0, 4.0], requires_grad=True)
    losses.MeanSquaredError()([0.0, 0.0, 0.0], p).backward()
    np.testing.assert_allclose(p.grad, np.array([1.0, 2.0, 4.0]) * 2 / 3)


@pytest.mark.parametrize("name", ["mae", "huber", "log_cosh", "mse"])
def test_a_perfect_prediction_has_no_slope(name: str) -> None:
    p = ag.Tensor(Y_TRUE, requires_grad=True)
    value = losses.get(name)(Y_TRUE, p)
    value.backward()
    assert value.item() == 0
    np.testing.assert_array_equal(p.grad, np.zeros_like(Y_TRUE))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("name", "value", "slope"),
    [("huber", 1e30, 1.0), ("log_cosh", 1e30, 1.0), ("mae", 1e30, 1.0)],
)
def test_far_outliers_do_not_overflow(name: str, value: float, slope: float, dtype: type) -> None:
    p = ag.Tensor(np.array([1e30], dtype), requires_grad=True)
    loss = losses.get(name)(np.zeros(1), p)
    loss.backward()
    assert loss.item() == pytest.approx(value, rel=1e-6)
    np.testing.assert_allclose(p.grad, [slope])


def test_log_cosh_of_small_errors_keeps_its_digits() -> None:
    error = np.array([[1e-3, 1e-6]])
    expected = np.mean(error**2 / 2 - error**4 / 12)  # Taylor
    assert losses.log_cosh(np.zeros((1, 2)), error)[0] == pytest.approx(expected, rel=1e-9)
    assert losses.log_cosh([[0.0]], [[1.0]])[0] == pytest.approx(math.log(math.cosh(1)), rel=1e-14)


def test_the_logarithmic_error_counts_what_is_below_zero_as_zero() -> None:
    # Keras 3.15.1: log of max(y, 1e-7) + 1.
    value = losses.mean_squared_logarithmic_error([[-3.0]], [[math.e - 1]])
    assert value[0] == pytest.approx(1.0, rel=1e-6)


def test_cosine_similarity_of_zeros_and_along_another_axis() -> None:
    loss = losses.CosineSimilarity(reduction=None)
    p = ag.Tensor(np.array([[0.0, 0.0], [0.0, 2.0], [3.0, 0.0]]), requires_grad=True)
    y = np.array([[1.0, 0.0], [0.0, -1.0], [0.0, 1.0]])
    np.testing.assert_allclose(loss(y, p).data, [0, 1, 0], atol=1e-12)
    loss(y, p).sum().backward()
    assert np.isfinite(p.grad).all()
    along_columns = losses.CosineSimilarity(axis=0, reduction=None)(y[1:], [[1.0, 0], [1, 1]])
    np.testing.assert_allclose(along_columns.data, [0, -1 / math.sqrt(2)], atol=1e-12)


@pytest.mark.parametrize("delta", [0.0, -1.0, math.inf, math.nan])
def test_hubers_delta_is_positive(delta: float) -> None:
    with pytest.raises(ValueError, match="delta, where Huber turns linear, is positive, got"):
        losses.Huber(delta=delta)
    with pytest.raises(ValueError, match="delta, where Huber turns linear, is positive, got"):
        losses.huber([[0.0]], [[1.0]], delta=delta)


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_that_are_not_contiguous(order: Any) -> None:
    wide = np.asarray(np.random.default_rng(0).normal(size=(6, 8)), order=order)
    y_true, y_pred = wide[::2, ::3], wide[1::2, ::-3]
    expected = np.mean((y_true.copy() - y_pred.copy()) ** 2)
    assert losses.MeanSquaredError()(y_true, y_pred).item() == pytest.approx(expected)
