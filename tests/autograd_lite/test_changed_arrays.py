"""An array that is written into between forward and backward is noticed: no mixed gradients."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.arrays import fingerprint

SHAPES = [(), (3,), (40, 70), (64, 61 * 8), (5, 2, 700), (70_000,)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("transposed", [False, True])
def test_any_element_counts(shape, transposed):
    random = np.random.default_rng(0)
    a = random.normal(size=shape)
    a = a.T if transposed else a
    before = fingerprint(a)
    assert fingerprint(a.copy(order="K")) == before
    for _ in range(20):
        index = tuple(int(random.integers(n)) for n in a.shape)
        kept = a[index]
        a[index] = np.nextafter(kept, 9)
        assert fingerprint(a) != before
        a[index] = kept
    assert fingerprint(a) == before


@pytest.mark.parametrize("shape", [(300, 61), (300, 122), (3000, 67), (61 * 4, 61), (70_000,)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8, bool])
def test_the_order_counts(shape, dtype):
    random = np.random.default_rng(0)
    a = random.normal(size=shape)
    a = a > 0 if dtype is bool else (a * 50).astype(dtype)
    before = fingerprint(a)
    random.shuffle(a)
    assert fingerprint(a) != before
    assert fingerprint(a[::2]) != fingerprint(a[1::2])


OPERANDS = {
    "multiply": lambda t, a: t * a,
    "reversed": lambda t, a: a * t,
    "divide": lambda t, a: t / a,
    "matmul": lambda t, a: a @ t,
    "where": lambda t, a: np.where(a > 2, t, t * a),
    "mask": lambda t, a: np.sum(t, where=a > 2) * a,
    "index": lambda t, a: t[a.astype(int) % 3] * a,
    "einsum": lambda t, a: np.einsum("i,i", t, a),
    "view": lambda t, a: t * a[::-1],
    "loss": lambda t, a: np.log1p(np.exp(t * a)),
}


@pytest.mark.parametrize("name", OPERANDS)
def test_an_operand_written_into(name):
    t = ag.Tensor([1.0, 2.0, 3.0], requires_grad=True)
    a = np.array([3.0, 4.0, 1.0])
    y = np.sum(OPERANDS[name](t, a))
    y.backward()
    expected = t.grad.copy()
    a[1] = 100.0
    with pytest.raises(RuntimeError, match="has been changed since"):
        y.backward()
    with pytest.raises(RuntimeError, match="has been changed since"):
        ag.gradients(y, [t])
    np.testing.assert_array_equal(t.grad, expected)
    a[1] = 4.0
    y.backward()
    np.testing.assert_array_equal(t.grad, 2 * expected)


@pytest.mark.parametrize(
    "write",
    [
        lambda w: w.data.__setitem__(0, 9.0),
        lambda w: setattr(w, "data", w.data * 2),
        lambda w: np.multiply(w.data, 2, out=w.data),
    ],
)
@pytest.mark.parametrize("trained", [False, True])
def test_a_leaf_written_into(write, trained):
    x = ag.Tensor([1.0, 2.0], requires_grad=True)
    w = ag.Tensor([3.0, 4.0], requires_grad=trained)
    y = np.sum(x * w)
    write(w)
    with pytest.raises(RuntimeError, match="has been changed since"):
        y.backward()


def test_an_update_between_two_losses():
    """The second would be differentiated at new weights and old results."""
    w = ag.Tensor([3.0, 4.0], requires_grad=True)
    first, second = np.sum(w**2), np.sum(w**3)
    first.backward()
    w.data -= 0.1 * w.grad
    with pytest.raises(RuntimeError, match="before changing it"):
        second.backward()


def test_what_nobody_reads_again_may_change():
    t, a = ag.Tensor([1.0, 2.0], requires_grad=True), np.array([3.0, 4.0])
    with ag.no_grad():
        t * a
    y = np.sum(t * a)
    y.backward()
    a[:] = 0
    (np.sum(t * a) + 1).backward()
    np.testing.assert_array_equal(t.grad, [3, 4])


def test_arrays_of_a_pull_back():
    a = np.array([3.0, 4.0])
    _, pull_back = ag.vjp(lambda x: x * a, np.ones(2))
    a[:] = 0
    with pytest.raises(RuntimeError, match="has been changed since"):
        pull_back(np.ones(2))


@pytest.mark.parametrize("share", [lambda h: h, ag.stop_gradient])
def test_results_cannot_be_written_into(share):
    """exp and its kin compute their gradient from the result."""
    h = np.exp(ag.Tensor([1.0, 2.0], requires_grad=True))
    with pytest.raises(ValueError, match="read-only"):
        share(h).data[:] = 0
    with ag.no_grad():
        plain = np.exp(ag.Tensor([1.0, 2.0], requires_grad=True))
    plain.data[:] = 0
