"""Where a function has no derivative the report says so, and a subgradient passes."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag


def relu_with_slope_at_zero(slope):
    @ag.primitive
    def relu(x):
        return np.maximum(x, 0)

    ag.gradient(relu, lambda g, y, x: g * np.where(x > 0, 1.0, np.where(x < 0, 0.0, slope)))
    return relu


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_a_subgradient_is_a_kink_and_passes(slope):
    report = ag.check_gradients(
        lambda x: np.sum(relu_with_slope_at_zero(slope)(x)), np.array([2.0, 0.0, -1.0]), order=1
    )
    assert report.passed
    assert report.kinks == {"input 0": ((1,),)}
    (found,) = report.comparisons
    assert found.verdict == "kink"
    assert found.index == (1,)
    np.testing.assert_allclose(found.sides, (0, 1), atol=1e-6)
    assert "kink: input 0 has no derivative at [1]" in str(report)


@pytest.mark.parametrize("slope", [-0.1, 1.1, np.nan, np.inf])
def test_no_subgradient_is_wrong(slope):
    with pytest.raises(ag.GradientError) as error:
        ag.check_gradients(relu_with_slope_at_zero(slope), np.array([0.0]), order=1)
    assert not error.value.report.kinks


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (
            np.abs,
            0.0,
        ),  # the gradient fits the mean of both slopes, and there is a kink all the same
        (lambda x: np.maximum(x, 1 - x), 0.5),
        (np.sqrt, 0.0),  # f ends there, with an infinite slope
        (np.cbrt, 0.0),  # an infinite slope on both sides
        (lambda x: np.floor(x) * x, 2.0),  # a jump
        (lambda x: np.maximum(x, 0) ** 1.0 + 1e3 * x, 0.0),
        (lambda x: np.minimum(x, 1.0), 1.0),
    ],
)
def test_each_kind_of_kink(f, x):
    report = ag.check_gradients(f, np.array([x, 0.7]), order=1)
    assert report.kinks == {"input 0": ((0,),)}


def test_where_the_function_ends_the_slope_of_its_side_counts():
    """x sqrt(x) ends at 0, with the slope 0."""
    at_zero = np.array([0.0])
    assert ag.check_gradients(lambda x: x**1.5, at_zero, order=1).kinks == {"input 0": ((0,),)}

    @ag.primitive
    def wrong(x):
        return x**1.5

    ag.gradient(wrong, lambda g, y, x: g * (1.5 * x**0.5 + 1))
    with pytest.raises(ag.GradientError):
        ag.check_gradients(wrong, at_zero, order=1)


def test_infinite_slopes_in_a_group():
    x = np.linspace(1, 2, 300)
    x[7] = 0
    report = ag.check_gradients(np.sqrt, x, order=1, samples=10)
    assert report.kinks == {"input 0": ((7,),)}


def test_second_derivative_at_a_kink_of_the_gradient():
    """x |x| has the derivative 2 |x|, whose slopes at 0 are -2 and 2."""
    report = ag.check_gradients(lambda x: np.sum(x * np.abs(x)), np.array([0.0, 1.0]))
    first, second = report.comparisons
    assert first.verdict == "ok"
    assert second.verdict == "kink"
    assert second.kinks == ((0,),)


@pytest.mark.parametrize("distance", [3e-6, 1e-6, 1e-7])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_kink_nearby_is_not_mistaken_for_one(distance, sign):
    """The first step reaches over the kink, a shorter one does not."""
    report = ag.check_gradients(np.abs, np.array([sign * distance]), order=1)
    assert report.comparisons[0].verdict == "ok"


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.exp(20 * x), 1.0),
        (lambda x: 1e4 * x**2, 0.0),  # bent, but smooth
        (lambda x: np.sqrt(x), 1e-6),
        (np.log, 1e-9),
        (lambda x: np.sin(1000 * x), 0.3),
        (np.sin, 1e10),
        (lambda x: x**3, 1e8),
        (np.exp, -30.0),
        (lambda x: 1e200 * x, 2.0),
        (lambda x: x**2, 1e150),
    ],
)
def test_smooth_functions_have_none(f, x):
    assert ag.check_gradients(f, np.array([x]), order=1).comparisons[0].verdict == "ok"


def test_a_wrong_gradient_beside_a_kink_is_found():
    def rule(g, y, x):
        return g * np.where(x > 0, 1.0, 0.0) * np.where(x == 2, 1.001, 1.0)

    @ag.primitive
    def relu(x):
        return np.maximum(x, 0)

    ag.gradient(relu, rule)
    with pytest.raises(ag.GradientError) as error:
        ag.check_gradients(relu, np.array([0.0, 2.0, 1.0]), order=1)
    (found,) = error.value.report.comparisons
    assert found.index == (1,)
    assert found.kinks == ((0,),)


def test_kinks_in_a_group():
    x = np.random.default_rng(0).uniform(0.5, 1.0, (40, 30))
    x[3, 4] = x[20, 20] = x[39, 29] = 0
    report = ag.check_gradients(lambda x: np.maximum(x, 0), x, order=1, samples=20)
    assert report.kinks == {"input 0": ((3, 4), (20, 20), (39, 29))}
    assert report.comparisons[0].checked == x.size


def test_kinks_everywhere_end_the_search():
    report = ag.check_gradients(lambda x: np.maximum(x, 0), np.zeros(30_000), order=1, samples=10)
    found = report.comparisons[0]
    assert report.passed
    assert 0 < found.checked < found.size
    assert f"around kinks {found.size - found.checked} entries could not be compared" in str(report)


def test_values_that_drown_the_change():
    with pytest.raises(ag.GradientError, match=r"may be off by .* Subtract a constant"):
        ag.check_gradients(lambda x: 1e13 + np.sin(x), np.array([1.0]), order=1)


def test_infinite_results_that_do_not_change_count_for_nothing():
    mask = np.array([True, False])
    with np.errstate(divide="ignore"):
        report = ag.check_gradients(
            lambda x: np.where(mask, x, np.inf) * 2, np.array([1.0, 2.0]), order=1
        )
    assert report.comparisons[0].verdict == "ok"
