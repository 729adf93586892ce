"""The checker itself: it passes right gradients and catches wrong ones."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag


def operation(rule):
    """x**3 with a rule of one's own."""

    @ag.primitive
    def cube(x):
        return x**3

    ag.gradient(cube, rule)
    return cube


def test_passes_a_right_rule():
    report = ag.check_gradients(operation(lambda g, y, x: g * 3 * x**2), np.array([1.0, -2.0]))
    assert report.passed
    assert [c.order for c in report.comparisons] == [1, 2]


def test_catches_a_wrong_first_derivative():
    with pytest.raises(ag.GradientError) as error:
        ag.check_gradients(operation(lambda g, y, x: g * 2 * x**2), np.array([[1.0], [-2.0]]))
    report = error.value.report
    assert not report.passed
    assert "WRONG" in str(error.value)
    worst = report.comparisons[0]
    assert worst.index == (1, 0)
    np.testing.assert_allclose(worst.analytic / worst.numeric, 2 / 3, rtol=1e-6)


def test_catches_a_rule_whose_second_derivative_is_wrong():
    """The rule reads a plain array: right to first order, a constant to the second."""

    def rule(g, y, x):
        slope = 3 * (x.data if isinstance(x, ag.Tensor) else x) ** 2
        return g * slope

    f = operation(rule)
    ag.check_gradients(f, np.array([2.0]), order=1)
    with pytest.raises(ag.GradientError) as error:
        ag.check_gradients(f, np.array([2.0]), order=2)
    assert [c.passed for c in error.value.report.comparisons] == [True, False]


def test_catches_a_nan():
    with pytest.raises(ag.GradientError):
        ag.check_gradients(operation(lambda g, y, x: g * np.nan), np.array([2.0]))


def test_catches_one_wrong_entry_among_many():
    def rule(g, y, x):
        mask = np.ones(x.shape)
        mask[3, 2] = 1.01
        return g * 3 * x**2 * mask

    with pytest.raises(ag.GradientError) as error:
        ag.check_gradients(operation(rule), np.ones((5, 4)), order=1)
    assert error.value.report.comparisons[0].index == (3, 2)


def test_several_outputs_and_structures():
    ag.check_gradients(lambda p: (p["a"] * p["b"], [np.sin(p["b"])]), {"a": 2.0, "b": np.ones(3)})


def test_closures_over_float32_weights():
    """Tensors are passed on as they are; their values come back bit for bit."""
    w = ag.Tensor(np.array([[0.3, -0.2]], np.float32), requires_grad=True, name="w")
    before = w.data
    kept = before.copy()
    report = ag.check_gradients(lambda w: np.tanh(w @ np.array([1.0, 2.0], np.float32)), w)
    assert w.data is before
    np.testing.assert_array_equal(before, kept)
    assert w.grad is None
    assert report.comparisons[0].name == "w"


def test_samples_a_large_input():
    report = ag.check_gradients(lambda x: np.sum(x**2), np.ones(5000), order=1, samples=20)
    found = report.comparisons[0]
    assert (found.checked, found.size, found.quotients) == (5000, 5000, 20)
    assert "5000/5000 by 20" in str(report)


def test_empty_input():
    report = ag.check_gradients(np.sum, np.zeros((0, 3)))
    assert report.passed
    assert report.comparisons[0].index is None


def test_values_are_restored_when_f_fails():
    w = ag.Tensor([1.0], requires_grad=True)
    calls = []

    def f(w):
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("stop")
        return w * 2

    with pytest.raises(RuntimeError, match="stop"):
        ag.check_gradients(f, w)
    assert w.tolist() == [1.0]


def test_bad_calls():
    with pytest.raises(ValueError, match="order is 1 or 2"):
        ag.check_gradients(np.sin, 1.0, order=3)
    with pytest.raises(TypeError, match="needs the inputs"):
        ag.check_gradients(np.sin)
    with pytest.raises(TypeError, match="floating-point"):
        ag.check_gradients(np.sin, 1)
    with pytest.raises(TypeError, match="no floating Tensor"):
        ag.check_gradients(lambda x: x > 0, 1.0)
