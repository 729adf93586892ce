"""Errors in units in the last place."""

import math

import numpy as np
from mpmath import mp

# dtype: (digits of the significand in base 2, exponent of the smallest number above 0, largest).
_FORMATS = {
    "float32": (24, -149, float(np.finfo(np.float32).max)),
    "float64": (53, -1074, float(np.finfo(np.float64).max)),
}


def error(computed, exact, dtype, scale=None):
    """The largest error of one result, which may have several elements.

    Args:
        computed: a float, or an array.
        exact: mpmath's number, or a list of them.
        dtype: of the result.
        scale: the ulps are those of this number, and not of each result: for differences, which
            have no digits of their own where they cancel.
    """
    results = np.atleast_1d(np.asarray(computed, dtype=np.float64)).ravel().tolist()
    wanted = exact if isinstance(exact, list) else [exact]
    return max(
        _error(y, e, ulp(e if scale is None else scale, dtype), dtype)
        for y, e in zip(results, wanted, strict=True)
    )


def _error(computed, exact, unit, dtype):
    if math.isnan(computed):
        return math.inf
    if mp.isinf(exact) or abs(exact) >= mp.mpf(_FORMATS[dtype][2]) + unit / 2:  # rounds to infinity
        return 0.0 if math.isinf(computed) and (computed > 0) == (exact > 0) else math.inf
    if math.isinf(computed):
        return math.inf
    return float(abs(mp.mpf(computed) - exact) / unit)


def ulp(exact, dtype):
    """The distance between two floats around an exact number."""
    digits, smallest, largest = _FORMATS[dtype]
    if exact == 0:
        return mp.ldexp(1, smallest)
    size = min(abs(exact), mp.mpf(largest))
    _, exponent = mp.frexp(size)
    return mp.ldexp(1, max(int(exponent) - digits, smallest))
