"""Activations: values, gradients to second order, extremes in both precisions, names."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from nn import activations

X = np.array([-7.5, -3.0, -1.0, -0.25, 0.0, 0.25, 1.0, 3.0, 7.5])

# Keras 3.15.1, JAX backend, float64, on X.
KERAS: dict[str, list[float]] = {
    "sigmoid": [
        0.0005527786369235996, 0.04742587317756678, 0.2689414213699951, 0.43782349911420193, 0.5,
        0.5621765008857981, 0.7310585786300049, 0.9525741268224334, 0.9994472213630764,
    ],
    "softmax": [
        3.0151891457937477e-07, 2.71418677232824e-05, 0.00020055278323708882,
        0.0004245702454446351, 0.0005451589863202643, 0.0006999979945709442,
        0.0014818957661355274, 0.01094981094874323, 0.9856705698889106,
    ],
    "log_softmax": [
        -15.014433087823624, -10.514433087823624, -8.514433087823624, -7.764433087823624,
        -7.514433087823624, -7.264433087823624, -6.514433087823624, -4.514433087823624,
        -0.014433087823624582,
    ],
    "tanh": [math.tanh(x) for x in X],  # JAX on a CPU gives 8 digits only
    "softplus": [
        0.0005529314753607964, 0.04858735157374206, 0.3132616875182228, 0.5759394198788437,
        0.6931471805599453, 0.8259394198788437, 1.3132616875182228, 3.048587351573742,
        7.500552931475361,
    ],
    "softsign": [
        -0.8823529411764706, -0.75, -0.5, -0.2, 0.0, 0.2, 0.5, 0.75, 0.8823529411764706,
    ],
    "elu": [
        -0.9994469156298522, -0.950212931632136, -0.6321205588285577, -0.22119921692859512, 0.0,
        0.25, 1.0, 3.0, 7.5,
    ],
    "selu": [
        -1.757126963580787, -1.6705687287671118, -1.1113307378125625, -0.3888901974781189, 0.0,
        0.2626752468388701, 1.0507009873554805, 3.1521029620664414, 7.880257405166104,
    ],
    "gelu": [
        -2.3931687546831635e-13, -0.004049694094890279, -0.15865525393145707,
        -0.10032341857926907, 0.0, 0.14967658142073093, 0.8413447460685429, 2.99595030590511,
        7.499999999999761,
    ],
    "silu": [
        -0.004145839776926997, -0.14227761953270035, -0.2689414213699951, -0.10945587477855048,
        0.0, 0.14054412522144952, 0.7310585786300049, 2.8577223804673, 7.495854160223073,
    ],
    "leaky_relu": [-1.5, -0.6, -0.2, -0.05, 0.0, 0.25, 1.0, 3.0, 7.5],
    "relu": [0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 1.0, 3.0, 7.5],
    "relu6": [0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 1.0, 3.0, 6.0],
    "hard_sigmoid": [0, 0, 1 / 3, 0.4583333333333333, 0.5, 0.5416666666666666, 2 / 3, 1, 1],
    "hard_tanh": [-1.0, -1.0, -1.0, -0.25, 0.0, 0.25, 1.0, 1.0, 1.0],
    "log_sigmoid": [
        -7.500552931475361, -3.048587351573742, -1.3132616875182228, -0.8259394198788437,
        -0.6931471805599453, -0.5759394198788437, -0.3132616875182228, -0.04858735157374206,
        -0.0005529314753607964,
    ],
    "mish": [
        -0.0041469856425822285, -0.1456474612756246, -0.30340146137410895, -0.12992696367914106,
        0.0, 0.16957240966381762, 0.8650983882673103, 2.9865350049679567, 7.49999541653808,
    ],
    "exponential": [
        0.0005530843701478336, 0.049787068367863944, 0.3678794411714423, 0.7788007830714049, 1.0,
        1.2840254166877414, 2.7182818284590455, 20.085536923187668, 1808.0424144560632,
    ],
    "celu": [
        -0.9994469156298522, -0.950212931632136, -0.6321205588285577, -0.22119921692859512,
        0.0, 0.25, 1.0, 3.0, 7.5,
    ],
    "hard_shrink": [-7.5, -3.0, -1.0, 0.0, 0.0, 0.0, 1.0, 3.0, 7.5],
    "hard_silu": [
        -0.0, -0.0, -0.3333333333333333, -0.11458333333333333, 0.0, 0.13541666666666666,
        0.6666666666666666, 3.0, 7.5,
    ],
    "soft_shrink": [-7.0, -2.5, -0.5, 0.0, 0.0, 0.0, 0.5, 2.5, 7.0],
    "sparse_plus": [0.0, 0.0, 0.0, 0.140625, 0.25, 0.390625, 1.0, 3.0, 7.5],
    "sparse_sigmoid": [0.0, 0.0, 0.0, 0.375, 0.5, 0.625, 1.0, 1.0, 1.0],
    "sparsemax": [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
    "squareplus": [
        0.13104367406500605, 0.30277563773199456, 0.6180339887498949, 0.8827822185373186,
        1.0, 1.1327822185373186, 1.618033988749895, 3.302775637731995, 7.6310436740650065,
    ],
    "tanh_shrink": [
        -6.500000611804454, -2.0049452463132695, -0.23840584404423515,
        -0.005081337596290897, 0.0, 0.005081337596290897, 0.23840584404423515,
        2.0049452463132695, 6.500000611804454,
    ],
    "linear": X.tolist(),
}  # fmt: skip

# name: values at -inf, -1e4, 1e4, inf, each the limit of the formula.
EXTREMES: dict[str, tuple[float, float, float, float]] = {
    "celu": (-1, -1, 1e4, np.inf),
    "elu": (-1, -1, 1e4, np.inf),
    "exponential": (0, 0, np.inf, np.inf),
    "gelu": (0, 0, 1e4, np.inf),
    "hard_shrink": (-np.inf, -1e4, 1e4, np.inf),
    "hard_sigmoid": (0, 0, 1, 1),
    "hard_silu": (0, 0, 1e4, np.inf),
    "hard_tanh": (-1, -1, 1, 1),
    "leaky_relu": (-np.inf, -2e3, 1e4, np.inf),
    "linear": (-np.inf, -1e4, 1e4, np.inf),
    "log_sigmoid": (-np.inf, -1e4, 0, 0),
    "mish": (0, 0, 1e4, np.inf),
    "relu": (0, 0, 1e4, np.inf),
    "relu6": (0, 0, 6, 6),
    "selu": (-1.7580993408473766, -1.7580993408473766, 10507.009873554805, np.inf),
    "sigmoid": (0, 0, 1, 1),
    "silu": (0, 0, 1e4, np.inf),
    "soft_shrink": (-np.inf, -9999.5, 9999.5, np.inf),
    "softplus": (0, 0, 1e4, np.inf),
    "softsign": (-1, -1e4 / 10001, 1e4 / 10001, 1),
    "sparse_plus": (0, 0, 1e4, np.inf),
    "sparse_sigmoid": (0, 0, 1, 1),
    "tanh": (-1, -1, 1, 1),
}
# The derivatives there.
SLOPES: dict[str, tuple[float, float, float, float]] = {
    "celu": (0, 0, 1, 1),
    "elu": (0, 0, 1, 1),
    "exponential": (0, 0, np.inf, np.inf),
    "gelu": (0, 0, 1, 1),
    "hard_shrink": (1, 1, 1, 1),
    "hard_sigmoid": (0, 0, 0, 0),
    "hard_silu": (0, 0, 1, 1),
    "hard_tanh": (0, 0, 0, 0),
    "leaky_relu": (0.2, 0.2, 1, 1),
    "log_sigmoid": (1, 1, 0, 0),
    "mish": (0, 0, 1, 1),
    "relu": (0, 0, 1, 1),
    "relu6": (0, 0, 0, 0),
    "selu": (0, 0, 1.0507009873554805, 1.0507009873554805),
    "sigmoid": (0, 0, 0, 0),
    "silu": (0, 0, 1, 1),
    "soft_shrink": (1, 1, 1, 1),
    "softplus": (0, 0, 1, 1),
    "softsign": (0, 1 / 10001**2, 1 / 10001**2, 0),
    "sparse_plus": (0, 0, 1, 1),
    "sparse_sigmoid": (0, 0, 0, 0),
    "tanh": (0, 0, 0, 0),
}

DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def named(name: str) -> Callable[..., Any]:
    return activations.get(name)


@DTYPES
@pytest.mark.parametrize("name", KERAS)
def test_values(name: str, dtype: type) -> None:
    result = named(name)(X.astype(dtype))
    assert result.dtype == dtype
    tolerance = 1e-13 if dtype is np.float64 else 2e-6
    np.testing.assert_allclose(result, KERAS[name], rtol=tolerance, atol=tolerance / 5)


@pytest.mark.parametrize(
    ("keywords", "expected"),
    # Keras 3.15.1, JAX backend, float64, on X.
    [
        ({"negative_slope": 0.1}, [-0.75, -0.3, -0.1, -0.025, 0.0, 0.25, 1.0, 3.0, 7.5]),
        ({"max_value": 2.0}, [0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 1.0, 2.0, 2.0]),
        ({"threshold": 0.5}, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 3.0, 7.5]),
        ({"threshold": -2.0}, [0.0, 0.0, -1.0, -0.25, 0.0, 0.25, 1.0, 3.0, 7.5]),
        (
            {"negative_slope": 0.1, "threshold": 1.0},
            [-0.85, -0.4, -0.2, -0.125, -0.1, -0.075, 0.0, 3.0, 7.5],
        ),
        (
            {"negative_slope": 0.1, "max_value": 2.0, "threshold": 0.5},
            [-0.8, -0.35, -0.15, -0.075, -0.05, -0.025, 1.0, 2.0, 2.0],
        ),
    ],
)
def test_relu_with_arguments(keywords: dict[str, float], expected: list[float]) -> None:
    np.testing.assert_allclose(activations.relu(X, **keywords), expected, rtol=1e-15)
    # By position too, as Keras orders them.
    ordered = [keywords.get(k, d) for k, d in (("negative_slope", 0.0), ("max_value", None))]
    result = activations.relu(ag.Tensor(X), *ordered, keywords.get("threshold", 0.0))
    np.testing.assert_allclose(result.data, expected, rtol=1e-15)
    away_from_kinks = np.array([-3.1, -2.3, 0.1, 0.7, 1.4, 2.6])
    ag.check_gradients(lambda x: activations.relu(x, **keywords), away_from_kinks)
    assert activations.relu(X.astype(np.float32), **keywords).dtype == np.float32
    assert (
        ag.grad(lambda x: np.sum(activations.relu(x, **keywords)))(X.astype(np.float32)).dtype
        == np.float32
    )


def test_other_arguments() -> None:
    # Keras 3.15.1, JAX backend, float64, on X[:4].
    half = [-0.4997234578149261, -0.475106465816068, -0.31606027941427883, -0.11059960846429756]
    np.testing.assert_allclose(activations.elu(X[:4], alpha=0.5), half, rtol=1e-14)
    tanh_form = [-0.003637392081773161, -0.1588080093917233, -0.100324649298315]
    result = activations.gelu(X[1:4], approximate=True)
    np.testing.assert_allclose(result, tanh_form, rtol=1e-12)
    np.testing.assert_allclose(activations.leaky_relu([-2.0, 2.0], negative_slope=3.0), [-6.0, 2.0])
    np.testing.assert_allclose(activations.leaky_relu([-2.0, 2.0], negative_slope=-1.0), [2.0, 2.0])
    ag.check_gradients(lambda x: activations.elu(x, alpha=0.5), np.array([-2.0, -0.3, 0.4]))
    ag.check_gradients(lambda x: activations.gelu(x, approximate=True), X)
    ag.check_gradients(
        lambda x: activations.leaky_relu(x, negative_slope=0.3), np.array([-2.0, 0.4])
    )


@pytest.mark.parametrize("name", [n for n in KERAS if n != "linear"])
def test_gradients_to_second_order(name: str) -> None:
    away_from_kinks = np.array([[-2.7, -1.3], [-0.4, 0.6], [1.9, 3.3], [0.05, -5.0]])
    ag.check_gradients(named(name), away_from_kinks)


@pytest.mark.parametrize(
    "name", ["sigmoid", "tanh", "softplus", "gelu", "silu", "mish", "log_sigmoid", "softmax"]
)
def test_second_derivatives_of_smooth_ones_hold_at_zero(name: str) -> None:
    ag.check_gradients(named(name), np.zeros((2, 3)))


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("axis", [0, 1, -1, -2])
def test_any_axis(name: str, axis: int) -> None:
    x = np.random.default_rng(0).normal(size=(3, 4, 2))
    f = named(name)
    expected = np.exp(x) / np.exp(x).sum(axis, keepdims=True)
    if name == "log_softmax":
        expected = np.log(expected)
    np.testing.assert_allclose(f(x, axis=axis), expected, rtol=1e-13)
    np.testing.assert_allclose(f(ag.Tensor(x), axis).data, expected, rtol=1e-13)
    ag.check_gradients(lambda t: f(t, axis=axis), x)


@DTYPES
@pytest.mark.parametrize("name", EXTREMES)
def test_extremes(name: str, dtype: type) -> None:
    x = np.array([-np.inf, -1e4, 1e4, np.inf], dtype)
    f = named(name)
    np.testing.assert_allclose(f(x), np.array(EXTREMES[name], dtype), rtol=1e-6, atol=0)
    if name == "linear":
        return
    t = ag.Tensor(x, requires_grad=True)
    f(t).backward(np.ones_like(x))
    assert t.grad.dtype == dtype
    np.testing.assert_allclose(t.grad, np.array(SLOPES[name], dtype), rtol=1e-6, atol=0)


@DTYPES
@pytest.mark.parametrize("name", [n for n in EXTREMES if n not in ("linear", "exponential")])
def test_second_derivatives_are_finite_far_out(name: str, dtype: type) -> None:
    x = ag.Tensor(np.array([-1e4, -50.0, 50.0, 1e4], dtype), requires_grad=True)
    (slope,) = ag.gradients(np.sum(named(name)(x)), [x])
    assert slope is not None
    if not slope.requires_grad:  # piecewise linear
        return
    (curvature,) = ag.gradients(np.sum(slope), [x])
    if curvature is not None:
        assert curvature.dtype == dtype
        np.testing.assert_allclose(curvature.data, 0, atol=2e-5)


@pytest.mark.parametrize("approximate", [False, True])
def test_gelu_is_zero_far_below_in_both_forms(approximate: bool) -> None:
    x = np.array([-np.inf, -1e30, -1e4, -40.0], np.float32)
    np.testing.assert_array_equal(activations.gelu(x, approximate=approximate), np.zeros(4))


def test_relu_at_zero_and_its_kin_at_their_kinks() -> None:
    def slope(f: Any, x: float) -> float:
        return float(ag.grad(f)(x))

    assert slope(activations.relu, 0.0) == 0.0
    assert slope(activations.relu6, 0.0) == slope(activations.relu6, 6.0) == 0.0
    assert slope(activations.leaky_relu, 0.0) == 0.2
    assert slope(activations.elu, 0.0) == 1.0
    # Keras 3.15.1 on JAX: 1.7580993408473766 and 1.
    assert slope(activations.selu, 0.0) == pytest.approx(1.7580993408473766)
    assert slope(activations.hard_tanh, 1.0) == 1.0


@DTYPES
def test_sigmoid_keeps_its_digits_where_it_is_small(dtype: type) -> None:
    x = np.array([-80.0, -30.0, -10.0], dtype)
    np.testing.assert_allclose(activations.sigmoid(x), np.exp(x.astype(float)), rtol=5e-5)


@DTYPES
def test_softmax_of_huge_and_infinite_logits_is_the_limit(dtype: type) -> None:
    inf = np.inf
    x = [[1e4, 1e4, -1e4], [-inf, 0, 0], [inf, 0, 0], [inf, inf, 0], [-inf, -inf, -inf]]
    expected = [[0.5, 0.5, 0], [0, 0.5, 0.5], [1, 0, 0], [0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3]]
    logits = np.array(x, dtype)
    for f, y in (
        (activations.softmax, np.array(expected)),
        (activations.log_softmax, np.log(np.maximum(expected, 1e-300))),
    ):
        result = f(logits)
        assert result.dtype == dtype
        finite = np.array(expected) > 0
        np.testing.assert_allclose(result[finite], y[finite], rtol=1e-6)
    np.testing.assert_array_equal(activations.softmax(logits)[~finite], 0)
    assert np.isneginf(activations.log_softmax(logits)[1:][~finite[1:]]).all()
    t = ag.Tensor(logits, requires_grad=True)
    activations.softmax(t)[:, 0].sum().backward()
    assert np.isfinite(t.grad).all()


@pytest.mark.parametrize("name", KERAS)
def test_not_a_number_stays_one(name: str) -> None:
    assert np.isnan(named(name)(np.array([np.nan, 1.0]))[0])


def test_relu_with_a_threshold_keeps_not_a_number() -> None:
    assert np.isnan(activations.relu(np.array([np.nan]), threshold=1.0)).all()


@pytest.mark.parametrize("name", [n for n in KERAS if n != "linear"])
def test_one_node_named_as_the_activation(name: str) -> None:
    x = ag.Tensor(X, requires_grad=True)
    y = named(name)(x)
    assert y.function.__name__ == name
    assert y.inputs == (x,)


@pytest.mark.parametrize("name", [n for n in KERAS if "max" not in n])
def test_lists_numbers_integers_empties_and_strides(name: str) -> None:
    f = named(name)
    if name not in ("linear", "tanh"):
        np.testing.assert_allclose(f([-1, 2]), f(np.array([-1.0, 2.0])))
        np.testing.assert_allclose(f(np.array([0, 200], np.uint8)), f(np.array([0.0, 200.0])))
        assert float(f(1)) == pytest.approx(float(f(np.array([1.0]))[0]))
        assert float(f(np.float64(1))) == float(f(np.array([1.0]))[0])
    assert f(np.zeros((0, 3), np.float32)).shape == (0, 3)
    assert f(ag.Tensor(1.0)).shape == ()
    strided = np.arange(12.0).reshape(3, 4)[::2, ::-1].T
    np.testing.assert_array_equal(f(strided), f(strided.copy()))


def test_words_are_refused() -> None:
    with pytest.raises(TypeError, match="expected numbers, got an array of dtype"):
        activations.relu(["a", "b"])


def test_get() -> None:
    assert activations.get(None) is activations.linear
    assert activations.get("swish") is activations.silu
    assert activations.get("ReLU") is activations.relu
    assert activations.get(math.tanh) is math.tanh
    with pytest.raises(ValueError, match=r"unknown activation 'rellu'\. Did you mean 'relu'"):
        activations.get("rellu")
    with pytest.raises(TypeError, match=r"a name, a function or None, got int: write activation="):
        activations.get(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted({*activations.__all__} - {"get", "threshold"}))
def test_dtypes_stay_as_they_are(name: str) -> None:
    f = named(name)
    for dtype in (np.float16, np.float32, np.float64):
        x = ag.Tensor(np.array([-1.0, -0.25, 0.5, 3.0], dtype), requires_grad=True)
        y = f(x)
        (slope,) = ag.gradients(np.sum(y), [x])
        assert slope is not None
        assert {y.dtype, slope.dtype, f(x.data).dtype} == {np.dtype(dtype)}
        tolerance = {"float16": 4e-3, "float32": 2e-6, "float64": 1e-14}[np.dtype(dtype).name]
        np.testing.assert_allclose(y.data, f(x.data.astype(float)), rtol=tolerance, atol=tolerance)
