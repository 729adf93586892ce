"""Derivatives through decompositions at equal and nearly equal eigenvalues and singular values.

What does not depend on the choice of vectors has a derivative there; it is compared with the same
function written in matrix products. What does depend has none: NaN, and never a number.
"""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag

RANDOM = np.random.default_rng(3)
WEIGHTS = RANDOM.normal(size=(4, 4))
TURN = np.linalg.qr(RANDOM.normal(size=(4, 4)))[0]
EYE = np.eye(4)


def transposed(a):
    return np.swapaxes(a, -2, -1)


def symmetric(a):
    return 0.5 * (a + transposed(a))


def by_eigh(h):
    """V diag(h(l)) V^T."""

    def function(a):
        values, vectors = np.linalg.eigh(a)
        return (vectors * h(values)[..., None, :]) @ transposed(vectors)

    return function


def by_svd(h):
    """U diag(h(s)) V^T."""

    def function(a):
        u, s, vt = np.linalg.svd(a, full_matrices=False)
        return (u * h(s)[..., None, :]) @ vt

    return function


def left_square(a):
    u, s, _ = np.linalg.svd(a, full_matrices=False)
    return (u * (s**2)[..., None, :]) @ transposed(u)


def cubed(a):
    return symmetric(a) @ symmetric(a) @ symmetric(a)


# (by a decomposition, by products, whether the matrix may be singular)
FUNCTIONS = {
    "itself": (by_eigh(lambda v: v), symmetric, True),
    "square": (by_eigh(lambda v: v**2), lambda a: symmetric(a) @ symmetric(a), True),
    "cube": (by_eigh(lambda v: v**3), cubed, True),
    "inverse": (by_eigh(lambda v: 1 / v), lambda a: np.linalg.inv(symmetric(a)), False),
    "svd": (by_svd(lambda s: s), lambda a: a, True),
    "svd cube": (by_svd(lambda s: s**3), lambda a: a @ transposed(a) @ a, True),
    "svd inverse": (
        lambda a: transposed(by_svd(lambda s: 1 / s)(a)),
        np.linalg.inv,
        False,
    ),
    "left square": (left_square, lambda a: a @ transposed(a), True),
    "values alone": (
        lambda a: np.sum(np.linalg.eigvalsh(a) ** 3) * EYE,
        lambda a: np.trace(cubed(a)) * EYE,
        True,
    ),
    "singular values alone": (
        lambda a: np.sum(np.linalg.svdvals(a) ** 2) * EYE,
        lambda a: np.sum(a**2) * EYE,
        True,
    ),
    "nuclear norm": (
        lambda a: np.linalg.norm(a @ transposed(a), "nuc") * EYE,
        lambda a: np.sum(a**2) * EYE,
        True,
    ),
}
VALUES = {
    "all equal": [2.0, 2, 2, 2],
    "two pairs": [1.0, 1, 3, 3],
    "three": [1.0, 1, 1, 5],
    "pair": [1.0, 2, 2, 7],
    "both signs": [-1.0, -1, 1, 1],
    "a zero": [0.0, 1, 2, 2],
    "two zeros": [0.0, 0, 1, 2],
    "nothing": [0.0, 0, 0, 0],
}


def matrix(values):
    return symmetric(TURN * np.array(values) @ TURN.T)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("kind", VALUES)
def test_exactly_equal(name, kind):
    f, by_products, singular = FUNCTIONS[name]
    if 0 in VALUES[kind] and not singular:
        return
    a, v = matrix(VALUES[kind]), symmetric(WEIGHTS)
    if name == "nuclear norm" and 0 in VALUES[kind]:
        return  # abs of singular values has a kink at 0
    one, two = (lambda a, f=f: np.sum(f(a) * WEIGHTS) for f in (f, by_products))
    np.testing.assert_allclose(ag.grad(one)(a), ag.grad(two)(a), rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(ag.hvp(one)(a, v), ag.hvp(two)(a, v), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("name", ["cube", "inverse", "svd cube", "left square"])
@pytest.mark.parametrize("gap", 10.0 ** -np.arange(3, 17))
def test_nearly_equal(name, gap):
    """Quotients of small differences lose digits; the limit does not."""
    f, by_products, _ = FUNCTIONS[name]
    a, v = matrix(np.array([2, 2, 2, 3]) + gap * np.arange(4)), symmetric(WEIGHTS)
    one, two = (lambda a, f=f: np.sum(f(a) * WEIGHTS) for f in (f, by_products))
    np.testing.assert_allclose(ag.grad(one)(a), ag.grad(two)(a), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(ag.hvp(one)(a, v), ag.hvp(two)(a, v), rtol=2e-5, atol=2e-5)


def test_third_derivative():
    """Along v, of tr(W A^3) at the identity: 6 tr(W v^3)."""
    v = symmetric(WEIGHTS)

    def along(t):
        return np.sum(by_eigh(lambda x: x**3)(EYE + t * v) * WEIGHTS)

    third = ag.grad(ag.grad(ag.grad(along)))(0.0)
    np.testing.assert_allclose(third, 6 * np.sum(WEIGHTS * (v @ v @ v)), rtol=1e-9)


def test_polar_factor():
    """At the identity the derivative of the orthogonal factor is the skew part of the direction."""
    polar = by_svd(lambda s: s**0)
    p = np.array([[0.0, 2.0], [0.0, 0.0]])
    g = ag.grad(lambda a: np.sum(polar(a) * p))(np.eye(2))
    np.testing.assert_allclose(g, [[0, 1], [-1, 0]], atol=1e-14)


def test_root_of_a_matrix():
    """d sqrt(A) = dA / (2 sqrt(c)) at A = c I."""
    g = ag.grad(lambda a: np.sum(by_eigh(np.sqrt)(a) * WEIGHTS))(9 * EYE)
    np.testing.assert_allclose(g, symmetric(WEIGHTS) / 6, rtol=1e-12)


def test_projector_on_a_space_of_equal_values():
    """On the upper half of [1, 1, 3, 3]: dP = sum over pairs across, divided by their distance."""

    def projector(a):
        vectors = np.linalg.eigh(a)[1][:, 2:]
        return vectors @ vectors.T

    turned = TURN.T @ symmetric(WEIGHTS) @ TURN
    across = np.zeros((4, 4))
    across[:2, 2:], across[2:, :2] = turned[:2, 2:] / 2, turned[2:, :2] / 2
    a = matrix([1.0, 1, 3, 3])
    g = ag.grad(lambda a: np.sum(projector(a) * WEIGHTS))(a)
    np.testing.assert_allclose(g, TURN @ across @ TURN.T, atol=1e-12)
    h = ag.hvp(lambda a: np.sum(projector(a) * WEIGHTS))(a, symmetric(WEIGHTS))
    b = 1e-5 * symmetric(WEIGHTS)
    g_of = ag.grad(lambda a: np.sum(projector(a) * WEIGHTS))
    np.testing.assert_allclose(h, (g_of(a + b) - g_of(a - b)) / 2e-5, atol=1e-7)


@pytest.mark.parametrize("shape", [(3, 2), (2, 3)])
def test_oblong_matrices(shape):
    a, w = np.eye(*shape), WEIGHTS[: shape[0], : shape[1]]
    one, two = (lambda a, f=f: np.sum(f(a) * w) for f in FUNCTIONS["svd cube"][:2])
    np.testing.assert_allclose(ag.grad(one)(a), ag.grad(two)(a), atol=1e-12)
    zeros = np.zeros(shape)
    np.testing.assert_allclose(ag.grad(lambda a: np.sum(by_svd(lambda s: s)(a) * w))(zeros), w)


def test_stacks_mix_nothing():
    """Each matrix has its own values, and what is computed from one may weigh another."""
    stack = np.stack(
        [matrix(VALUES[kind]) for kind in ("pair", "all equal")] + [matrix([1, 2, 4, 7])]
    )

    def total(f):
        return lambda a: np.sum(np.prod(np.sum(f(a) * WEIGHTS, axis=(1, 2))))

    f, by_products, _ = FUNCTIONS["cube"]
    np.testing.assert_allclose(ag.grad(total(f))(stack), ag.grad(total(by_products))(stack), 1e-9)


def test_float32():
    a = matrix([1.0, 1, 3, 3]).astype(np.float32)
    w = WEIGHTS.astype(np.float32)
    one, two = (lambda a, f=f: np.sum(f(a) * w) for f in FUNCTIONS["cube"][:2])
    g = ag.grad(one)(a)
    assert g.dtype == np.float32
    np.testing.assert_allclose(g, ag.grad(two)(a), rtol=2e-4, atol=2e-4)


def test_backward_leaves_gradients_on_leaves():
    a, w = ag.Tensor(EYE, requires_grad=True), ag.Tensor(WEIGHTS, requires_grad=True)
    J = np.sum(by_eigh(lambda v: v**2)(a) * w)
    J.backward()
    np.testing.assert_allclose(a.grad, symmetric(WEIGHTS) * 2, atol=1e-12)
    np.testing.assert_allclose(w.grad, EYE)
    assert isinstance(a.grad, np.ndarray)
    with ag.no_grad():
        J.backward()
    np.testing.assert_allclose(a.grad, symmetric(WEIGHTS) * 4, atol=1e-12)
    with pytest.raises(RuntimeError, match="retain_graph"):
        np.sum(by_eigh(lambda v: v**2)(a) * w).backward(retain_graph=False)


@pytest.mark.parametrize(
    "f",
    [
        lambda a: np.linalg.eigh(a)[1][0, 0],
        lambda a: np.sum(np.linalg.eigh(a)[1] * WEIGHTS),
        lambda a: np.linalg.svd(a)[0][0, 1],
        lambda a: np.sum(np.linalg.svd(a)[2] * WEIGHTS),
    ],
)
def test_what_depends_on_the_choice_of_vectors_is_nan(f):
    for a in (EYE, matrix([1.0, 1, 3, 3]), np.zeros((4, 4))):
        assert np.isnan(ag.grad(f)(a)).any()


def test_extreme_values_that_are_equal_share():
    """The largest eigenvalue has a kink; the mean of its gradients is the same in every basis."""
    for f in (lambda a: np.linalg.eigvalsh(a)[-1], lambda a: np.linalg.norm(a, 2)):
        np.testing.assert_allclose(ag.grad(f)(3 * EYE), EYE / 4, atol=1e-15)
        p = TURN[:, 2:] @ TURN[:, 2:].T / 2
        np.testing.assert_allclose(ag.grad(f)(matrix([1.0, 1, 3, 3])), p, atol=1e-14)
    np.testing.assert_array_equal(ag.grad(lambda a: np.linalg.norm(a, "nuc"))(np.zeros((2, 2))), 0)
    half = np.diag([1.0, 0.0])
    np.testing.assert_allclose(ag.grad(lambda a: np.linalg.norm(a, "nuc"))(half), half)


@pytest.mark.parametrize("pick", [-1, 0])
@pytest.mark.parametrize("a", [EYE, matrix([1.0, 1, 3, 3])])
def test_a_kink_beside_vectors_is_nan(a, pick):
    """Of equal eigenvalues neither the first nor the last has a gradient alone."""

    def f(a):
        values, vectors = np.linalg.eigh(a)
        return values[pick] + np.sum(vectors @ (values[:, None] * vectors.T) * WEIGHTS)

    assert np.isnan(ag.grad(f)(a)).any()


def test_a_program_leaves_equal_values_to_the_function():
    """It cannot look at values, so the function itself is called where they are close."""
    compiled = ag.compile(ag.grad(lambda a: np.sum(by_eigh(lambda v: v**2)(a) * WEIGHTS)))
    a = matrix([1.0, 2, 4, 7])
    expected = symmetric(WEIGHTS) @ a + a @ symmetric(WEIGHTS)
    np.testing.assert_allclose(compiled(a).data, expected, rtol=1e-10)
    for equal in (EYE, matrix([1.0, 1, 3, 3])):
        expected = symmetric(WEIGHTS) @ equal + equal @ symmetric(WEIGHTS)
        np.testing.assert_allclose(compiled(equal).data, expected, atol=1e-9)
    for f in (lambda a: np.linalg.norm(a, 2), lambda a: np.linalg.eigvalsh(a)[-1]):
        kink = ag.compile(ag.grad(f))
        for a in (matrix([1.0, 2, 4, 7]), 3 * EYE, np.zeros((4, 4))):
            np.testing.assert_allclose(kink(a).data, ag.grad(f)(a), atol=1e-14)
        outside = ag.compile(f)
        for a in (matrix([1.0, 2, 4, 7]), 3 * EYE, np.zeros((4, 4)), matrix([1.0, 2, 4, 7])):
            np.testing.assert_allclose(ag.grad(outside)(a), ag.grad(f)(a), atol=1e-14)
    values = ag.compile(ag.grad(lambda a: np.sum(np.linalg.eigvalsh(a) ** 2)))
    np.testing.assert_allclose(values(EYE).data, 2 * EYE, atol=1e-14)


@pytest.mark.parametrize("shape", [(0, 0), (5, 0), (0, 5), (2, 0, 0)])
@pytest.mark.parametrize(
    "f",
    [np.linalg.svdvals, np.linalg.pinv, lambda x: np.linalg.svd(x, full_matrices=False)[0]],
    ids=["svdvals", "pinv", "svd"],
)
def test_matrices_without_elements_have_gradients_without_elements(f, shape):
    """Of the first and second order: there are no values that could be equal."""
    x = np.zeros(shape)

    def slope(t):
        return np.sum(ag.grad(lambda u: np.sum(f(u)))(t))

    assert ag.grad(lambda t: np.sum(f(t)))(x).shape == shape
    assert ag.grad(slope)(x).shape == shape


@pytest.mark.parametrize("shape", [(0, 0), (2, 0, 0)])
@pytest.mark.parametrize("f", [np.linalg.eigvalsh, lambda x: np.linalg.eigh(x)[1]])
def test_symmetric_matrices_without_elements(f, shape):
    assert ag.grad(lambda t: np.sum(f(t)))(np.zeros(shape)).shape == shape
