"""grad, vjp, jvp, jacobian, hessian, hvp, checkpoint: against formulas, and against each other."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest

import autograd_lite as ag


def rosenbrock(x):
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


POINT = np.array([-1.2, 1.0])
# The classic starting point: gradient and Hessian by hand.
ROSENBROCK_GRADIENT = [-215.6, -88.0]
ROSENBROCK_HESSIAN = [[1330.0, 480.0], [480.0, 200.0]]


class TestGrad:
    def test_rosenbrock(self):
        np.testing.assert_allclose(ag.grad(rosenbrock)(POINT), ROSENBROCK_GRADIENT)

    def test_value_and_grad(self):
        value, slope = ag.value_and_grad(rosenbrock)(POINT)
        np.testing.assert_allclose(value, 24.2)
        np.testing.assert_allclose(slope, ROSENBROCK_GRADIENT)

    def test_arrays_in_arrays_out(self):
        g = ag.grad(rosenbrock)(POINT)
        assert type(g) is np.ndarray
        assert ag.grad(np.sin)(0.0).shape == ()

    def test_tensors_in_tensors_out(self):
        x = ag.Tensor(2.0, requires_grad=True)
        g = ag.grad(lambda x: x**3)(x)
        assert isinstance(g, ag.Tensor)
        g.backward()
        np.testing.assert_allclose(x.grad, 12.0)

    def test_argnums(self):
        def f(a, b, c=1.0):
            return a * b**2 * c

        assert ag.grad(f, 1)(3.0, 2.0) == 12
        assert ag.grad(f, -1)(3.0, 2.0) == 12
        da, db = ag.grad(f, (0, 1))(3.0, 2.0, c=2.0)
        assert (da, db) == (8, 24)
        assert ag.grad(f)(3.0, 2) == 4  # integers are fine where no gradient is asked for

    def test_structures(self):
        Layer = namedtuple("Layer", "kernel bias")
        parameters = {
            "layers": [Layer(np.ones((2, 3)), np.zeros(3)), (np.ones((3, 1)), np.zeros(1))],
            "scale": 2.0,
            "nothing": None,
        }

        def f(p, x):
            for kernel, bias in p["layers"]:
                x = x @ kernel + bias
            return np.sum(x) * p["scale"]

        g = ag.grad(f)(parameters, np.array([[1.0, 2.0]]))
        assert isinstance(g["layers"][0], Layer)
        np.testing.assert_array_equal(g["layers"][0].kernel, [[2, 2, 2], [4, 4, 4]])
        np.testing.assert_array_equal(g["layers"][1][0], [[6], [6], [6]])
        assert g["scale"] == 9
        assert g["nothing"] is None

    def test_has_aux(self):
        def f(x):
            return x**2, {"twice": 2 * x, "note": "kept"}

        (value, aux), g = ag.value_and_grad(f, has_aux=True)(3.0)
        assert (value, aux["twice"], aux["note"], g) == (9, 6, "kept", 6)
        g, aux = ag.grad(f, has_aux=True)(3.0)
        assert (g, aux["note"]) == (6, "kept")

    def test_independent_of_the_argument_is_zero(self):
        other = ag.Tensor(1.0, requires_grad=True)
        assert ag.grad(lambda x: other * 2)(1.0) == 0
        assert ag.grad(lambda x: x > 0)(1.0) == 0

    def test_identity(self):
        assert ag.grad(lambda x: x)(5.0) == 1

    def test_float32_stays(self):
        g = ag.grad(lambda x: np.sum(x**2))(np.ones(2, np.float32))
        assert g.dtype == np.float32

    def test_recorded_even_under_no_grad(self):
        with ag.no_grad():
            assert ag.grad(lambda x: x**2)(3.0) == 6

    def test_leaves_grad_alone(self):
        w = ag.Tensor(2.0, requires_grad=True)
        ag.grad(lambda x: x * w)(1.0)
        assert w.grad is None


class TestNesting:
    def test_perturbations_are_not_confused(self):
        """d/dx [x d/dy (x + y)] = 1: the inner variable is not the outer one."""

        def f(x):
            return x * ag.grad(lambda y: x + y)(x)

        assert ag.grad(f)(1.0) == 1

    def test_inner_gradient_of_a_closure(self):
        """d/dw of d/dx (w x^2) at x = 3 is 2 x = 6."""

        def outer(w):
            return ag.grad(lambda x: w * x**2)(3.0)

        assert ag.grad(outer)(5.0) == 6

    def test_fourth_derivative(self):
        f = np.sin
        for _ in range(4):
            f = ag.grad(f)
        np.testing.assert_allclose(f(0.7), np.sin(0.7))


class TestProducts:
    def test_vjp(self):
        a = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        y, pull_back = ag.vjp(lambda x: a @ x, np.array([1.0, -1.0]))
        np.testing.assert_array_equal(y, [-1, -1, -1])
        u = np.array([1.0, 0.0, 2.0])
        np.testing.assert_array_equal(pull_back(u), a.T @ u)

    def test_vjp_of_several_arguments(self):
        _, pull_back = ag.vjp(np.multiply, 2.0, 3.0)
        assert pull_back(1.0) == (3, 2)

    def test_jvp_is_the_jacobian_times_the_direction(self):
        x, v = np.array([0.3, 1.2]), np.array([0.5, -2.0])

        def f(x):
            return np.stack([np.sin(x[0]) * x[1], x[1] ** 2, x[0] + 0 * x[1]])

        y, dy = ag.jvp(f, x, v)
        jacobian = [[np.cos(0.3) * 1.2, np.sin(0.3)], [0, 2.4], [1, 0]]
        np.testing.assert_allclose(dy, np.array(jacobian) @ v)
        np.testing.assert_allclose(ag.jacobian(f)(x), jacobian, atol=1e-15)
        np.testing.assert_allclose(y, f(x))

    def test_jvp_of_several_arguments(self):
        y, dy = ag.jvp(np.multiply, (2.0, 3.0), (1.0, 10.0))
        assert (y, dy) == (6, 23)

    def test_jvp_of_a_linear_and_of_a_constant_function(self):
        assert ag.jvp(lambda x: 3 * x, 2.0, 5.0)[1] == 15
        assert ag.jvp(lambda x: np.zeros_like(x), 2.0, 5.0)[1] == 0

    def test_jvp_can_be_differentiated(self):
        """d/dx of (d/dx x^3 along 1) is 6 x."""
        assert ag.grad(lambda x: ag.jvp(lambda y: y**3, x, 1.0)[1])(2.0) == 12

    def test_jacobian_shapes(self):
        f = ag.jacobian(lambda x: np.outer(x, x))
        assert f(np.ones(3)).shape == (3, 3, 3)
        assert ag.jacobian(np.sum)(np.ones((2, 2))).shape == (2, 2)
        assert ag.jacobian(lambda x: x * 2)(np.ones((0,))).shape == (0, 0)
        both = ag.jacobian(lambda a, b: a * b, (0, 1))(np.ones(2), 3 * np.ones(2))
        np.testing.assert_array_equal(both, [3 * np.eye(2), np.eye(2)])
        nested = ag.jacobian(lambda x: {"y": x["a"] * 2})({"a": np.ones(2)})
        np.testing.assert_array_equal(nested["y"]["a"], 2 * np.eye(2))

    def test_hessian_and_hvp(self):
        h = ag.hessian(rosenbrock)(POINT)
        np.testing.assert_allclose(h, ROSENBROCK_HESSIAN)
        v = np.array([0.5, -1.0])
        np.testing.assert_allclose(ag.hvp(rosenbrock)(POINT, v), h @ v)

    def test_hvp_over_structures(self):
        def f(p):
            return np.sum(p["a"] ** 3) + np.sum(p["a"]) * p["b"]

        point = {"a": np.array([1.0, 2.0]), "b": np.array(3.0)}
        v = {"a": np.array([1.0, 0.0]), "b": np.array(1.0)}
        product = ag.hvp(f)(point, v)
        np.testing.assert_array_equal(product["a"], [7, 1])
        np.testing.assert_array_equal(product["b"], 1)


class TestCheckpoint:
    def test_first_and_second_order(self):
        def f(x):
            return np.sin(x) * x**2

        assert ag.grad(ag.checkpoint(f))(1.3) == ag.grad(f)(1.3)
        np.testing.assert_allclose(
            ag.grad(ag.grad(ag.checkpoint(f)))(1.3), ag.grad(ag.grad(f))(1.3)
        )

    def test_weights_from_around_receive_gradients(self):
        w = ag.Tensor([2.0, 3.0], requires_grad=True)
        scale = w[0] * 1.0
        layer = ag.checkpoint(lambda x: np.tanh(x * w) * scale)
        np.sum(layer(layer(np.ones(2)))).backward()
        got = w.grad
        w.zero_grad()

        def plain(x):
            return np.tanh(x * w) * scale

        np.sum(plain(plain(np.ones(2)))).backward()
        np.testing.assert_allclose(got, w.grad, rtol=1e-14)

    def test_runs_again_only_when_the_gradient_is_needed(self):
        calls = []

        def f(x):
            calls.append(1)
            return x * 2

        y = ag.checkpoint(f)(ag.Tensor(1.0, requires_grad=True))
        assert len(calls) == 1
        y.backward()
        assert len(calls) == 2

    def test_remembers_only_the_ends(self):
        x = ag.Tensor(np.ones(10), requires_grad=True)
        y = ag.checkpoint(lambda x: np.sin(np.cos(x)))(x)
        assert y.inputs == (x,)

    def test_random_numbers_are_drawn_once(self):
        """The gradient of x * mask is the mask that the value was computed with; and the generator
        goes on as if nothing had been drawn again.
        """
        random, twin = np.random.default_rng(0), np.random.default_rng(0)

        def dropout(x):
            return x * (ag.sample(random, "random", shape=(6,)) > 0.5)

        def block(x):
            return ag.checkpoint(dropout)(dropout(x))

        x = ag.Tensor(np.ones(6), requires_grad=True)
        y = ag.checkpoint(block)(x)
        np.sum(y).backward()
        np.testing.assert_array_equal(x.grad, y.data)
        masks = [twin.random(6) > 0.5 for _ in range(2)]
        np.testing.assert_array_equal(y.data, masks[0] * masks[1])
        assert random.random() == twin.random()

    def test_a_function_that_computes_something_else_again(self):
        random, scale = np.random.default_rng(0), np.ones(3)
        for f in (lambda x: x * random.random(3), lambda x: x * scale):
            x = ag.Tensor(np.ones(3), requires_grad=True)
            y = np.sum(ag.checkpoint(f)(x))
            scale[1] += 1
            with pytest.raises(RuntimeError, match="computed a different result"):
                y.backward()
            assert x.grad is None

    def test_plain_arrays_and_no_grad(self):
        f = ag.checkpoint(lambda x: np.sin(x))
        assert f(0.0) == 0
        with ag.no_grad():
            assert not f(ag.Tensor(1.0, requires_grad=True)).requires_grad

    def test_one_result_only(self):
        with pytest.raises(TypeError, match="one Tensor"):
            ag.checkpoint(lambda x: (x * 1, x * 2))(ag.Tensor(1.0, requires_grad=True))


class TestErrors:
    def test_several_elements(self):
        with pytest.raises(ValueError, match=r"shape \(2,\).*jacobian"):
            ag.grad(lambda x: x * 2)(np.ones(2))

    @pytest.mark.parametrize(
        "f", [lambda x: 3.0, lambda x: x.data, lambda x: x.item(), lambda x: None]
    )
    def test_no_tensor(self, f):
        for transform in (ag.grad, ag.jacobian):
            with pytest.raises(TypeError, match="must return a Tensor"):
                transform(f)(1.0)

    @pytest.mark.parametrize("x", [3, np.array([1, 2]), True])
    def test_integers(self, x):
        with pytest.raises(TypeError, match=r"with a point \(3\.0\)"):
            ag.grad(np.sum)(x)

    def test_argnums_out_of_range(self):
        with pytest.raises(ValueError, match=r"argument 2.*1 positional"):
            ag.grad(np.sin, 2)(1.0)

    @pytest.mark.parametrize(
        "transform", [ag.grad, ag.value_and_grad, ag.jacobian, ag.hessian, ag.hvp, ag.checkpoint]
    )
    def test_takes_a_function(self, transform):
        with pytest.raises(TypeError, match=r"takes a function, got ndarray"):
            transform(np.ones(2))

    def test_tangents_must_match(self):
        with pytest.raises(ValueError, match="tangents must match"):
            ag.jvp(np.sin, np.ones(2), np.ones(3))
        with pytest.raises(ValueError, match="vector must match"):
            ag.hvp(np.sum)(np.ones(2), np.ones(3))
        with pytest.raises(TypeError, match="and then the vector"):
            ag.hvp(np.sum)(np.ones(2))

    def test_strings(self):
        with pytest.raises(TypeError, match="only numbers"):
            ag.grad(lambda x: x)("abc")
