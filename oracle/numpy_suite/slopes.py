"""A directional derivative by backward, and by differences.

Points of NumPy's tests are often kinks, ties or ends of a domain. There the slopes of single
results to the left and to the right differ however short the step, or the slope along a sum of two
directions is not the sum of the slopes. These results are left out, and if none remains, a point
nearby is tried.
"""

import numpy as np

import autograd_lite as ag
from autograd_lite.tensor import leaf

STEPS = (6e-6, 1e-6)
RTOL, ATOL = 2e-5, 1e-7
NEARBY = 0.05
DIRECTIONS = 5
MOST_ENTRIES, MOST_RESULTS = 300, 2000


class NothingToCompareError(Exception):
    """No result has a slope here; the message says why."""


def slopes_differ(function, points, random, symmetric=False):
    """Whether the derivatives along a random direction differ.

    Args:
        function: from a list of arrays, or of Tensors, to any structure of them.
        points: the arrays at which, of any floating dtype.
        random: a generator.
        symmetric: whether the direction in square matrices has to be symmetric.

    Raises:
        NothingToCompareError: see there.
    """
    points = [np.asarray(x, dtype=np.float64) for x in points]
    entries = sum(x.size for x in points)
    if not entries:
        raise NothingToCompareError("no floating argument")
    if entries > MOST_ENTRIES:
        raise NothingToCompareError(f"arguments of more than {MOST_ENTRIES} numbers")
    if not all(np.isfinite(x).all() for x in points):
        raise NothingToCompareError("arguments that are not finite")
    try:
        return _differ_at(function, points, random, symmetric)
    except NothingToCompareError:
        points = [x + NEARBY * _direction(x, random, symmetric) for x in points]
    try:
        return _differ_at(function, points, random, symmetric)
    except (ValueError, TypeError, ArithmeticError, np.linalg.LinAlgError):
        raise NothingToCompareError("a point nearby is out of the domain") from None


def only_at_ties(function, points, random, symmetric=False):
    """Whether slopes that differ agree nearby, where no two elements are equal any more.

    Which of several equal elements a result has been taken from, NumPy leaves open.
    """
    points = [np.asarray(x, dtype=np.float64) for x in points]
    if all(np.unique(x).size == x.size for x in points):
        return False
    apart = [x + NEARBY * _direction(x, random, symmetric) for x in points]
    try:
        return not _differ_at(function, apart, random, symmetric)
    except (NothingToCompareError, ValueError, ArithmeticError, np.linalg.LinAlgError):
        return False


def _differ_at(function, points, random, symmetric):
    along = [_direction(x, random, symmetric) for x in points]
    slopes = _by_differences(function, points, along)
    if _agree(function, points, along, slopes, random):
        return False
    for _ in range(DIRECTIONS):
        across = [_direction(x, random, symmetric) for x in points]
        slopes = _where_additive(function, points, along, across, slopes)
    return not _agree(function, points, along, slopes, random)


def _agree(function, points, directions, slopes, random):
    """Whether backward gives these slopes; those that are NaN are left out."""
    weights = [random.uniform(0.5, 1.5, y.shape) * ~np.isnan(y) for y in slopes]
    terms = [np.ravel(np.nan_to_num(y) * w) for y, w in zip(slopes, weights, strict=True)]
    numeric = np.concatenate(terms)
    gap = abs(_by_backward(function, points, directions, weights) - float(np.sum(numeric)))
    return gap <= ATOL + RTOL * float(np.sqrt(np.sum(numeric**2)))


def _where_additive(function, points, along, across, slopes):
    """The slopes along a direction, NaN where they are not linear in the direction."""
    both = [v + u for v, u in zip(along, across, strict=True)]
    others = _by_differences(function, points, across)
    sums = _by_differences(function, points, both)
    parts = zip(slopes, others, sums, strict=True)
    kept = [np.where(np.abs(a + b - c) <= 1e-4 * (1 + np.abs(c)), a, np.nan) for a, b, c in parts]
    if all(np.isnan(y).all() for y in kept):
        raise NothingToCompareError("kinks and ties")
    return kept


def _direction(x, random, symmetric):
    v = random.uniform(0.5, 1.0, x.shape) * random.choice([-1.0, 1.0], x.shape)
    if symmetric and x.ndim >= 2 and x.shape[-1] == x.shape[-2]:
        return v + np.swapaxes(v, -1, -2)
    return v * np.maximum(1.0, 1e-3 * np.abs(x))  # large numbers have no small steps


def _by_differences(function, points, directions):
    """The slope of each result; NaN where there is none."""

    def at(step):
        moved = [x + step * v for x, v in zip(points, directions, strict=True)]
        try:
            with np.errstate(all="ignore"):
                return _in_double(function(moved))
        except (ValueError, np.linalg.LinAlgError):
            raise NothingToCompareError("a step out of the domain") from None

    middle = at(0.0)
    results = sum(y.size for y in middle)
    if not results:
        raise NothingToCompareError("no floating result")
    if results > MOST_RESULTS:
        raise NothingToCompareError(f"results of more than {MOST_RESULTS} numbers")
    coarse, fine = (_quotients(at, middle, step) for step in STEPS)
    slopes = []
    for y, (slope, wide), (other, narrow) in zip(middle, coarse, fine, strict=True):
        noise = 1e-3 * np.abs(other) + 1e-6 * np.maximum(1.0, np.abs(y))
        smooth = (np.abs(slope - other) <= noise) & (narrow <= noise) & (wide <= 10 * noise)
        smooth &= np.isfinite(y)
        slopes.append(np.where(smooth, slope, np.nan))
    if all(np.isnan(y).all() for y in slopes):
        raise NothingToCompareError("kinks, jumps, or fewer digits than float64")
    return slopes


def _quotients(at, middle, step):
    """For each result its central difference, and how far left and right are apart."""
    above, below = at(step), at(-step)
    if not [y.shape for y in above] == [y.shape for y in below] == [y.shape for y in middle]:
        raise NothingToCompareError("a shape that depends on the values")
    with np.errstate(all="ignore"):
        return [
            ((a - b) / (2 * step), np.abs(a - 2 * y + b) / step)
            for a, y, b in zip(above, middle, below, strict=True)
        ]


def _by_backward(function, points, directions, weights):
    leaves = [leaf(x.copy(), requires_grad=True) for x in points]
    total = None
    for y, w in zip(_floating(function(leaves)), weights, strict=True):
        if isinstance(y, ag.Tensor) and y.requires_grad and w.any():
            part = np.sum(y * w.astype(y.dtype))
            total = part if total is None else total + part
    if total is None:
        return 0.0
    total.backward()
    found = zip(leaves, directions, strict=True)
    return float(sum(np.sum(x.grad * v) for x, v in found if x.grad is not None))


def _floating(result):
    """The floating arrays of a result, one after the other."""
    if isinstance(result, (tuple, list)):
        return [y for part in result for y in _floating(part)]
    known = isinstance(result, (ag.Tensor, np.ndarray, np.generic))
    return [result] if known and result.dtype.kind == "f" else []


def _in_double(result):
    """As float64; what was computed with fewer digits is too coarse for differences: NaN."""
    return [
        np.asarray(y) if y.dtype == np.float64 else np.full(y.shape, np.nan)
        for y in _floating(result)
    ]
