"""What a Tensor is, what it refuses, and how it prints."""

from __future__ import annotations

import copy
import gc
import weakref

import numpy as np
import pytest

import autograd_lite as ag


def leaf(*values, **keywords):
    return ag.Tensor(np.array(values, dtype=float), requires_grad=True, **keywords)


class TestConstructor:
    def test_copies_its_value(self):
        a = np.array([1.0, 2.0])
        t = ag.Tensor(a)
        a[0] = 9
        assert t.data[0] == 1.0

    def test_keeps_numpys_dtypes(self):
        assert ag.Tensor([1, 2]).dtype == np.dtype(int)
        assert ag.Tensor([1.0]).dtype == np.float64
        assert ag.Tensor(np.float32(1)).dtype == np.float32
        assert ag.Tensor([1], dtype=np.float16).dtype == np.float16

    def test_shape_properties(self):
        t = ag.Tensor(np.zeros((2, 3), np.float32))
        assert (t.shape, t.ndim, t.size, t.nbytes, len(t)) == ((2, 3), 2, 6, 24, 2)
        assert t.is_leaf
        assert not (t * 2).requires_grad

    @pytest.mark.parametrize("value", [[1, 2], True, np.array([1, 2], np.uint8)])
    def test_integers_cannot_require_a_gradient(self, value):
        with pytest.raises(TypeError, match=r"floating-point.*Write the numbers with a point"):
            ag.Tensor(value, requires_grad=True)

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ("abc", "only numbers"),
            (["a", "b"], "only numbers"),
            ([1.0, None], "Python objects"),
            (np.array([object()]), "Python objects"),
            (1j, "complex"),
            (np.array(["2020-01-01"], dtype="datetime64[D]"), "only numbers"),
            (np.ma.masked_array([1.0, 2.0], [True, False]), "mask"),
        ],
    )
    def test_refuses_what_is_not_real_numbers(self, value, message):
        with pytest.raises(TypeError, match=message):
            ag.Tensor(value)

    def test_refuses_ragged_lists(self):
        with pytest.raises(ValueError, match="different lengths"):
            ag.Tensor([[1.0, 2.0], [3.0]])

    def test_a_name_is_a_string(self):
        with pytest.raises(TypeError, match="name is a string"):
            ag.Tensor(1.0, name=3)

    def test_a_masked_array_is_not_read_as_if_unmasked_by_an_operation(self):
        with pytest.raises(TypeError, match="mask"):
            leaf(1.0, 2.0) + np.ma.masked_array([1.0, 2.0], [True, False])


class TestRepr:
    def test_leaf(self):
        assert repr(leaf(1.0, 2.0, name="w")) == "Tensor([1., 2.], name='w', requires_grad=True)"

    def test_result_names_its_function(self):
        assert repr(np.exp(leaf(0.0))) == "Tensor([1.], function=exp)"
        assert repr(np.linalg.inv(ag.Tensor([[2.0]], requires_grad=True))) == (
            "Tensor([[0.5]], function=linalg.inv)"
        )

    def test_other_dtypes_and_empties(self):
        assert repr(ag.Tensor(1.0, dtype=np.float32)) == "Tensor(1., dtype=float32)"
        assert repr(ag.Tensor(np.zeros((0, 2)))) == "Tensor([], shape=(0, 2), dtype=float64)"

    def test_variable(self):
        assert repr(ag.Variable([1.0], name="b")) == "Variable([1.], name='b', requires_grad=True)"

    def test_format(self):
        assert f"{ag.Tensor(0.12345):.2f}" == "0.12"
        assert f"{ag.Tensor(1.0)}" == "Tensor(1.)"


class TestLeavingTheRecord:
    def test_asarray_of_what_requires_a_gradient_is_refused(self):
        with pytest.raises(TypeError, match=r"tensor\.data"):
            np.asarray(leaf(1.0))
        with pytest.raises(TypeError, match=r"np\.stack"):
            np.array([leaf(1.0), leaf(2.0)])

    @pytest.mark.parametrize(
        "function",
        [
            lambda a, t: np.sum(a, initial=t),
            lambda a, t: a.sum(initial=t),
            lambda a, t: np.prod(a, initial=t),
            lambda a, t: np.max(a, initial=t),
            lambda a, t: np.nansum(a, initial=t),
            lambda a, t: np.interp(a, [0.0, 1.0], [1.0, 2.0], left=t),
            lambda a, t: np.interp(a, [0.0, 1.0], [1.0, 2.0], right=t),
        ],
    )
    def test_a_number_that_numpy_takes_out_of_a_tensor_for_arrays_is_refused(self, function):
        a, t = np.array([1.0, -2.0]), ag.Tensor(3.0, requires_grad=True)
        with pytest.raises((TypeError, ValueError)) as caught:  # NumPy may put its own on top
            function(a, t)
        assert "would lose it" in f"{caught.value} {caught.value.__cause__}"
        assert float(t) == 3.0

    def test_asarray_of_a_constant(self):
        np.testing.assert_array_equal(np.asarray(ag.Tensor([1, 2])), [1, 2])
        assert np.asarray(ag.Tensor([1, 2]), dtype=float).dtype == np.float64

    def test_numbers(self):
        t = leaf(2.5)
        assert (t.item(), float(t[0]), int(t[0])) == (2.5, 2.5, 2)
        assert t.tolist() == [2.5]
        assert bool(t[0] > 2)
        assert [10, 20, 30][ag.Tensor(1)] == 20
        numbers = t.numpy()
        numbers[0] = 0
        assert t.item() == 2.5

    def test_truth_of_several_elements(self):
        with pytest.raises(ValueError, match="ambiguous"):
            bool(leaf(1.0, 2.0) > 1)

    def test_out_is_refused(self):
        with pytest.raises(TypeError, match="overwrite"):
            np.add(leaf(1.0), 1.0, out=np.zeros(1))
        with pytest.raises(TypeError, match="overwrite"):
            np.sum(leaf(1.0), out=np.zeros(()))
        a = np.ones(2)
        with pytest.raises(TypeError, match="overwrite"):
            a += leaf(1.0, 2.0)

    def test_item_assignment_is_refused(self):
        with pytest.raises(TypeError, match=r"np\.where"):
            leaf(1.0, 2.0)[0] = 3.0

    def test_ufunc_at_is_refused(self):
        with pytest.raises(TypeError, match="in place"):
            np.add.at(leaf(1.0, 2.0), [0], 1.0)

    def test_updating_a_leaf_in_place_is_refused(self):
        w = leaf(1.0, name="w")
        for update in (w.__iadd__, w.__isub__, w.__imul__, w.__itruediv__):
            with pytest.raises(TypeError, match=r"w\.data"):
                update(1.0)

    def test_adding_up_a_loss_in_a_loop_is_fine(self):
        w = leaf(2.0)
        total = 0.0
        for k in (1.0, 2.0, 3.0):
            total += np.sum(w * k)
        total.backward()
        np.testing.assert_array_equal(w.grad, [6.0])


class TestDtypes:
    def test_python_scalars_keep_float32(self):
        w = ag.Tensor([1.0, 2.0], requires_grad=True, dtype=np.float32)
        y = np.mean(2.0 * w**2 / 3 + np.maximum(w, 0.5) - 1)
        assert y.dtype == np.float32
        y.backward()
        assert w.grad.dtype == np.float32

    def test_a_gradient_has_its_leafs_dtype_when_types_mix(self):
        w = ag.Tensor([1.0, 2.0], requires_grad=True, dtype=np.float32)
        y = np.sum(w * np.array([3.0, 4.0]))
        assert y.dtype == np.float64
        y.backward()
        assert w.grad.dtype == np.float32
        np.testing.assert_array_equal(w.grad, np.array([3, 4], np.float32))

    def test_complex_results_are_refused(self):
        with pytest.raises(TypeError, match="complex"):
            leaf(1.0) * 1j

    def test_object_operands_are_refused(self):
        with pytest.raises(TypeError):
            leaf(1.0) + None
        with pytest.raises(TypeError):
            leaf(1.0) + "a"

    def test_lists_are_operands(self):
        w = leaf(1.0, 2.0)
        (w * [3, 4] + (1, 1)).backward(np.ones(2))
        np.testing.assert_array_equal(w.grad, [3.0, 4.0])

    def test_integer_tensors_compute_without_gradient(self):
        n = ag.Tensor([1, 2, 3])
        assert (n + 1).tolist() == [2, 3, 4]
        assert (n % 2 == 1).tolist() == [True, False, True]
        assert (~(n > 1) | (n > 2)).tolist() == [True, False, True]
        assert ((n & 1) ^ 1).tolist() == [0, 1, 0]

    def test_comparisons_are_recorded_without_gradient(self):
        w = leaf(1.0, -1.0)
        mask = w > 0
        assert mask.dtype == bool
        assert not mask.requires_grad
        assert mask.function is np.greater
        assert mask.inputs[0] is w

    def test_astype_between_floats_and_to_integers(self):
        w = leaf(1.7)
        assert not w.astype(int).requires_grad
        w.astype(np.float32).backward(np.ones(1, np.float32))
        assert w.grad.dtype == np.float64


class TestVariable:
    def test_assign_writes_into_its_array(self):
        v = ag.Variable([1.0, 2.0])
        array = v.data
        assert v.assign([3.0, 4.0]) is v
        assert v.data is array
        v.assign_add(1.0).assign_sub(ag.Tensor([2.0, 2.0]))
        assert v.tolist() == [2.0, 3.0]

    def test_assign_does_not_broadcast(self):
        with pytest.raises(ValueError, match=r"'w' has shape \(2,\).*shape \(\)"):
            ag.Variable([1.0, 2.0], name="w").assign(3.0)

    def test_assign_does_not_truncate(self):
        with pytest.raises(TypeError, match=r"int64.*float64"):
            ag.Variable([1, 2], trainable=False).assign([1.5, 2.0])
        ag.Variable([1.0], dtype=np.float32).assign(np.array([0.1]))

    def test_trainable_is_requires_grad(self):
        v = ag.Variable([1.0])
        v.trainable = False
        assert not (v * 2).requires_grad

    def test_backward_after_assign_is_refused(self):
        v = ag.Variable([2.0], name="kernel")
        y = np.sum(v * v)
        v.assign([3.0])
        with pytest.raises(RuntimeError, match=r"'kernel' was assigned after multiply used it"):
            y.backward()
        np.sum(v * v).backward()
        np.testing.assert_array_equal(v.grad, [6.0])


class TestMemory:
    def test_dropping_a_result_frees_its_graph_without_the_collector(self):
        w = leaf(1.0)
        gc.disable()
        try:
            y = np.exp(w) * 2
            inner = weakref.ref(y.inputs[0])
            loss = np.sum(y)
            loss.backward()
            del y, loss
            assert inner() is None
        finally:
            gc.enable()

    def test_counting_correct_answers_keeps_no_graph(self):
        """The result of a comparison holds its operands, what is computed from it does not."""
        w = leaf(1.0, -1.0)
        hidden = w * 2
        watched = weakref.ref(hidden)
        correct = 0
        correct = correct + np.sum(hidden > 0)
        del hidden
        assert watched() is None
        assert correct.item() == 1

    def test_stop_gradient_keeps_no_graph(self):
        state = leaf(1.0) * 2
        watched = weakref.ref(state)
        state = ag.stop_gradient(state)
        assert watched() is None

    def test_a_deep_chain_is_dropped_without_recursion(self):
        x = leaf(1.0)
        y = x
        for _ in range(100_000):
            y = y + 1.0
        del y

    def test_copies(self):
        w = leaf(1.0, 2.0, name="w")
        for other in (copy.copy(w), copy.deepcopy(w)):
            assert other.tolist() == [1.0, 2.0]
            assert other.name == "w"
        copy.deepcopy(w).data[0] = 5
        assert w.data[0] == 1


class TestIteration:
    def test_rows(self):
        t = ag.Tensor(np.arange(6.0).reshape(3, 2), requires_grad=True)
        rows = list(t)
        assert [r.tolist() for r in rows] == [[0, 1], [2, 3], [4, 5]]
        rows[1].backward(np.array([1.0, 2.0]))
        np.testing.assert_array_equal(t.grad, [[0, 0], [1, 2], [0, 0]])

    def test_0d(self):
        with pytest.raises(TypeError, match=r"tensor\.item"):
            iter(ag.Tensor(1.0))

    @pytest.mark.parametrize("index", [1.5, "a", np.array([0.5]), {1: 2}])
    def test_bad_index(self, index):
        with pytest.raises(IndexError, match="an index"):
            leaf(1.0, 2.0)[index]

    def test_out_of_range(self):
        with pytest.raises(IndexError, match="out of bounds"):
            leaf(1.0, 2.0)[5]


def test_methods_are_numpys():
    """The array methods give what ndarray's own methods give."""
    a = np.random.default_rng(0).normal(size=(3, 4))
    t = ag.Tensor(a, requires_grad=True)
    for call in [
        lambda x: x.sum(0), lambda x: x.mean(axis=1, keepdims=True), lambda x: x.prod(),
        lambda x: x.max(1), lambda x: x.min(), lambda x: x.var(0, ddof=1), lambda x: x.std(),
        lambda x: x.argmax(1), lambda x: x.argmin(), lambda x: x.argsort(0),
        lambda x: x.cumsum(1), lambda x: x.cumprod(0), lambda x: x.clip(-0.5, 0.5),
        lambda x: x.round(1), lambda x: x.dot(x.T), lambda x: x.reshape(2, -1),
        lambda x: x.ravel(), lambda x: x.flatten(), lambda x: x.transpose(1, 0),
        lambda x: x.transpose(), lambda x: x.swapaxes(0, 1), lambda x: x[:, :1].squeeze(),
        lambda x: x.repeat(2, axis=0), lambda x: x.take([0, 2], axis=1), lambda x: x.diagonal(1),
        lambda x: x.trace(), lambda x: x.copy(), lambda x: x.astype(np.float32),
        lambda x: (x > 0).any(0), lambda x: (x > 0).all(), lambda x: x.T, lambda x: x.mT,
        lambda x: abs(x), lambda x: +x, lambda x: -x,
    ]:  # fmt: skip
        np.testing.assert_array_equal(call(t).data, call(a))


def test_operators_with_arrays_on_either_side():
    a = np.array([1.0, 2.0])
    for t in (ag.Tensor([3.0, 5.0]), leaf(3.0, 5.0)):
        x = t.data
        pairs = [
            (a + t, a + x), (a - t, a - x), (a * t, a * x), (a / t, a / x), (a**t, a**x),
            (a @ t, a @ x), (t @ a, x @ a), (a % t, a % x), (a // t, a // x), (t // a, x // a),
            (a < t, a < x), (a == t, a == x), (np.float64(2) * t, 2 * x), (7 % t, 7 % x),
            (7 // t, 7 // x), (t != a, x != a), (a >= t, a >= x), (t <= a, x <= a),
        ]  # fmt: skip
        for got, expected in pairs:
            assert isinstance(got, ag.Tensor)
            np.testing.assert_array_equal(got.data, expected)


@pytest.mark.parametrize("method", ["sort", "partition", "fill", "put", "resize"])
def test_methods_that_change_an_array_say_what_to_write(method):
    assert hasattr(np.ndarray, method)
    with pytest.raises(TypeError, match=rf"x\.{method}\(\) changes an array in place.*Write y = "):
        getattr(ag.Tensor([2.0, 1.0]), method)(0)


def test_a_copy_not_asked_for_is_the_tensor_itself():
    x = ag.Tensor([1.0], requires_grad=True)
    assert x.astype(float, copy=False) is x
    assert x.astype(float) is not x
    assert x.astype(np.float32, copy=False).dtype == np.float32


@pytest.mark.parametrize(
    "function",
    [
        lambda m, t: m * t,
        lambda m, t: t * m,
        lambda m, t: m @ t,
        lambda m, t: np.add(m, t),
        lambda m, t: np.ma.multiply(m, t),
        lambda m, t: np.ma.sum(t),
        lambda m, t: np.ma.masked_where([True, False], t),
    ],
)
def test_masked_arrays_take_no_gradient_away(function):
    """`np.ma` reads attributes of what it is given: none may look like a masked array's."""
    m, t = np.ma.masked_array([1.0, 2.0], [0, 1]), ag.Tensor([1.0, 2.0], requires_grad=True)
    assert not any(hasattr(t, name) for name in ("_data", "_mask", "mask"))
    with pytest.raises(TypeError, match=r"masked array|plain array would lose it"):
        function(m, t)
