"""What check_gradients holds rules and inputs to: linearity, structure, symmetric matrices."""

from __future__ import annotations

import collections

import numpy as np
import pytest

import autograd_lite as ag

POSITIVE = np.array([[2.0, 1.0], [1.0, 3.0]])


def operation(evaluate, rule):
    function = ag.primitive(evaluate)
    ag.gradient(function, rule)
    return function


def scaled(factor):
    """The identity, whose rule is right on arrays but off by a factor when it is differentiated."""
    return operation(lambda x: 1.0 * x, lambda g, y, x: factor * g)


@pytest.mark.parametrize(
    "rule",
    [
        lambda g, y, x: 2 * scaled(1.001)(g),
        lambda g, y, x: 2 * np.abs(g),
        lambda g, y, x: 2 * g * g,
        lambda g, y, x: 2 * g**3,
        lambda g, y, x: g + 1,
        lambda g, y, x: 2 * np.exp(g) / np.e,
    ],
)
def test_a_rule_that_is_not_linear_is_refused(rule):
    """Each gives the right gradient for the upstream gradient 1."""
    double = operation(lambda x: 2.0 * x, rule)
    assert ag.grad(double)(1.0) == 2
    with pytest.raises(ag.GradientError, match="not linear in its upstream gradient"):
        ag.check_gradients(double, np.array(1.0))


def test_at_first_order_too():
    double = operation(lambda x: 2.0 * x, lambda g, y, x: 2 * np.abs(g))
    with pytest.raises(ag.GradientError, match="is not minus its result"):
        ag.check_gradients(double, np.array(1.0), order=1)


Point = collections.namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("f", "given"),
    [
        (lambda t: t[0]["a"] * t[1], ({"a": 3.0}, 2.0)),
        (lambda t: np.concatenate(t[0]), ((np.ones(1), np.ones(3)),)),
        (lambda t: t[0] * t[1], (3.0, 2.0)),
        (lambda p: p.x * p.y, Point(3.0, np.ones(2))),
        (lambda t: t[0][1]["b"] ** 2 * t[1], [[1.0, {"b": 2.0}], np.ones(2)]),
        (lambda t: t[0] * t[2], (2.0, None, 3.0)),
        (lambda d: np.sum(d["rows"][1]) * d["rows"][0][0], {"rows": [np.ones(1), np.ones(3)]}),
    ],
)
def test_structures_are_handed_on_as_they_are(f, given):
    kinds = []

    def watched(x):
        kinds.append(type(x))
        return f(x)

    assert ag.check_gradients(watched, given).passed
    assert set(kinds) == {type(given)}


def test_a_list_of_numbers_is_an_array():
    assert ag.check_gradients(lambda x: np.sum(x**2), [1.0, 2.0]).passed


@pytest.mark.parametrize(
    "f",
    [
        np.linalg.eigvalsh,
        np.linalg.cholesky,
        lambda a: np.linalg.eigh(a)[0],
        lambda a: np.abs(np.linalg.eigh(a)[1]),
        lambda a: np.linalg.solve(np.linalg.cholesky(a), np.ones(2)),
    ],
)
def test_functions_of_one_triangle(f):
    for a in (POSITIVE, np.stack([POSITIVE, 2 * POSITIVE + np.eye(2)])):
        if a.ndim == 3 and f(a).ndim < 3 and f(a).shape != (2, 2):
            continue
        report = ag.check_gradients(f, a)
        assert "one triangle of a symmetric matrix" in str(report)


def test_other_functions_of_symmetric_matrices_are_compared_entry_by_entry():
    """A symmetric gradient of a function that reads every entry has to be right for each."""
    w = np.array([[1.0, 2.0], [5.0, 3.0]])
    wrong = operation(lambda a: np.sum(w * a), lambda g, y, a: g * 0.5 * (w + w.T))
    with pytest.raises(ag.GradientError, match=r"\[0, 1\]"):
        ag.check_gradients(wrong, POSITIVE)
    for f in (np.linalg.inv, np.linalg.det, np.tril, np.triu, lambda a: a[1, 0] * 2):
        assert "triangle" not in str(ag.check_gradients(f, POSITIVE))


@pytest.mark.parametrize(
    "f", [np.linalg.eigvals, lambda a: np.linalg.cholesky(a + np.swapaxes(a, -2, -1))]
)
def test_functions_whose_domain_a_changed_triangle_leaves(f):
    assert "triangle" not in str(ag.check_gradients(f, POSITIVE))


def test_a_wrong_rule_of_one_triangle():
    wrong = operation(np.linalg.eigvalsh, lambda g, y, a: g[..., None] * np.eye(2, dtype=g.dtype))
    with pytest.raises(ag.GradientError):
        ag.check_gradients(wrong, POSITIVE, order=1)


def test_inner_transforms():
    for f in (
        lambda x: x * ag.grad(lambda y: x * y**2)(2.0),
        lambda x: ag.jvp(lambda y: x * y**2, 2.0, 1.0)[1],
        lambda x: ag.checkpoint(lambda: np.sin(x) * x)(),
        lambda x: np.sum(ag.hessian(lambda y: np.sum(x * y**3))(np.ones(2))),
    ):
        assert ag.check_gradients(f, np.array(1.5)).passed


def test_a_function_without_a_value_at_another_triangle_is_compared_entry_by_entry():
    """Looking for the triangle that does not matter leaves the positive definite matrices."""
    matrix = np.array([[2.0, 1.0], [1.0, 1.0]])

    def symmetric_part(x):
        return np.linalg.cholesky(x + x.T)

    with pytest.raises(np.linalg.LinAlgError):
        symmetric_part(matrix + np.array([[0.0, 2.0], [0.0, 0.0]]))
    assert ag.check_gradients(symmetric_part, matrix, order=2).passed
