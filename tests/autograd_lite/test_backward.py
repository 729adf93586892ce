"""The walk: accumulation, freeing, depth, shared memory, and its errors."""

from __future__ import annotations

import resource
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.extend import leaf_gradients


def leaf(*values, **keywords):
    return ag.Tensor(np.array(values, dtype=float), requires_grad=True, **keywords)


def test_logistic_regression_by_hand():
    """dJ/dw = -(1/m) sum x (1 - a) for J = mean log(1 + exp(-x.w)), a = sigmoid(x.w)."""
    x = np.array([[1.0, 2.0], [-0.5, 0.3], [0.1, -1.0]])
    w = ag.Tensor([[0.5], [-1.0]], requires_grad=True)
    np.mean(np.log1p(np.exp(-(x @ w)))).backward()
    a = 1 / (1 + np.exp(-(x @ w.data)))
    np.testing.assert_allclose(w.grad, -x.T @ (1 - a) / 3, rtol=1e-14)


class TestAccumulation:
    def test_over_calls(self):
        w = leaf(3.0)
        y = w * w
        y.backward()
        y.backward()
        np.testing.assert_array_equal(w.grad, [12.0])
        w.zero_grad()
        assert w.grad is None

    def test_a_second_backward_does_not_double_inside(self):
        w = leaf(2.0)
        h = w * w
        y = h * h
        y.backward()
        first = w.grad.copy()
        w.zero_grad()
        y.backward()
        np.testing.assert_array_equal(w.grad, first)
        assert h.grad is None

    def test_uses_add_up(self):
        w = leaf(2.0)
        (w * w + w + 3 * w).backward()
        np.testing.assert_array_equal(w.grad, [8.0])

    def test_not_computed_is_none(self):
        w, unused, constant = leaf(1.0), leaf(1.0), ag.Tensor([1.0])
        (w * constant).backward()
        assert unused.grad is None
        assert constant.grad is None

    def test_gradients_share_no_memory(self):
        a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
        seed = np.ones(2)
        (a + b).backward(seed)
        a.grad[0] = 9
        assert b.grad[0] == 1
        assert seed[0] == 1
        w = ag.Tensor(np.ones((2, 2)), requires_grad=True)
        np.sum(w.T).backward()
        w.grad[0, 0] = 5  # writable, its own

    def test_gradient_has_shape_and_dtype_of_the_leaf(self):
        for shape in [(), (1,), (2, 3), (0, 2)]:
            w = ag.Tensor(np.ones(shape, np.float32), requires_grad=True)
            np.sum(w * np.ones((4, *shape), np.float32)).backward()
            assert isinstance(w.grad, np.ndarray)
            assert (w.grad.shape, w.grad.dtype) == (shape, np.float32)


class TestErrors:
    def test_several_elements_need_an_upstream_gradient(self):
        with pytest.raises(ValueError, match=r"shape \(2,\).*np\.sum"):
            (leaf(1.0, 2.0) * 2).backward()

    def test_wrong_upstream_shape(self):
        with pytest.raises(ValueError, match=r"\(2,\), got \(3,\)"):
            (leaf(1.0, 2.0) * 2).backward(np.ones(3))

    @pytest.mark.parametrize(
        "make", [lambda: ag.Tensor(1.0), lambda: leaf(1.0), lambda: leaf(1.0) > 0]
    )
    def test_nothing_recorded(self, make):
        with pytest.raises(RuntimeError, match="nothing was recorded"):
            make().backward()

    def test_under_no_grad(self):
        with ag.no_grad():
            y = leaf(1.0) * 2
        with pytest.raises(RuntimeError, match="no_grad"):
            y.backward()

    def test_freed_graph(self):
        w = leaf(1.0)
        y = np.exp(w)
        y.backward(retain_graph=False)
        np.testing.assert_allclose(w.grad, np.exp([1.0]))
        with pytest.raises(RuntimeError, match="freed"):
            y.backward()

    def test_a_rule_of_the_wrong_shape_is_named(self):
        @ag.primitive
        def halve_badly(x):
            return x / 2

        ag.gradient(halve_badly, lambda g, y, x: np.ones(7))
        with pytest.raises(ValueError, match=r"halve_badly returned a gradient of shape \(7,\)"):
            halve_badly(leaf(1.0, 2.0)).backward(np.ones(2))

    def test_a_rule_that_returns_a_number_is_named(self):
        @ag.primitive
        def double_badly(x):
            return x * 2

        ag.gradient(double_badly, lambda g, y, x: 2.0)
        with pytest.raises(TypeError, match="double_badly returned float"):
            double_badly(leaf(1.0)).backward()

    def test_gradients_takes_a_list(self):
        x = leaf(1.0)
        with pytest.raises(TypeError, match=r"\[x\]"):
            ag.gradients(x * 2, x)
        with pytest.raises(TypeError, match="list of Tensors"):
            ag.gradients(x * 2, [np.ones(1)])


class TestGradients:
    def test_of_inner_nodes_and_unconnected(self):
        x, other = leaf(2.0), leaf(1.0)
        h = x * x
        y = h * h
        dh, dx, none = ag.gradients(y, [h, x, other])
        np.testing.assert_allclose([dh.item(), dx.item()], [8.0, 32.0])
        assert none is None
        assert x.grad is None

    def test_of_itself(self):
        x = leaf(2.0)
        y = x * 3
        (dy,) = ag.gradients(y, [y])
        assert dy.item() == 1.0

    def test_can_be_differentiated_again(self):
        x = leaf(2.0)
        (first,) = ag.gradients(x**4, [x])
        (second,) = ag.gradients(first, [x])
        (third,) = ag.gradients(second, [x])
        np.testing.assert_allclose([first.item(), second.item(), third.item()], [32, 48, 48])

    def test_a_gradient_penalty(self):
        """d/dw of |d(w x^2)/dx|^2 = 2 (2 w x) 2 x."""
        w, x = leaf(3.0), leaf(2.0)
        (slope,) = ag.gradients(w * x**2, [x])
        (slope**2).backward()
        np.testing.assert_allclose(w.grad, [2 * (2 * 3 * 2) * 2 * 2])

    def test_upstream_may_be_a_tensor(self):
        x, u = leaf(1.0, 2.0), leaf(3.0, 4.0)
        (g,) = ag.gradients(x**2, [x], u)
        np.sum(g).backward()
        np.testing.assert_allclose(u.grad, [2.0, 4.0])


class TestScale:
    def test_a_chain_of_100_000_operations(self):
        x = leaf(1.0)
        y = x
        for _ in range(100_000):
            y = y + 0.0
        y.backward()
        np.testing.assert_array_equal(x.grad, [1.0])
        (g,) = ag.gradients(y, [x])
        assert g.item() == 1.0

    def test_a_diamond_of_2_to_the_60_paths_is_walked_once_a_node(self):
        x = leaf(1.0)
        y = x
        for _ in range(60):
            y = y + y
        start = time.process_time()
        y.backward()
        assert time.process_time() - start < 5  # not a speed test: 2**60 steps would not end
        np.testing.assert_array_equal(x.grad, [2.0**60])

    def test_walk_does_not_leave_the_way_to_the_sources(self):
        """The gradient by x needs no rule of what x does not go into."""

        @ag.primitive
        def explosive(w):
            return w * 1.0

        def rule(g, y, w):
            raise AssertionError("not on the way")

        ag.gradient(explosive, rule)
        x, w = leaf(2.0), leaf(3.0)
        (dx,) = ag.gradients(x * explosive(w), [x])
        assert dx.item() == 3.0

    def test_free_as_it_goes_needs_less_memory(self):
        """Each node's inputs are dropped once used; 60 arrays of 8 MB need not live together."""
        x = ag.Tensor(np.ones(1_000_000), requires_grad=True)
        y = x
        for _ in range(20):
            y = np.sin(y)
        total = np.sum(y)
        del y
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        total.backward(retain_graph=False)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 100_000  # kB; all 20 gradients at once would be 160 MB more


def test_contexts_are_per_thread():
    """A no_grad in one thread does not reach another."""
    entered, done = threading.Event(), threading.Event()

    def silent():
        with ag.no_grad():
            entered.set()
            done.wait(5)

    thread = threading.Thread(target=silent)
    thread.start()
    entered.wait(5)
    recorded = (leaf(1.0) * 2).requires_grad
    done.set()
    thread.join()
    assert recorded


def test_no_grad_as_decorator_and_nested():
    @ag.no_grad()
    def f(x):
        return x * 2

    assert not f(leaf(1.0)).requires_grad
    with ag.no_grad():
        with ag.no_grad():
            pass
        assert not (leaf(1.0) * 2).requires_grad
    assert (leaf(1.0) * 2).requires_grad


def test_scopes_are_calls():
    x = leaf(1.0)
    with ag.scope("outer"), ag.scope("layer") as first:
        y = x * 2
    with ag.scope("layer") as second:
        z = y * 2
    assert y.scope is first
    assert first.path == "outer/layer"
    assert z.scope is second is not first
    with pytest.raises(TypeError, match="name is a string"):
        ag.scope(3)


@given(st.lists(st.sampled_from("+-*sm"), min_size=1, max_size=25), st.floats(-2, 2))
def test_gradient_of_the_sum_is_the_sum_of_gradients(program, start):
    """Linearity, over random programs: grad(f + g) = grad f + grad g."""

    def run(x, steps):
        y = x
        for step in steps:
            y = {
                "+": lambda y: y + x,
                "-": lambda y: 0.5 - y,
                "*": lambda y: y * x * 0.5,
                "s": np.sin,
                "m": lambda y: np.mean(np.stack([y, x])),
            }[step](y)
        return y

    half = len(program) // 2

    def both(x):
        return run(x, program) + run(x, program[:half]) * 1.0

    together = ag.grad(both)(start)
    apart = ag.grad(lambda x: run(x, program) * 1.0)(start) + ag.grad(
        lambda x: run(x, program[:half]) * 1.0
    )(start)
    np.testing.assert_allclose(together, apart, rtol=1e-10, atol=1e-10)


def test_a_rule_that_fails_leaves_no_gradient_behind():
    @ag.primitive
    def broken(x):
        return x * 2

    def rule(g, y, x):
        raise ZeroDivisionError

    ag.gradient(broken, rule)
    a, b = leaf(1.0), leaf(2.0)
    y = broken(a) * b
    with pytest.raises(ZeroDivisionError):
        y.backward()
    assert a.grad is None
    assert b.grad is None


def test_a_leaf_shares_no_memory_with_an_upstream_gradient_of_several_results():
    """A rule of an operation with several results may hand on one of its upstream gradients."""

    @ag.primitive
    def twins(x):
        return x.copy(), x.copy()

    ag.gradient(twins, lambda g, y, x: g[0])
    x = ag.Tensor([1.0, 2.0], requires_grad=True)
    first, _ = twins(x)
    upstream = np.array([3.0, 4.0])
    first.backward(upstream)
    assert not np.shares_memory(x.grad, upstream)
    upstream[0] = 9.0
    np.testing.assert_array_equal(x.grad, [3.0, 4.0])


class TestLeafGradients:
    """`leaf_gradients` is `backward` without a way through ``.grad``."""

    def test_they_are_those_that_backward_leaves(self):
        rng = np.random.default_rng(0)
        a = ag.Tensor(rng.normal(size=(3, 2)), requires_grad=True)
        b = ag.Tensor(rng.normal(size=2), requires_grad=True)
        apart = ag.Tensor([1.0], requires_grad=True)

        def loss():
            return np.sum(np.tanh(a * b) ** 2 + b)

        found = leaf_gradients(loss(), [b, apart, a])
        loss().backward()
        np.testing.assert_array_equal(found[0], b.grad)
        assert found[1] is None
        np.testing.assert_array_equal(found[2], a.grad)

    def test_what_grad_held_is_forgotten_and_not_added(self):
        x = ag.Tensor([1.0, 2.0], requires_grad=True)
        x.grad = np.array([100.0, 100.0])
        (g,) = leaf_gradients(np.sum(x * x), [x])
        np.testing.assert_array_equal(g, [2.0, 4.0])
        assert x.grad is None

    def test_the_graph_is_freed(self):
        x = ag.Tensor([1.0, 2.0], requires_grad=True)
        y = np.sum(x * x)
        leaf_gradients(y, [x])
        with pytest.raises(RuntimeError, match="freed"):
            y.backward()
