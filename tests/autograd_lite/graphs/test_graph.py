import json

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite.graphs import Edge, Graph, ScopeCall, graph

X = np.array([[1.0, 2.0], [-1.0, 0.5], [0.0, -3.0], [2.0, 1.0]])


def logistic_regression():
    w = ag.Tensor([[0.5], [-1.0]], requires_grad=True, name="w")
    return np.mean(np.log1p(np.exp(-(X @ w)))), w


def labels(g):
    return [node.label for node in g.nodes]


def by_label(g, label):
    (node,) = [node for node in g.nodes if node.label == label]
    return node


# -- structure ------------------------------------------------------------------------------------


def test_logistic_regression_counted_by_hand():
    g = graph(logistic_regression()[0])
    assert labels(g) == [
        *("w", "x", "v₁ = x @ w", "v₂ = −v₁", "v₃ = exp(v₂)", "v₄ = log1p(v₃)", "J = mean(v₄)")
    ]
    assert [node.symbol for node in g.nodes] == ["w", "x", "v_1", "v_2", "v_3", "v_4", "J"]
    assert [node.kind for node in g.nodes] == [
        *("parameter", "constant"),
        *("operation", "operation", "operation", "operation", "output"),
    ]
    assert [node.id for node in g.nodes] == list(range(7))
    assert g.edges == ((1, 2, 0), (0, 2, 1), (2, 3, 0), (3, 4, 0), (4, 5, 0), (5, 6, 0))
    assert g.outputs == (6,)
    assert g.scopes == ()
    assert [node.shape for node in g.nodes] == [(2, 1), (4, 2), *[(4, 1)] * 4, ()]
    assert {node.dtype for node in g.nodes} == {"float64"}
    assert [node.bytes for node in g.nodes] == [16, 64, 32, 32, 32, 32, 8]
    assert repr(g) == "Graph(7 nodes, 6 edges, 0 scopes)"


def test_a_value_used_twice_has_two_edges_and_numbers_are_written_into_the_operation():
    x = ag.Tensor(3.0, requires_grad=True, name="x")
    g = graph(1 - x * x)
    assert labels(g) == ["x", "v = x × x", "J = 1 − v"]
    assert g.edges == (Edge(0, 1, 0), Edge(0, 1, 1), Edge(1, 2, 1))
    assert g.nodes[2].scalars == ((0, 1),)
    assert g.nodes[2].operation == "subtract"


def test_an_array_is_one_node_however_often_it_is_used():
    mask = np.array([1.0, 0.0])
    x = ag.Tensor([1.0, 2.0], requires_grad=True)
    g = graph(np.sum(x * mask + mask))
    assert [node.kind for node in g.nodes].count("constant") == 1
    assert g.edges == ((0, 2, 0), (1, 2, 1), (2, 3, 0), (1, 3, 1), (3, 4, 0))


def test_kinds_of_leaves():
    data = ag.Tensor([1.0], name="data")
    frozen = ag.Variable([2.0], trainable=False, name="frozen")
    weight = ag.Variable([3.0], name="weight")
    unnamed = ag.Tensor([4.0], requires_grad=True)
    g = graph(data * weight + frozen * unnamed)
    assert {node.label: node.kind for node in g.nodes if node.operation is None} == {
        "data": "input",
        "frozen": "parameter",
        "weight": "parameter",
        "w": "parameter",
    }
    assert [node.requires_grad for node in g.nodes[:4]] == [False, False, True, True]


def test_inputs_come_before_users_and_ids_are_the_same_each_time():
    def branches():
        x = ag.Tensor([1.0, 2.0], requires_grad=True)
        a, b = np.sin(x), np.cos(x)
        return np.sum(b * a + x[::-1] * a)

    first, second = graph(branches()), graph(branches())
    assert first == second
    assert all(edge.source < edge.target for edge in first.edges)
    assert labels(first)[1:3] == ["v₁ = sin(w)", "v₂ = cos(w)"]


def test_a_named_result_shows_its_name_and_its_operation():
    x = ag.Tensor(2.0, requires_grad=True)
    z = x * 3
    z.name = "z"
    node = graph(z).nodes[-1]
    assert node.label == "z = w × 3"
    assert node.name == "z"


def test_several_results_of_one_operation():
    A = ag.Tensor([[2.0, 0.0], [0.0, 1.0]], requires_grad=True, name="A")
    values, _ = np.linalg.eigh(A)
    g = graph(np.sum(values))
    assert labels(g) == ["A", "v₁ = linalg.eigh(A)", "v₂ = result 0 of v₁", "J = sum(v₂)"]
    hidden = g.nodes[1]
    assert (hidden.shape, hidden.dtype, hidden.value, hidden.gradient) == (None, None, None, None)
    assert hidden.bytes == 2 * 8 + 4 * 8
    assert g.nodes[2].shape == (2,)
    # d(trace)/dA is the unit matrix
    assert g.nodes[0].gradient_sample.values == pytest.approx(np.eye(2))


def test_a_list_of_results():
    x = ag.Tensor([1.0, 2.0], requires_grad=True)
    h = np.sin(x)
    J = np.sum(h)
    g = graph([J, h, J])
    assert g.outputs == (2, 1)
    assert [node.kind for node in g.nodes] == ["parameter", "output", "output"]
    assert "2 results" in g.no_gradients


@pytest.mark.parametrize("leaf", [ag.Tensor([1.0]), ag.Tensor([1.0], requires_grad=True)])
def test_a_leaf_is_one_node(leaf):
    g = graph(leaf)
    assert len(g.nodes) == 1
    assert g.edges == ()
    assert g.nodes[0].kind == ("parameter" if leaf.requires_grad else "input")
    assert "not computed from anything" in g.no_gradients


@pytest.mark.parametrize("J", [np.ones(3), 1.0, None, "J", [np.ones(2)]])
def test_only_tensors(J):
    with pytest.raises(TypeError, match="read from a Tensor"):
        graph(J)


def test_an_empty_list():
    with pytest.raises(ValueError, match="empty"):
        graph([])


def test_no_recursion_and_no_quadratic_walk_in_a_chain_of_20_000():
    y = x = ag.Tensor(1.0, requires_grad=True, name="x")
    for _ in range(20_000):
        y = -y
    g = graph(y)
    assert len(g.nodes) == 20_001
    assert len(g.edges) == 20_000
    assert g.nodes[0].gradient.mean == 1.0
    assert x.grad is None


# -- scopes ---------------------------------------------------------------------------------------


def test_each_call_of_a_layer_is_a_scope_of_its_own():
    w = ag.Variable(2.0, name="w")
    x = ag.Tensor(3.0, name="x")
    with ag.scope("model"):
        for _ in range(2):
            with ag.scope("dense"):
                x = x * w
    g = graph(x)
    assert g.scopes == (
        ScopeCall(0, "model", None),
        ScopeCall(1, "dense", 0),
        ScopeCall(2, "dense", 0),
    )
    assert [(node.label, node.scope) for node in g.nodes] == [
        ("w", 0),  # used in both calls, so around both
        ("x", None),  # data, made outside
        ("v = x × w", 1),
        ("J = v × w", 2),
    ]


def test_a_parameter_belongs_to_the_call_that_uses_it_not_to_the_one_that_made_it():
    with ag.scope("dense"):
        w = ag.Variable([1.0], name="w")
        np.sum(w * 2)
    with ag.scope("dense"):
        J = np.sum(w * 2)
    g = graph(J)
    assert [scope.name for scope in g.scopes] == ["dense"]
    assert [node.scope for node in g.nodes] == [0, 0, 0]


def test_data_made_inside_a_layer_stays_there_and_an_array_is_outside():
    w = ag.Variable([1.0, 2.0], name="w")
    with ag.scope("layer"):
        inside = ag.Tensor([1.0, 0.0], name="inside")
        J = np.sum(w * inside * np.array([3.0, 4.0]))
    g = graph(J)
    assert by_label(g, "inside").scope == 0
    assert by_label(g, "c").scope is None


# -- gradients ------------------------------------------------------------------------------------


def test_gradients_of_logistic_regression_by_hand():
    J, w = logistic_regression()
    g = graph(J)
    # J = mean(log(1 + exp(-z))), z = Xw: dJ/dz = -s / 4 with s = 1 / (1 + exp(z)), dJ/dw = X'dJ/dz
    z = X @ w.data
    dz = -1 / (1 + np.exp(z)) / 4
    assert by_label(g, "v₁ = x @ w").gradient_sample.values == pytest.approx(dz)
    assert by_label(g, "v₂ = −v₁").gradient_sample.values == pytest.approx(-dz)
    assert by_label(g, "v₄ = log1p(v₃)").gradient_sample.values == pytest.approx(
        np.full((4, 1), 0.25)
    )
    assert by_label(g, "w").gradient_sample.values == pytest.approx(X.T @ dz)
    assert by_label(g, "w").gradient.mean_absolute == pytest.approx(np.abs(X.T @ dz).mean())
    assert by_label(g, "J = mean(v₄)").gradient.mean == 1
    assert g.no_gradients is None
    assert w.grad is None


def test_an_accumulated_grad_is_left_alone():
    J, w = logistic_regression()
    J.backward()
    before = w.grad.copy()
    graph(J)
    np.testing.assert_array_equal(w.grad, before)


def test_not_computed_is_none_and_zero_is_zero():
    x = ag.Tensor([-1.0, -2.0], requires_grad=True, name="x")
    y = ag.Tensor([1.0, 2.0], requires_grad=True, name="y")
    J = np.sum(np.maximum(x, 0)) + np.argmax(y)
    g = graph(J)
    assert by_label(g, "x").gradient.mean_absolute == 0
    assert by_label(g, "x").gradient.zeros == 1
    assert by_label(g, "y").gradient is None
    assert by_label(g, "v₃ = argmax(y)").gradient is None
    assert by_label(g, "y").value is not None


def test_an_array_of_results_needs_an_upstream_gradient():
    x = ag.Tensor([1.0, 2.0], requires_grad=True, name="x")
    y = x**2
    g = graph(y)
    assert "shape (2,)" in g.no_gradients
    assert all(node.gradient is None for node in g.nodes)
    weighted = graph(y, upstream=np.array([10.0, 1.0]))
    assert weighted.nodes[0].gradient_sample.values == ((20.0, 4.0),)
    with pytest.raises(ValueError, match="shape"):
        graph(y, upstream=np.ones(3))
    with pytest.raises(ValueError, match="need a scalar"):
        graph(y, gradients=True)


def test_gradients_can_be_refused():
    J, _ = logistic_regression()
    g = graph(J, gradients=False)
    assert g.no_gradients == "not requested"
    assert all(node.gradient is None for node in g.nodes)
    with pytest.raises(ValueError, match="upstream"):
        graph(J, gradients=False, upstream=np.array(1.0))


def test_a_freed_graph_is_read_as_far_as_it_is_there():
    J, _ = logistic_regression()
    J.backward(retain_graph=False)
    g = graph(J)
    assert labels(g) == ["J = mean"]
    assert "freed" in g.no_gradients
    with pytest.raises(RuntimeError, match="freed"):
        graph(J, gradients=True)


def test_a_variable_assigned_since_gives_no_gradients():
    v = ag.Variable([1.0, 2.0], name="v")
    J = np.sum(v * v)
    v.assign([3.0, 4.0])
    g = graph(J)
    assert labels(g) == ["v", "v₁ = v × v", "J = sum(v₁)"]
    assert "assigned" in g.no_gradients
    assert "'v'" in g.no_gradients
    with pytest.raises(RuntimeError, match="assigned"):
        graph(J, gradients=True)


def test_nothing_that_requires_a_gradient():
    x = ag.Tensor([1.0, 2.0], requires_grad=True)
    g = graph(np.argmax(x))
    assert "the result has no gradient" in g.no_gradients
    with ag.no_grad():
        y = np.sum(x)
    assert "not computed from anything" in graph(y).no_gradients


def test_a_leaf_used_in_a_result_that_is_drawn_beside_it():
    x = ag.Tensor(2.0, requires_grad=True, name="x")
    g = graph([x, x * 3])
    assert g.outputs == (0, 1)
    assert [node.kind for node in g.nodes] == ["parameter", "output"]


# -- values ---------------------------------------------------------------------------------------


def test_values_and_samples():
    x = ag.Tensor(np.arange(-10.0, 10.0).reshape(2, 10), name="x")
    node = graph(x).nodes[0]
    assert node.value[:4] == (-10.0, 9.0, -0.5, 5.0)
    assert node.value.zeros == 1 / 20
    assert node.sample.columns == (0, 1, 3, 5, 7, 9)
    assert not node.sample.complete


def test_large_computations_keep_samples_of_single_numbers_only():
    y = ag.Tensor([1.0, 2.0], requires_grad=True)
    for _ in range(5_000):
        y = -y
    g = graph(np.sum(y))
    assert g.nodes[0].sample is None
    assert g.nodes[0].gradient_sample is None
    assert g.nodes[0].gradient.mean == 1
    assert g.nodes[-1].sample.values == ((3.0,),)


# -- plain data -----------------------------------------------------------------------------------


def strict_json(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_json_round_trip():
    w = ag.Variable([[0.5], [1.0]], name="w\n<b>\ud800")
    with ag.scope("layer"):
        with ag.scope("inner"):
            h = np.maximum(X @ w, 0.25)
        J = np.mean(h[1:, 0] ** 2)
    g = graph(J)
    assert Graph.from_dict(g.to_dict()) == g
    assert Graph.from_dict(strict_json(g.to_json())) == g


def test_json_round_trip_of_numbers_that_json_does_not_know():
    x = ag.Tensor([np.nan, np.inf, -np.inf, 1.0], requires_grad=True)
    data = graph(np.sum(x * float("inf"))).to_dict()
    again = Graph.from_dict(strict_json(json.dumps(data, allow_nan=False)))
    assert again.to_dict() == data
    assert np.array_equal(again.nodes[0].sample.values, [x.data], equal_nan=True)
    assert again.nodes[1].scalars == ((1, float("inf")),)


@pytest.mark.parametrize(
    "data",
    [{}, [], None, {"version": 99}, {"version": 1}, {"version": 2, "nodes": [{"id": 0}]}],
)
def test_other_data_is_refused(data):
    with pytest.raises(ValueError, match="not a graph"):
        Graph.from_dict(data)


def test_arrays_can_be_given_names():
    w = ag.Tensor([[0.5], [-1.0]], requires_grad=True, name="w")
    g = graph(np.sum(X @ w), names={"X_train": X})
    assert labels(g) == ["w", "X_train", "v = X_train @ w", "J = sum(v)"]
    assert Graph.from_dict(g.to_dict()).nodes[1].symbol == r"X_{\mathrm{train}}"
    with pytest.raises(ValueError, match="cannot be a symbol"):
        graph(np.sum(X @ w), names={"2x": X})
    with pytest.raises(TypeError, match="names is a dict"):
        graph(np.sum(X @ w), names=[X])


def test_constants_are_named_by_what_is_in_them():
    y = np.array([[1.0], [0.0], [0.0], [1.0]])
    w = ag.Tensor([[0.5], [-1.0]], requires_grad=True, name="w")
    a = 1 / (1 + np.exp(-(X @ w)))
    g = graph(np.mean(-y * np.log(a) - (1 - y) * np.log(1 - a)))
    constants = [node.label for node in g.nodes if node.kind == "constant"]
    assert constants == ["x", "−y", "1 − y"]
    assert "v₅ = (−y) × v₄" in labels(g)


def test_labels_and_a_dropout_mask_are_named():
    model = nn.Sequential([nn.Dense(4, activation="relu"), nn.Dropout(0.5), nn.Dense(3)])
    loss = nn.SparseCategoricalCrossentropy(from_logits=True)
    g = graph(loss(np.array([0, 1, 2, 1]), model(X, training=True)))
    found = [node.label for node in g.nodes if node.operation is None]
    assert found == [
        *("x", "W₁: kernel", "b₁", "mask: dropout mask", "W₂: kernel", "b₂", "y: labels"),
    ]


def test_explanations_and_pictures_share_their_symbols():
    w, v = (ag.Tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    J = np.sum(np.tanh(w * 2) * np.exp(v))
    assert ag.explain(J, v).result.startswith("∂J/∂w₂")
    assert graph(J).nodes[1].symbol == "w_2"
