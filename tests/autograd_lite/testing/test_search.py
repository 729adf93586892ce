"""Large inputs: every entry takes part in a random projection; halving finds the wrong one."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag


def scaled_cube(factors):
    """x**3, with a gradient that is `factors` times the right one."""

    @ag.primitive
    def cube(x):
        return x**3

    ag.gradient(cube, lambda g, y, x: g * 3 * x**2 * factors)
    return cube


@pytest.mark.parametrize("samples", [7, 200, 2999])
@pytest.mark.parametrize("entry", [(0, 0), (59, 49), (17, 33)])
def test_one_wrong_entry_among_thousands(samples, entry):
    x = np.random.default_rng(1).uniform(0.5, 2.0, (60, 50))
    factors = np.ones(x.shape)
    factors[entry] = 1.01
    with pytest.raises(ag.GradientError) as error:
        ag.check_gradients(lambda x: np.sum(scaled_cube(factors)(x)), x, order=1, samples=samples)
    (found,) = error.value.report.comparisons
    assert found.index == entry
    np.testing.assert_allclose(found.analytic, 3 * x[entry] ** 2 * 1.01, rtol=1e-10)
    np.testing.assert_allclose(found.numeric, 3 * x[entry] ** 2, rtol=1e-7)


def test_the_worst_of_several():
    x = np.random.default_rng(1).uniform(0.5, 2.0, (60, 50))
    factors = np.ones(x.shape)
    factors[3, 4], factors[50, 20], factors[50, 21] = 1.001, 3.0, 1.002
    with pytest.raises(ag.GradientError) as error:
        ag.check_gradients(scaled_cube(factors), x, order=1, samples=30)
    assert error.value.report.comparisons[0].index == (50, 20)


def test_errors_of_one_size_and_both_signs_do_not_cancel():
    x = np.ones(1000)
    factors = np.where(np.arange(1000) % 2, 1.01, 0.99)
    for seed in range(5):
        with pytest.raises(ag.GradientError):
            ag.check_gradients(scaled_cube(factors), x, order=1, samples=3, seed=seed)


def test_right_gradients_pass_whatever_the_seed():
    """Terms of both signs cancel in a projection, their errors do not."""
    random = np.random.default_rng(2)
    x = np.exp(random.normal(size=(40, 40)) * 4)
    for seed in range(10):
        report = ag.check_gradients(
            lambda x: np.log(x) * np.sin(x), x, order=1, samples=10, seed=seed
        )
        assert report.comparisons[0].quotients == 10
    ag.check_gradients(np.tanh, random.normal(size=(50, 50)).astype(np.float32), samples=10)


def test_the_seed_decides():
    x = np.linspace(0.1, 1, 500)
    a, b, c = (
        ag.check_gradients(np.exp, x, samples=20, seed=seed).comparisons for seed in (1, 1, 2)
    )
    assert a == b
    assert a != c


def test_few_calls_of_the_function():
    calls = []

    def f(x):
        calls.append(1)
        return np.sum(x**2)

    ag.check_gradients(f, np.ones(10_000), order=1, samples=50)
    assert len(calls) < 200


def test_non_contiguous_inputs_are_checked_and_restored():
    whole = np.random.default_rng(0).normal(size=(6, 8))
    w = ag.Tensor(whole[::2, ::-1].T, requires_grad=True, name="w")
    w.data = whole[::2, ::-1].T
    before = w.data
    ag.check_gradients(lambda w: np.sin(w), w)
    assert w.data is before


def test_precision_inside():
    """A cast to float32 on the way makes differences coarse; the report says so."""
    report = ag.check_gradients(lambda x: np.sin(x.astype(np.float32)), np.array([0.3, 1.0]))
    assert "f computes in float32 internally" in str(report)
    assert report.rtol == 2e-3
    report = ag.check_gradients(np.sin, np.array([0.3, 1.0], np.float32))
    assert (report.rtol, report.atol) == (1e-4, 1e-5)


def test_random_functions_are_refused():
    random = np.random.default_rng(0)
    with pytest.raises(ValueError, match="different results for the same inputs"):
        ag.check_gradients(lambda x: x * random.normal(), np.ones(2))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": 0}, "samples must be an integer"),
        ({"samples": 2.5}, "samples must be an integer"),
        ({"rtol": -1}, "rtol must be a number >= 0"),
        ({"atol": np.nan}, "atol must be a number >= 0"),
        ({"order": 3}, "order is 1 or 2"),
    ],
)
def test_options_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        ag.check_gradients(np.sin, np.ones(2), **options)
