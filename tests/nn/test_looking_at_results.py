"""Results of models are read by `np.asarray` and plots, where nobody is differentiating."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import autograd_lite as ag
import nn

X = np.linspace(-1, 1, 8, dtype=np.float32)[:, None]


@pytest.fixture
def model():
    made = nn.Sequential([nn.Dense(3, "relu"), nn.Dense(1)])
    made(X)
    return made


def test_a_result_is_an_array(model):
    y = model(X)
    assert y.requires_grad
    assert np.array(y).dtype == np.float32
    assert (np.asarray(y) == y.data).all()
    assert np.array([1.0, *np.array(y)[:, 0]]).shape == (9,)
    assert y.numpy().shape == (8, 1)
    assert np.array(y[:, 0].reshape(2, 4).T).shape == (4, 2)


def test_a_result_is_plotted(model):
    figure, axes = plt.subplots()
    (line,) = axes.plot(X, model(X))
    assert (line.get_ydata() == model(X).data[:, 0]).all()
    axes.imshow(model.layers[0](X))
    axes.scatter(X, model(X), c=model(X))
    plt.close(figure)


def test_several_results():
    class Two(nn.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Dense(1), nn.Dense(2)

        def call(self, x):
            return {"a": self.a(x), "b": self.b(x)}

    assert {name: np.array(y).shape for name, y in Two()(X).items()} == {"a": (8, 1), "b": (8, 2)}


def test_what_is_differentiated_stays_in_the_record(model):
    """An array made of it would lose its gradient without a word."""
    refused = pytest.raises(TypeError, match="requires a gradient, and a plain array would lose it")
    with refused:
        np.asarray(model(X) ** 2)
    with pytest.raises(TypeError, match="would lose it"):
        np.asarray(model(X, training=True))
    with pytest.raises(TypeError, match="would lose it"):
        ag.grad(lambda x: np.sum(np.asarray(model(x))))(X)
    with pytest.raises(TypeError, match="would lose it"):
        np.asarray(model(ag.Tensor(X, requires_grad=True)))

    class Careless(nn.Model):
        def __init__(self):
            super().__init__()
            self.dense = nn.Dense(1)

        def call(self, x):
            return np.abs(np.asarray(self.dense(x)))

    with pytest.raises(TypeError, match="would lose it"):
        Careless()(X)


def test_gradients_of_a_result_that_was_read(model):
    y = model(X)
    before = np.array(y)
    loss = np.mean(np.square(y))
    loss.backward()
    kernel = model.layers[1].kernel
    hidden = np.maximum(X @ model.layers[0].kernel.data + model.layers[0].bias.data, 0)
    np.testing.assert_allclose(kernel.grad, hidden.T @ before * 2 / 8, rtol=1e-5)
