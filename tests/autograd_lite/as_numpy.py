"""The same call on arrays and on Tensors: values, shapes, dtypes, kinds of errors."""

from __future__ import annotations

import numpy as np

import autograd_lite as ag

TOLERANCES = {np.dtype(np.float16): 4e-3, np.dtype(np.float32): 1e-5}


def outcome(function, *inputs):
    """The arrays that a call gives, or the type of its error."""
    try:
        results = function(*inputs)
    except Exception as error:
        return type(error)
    results = results if isinstance(results, (tuple, list)) else (results,)
    return [x.data if isinstance(x, ag.Tensor) else np.asarray(x) for x in results]


def assert_as_numpy(function, *inputs):
    with np.errstate(all="ignore"):
        expected = outcome(function, *inputs)
        got = outcome(function, *(ag.Tensor(x) for x in inputs))
    if isinstance(expected, type):
        assert isinstance(got, type), f"NumPy raises {expected.__name__}"
        assert issubclass(expected, got) or issubclass(got, expected)
        return
    assert not isinstance(got, type), f"refused with {got.__name__}"
    for e, g in zip(expected, got, strict=True):
        assert (g.shape, g.dtype) == (e.shape, e.dtype)
        tolerance = TOLERANCES.get(e.dtype, 1e-12)
        np.testing.assert_allclose(g, e, rtol=tolerance, atol=tolerance / 100)
