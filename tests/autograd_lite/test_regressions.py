"""Defects that were found by attack, each with the test that would have caught it."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys

import numpy as np
import pytest

import autograd_lite as ag


def leaf(value):
    return ag.Tensor(value, requires_grad=True)


def chain(length):
    """A leaf and what is computed from it in many steps, with a branch that is used again."""
    x = leaf([1.0, 2.0])
    y = x * 1.5
    branch = y + 1
    for _ in range(length):
        y = y * 1.0
    return x, branch, y + branch


class TestCopiesOfGraphs:
    """Graphs of any depth are copied and pickled whole, each node once."""

    @pytest.mark.parametrize(
        "copied",
        [
            copy.deepcopy,
            lambda v: pickle.loads(pickle.dumps(v)),
            lambda v: pickle.loads(pickle._dumps(v)),
        ],
    )
    def test_chains(self, copied):
        graph = chain(4_000)  # four times as deep as Python may call
        for _ in range(2):  # a second time, as if nothing had been pickled before
            x, branch, y = copied(graph)
            np.sum(y).backward()
            np.testing.assert_array_equal(x.grad, 3)
            assert y.inputs[1] is branch
            assert graph[0].grad is None
            x, y = copied((graph[0], graph[2]))
            np.sum(y).backward()
            np.testing.assert_array_equal(x.grad, 3)
        assert copied(graph[2]).inputs[1].stamp < copied(graph[2]).stamp

    def test_one_that_cannot_be_pickled(self):
        """A failure leaves nothing behind that the next one would stumble over."""
        x = leaf(1.0)
        bad = ag.checkpoint(lambda x: x * 2)(x) + 1
        for _ in range(2):
            with pytest.raises((AttributeError, pickle.PicklingError, TypeError)):
                pickle.dumps(bad)
        good = chain(4_000)
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(good))[2].data, good[2].data)

    def test_shallow(self):
        y = leaf(2.0) * 3
        again = copy.copy(y)
        assert again is not y
        assert again.inputs[0] is y.inputs[0]

    def test_two_of_one_list(self):
        x = ag.Variable([1.0], name="x")
        a, b = x * 2, x * 3
        for copied in (copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))):
            p, q = copied([a, b])
            assert p.inputs[0] is q.inputs[0]
            assert p.inputs[0].name == "x"


class TestTransforms:
    def test_under_no_grad(self):
        with ag.no_grad():
            assert ag.grad(lambda x: x**2)(leaf(3.0)).item() == 6
            assert ag.jvp(lambda x: x**2, 3.0, 1.0)[1] == 6
            assert ag.hvp(lambda x: x**3)(2.0, 1.0) == 12

    def test_dicts_are_paired_by_key(self):
        point = {"a": np.array(1.0), "b": np.array(1.0)}
        v = {"b": np.array(1.0), "a": np.array(0.0)}

        def f(p):
            return p["a"] ** 2 + 5 * p["b"] ** 2

        assert ag.hvp(f)(point, v) == {"a": 0, "b": 10}
        assert ag.jvp(f, point, v)[1] == 10

    def test_structures_must_match(self):
        with pytest.raises(ValueError, match="structures differ"):
            ag.jvp(lambda p: p["a"], {"a": 1.0}, [1.0])
        with pytest.raises(ValueError, match="structures differ"):
            ag.hvp(lambda p: p["a"] ** 2)({"a": 1.0}, {"b": 1.0})

    @pytest.mark.parametrize(
        "f", [lambda x: np.floor(np.sin(x)), lambda x: np.sign(x**2), lambda x: np.round(x * x)]
    )
    def test_jvp_of_steps_is_zero(self, f):
        assert ag.jvp(f, 0.3, 1.0)[1] == 0

    def test_hessian_where_f_ignores_a_leaf(self):
        h = ag.hessian(lambda p: np.sum(p["a"] ** 2))({"a": np.ones(2), "b": np.ones(2)})
        np.testing.assert_array_equal(h["a"]["a"], 2 * np.eye(2))
        np.testing.assert_array_equal(h["b"]["a"], np.zeros((2, 2)))
        np.testing.assert_array_equal(h["b"]["b"], np.zeros((2, 2)))
        assert ag.grad(ag.grad(lambda x: ag.stop_gradient(x) ** 2))(3.0) == 0

    def test_an_argument_named_twice(self):
        for argnums in [(0, 0), (0, -1)]:
            with pytest.raises(ValueError, match="twice"):
                ag.grad(lambda x: x**2, argnums)(3.0)

    def test_has_aux_needs_a_pair(self):
        with pytest.raises(TypeError, match="a tuple of two; got Tensor"):
            ag.grad(lambda x: x**2, has_aux=True)(3.0)

    def test_stop_gradient_of_a_structure(self):
        assert ag.grad(lambda x: x * ag.stop_gradient([x, x])[0])(3.0) == 3

    def test_checkpoint_that_returns_what_it_captured(self):
        w = leaf(2.0)
        y = ag.checkpoint(lambda x: w)(leaf(1.0))
        y.backward()
        assert w.grad == 1

    def test_no_reference_cycles(self):
        """Graphs are freed by reference count: the collector finds nothing."""

        def f(p):
            return np.sum(np.sin(p["x"]) * p["y"])

        point = {"x": np.ones(3), "y": np.ones(3)}
        segment = ag.checkpoint(lambda x: np.sin(x))
        runs = [
            lambda: ag.grad(f)(point),
            lambda: ag.hvp(f)(point, point),
            lambda: ag.jvp(f, point, point),
            lambda: ag.vjp(f, point),
            lambda: ag.hessian(lambda x: np.sum(x**3))(np.ones(2)),
            lambda: np.sum(segment(leaf(np.ones(3)))).backward(),
            lambda: ag.check_gradients(np.sin, np.ones(2)),
        ]
        for run in runs:
            run()
        gc.collect()
        gc.disable()
        try:
            for run in runs:
                run()
                assert gc.collect() == 0
        finally:
            gc.enable()


class TestReassignedVariables:
    """Whatever a rule would read must be what the forward pass read."""

    def changed(self, build):
        w, s = ag.Variable(2.0, name="w"), ag.Variable(3.0, trainable=False, name="s")
        z = leaf(1.0)
        return w, s, z, build(w, s, z)

    def test_one_that_is_not_trained(self):
        _, s, _, y = self.changed(lambda w, s, z: w * s)
        s.assign(100.0)
        with pytest.raises(RuntimeError, match="'s' was assigned after multiply"):
            y.backward()

    def test_one_whose_gradient_is_not_asked_for(self):
        w, _, z, y = self.changed(lambda w, s, z: w * z)
        w.assign(100.0)
        with pytest.raises(RuntimeError, match="'w' was assigned"):
            ag.gradients(y, [z])

    def test_one_seen_through_a_view(self):
        w, _, z, y = self.changed(lambda w, s, z: w.reshape(1) * z)
        w.assign(100.0)
        with pytest.raises(RuntimeError, match="'w' was assigned"):
            ag.gradients(y, [z], np.ones(1))

    def test_one_inside_a_checkpoint(self):
        _, s, _, y = self.changed(lambda w, s, z: ag.checkpoint(lambda w: w * s)(w))
        s.assign(100.0)
        with pytest.raises(RuntimeError, match="'s' was assigned"):
            y.backward()


class TestRules:
    def test_solve_of_a_stack_with_one_vector(self):
        a = np.array([[[3.0, 1.0], [0.5, 2.0]], [[2.0, -1.0], [1.0, 4.0]], [[5.0, 1], [1, 3]]])
        ag.check_gradients(np.linalg.solve, a, np.array([1.0, -2.0]))

    def test_mixed_derivatives_of_a_power(self):
        """d/da d/db a^b = a^(b-1) (1 + b log a): 1/2 at (2, 0)."""
        h = ag.hessian(lambda p: p[0] ** p[1])(np.array([2.0, 0.0]))
        np.testing.assert_allclose(h, [[0, 0.5], [0.5, np.log(2) ** 2]])
        ag.check_gradients(lambda a, b: a**b, np.array([2.0, 3.0, 0.5]), np.array([0.0, 1.0, 2.0]))

    @pytest.mark.parametrize("order", ["A", "K"])
    def test_orders_that_depend_on_memory_are_refused(self, order):
        x = leaf(np.asfortranarray(np.arange(6.0).reshape(2, 3)))
        with pytest.raises(TypeError, match="'C' or 'F'"):
            np.ravel(x, order=order)

    def test_gradients_of_fortran_ordered_inputs(self):
        x = np.asfortranarray(np.arange(6.0).reshape(2, 3))
        weights = np.arange(6.0)
        ag.check_gradients(lambda x: np.ravel(x) * weights, x)
        ag.check_gradients(lambda x: np.ravel(x, order="F") * weights, x)

    def test_np_matrix_is_read_as_an_array(self):
        with pytest.warns(PendingDeprecationWarning, match="matrix"):
            m = np.matrix([[1.0, 2.0], [3.0, 4.0]])
        g = ag.grad(lambda x: np.sum((x * m) * (x * m)))(np.ones((2, 2)))
        np.testing.assert_array_equal(g, [[2, 8], [18, 32]])

    def test_float16_counts_do_not_overflow(self):
        x = np.ones(70_000, np.float16)
        np.testing.assert_allclose(ag.grad(np.mean)(x)[0], 1 / 70_000, rtol=0.05)
        np.testing.assert_allclose(ag.grad(np.max)(x)[0], 1 / 70_000, rtol=0.05)
        g = ag.grad(lambda x: np.mean(x, where=np.ones(70_000, bool)))(x)
        np.testing.assert_allclose(g[0], 1 / 70_000, rtol=0.05)

    @pytest.mark.parametrize("shape", [(3, 2), (2, 3)])
    def test_nuclear_norm_of_rank_one(self, shape):
        """The minimum-norm subgradient u v' of |s|."""
        a = np.zeros(shape)
        a[:, 0] = np.arange(1.0, shape[0] + 1)
        g = ag.grad(lambda a: np.linalg.norm(a, "nuc"))(a)
        u = a[:, 0] / np.linalg.norm(a[:, 0])
        assert np.isfinite(g).all()
        np.testing.assert_allclose(g[:, 0], u)

    def test_fmod_just_below_a_multiple(self):
        assert ag.grad(lambda b: np.fmod(1.0, b))(0.1) == -9

    def test_sum_of_a_number_along_an_axis(self):
        assert ag.grad(lambda x: np.sum(x, axis=0))(2.0) == 1


class TestWalk:
    def test_a_stack_of_many_leaves_is_linear(self):
        leaves = [leaf(float(i)) for i in range(20_000)]
        np.sum(np.stack(leaves)).backward()  # seconds each, were it quadratic: 5 s and more
        assert leaves[-1].grad == 1

    def test_a_joint_rule_that_returns_one_array_twice(self):
        @ag.primitive
        def total(*xs):
            return sum(xs)

        def rule(g, y, *xs):
            whole = g * 1
            return [whole, whole]

        ag.gradient(total, joint=rule)
        a, b = leaf(np.ones(2)), leaf(np.ones(2))
        total(a, b).backward(np.ones(2))
        a.grad *= 0
        np.testing.assert_array_equal(b.grad, [1, 1])

    def test_integers_made_to_require_a_gradient(self):
        t = ag.Tensor([1, 2])
        t.requires_grad = True
        with pytest.raises(TypeError, match="only floats can hold one"):
            np.sum(t * 0.5).backward()
        v = ag.Variable([1, 2], trainable=False, name="count")
        with pytest.raises(TypeError, match="'count' holds int64: only floats"):
            v.trainable = True

    def test_gradient_of_a_leaf_by_itself(self):
        x = leaf(2.0)
        assert ag.gradients(x, [x])[0].item() == 1

    def test_a_source_that_requires_no_gradient(self):
        x, c = leaf(2.0), ag.Tensor(3.0, name="c")
        with pytest.raises(ValueError, match=r"source 1, Tensor 'c', does not require"):
            ag.gradients(x * c, [x, c])

    def test_backward_of_a_leaf_says_that_it_is_one(self):
        with pytest.raises(RuntimeError, match="it is a leaf"):
            leaf(3.0).backward()


class TestCopies:
    def test_of_a_graph_with_an_index(self):
        x = leaf([1.0, 2.0, 3.0])
        y = copy.deepcopy(np.sum(x[[0, 2]] ** 2))
        y.backward()
        (root,) = [y.inputs[0].inputs[0].inputs[0]]
        np.testing.assert_array_equal(root.grad, [2, 0, 6])

    def test_a_pickled_variable_trains_in_a_fresh_process(self):
        v = ag.Variable([2.0], name="w")
        for _ in range(1000):
            v.assign(v.data)
        code = (
            "import pickle, sys, numpy as np, autograd_lite\n"
            "v = pickle.load(sys.stdin.buffer)\n"
            "np.sum(v * v).backward()\n"
            "print(v.grad)"
        )
        run = subprocess.run(
            [sys.executable, "-c", code], input=pickle.dumps(v), capture_output=True, check=True
        )
        assert run.stdout.strip() == b"[4.]"


class TestAsNumPy:
    """Values and errors of NumPy where they differed."""

    def test_integers(self):
        t = ag.Tensor([1, 2])
        assert np.median(t).item() == 1.5
        assert np.quantile(t, 0.25).item() == 1.25
        assert np.linalg.norm(ag.Tensor([100, 100], dtype=np.int8)).item() == np.hypot(100, 100)
        assert np.clip(t, 0, None).dtype == t.dtype
        assert np.nan_to_num(t).tolist() == [1, 2]

    def test_infinities_and_lists(self):
        assert np.median(ag.Tensor([1.0, np.inf])).item() == np.inf
        assert np.inner([1.0, 2.0], leaf([3.0, 4.0])).item() == 11
        assert leaf([3.0, 4.0])[range(1)].tolist() == [3.0]
        assert leaf(3.0)[np.True_].tolist() == [3.0]
        assert np.take(leaf([3.0, 4.0]), np.array([True, False])).tolist() == [4.0, 3.0]
        assert np.linalg.norm(leaf(np.ones(2, np.float32)), np.float64(3)).dtype == np.float32

    @pytest.mark.parametrize(
        "call",
        [
            lambda x: np.sum(x, axis=5),
            lambda x: np.take(x, [0], axis=5),
            lambda x: np.compress([True], x, axis=5),
            lambda x: np.rollaxis(x, 5),
            lambda x: np.median(x, axis=5),
            lambda x: np.quantile(x, 0.5, axis=5),
            lambda x: np.linalg.norm(x, axis=5),
            lambda x: np.array_split(x, 2, axis=-3),
            lambda x: np.concatenate([x, x], axis=2),
        ],
    )
    def test_axes_out_of_range(self, call):
        with pytest.raises((IndexError, ValueError)):
            call(leaf(np.ones((2, 2))))

    @pytest.mark.parametrize(
        ("call", "error"),
        [
            (lambda x: np.linalg.matrix_power(x, 0.5), TypeError),
            (lambda x: np.vdot(x, np.ones(1)), ValueError),
            (lambda x: np.einsum("...i->i", x), ValueError),
            (lambda x: np.pad(x, 1.7), TypeError),
            (lambda x: np.pad(x, -1, mode="edge"), ValueError),
            (lambda x: np.diag(np.ones((1, 2, 2)) * x), ValueError),
            (lambda x: np.vsplit(x[0], 2), ValueError),
            (lambda x: np.clip(x, 0, 2, min=5), (TypeError, ValueError)),  # by NumPy's version
            (lambda x: np.average(x, weights=np.zeros((2, 2))), ZeroDivisionError),
            (lambda x: np.linalg.norm(np.ones((1, 2, 2)) * x, axis=(0, 1, 2)), ValueError),
        ],
    )
    def test_refused_as_numpy_does(self, call, error):
        with pytest.raises(error):
            call(np.ones((2, 2)))
        with pytest.raises(error):
            call(leaf(np.ones((2, 2))))

    def test_diff_of_order_zero(self):
        x = leaf([1.0, 2.0])
        assert np.diff(x, n=0, prepend=0.0).tolist() == [1.0, 2.0]


def test_leaves_are_not_replaced_by_any_update():
    w = leaf([[4.0]])
    for update in (w.__ipow__, w.__ifloordiv__, w.__imod__, w.__imatmul__):
        with pytest.raises(TypeError, match=r"w\.data"):
            update(2.0)


def test_no_grad_cannot_follow_a_generator():
    with pytest.raises(TypeError, match="continues to run after the call returns"):

        @ag.no_grad()
        def batches():
            yield 1


def test_an_index_may_be_of_another_library():
    """Whatever has `__array__` is an index, as in NumPy: a mask in a pandas Series, say."""

    class Mask:
        def __array__(self, dtype=None, copy=None):
            return np.array([True, False, True])

    x = ag.Tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    y = x[0, Mask()]
    np.testing.assert_array_equal(y.data, [1.0, 3.0])
    np.sum(y).backward()
    np.testing.assert_array_equal(x.grad, [[1.0, 0.0, 1.0]])


@pytest.mark.parametrize("order", ["c", "f"])
def test_orders_may_be_written_small(order):
    """NumPy takes both."""
    x = np.arange(6.0).reshape(2, 3)
    for f in (lambda a: a.flatten(order), lambda a: np.reshape(a, (3, 2), order=order)):
        np.testing.assert_array_equal(f(ag.Tensor(x)).data, f(x))
        assert ag.check_gradients(lambda t, f=f: np.sin(f(t)), x).passed


def test_the_nuclear_condition_number_of_a_singular_matrix_is_infinite():
    """As in NumPy 2.5; earlier ones raise. Of diag(1, 2) it is (1 + 2) (1 + 1 / 2)."""
    matrices = np.stack([np.ones((2, 2)), np.diag([1.0, 2.0])])
    numbers = np.linalg.cond(ag.Tensor(matrices, requires_grad=True), "nuc")
    np.testing.assert_allclose(numbers.data, [np.inf, 4.5], rtol=1e-14)
    gradient = ag.grad(lambda a: np.linalg.cond(a, "nuc"))(matrices[1])
    np.testing.assert_allclose(np.diag(gradient), [1.5 - 3, 1.5 - 3 / 4], rtol=1e-12)
