"""The formulas of the rules: each is there, is true in numbers, and can be written everywhere."""

from __future__ import annotations

import importlib.util
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

import autograd_lite as ag
import autograd_lite.compiler.differentiation.pullback
import autograd_lite.compiler.differentiation.recorded
import nn._core.erf
import nn.layers
import nn.losses
from autograd_lite.maths import formula
from autograd_lite.maths.as_latex import latex
from autograd_lite.maths.reading import read
from autograd_lite.maths.tree import Accent, Symbol
from autograd_lite.table import TABLE, Operation, function_name, is_numpy

_spec = importlib.util.spec_from_file_location(
    "formula_values", Path(__file__).with_name("formula_values.py")
)
formula_values = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(formula_values)
value = formula_values.value


def is_ours(function):
    """SciPy's functions have tests of their own, in the folder scipy."""
    module = getattr(function, "__module__", None) or ""
    ours = module.split(".")[0] in ("autograd_lite", "nn")
    return is_numpy(function) or (ours and not module.startswith("autograd_lite.scipy."))


OPERATIONS = [
    entry for function, entry in TABLE.items() if isinstance(entry, Operation) and is_ours(function)
]
DIFFERENTIABLE = [entry for entry in OPERATIONS if entry.differentiable]
every_operation = pytest.mark.parametrize("entry", OPERATIONS, ids=lambda entry: entry.name)

# Their derivatives are derivations of a page, or run whatever is inside them.
WITHOUT_DERIVATIVE = {
    "assigned",
    "choose",
    "compiled_call",
    "cond",
    "einsum",
    "joined",
    "least_squares",
    "fixed_point",
    "linalg.cholesky",
    "linalg.eig",
    "linalg.eigh",
    "mean_over_ranks",
    "output",
    "qr",
    "recompute",
    "scan",
    "svd",
}


def test_which_operations_have_no_derivative():
    missing = set()
    for entry in DIFFERENTIABLE:
        found = formula(entry.function)
        flows = [rule is not None for rule in entry.rules] or [True]
        known = [slope is not None for slope in found.slopes]
        if any(f and not k for f, k in zip(flows, known, strict=False)):
            missing.add(entry.name)
    assert missing == WITHOUT_DERIVATIVE


def test_which_operations_have_no_formula():
    generic = {entry.name for entry in DIFFERENTIABLE if formula(entry.function).generic}
    assert generic == {
        *("assigned", "compiled_call", "fixed_point", "joined", "mean_over_ranks", "output"),
        "recompute",
    }


@every_operation
def test_is_written_in_every_format(entry):
    found = formula(entry.function)
    for i in range(len(found.inputs)):
        for write in ("derivative", "pullback"):
            ElementTree.fromstring(getattr(found, f"{write}_mathml")(i))
            assert "\\" not in getattr(found, f"{write}_text")(i)
    ElementTree.fromstring(found.forward_mathml)
    assert found.forward_text
    if not found.generic:  # which has the operation's name, of any characters
        trees = [found.forward, *map(found.derivative, range(len(found.inputs)))]
        for tree in trees:
            assert read(latex(tree)) == tree


def test_the_formulas_of_a_few():
    tanh = formula(np.tanh)
    assert tanh.forward_latex == r"y = \tanh x"
    assert tanh.derivative_latex(0) == r"\frac{\partial y}{\partial x} = 1 - y^2"
    assert tanh.pullback_latex(0) == r"\bar{x} = \bar{y} \odot (1 - y^2)"
    assert formula("subtract").pullback_text(1) == "b̄ = −ȳ"
    matmul = formula("matmul")
    assert matmul.pullback_latex(0) == r"\bar{a} = \bar{y} b^{\top}"
    assert matmul.pullback_latex(1) == r"\bar{b} = a^{\top} \bar{y}"
    assert matmul.derivative_text(0) == "ȳ ∂y/∂a = ȳ bᵀ"
    assert formula("sigmoid").forward_text == "y = σ(x) = 1/(1 + e^(−x))"
    assert formula("mean").pullback_text(0) == "x̄ = (1/m) ȳ 𝟏"


# -- true in numbers -------------------------------------------------------------------------------

RANDOM = np.random.default_rng(3)
DOMAINS = {
    "arccosh": (1.1, 3.0),
    "log": (0.2, 3.0),
    "sqrt": (0.2, 3.0),
    "power": (0.2, 3.0),
    "float_power": (0.2, 3.0),
    "log2": (0.2, 3.0),
    "log10": (0.2, 3.0),
    "arcsin": (-0.9, 0.9),
    "arccos": (-0.9, 0.9),
    "arctanh": (-0.9, 0.9),
    "erfinv": (-0.9, 0.9),
    "log1p": (-0.9, 3.0),
    "probability_crossentropy": (0.1, 0.9),
    "relu6": (-3.0, 9.0),
    "hard_sigmoid": (-5.0, 5.0),
    "clip": (-3.0, 3.0),
    "huber_error": (-3.0, 3.0),
}
# Written with an index, or of a whole array: held to numbers below, or read by eye.
INDEXED = {
    "sinc_derivative",
    "bessel_i",
    "max",
    "amax",
    "min",
    "amin",
    "nanmax",
    "nanmin",
    "prod",
    "distribution_crossentropy",
    "softmax_crossentropy",
    "sparse_softmax_crossentropy",
    "getitem",
    "window_max",
}
BY_ELEMENT = [
    entry
    for entry in DIFFERENTIABLE
    if entry.arity is not None
    and entry.name
    not in INDEXED | {"logsumexp", "var", "std", "norm", "where", "broadcast_to", "astype"}
    and entry.name not in {"broadcast_to"}
    and any(formula(entry.function).elementwise)
]


def inputs_of(entry):
    low, high = DOMAINS.get(entry.name, (-2.0, 2.0))
    inputs = [RANDOM.uniform(low, high, size=40) for _ in range(entry.arity)]
    if entry.name == "ldexp":
        return [inputs[0], np.rint(inputs[1]).astype(int)]
    return [inputs[0], *np.sort(inputs[1:], axis=0)] if entry.name == "clip" else inputs


def keywords_of(entry):
    return {"delta": 0.7} if "delta" in entry.keywords else {}


@pytest.mark.parametrize("entry", BY_ELEMENT, ids=lambda entry: entry.name)
def test_formula_and_derivative_are_true(entry):
    inputs, keywords = inputs_of(entry), keywords_of(entry)
    found = formula(entry.function, keywords)
    tolerance = 2e-4 if entry.name == "selu" else 1e-9
    with np.errstate(all="ignore"):
        y = np.asarray(entry.evaluate(*inputs, **keywords), dtype=float)
        names = dict(zip(found.inputs, inputs, strict=True)) | {
            found.output: y,
            "ones": np.ones(40),
        }
        np.testing.assert_allclose(value(found.value, names), y, rtol=tolerance, atol=1e-12)
        for position, rule in enumerate(entry.rules):
            if rule is None:
                continue
            expected = rule(np.ones(40), y, *inputs, **keywords)
            got = np.broadcast_to(value(found.slopes[position], names), (40,))
            np.testing.assert_allclose(got, expected, rtol=tolerance, atol=1e-9)


@pytest.mark.parametrize("name", ["maximum", "minimum", "fmax", "fmin"])
def test_ties_share(name):
    function = getattr(np, name)
    entry = TABLE[function]
    a, b = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])
    found = formula(function)
    names = {Symbol("a"): a, Symbol("b"): b, "ones": np.ones(3)}
    for position, rule in enumerate(entry.rules):
        expected = rule(np.ones(3), function(a, b), a, b)
        np.testing.assert_array_equal(value(found.slopes[position], names), expected)


def test_where():
    condition, a, b = np.array([True, False]), np.array([1.0, 2.0]), np.array([3.0, 4.0])
    found = formula(np.where)
    names = dict(zip(found.inputs, (condition, a, b), strict=True)) | {"ones": np.ones(2)}
    np.testing.assert_array_equal(value(found.value, names), [1.0, 4.0])
    np.testing.assert_array_equal(value(found.slopes[1], names), [1.0, 0.0])
    np.testing.assert_array_equal(value(found.slopes[2], names), [0.0, 1.0])


@pytest.mark.parametrize("function", [np.var, np.std, ag.logsumexp, np.linalg.norm])
def test_reductions_by_their_derivative(function):
    x = RANDOM.normal(size=7)
    operation = ag.graph(function(ag.Tensor(x, requires_grad=True))).nodes[-1].operation
    found = formula(operation)
    y = function(x)
    names = {
        Symbol("x"): x,
        Symbol("y"): y,
        Symbol("m"): 7,
        Symbol("mu"): x.mean(),
    }
    np.testing.assert_allclose(value(found.slopes[0], names), ag.grad(function)(x), rtol=1e-12)


MATRICES = [
    (np.matmul, 2),
    (np.linalg.inv, 1),
    (np.linalg.solve, 2),
    (np.linalg.det, 1),
    (np.linalg.pinv, 1),
    (np.transpose, 1),
    (np.tril, 1),
    (np.triu, 1),
]


@pytest.mark.parametrize(("function", "arity"), MATRICES)
def test_pullbacks_of_matrices_are_true(function, arity):
    inputs = [RANDOM.normal(size=(3, 3)) + 3 * np.eye(3) for _ in range(arity)]
    entry, found = TABLE[function], formula(function)
    y = entry.evaluate(*inputs)
    g = RANDOM.normal(size=np.shape(y))
    # A 1 in a formula of matrices is the identity.
    names = dict(zip(found.inputs, inputs, strict=True)) | {
        found.output: y,
        found.upstream: np.asarray(g),
        read("1"): np.eye(3),
    }
    np.testing.assert_allclose(value(found.value, names), y, rtol=1e-9)
    for position in range(arity):
        expected = entry.rules[position](g, y, *inputs)
        np.testing.assert_allclose(
            value(found.downstream(position), names), expected, rtol=1e-8, atol=1e-10
        )


def test_softmax_and_its_crossentropies():
    z, y = RANDOM.normal(size=5), np.array([0.0, 1.0, 0.0, 0.0, 0.0])
    g = RANDOM.normal(size=5)
    a = formula_values.softmax(z)
    softmax = formula("softmax")
    assert softmax.pullback_latex() == (r"\bar{x} = y \odot (\bar{y} - \sum_j \bar{y}_j y_j)")
    np.testing.assert_allclose(
        TABLE[nn.activations.softmax].rules[0](g, a, z), a * (g - np.sum(g * a)), rtol=1e-12
    )
    crossentropy = formula("softmax_crossentropy")
    slope = value(crossentropy.slopes[0], {Symbol("z"): z, Symbol("y"): y})
    np.testing.assert_allclose(slope, a - y, rtol=1e-12)


# -- keywords --------------------------------------------------------------------------------------


def test_keywords_are_put_in():
    leaky = formula("leaky_relu", {"negative_slope": 0.3})
    assert leaky.forward_text == "y = {x if x > 0; 0.3 x if x ≤ 0}"
    assert formula("leaky_relu", {}).derivative_text() == "∂y/∂x = {1 if x > 0; 0.2 if x ≤ 0}"
    assert "negative_slope" in formula("leaky_relu").forward_text


@pytest.mark.parametrize(
    ("operation", "keywords"),
    [
        ("relu", {"max_value": 6.0}),
        ("relu", {"negative_slope": 0.1}),
        ("gelu", {"approximate": True}),
        ("sum", {"where": np.array([True])}),
        ("sum", {"initial": 3}),
        ("var", {"ddof": 1}),
    ],
)
def test_a_formula_that_does_not_hold_is_not_shown(operation, keywords):
    found = formula(operation, keywords)
    assert found.generic
    assert found.forward_text == f"y = {operation}(x)"
    assert found.derivative_text() == "∂y/∂x"


@pytest.mark.parametrize(
    ("operation", "keywords"),
    [
        ("sum", {"axis": 0, "keepdims": True}),
        ("relu", {"negative_slope": 0.0, "max_value": None, "threshold": 0}),
        ("relu", {"max_value": "None"}),
        ("gelu", {"approximate": False}),
        ("softmax", {"axis": 1}),
    ],
)
def test_keywords_that_change_nothing(operation, keywords):
    assert not formula(operation, keywords).generic


# -- by name, and of one's own ---------------------------------------------------------------------


def test_names_as_a_graph_has_them():
    x = ag.Tensor(np.ones((2, 2)), requires_grad=True)
    J = np.mean(np.log1p(np.exp(-(x @ x)))) + np.sum(x[0]) + np.linalg.det(x + np.eye(2))
    for node in ag.graph(J).nodes:
        if node.operation is not None:
            assert not formula(node.operation).generic
    assert formula("no such operation") is None
    assert formula(np.vstack) is None  # others are recorded in its place


@pytest.fixture
def own():
    """A primitive that is forgotten after the test."""
    made = []

    def make(function, *rules, **more):
        operation = ag.primitive(function)
        ag.gradient(operation, *rules, **more)
        made.append(operation)
        return operation

    yield make
    for operation in made:
        del TABLE[operation]


def test_a_primitive_of_ones_own_without_maths(own):
    def cube(x):
        return x**3

    cube = own(cube, lambda g, y, x: g * 3 * x**2)
    found = formula(cube)
    assert found.generic
    assert found.forward_latex == r"y = \operatorname{cube}(x)"
    assert found.pullback_text() == "x̄ = ȳ ∂y/∂x"


def test_a_primitive_of_ones_own_with_maths(own):
    def cube_of_s(s):  # a name that no other test takes: two operations of one name have no formula
        return s**3

    own(cube_of_s, lambda g, t, s: g * 3 * s**2, maths=("s^3", "3 s^2"))
    found = formula("cube_of_s")
    assert found.forward_text == "t = s³"
    assert found.pullback_text() == "s̄ = t̄ ⊙ 3s²"
    assert value(found.slopes[0], {Symbol("s"): 2.0}) == 12.0


def test_one_name_for_two_operations_says_nothing_false(own):
    def sigmoid(x):
        return x

    own(sigmoid, lambda g, y, x: g)
    assert formula("sigmoid").generic
    assert not formula(nn.activations.sigmoid).generic


def test_a_keyword_that_is_only_part_of_a_word_is_not_named(own):
    def odd(x, n=1):
        return np.sin(x) * n

    odd = own(odd, lambda g, y, x, n=1: g * np.cos(x) * n, maths=(r"\sin x", r"\cos x"))
    assert not formula(odd, {"n": 1}).generic
    assert formula(odd, {"n": 2}).generic


def test_maths_with_a_part_missing_is_refused():
    with pytest.raises(TypeError, match="one derivative for each of its 1 inputs; got 1 parts"):
        ag.gradient(ag.primitive(lambda x: x), lambda g, y, x: g, maths=("x",))
    with pytest.raises(TypeError, match="maths= is a tuple of LaTeX"):
        ag.gradient(ag.primitive(lambda x: x), lambda g, y, x: g, maths="x1")


def test_maths_that_is_no_latex(own):
    def odd(x):
        return x

    odd = own(odd, lambda g, y, x: g, maths=(r"\fraq{x}{2}", "1"))
    with pytest.raises(ValueError, match=r"maths= of odd.*did you mean \\frac\?"):
        formula(odd)


def test_hostile_name(own):
    def hostile(x):
        return x

    hostile = own(hostile, lambda g, y, x: g)
    hostile.__name__ = "<script>alert('\\input{/etc/passwd}')</script>"
    found = formula(hostile)
    assert "<script>" not in found.forward_mathml
    ElementTree.fromstring(found.forward_mathml)
    assert r"\input" not in found.forward_latex


def test_any_number_of_inputs():
    found = formula("concatenate").with_symbols(Symbol("y"), [Symbol("p"), Symbol("q")])
    assert found.forward_text == "y = [p, q]"
    assert found.pullback_text(1) == "q̄ = ȳ[q]"
    many = formula("stack").with_symbols(Symbol("y"), [Symbol(c) for c in "abcdefg"])
    assert many.forward_text == "y = [a, b, …, g]"


def test_symbols_are_exchanged_all_at_once():
    swapped = formula("subtract").with_symbols(Symbol("y"), [Symbol("b"), Symbol("a")])
    assert swapped.forward_text == "y = b − a"
    upstream = formula("tanh").with_symbols(Symbol("a"), [Symbol("z")], Symbol("g"))
    assert upstream.downstream(0) == read("g \\odot (1 - a^2)")
    assert formula("tanh").upstream == Accent("bar", Symbol("y"))


def test_positions_that_are_not_there():
    with pytest.raises(IndexError, match="tanh has 1 inputs, so no position 1"):
        formula("tanh").derivative(1)


def test_function_names_are_found():
    assert formula("linalg.inv").forward_latex == "y = a^{- 1}"
    assert function_name(np.linalg.inv) == "linalg.inv"
