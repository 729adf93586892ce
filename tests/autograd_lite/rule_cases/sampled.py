"""Cases of running sums, differences, slopes, areas, interpolation, convolution, polynomials."""

from __future__ import annotations

import numpy as np

from tests.autograd_lite.rule_cases.points import distinct, normal, positive


def cumulative_cases():
    x = distinct(3, 4)
    yield "cumsum", lambda a: np.cumsum(a, axis=1), (x,)
    yield "cumsum-flat", np.cumsum, (x,)
    yield "cumsum-negative", lambda a: np.cumsum(a, axis=-2), (x,)
    yield "cumprod", lambda a: np.cumprod(a, axis=1), (x,)
    yield "cumprod-flat", np.cumprod, (x,)
    yield "cumprod-first-axis", lambda a: np.cumprod(a, axis=0), (x,)
    yield "cumprod-zeros", np.cumprod, (np.array([2.0, 0.0, 3.0, 0.0, 1.5]),)
    if hasattr(np, "cumulative_sum"):
        for function in (np.cumulative_sum, np.cumulative_prod):
            name = function.__name__
            yield name, function, (normal(4),)
            yield (
                f"{name}-initial",
                lambda a, f=function: f(a, axis=1, include_initial=True),
                (x,),
            )
    yield "diff", np.diff, (x,)
    yield "diff-2", lambda a: np.diff(a, n=2, axis=0), (x,)
    yield "diff-more-than-there-are", lambda a: np.diff(a, n=5), (x,)
    yield "diff-ends", lambda a: np.diff(a, axis=0, prepend=0.0, append=1.0), (x,)
    yield "diff-arrays", lambda a, b: np.diff(a, axis=0, prepend=b, append=a), (x, normal(2, 4))
    yield "ediff1d", lambda a, b: np.ediff1d(a, b, to_begin=[1.0, 2.0]), (x, normal(3))
    yield "unwrap", lambda a: np.unwrap(3 * a, axis=0), (x,)
    yield "unwrap-period", lambda a: np.unwrap(a, period=0.5, discont=0.3), (x,)


def sampled_cases():
    x = distinct(3, 4)
    where = np.array([0.0, 0.5, 2.0, 2.5])
    yield "trapezoid", lambda a: np.trapezoid(a, dx=0.5, axis=0), (x,)
    yield "trapezoid-positions", np.trapezoid, (x, where)
    yield "trapezoid-empty", np.trapezoid, (np.ones((2, 0)),)
    yield "gradient", np.gradient, (x,)
    yield "gradient-axis", lambda a: np.gradient(a, 0.5, axis=1, edge_order=2), (x,)
    yield "gradient-step", lambda a, h: np.gradient(a, h, axis=0), (x, np.array(0.7))
    yield "gradient-positions", lambda a, p: np.gradient(a, p, axis=1, edge_order=2), (x, where)
    knots, heights = np.array([0.0, 1.0, 2.5, 4.0]), normal(4)
    points = np.array([-1.0, 0.3, 1.0 + 1e-3, 3.9, 5.0])
    yield "interp", np.interp, (points, knots, heights)
    yield "interp-ends", lambda a, p, f: np.interp(a, p, f, 2.0, right=3.0), (
        points, knots, heights)  # fmt: skip
    yield "interp-period", lambda a, p, f: np.interp(a, p, f, period=5.0), (
        points, knots, heights)  # fmt: skip
    yield "interp-one", lambda a, f: np.interp(a, [1.0], f), (points, normal(1))
    for n, m in ((5, 3), (3, 5), (4, 4), (2, 1)):
        for mode in ("full", "same", "valid"):
            for function in (np.convolve, np.correlate):
                yield (
                    f"{function.__name__}-{mode}-{n}-{m}",
                    lambda a, b, f=function, k=mode: f(a, b, mode=k),
                    (normal(n), normal(m)),
                )


def polynomial_cases():
    yield "polyval", np.polyval, (normal(4), normal(2, 3))
    yield "polyval-constant", np.polyval, (normal(1), normal(3))
    yield "vander", lambda a: np.vander(a, 4), (np.array([0.0, 0.5, -2.0]),)
    yield "vander-increasing", lambda a: np.vander(a, increasing=True), (positive(3),)
    for function in (np.polyadd, np.polysub, np.polymul):
        yield function.__name__, function, (normal(4), normal(2))
        yield f"{function.__name__}-number", function, (normal(), normal(3))
    yield "poly", np.poly, (normal(4),)
    yield "polyder", lambda p: np.polyder(p, 2), (normal(5),)
    yield "polyint", lambda p, k: np.polyint(p, 2, k), (normal(3), normal(2))
    yield "polyfit", lambda x, y: np.polyfit(x, y, 2), (distinct(6), normal(6))
    yield "polyfit-weights", lambda x, y, w: np.polyfit(x, y, 1, w=w), (
        distinct(5), normal(5, 2), positive(5))  # fmt: skip
    inner = np.array([False, True, False, True, False])
    yield "trim_zeros", lambda a: np.trim_zeros(np.where(inner, a, 0)), (normal(5),)
    yield "trim_zeros-front", lambda a: np.trim_zeros(np.where(inner, a, 0), "f"), (normal(5),)
    yield "bincount", lambda w: np.bincount([1, 0, 3, 1], w, minlength=6), (normal(4),)
