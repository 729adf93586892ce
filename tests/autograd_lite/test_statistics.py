"""Statistics and functions of samples beside NumPy: every dtype, empty, 0-d, NaN, refusals."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag
from tests.autograd_lite.as_numpy import assert_as_numpy, outcome
from tests.autograd_lite.rule_cases.statistics import METHODS

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

RANDOM = np.random.default_rng(5)
X = RANDOM.permutation(24).reshape(2, 3, 4) * 0.37 - 2
GAPS = np.where(RANDOM.uniform(size=X.shape) < 0.3, np.nan, X)
GAPS[:, 1, 2] = np.nan  # a slice without a number
WEIGHTS = RANDOM.uniform(0.1, 1, size=X.shape)
every_dtype = pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i8", "i1", "u1", "?"])


def arrays(dtype):
    with np.errstate(all="ignore"):
        x = X.astype(dtype)
    yield from (x, x[0, 0], x[:, :0], x[0, 0, 0], x[..., 0].T)
    if x.dtype.kind == "f":
        yield GAPS.astype(dtype)
        yield np.array(np.nan, dtype)


@every_dtype
@pytest.mark.parametrize("method", METHODS)
def test_quantiles(method, dtype):
    for x in arrays(dtype):
        for q, axis, keepdims in [
            (0.3, None, False),
            ([0.0, 0.25, 0.5, 1.0], 0, True),
            (np.float32(0.4), -1, False),
            (1, (0, 1), False),
        ]:
            for function in (np.quantile, np.nanquantile):
                assert_as_numpy(
                    lambda a, f=function, q=q, i=axis, k=keepdims: f(
                        a, q, i, None, False, method, k
                    ),
                    x,
                )
        assert_as_numpy(lambda a: np.percentile(a, [5, 70.5], method=method), x)


@pytest.mark.parametrize("function", [np.quantile, np.nanquantile])
@pytest.mark.parametrize("x", [X, GAPS, X.astype("f4"), X.astype(int)], ids="f8 nan f4 i8".split())
def test_weighted_quantiles(function, x):
    for weights, axis in [(WEIGHTS, None), (WEIGHTS, (2, 0)), ([0, 1.5, 0.5], 1)]:
        weights = np.broadcast_to(np.reshape(weights, (3, 1)), X.shape) if axis == 1 else weights
        assert_as_numpy(
            lambda a, w=weights, i=axis: function(
                a, [0, 0.3, 1.0], i, weights=w, method="inverted_cdf"
            ),
            x,
        )


@every_dtype
@pytest.mark.parametrize("function", [np.median, np.nanmedian])
def test_medians(function, dtype):
    for x in arrays(dtype):
        if x.ndim == 0:
            continue  # of a number NumPy gives a Python number, whatever its dtype
        for axis, keepdims in [(None, False), (0, True), (-1, False), (7, False)]:
            assert_as_numpy(lambda a, i=axis, k=keepdims: function(a, axis=i, keepdims=k), x)


REDUCTIONS = "sum prod mean var std min max cumsum cumprod argmin argmax".split()


@every_dtype
@pytest.mark.parametrize("name", REDUCTIONS)
def test_without_nan(name, dtype):
    function = getattr(np, f"nan{name}")
    for x in arrays(dtype):
        for axis in (None, 0, -1):
            assert_as_numpy(lambda a, i=axis: function(a, axis=i), x)
            if not name.startswith("cum"):
                assert_as_numpy(lambda a, i=axis: function(a, axis=i, keepdims=True), x)
    if name in ("var", "std"):
        for given in ({"ddof": 1}, {"correction": 3}, {"ddof": 1, "correction": 1}, {"mean": 0.5}):
            assert_as_numpy(lambda a, g=given: function(a, axis=0, **g), GAPS)


@every_dtype
def test_averages(dtype):
    x = X.astype(dtype)
    for weights in (None, WEIGHTS, WEIGHTS.astype("f4"), [1, 0, 2], WEIGHTS[:, 0], 0 * WEIGHTS):
        for axis, returned, keepdims in [
            (None, False, False),
            (1, True, True),
            ((0, 2), True, False),
            ((2, 0), False, True),
        ]:
            assert_as_numpy(
                lambda a, w=weights, i=axis, r=returned, k=keepdims: np.average(
                    a, i, w, r, keepdims=k
                ),
                x,
            )


@every_dtype
@pytest.mark.parametrize("function", [np.cov, np.corrcoef])
def test_covariances(function, dtype):
    for x in (X[0], X[0, 0], X[0, :1], X[0, :, :1], X, X[0, 0, 0]):
        x = x.astype(dtype)
        assert_as_numpy(function, x)
        assert_as_numpy(lambda a: function(a, rowvar=False), x)
        assert_as_numpy(lambda a: function(a, X[1]), x)
        assert_as_numpy(lambda a: function(a, X[1], rowvar=False), x)


@pytest.mark.parametrize(
    "given",
    [
        {"bias": True}, {"ddof": 0}, {"ddof": 9}, {"ddof": 1.5}, {"fweights": [1, 2, 0, 3]},
        {"aweights": [0.1, 0.5, 0.2, 1]}, {"fweights": [1, 2, 0, 3], "aweights": [1, 2, 3, 4.5]},
        {"fweights": [1.5, 2, 0, 3]}, {"fweights": [1, 2]}, {"aweights": [-1, 2, 1, 1]},
        {"dtype": "f4"},
    ],
)  # fmt: skip
def test_covariances_with_keywords(given):
    assert_as_numpy(lambda a: np.cov(a, **given), X[0])
    assert_as_numpy(lambda a: np.cov(a, X[1], **given), X[0])


@every_dtype
def test_running_sums_and_differences(dtype):
    for x in arrays(dtype):
        for axis in (0, -1, 5):
            for n in (0, 1, 2, 7, -1):
                assert_as_numpy(lambda a, n=n, i=axis: np.diff(a, n, i), x)
            assert_as_numpy(lambda a, i=axis: np.diff(a, 1, i, 0, 1), x)
            assert_as_numpy(lambda a, i=axis: np.unwrap(a, axis=i), x)
            assert_as_numpy(lambda a, i=axis: np.unwrap(a, axis=i, period=4), x)
        for ends in ((None, None), ([1, 2], 3), (1.5, None)):
            assert_as_numpy(lambda a, e=ends: np.ediff1d(a, *e), x)
        if hasattr(np, "cumulative_sum"):
            for function in (np.cumulative_sum, np.cumulative_prod):
                assert_as_numpy(function, x)
                assert_as_numpy(lambda a, f=function: f(a, axis=-1, include_initial=True), x)


@every_dtype
def test_slopes_and_areas(dtype):
    x = X[0].astype(dtype)
    for y in (x, x[0], x[:, :1], x[:, :0], x[0, 0]):
        assert_as_numpy(np.trapezoid, y)
        assert_as_numpy(lambda a: np.trapezoid(a, dx=0.5, axis=0), y)
        assert_as_numpy(np.gradient, y)
    assert_as_numpy(lambda a: np.trapezoid(a, [0.0, 1, 3, 4]), x)
    assert_as_numpy(lambda a: np.trapezoid(a, X[1], axis=0), x)
    if x.dtype != np.float16:  # whose rounding depends on the order of three terms
        for order in (1, 2, 3):
            assert_as_numpy(lambda a, o=order: np.gradient(a, 2.0, edge_order=o), x)
            assert_as_numpy(
                lambda a, o=order: np.gradient(a, [0, 1, 3, 4.5], axis=-1, edge_order=o), x
            )
    assert_as_numpy(lambda a: np.gradient(a, 2, 3, axis=0), x)
    assert_as_numpy(lambda a: np.gradient(a, [1, 2], axis=0), x)
    assert_as_numpy(lambda a: np.gradient(a, [[1, 2, 3, 4]], axis=1), x)


@pytest.mark.parametrize(
    "given",
    [{}, {"left": -7.0, "right": 9}, {"period": 3.0}, {"period": -3}, {"period": 0}],
)
def test_interpolation(given):
    points = np.array([-1, 0, 0.5, 1, 2.5, 4, 6, np.nan, np.inf, -np.inf])
    knots, heights = np.array([0.0, 1.0, 2.5, 4.0]), np.array([1.0, -1, 2, 5])
    assert_as_numpy(lambda x, p, f: np.interp(x, p, f, **given), points, knots, heights)
    assert_as_numpy(lambda x: np.interp(x, [1.0], [3.0], **given), points)
    assert_as_numpy(lambda x: np.interp(x, [], [], **given), points)
    assert_as_numpy(lambda x: np.interp(x, [1, 2], [1], **given), points)
    assert_as_numpy(lambda x: np.interp(x, knots, heights, **given), np.arange(5))
    assert_as_numpy(
        lambda x: np.interp(x, [0, 1, 2, 3], [1, np.inf, np.inf, 3], **given), points[:7]
    )


@every_dtype
@pytest.mark.parametrize("function", [np.convolve, np.correlate])
def test_convolutions(function, dtype):
    row = np.arange(-2.0, 5.0)
    for n, m in ((5, 3), (3, 5), (4, 4), (6, 2), (2, 6), (1, 1), (0, 2)):
        for mode in ("full", "same", "valid", "somehow"):
            assert_as_numpy(
                lambda a, b, k=mode: function(a, b, k),
                np.abs(row[:n]).astype(dtype), np.abs(row[-m:]).astype(dtype),
            )  # fmt: skip
    assert_as_numpy(lambda a: function(a, 2.0), np.array(3.0))
    assert_as_numpy(lambda a: function(a, [1, 2.0]), X[0])


@every_dtype
def test_polynomials(dtype):
    x = X[0].astype(dtype)
    assert_as_numpy(lambda p: np.polyval(p, X[0]), x[0])
    assert_as_numpy(lambda a: np.polyval([1, 2, 3], a), x)
    assert_as_numpy(lambda a: np.polyval([], a), x)
    for n in (None, 0, 1, 5):
        assert_as_numpy(lambda a, n=n: np.vander(a, n, True), x[0])
    assert_as_numpy(np.vander, x)
    for other in (X[0, 0], [2], [0, 0, 1, 2], 3.0):
        for function in (np.polyadd, np.polysub, np.polymul):
            assert_as_numpy(lambda p, f=function, o=other: f(p, o), x[0])
            assert_as_numpy(lambda p, f=function, o=other: f(o, p), np.trim_zeros(x[0]) * 0)
    if dtype != "?":
        assert_as_numpy(np.poly, x[0])
    for m in (0, 1, 3, 9, -1):
        assert_as_numpy(lambda p, m=m: np.polyder(p, m), x[0])
        assert_as_numpy(lambda p, m=m: np.polyint(p, m), x[0])
    assert_as_numpy(lambda p: np.polyint(p, 2, 1.5), x[0])
    assert_as_numpy(lambda p: np.polyint(p, 3, [1, 2]), x[0])


@pytest.mark.filterwarnings("ignore::numpy.exceptions.RankWarning")
def test_fitted_polynomials():
    x, y = np.array([-1.5, -0.5, 0.25, 1, 2.5]), np.array([1.0, -1, 0, 2, 3])
    for given in ({}, {"w": [1, 2, 3, 4, 5.0]}, {"rcond": 1e-3}, {"w": [1, 2]}, {"w": [[1]]}):
        for degree in (0, 2, 4, 6, -1):
            assert_as_numpy(lambda a, b, d=degree, g=given: np.polyfit(a, b, d, **g), x, y)
    assert_as_numpy(lambda a, b: np.polyfit(a, b, 1), x, np.stack([y, 2 * y], axis=1))
    assert_as_numpy(lambda a, b: np.polyfit(a, b, 1), x, y[:-1])
    assert_as_numpy(lambda a, b: np.polyfit(a, b, 1), x, np.array(1.0))


@every_dtype
def test_trimmed_and_counted(dtype):
    x = np.array([0, 0, 1, 0, 2, 0]).astype(dtype)
    for row in (x, x[:2], x[:0]):
        for trim in ("fb", "F", "b", "fx"):
            assert_as_numpy(lambda a, t=trim: np.trim_zeros(a, t), row)
    if np.__version__ >= "2.2":  # before, of vectors only
        assert_as_numpy(np.trim_zeros, x[0])
        assert_as_numpy(np.trim_zeros, x.reshape(2, 3))
        assert_as_numpy(lambda a: np.trim_zeros(a, axis=1), x.reshape(2, 3))
    assert_as_numpy(np.bincount, x)
    assert_as_numpy(lambda a: np.bincount(a, minlength=5), x)
    assert_as_numpy(lambda w: np.bincount([1, 1, 0, 2, 3, 1], w), x)
    assert_as_numpy(lambda w: np.bincount([1, 1], w), x)


class TestGradients:
    def test_of_a_fraction_is_the_distance_between_neighbours(self):
        """d/dq of the linear quantile of n values is (n - 1) times their distance."""
        slope = ag.grad(lambda q: np.quantile(np.array([1.0, 2.0, 5.0, 6.0]), q))(0.5)
        np.testing.assert_allclose(slope, 9.0)
        slope = ag.grad(lambda q: np.percentile(np.array([1.0, 2.0, 5.0]), q))(75.0)
        np.testing.assert_allclose(slope, 0.06)

    def test_of_what_is_no_number_is_zero(self):
        x = np.array([3.0, np.nan, 1.0, 2.0])
        for function, expected in {
            np.nanmedian: [0, 0, 0, 1],
            np.nanmax: [1, 0, 0, 0],
            np.nansum: [1, 0, 1, 1],
            np.nanmean: [1 / 3, 0, 1 / 3, 1 / 3],
            np.nanprod: [2, 0, 6, 3],
            np.nanvar: [2 / 3, 0, -2 / 3, 0],
        }.items():
            np.testing.assert_allclose(ag.grad(function)(x), expected, rtol=1e-12)

    def test_ties_of_extremes_share(self):
        np.testing.assert_array_equal(
            ag.grad(np.nanmax)(np.array([2.0, np.nan, 2.0])), [0.5, 0, 0.5]
        )

    def test_of_equal_numbers_the_deviation_has_a_kink(self):
        np.testing.assert_array_equal(ag.grad(np.nanstd)(np.array([2.0, np.nan, 2.0])), [0, 0, 0])

    def test_of_an_unwrapped_step_of_half_a_period_is_that_of_the_steps_beside_it(self):
        for step in (np.pi - 1e-3, np.pi, np.pi + 1e-3, -np.pi):
            slope = ag.grad(lambda p: np.unwrap(p)[1])(np.array([0.0, step]))
            np.testing.assert_array_equal(slope, [0, 1])

    def test_of_a_convolution_is_the_other_factor(self):
        slope = ag.grad(lambda a: np.sum(np.convolve(a, [1.0, 2.0, 4.0])))(np.zeros(5))
        np.testing.assert_array_equal(slope, np.full(5, 7.0))


@pytest.mark.parametrize(
    "function",
    [
        np.nanmedian,
        lambda a: np.nanquantile(a, [0.2, 0.7], axis=0),
        lambda a: np.quantile(a, 0.3, axis=0, method="weibull"),
        lambda a: np.nanvar(a, axis=0, ddof=1),
        lambda a: np.nanmax(a, axis=0),
        lambda a: np.interp(a, [0.0, 1.0, 2.0], [1.0, 3.0, 2.0]),
        lambda a: np.convolve(a[:, 0], [1.0, 2.0], "same"),
        lambda a: np.average(a, axis=0, weights=[1.0, 2.0, 3.0]),
        lambda a: np.cov(a),
        lambda a: np.gradient(a, axis=0),
        lambda a: np.sum(a, dtype=np.float32),
    ],
)
def test_compiled(function):
    """The second call has other numbers, in another order, and NaN where there was none."""
    program = ag.compile(function)
    for x in (RANDOM.normal(size=(3, 2)), np.array([[1.0, -3], [0.5, 2], [-1, 0]])):
        np.testing.assert_allclose(outcome(program, x)[0], function(x), rtol=1e-6)
    x = np.array([[1.0, 2], [np.nan, 0.5], [3, -1]])
    np.testing.assert_allclose(outcome(program, x)[0], function(x), rtol=1e-6)


@pytest.mark.parametrize(
    ("function", "wrong"),
    [
        (lambda x, q: np.quantile(x, q), np.array(1.5)),
        (
            lambda x, w: np.quantile(x, 0.5, weights=w, method="inverted_cdf"),
            np.array([1.0, -1, 1]),
        ),
        (lambda x, w: np.cov(x, aweights=w), np.array([1.0, -1, 1])),
        (lambda x, w: np.average(x, weights=w), np.array([1.0, -1, 0])),
    ],
)
def test_a_compiled_function_does_not_take_what_the_function_refuses(function, wrong):
    """It is refused when it is compiled, raises as the function does, or gives nothing finite."""
    x = np.array([1.0, 2.0, 4.0])
    with pytest.raises((ValueError, ZeroDivisionError)):
        function(ag.Tensor(x), wrong)
    program = ag.compile(function)
    try:
        program(x, np.abs(wrong) / 2)
    except ag.TracingError:
        return
    try:
        found = program(x, wrong)
    except ZeroDivisionError:
        return
    assert not np.isfinite(found.data).any()
