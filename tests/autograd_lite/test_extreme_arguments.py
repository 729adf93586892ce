"""Derivatives at arguments of every size, beside closed forms that mpmath computes to 60 digits.

A rule that reads the output loses what rounding took from it (tanh beyond 19 is 1); one that
squares its input leaves the range of numbers long before the derivative does.
"""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import autograd_lite as ag
from nn import activations

ALL = (-np.inf, np.inf)
UNIT = (-1.0, 1.0)


def root(x):
    """sqrt(1 - x^2)."""
    return mpmath.sqrt((1 - x) * (1 + x))


# name: (function, where it is defined, its first and second derivative)
SLOPES = {
    "sqrt": (np.sqrt, (0, np.inf), lambda x: 0.5 / mpmath.sqrt(x), None),
    "cbrt": (np.cbrt, ALL, lambda x: 1 / (3 * mpmath.cbrt(abs(x)) ** 2), None),
    "reciprocal": (np.reciprocal, ALL, lambda x: -1 / x**2, lambda x: 2 / x**3),
    "expm1": (np.expm1, ALL, mpmath.exp, mpmath.exp),
    "log1p": (np.log1p, (-1, np.inf), lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2),
    "arcsin": (np.arcsin, UNIT, lambda x: 1 / root(x), lambda x: x / root(x) ** 3),
    "arccos": (np.arccos, UNIT, lambda x: -1 / root(x), lambda x: -x / root(x) ** 3),
    "arctanh": (np.arctanh, UNIT, lambda x: 1 / root(x) ** 2, lambda x: 2 * x / root(x) ** 4),
    "arctan": (np.arctan, ALL, lambda x: 1 / (1 + x * x), lambda x: -2 * x / (1 + x * x) ** 2),
    "arcsinh": (
        np.arcsinh,
        ALL,
        lambda x: 1 / mpmath.sqrt(1 + x * x),
        lambda x: -x / mpmath.sqrt(1 + x * x) ** 3,
    ),
    "arccosh": (
        np.arccosh,
        (1, np.inf),
        lambda x: 1 / mpmath.sqrt((x - 1) * (x + 1)),
        lambda x: -x / mpmath.sqrt((x - 1) * (x + 1)) ** 3,
    ),
    "tanh": (
        np.tanh,
        ALL,
        lambda x: mpmath.sech(x) ** 2,
        lambda x: -2 * mpmath.tanh(x) * mpmath.sech(x) ** 2,
    ),
    "log_sigmoid": (activations.log_sigmoid, (-80, 80), lambda x: 1 / (1 + mpmath.exp(x)), None),
    "elu": (activations.elu, ALL, lambda x: mpmath.exp(min(x, 0)), None),
    "hypot": (
        lambda x: np.hypot(x, 1.0),
        ALL,
        lambda x: x / mpmath.sqrt(1 + x * x),
        None,
    ),
    "arctan2": (lambda x: np.arctan2(x, 1.0), ALL, lambda x: 1 / (1 + x * x), None),
    "logaddexp": (
        lambda x: np.logaddexp(x, 1.0),
        (-80, np.inf),
        lambda x: 1 / (1 + mpmath.exp(1 - x)),
        None,
    ),
}


def points(dtype, low, high):
    """Numbers of every exponent, and some close to 1, on both sides of it and of 0."""
    info = np.finfo(dtype)
    with np.errstate(over="ignore"):
        sizes = 2.0 ** np.linspace(info.minexp - 10, info.maxexp - 0.01, 50)
        ordinary = np.arange(0.5, 45, 4.25)
        close = 1 - 2.0 ** -np.arange(1.0, 50, 5)
        x = np.concatenate([sizes, ordinary, close, 2 - close]).astype(dtype)
    x = np.unique(np.concatenate([x, -x]))
    return x[(x > low) & (x < high) & (x != 0)]


def assert_exact(found, expected, dtype):
    """Close to the exact numbers, in units of their own size; subnormal ones to a few units."""
    info = np.finfo(dtype)
    smallest, largest = (mpmath.mpf(float(x)) for x in (info.smallest_subnormal, info.max))
    for x, exact in zip(found, expected, strict=True):
        if abs(exact) > largest / 8 and np.isinf(x):
            continue
        allowed = 50 * mpmath.mpf(float(info.eps)) * abs(exact) + 4 * smallest
        assert abs(mpmath.mpf(float(x)) - exact) <= allowed, (x, float(exact))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", SLOPES)
def test_slope_at_arguments_of_every_size(name, dtype):
    f, (low, high), first, second = SLOPES[name]
    x = points(dtype, low, high)
    with mpmath.workdps(60), np.errstate(all="ignore"):
        exact = [mpmath.mpf(float(v)) for v in x]
        slope = ag.grad(lambda x: np.sum(f(x)))
        assert_exact(slope(x), map(first, exact), dtype)
        if second is not None:
            bend = ag.grad(lambda x: np.sum(slope(x)))
            assert_exact(bend(x), map(second, exact), dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("ratio", [1.0, 0.75, 1e-3, 1e3])
@pytest.mark.parametrize("exponent", [0.999, 0.7, 0.3, -0.3, -0.7, -0.999, -1.02])
def test_angle_and_length_at_every_scale(exponent, ratio, dtype):
    """The slopes of hypot are a/r and b/r; of arctan2, b/r^2 and -a/r^2: the inputs' alone."""
    info = np.finfo(dtype)
    with np.errstate(over="ignore", under="ignore"):
        a = dtype(2.0 ** (exponent * info.maxexp * 0.99) / 1024)
        b = dtype(float(a) * ratio)
    with mpmath.workdps(60), np.errstate(all="ignore"):
        p, q = mpmath.mpf(float(a)), mpmath.mpf(float(b))
        r = mpmath.sqrt(p * p + q * q)
        if r == 0:
            return
        assert_exact(ag.grad(np.hypot, (0, 1))(a, b), (p / r, q / r), dtype)
        assert_exact(ag.grad(np.arctan2, (0, 1))(a, b), (q / r / r, -p / r / r), dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1), (1, 0)])
@pytest.mark.parametrize("size", [0.0, 1e4, 1e7])
def test_shares_of_logsumexp_do_not_depend_on_the_size(size, axis, dtype):
    """Adding a number to all inputs changes no share; 1e7 + 1 is a float32."""
    x = np.array([[0.0, 1.0], [3.0, 1.0]], dtype)
    small, large = (
        ag.grad(lambda x: np.sum(ag.logsumexp(x, axis=axis)))(x + dtype(shift))
        for shift in (0, size)
    )
    np.testing.assert_allclose(large, small, rtol=1e-6)
    np.testing.assert_allclose(np.sum(large, axis=axis), 1, rtol=1e-6)
    twice = ag.grad(lambda x: np.sum(ag.grad(lambda x: np.sum(ag.logsumexp(x, axis=axis)))(x) * x))
    assert np.isfinite(twice(x + dtype(size))).all()


@pytest.mark.parametrize(("f", "power"), [(np.logaddexp, np.exp), (np.logaddexp2, np.exp2)])
@pytest.mark.parametrize("size", [0.0, 1e6, 1e7])
def test_shares_of_logaddexp_do_not_depend_on_the_size(f, power, size):
    a, b = np.float32(size), np.float32(size + 1)
    expected = 1 / (1 + power(1.0))
    np.testing.assert_allclose(ag.grad(f, (0, 1))(a, b), [expected, 1 - expected], rtol=1e-6)


def test_shares_of_infinities():
    """Equal infinities share equally, in logsumexp as in logaddexp."""
    for x, expected in [
        ([-np.inf, -np.inf], [0.5, 0.5]),
        ([np.inf, 0.0], [1, 0]),
        ([np.inf, np.inf], [0.5, 0.5]),
        ([-np.inf, 3.0], [0, 1]),
    ]:
        np.testing.assert_array_equal(ag.grad(ag.logsumexp)(np.array(x)), expected)
        np.testing.assert_array_equal(ag.grad(np.logaddexp, (0, 1))(*x), expected)
    rows = np.array([[-np.inf, -np.inf], [0.0, -np.inf]])
    g = ag.grad(lambda x: np.sum(ag.logsumexp(x, axis=1), where=[False, True]))(rows)
    np.testing.assert_array_equal(g, [[0, 0], [1, 0]])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("exponent", [0.9, 0.6, -0.6, -0.9])
@pytest.mark.parametrize(
    "f",
    [
        np.linalg.norm,
        lambda x: np.sum(np.linalg.norm(x, axis=1)),
        np.std,
        lambda x: np.sum(np.std(x, axis=0, ddof=1)),
        lambda x: np.std(x, where=[[True, False, True]] * 2),
    ],
)
def test_norm_and_deviation_at_every_scale(f, exponent, dtype):
    """Their slopes do not depend on the scale of the inputs, although squares leave the range."""
    x = np.array([[3.0, 4.0, 1.0], [1.0, -2.0, 2.0]], dtype)
    scale = dtype(2.0 ** int(exponent * np.finfo(dtype).maxexp))
    rtol = 1e-5 if dtype is np.float32 else 1e-13
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(ag.grad(f)(x * scale), ag.grad(f)(x), rtol=rtol)


@pytest.mark.parametrize("value", [0.1, 1e8 / 3, 1e-300, 7.0])
@pytest.mark.parametrize("count", [2, 3, 7, 49])
def test_equal_values_have_no_deviation(value, count):
    """Also where their mean rounds to another number, so that the deviation is not 0."""
    x = np.full(count, value)
    np.testing.assert_array_equal(ag.grad(np.std)(x), 0)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, bool])
def test_logsumexp_of_integers_is_that_of_floats(dtype):
    x = np.array([[1, 0, 3], [1, 1, 0]], dtype)
    expected = np.log(np.sum(np.exp(x.astype(np.float64)), axis=1))
    for given in (x, ag.Tensor(x), x.tolist()):
        np.testing.assert_allclose(np.asarray(ag.logsumexp(given, axis=1)), expected, rtol=1e-15)
    np.testing.assert_allclose(ag.compile(lambda x: ag.logsumexp(x, axis=1))(x), expected)
