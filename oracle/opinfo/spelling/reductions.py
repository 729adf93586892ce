"""Reductions, running sums, statistics, differences."""

import numpy as np

from oracle.opinfo.spelling.table import along, axes, dtype_of, given, spelled

NAMES = """
amax amin nanmean nansum mean sum prod all any argmax argmin
max.reduction_no_dim=max min.reduction_no_dim=min
"""


def _reduction(function):
    def reduce(x, dim=None, keepdim=False, dtype=None):
        return function(x, axis=axes(x, dim), keepdims=keepdim, **given(dtype=dtype_of(dtype)))

    return reduce


for _entry in NAMES.split():
    _name, _, _numpy = _entry.partition("=")
    spelled(_name)(_reduction(getattr(np, _numpy or _name)))
spelled("count_nonzero")(lambda x, dim=None: np.count_nonzero(x, axis=axes(x, dim)))


@spelled("sum_to_size")
def sum_to_size(x, *size):
    size = size[0] if size and isinstance(size[0], (tuple, list)) else size
    kept = x.shape[x.ndim - len(size) :]
    x = np.sum(x, tuple(range(x.ndim - len(size))))
    return np.sum(x, tuple(a for a, n in enumerate(size) if n != kept[a]), keepdims=True)


def _masked(function, **more):
    def reduce(x, dim=None, keepdim=False, mask=None, dtype=None):
        chosen = given(where=mask, dtype=dtype_of(dtype))
        return function(x, axis=axes(x, dim), keepdims=keepdim, **chosen, **more)

    return reduce


for _name, _function, _more in [
    ("sum", np.sum, {}),
    ("prod", np.prod, {}),
    ("mean", np.mean, {}),
    ("amax", np.max, {"initial": -np.inf}),
    ("amin", np.min, {"initial": np.inf}),
]:
    spelled(f"masked.{_name}")(_masked(_function, **_more))


def _spread(function):
    def reduce(x, dim=None, unbiased=None, correction=None, keepdim=False, mask=None):
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if correction is None:
            correction = 1 if unbiased is None else int(unbiased)
        chosen = given(where=mask)
        return function(x, axis=axes(x, dim), ddof=correction, keepdims=keepdim, **chosen)

    return reduce


def _with_mean(spread):
    def reduce(x, dim=None, *args, keepdim=False, **keywords):
        axis = None if isinstance(dim, bool) else axes(x, dim)
        mean = np.mean(x, axis=axis, keepdims=keepdim)
        return spread(x, dim, *args, keepdim=keepdim, **keywords), mean

    return reduce


for _name in ("var", "std"):
    _function = _spread(getattr(np, _name))
    spelled(_name, f"{_name}.unbiased", f"masked.{_name}")(_function)
    spelled(f"{_name}_mean", f"{_name}_mean.unbiased")(_with_mean(_function))


@spelled("cumsum")
@along
def cumsum(x, dim, dtype=None):
    return np.cumsum(x, axis=dim, **given(dtype=dtype_of(dtype)))


@spelled("cumprod")
@along
def cumprod(x, dim, dtype=None):
    return np.cumprod(x, axis=dim, **given(dtype=dtype_of(dtype)))


spelled("cummax")(along(lambda x, dim: (np.maximum.accumulate(x, axis=dim),)))
spelled("cummin")(along(lambda x, dim: (np.minimum.accumulate(x, axis=dim),)))
spelled("logcumsumexp")(along(lambda x, dim: np.logaddexp.accumulate(x, axis=dim)))


@spelled("diff")
def diff(x, n=1, dim=-1, prepend=None, append=None):
    return np.diff(x, n, dim, **given(prepend=prepend, append=append))


@spelled("trapezoid", "trapz")
def trapezoid(y, x=None, dx=1.0, dim=-1):
    return np.trapezoid(y, x, dx, dim)


@spelled("gradient")
def gradient(x, spacing=None, dim=None, edge_order=1):
    distances = spacing if isinstance(spacing, (tuple, list)) else [spacing] * (spacing is not None)
    return np.gradient(x, *distances, axis=axes(x, dim), edge_order=edge_order)


@spelled("cov")
def cov(x, correction=1, fweights=None, aweights=None):
    return np.cov(x, ddof=correction, fweights=fweights, aweights=aweights)


spelled("corrcoef")(lambda x: np.corrcoef(x))
