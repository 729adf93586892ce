"""Convolution and pooling in native code, at once and for a few samples after the other."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler import samples
from autograd_lite.compiler.engines.native import native_is_installed
from autograd_lite.extend import window_max, window_sum, windows

pytestmark = pytest.mark.skipif(not native_is_installed(), reason="llvmlite is not installed")


@pytest.fixture(params=["at once", "in parts"])
def in_parts(request, monkeypatch):
    """Whether operations are done for a few samples after the other, however small they are."""
    if request.param == "at once":
        monkeypatch.setattr(samples, "LARGE", 1 << 60)
        return False
    monkeypatch.setattr(samples, "LARGE", 0)
    monkeypatch.setattr(samples, "LEAST_ROWS", 1)
    monkeypatch.setattr(samples, "CACHE", 1 << 12)
    return True


def check(f, *args, in_parts, rtol=2e-4):
    """Compiled natively, equal to the function run eagerly, at a second call with other values."""
    program = ag.compile(f, engine="native")
    for sign in (1, -1):
        given = [sign * x for x in args]
        expected = f(*map(ag.Tensor, given))
        for a, b in zip(program(*given), expected, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a.data, b.data, rtol=rtol, atol=2e-4)
    engine = program._latest.engine
    assert engine.name == "native"
    assert any(f.run for f in engine._writer.functions) == in_parts
    assert "fold(" not in engine.step_source.partition("def step")[2]
    return engine


def normal(rng, *shape, dtype=np.float32):
    return rng.standard_normal(shape).astype(dtype)


def drawn_case(seed):
    """A random convolution: (x, kernel, bias, windows of it, windows of a pooling)."""
    rng = np.random.default_rng(seed)
    rank = int(rng.integers(1, 4))
    size = tuple(int(n) for n in rng.integers(1, 4, rank))
    strides = tuple(int(n) for n in rng.integers(1, 4, rank))
    dilation = tuple(int(n) for n in rng.integers(1, 3, rank))
    spans = [(k - 1) * d + 1 for k, d in zip(size, dilation, strict=True)]
    lengths = [span + int(rng.integers(1, 7)) for span in spans]
    channels, filters = int(rng.integers(1, 4)), int(rng.choice([1, 3, 8]))
    dtype = rng.choice([np.float32, np.float64])
    x = normal(rng, int(rng.choice([2, 7, 13])), *lengths, channels, dtype=dtype)
    kernel = normal(rng, *size, channels, filters, dtype=dtype)
    keywords = {"size": size, "strides": strides, "dilation": dilation}
    return x, kernel, normal(rng, filters, dtype=dtype), keywords


@pytest.mark.parametrize("seed", range(6))
def test_random_convolutions_and_their_gradients(seed, in_parts):
    x, kernel, bias, keywords = drawn_case(seed)
    rank = len(keywords["size"])
    pool = {"size": (2,) * rank, "strides": (1 + seed % 3,) * rank, "dilation": (1,) * rank}

    def loss(x, kernel, bias):
        w = windows(x, **keywords)
        rows = np.reshape(w, (-1, kernel.size // kernel.shape[-1]))
        z = rows @ np.reshape(kernel, (-1, kernel.shape[-1])) + bias
        z = np.maximum(np.reshape(z, (*w.shape[: rank + 1], -1)), 0)
        pad = ((0, 0), *((0, 1),) * rank, (0, 0))
        pooled = windows(np.pad(z, pad), **pool)
        found = (window_sum if seed % 2 else window_max)(pooled, rank=rank)
        return np.mean(found**2) + np.mean(np.sum(z, axis=-1) ** 2)

    def step(x, kernel, bias):
        J, gradients = ag.value_and_grad(loss, argnums=(0, 1, 2))(x, kernel, bias)
        return (J, *gradients)

    check(step, x, kernel, bias, in_parts=in_parts)


@pytest.mark.parametrize(
    ("shape", "width", "around"),
    [
        ((4, 3, 5, 1), ((0, 0), (2, 0), (1, 2), (0, 0)), 0),
        ((4, 1, 1, 2), ((0, 0), (1, 1), (0, 1), (0, 0)), -1.5),
    ],
)
def test_borders_are_part_of_native_code(shape, width, around, in_parts):
    x = normal(np.random.default_rng(0), *shape)

    def loss(x):
        framed = np.pad(np.maximum(x, 0) * 2, width, constant_values=around)
        seen = windows(framed, size=(2,), strides=(1,), dilation=(1,))
        return np.sum(np.exp(np.minimum(seen, 1)) * np.arange(seen.size).reshape(seen.shape) / 64)

    def step(x):
        slope = ag.grad(loss)(x)
        return np.pad(slope, width, constant_values=around), slope, slope[1:-1, ..., 0] * 2

    engine = check(step, x, in_parts=in_parts)
    assert "pad(" not in engine.step_source.partition("def step")[2]


@pytest.mark.parametrize(
    ("shape", "axis"), [((4, 5, 2, 1), (0, 2)), ((4, 40, 41, 2), (1, 2)), ((3, 2, 7), (1,))]
)
def test_reductions_over_axes_between_others_are_native(shape, axis):
    x = normal(np.random.default_rng(0), *shape)

    def f(x):
        return np.sum(x, axis), np.max(x * x, axis), np.sum(x > 0, axis), np.mean(x + 1, axis)

    program = ag.compile(f, engine="native")
    for a, b in zip(program(x), f(x), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
    assert "np.maximum.reduce" not in program._latest.engine.step_source
