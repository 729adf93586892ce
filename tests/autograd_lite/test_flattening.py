"""`flatten` of nested structures, the optimizers on them, `elementwise_grad` and `fixed_point`."""

from collections import OrderedDict

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.optimizers import adam, rmsprop, sgd

TREE = {"w": np.array([[1.0, 2.0], [3.0, 4.0]]), "b": (5.0, [np.zeros(0), np.array(6.0)])}


def test_there_and_back():
    vector, unflatten = ag.flatten(TREE)
    np.testing.assert_array_equal(vector, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    back = unflatten(vector)
    assert list(back) == ["w", "b"]
    assert back["w"].shape == (2, 2)
    assert isinstance(back["b"], tuple)
    assert back["b"][1][0].shape == (0,)
    assert back["b"][1][1].shape == ()


def test_both_directions_are_differentiable():
    def f(tree):
        vector, unflatten = ag.flatten(tree)
        return np.sum(np.sin(vector) * np.arange(6.0)) * unflatten(vector**2)["w"][1, 0]

    slope = ag.grad(f)(TREE)
    assert slope["w"].shape == (2, 2)
    ag.check_gradients(
        lambda w, b: f({"w": w, "b": (b, [np.zeros(0), 6.0])}), TREE["w"], np.array(5.0)
    )
    vector, unflatten = ag.flatten(TREE)
    ag.check_gradients(lambda v: np.sum(unflatten(v)["w"] ** 3), vector, order=2)


def test_dtypes_empties_and_lengths():
    assert ag.flatten([1, 2])[0].dtype == np.float64
    assert ag.flatten([np.ones(2, np.float32), np.zeros(1, np.float32)])[0].dtype == np.float32
    vector, unflatten = ag.flatten({})
    assert vector.shape == (0,)
    assert unflatten(vector) == {}
    with pytest.raises(
        ValueError, match=r"a vector of 6 elements, as flatten gave, got shape \(5,\)"
    ):
        ag.flatten(TREE)[1](np.ones(5))


def test_it_compiles():
    f = ag.compile(lambda w, b: np.sum(ag.flatten({"w": w, "b": b})[0] ** 2))
    assert float(f(TREE["w"], np.array([1.0]))) == 31.0


# -- optimizers ------------------------------------------------------------------------------------


def quadratic(p, i):
    return {"a": 2 * p["a"], "b": [4 * p["b"][0]]}


START = {"a": np.array([1.0, -2.0]), "b": [3.0]}


def test_two_steps_of_each_by_hand():
    """The formulas of the docstrings, written out for one coordinate."""
    x, v = 1.0, 0.0
    for _ in range(2):
        v = 0.9 * v - (1 - 0.9) * 2 * x
        x += 0.1 * v
    np.testing.assert_allclose(sgd(quadratic, START, num_iters=2)["a"][0], x, rtol=1e-15)
    x, s = 1.0, 1.0
    for _ in range(2):
        s = 0.9 * s + 0.1 * (2 * x) ** 2
        x -= 0.1 * 2 * x / (np.sqrt(s) + 1e-8)
    np.testing.assert_allclose(rmsprop(quadratic, START, num_iters=2)["a"][0], x, rtol=1e-15)
    first = 1.0 - 0.001 * 2 / (2 + 1e-8)  # Adam's first step is the step size
    np.testing.assert_allclose(adam(quadratic, START, num_iters=1)["a"][0], first, rtol=1e-15)


@pytest.mark.parametrize(
    ("optimizer", "options"), [(sgd, {}), (rmsprop, {}), (adam, {"step_size": 0.3})]
)
def test_they_minimise_and_leave_the_start_alone(optimizer, options):
    seen = []
    found = optimizer(
        quadratic,
        START,
        lambda p, i, g: seen.append((i, p["b"][0], g["b"][0])),
        num_iters=200,
        **options,
    )
    assert abs(found["b"][0]) < 0.05
    assert START["b"] == [3.0]
    assert seen[0] == (0, 3.0, 12.0)
    assert [i for i, _, _ in seen] == list(range(200))


def test_gradients_are_paired_by_key():
    def swapped(p, i):
        return OrderedDict(b=[4 * p["b"][0]], a=2 * p["a"])

    expected, got = sgd(quadratic, START), sgd(swapped, START)
    np.testing.assert_array_equal(got["a"], expected["a"])
    with pytest.raises(ValueError, match="the structures differ"):
        sgd(lambda p, i: [1.0], START)
    with pytest.raises(ValueError, match="3 numbers, got 2"):
        sgd(lambda p, i: {"a": np.ones(1), "b": [1.0]}, START)


# -- element-wise gradients ------------------------------------------------------------------------


def test_elementwise_grad():
    x = np.array([0.3, -1.0])
    tanh = lambda x: (1 - np.exp(-2 * x)) / (1 + np.exp(-2 * x))  # noqa: E731
    second = ag.elementwise_grad(ag.elementwise_grad(tanh))(x)
    np.testing.assert_allclose(second, -2 * np.tanh(x) * (1 - np.tanh(x) ** 2), rtol=1e-12)
    np.testing.assert_array_equal(ag.elementwise_grad(lambda x, y: x * y, 1)(x, 2 * x), x)
    with pytest.raises(ValueError, match="has the shape of its argument 0"):
        ag.elementwise_grad(np.sum)(x)


# -- fixed points ----------------------------------------------------------------------------------


def distance(x, y):
    return np.max(np.abs(x - y))


def root(a, tol=1e-13):
    return ag.fixed_point(lambda a: lambda x: 0.5 * (x + a / x), a, np.ones_like(a), distance, tol)


def test_roots_to_third_order():
    """1/2 a^-1/2, -1/4 a^-3/2, 3/8 a^-5/2."""
    a = 2.0
    for order, expected in enumerate([0.5 * a**-0.5, -0.25 * a**-1.5, 0.375 * a**-2.5], start=1):
        f = root
        for _ in range(order):
            f = ag.grad(f)
        np.testing.assert_allclose(f(a), expected, rtol=1e-9)


def test_a_system_with_structured_parameters():
    w = np.array([[0.2, -0.3], [0.1, 0.4]])

    def solve(w, b):
        step = lambda p: lambda x: np.tanh(p["w"] @ x + p["b"])  # noqa: E731
        return ag.fixed_point(step, {"w": w, "b": b}, np.zeros(2), distance, 1e-14)

    ag.check_gradients(solve, w, np.array([0.5, -0.2]), order=2)


def test_a_fixed_point_that_is_not_reached():
    with pytest.raises(RuntimeError, match="still moves by more than tol=1e-09 after 5 steps"):
        ag.fixed_point(lambda a: lambda x: x + a, 1.0, 0.0, distance, 1e-9, max_iter=5)


def test_a_captured_tensor_is_refused():
    w = ag.Tensor(0.5, requires_grad=True)
    with pytest.raises(TypeError, match="pass it in `a`, which f takes"):
        ag.fixed_point(lambda a: lambda x: w * x + a, 1.0, 0.0, distance, 1e-9)
    with pytest.raises(ag.TracingError, match="as many steps as the values need"):
        ag.compile(lambda a: root(a))(np.array([2.0]))
