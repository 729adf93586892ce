"""check_derivative: gradients written by hand, in plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from autograd_lite.testing import GradientError, check_derivative

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.1, -0.3]])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def logistic_cost(w, b):
    return np.mean(np.log1p(np.exp(-(X @ w + b))))


def logistic_gradients(w, b):
    slope = -sigmoid(-(X @ w + b)) / len(X)
    return X.T @ slope, np.sum(slope)


W = np.array([0.3, -0.2, 0.1])


def test_gradient_of_a_number():
    assert check_derivative(lambda w: np.sum(w**3), lambda w: 3 * w**2, W).passed


def test_several_arguments():
    report = check_derivative(logistic_cost, logistic_gradients, W, 0.5)
    assert [c.name for c in report.comparisons] == ["input 0", "input 1"]
    assert [c.size for c in report.comparisons] == [3, 1]


def test_a_forgotten_mean_is_found():
    def forgotten(w, b):
        dw, db = logistic_gradients(w, b)
        return dw, db * len(X)

    with pytest.raises(GradientError) as error:
        check_derivative(logistic_cost, forgotten, W, 0.5)
    right, wrong = error.value.report.comparisons
    assert right.passed
    assert not wrong.passed
    np.testing.assert_allclose(wrong.analytic / wrong.numeric, 2, rtol=1e-6)


def test_structures():
    report = check_derivative(
        lambda p: p["a"] @ p["b"], lambda p: {"b": p["a"], "a": p["b"]}, {"a": W, "b": 2 * W}
    )
    assert report.passed


def test_elementwise():
    report = check_derivative(sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x)), X)
    worst = report.comparisons[0]
    s = sigmoid(X[worst.index])
    np.testing.assert_allclose(worst.numeric, s * (1 - s), rtol=1e-8)  # not weighed at random


def test_elementwise_derivative_of_what_is_not():
    with pytest.raises(ValueError, match=r"a Jacobian, of shape \(3, 3\)"):
        check_derivative(softmax, lambda x: softmax(x) * (1 - softmax(x)), W)


def test_jacobian():
    def jacobian(x):
        s = softmax(x)
        return np.diag(s) - np.outer(s, s)

    check_derivative(softmax, jacobian, W)
    check_derivative(lambda x: x @ np.ones((3, 2)), lambda x: np.ones((2, 3)), W)
    with pytest.raises(GradientError, match=r"df\[\d, \d\] is .*, the difference "):
        check_derivative(softmax, lambda x: np.diag(softmax(x)), W)
    with pytest.raises(GradientError):  # transposed, though square
        check_derivative(lambda x: np.array([x[1], 2.0, x[0] * x[2]]), lambda x: np.array(
            [[0, 0, x[2]], [1.0, 0, 0], [0, 0, x[0]]]), W)  # fmt: skip


def test_the_wrong_element_of_a_jacobian_is_named():
    def wrong(x):
        s = softmax(x)
        jacobian = np.diag(s) - np.outer(s, s)
        jacobian[2, 0] *= -1
        return jacobian

    s = softmax(W)
    with pytest.raises(GradientError, match=rf"df\[2, 0\] is {str(s[0] * s[2])[:7]}"):
        check_derivative(softmax, wrong, W)


def test_x_is_not_changed():
    x = W.copy()
    check_derivative(lambda w: np.sum(w**2), lambda w: 2 * w, x)
    np.testing.assert_array_equal(x, W)


def test_views_of_x():
    check_derivative(lambda x: x.T, lambda x: np.ones_like(x), np.ones((2, 2))[:1, :1])
    check_derivative(lambda x: x, np.ones_like, X)


def test_kinks():
    report = check_derivative(lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0, X * (X != 0.1))
    assert report.kinks == {"input 0": ((1, 1),)}


def test_float32_functions():
    def f(x):
        return np.sum(np.sin(x.astype(np.float32)))

    report = check_derivative(f, np.cos, W)
    assert report.rtol == 2e-3


@pytest.mark.parametrize(
    ("f", "df", "x", "error", "message"),
    [
        (
            np.sum,
            lambda x: np.ones(2),
            W,
            ValueError,
            r"df returned shape \(2,\) .* Expected \(3,\)",
        ),
        (np.sin, lambda x: np.ones((3, 2)), W, ValueError, r"or \(3, 3\) for a Jacobian"),
        (np.sum, lambda x: (x, x), W, ValueError, "structure of f's arguments"),
        (np.sum, np.ones_like, np.arange(3), TypeError, r"with a point \(3\.0\)"),
        (np.argmax, np.ones_like, W, TypeError, "f returns int64"),
        (
            lambda x: np.random.default_rng().normal() * x,
            np.ones_like,
            W,
            ValueError,
            "different results for the same inputs",
        ),
    ],
)
def test_bad_calls(f, df, x, error, message):
    with pytest.raises(error, match=message):
        check_derivative(f, df, x)


def test_needs_an_x():
    with pytest.raises(TypeError, match="needs the x"):
        check_derivative(np.sin, np.cos)


def test_large_inputs():
    x = np.random.default_rng(0).normal(size=(200, 100))

    def wrong(x):
        d = np.cos(x)
        d[150, 70] *= 1.1
        return d

    assert check_derivative(np.sin, np.cos, x).comparisons[0].quotients == 200
    with pytest.raises(GradientError) as error:
        check_derivative(np.sin, wrong, x)
    assert error.value.report.comparisons[0].index == (150, 70)
