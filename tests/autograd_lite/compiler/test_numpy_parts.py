"""The NumPy engine's loops over parts of the samples: the numbers of all samples at once."""

from __future__ import annotations

import re

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler import parts, samples
from autograd_lite.extend import window_max, windows

ROWS = 8


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch):
    """Loops for arrays of any size."""
    monkeypatch.setattr(samples, "LARGE", 0)
    monkeypatch.setattr(samples, "LEAST_ROWS", 1)
    monkeypatch.setattr(parts, "LEAST", 2)


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def attention(x, w):
    q, k, v = (
        np.transpose(np.reshape(x @ w[i], (len(x), 5, 2, 3)), (0, 2, 1, 3)) for i in range(3)
    )
    scores = q @ np.swapaxes(k, -1, -2)
    weights = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    weights = weights / np.sum(weights, axis=-1, keepdims=True)
    return np.reshape(np.transpose(weights @ v, (0, 2, 1, 3)), (len(x) * 5, 6))


def pooled(x, w):
    inside = windows(x, size=(2, 2), strides=(1, 1), dilation=(1, 1))
    h = np.maximum(np.reshape(inside, (-1, 12)) @ w, 0)
    h = np.reshape(h, (len(x), 4, 4, 2))
    best = window_max(windows(h, size=(2, 2), strides=(2, 2), dilation=(1, 1)), rank=2)
    return np.reshape(best, (len(x), 8))


CASES = [
    (attention, (numbers(ROWS, 5, 6), numbers(3, 6, 6, seed=1))),
    (pooled, (numbers(ROWS, 5, 5, 3), numbers(12, 2, seed=1))),
]


def loss_of(f):
    def loss(*given):
        y = f(*given)
        return np.sum(np.tanh(y) ** 2) + np.sum(np.mean(y, axis=1) ** 3)

    return loss


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(("f", "given"), CASES, ids=["attention", "convolution"])
def test_values_and_gradients(f, given, threads):
    gradients = ag.grad(loss_of(f), argnums=(0, 1))
    compiled = ag.compile(gradients, engine="numpy")
    ag.set_num_threads(threads)
    try:
        found = [compiled(*(scale * x for x in given)) for scale in (1.0, 0.5)]
    finally:
        ag.set_num_threads(None)
    assert "each_part(zip(" in compiled.source
    for scale, results in zip((1.0, 0.5), found, strict=True):
        expected = gradients(*(scale * x for x in given))
        for a, b in zip(results, expected, strict=True):
            np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-12, atol=1e-14)


def test_what_one_part_reads_as_a_whole_comes_before_the_loop():
    """A sum over all samples ends a loop, and what needs it begins another."""

    def f(x, w):
        y = np.tanh(x @ w)
        return np.sum(np.exp(y - np.sum(y, axis=0)) @ np.swapaxes(y, 1, 2))

    x, w = numbers(ROWS, 3, 4), numbers(ROWS, 4, 3, seed=1)
    compiled = ag.compile(f, engine="numpy")
    assert float(compiled(x, w)) == pytest.approx(f(x, w), rel=1e-12)
    assert compiled.source.count("each_part(zip(") == 2


def test_samples_that_cannot_be_divided_are_done_at_once():
    compiled = ag.compile(lambda x, w: np.tanh(x @ w) * 2, engine="numpy")
    x, w = numbers(7, 3, 4), numbers(7, 4, 3, seed=1)
    parts_of_seven = compiled(x, w)
    np.testing.assert_allclose(parts_of_seven.data, np.tanh(x @ w) * 2, rtol=1e-12)
    x, w = numbers(23, 3, 4), numbers(23, 4, 3, seed=1)
    np.testing.assert_allclose(compiled(x, w).data, np.tanh(x @ w) * 2, rtol=1e-12)
    assert "each_part(zip(" not in compiled.source


def test_an_error_of_one_part_reaches_the_caller():
    def f(table, x, w):
        return np.sum(table[x] @ w)

    compiled = ag.compile(f, engine="numpy")
    table, x, w = numbers(4, 3), np.zeros((ROWS, 2), int), numbers(ROWS, 3, 2)
    assert float(compiled(table, x, w)) == pytest.approx(f(table, x, w))
    x[-1, -1] = 4
    with pytest.raises(IndexError, match="out of bounds"):
        compiled(table, x, w)
    x[-1, -1] = 3
    assert float(compiled(table, x, w)) == pytest.approx(f(table, x, w))


def test_equal_numbers_are_there_once_for_all_parts():

    @ag.primitive(inlinable=True)
    def above(x):
        return np.maximum(x, np.zeros(x.shape, like=x))

    ag.gradient(above, lambda g, y, x: g * (x > 0))

    def f(x, w):
        return above(x @ w)

    x, w = numbers(ROWS, 3, 4), numbers(ROWS, 4, 3, seed=1)
    compiled = ag.compile(f, engine="numpy")
    np.testing.assert_array_equal(compiled(x, w).data, f(x, w))
    assert "[np.zeros((4, 3, 3), np.float64)] * 2" in compiled.source
    assert "np.zeros((8, 3, 3)" not in compiled.source


def test_a_result_is_written_over_what_is_read_for_the_last_time():
    def f(x, w):
        y = np.tanh(x @ w)
        return np.exp(y - np.sum(y, axis=0)) * 3

    def needs_both(x, w):
        y = np.tanh(x @ w)
        z = np.exp(y - np.sum(y, axis=0))
        return z, np.sqrt(z * y * y)

    x, w = numbers(ROWS, 3, 4), numbers(ROWS, 4, 3, seed=1)
    over = ag.compile(f, engine="numpy")
    assert over(x, w).data.tobytes() == f(x, w).tobytes()
    rooms = re.findall(r"room\w* = (memory_\d+)\.reshape\(\(8, 3, 3\)\)", over.source)
    assert len(rooms) == 2
    assert rooms[0] == rooms[1]
    apart = ag.compile(needs_both, engine="numpy")
    for found, expected in zip(apart(x, w), needs_both(x, w), strict=True):
        assert found.data.tobytes() == expected.tobytes()


def test_the_source_needs_numpy_alone():
    f, given = CASES[0]
    compiled = ag.compile(f, engine="numpy")
    expected = compiled(*given)
    namespace: dict[str, object] = {}
    exec(compiled.source, namespace)
    make = namespace["make"]
    assert callable(make)
    (found,) = make()(*given)
    assert found.tobytes() == expected.data.tobytes()
