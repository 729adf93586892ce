"""Densities and distribution functions: SciPy's values, differences, and supports."""

from __future__ import annotations

import numpy as np
import pytest

scipy_stats = pytest.importorskip("scipy.stats", reason="SciPy is not installed")
stats = pytest.importorskip("autograd_lite.scipy.stats")

import autograd_lite as ag  # noqa: E402
from autograd_lite.scipy.special import softmax  # noqa: E402

RANDOM = np.random.default_rng(2)
X = np.array([-0.4, 1.3, 0.6])
Q = np.array([0.1, 0.45, 0.8])
LOC, SCALE = np.array([0.3, -0.2, 0.1]), np.array([1.3, 0.5, 2.0])
SHAPE, OTHER = np.array([2.4, 1.0, 5.0]), np.array([0.3, 1.2, 4.1])
ABOVE = LOC + SCALE * np.array([0.3, 2.0, 4.0])
INSIDE = LOC + SCALE * np.array([0.2, 0.5, 0.9])
DENSITIES = ["logpdf", "pdf"]
INTEGRALS = ["cdf", "logcdf", "logsf", "sf"]

# Distribution, function, arguments, and the positions of those that are differentiated by.
CASES = [
    *(("norm", name, (X, LOC, SCALE), (0, 1, 2)) for name in [*DENSITIES, *INTEGRALS]),
    *(("norm", name, (Q, LOC, SCALE), (0, 1, 2)) for name in ["ppf", "isf"]),
    *(("t", name, (X, SHAPE, LOC, SCALE), (0, 1, 2, 3)) for name in DENSITIES),
    *(("t", name, (X, SHAPE, LOC, SCALE), (0, 2, 3)) for name in INTEGRALS),
    *(
        (d, n, (ABOVE, SHAPE, LOC, SCALE), (0, 1, 2, 3))
        for d in ("gamma", "chi2")
        for n in DENSITIES
    ),
    *((d, n, (ABOVE, SHAPE, LOC, SCALE), (0, 2, 3)) for d in ("gamma", "chi2") for n in INTEGRALS),
    *(("beta", n, (INSIDE, SHAPE, OTHER, LOC, SCALE), (0, 1, 2, 3, 4)) for n in DENSITIES),
    *(("beta", n, (INSIDE, SHAPE, OTHER, LOC, SCALE), (0, 3, 4)) for n in INTEGRALS),
    *(
        ("poisson", n, (np.array([0, 1, 5, -1, 2]), np.array([2.4, 1.0, 5.0, 0.2, 1.0])), (1,))
        for n in ["logpmf", "pmf", "cdf", "sf"]
    ),
]
every_case = pytest.mark.parametrize(
    ("distribution", "name", "args", "chosen"), CASES, ids=[f"{d}.{n}" for d, n, _, _ in CASES]
)


def function(distribution, name):
    return getattr(getattr(stats, distribution), name)


@every_case
def test_values_are_scipys(distribution, name, args, chosen):
    expected = getattr(getattr(scipy_stats, distribution), name)(*args)
    np.testing.assert_allclose(
        function(distribution, name)(*args), expected, rtol=1e-11, atol=1e-15
    )


@every_case
def test_gradients_to_second_order(distribution, name, args, chosen):
    def of_chosen(*values):
        every = list(args)
        for i, value in zip(chosen, values, strict=True):
            every[i] = value
        return function(distribution, name)(*every)

    ag.check_gradients(of_chosen, *(args[i] for i in chosen), order=2)


@every_case
def test_float32_is_kept(distribution, name, args, chosen):
    single = [x.astype(np.float32) if x.dtype.kind == "f" else x for x in args]
    leaves = [ag.Tensor(x, requires_grad=True) if i in chosen else x for i, x in enumerate(single)]
    y = function(distribution, name)(*leaves)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y.data, function(distribution, name)(*args), rtol=2e-4, atol=1e-6)
    assert function(distribution, name)(single[0], *(2.0 for _ in single[1:])).dtype == (
        np.float64 if distribution == "poisson" else np.float32
    )


@every_case
def test_compiled(distribution, name, args, chosen):
    f = function(distribution, name)
    slope = ag.grad(lambda *a: np.sum(np.where(np.isfinite(f(*a)), f(*a), 0)), argnums=chosen)
    if distribution == "poisson":
        step = ag.compile(lambda mu: slope(args[0], mu))
        np.testing.assert_array_equal(step(args[1])[0], slope(*args)[0])
        return
    step = ag.compile(lambda *a: slope(*a))
    for got, expected in zip(step(*args), slope(*args), strict=True):
        np.testing.assert_array_equal(got, expected)


# -- supports and parameters -----------------------------------------------------------------------

OUTSIDE = [
    ("gamma", (np.array([-1.0, 0.0, np.nan, np.inf]), 2.0)),
    ("gamma", (np.array([-1.0, 0.0, 1.0]), 1.0)),
    ("chi2", (np.array([-1.0, 0.0, 3.0]), 4.0)),
    ("beta", (np.array([-0.1, 0.0, 1.0, 1.1, np.nan]), 1.0, 2.0)),
    ("norm", (np.array([-np.inf, np.inf, np.nan, -40.0, 40.0]),)),
    ("t", (np.array([-np.inf, np.inf, np.nan, -1e10]), 2.0)),
]


@pytest.mark.parametrize("name", ["logpdf", "pdf", "cdf", "sf", "logcdf", "logsf"])
@pytest.mark.parametrize(("distribution", "args"), OUTSIDE)
def test_outside_of_the_support(distribution, args, name):
    with np.errstate(all="ignore"):
        expected = getattr(getattr(scipy_stats, distribution), name)(*args)
        got = function(distribution, name)(*args)
    np.testing.assert_allclose(got, expected, rtol=1e-11)


@pytest.mark.parametrize("name", ["pmf", "cdf", "sf"])
def test_poisson_between_whole_numbers(name):
    k = np.array([2.5, -0.5, 3.0])
    expected = getattr(scipy_stats.poisson, name)(k, 1.5)
    np.testing.assert_allclose(function("poisson", name)(k, 1.5), expected, rtol=1e-12)
    assert float(stats.poisson.pmf(0, 0.0)) == 1.0


def test_poisson_has_no_derivative_by_k():
    with pytest.raises(TypeError, match="no derivative by k, a whole number"):
        ag.grad(lambda k: stats.poisson.logpmf(k, 2.0))(3.0)


@pytest.mark.parametrize(
    ("distribution", "args"),
    [("norm", (0.5, 0.0, -1.0)), ("t", (0.5, -2.0)), ("gamma", (0.5, 0.0)), ("chi2", (0.5, -1.0)),
     ("beta", (0.5, 1.0, 0.0)), ("norm", (0.5, 0.0, 0.0))],
)  # fmt: skip
@pytest.mark.parametrize("name", ["logpdf", "pdf", "cdf", "sf"])
def test_parameters_that_are_not_positive_give_nan(distribution, args, name):
    assert np.isnan(function(distribution, name)(*args))


def test_far_out():
    """log Phi(-40) by its asymptotic series; a t density of many degrees of freedom is normal."""
    np.testing.assert_allclose(stats.norm.logcdf(-40.0), -804.608442013754, rtol=1e-14)
    np.testing.assert_allclose(stats.t.logpdf(1.0, 1e15), stats.norm.logpdf(1.0), rtol=1e-12)


# -- several dimensions ----------------------------------------------------------------------------

MEAN, POINTS = RANDOM.normal(size=3), RANDOM.normal(size=(4, 3))
ROOT = RANDOM.normal(size=(3, 3)) + 2 * np.eye(3)
COV = ROOT @ ROOT.T
SINGULAR = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 2.0]])


@pytest.mark.parametrize("name", ["logpdf", "pdf"])
@pytest.mark.parametrize(
    "args",
    [(POINTS, MEAN, COV), (POINTS[0], MEAN, COV), (POINTS, MEAN, 2.0),
     (POINTS, MEAN, [1.0, 2.0, 3.0]), (POINTS.reshape(2, 2, 3), MEAN, COV),
     (POINTS[:, 0], 1.0, 2.0), (0.3, 1.0, 2.0), (0.3,)],
)  # fmt: skip
def test_multivariate_normal(name, args):
    expected = getattr(scipy_stats.multivariate_normal, name)(*args)
    got = function("multivariate_normal", name)(*args)
    assert np.shape(got) == np.shape(expected)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize("allow_singular", [False, True])
def test_gradients_of_multivariate_normal(allow_singular):
    def logpdf(x, mean, root):
        return stats.multivariate_normal.logpdf(x, mean, root @ root.T, allow_singular)

    ag.check_gradients(logpdf, POINTS, MEAN, ROOT, order=2)
    ag.check_gradients(
        lambda s: stats.multivariate_normal.pdf(POINTS, MEAN, s), np.array(1.5), order=2
    )


def test_entropy_of_multivariate_normal():
    expected = scipy_stats.multivariate_normal.entropy(MEAN, COV)
    np.testing.assert_allclose(stats.multivariate_normal.entropy(MEAN, COV), expected, rtol=1e-12)
    ag.check_gradients(lambda r: stats.multivariate_normal.entropy(MEAN, r @ r.T), ROOT, order=2)


def test_a_singular_covariance():
    points = np.array([[1.0, 1.0, 2.0], [1.0, 2.0, 3.0]])
    expected = scipy_stats.multivariate_normal.logpdf(points, np.zeros(3), SINGULAR, True)
    got = stats.multivariate_normal.logpdf(points, np.zeros(3), SINGULAR, allow_singular=True)
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    with pytest.raises(np.linalg.LinAlgError, match="allow_singular=True"):
        stats.multivariate_normal.logpdf(points, np.zeros(3), SINGULAR)
    with pytest.raises(np.linalg.LinAlgError, match="negative eigenvalue"):
        stats.multivariate_normal.logpdf(points, np.zeros(3), -SINGULAR, allow_singular=True)


def test_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"cov must be of shape \(3, 3\)"):
        stats.multivariate_normal.logpdf(POINTS, MEAN, np.eye(2))
    with pytest.raises(ValueError, match="x must end with 3 coordinates"):
        stats.multivariate_normal.logpdf(POINTS[:, :2], MEAN, COV)
    with pytest.raises(ValueError, match=r"alpha of shape \(2,\) and x of shape \(4,\)"):
        stats.dirichlet.logpdf([0.25] * 4, [1.0, 1.0])


P, ALPHA = np.array([0.2, 0.3, 0.5]), np.array([1.0, 2.0, 3.5])


@pytest.mark.parametrize("x", [P, P[:2], np.stack([P, P[::-1]], axis=1), [0.0, 0.5, 0.5]])
@pytest.mark.parametrize("name", ["logpdf", "pdf"])
def test_dirichlet(name, x):
    expected = getattr(scipy_stats.dirichlet, name)(x, ALPHA)
    np.testing.assert_allclose(function("dirichlet", name)(x, ALPHA), expected, rtol=1e-12)


def test_gradients_of_dirichlet():
    ag.check_gradients(lambda z, a: stats.dirichlet.logpdf(softmax(z), a), P, ALPHA, order=2)
    with pytest.raises(ValueError, match="sum to 1"):
        stats.dirichlet.logpdf([0.5, 0.6, 0.5], ALPHA)


def test_names_that_are_not_here():
    with pytest.raises(AttributeError, match=r"scipy\.stats\.expon has no derivative here"):
        stats.expon  # noqa: B018
