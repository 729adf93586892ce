"""An update in a Graph: new values by the formula, the result computed anew, nothing changed."""

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.graphs import Graph
from autograd_lite.graphs.update import descended, updated

X = np.array([[1.0, 2.0], [-1.0, 0.5], [0.0, -3.0]])


def loss(w):
    return np.mean(np.log1p(np.exp(-(X @ w))))


@pytest.fixture
def w():
    return ag.Tensor([[0.5], [-1.0]], requires_grad=True, name="w")


def test_a_step_of_gradient_descent(w):
    J = loss(w)
    before = w.data.copy()
    update = descended(ag.graph(J), J, 0.5).update
    # dJ/dw = -X' sigmoid(-X w) / 3
    slope = -X.T @ (1 / (1 + np.exp(X @ before))) / 3
    ((node, values),) = update.after
    assert node == 0
    np.testing.assert_allclose(np.array(values.sample.values), before - 0.5 * slope)
    np.testing.assert_allclose(
        update.result, np.mean(np.log1p(np.exp(-X @ (before - 0.5 * slope))))
    )
    assert (update.rule, update.rate, update.is_plain) == ("gradient descent", 0.5, True)
    np.testing.assert_array_equal(w.data, before)
    assert w.grad is None


def test_random_numbers_are_not_drawn_anew(w):
    generator = np.random.default_rng(0)
    J = np.sum(w * ag.sample(generator, "normal", shape=(2, 1)))
    state = generator.bit_generator.state
    update = descended(ag.graph(J), J, 0.1).update
    assert generator.bit_generator.state == state
    noise = np.asarray(J.inputs[0].inputs[1])
    np.testing.assert_allclose(update.result, np.sum((w.data - 0.1 * noise) * noise))


def test_an_operation_with_several_results():
    A = ag.Tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True, name="A")
    J = np.sum(np.linalg.eigh(A)[0] ** 2)  # the sum of squares of a symmetric A: dJ/dA = 2 A
    update = descended(ag.graph(J), J, 0.25).update
    np.testing.assert_allclose(update.result, np.sum((A.data / 2) ** 2))


def test_another_rule_is_said_not_to_be_plain(w):
    J = loss(w)
    slope = np.array([[0.1], [0.2]])
    graph = updated(ag.graph(J), J, [(w, slope, w.data + 1)], None, "Adam", 0.01)
    assert (graph.update.is_plain, graph.update.result) == (False, None)
    assert Graph.from_dict(graph.to_dict()) == graph


@pytest.mark.parametrize(
    ("rate", "error", "message"),
    [
        ("0.1", TypeError, "is a number"),
        (-1.0, ValueError, "negative"),
        (np.nan, ValueError, "nan"),
    ],
)
def test_wrong_rates(w, rate, error, message):
    with pytest.raises(error, match=message):
        ag.draw(loss(w), learning_rate=rate)


def test_no_gradients_no_update(w):
    with pytest.raises(ValueError, match="an update needs gradients"):
        ag.draw(X @ w, learning_rate=0.1)
