"""Cases of reductions and scans."""

from __future__ import annotations

import numpy as np

from tests.autograd_lite.rule_cases.points import RANDOM, distinct, normal

AXES = [None, 0, 1, -1, (0, 2), (0, 1, 2), ()]


def reduction_cases():
    mask = RANDOM.uniform(size=(2, 3, 4)) > 0.3
    mask[0] = True
    for name in ("sum", "mean", "prod", "max", "amax", "min", "amin", "var", "std", "ptp",
                 "nansum", "nanmean"):  # fmt: skip
        function = getattr(np, name)
        for axis in AXES:
            if name == "std" and axis == ():
                continue  # all zero: the kink
            for keepdims in (False, True):
                yield (
                    f"{name}-axis={axis}-keepdims={keepdims}",
                    lambda a, f=function, axis=axis, k=keepdims: f(a, axis=axis, keepdims=k),
                    (distinct(2, 3, 4),),
                )
    for name in ("sum", "mean", "var", "std", "prod", "nansum", "nanmean"):
        function = getattr(np, name)
        for axis in (None, 0, (0, 1)):
            yield (
                f"{name}-where-axis={axis}",
                lambda a, f=function, axis=axis: f(a, axis=axis, where=mask),
                (distinct(2, 3, 4),),
            )
    for name in ("max", "min"):
        function, edge = getattr(np, name), {"max": -9.0, "min": 9.0}[name]
        for axis in (None, 0, (0, 1)):
            yield (
                f"{name}-where-axis={axis}",
                lambda a, f=function, axis=axis, e=edge: f(a, axis=axis, where=mask, initial=e),
                (distinct(2, 3, 4),),
            )
    x = distinct(3, 4)
    yield "sum-initial", lambda a: np.sum(a, axis=0, initial=2.0), (x,)
    yield "prod-initial", lambda a: np.prod(a, axis=0, initial=2.0), (x,)
    yield "max-initial", lambda a: np.max(a, axis=0, initial=0.55), (x,)
    yield "var-ddof", lambda a: np.var(a, axis=1, ddof=1), (x,)
    yield "var-mean", lambda a, m: np.var(a, axis=1, mean=m, correction=1), (x, normal(3, 1))
    yield (
        "std-mean",
        lambda a: np.std(a, axis=1, mean=np.mean(a, axis=1, keepdims=True), keepdims=True),
        (x,),
    )
    yield "std-correction", lambda a: np.std(a, axis=1, correction=1.5), (x,)
    for name in ("sum", "mean", "prod", "var", "std", "cumsum", "cumprod"):
        function = getattr(np, name)
        yield f"{name}-dtype", lambda a, f=function: f(a, axis=1, dtype=np.float64), (x,)
    yield "std-ddof", lambda a: np.std(a, axis=1, ddof=1), (x,)
    yield "sum-positional-axis", lambda a: np.sum(a, 0), (x,)
    yield "sum-empty", lambda a: np.sum(a, axis=0), (np.ones((0, 3)),)
    yield "prod-empty", lambda a: np.prod(a, axis=0), (np.ones((0, 3)),)
    yield "sum-0d", np.sum, (np.array(2.0),)
    yield "mean-0d", np.mean, (np.array(2.0),)
    yield "prod-one-zero", np.prod, (np.array([1.0, 0.0, 3.0, 2.0, -1.0]),)
    yield "prod-two-zeros", np.prod, (np.array([1.0, 0.0, 3.0, 0.0]),)
