"""How the NumPy engine calls NumPy: small products, and warnings of a program."""

import numpy as np
import pytest

import autograd_lite as ag

RNG = np.random.default_rng(0)
MATRICES = [(2, 3, 4), (5, 16, 10), (32, 64, 33), (7, 7, 7)]
VECTORS = [(9, 1, 5), (33, 16, 1), (1, 7, 1), (1, 30, 8)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", MATRICES + VECTORS)
def test_small_products_have_the_bits_of_matmul(shape, dtype):
    n, k, m = shape
    a, b, c = (RNG.normal(size=s).astype(dtype) for s in ((n, k), (k, m), (n, m)))

    @ag.compile(engine="numpy")
    def f(a, b, c):
        a, b, c = np.tanh(a), np.tanh(b), np.tanh(c)
        return a @ b, np.transpose(a) @ c, c @ np.transpose(b), a @ np.transpose(a)

    a.flat[::3], b.flat[::4] = np.inf, -0.0
    b.flat[1::4] = np.nan
    x, y, z = np.tanh(a), np.tanh(b), np.tanh(c)
    assert f(a, b, c)[0].dtype == dtype
    assert f.source.count("np.dot(") >= (4 if min(shape) > 1 else 2)
    for found, expected in zip(f(a, b, c), (x @ y, x.T @ z, z @ y.T, x @ x.T), strict=True):
        np.testing.assert_array_equal(found.data, expected)


def test_a_product_that_goes_into_a_variable_of_other_order():
    w = ag.Variable(np.asfortranarray(RNG.normal(size=(3, 3))), name="w")
    start = w.data.copy()

    @ag.compile(engine="numpy")
    def f(x):
        w.assign(np.tanh(x) @ np.tanh(w))

    x = RNG.normal(size=(3, 3))
    f(x)
    np.testing.assert_allclose(w.data, np.tanh(x) @ np.tanh(start), rtol=1e-14)


@pytest.mark.parametrize("view", [np.transpose, lambda x: x[::-1], lambda x: x[:, ::-1]])
def test_products_with_views_of_arguments(view):
    f = ag.compile(lambda a, b: view(a) @ np.tanh(b), engine="numpy")
    a, b = RNG.normal(size=(2, 4, 4))
    np.testing.assert_array_equal(f(a, b).data, view(a) @ np.tanh(b))


def test_a_program_says_nothing_about_overflow_and_leaves_the_settings():
    f = ag.compile(lambda x: np.exp(x) - np.exp(x), engine="numpy")
    with np.errstate(all="raise"):
        before = np.geterr()
        assert np.isnan(f(np.array([1000.0])).data).all()
        assert np.geterr() == before
        with pytest.raises(FloatingPointError):
            np.exp(np.array([1000.0]))
