"""`ag.cond`: one branch is run, eager and compiled; nothing comes from the other."""

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler.engines.native import native_is_installed

ENGINES = ["numpy", *(["native"] if native_is_installed() else [])]


def branches(x, w):
    return ag.cond(np.sum(x) > 0, lambda x: np.log(x) * w, lambda x: x * x + w, x)


@pytest.mark.parametrize("mode", ["eager", *ENGINES])
def test_the_branch_that_the_value_says(mode):
    f = branches if mode == "eager" else ag.compile(branches, engine=mode)
    x, w = np.array([1.0, 2.0]), np.array(3.0)
    np.testing.assert_allclose(f(x, w).data, 3 * np.log(x))
    np.testing.assert_allclose(f(-x, w).data, x * x + 3)


@pytest.mark.parametrize("mode", ["eager", *ENGINES])
@pytest.mark.parametrize("sign", [1, -1])
def test_gradients_to_second_order(mode, sign):
    f = branches if mode == "eager" else ag.compile(branches, engine=mode)
    ag.check_gradients(f, sign * np.array([1.0, 2.0]), np.array(3.0), order=2)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_branch_not_taken_gives_no_gradient_and_no_nan(engine):
    w, v = ag.Variable(2.0, name="w"), ag.Variable(5.0, name="v")

    @ag.compile(engine=engine)
    def step(x):
        J = ag.cond(x > 0, lambda x: np.sqrt(x) * w, lambda x: x * v, x)
        return J, *ag.gradients(J, [w, v])

    assert [t.item() for t in step(np.array(4.0))] == [4, 2, 0]
    assert [t.item() for t in step(np.array(-4.0))] == [-20, 0, -4]


def test_structures_and_no_operands():
    f = ag.compile(lambda x: ag.cond(x > 0, lambda: {"y": (x, 2 * x)}, lambda: {"y": (-x, x)}))
    assert [t.item() for t in f(np.array(3.0))["y"]] == [3, 6]
    assert [t.item() for t in f(np.array(-3.0))["y"]] == [3, -3]


@pytest.mark.parametrize("engine", ENGINES)
def test_in_a_scan(engine):
    def f(xs):
        def step(c, x):
            return ag.cond(x > 0, lambda: c * x, lambda: c - x), c

        return ag.scan(step, np.ones(()), xs)[0]

    xs = np.array([2.0, -1.0, 3.0])
    g = ag.compile(f, engine=engine)
    assert f(xs).item() == g(xs).item() == 9
    np.testing.assert_allclose(ag.grad(g)(xs), [3, -3, 3])
    ag.check_gradients(g, xs, order=2)


def test_a_python_value_takes_the_branch_at_once():
    assert ag.compile(lambda x: ag.cond(True, np.sin, 1 / 0 if False else np.cos, x))(0.0) == 0
    assert ag.cond(0, np.sin, np.cos, 0.0) == 1


class TestRefused:
    def test_several_values(self):
        with pytest.raises(ValueError, match=r"cond takes one truth value.*np.where"):
            ag.cond(np.array([True, False]), np.sin, np.cos, 0.0)

    def test_branches_that_differ(self):
        with pytest.raises(ag.TracingError, match=r"true_fn returned \[\(\(\), 'float64'\)\]"):
            ag.compile(lambda x: ag.cond(x > 0, lambda: x, lambda: x * np.ones(2)))(np.array(1.0))

    def test_an_assignment_in_a_branch(self):
        w = ag.Variable(0.0, name="w")
        f = ag.compile(lambda x: ag.cond(x > 0, lambda: w.assign(x), lambda: x))
        with pytest.raises(ag.TracingError, match=r"'w' is assigned inside of a cond.*test_cond"):
            f(np.array(1.0))

    def test_a_draw_in_a_branch(self):
        generator = np.random.default_rng(0)
        f = ag.compile(
            lambda x: ag.cond(
                x > 0, lambda: x + ag.sample(generator, "random", shape=()), lambda: x
            )
        )
        with pytest.raises(ag.TracingError, match=r"drawn in a branch of a cond"):
            f(np.array(1.0))
