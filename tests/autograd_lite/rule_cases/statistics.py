"""Cases of averages, quantiles, covariances, and of reductions that leave out NaN."""

from __future__ import annotations

import numpy as np

from tests.autograd_lite.rule_cases.points import RANDOM, distinct, normal, positive

METHODS = """inverted_cdf averaged_inverted_cdf closest_observation interpolated_inverted_cdf hazen
    weibull linear median_unbiased normal_unbiased lower higher midpoint nearest""".split()


def quantile_cases():
    x = distinct(3, 4)
    yield "median-odd", lambda a: np.median(a, axis=0), (x,)
    yield "median-even", lambda a: np.median(a, axis=1, keepdims=True), (x,)
    yield "median-all", np.median, (x,)
    yield "median-number", np.median, (np.array(2.0),)
    for method in METHODS:
        yield (
            f"quantile-{method}",
            lambda a, m=method: np.quantile(a, [0.0, 0.27, 0.5, 0.9, 1.0], axis=1, method=m),
            (distinct(2, 5),),
        )
        if method not in ("inverted_cdf", "closest_observation", "lower", "higher", "nearest"):
            yield (
                f"quantile-of-q-{method}",
                lambda a, q, m=method: np.quantile(a, q, axis=0, method=m),
                (distinct(5, 2), np.array([0.12, 0.37, 0.91])),
            )
    yield (
        "quantile-keepdims",
        lambda a: np.quantile(a, [[0.1, 0.6]], axis=(0, 1), keepdims=True),
        (x,),
    )
    yield "percentile", lambda a: np.percentile(a, 30, axis=0), (x,)
    yield "percentile-of-q", lambda a, q: np.percentile(a, q), (x, np.array(37.0))
    # NumPy 2.0 takes an element of weight 0 for the minimum; later ones leave it out, as rules do.
    lowest = 0.01 if np.__version__.startswith("2.0.") else 0
    yield (
        "quantile-weights",
        lambda a: np.quantile(
            a, [lowest, 0.5], axis=1, weights=[0, 2, 1, 4], method="inverted_cdf"
        ),
        (x,),
    )
    gaps = RANDOM.uniform(size=(3, 4)) < 0.3
    gaps[0] = False
    for name, call in {
        "nanmedian": lambda a: np.nanmedian(a, axis=0),
        "nanmedian-all": np.nanmedian,
        "nanquantile": lambda a: np.nanquantile(a, [0.2, 0.75], axis=0, keepdims=True),
        "nanpercentile": lambda a: np.nanpercentile(a, 20, axis=0, method="hazen"),
    }.items():
        yield name, lambda a, f=call: f(np.where(gaps, np.nan, a)), (x,)


def statistics_cases():
    x = distinct(3, 4)
    yield "average", lambda a: np.average(a, axis=0), (x,)
    yield "average-weights", lambda a, w: np.average(a, axis=1, weights=w), (x, positive(4))
    yield "average-full-weights", lambda a, w: np.average(a, weights=w), (x, positive(3, 4))
    yield (
        "average-returned",
        lambda a, w: np.average(a, axis=(2, 0), weights=w, returned=True, keepdims=True),
        (normal(2, 3, 4), positive(4, 2)),
    )
    yield "cov", np.cov, (x,)
    yield "cov-two", lambda a, b: np.cov(a, b, bias=True), (normal(5), normal(5))
    yield "cov-columns", lambda a: np.cov(a, rowvar=False, ddof=2), (normal(5, 2),)
    yield "cov-weights", lambda a, w: np.cov(a, fweights=[1, 2, 0, 3], aweights=w), (x, positive(4))
    yield "corrcoef", np.corrcoef, (normal(3, 5),)
    yield "corrcoef-two", lambda a, b: np.corrcoef(a, b)[0, 1], (normal(5), normal(5))


def nan_cases():
    gaps = RANDOM.uniform(size=(3, 4)) < 0.4
    gaps[:2] = False
    x = distinct(3, 4)
    for name in "sum prod mean var std min max cumsum cumprod".split():
        function = getattr(np, f"nan{name}")
        for axis in (None, 0):
            yield (
                f"nan{name}-axis={axis}",
                lambda a, f=function, axis=axis: f(np.where(gaps, np.nan, a), axis=axis),
                (x,),
            )
    yield (
        "nanvar-mean",
        lambda a: np.nanvar(
            np.where(gaps, np.nan, a), axis=0, mean=np.mean(a, axis=0), correction=1
        ),
        (x,),
    )
