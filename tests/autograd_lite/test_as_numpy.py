"""On Tensors NumPy's functions give what they give on arrays: value, shape, dtype, or the error."""

from __future__ import annotations

import importlib.util
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.tree import flatten


def _load(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MODULES = [_load(f"{kind}_calls") for kind in ("shape", "selection", "linalg", "method")]


def _split(calls):
    return [call.strip() for call in re.split(r"[;\n]", calls) if call.strip()]


CALLS = [c for module in MODULES for calls in module.CALLS.values() for c in _split(calls)]
DIFFERENTIABLE = [c for module in MODULES for c in _split(module.DIFFERENTIABLE)]
DTYPES = ["float64", "float32", "float16", "int64", "int8", "uint8", "bool"]
RANDOM = np.random.default_rng(0)


def _numbers(*shape):
    return np.round(RANDOM.normal(size=shape) * 3, 2)


ARRAYS = {
    "x": _numbers(2, 3, 4),
    "m": _numbers(3, 4),
    "s": _numbers(3, 3) + 4 * np.eye(3),
    "v": _numbers(4),
    "w": _numbers(4),
    "a": _numbers(3),
    "b": _numbers(3),
    "f": _numbers(5),
    "i": _numbers(1),
    "z": np.array(2.5),
    "e": np.zeros((0, 3)),
    "o": np.zeros(0),
}
ARRAYS["p"] = ARRAYS["s"] @ ARRAYS["s"].T  # positive definite
ARRAYS["q"] = np.stack([ARRAYS["s"], ARRAYS["p"]])


def _evaluate(call, names):
    """(results, None), or (None, the type of the error)."""
    space = {"np": np, "la": np.linalg, **names}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            results = flatten(eval(call, space))
        except Exception as error:
            return None, type(error)
    return [y._array if isinstance(y, ag.Tensor) else y for y in results], None


@pytest.mark.parametrize("call", CALLS)
def test_as_on_arrays(call):
    for dtype in DTYPES:
        arrays = {k: (abs(x) if dtype == "uint8" else x).astype(dtype) for k, x in ARRAYS.items()}
        tensors = {k: ag.Tensor(x, requires_grad=x.dtype.kind == "f") for k, x in arrays.items()}
        expected, error = _evaluate(call, arrays)
        got, refusal = _evaluate(call, tensors)
        assert refusal is error or (refusal and error and issubclass(refusal, error)), (
            f"{dtype}: {refusal} in place of {error}"
        )
        for e, g in zip(expected or [], got or [], strict=True):
            e, g = np.asarray(e), np.asarray(g)
            assert (g.shape, g.dtype) == (e.shape, e.dtype), dtype
            rtol = 100 * np.finfo(e.dtype).eps if e.dtype.kind == "f" else 0
            np.testing.assert_allclose(g, e, rtol=rtol, atol=10 * rtol, err_msg=dtype)


@pytest.mark.parametrize("call", DIFFERENTIABLE)
def test_differentiable(call):
    names = [name for name in ARRAYS if re.search(rf"\b{name}\b", call)]

    def function(*values):
        results = eval(
            call, {"np": np, "la": np.linalg, **ARRAYS, **dict(zip(names, values, strict=True))}
        )
        return tuple(y for y in flatten(results) if isinstance(y, ag.Tensor) and y.dtype == float)

    ag.check_gradients(function, *(ARRAYS[name] for name in names), order=2)
