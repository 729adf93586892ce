"""Reductions, scans and order statistics."""

import numpy as np

import autograd_lite as ag
from oracle.operations.operation import (
    ANY,
    NONZERO,
    OFF_KINK,
    POSITIVE,
    SMALL,
    all_axes,
    axes_or_none,
    axis,
    hashable,
    no_ties,
    of_rank,
    operation,
    rows_along,
)


def _reduced(x, axis):
    """How many elements go into a result."""
    return rows_along(x, axis).shape[-1]


for _name, _torch, _need, _fits in [
    ("sum", "sum", ANY, None),
    ("mean", "mean", ANY, None),
    ("nansum", "nansum", ANY, None),
    ("nanmean", "nanmean", ANY, None),
    ("max", "amax", ANY, no_ties),
    ("amax", "amax", ANY, no_ties),
    ("min", "amin", ANY, no_ties),
    ("amin", "amin", ANY, no_ties),
]:
    operation(
        _name,
        getattr(np, _name),
        lambda xp, x, axis, keepdims, name=_name: getattr(xp, name)(
            x, axis=hashable(axis), keepdims=keepdims
        ),
        lambda t, x, axis, keepdims, name=_torch: getattr(t, name)(
            x, dim=all_axes(x, axis), keepdim=keepdims
        ),
        needs=(_need,),
        parameters=axes_or_none,
        **({"fits": _fits} if _fits else {}),
    )


def _torch_prod(t, x, axis, keepdims):
    for a in sorted((a % x.ndim for a in all_axes(x, axis)), reverse=True) if x.ndim else ():
        x = t.prod(x, dim=a, keepdim=keepdims)
    return x


operation(
    "prod",
    np.prod,
    lambda xp, x, axis, keepdims: xp.prod(x, axis=hashable(axis), keepdims=keepdims),
    _torch_prod,
    needs=(NONZERO,),
    parameters=axes_or_none,
)


def _spread(x, axis, keepdims, ddof=0):
    rows = rows_along(x, axis)
    return rows.shape[-1] > ddof and bool((rows.std(axis=-1) > 0.1).all())


def _with_ddof(random, shape):
    return axes_or_none(random, shape) | {"ddof": int(random.integers(0, 2))}


for _name in ("var", "std"):
    operation(
        _name,
        getattr(np, _name),
        lambda xp, x, axis, keepdims, ddof, name=_name: getattr(xp, name)(
            x, axis=hashable(axis), keepdims=keepdims, ddof=ddof
        ),
        lambda t, x, axis, keepdims, ddof, name=_name: getattr(t, name)(
            x, dim=all_axes(x, axis), keepdim=keepdims, correction=ddof
        ),
        parameters=_with_ddof,
        fits=_spread,
        shapes=of_rank(1),
    )
operation(
    "ptp",
    np.ptp,
    lambda xp, x, axis, keepdims: xp.ptp(x, axis=hashable(axis), keepdims=keepdims),
    lambda t, x, axis, keepdims: (
        t.amax(x, all_axes(x, axis), keepdims) - t.amin(x, all_axes(x, axis), keepdims)
    ),
    parameters=axes_or_none,
    fits=lambda x, axis, keepdims: _reduced(x, axis) > 1 and no_ties(x, axis),
    shapes=of_rank(1),
)


def _jax_logsumexp(xp, x, axis, keepdims):
    from jax.scipy.special import logsumexp

    return logsumexp(x, axis=hashable(axis), keepdims=keepdims)


operation(
    "logsumexp",
    ag.logsumexp,
    lambda xp, x, axis, keepdims: ag.logsumexp(x, axis=hashable(axis), keepdims=keepdims),
    lambda t, x, axis, keepdims: t.logsumexp(x, all_axes(x, axis), keepdims) if x.ndim else x + 0,
    jax=_jax_logsumexp,
    parameters=axes_or_none,
)


def _masked(name, torch):
    """A reduction that looks only where another operand is positive; the first is always in."""

    def numpy(xp, x, m):
        return getattr(xp, name)(x, axis=-1, where=m > 0)

    operation(
        f"{name}_where",
        getattr(np, name),
        numpy,
        torch,
        needs=(ANY, OFF_KINK),
        shapes=lambda random: [(2, 3), (2, 3)],
        fits=lambda x, m: bool((m > 0).any(axis=-1).all()) if x.ndim else False,
        parameters=lambda random, a, b: {} if a == b and a else None,
    )


_masked("sum", lambda t, x, m: t.where(m > 0, x, 0.0).sum(-1))
_masked("mean", lambda t, x, m: t.where(m > 0, x, 0.0).sum(-1) / (m > 0).sum(-1))
_masked("prod", lambda t, x, m: t.where(m > 0, x, 1.0).prod(-1))

# -- scans -----------------------------------------------------------------------------------------

for _name, _need in (("cumsum", ANY), ("cumprod", NONZERO)):
    operation(
        _name,
        getattr(np, _name),
        lambda xp, x, axis, name=_name: getattr(xp, name)(x, axis=axis),
        lambda t, x, axis, name=_name: getattr(t, name)(x, axis),
        needs=(_need,),
        parameters=axis,
        shapes=of_rank(1),
    )
    operation(
        f"{_name}_flat",
        getattr(np, _name),
        lambda xp, x, name=_name: getattr(xp, name)(x),
        lambda t, x, name=_name: getattr(t, name)(x.reshape(-1), 0),
        needs=(_need,),
    )


def _diff_parameters(random, shape):
    found = axis(random, shape)
    if found is None:
        return None
    n = int(random.integers(1, 3))
    return found | {"n": n} if shape[found["axis"]] > n else None


operation(
    "diff",
    np.diff,
    lambda xp, x, axis, n: xp.diff(x, n=n, axis=axis),
    lambda t, x, axis, n: t.diff(x, n=n, dim=axis),
    parameters=_diff_parameters,
    shapes=lambda random: [(3, 2)],
)

# -- averages and order statistics -----------------------------------------------------------------

operation(
    "average",
    np.average,
    lambda xp, x, w: xp.average(x, axis=-1, weights=w),
    lambda t, x, w: (x * w).sum(-1) / w.sum(-1),
    needs=(ANY, POSITIVE),
    parameters=lambda random, a, b: {} if a == b and a else None,
    shapes=lambda random: [(2, 3), (2, 3)],
)


def _jax_median(xp, x, axis, keepdims):
    """JAX's gives a number an axis, with keepdims."""
    shape = np.median(np.zeros(x.shape), axis=axis, keepdims=keepdims).shape
    return xp.median(x, axis=axis, keepdims=keepdims).reshape(shape)


operation(
    "median",
    np.median,
    lambda xp, x, axis, keepdims: xp.median(x, axis=axis, keepdims=keepdims),
    lambda t, x, axis, keepdims: t.quantile(x, 0.5, dim=axis, keepdim=keepdims),
    jax=_jax_median,
    parameters=lambda random, shape: (
        (axis(random, shape) or {"axis": None}) | {"keepdims": bool(random.random() < 0.5)}
    ),
    fits=no_ties,
)


def _fraction(random, shape):
    return (axis(random, shape) or {"axis": None}) | {"q": float(random.uniform(0.05, 0.95))}


def _between_elements(x, axis, q):
    """The position is no whole number: there a quantile has a kink."""
    place = q * (_reduced(x, axis) - 1)
    return no_ties(x, axis) and (_reduced(x, axis) == 1 or abs(place - round(place)) > 0.01)


operation(
    "quantile",
    np.quantile,
    lambda xp, x, axis, q: xp.quantile(x, q, axis=axis),
    lambda t, x, axis, q: t.quantile(x, q, dim=axis),
    parameters=_fraction,
    fits=_between_elements,
)
operation(
    "percentile",
    np.percentile,
    lambda xp, x, axis, q: xp.percentile(x, 100 * q, axis=axis),
    lambda t, x, axis, q: t.quantile(x, q, dim=axis),
    parameters=_fraction,
    fits=_between_elements,
)
operation(
    "sort",
    np.sort,
    lambda xp, x, axis: xp.sort(x, axis=axis),
    lambda t, x, axis: t.sort(x, dim=axis).values,
    parameters=axis,
    fits=no_ties,
    shapes=of_rank(1),
)


def _kth_parameters(random, shape):
    found = axis(random, shape)
    return None if found is None else found | {"k": int(random.integers(shape[found["axis"]]))}


operation(
    "partition",  # only the k-th element has a place that is the same in all libraries
    np.partition,
    lambda xp, x, axis, k: xp.take(xp.partition(x, k, axis=axis), k, axis=axis),
    lambda t, x, axis, k: t.select(t.sort(x, dim=axis).values, axis, k),
    jax=lambda xp, x, axis, k: xp.take(xp.sort(x, axis=axis), k, axis=axis),
    parameters=_kth_parameters,
    fits=lambda x, axis, k: no_ties(x, axis),
    shapes=of_rank(1),
)

# -- positions and tests, recorded without a gradient ----------------------------------------------

for _name in ("argmax", "argmin"):
    operation(
        _name,
        (getattr(np, _name), np.take_along_axis),
        lambda xp, x, axis, name=_name: xp.take_along_axis(
            x, getattr(xp, name)(x, axis=axis, keepdims=True), axis=axis
        ),
        lambda t, x, axis, name=_name: t.gather(
            x, axis, getattr(t, name)(x, dim=axis, keepdim=True)
        ),
        parameters=axis,
        fits=no_ties,
        shapes=of_rank(1),
    )
operation(
    "argsort",
    (np.argsort, np.take_along_axis),
    lambda xp, x, y, axis: xp.take_along_axis(y, xp.argsort(x, axis=axis), axis=axis) * x,
    lambda t, x, y, axis: t.gather(y, axis, t.argsort(x, dim=axis)) * x,
    needs=(ANY, ANY),
    parameters=lambda random, a, b: axis(random, a) if a == b else None,
    fits=lambda x, y, axis: no_ties(x, axis),
    shapes=lambda random: [(2, 3), (2, 3)],
)
for _name in ("any", "all", "count_nonzero"):
    operation(
        f"times_{_name}",
        getattr(np, _name),
        lambda xp, x, name=_name: x * getattr(xp, name)(x > 0, axis=-1, keepdims=True),
        (
            (lambda t, x: x * (x > 0).sum(-1, keepdim=True))
            if _name == "count_nonzero"
            else (lambda t, x, name=_name: x * getattr(x > 0, name)(dim=-1, keepdim=True))
        ),
        needs=(OFF_KINK,),
        shapes=of_rank(1),
        parameters=lambda random, shape: {} if shape else None,
    )
for _name, _function in [
    ("isnan", lambda xp, x: x * ~xp.isnan(x)),
    ("isinf", lambda xp, x: x * ~xp.isinf(x)),
    ("isfinite", lambda xp, x: x * xp.isfinite(x)),
    ("isposinf", lambda xp, x: x * ~xp.isposinf(x)),
    ("isneginf", lambda xp, x: x * ~xp.isneginf(x)),
    ("signbit", lambda xp, x: x * xp.signbit(x)),
]:
    operation(f"times_{_name}", getattr(np, _name), _function, _function, needs=(OFF_KINK,))

# -- along an axis, of nn.activations --------------------------------------------------------------


def _softmax(name):
    from nn import activations

    def jax(xp, x, axis):
        import jax

        return getattr(jax.nn, name)(x, axis=axis)

    operation(
        name,
        getattr(activations, name),
        lambda xp, x, axis: getattr(activations, name)(x, axis=axis),
        lambda t, x, axis: getattr(t, name)(x, dim=axis),
        jax=jax,
        needs=(SMALL,),
        parameters=axis,
        shapes=of_rank(1),
    )


_softmax("softmax")
_softmax("log_softmax")
