"""erf against the C library's, over every range its approximations divide the line into."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd_lite as ag
from nn._core.erf import erf

RANGES = [(-1e-3, 1e-3), (-0.47, 0.47), (0.46, 0.48), (0.5, 4), (3.5, 6.5), (-30, 30)]


@pytest.mark.parametrize(("low", "high"), RANGES)
@pytest.mark.parametrize(("dtype", "error"), [(np.float64, 1e-15), (np.float32, 5e-7)])
def test_it_is_the_c_librarys_to_the_last_digits(
    low: float, high: float, dtype: type, error: float
) -> None:
    x = np.random.default_rng(0).uniform(low, high, 4000).astype(dtype)
    result = erf(x)
    assert result.dtype == dtype
    # math.erf of Python 3.11 (the C library).
    np.testing.assert_allclose(result, [math.erf(v) for v in x.tolist()], rtol=error)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_extremes(dtype: type) -> None:
    x = np.array([-np.inf, -1e30, -0.0, 0.0, 1e30, np.inf, np.nan], dtype)
    np.testing.assert_array_equal(erf(x), np.array([-1, -1, -0.0, 0, 1, 1, np.nan], dtype))
    assert np.signbit(erf(x)[2])


def test_shapes_numbers_and_integers() -> None:
    assert erf(np.zeros((0, 3))).shape == (0, 3)
    assert float(erf(1)) == pytest.approx(math.erf(1), rel=1e-15)
    assert erf(np.array(0.5, np.float32)).dtype == np.float32
    np.testing.assert_array_equal(
        erf(np.arange(6.0).reshape(2, 3)[:, ::2]), erf(np.array([[0.0, 2], [3, 5]]))
    )


def test_its_gradient_is_the_bell_curve_to_second_order() -> None:
    x = np.array([-7.0, -3.0, -0.4, 0.0, 0.2, 1.0, 4.5])
    ag.check_gradients(erf, x)
    np.testing.assert_allclose(
        ag.grad(lambda t: np.sum(erf(t)))(x), 2 / math.sqrt(math.pi) * np.exp(-(x**2)), rtol=1e-14
    )
