"""A program in micrograd's manner, by the two lines of docs/coming_from.md."""

import numpy as np
import pytest

import autograd_lite as ag


@pytest.fixture
def Value(monkeypatch):
    monkeypatch.setattr(
        ag.Tensor, "relu", lambda self: np.where(self > 0, self, 0.0), raising=False
    )
    return lambda x: ag.Tensor(float(x), requires_grad=True)


def test_a_network_of_single_numbers(Value):
    """Two layers of neurons and a margin loss, number by number; expected: the same in matrices."""
    random = np.random.default_rng(0)
    X, signs = random.normal(size=(6, 2)), np.array([1, -1, 1, 1, -1, -1])
    W, v = random.normal(size=(2, 3)), random.normal(size=3)
    hidden = [[Value(w) for w in column] for column in W.T]
    outer = [Value(w) for w in v]

    def score(x):
        inputs = list(map(Value, x))
        layer = [
            sum(w * xi for w, xi in zip(neuron, inputs, strict=True)).relu() for neuron in hidden
        ]
        return sum(w * h for w, h in zip(outer, layer, strict=True))

    loss = sum((1 + -s * score(x)).relu() for s, x in zip(signs, X, strict=True)) * (1.0 / len(X))
    loss.backward()

    h = np.maximum(X @ W, 0)
    margin = 1 - signs * (h @ v)
    g = -signs * (margin > 0) / len(X)
    assert float(loss.data) == pytest.approx(np.mean(np.maximum(margin, 0)), rel=1e-14)
    np.testing.assert_allclose([w.grad for w in outer], h.T @ g, rtol=1e-12)
    by_hidden = X.T @ (np.outer(g, v) * (X @ W > 0))
    np.testing.assert_allclose(
        [[w.grad for w in neuron] for neuron in hidden], by_hidden.T, rtol=1e-12
    )

    for w in outer:
        w.data -= 0.5 * w.grad
        w.grad = 0
    np.testing.assert_allclose([w.data for w in outer], v - 0.5 * (h.T @ g), rtol=1e-12)
