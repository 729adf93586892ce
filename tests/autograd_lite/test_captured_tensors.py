"""A Tensor that the function given to a transform takes from around it keeps its gradient."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag


def f(x, y):
    return np.sum(x**2 * y**3)


# What each gives for y -> x^2 y^3 at y = 2 (direction or upstream gradient 1), as a function of x,
# and its derivative by x.
TRANSFORMS = {
    "grad": (lambda x: ag.grad(lambda y: f(x, y))(2.0), lambda x: 24 * x),
    "value": (lambda x: ag.value_and_grad(lambda y: f(x, y))(2.0)[0], lambda x: 16 * x),
    "value_and_grad": (lambda x: ag.value_and_grad(lambda y: f(x, y))(2.0)[1], lambda x: 24 * x),
    "has_aux": (lambda x: ag.grad(lambda y: (f(x, y), x * y), has_aux=True)(2.0)[1], lambda x: 2),
    "argnums": (lambda x: ag.grad(lambda z, y: f(x, y) + z, argnums=1)(0.0, 2.0), lambda x: 24 * x),
    "vjp": (lambda x: ag.vjp(lambda y: f(x, y), 2.0)[1](1.0), lambda x: 24 * x),
    "jvp": (lambda x: ag.jvp(lambda y: f(x, y), 2.0, 1.0)[1], lambda x: 24 * x),
    "jacobian": (lambda x: ag.jacobian(lambda y: f(x, y))(2.0), lambda x: 24 * x),
    "hessian": (lambda x: ag.hessian(lambda y: f(x, y))(2.0), lambda x: 24 * x),
    "hvp": (lambda x: ag.hvp(lambda y: f(x, y))(2.0, 1.0), lambda x: 24 * x),
    "checkpoint": (lambda x: ag.grad(ag.checkpoint(lambda y: f(x, y)))(2.0), lambda x: 24 * x),
    "inside": (
        lambda x: ag.checkpoint(lambda: ag.grad(lambda y: f(x, y))(2.0))(),
        lambda x: 24 * x,
    ),
    "grad of grad": (lambda x: ag.grad(ag.grad(lambda y: f(x, y)))(2.0), lambda x: 24 * x),
    "grad of jvp": (
        lambda x: ag.grad(lambda y: ag.jvp(lambda y: f(x, y), y, 1.0)[1])(2.0),
        lambda x: 24 * x,
    ),
}


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("kind", ["leaf", "result", "Variable"])
def test_backward_reaches_it(name, kind):
    transform, expected = TRANSFORMS[name]
    leaf = ag.Variable(3.0) if kind == "Variable" else ag.Tensor(3.0, requires_grad=True)
    x = leaf * 1.0 if kind == "result" else leaf
    J = x * transform(x)
    J.backward()
    value = float(ag.stop_gradient(transform(x)).data)
    np.testing.assert_allclose(leaf.grad, value + 3.0 * expected(3.0))


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_nest(name):
    """The same by a transform around it, where the captured Tensor is its argument."""
    transform, expected = TRANSFORMS[name]
    np.testing.assert_allclose(ag.grad(transform)(3.0), expected(3.0))
    np.testing.assert_allclose(ag.jvp(transform, 3.0, 1.0)[1], expected(3.0))


@pytest.mark.parametrize("name", sorted(set(TRANSFORMS) - {"inside"}))
def test_arrays_where_no_record_goes_on(name):
    transform, _ = TRANSFORMS[name]
    assert isinstance(transform(np.array(3.0)), np.ndarray)
    assert isinstance(transform(ag.Tensor(3.0)), np.ndarray)
    with ag.no_grad():
        assert isinstance(transform(ag.Tensor(3.0, requires_grad=True)), np.ndarray)


def test_a_captured_upstream_gradient_and_direction():
    x = ag.Tensor(3.0, requires_grad=True)
    for result in (ag.vjp(lambda y: y**2, 2.0)[1](x), ag.jvp(lambda y: y**2, 2.0, x)[1]):
        (slope,) = ag.gradients(result, [x])
        assert slope.item() == 4
    (slope,) = ag.gradients(ag.hvp(lambda y: y**3)(2.0, x), [x])
    assert slope.item() == 12


def test_a_gradient_penalty_on_captured_weights():
    """(d/dy sum(W y))^2 = sum of squared column sums of W; its gradient is twice the column sum."""
    W = ag.Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    slope = ag.grad(lambda y: np.sum(W @ y))(np.ones(2))
    np.sum(slope**2).backward()
    np.testing.assert_array_equal(W.grad, [[8, 12], [8, 12]])
