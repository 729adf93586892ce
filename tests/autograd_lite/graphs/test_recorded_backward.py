import json

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.graphs import Graph, graph

X = np.array([[1.0, 2.0], [-1.0, 0.5], [0.0, -3.0], [2.0, 1.0]])


def steps(g, source=None):
    """The contributions, or those to the node with that label."""
    labels = [node.label for node in g.nodes]
    return [s for s in g.backward if source is None or labels[s.edge.source] == source]


def values(summary):
    return np.array(summary.sample.values)


def test_a_chain_by_hand():
    x = ag.Tensor([0.5, -1.0, 2.0], requires_grad=True, name="x")
    g = graph(np.sum(np.tanh(x)))
    to_tanh, to_x = g.backward
    assert (to_tanh.edge, to_x.edge) == ((1, 2, 0), (0, 1, 0))
    np.testing.assert_allclose(values(to_tanh.local), np.ones((1, 3)))
    assert to_tanh.upstream.values == ((1.0, 1.0, 1.0),)  # repeated to the product's shape
    slope = 1 - np.tanh([[0.5, -1.0, 2.0]]) ** 2
    np.testing.assert_allclose(values(to_x.local), slope)
    np.testing.assert_allclose(values(to_x.product), slope)
    assert to_x.axes == ()
    assert (to_x.number, to_x.before) == (1, None)
    assert to_x.contribution == to_x.product == to_x.after
    assert to_x.after.sample == g.nodes[0].gradient_sample
    assert x.grad is None


def test_a_weight_used_twice_is_added_up():
    w = ag.Tensor(3.0, requires_grad=True, name="w")
    g = graph(w * w * 5)  # dJ/dw = 5w + 5w
    first, second = steps(g, "w")
    assert (first.edge.position, second.edge.position) == (0, 1)
    assert (first.number, second.number) == (1, 2)
    assert values(first.after) == 15
    assert values(second.before) == 15
    assert values(second.contribution) == 15
    assert values(second.after) == 30
    assert g.nodes[0].gradient.mean == 30


def test_broadcasting_is_undone_where_it_happened():
    b = ag.Tensor([1.0, 2.0], requires_grad=True, name="b")
    c = ag.Tensor([[2.0]], requires_grad=True, name="c")
    g = graph(np.sum((X + b) * c))
    (to_b,) = steps(g, "b")
    assert to_b.product.shape == (4, 2)
    assert to_b.axes == (0,)
    assert to_b.contribution.shape == (2,)
    np.testing.assert_allclose(values(to_b.contribution), [[8.0, 8.0]])  # 4 rows times c
    (to_c,) = steps(g, "c")
    assert to_c.axes == (0, 1)
    assert to_c.contribution.shape == (1, 1)
    np.testing.assert_allclose(values(to_c.contribution), (X + b.data).sum())


def test_broadcast_and_used_twice():
    b = ag.Tensor(2.0, requires_grad=True, name="b")
    g = graph(np.sum(X * b) + np.sum(X - b))
    first, second = steps(g, "b")
    assert first.axes == second.axes == (0, 1)
    assert second.before == first.after
    np.testing.assert_allclose(values(second.after), X.sum() - X.size)


@pytest.mark.parametrize(
    ("f", "local"),
    [
        (np.exp, lambda x: np.exp(x)),
        (lambda x: np.sum(x, axis=1), lambda x: np.ones_like(x)),
        (lambda x: np.mean(x, axis=0), lambda x: np.full_like(x, 1 / 3)),
        (lambda x: np.max(x, axis=1), lambda x: np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])),
        (lambda x: np.where(x > 0, x, 0.0), lambda x: (x > 0) * 1.0),
    ],
)
def test_a_local_derivative_times_the_upstream_gradient_is_the_product(f, local):
    x = ag.Tensor([[-1.0, 2.0, 0.5], [0.1, -2.0, 3.0], [4.0, -3.0, 1.0]], requires_grad=True)
    y = f(x)
    upstream = np.arange(1.0, y.size + 1).reshape(y.shape)
    step = graph(np.sum(y * upstream)).backward[-1]
    np.testing.assert_allclose(values(step.local), local(x.data), atol=1e-12)
    np.testing.assert_allclose(
        values(step.local) * np.array(step.upstream.values), values(step.product)
    )


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x @ np.array([[1.0, 2.0], [3.0, 4.0]]),
        lambda x: np.cumsum(x, axis=0),
        lambda x: x.T,  # square, but each entry goes elsewhere
        lambda x: x[[0, 0]],
    ],
)
def test_where_entries_mix_or_move_there_is_no_local_derivative(f):
    x = ag.Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = f(x)
    g = graph(np.sum(y * np.array([[1.0, 2.0], [3.0, 5.0]])))
    assert g.backward[-1].local is None
    assert g.backward[-1].upstream == g.nodes[g.backward[-1].edge.target].gradient_sample


def test_the_sums_are_the_gradients_that_backward_gives():
    w = ag.Tensor([[0.5], [-1.0]], requires_grad=True, name="w")
    b = ag.Tensor([0.1], requires_grad=True, name="b")
    z = X @ w + b
    J = np.mean(np.log1p(np.exp(-z)) + 0.1 * np.sum(w * w))
    g = graph(J)
    J.backward()
    np.testing.assert_allclose(values(steps(g, "w")[-1].after), w.grad)
    np.testing.assert_allclose(values(steps(g, "b")[-1].after)[0], b.grad)
    for node in g.nodes:
        arrived = [s for s in g.backward if s.edge.source == node.id]
        assert [s.number for s in arrived] == list(range(1, len(arrived) + 1))
        if arrived:
            assert arrived[-1].after.statistics == node.gradient
    edges = {edge: i for i, edge in enumerate(g.edges)}
    assert all(s.edge in edges for s in g.backward)


def test_a_node_hands_on_only_when_its_own_gradient_is_complete():
    x = ag.Tensor(2.0, requires_grad=True)
    h = x * 3
    g = graph(h * h + np.exp(h))
    complete = {g.outputs[0]}
    for i, step in enumerate(g.backward):
        assert step.edge.target in complete
        if not any(later.edge.source == step.edge.source for later in g.backward[i + 1 :]):
            complete.add(step.edge.source)


def test_a_given_upstream_gradient():
    x = ag.Tensor([1.0, 2.0], requires_grad=True)
    (step,) = graph(x**2, upstream=np.array([10.0, 1.0])).backward
    assert step.upstream.values == ((10.0, 1.0),)
    assert step.product.sample.values == ((20.0, 4.0),)


def test_several_results_of_one_operation():
    A = ag.Tensor([[2.0, 0.0], [0.0, 1.0]], requires_grad=True, name="A")
    eigenvalues, _ = np.linalg.eigh(A)
    g = graph(np.sum(eigenvalues))
    assert [step.edge for step in g.backward] == [(2, 3, 0), (0, 1, 0)]
    assert g.backward[-1].upstream is None
    np.testing.assert_allclose(values(g.backward[-1].after), np.eye(2))


def test_no_gradients_no_steps():
    x = ag.Tensor([1.0, 2.0], requires_grad=True)
    assert graph(x * 2).backward == ()
    assert graph(np.sum(x), gradients=False).backward == ()
    J = np.sum(x)
    J.backward(retain_graph=False)
    assert graph(J).backward == ()


def test_an_edge_to_a_result_that_gradient_does_not_flow_through_has_no_step():
    x = ag.Tensor([1.0, -2.0], requires_grad=True, name="x")
    g = graph(np.sum(np.where(x > 0, x, 0.0)))
    assert len(steps(g, "x")) == 1
    assert len([edge for edge in g.edges if edge.source == 0]) == 2


def test_zero_wins_over_an_infinite_local_derivative():
    x = ag.Tensor([0.0, 4.0], requires_grad=True, name="x")
    g = graph(np.sum(np.where(np.array([False, True]), np.sqrt(x), 0.0)))
    (step,) = steps(g, "x")
    assert step.upstream.values == ((0.0, 1.0),)
    assert step.local.sample.values[0] == (np.inf, 0.25)
    assert step.product.sample.values == ((0.0, 0.25),)


def test_json_keeps_the_steps():
    w = ag.Tensor([[1.0, np.inf], [np.nan, 0.0]], requires_grad=True, name="w")
    b = ag.Tensor(1.0, requires_grad=True, name="b")
    g = graph(np.sum((w + b) * w))
    again = Graph.from_dict(json.loads(g.to_json()))
    assert repr(again) == repr(g)
    assert str(again.backward) == str(g.backward)  # as text, since NaN is not equal to itself
    assert len(again.backward) == 5
    assert again.to_json() == g.to_json()


def test_large_computations_keep_statistics_alone():
    y = ag.Tensor([1.0, 2.0], requires_grad=True)
    for _ in range(5_000):
        y = -y
    g = graph(np.sum(y))
    assert len(g.backward) == 5_001
    step = g.backward[-1]
    assert (step.upstream, step.local, step.product.sample) == (None, None, None)
    assert step.after.statistics.mean == 1


def test_a_contribution_in_another_dtype_is_what_arrives():
    x = ag.Tensor(np.float32(1e-30), requires_grad=True, name="x")
    g = graph(np.sum(x * np.array([1e-20])))
    assert g.nodes[0].gradient.mean == pytest.approx(1e-20)
    step = steps(g, "x")[0]
    assert step.contribution.statistics == step.after.statistics


# -- dead units -----------------------------------------------------------------------------------


def test_dead_units_are_zero_for_every_example():
    x = ag.Tensor([[1.0, -1.0, 0.0, -2.0], [-1.0, -3.0, -1.0, 4.0]], requires_grad=True)
    (relu,) = [
        node for node in graph(np.sum(np.maximum(x, 0))).nodes if node.operation == "maximum"
    ]
    assert relu.dead_units == 0.5
    (left,) = [
        node for node in graph(np.sum(np.maximum(0, x))).nodes if node.operation == "maximum"
    ]
    assert left.dead_units == 0.5


@pytest.mark.parametrize("f", [lambda x: np.maximum(x, 1), np.exp, lambda x: np.maximum(x[0], 0)])
def test_only_a_relu_of_several_examples_has_dead_units(f):
    x = ag.Tensor([[1.0, -1.0], [-1.0, -3.0]], requires_grad=True)
    assert all(node.dead_units is None for node in graph(np.sum(f(x))).nodes)


def test_units_are_along_the_last_axis():
    x = np.full((2, 3, 3, 4), -1.0)
    x[1, 2, 0, 3] = 1.0
    y = np.maximum(ag.Tensor(x, requires_grad=True), 0)
    (relu,) = [node for node in graph(np.sum(y)).nodes if node.operation == "maximum"]
    assert relu.dead_units == 0.75
