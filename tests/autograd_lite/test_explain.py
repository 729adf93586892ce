"""`explain`: the chain rule in formulas, true to the gradients; what it claims, and what not."""

from __future__ import annotations

import html.parser
import importlib.util
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite.explanations import explain
from autograd_lite.maths.reading import read
from autograd_lite.maths.tree import Symbol

_spec = importlib.util.spec_from_file_location(
    "formula_values", Path(__file__).parent / "maths" / "formula_values.py"
)
formula_values = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(formula_values)

RANDOM = np.random.default_rng(11)
X = RANDOM.normal(size=(8, 3))
Y = (RANDOM.uniform(size=(8, 1)) < 0.5).astype(float)
LABELS = RANDOM.integers(0, 4, size=8)
ONE_HOT = np.eye(4)[LABELS]


def parameter(*shape, name=None):
    return ag.Tensor(RANDOM.normal(size=shape), requires_grad=True, name=name)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


# -- logistic regression ---------------------------------------------------------------------------

BINARY = {
    "as the course has it": lambda z: np.mean(
        -Y * np.log(sigmoid(z)) - (1 - Y) * np.log(1 - sigmoid(z))
    ),
    "minus in front": lambda z: -np.mean(Y * np.log(sigmoid(z)) + (1 - Y) * np.log(1 - sigmoid(z))),
    "two means": lambda z: (
        -np.mean(Y * np.log(sigmoid(z))) - np.mean((1 - Y) * np.log(1 - sigmoid(z)))
    ),
    "sum over m": lambda z: np.sum(-Y * np.log(sigmoid(z)) - (1 - Y) * np.log(1 - sigmoid(z))) / 8,
    "cases": lambda z: -np.mean(np.where(Y == 1, np.log(sigmoid(z)), np.log(1 - sigmoid(z)))),
    "logits": lambda z: np.mean(np.log1p(np.exp(-z)) + (1 - Y) * z),
    "logaddexp": lambda z: np.mean(np.logaddexp(0, z) - Y * z),
    "sign": lambda z: np.mean(np.log1p(np.exp(-(2 * Y - 1) * z))),
    "nn, probabilities": lambda z: nn.BinaryCrossentropy()(Y, nn.activations.sigmoid(z)),
    "nn, logits": lambda z: nn.BinaryCrossentropy(from_logits=True)(Y, z),
}


@pytest.mark.parametrize("spelling", BINARY)
def test_logistic_regression(spelling):
    w, b = parameter(3, 1, name="w"), parameter(1, name="b")
    J = BINARY[spelling](X @ w + b)
    assert explain(J, w).result == "∂J/∂w = (1/m) xᵀ (a − y)"
    assert explain(J, b).result == "∂J/∂b = (1/m) ∑_(axis 0) (a − y)"


def test_logistic_regression_step_by_step():
    w, b = parameter(3, 1, name="w"), parameter(1, name="b")
    explanation = explain(BINARY["as the course has it"](X @ w + b), w)
    assert "m = 8" in explanation.text
    shown = [" ".join(line.split()) for line in explanation.text.splitlines()]
    after = shown[shown.index("Put together") :]
    for line in (
        "∂J/∂a = (1/m) (−y/a + (1 − y)/(1 − a))",
        "∂a/∂z = a(1 − a)",
        "∂J/∂z = ∂J/∂a ⊙ ∂a/∂z",
        "= (1/m) (a − y)",
    ):
        assert line in after
    assert shown[1].startswith("∂J/∂w = (1/m) xᵀ (a − y) (3, 1)")


def test_vectors_and_names():
    w, b = parameter(3, name="w"), parameter(name="b")
    y = Y[:, 0]
    a = sigmoid(X @ w + b)
    J = np.mean(-y * np.log(a) - (1 - y) * np.log(1 - a))
    assert explain(J, w, names={"X": X, "y": y}).result == "∂J/∂w = (1/m) Xᵀ (a − y)"
    assert explain(J, b).result == "∂J/∂b = (1/m) ∑ (a − y)"


def test_a_penalty_is_one_more_term():
    w = parameter(3, 1, name="w")
    J = BINARY["logits"](X @ w) + 0.1 * np.sum(w**2)
    assert explain(J, w).result == "∂J/∂w = (1/m) xᵀ (a − y) + 0.2w"


CATEGORICAL = {
    "one-hot": lambda z: -np.mean(np.sum(ONE_HOT * np.log(softmax(z)), axis=1)),
    "logsumexp": lambda z: np.mean(ag.logsumexp(z, axis=1) - np.sum(ONE_HOT * z, axis=1)),
    "nn, one-hot, logits": lambda z: nn.CategoricalCrossentropy(from_logits=True)(ONE_HOT, z),
    "nn, one-hot": lambda z: nn.CategoricalCrossentropy()(ONE_HOT, nn.activations.softmax(z)),
}
SPARSE = {
    "picked": lambda z: -np.mean(np.log(softmax(z)[np.arange(8), LABELS])),
    "nn, logits": lambda z: nn.SparseCategoricalCrossentropy(from_logits=True)(LABELS, z),
}


@pytest.mark.parametrize("spelling", CATEGORICAL)
def test_softmax_regression(spelling):
    W, b = parameter(3, 4, name="W"), parameter(4, name="b")
    J = CATEGORICAL[spelling](X @ W + b)
    assert explain(J, W).result == "∂J/∂W = (1/m) xᵀ (a − y)"


@pytest.mark.parametrize("spelling", SPARSE)
def test_softmax_regression_with_labels(spelling):
    W, b = parameter(3, 4, name="W"), parameter(4, name="b")
    explanation = explain(SPARSE[spelling](X @ W + b), W)
    assert explanation.result == "∂J/∂W = (1/m) xᵀ (a − Y)"
    assert "Y = onehot(y)" in explanation.text


# -- what must not be claimed ----------------------------------------------------------------------

NOT_THE_IDENTITY = {
    "squared error": lambda z: np.mean((sigmoid(z) - Y) ** 2),
    "weighted": lambda z: np.mean(X[:, :1] ** 2 * (np.logaddexp(0, z) - Y * z)),
    "focal": lambda z: np.mean((1 - sigmoid(z)) * (np.logaddexp(0, z) - Y * z)),
    "hinge": lambda z: np.mean(np.maximum(0, 1 - (2 * Y - 1) * z)),
}


@pytest.mark.parametrize("loss", NOT_THE_IDENTITY)
def test_another_loss_is_not_a_crossentropy(loss):
    w = parameter(3, 1, name="w")
    explanation = explain(NOT_THE_IDENTITY[loss](X @ w), w)
    assert "Checked numerically" not in explanation.text


def test_a_coincidence_at_one_point_is_not_claimed():
    w = parameter(3, 1, name="w")
    z = X @ w
    slope = (sigmoid(z.data) - Y) / 8
    J = np.sum(slope * z) + 0 * np.sum(Y * z)  # with the gradient of the crossentropy, here only
    assert "Checked numerically" not in explain(J, w).text


def test_a_saturated_probability_has_no_gradient_and_no_claim():
    w = parameter(3, 1, name="w")
    z = 1e4 * (X @ w)
    J = nn.BinaryCrossentropy()(Y, nn.activations.sigmoid(z))
    assert "Checked numerically" not in explain(J, w).text


def test_not_a_number_is_shown_and_nothing_claimed():
    w = ag.Tensor([[np.nan], [1.0], [2.0]], requires_grad=True, name="w")
    explanation = explain(BINARY["logits"](X @ w), w, numbers=True)
    assert "nan" in explanation.text
    assert "nan" in explanation.html
    assert "Checked numerically" not in explanation.text


# -- true to the gradients -------------------------------------------------------------------------


def shared(x):
    h = np.tanh(x)
    return np.sum(h * h + h) * np.mean(h)


def network(W):
    h = np.maximum(X @ W, 0)
    return np.mean((h @ np.ones((4, 1)) - Y) ** 2)


def indexed(x):
    return np.sum(np.concatenate([x[:2], x[1:] * 2]) ** 2)


GRAPHS = {
    "shared": (shared, (3, 2)),
    "network": (network, (3, 4)),
    "broadcast": (lambda x: np.mean(X * x + x), (3,)),
    "scalar": (lambda x: np.sum(X * x) - np.exp(x), ()),
    "indexed": (indexed, (4,)),
    "where": (lambda x: np.sum(np.where(X[:, 0] > 0, x, x**2)), (8,)),
    "twice in one call": (lambda x: np.sum(x * x) / np.sum(x + x), (5,)),
    "matrices": (lambda x: np.trace(x @ x.T @ np.linalg.inv(x @ x.T + np.eye(3))), (3, 3)),
    "eigh": (lambda x: np.sum(np.linalg.eigh(x + x.T)[0] ** 3), (3, 3)),
    "empty": (lambda x: np.sum(x * 2), (0,)),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_steps_are_the_gradients(name):
    function, shape = GRAPHS[name]
    x = parameter(*shape, name="x")
    J = function(x)
    explanation = explain(J, x, numbers=True)
    assert x.grad is None
    (expected,) = ag.gradients(J, [x])
    last = explanation.steps[-1]
    assert last.tensor is x
    np.testing.assert_array_equal(last.gradient, expected.data)
    for step in explanation.steps:
        if step.gradient is None or any(term.contribution is None for term in step.terms):
            continue
        total = sum(term.contribution for term in step.terms)
        np.testing.assert_allclose(total, step.gradient, rtol=1e-12)
    for written in (explanation.text, explanation.latex, explanation.html):
        assert written


def value_of(tree, explanation, more=()):
    """The value of a formula of an explanation."""
    names = {step.symbol: step.tensor.data for step in explanation.steps} | dict(more)
    names["ones"] = np.ones(1)
    return formula_values.value(tree, names)


def test_formulas_of_a_network_are_true():
    W1, b1 = parameter(3, 4, name="W1"), parameter(4, name="b1")
    W2, b2 = parameter(4, 1, name="W2"), parameter(1, name="b2")
    z2 = np.tanh(X @ W1 + b1) @ W2 + b2
    a2 = sigmoid(z2)
    J = np.mean(-Y * np.log(a2) - (1 - Y) * np.log(1 - a2)) + 0.5 * np.sum(W1 * W1)
    explanation = explain(J, W1, names={"X": X})
    (line,) = explanation.sections[0].lines
    more = {Symbol("m"): 8.0, Symbol("X"): X, Symbol("y"): Y, read("W_2"): W2.data}
    got = value_of(line.rights[0], explanation, more)
    np.testing.assert_allclose(got, ag.gradients(J, [W1])[0].data, rtol=1e-10)


def test_formula_of_linear_regression_is_true():
    w, b = parameter(3, 1, name="w"), parameter(1, name="b")
    J = np.mean((X @ w + b - Y) ** 2)
    explanation = explain(J, w)
    assert explanation.result == "∂J/∂w = (2/m) xᵀ (z − y)"
    (line,) = explanation.sections[0].lines
    more = {Symbol("m"): 8.0, Symbol("x"): X, Symbol("y"): Y}
    got = value_of(line.rights[0], explanation, more)
    np.testing.assert_allclose(got, ag.gradients(J, [w])[0].data, rtol=1e-12)


def test_inner_values_can_be_explained():
    w = parameter(3, 1, name="w")
    z = X @ w
    z.name = "z"
    explanation = explain(BINARY["logits"](z), z)
    assert explanation.result == "∂J/∂z = (1/m) (a − y)"


def test_a_layer_used_twice_and_a_frozen_one():
    dense = nn.Dense(3, activation="tanh")
    J = np.mean(dense(dense(X)) ** 2)
    kernel = dense.trainable_variables[0]
    explanation = explain(J, kernel)
    assert len(explanation.steps[-1].terms) == 2
    np.testing.assert_array_equal(explanation.steps[-1].gradient, ag.gradients(J, [kernel])[0].data)


def test_masks_and_keywords_that_a_formula_does_not_cover():
    w = parameter(4, name="w")
    explanation = explain(np.sum(w * 2, where=w > 0), w)
    assert "∂J/∂v" in explanation.text
    (expected,) = ag.gradients(np.sum(w * 2, where=w > 0), [w])
    np.testing.assert_array_equal(explanation.steps[-1].gradient, expected.data)


# -- size ------------------------------------------------------------------------------------------


def test_a_million_million_paths_are_a_few_lines():
    x = ag.Tensor(1.0, requires_grad=True, name="x")
    y = x
    for _ in range(40):
        y = y + y
    explanation = explain(y * 1.0, x)
    assert explanation.steps[-1].gradient == 2.0**40
    assert len(explanation.text.splitlines()) < 200


def test_a_long_chain_says_what_it_leaves_out():
    x = ag.Tensor(0.5, requires_grad=True, name="x")
    y = x
    for _ in range(1500):
        y = np.sin(y)
    explanation = explain(y, x)
    assert len(explanation.steps) == 1500
    assert "1,300 values in the middle are left out" in explanation.text
    assert len(explanation.html) < 1_000_000


# -- bad input -------------------------------------------------------------------------------------


def test_what_cannot_be_explained():
    w, other = parameter(3, name="w"), parameter(3, name="other")
    J = np.sum(w * 2)
    with pytest.raises(ValueError, match=r"J does not depend on Tensor 'other'.*depends on w\."):
        explain(J, other)
    with pytest.raises(ValueError, match=r"J has shape \(3,\). Explain its sum or mean"):
        explain(w * 2, w)
    with pytest.raises(ValueError, match="does not require a gradient"):
        explain(J, ag.Tensor([1.0]))
    with pytest.raises(RuntimeError, match="nothing was recorded"):
        explain(ag.Tensor(1.0), w)
    with pytest.raises(RuntimeError, match="nothing was recorded"):
        explain(parameter(), w)
    with pytest.raises(ValueError, match="the derivative is 1"):
        explain(w, w)
    with pytest.raises(TypeError, match="takes one result, got 2"):
        explain([J, J], w)
    with pytest.raises(TypeError, match=r"J is of type float64.*\.item\(\)"):
        explain(np.float64(1.0), w)
    with pytest.raises(TypeError, match="w is of type ndarray"):
        explain(J, w.data)
    with pytest.raises(TypeError, match="numbers is True or False"):
        explain(J, w, numbers=3)
    with pytest.raises(TypeError, match="names is a dict"):
        explain(J, w, names=["x"])
    with pytest.raises(ValueError, match="'x y' cannot be a symbol"):
        explain(J, w, names={"x y": X})
    with pytest.raises(ValueError, match="'q' matches nothing that J was computed from"):
        explain(J, w, names={"q": X})
    J.backward(retain_graph=False)
    with pytest.raises(RuntimeError, match="freed"):
        explain(J, w)


def test_stopped_gradients_are_said():
    w = parameter(3, name="w")
    J = np.sum(ag.stop_gradient(w) * parameter(3, name="v"))
    with pytest.raises(ValueError, match=r"stop_gradient.*It depends on v\."):
        explain(J, w)


def test_a_variable_assigned_since():
    w = ag.Variable([1.0, 2.0], name="w")
    J = np.sum(w**2)
    w.assign([3.0, 4.0])
    with pytest.raises(RuntimeError, match="was assigned after power used it"):
        explain(J, w)


HOSTILE = [
    "<script>alert(1)</script>",
    '" onload="alert(1)',
    "\\input{/etc/passwd}$&#_^~%{}",
    "line\nbreak\u202e\x07",
    "😀",
    "a" * 10_000,
    "",
]


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(name):
    w = ag.Tensor([1.0, 2.0], requires_grad=True, name=name)
    explanation = explain(np.sum(w * w), w, numbers=True)
    tags = Tags()
    tags.feed(explanation.html)
    assert not {tag for tag, _ in tags.seen} & {"script", "img", "a", "iframe"}
    assert not any(key.startswith("on") for _, attributes in tags.seen for key in attributes)
    assert "\\input{" not in explanation.latex
    assert "\u202e" not in explanation.text + explanation.html + explanation.latex
    assert len(explanation.text) < 5_000


def test_names_that_are_symbols_and_names_that_collide():
    alpha, w1 = parameter(2, name="alpha"), parameter(2, name="w1")
    twin, twin2 = parameter(2, name="v"), parameter(2, name="v")
    J = np.sum(alpha * w1 * twin * twin2)
    explanation = explain(J, w1)
    assert explanation.result.startswith("∂J/∂w₁ = ")
    assert "α" in explanation.text
    symbols = [line.left for line in explanation.sections[1].lines]
    assert len(set(symbols)) == len(symbols)


# -- formats ---------------------------------------------------------------------------------------


@pytest.fixture
def logistic():
    w = parameter(3, 1, name="w")
    return explain(BINARY["as the course has it"](X @ w), w, numbers=True)


def test_latex_is_balanced(logistic):
    for latex in (logistic.latex,):
        begun = re.findall(r"\\begin\{(\w+\*?)\}", latex)
        ended = re.findall(r"\\end\{(\w+\*?)\}", latex)
        assert sorted(begun) == sorted(ended)
        assert latex.count("{") == latex.count("}")
        assert latex.count(r"\left") - latex.count(r"\leftarrow") == latex.count(r"\right")
    assert logistic.latex.startswith("\\begin{aligned}")


def test_save(logistic, tmp_path):
    for suffix in (".tex", ".html", ".txt"):
        logistic.save(tmp_path / f"j{suffix}")
    assert (tmp_path / "j.txt").read_text(encoding="utf-8") == f"{logistic.text}\n"
    document = (tmp_path / "j.tex").read_text(encoding="utf-8")
    assert document.startswith("\\documentclass{article}")
    assert document.endswith("\\end{document}\n")
    page = (tmp_path / "j.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert "http" not in page.replace("http-equiv", "")
    with pytest.raises(ValueError, match=r"Known: \.tex, \.html, \.txt"):
        logistic.save(tmp_path / "j.pdf")
    with pytest.raises(FileNotFoundError, match="cannot write an explanation"):
        logistic.save(tmp_path / "nowhere" / "j.txt")


def test_formulas_in_html_are_mathml(logistic):
    formulas = re.findall(r"<math.*?</math>", logistic.html)
    assert len(formulas) > 20
    for formula in formulas:
        ElementTree.fromstring(formula)


def test_in_a_notebook(logistic):
    bundle = logistic._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/latex", "text/html"}
    assert bundle["text/plain"] == str(logistic) == repr(logistic)
    assert logistic._repr_mimebundle_(include=["text/html"]).keys() == {"text/html"}
    assert "text/html" not in logistic._repr_mimebundle_(exclude=["text/html"])


def test_numbers_are_the_sampled_values():
    w = ag.Tensor(np.arange(20.0), requires_grad=True, name="w")
    explanation = explain(np.sum(w**2), w, numbers=True)
    assert "0  6  14  22  30  38" in re.sub(r"  +", "  ", explanation.text)  # 2 w, 6 of 20
    assert "(1 x 6 of (20,), evenly spaced)" in explanation.text
