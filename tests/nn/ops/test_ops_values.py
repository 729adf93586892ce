"""`nn.ops` beside values of `keras.ops`, on arrays and on Tensors."""

import json
from pathlib import Path

import numpy as np
import pytest

import autograd_lite as ag
from nn import ops

CASES = json.loads(Path(__file__).with_name("keras_values.json").read_text("utf-8"))["cases"]


def as_given(value):
    """What the values were computed with: lists as arrays, in single precision."""
    value = np.array(value) if isinstance(value, list) else value
    if isinstance(value, np.ndarray) and value.dtype.kind in "fi":
        return value.astype({"f": np.float32, "i": np.int32}[value.dtype.kind])
    return value


def arguments(source):
    return eval(f"(lambda *a, **k: (a, k))({source})", {"np": np})


def function_of(name):
    found = ops
    for part in name.split("."):
        found = getattr(found, part)
    return found


def compare(got, expected):
    if isinstance(expected, list):
        assert len(got) == len(expected)
        for one, other in zip(got, expected, strict=True):
            compare(one, other)
        return
    values, dtype = expected["values"], expected["dtype"]
    got = np.asarray(got)
    np.testing.assert_allclose(got, np.array(values), rtol=2e-6, atol=2e-6)
    assert got.shape == np.shape(values)
    assert got.dtype.kind == np.dtype(dtype).kind
    if got.dtype.kind == "f":
        assert got.dtype == dtype


@pytest.mark.parametrize(
    ("name", "source", "expected"), CASES, ids=[f"{i}-{case[0]}" for i, case in enumerate(CASES)]
)
def test_an_operation_of_keras(name, source, expected):
    args, keywords = arguments(source)
    args, keywords = (
        map(as_given, args),
        {k: v if k.startswith("ax") else as_given(v) for k, v in keywords.items()},
    )
    compare(function_of(name)(*args, **keywords), expected)


# Integers, random draws of Python, NumPy's own without a rule: not differentiable, or not by value.
NO_GRADIENT = {
    "argmax", "any", "bincount", "count_nonzero", "digitize", "gcd", "heaviside",
    "in_top_k", "isin", "ldexp", "logical_xor", "matrix_rank", "nextafter", "searchsorted",
    "unique", "view", "cast", "saturate_cast", "one_hot", "multi_hot", "round", "sign",
    "median", "lstsq", "quantile",
}  # fmt: skip
SMOOTH = [
    case
    for case in CASES
    if case[0] not in NO_GRADIENT and "np.nan" not in case[1] and case[1][0] in "[n"
]


@pytest.mark.parametrize(
    ("name", "source", "expected"), SMOOTH, ids=[f"{i}-{case[0]}" for i, case in enumerate(SMOOTH)]
)
def test_an_operation_on_tensors_gives_the_same_and_passes_gradients(name, source, expected):
    """On Tensors that require a gradient; compiled too."""
    args, keywords = arguments(source)
    keywords = {k: v if k.startswith("ax") else as_given(v) for k, v in keywords.items()}
    first, *others = map(as_given, args)
    function = function_of(name)
    if first.dtype.kind != "f" or (name == "scatter" and not others):
        return
    t = ag.Tensor(first, requires_grad=True)
    compare_tensors(function(t, *others, **keywords), expected)

    def total(x):
        found = function(x, *others, **keywords)
        several = found if isinstance(found, (list, tuple)) else [found]
        return sum(np.sum(np.square(part)) for part in several if part.dtype.kind == "f")

    gradient = ag.grad(total)(first)
    assert gradient.shape == first.shape
    np.testing.assert_allclose(ag.compile(ag.grad(total))(first), gradient, rtol=1e-5, atol=1e-6)


def compare_tensors(got, expected):
    if isinstance(got, (list, tuple)):
        for one, other in zip(got, expected, strict=True):
            compare_tensors(one, other)
        return
    compare(got.data if isinstance(got, ag.Tensor) else got, expected)
