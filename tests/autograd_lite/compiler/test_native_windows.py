"""Convolution and pooling in native code, at once and for a few samples after the other."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler.engines.native import numba_is_installed
from autograd_lite.extend import window_max, window_sum, windows

pytestmark = pytest.mark.skipif(not numba_is_installed(), reason="numba is not installed")

if numba_is_installed():
    from autograd_lite.compiler.engines.native import samples


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
    program = ag.compile(f, engine="numba")
    for sign in (1, -1):
        given = [sign * x for x in args]
        expected = f(*map(ag.Tensor, given))
        for a, b in zip(program(*given), expected, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a.data, b.data, rtol=rtol, atol=2e-4)
    engine = program._latest.engine
    assert engine.name == "numba"
    assert ("for first, count in" in engine.step_source) == in_parts
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
