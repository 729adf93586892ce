"""Triangular, banded and Sylvester's equations, functions of matrices, convolution, odeint."""

from __future__ import annotations

import numpy as np
import pytest

scipy_linalg = pytest.importorskip("scipy.linalg", reason="SciPy is not installed")
linalg = pytest.importorskip("autograd_lite.scipy.linalg")

import scipy.integrate  # noqa: E402
import scipy.signal  # noqa: E402

import autograd_lite as ag  # noqa: E402
from autograd_lite.scipy.integrate import odeint  # noqa: E402
from autograd_lite.scipy.signal import convolve  # noqa: E402

RANDOM = np.random.default_rng(4)
A = RANDOM.normal(size=(3, 3)) + 3 * np.eye(3)
B, Q = RANDOM.normal(size=(2, 2)) + 2 * np.eye(2), RANDOM.normal(size=(3, 2))


@pytest.mark.parametrize("unit_diagonal", [False, True])
@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("trans", [0, 1, "N", "T", "C"])
@pytest.mark.parametrize("b", [Q[:, 0], Q])
def test_solve_triangular(b, trans, lower, unit_diagonal):
    def solve(a, b):
        return linalg.solve_triangular(a, b, trans, lower, unit_diagonal)

    expected = scipy_linalg.solve_triangular(A, b, trans, lower, unit_diagonal)
    np.testing.assert_array_equal(solve(A, b), expected)
    ag.check_gradients(solve, A, b, order=2)


def test_solve_triangular_refuses_stacks():
    with pytest.raises(ValueError, match=r"np\.linalg\.solve takes stacks"):
        linalg.solve_triangular(np.stack([A, A]), Q)
    with pytest.raises(np.linalg.LinAlgError):
        linalg.solve_triangular(np.zeros((3, 3)), Q)


def test_matrix_functions():
    positive = A @ A.T
    np.testing.assert_allclose(linalg.sqrtm(positive), scipy_linalg.sqrtm(positive), rtol=1e-12)
    np.testing.assert_allclose(linalg.expm(A), scipy_linalg.expm(A), rtol=1e-12)
    ag.check_gradients(linalg.sqrtm, positive, order=2)
    ag.check_gradients(linalg.expm, A / 3, order=2)
    ag.check_gradients(linalg.solve_sylvester, A, B, Q, order=2)
    with pytest.raises(TypeError, match="a complex root"):
        linalg.sqrtm(-np.eye(2))


@pytest.mark.parametrize("l_and_u", [(1, 1), (2, 1), (0, 2), (1, 0), (0, 0)])
def test_solve_banded(l_and_u):
    ab = RANDOM.normal(size=(sum(l_and_u) + 1, 5))
    ab[l_and_u[1]] += 4
    for b in (RANDOM.normal(size=5), RANDOM.normal(size=(5, 2))):
        expected = scipy_linalg.solve_banded(l_and_u, ab, b)
        np.testing.assert_array_equal(linalg.solve_banded(l_and_u, ab, b), expected)
        ag.check_gradients(lambda ab, b: linalg.solve_banded(l_and_u, ab, b), ab, b, order=2)


def test_float32_is_kept():
    a, b, q = (x.astype(np.float32) for x in (A, B, Q))
    assert linalg.solve_triangular(a, q).dtype == np.float32
    assert linalg.solve_sylvester(a, b, q).dtype == np.float32
    slopes = ag.grad(lambda a, b, q: np.sum(linalg.solve_sylvester(a, b, q)), (0, 1, 2))(a, b, q)
    assert {x.dtype.name for x in slopes} == {"float32"}
    assert ag.grad(lambda a: np.sum(linalg.expm(a)))(a).dtype == np.float32


def test_compiled_linear_algebra():
    def loss(a, q):
        return np.sum(linalg.solve_triangular(a, linalg.solve_sylvester(a, B, q)) ** 2)

    step = ag.compile(lambda a, q: ag.grad(loss, (0, 1))(a, q))
    for scale in (1.0, 1.1):
        expected = ag.grad(loss, (0, 1))(scale * A, Q)
        for got, e in zip(step(scale * A, Q), expected, strict=True):
            np.testing.assert_allclose(got, e, rtol=1e-12)


def test_names_that_are_numpys():
    with pytest.raises(AttributeError, match=r"no solve: write np\.linalg\.solve"):
        linalg.solve  # noqa: B018
    with pytest.raises(AttributeError, match=r"scipy\.linalg\.logm has no derivative here"):
        linalg.logm  # noqa: B018


# -- convolution -----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize(
    ("a", "b"),
    [((7,), (3,)), ((3,), (7,)), ((4,), (4,)), ((6,), (4,)), ((5, 6), (2, 3)), ((3, 2), (5, 4))],
)  # fmt: skip
def test_convolve(a, b, mode):
    a, b = RANDOM.normal(size=a), RANDOM.normal(size=b)
    expected = scipy.signal.convolve(a, b, mode=mode)
    np.testing.assert_allclose(convolve(a, b, mode=mode), expected, rtol=1e-10, atol=1e-12)
    ag.check_gradients(lambda a, b: convolve(a, b, mode=mode), a, b, order=2)


def test_convolution_of_many_images_with_many_filters():
    images, filters = RANDOM.normal(size=(2, 3, 5, 6)), RANDOM.normal(size=(3, 4, 2, 3))
    expected = [
        [
            sum(scipy.signal.convolve(x[c], filters[c, f], "valid") for c in range(3))
            for f in range(4)
        ]
        for x in images
    ]
    axes, dot_axes = ([2, 3], [2, 3]), ([1], [0])
    np.testing.assert_allclose(convolve(images, filters, axes, dot_axes, "valid"), expected)
    swapped = convolve(filters, images, ([2, -1], [2, -1]), ([0], [1]), "valid")
    np.testing.assert_allclose(swapped, np.swapaxes(expected, 0, 1))


def test_convolutions_that_do_not_fit():
    with pytest.raises(ValueError, match="mode is 'full', 'same' or 'valid'"):
        convolve(np.ones(3), np.ones(2), mode="wrap")
    with pytest.raises(ValueError, match="at least as long as the other"):
        convolve(np.ones((3, 2)), np.ones((2, 3)), mode="valid")
    with pytest.raises(ValueError, match="say which are convolved"):
        convolve(np.ones((3, 2)), np.ones(3))
    with pytest.raises(ValueError, match="as many axes of A as of B"):
        convolve(np.ones((3, 2)), np.ones(3), axes=([0, 1], [0]))


# -- differential equations ------------------------------------------------------------------------

TIMES = np.array([0.0, 0.4, 1.0])
EXACT = {"rtol": 1e-11, "atol": 1e-11}


def slope(y, t, w, parameters):
    return np.tanh(w @ y) + t * parameters["b"]


def test_odeint():
    y0, w, b = np.array([0.3, -0.2]), RANDOM.normal(size=(2, 2)), np.array([0.1, 0.2])
    expected = scipy.integrate.odeint(slope, y0, TIMES, (w, {"b": b}))
    np.testing.assert_array_equal(odeint(slope, y0, TIMES, (w, {"b": b})), expected)

    def solution(y0, t, w, b):
        return odeint(slope, y0, t, (w, {"b": b}), **EXACT)

    ag.check_gradients(solution, y0, TIMES, w, b, order=2)


def test_odeint_by_its_formula():
    """y = y0 e^(-rate t): slopes e^(-rate t), -rate y0 e^(-rate t) and -t y0 e^(-rate t)."""

    def last(y0, t, rate):
        return odeint(lambda y, t, rate: [-rate * y[0]], y0, t, (rate,), **EXACT)[-1, 0]

    by_start, by_times, by_rate = ag.grad(last, (0, 1, 2))(3.0, TIMES, 2.0)
    e = np.exp(-2.0)
    np.testing.assert_allclose(by_start, e, rtol=1e-8)
    np.testing.assert_allclose(by_times, [6 * e, 0.0, -6 * e], rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(by_rate, -3 * e, rtol=1e-8)
    np.testing.assert_allclose(ag.grad(ag.grad(last, 2), 2)(3.0, TIMES, 2.0), 3 * e, rtol=1e-7)


def test_one_time_alone():
    assert ag.grad(lambda y0: odeint(lambda y, t: -y, y0, np.array([0.5]))[0, 0])(3.0) == 1.0


def test_odeint_refuses():
    w = np.eye(2)
    with pytest.raises(TypeError, match=r"pass it among args, args=\(w,\)"):
        ag.grad(lambda w: np.sum(odeint(lambda y, t: w @ y, np.ones(2), TIMES)))(w)
    with pytest.raises(TypeError, match="does not take full_output="):
        odeint(lambda y, t: -y, 1.0, TIMES, full_output=True)
    with pytest.raises(ag.TracingError, match="as many steps as the values need"):
        ag.compile(lambda y0: odeint(lambda y, t: -y, y0, TIMES))(np.ones(2))
