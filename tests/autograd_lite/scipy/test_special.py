"""Rules on SciPy's special functions: by differences, by formulas, at the ends of their domains."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

scipy_special = pytest.importorskip("scipy.special", reason="SciPy is not installed")
special = pytest.importorskip("autograd_lite.scipy.special")

import autograd_lite as ag  # noqa: E402
from autograd_lite import walk  # noqa: E402
from autograd_lite.maths import formula  # noqa: E402
from autograd_lite.maths.tree import Symbol  # noqa: E402
from autograd_lite.table import TABLE, Operation, function_name  # noqa: E402

_spec = importlib.util.spec_from_file_location(
    "formula_values", Path(__file__).parents[1] / "maths" / "formula_values.py"
)
formula_values = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(formula_values)

RANDOM = np.random.default_rng(5)


def between(low, high):
    return RANDOM.uniform(low, high, size=4)


# Each with its inputs. Those before a None are fixed: there is no derivative by them.
DOMAINS = {
    **dict.fromkeys(["logit", "ndtri", "log1p"], (0.1, 0.9)),
    "erfinv": (-0.9, 0.9),
    "erfcinv": (0.1, 1.9),
    "expit": (-3, 3),
    "log_expit": (-3, 3),
    "log_ndtr": (-9, 3),
    "ndtr": (-3, 3),
    "erfcx": (-2, 3),
    "psi": (-0.9, -0.1),
    "i0e": (-3, -0.3),
    "i1e": (-3, -0.3),
    "j1": (-2, 2),
    "i1": (-2, 2),
}
UNARY = (
    "cbrt cosm1 dawsn entr erf erfc erfcinv erfcx erfinv exp1 exp2 exp10 expi expit expm1 gamma "
    "gammaln i0 i0e i1 i1e j0 j1 k0 k0e k1 k1e log1p log_expit log_ndtr loggamma logit ndtr ndtri "
    "psi rgamma y0 y1"
).split()
BINARY = "beta betaln kl_div poch rel_entr xlog1py xlogy".split()
FIXED = {
    **dict.fromkeys("iv ive jv kv yv".split(), (1.7,)),
    **dict.fromkeys("kn yn pdtr pdtrc".split(), (2,)),
    **dict.fromkeys("chdtr chdtrc gammainc gammaincc stdtr".split(), (2.3,)),
    **dict.fromkeys("betainc betaincc".split(), (1.5, 2.5)),
}
CASES = [
    *((name, (), (between(*DOMAINS.get(name, (0.3, 3))),)) for name in UNARY),
    *((name, (), (between(0.3, 2), between(0.3, 2))) for name in BINARY),
    *((name, fixed, (between(0.2, 0.8),)) for name, fixed in FIXED.items()),
    ("zeta", (2.5,), (between(0.3, 3),)),
]
every_case = pytest.mark.parametrize(("name", "fixed", "inputs"), CASES, ids=[c[0] for c in CASES])


def call(name, fixed):
    function = getattr(special, name)
    return lambda *inputs: function(*fixed, *inputs)


@every_case
def test_gradients_to_second_order(name, fixed, inputs):
    ag.check_gradients(call(name, fixed), *inputs, order=2)


@every_case
def test_float32_is_kept(name, fixed, inputs, monkeypatch):
    widened = []
    fit = walk._fit

    def watched(c, x, node):
        if getattr(c, "dtype", None) == np.float64 and x.dtype == np.float32:
            widened.append(function_name(node.function))
        return fit(c, x, node)

    monkeypatch.setattr(walk, "_fit", watched)
    leaves = [ag.Tensor(x, requires_grad=True, dtype=np.float32) for x in inputs]
    y = call(name, fixed)(*leaves)
    y.backward(np.ones(y.shape))
    # With a Python number some of SciPy's functions compute in float64.
    assert y.dtype == call(name, fixed)(*(x.data for x in leaves)).dtype
    slopes = ag.grad(lambda *a: np.sum(call(name, fixed)(*a)), range(len(inputs)))(*inputs)
    for x, slope in zip(leaves, slopes, strict=True):
        assert x.grad.dtype == np.float32
        np.testing.assert_allclose(x.grad, slope, rtol=2e-3, atol=1e-4)
    assert widened == [] or y.dtype == np.float64


@every_case
def test_compiled(name, fixed, inputs):
    """The program calls SciPy, and the gradient in it is the eager one bit for bit."""
    slope = ag.grad(lambda *a: np.sum(call(name, fixed)(*a) ** 2), argnums=range(len(inputs)))
    step = ag.compile(lambda *a: slope(*a))
    for scale in (1.0, 0.9):
        given = [scale * x for x in inputs]
        for got, expected in zip(step(*given), slope(*given), strict=True):
            np.testing.assert_array_equal(got, expected)


def test_native_code_calls_scipy():
    pytest.importorskip("llvmlite")
    x = np.array([0.5, 1.5, 3.0])
    slope = ag.grad(lambda x: np.sum(special.gammaln(x) * special.expit(x)))
    step = ag.compile(lambda x: slope(x), engine="native")
    np.testing.assert_allclose(step(x), slope(x), rtol=1e-14)


def test_every_rule_has_a_case():
    """Public names that stand in the table; aliases (`digamma`, `jn`) are the same function."""
    entries = {TABLE.get(getattr(special, name)) for name in special.__all__}
    ours = {x.name for x in entries if isinstance(x, Operation) and x.differentiable}
    assert ours - {"logsumexp"} == {name for name, _, _ in CASES}


# -- operands of other dtypes ----------------------------------------------------------------------

DTYPES = ["float32", "float16", "int8", "uint8", "int32", "bool"]


def slopes_of(f, x):
    """The first and the second derivative of a sum of f(x)."""
    first = ag.grad(lambda x: np.sum(np.sin(f(x))))
    return first(x), ag.grad(lambda x: np.sum(np.sin(first(x))))(x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BINARY)
def test_the_other_operand_may_have_few_digits(name, dtype):
    """The same as with the other operand in float64, which holds its numbers exactly."""
    x = np.array([1.25, 1.5, 1.875, 1.0625])
    other = np.array([1, 1, 1, 1] if dtype == "bool" else [3.3, 5.7, 2.1, 7.9]).astype(dtype)
    function = getattr(special, name)
    for got, expected in (
        (slopes_of(lambda x: function(x, other), x), lambda x: function(x, other.astype(float))),
        (slopes_of(lambda x: function(other, x), x), lambda x: function(other.astype(float), x)),
    ):
        np.testing.assert_allclose(got, slopes_of(expected, x), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [name for name, fixed in FIXED.items() if len(fixed) == 1])
def test_shapes_and_orders_may_have_few_digits(name, dtype):
    """An order 0 of 8 bits without sign has a neighbour -1, not 255."""
    x = np.array([0.3, 0.5, 0.8, 1.5])
    lowest = 0 if name[-1] in "ven" and name[0] in "ijkyv" else 1
    orders = np.array([lowest, 1, lowest, 3]).astype(dtype)
    function = getattr(special, name)
    expected = slopes_of(lambda x: function(orders.astype(float), x), x)
    np.testing.assert_allclose(slopes_of(lambda x: function(orders, x), x), expected, rtol=1e-11)


# -- mathematics -----------------------------------------------------------------------------------

formula_values.FUNCTIONS.update(
    (name, getattr(scipy_special, name)) for name in special.__all__ if name != "gammaln"
)
formula_values.CALLED.update(
    {
        Symbol("Gamma"): scipy_special.gamma,
        Symbol("psi"): scipy_special.psi,
        Symbol("Phi"): scipy_special.ndtr,
    }
)


@every_case
def test_formula_and_derivative_are_true(name, fixed, inputs):
    entry = TABLE[getattr(special, name)]
    found = formula(entry.function)
    given = [*(np.full(4, x, float) for x in fixed), *inputs]
    y = entry.function(*given)
    names = dict(zip(found.inputs, given, strict=True)) | {found.output: y, "ones": np.ones(4)}
    np.testing.assert_allclose(formula_values.value(found.value, names), y, rtol=1e-9)
    for i in range(len(fixed), len(given)):
        expected = entry.rules[i](np.ones(4), y, *given)
        got = formula_values.value(found.slopes[i], names)
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


# -- ends of domains, and far out ------------------------------------------------------------------

EDGES = [
    ("logit", (0.0,), 0, np.inf),
    ("logit", (1.0,), 0, np.inf),
    ("erfinv", (1.0,), 0, np.inf),
    ("erfinv", (-1.0,), 0, np.inf),
    ("erfinv", (0.0,), 0, np.sqrt(np.pi) / 2),
    ("ndtri", (0.0,), 0, np.inf),
    ("gammaln", (0.0,), 0, -np.inf),
    ("gammaln", (-0.5,), 0, 0.03648997397857652),  # psi(1/2) + 2, DLMF 5.5.2
    ("gammaln", (-1.0,), 0, np.nan),
    ("gamma", (-1.0,), 0, np.nan),
    ("expit", (40.0,), 0, np.exp(-40.0)),
    ("expit", (-800.0,), 0, 0.0),
    ("log_expit", (-800.0,), 0, 1.0),
    ("log_ndtr", (-1e8,), 0, 1e8),  # phi/Phi ~ -x
    ("log_ndtr", (50.0,), 0, 0.0),
    ("erfcx", (1e6,), 0, -1e-12 / np.sqrt(np.pi)),
    ("xlogy", (0.0, 0.0), 0, -np.inf),
    ("xlogy", (0.0, 0.0), 1, 0.0),
    ("xlogy", (0.0, 2.0), 0, np.log(2.0)),
    ("xlog1py", (0.0, -1.0), 1, 0.0),
    ("entr", (0.0,), 0, np.inf),
    ("rel_entr", (0.0, 0.0), 1, 0.0),
    ("j1", (0.0,), 0, 0.5),
    ("i1", (0.0,), 0, 0.5),
    ("i0e", (0.0,), 0, 0.0),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("name", "inputs", "position", "expected"), EDGES)
def test_at_the_ends(name, inputs, position, expected):
    slope = ag.grad(getattr(special, name), argnums=position)(*inputs)
    np.testing.assert_allclose(slope, expected, rtol=1e-11)


@pytest.mark.parametrize("a", [0.5, 1.0, 2.0])
def test_gammainc_at_zero(a):
    """x^(a-1) there: infinite, 1, 0."""
    slope = ag.grad(lambda x: special.gammainc(a, x))(0.0)
    assert slope == {0.5: np.inf, 1.0: 1.0, 2.0: 0.0}[a]


def test_a_branch_not_taken_sends_nothing():
    x = np.array([0.0, 0.25])
    slope = ag.grad(lambda x: np.sum(np.where(x > 0, special.logit(x), 0.0)))
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(slope(x), [0.0, 1 / (0.25 * 0.75)])


@pytest.mark.parametrize("x", [-1e8, -200.0, -49.0, -51.0])
def test_second_derivative_of_log_ndtr_far_out(x):
    """-1 + 1/x^2 - 6/x^4 + 50/x^6, from the continued fraction of Mills's ratio."""
    expected = -1 + x**-2.0 - 6 * x**-4.0 + 50 * x**-6.0
    np.testing.assert_allclose(ag.grad(ag.grad(special.log_ndtr))(x), expected, rtol=2e-7)


def test_polygamma():
    """psi'(1) = pi^2 / 6, psi''(1) = -2 zeta(3)."""
    np.testing.assert_allclose(ag.grad(special.digamma)(1.0), np.pi**2 / 6, rtol=1e-14)
    np.testing.assert_allclose(
        ag.grad(ag.grad(special.digamma))(1.0), -2 * 1.2020569031595942, rtol=1e-14
    )
    x = between(0.3, 3)
    orders = np.array([0, 1, 2, 5])
    np.testing.assert_allclose(special.polygamma(orders, x), scipy_special.polygamma(orders, x))
    ag.check_gradients(lambda x: special.polygamma(orders, x), x, order=2)
    assert special.polygamma(1, x.astype(np.float32)).dtype == np.float32
    with pytest.raises(ValueError, match="integers n from 0"):
        special.polygamma(-1, x)


def test_multigammaln():
    x = between(1.3, 4)
    np.testing.assert_allclose(special.multigammaln(x, 3), scipy_special.multigammaln(x, 3))
    ag.check_gradients(lambda x: special.multigammaln(x, 3), x, order=2)
    assert np.isnan(special.multigammaln(0.9, 3))
    with pytest.raises(ValueError, match="whole dimension d from 1"):
        special.multigammaln(x, 0)


# -- sums ------------------------------------------------------------------------------------------

LOGITS = np.array([[0.3, -1.0, 2.0], [5.0, 1.0, -2.0]])
WEIGHTS = np.array([0.5, 0.0, 2.0])


@pytest.mark.parametrize("options", [{}, {"axis": 1}, {"axis": -1, "keepdims": True}])
@pytest.mark.parametrize("b", [None, WEIGHTS])
def test_logsumexp(options, b):
    expected = scipy_special.logsumexp(LOGITS, b=b, **options)
    np.testing.assert_allclose(special.logsumexp(LOGITS, b=b, **options), expected, rtol=1e-14)
    if b is None:
        ag.check_gradients(lambda a: special.logsumexp(a, **options), LOGITS, order=2)
    else:
        ag.check_gradients(lambda a, b: special.logsumexp(a, b=b, **options), LOGITS, b, order=2)


def test_logsumexp_without_overflow():
    a, b = np.array([1000.0, 1.0]), np.array([0.0, 2.0])
    np.testing.assert_allclose(special.logsumexp(a, b=b), 1 + np.log(2.0))
    np.testing.assert_allclose(special.logsumexp(np.array([1000.0, 1000.0])), 1000 + np.log(2.0))
    assert special.logsumexp(np.array([-np.inf, -np.inf])) == -np.inf
    with pytest.raises(TypeError, match="return_sign=True"):
        special.logsumexp(a, return_sign=True)


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(name, axis):
    function, theirs = getattr(special, name), getattr(scipy_special, name)
    np.testing.assert_allclose(function(LOGITS, axis=axis), theirs(LOGITS, axis=axis), rtol=1e-13)
    ag.check_gradients(lambda x: function(x, axis=axis), LOGITS, order=2)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("name", "x", "why"),
    [("logit", 0.0, "infinite at 0 and 1"), ("logit", 1.5, "defined from 0 to 1"),
     ("ndtri", 1.0, "infinite at 0 and 1"), ("erfinv", -1.0, "only between -1 and 1"),
     ("gammaln", -2.0, "a pole at 0 and at each whole"), ("psi", 0.0, "a pole at 0"),
     ("k0", 0.0, "infinite at 0"), ("y1", -1.0, "defined above 0")],
)  # fmt: skip
def test_the_cause_of_an_infinity(name, x, why):
    with ag.detect_anomaly(), pytest.raises(ag.AnomalyError, match=why):
        getattr(special, name)(ag.Tensor([x, 0.5], requires_grad=True))


def test_functions_that_convert_to_arrays_name_their_counterparts():
    with pytest.raises(TypeError, match=r"counterparts in autograd_lite\.scipy"):
        scipy_special.logsumexp(ag.Tensor([0.5], requires_grad=True))


# -- what there is not -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIXED)
def test_no_derivative_by_a_shape(name):
    with pytest.raises(TypeError, match=rf"{name} has no derivative by its (order|shape)"):
        ag.grad(lambda a: getattr(special, name)(a, *FIXED[name][1:], 0.5))(FIXED[name][0] + 0.0)


def test_names_that_are_not_here():
    with pytest.raises(AttributeError, match=r"scipy\.special\.ellipk has no derivative here"):
        special.ellipk  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        special.nothing  # noqa: B018
    with pytest.raises(TypeError, match="erfi has no gradient rule"):
        ag.grad(scipy_special.erfi)(0.3)


def test_rules_come_with_the_first_ufunc_that_meets_a_tensor():
    code = (
        "import sys, scipy.special, autograd_lite as ag\n"
        "assert 'autograd_lite.scipy' not in sys.modules\n"
        "print(ag.grad(scipy.special.expit)(0.0))"
    )
    root = Path(__file__).parents[3]
    assert subprocess.check_output([sys.executable, "-c", code], text=True, cwd=root) == "0.25\n"


def test_without_scipy_there_is_one_clear_line():
    code = "import sys; sys.modules['scipy'] = None\nimport autograd_lite.scipy"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root)
    assert done.stderr.splitlines()[-1] == (
        "ImportError: autograd_lite.scipy needs SciPy: pip install 'autograd_lite[scipy]'"
    )


def test_operations_of_one_name_have_one_formula():
    """Of two that differ, nothing would be said: NumPy has log1p, and nn has erf."""
    import nn.ops  # noqa: F401

    for name in ("log1p", "expm1", "exp2", "cbrt", "i0", "erf", "erfinv"):
        assert not formula(name).generic, name
