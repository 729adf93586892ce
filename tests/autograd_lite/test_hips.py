"""HIPS autograd's names, with values from formulas; and the tool that changes import lines."""

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import hips
from autograd_lite.table import TABLE
from tools.hips import changed, compared

X, V = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.5, -2.0])


def cubes(x, scale=1.0):
    return scale * np.sum(x**3)


def test_gradients_with_argnum():
    assert hips.grad(lambda x, y: x * y**2, argnum=1)(3.0, 2.0) == 12.0
    assert hips.grad(lambda x, y: x * y, argnum=(0, 1))(3.0, 2.0) == (2.0, 3.0)
    value, slope = hips.value_and_grad(cubes)(X)
    assert value == np.sum(X**3)
    np.testing.assert_array_equal(slope, 3 * X**2)
    assert hips.grad_named(lambda x, y: x * y, "y")(3.0, 2.0) == 3.0
    slope, aux = hips.grad_and_aux(lambda x: (cubes(x), "seen"))(X)
    np.testing.assert_array_equal(slope, 3 * X**2)
    assert aux == "seen"


def test_second_derivatives():
    np.testing.assert_allclose(hips.hessian(cubes)(X), np.diag(6 * X))
    np.testing.assert_allclose(hips.hessian_vector_product(cubes)(X, V), 6 * X * V)
    product, slope = hips.make_hvp(cubes)(X)
    np.testing.assert_allclose(product(V), 6 * X * V)
    np.testing.assert_allclose(slope, 3 * X**2)


def test_products_with_the_jacobian():
    pull_back, value = hips.make_vjp(lambda x: x**2)(X)
    np.testing.assert_array_equal(value, X**2)
    np.testing.assert_array_equal(pull_back(V), 2 * X * V)
    value, pushed = hips.make_jvp(lambda y, x: y * x**2, argnum=1)(2.0, X)(V)
    np.testing.assert_array_equal(value, 2 * X**2)
    np.testing.assert_array_equal(pushed, 4 * X * V)
    assert hips.deriv(np.sin)(0.0) == 1.0
    matrix = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(
        hips.vector_jacobian_product(lambda x: matrix @ x)(X, V[:2]), V[:2] @ matrix
    )
    np.testing.assert_allclose(hips.jacobian(lambda x: matrix @ x)(X), matrix)
    np.testing.assert_allclose(hips.elementwise_grad(np.sin)(X), np.cos(X))


def test_multigrad_dict():
    def f(a, b=2.0, *, c=3.0):
        return a * b**2 * c

    assert hips.multigrad_dict(f)(1.0) == {"a": 12.0, "b": 12.0, "c": 4.0}
    assert hips.multigrad_dict(f)(1.0, c=1.0)["c"] == 4.0


def test_flatten_func():
    f, unflatten, start = hips.flatten_func(
        lambda p: p["a"] ** 2 + np.sum(p["b"]), {"a": 2.0, "b": X}
    )
    np.testing.assert_array_equal(start, [2.0, *X])
    np.testing.assert_array_equal(hips.grad(f)(start), [4.0, 1.0, 1.0, 1.0])
    assert unflatten(start)["a"] == 2.0


def test_rules_in_their_form():
    @hips.primitive
    def scaled(x, y):
        return x**2 * y

    hips.defvjp(scaled, lambda ans, x, y: lambda g: g * 2 * x * y)
    try:
        np.testing.assert_array_equal(ag.grad(lambda x: np.sum(scaled(x, 3.0)))(X), 6 * X)
        hips.check_grads(lambda x: scaled(x, 3.0), modes=["rev"])(X)
        with pytest.raises(TypeError, match="scaled has no rule for its argument 1"):
            ag.grad(lambda y: np.sum(scaled(X, y)))(3.0)
        hips.defvjp(scaled, None, lambda ans, x, y: lambda g: g * x**2, argnums=(0, 1))
        np.testing.assert_array_equal(ag.grad(lambda y: np.sum(scaled(X, y)))(3.0), np.sum(X**2))
    finally:
        del TABLE[scaled]


@pytest.mark.parametrize(
    ("name", "instead"),
    [("hessian_vector_product", r"write hvp\(f\)"), ("make_vjp", r"write vjp\(f, x\)"),
     ("check_grads", r"write check_gradients\(f, x\)")],
)  # fmt: skip
def test_names_that_are_others_here(name, instead):
    with pytest.raises(AttributeError, match=f"{instead}, or import .* from autograd_lite.hips"):
        getattr(ag, name)


def test_names_that_are_not_here():
    with pytest.raises(AttributeError, match=r"no holomorphic_grad: complex numbers"):
        hips.holomorphic_grad  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        hips.nothing  # noqa: B018
    assert all(hasattr(hips, name) for name in hips.__all__)


# -- the tool --------------------------------------------------------------------------------------


def test_import_lines_are_changed_and_no_others():
    source = (
        "import autograd.numpy as np  # autograd.numpy\n"
        "    from autograd.numpy.linalg import solve\n"
        "from autograd import grad\n"
        "from autograd.misc.optimizers import adam\n"
        "import autograd.scipy.stats.multivariate_normal as mvn\n"
        "print('from autograd import x')\n"
        "adam(f, x, num_iters=1000)\n"
    )
    assert changed(source, imports=True) == (
        "import numpy as np  # autograd.numpy\n"
        "    from numpy.linalg import solve\n"
        "from autograd_lite.hips import grad\n"
        "from autograd_lite.optimizers import adam\n"
        "import autograd_lite.scipy.stats.multivariate_normal as mvn\n"
        "print('from autograd import x')\n"
        "adam(f, x, num_iters=6)\n"
    )


def test_printed_numbers_are_compared():
    assert compared("loss 1.5\n", "loss 1.5\n") == "1 numbers printed, as autograd's to 0e+00"
    assert compared("1.0 2.0", "1.0") == "prints 2 numbers, autograd 1"
