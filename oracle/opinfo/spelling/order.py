"""Sorting, largest and smallest, quantiles, and where they are."""

import numpy as np

from oracle.opinfo.spelling.table import along, axes, spelled


def _with_places(pick, place):
    def reduce(x, dim, keepdim=False):
        chosen = {"axis": axes(x, dim), "keepdims": keepdim}
        return pick(x, **chosen), place(x, **chosen)

    return reduce


spelled("max.reduction_with_dim")(_with_places(np.max, np.argmax))
spelled("min.reduction_with_dim")(_with_places(np.min, np.argmin))


@spelled("aminmax")
def aminmax(x, dim=None, keepdim=False):
    chosen = {"axis": axes(x, dim), "keepdims": keepdim}
    return np.min(x, **chosen), np.max(x, **chosen)


def _quantile(function):
    def reduce(x, q, dim=None, keepdim=False, interpolation="linear"):
        return function(x, q, axis=axes(x, dim), keepdims=keepdim, method=interpolation)

    return reduce


spelled("quantile")(_quantile(np.quantile))
spelled("nanquantile")(_quantile(np.nanquantile))


@spelled("sort")
@along
def sort(x, dim=-1, descending=False, stable=False):
    return (-np.sort(-x, axis=dim) if descending else np.sort(x, axis=dim),)


@spelled("argsort")
@along
def argsort(x, dim=-1, descending=False, stable=False):
    return np.argsort(-x if descending else x, axis=dim, kind="stable")


spelled("msort")(along(lambda x: np.sort(x, axis=0)))


@spelled("topk")
@along
def topk(x, k, dim=-1, largest=True, sorted=True):
    ordered = np.flip(np.sort(x, axis=dim), dim) if largest else np.sort(x, axis=dim)
    return (np.take(ordered, np.arange(k), axis=dim),)


@spelled("kthvalue")
@along
def kthvalue(x, k, dim=-1, keepdim=False):
    return (np.take(np.sort(x, axis=dim), [k - 1] if keepdim else k - 1, axis=dim),)


@spelled("searchsorted")
def searchsorted(x, v, right=False, side=None, sorter=None, out_int32=False):
    side = side or ("right" if right else "left")
    return np.searchsorted(x, v, side=side, **({} if sorter is None else {"sorter": sorter}))


@spelled("bucketize")
def bucketize(v, x, right=False, out_int32=False):
    return np.searchsorted(x, v, "right" if right else "left")
