"""The contract of rules: what may be registered, what a call refuses."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.table import TABLE, Composite, Operation


def leaf(*values):
    return ag.Tensor(np.array(values, dtype=float), requires_grad=True)


class TestUnknownFunctions:
    def test_says_how_to_add_a_rule(self):
        with pytest.raises(TypeError) as error:
            np.fft.fft(leaf(1.0, 2.0))
        assert "no gradient rule" in str(error.value)
        assert "ag.gradient(np.fft.fft, lambda g, y, x: ...)" in str(error.value)

    @pytest.mark.parametrize(
        "write",
        [
            lambda x: np.put(x, [0], 1.0),
            lambda x: np.place(x, x > 0, 1.0),
            lambda x: np.copyto(np.zeros(2), x),
            lambda x: np.fill_diagonal(x, 1.0),
            lambda x: np.put_along_axis(x, np.array([0]), 1.0, 0),
        ],
    )
    def test_says_what_to_write_in_place_of_a_function_that_writes(self, write):
        with pytest.raises(TypeError, match=r"changes an array in place.*Write y = np\."):
            write(leaf(1.0, 2.0))

    def test_ufunc(self):
        nobody_knows = np.frompyfunc(lambda a, b: a, 2, 1)
        with pytest.raises(TypeError, match="has no gradient rule"):
            nobody_knows(leaf(1.0), 2)

    def test_the_two_lines_work(self):
        @ag.primitive
        def swish(x):
            return x / (1 + np.exp(-x))

        ag.gradient(swish, lambda g, y, x: g * y)
        with pytest.raises(ag.GradientError):
            ag.check_gradients(swish, np.array([0.3]))
        ag.gradient(swish, lambda g, y, x: g * (y + (1 - y) / (1 + np.exp(-x))))
        ag.check_gradients(swish, np.array([0.3, -2.0]))

    def test_a_primitive_without_a_rule(self):
        @ag.primitive
        def lonely(x):
            return x * 2

        assert lonely(3.0) == 6.0
        with pytest.raises(TypeError, match=r"ag\.gradient\(lonely"):
            lonely(leaf(1.0))


class TestKeywords:
    @pytest.mark.parametrize(
        ("call", "keyword"),
        [
            (lambda x: np.add(x, 1, out=np.zeros(2)), "out"),
            (lambda x: np.sum(x, out=np.zeros(())), "out"),
            (lambda x: np.broadcast_to(x, (2, 2), subok=True), "subok"),
        ],
    )
    def test_refused_by_name(self, call, keyword):
        with pytest.raises(TypeError, match=rf"(does not take |, ){keyword}="):
            call(leaf(1.0, 2.0))

    def test_by_position_and_by_name(self):
        x = leaf(1.0, 2.0)
        assert np.sum(x, 0).item() == 3
        assert np.sum(a=x, axis=0).item() == 3
        assert np.sum(x, None, None).item() == 3  # dtype=None says nothing
        with pytest.raises(TypeError):
            np.sum(x, 0, axis=0)

    def test_modes_that_have_no_rule(self):
        x = ag.Tensor(np.ones((3, 2)), requires_grad=True)
        for call, message in [
            (lambda: np.linalg.svd(x), "full_matrices=False"),
            (lambda: np.linalg.qr(x, mode="complete"), "arbitrary"),
            (lambda: np.pad(x, 1, mode=lambda row, width, axis, keywords: None), "mode"),
        ]:
            with pytest.raises(TypeError, match=message):
                call()

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda x: np.quantile(x, 1.5), "range"),
            (lambda x: np.split(x, 2), "equal division"),
            (lambda x: np.tensordot(x, x, axes=([0], [1])), "differ in length"),
            (lambda x: np.einsum("ij,jk->ik", x), "names 2 operands"),
            (lambda x: np.einsum("i->i", x), "does not fit"),
            (lambda x: np.cross(x, x), "length 3"),
            (lambda x: np.linalg.norm(x, "bad"), "Invalid norm order"),
            (lambda x: np.diff(x, n=-1), "non-negative"),
            (lambda x: np.take_along_axis(x, np.array([0]), axis=0), "same number of dimensions"),
            (lambda x: ag.Tensor([1.0]).mT, "at least 2 axes"),
        ],
    )
    def test_wrong_arguments(self, call, message):
        with pytest.raises(ValueError, match=message):
            call(ag.Tensor(np.ones((3, 2)), requires_grad=True))

    def test_a_differentiable_tensor_as_keyword(self):
        x = leaf(1.0, 2.0)
        with pytest.raises(TypeError, match=r"initial= cannot be a Tensor that requires"):
            np.sum(x, initial=leaf(1.0)[0])


class TestRegistration:
    def test_rules_must_name_their_keywords(self):
        with pytest.raises(TypeError, match="silently"):
            ag.gradient(np.spacing, lambda g, y, x, **keywords: g)

    def test_rules_must_agree(self):
        with pytest.raises(TypeError, match="same inputs and keywords"):
            ag.gradient(np.spacing, lambda g, y, a, b: g, lambda g, y, a: g)

    def test_no_more_rules_than_inputs(self):
        with pytest.raises(TypeError, match="1 inputs by its first rule"):
            ag.gradient(np.spacing, lambda g, y, x: g, lambda g, y, x: g)

    def test_at_least_one_rule(self):
        with pytest.raises(TypeError, match="needs a rule"):
            ag.gradient(np.spacing)
        with pytest.raises(TypeError, match="function or a lambda"):
            ag.gradient(np.spacing, 3)
        with pytest.raises(TypeError, match="upstream gradient"):
            ag.gradient(np.spacing, lambda g: g)

    def test_not_both_forms(self):
        with pytest.raises(TypeError, match="not both"):
            ag.gradient(np.spacing, lambda g, y, x: g, joint=lambda g, y, x: (g,))

    def test_no_rule_closes_over_an_array(self):
        """A cached array would be a constant in the second derivative."""
        for entry in TABLE.values():
            if not isinstance(entry, Operation):
                continue
            for rule in (*entry.rules, entry.joint):
                for cell in getattr(rule, "__closure__", None) or ():
                    assert not isinstance(cell.cell_contents, np.ndarray), entry.name


def test_the_functions_asked_for_are_in_the_table():
    """The list that the project promises, by NumPy's names."""
    names = """
        add subtract multiply divide negative power float_power square sqrt cbrt reciprocal
        absolute fabs sign exp exp2 expm1 log log2 log10 log1p logaddexp logaddexp2 sin cos tan
        arcsin arccos arctan arctan2 hypot sinh cosh tanh arcsinh arccosh arctanh maximum minimum
        fmax fmin clip where mod remainder deg2rad rad2deg sinc heaviside floor ceil round trunc
        nan_to_num less less_equal greater greater_equal equal not_equal logical_and logical_or
        logical_not logical_xor isnan isinf isfinite
        sum mean prod max amax min amin var std ptp nansum nanmean cumsum cumprod diff average
        median quantile
        matmul dot vdot inner outer tensordot einsum trace kron cross
        reshape ravel transpose swapaxes moveaxis expand_dims squeeze broadcast_to
        broadcast_arrays atleast_1d atleast_2d atleast_3d concatenate stack vstack hstack
        column_stack split array_split hsplit vsplit tile repeat roll flip rot90 pad take
        take_along_axis compress diag diagonal tril triu sort partition argsort argmax argmin
        searchsorted meshgrid diagflat
    """.split()
    linalg = """norm inv solve det slogdet cholesky eigh svd pinv qr matrix_power
        multi_dot""".split()
    functions = [getattr(np, n) for n in names] + [getattr(np.linalg, n) for n in linalg]
    missing = [f.__name__ for f in functions if f not in TABLE]
    assert missing == []
    assert all(isinstance(TABLE[f], (Operation, Composite)) for f in functions)


def test_plain_questions_record_nothing():
    t = leaf(1.0, 2.0)
    assert np.shape(t) == (2,)
    assert (np.ndim(t), np.size(t)) == (1, 2)
    assert np.result_type(t, np.float32) == np.float64
    assert np.allclose(t, [1.0, 2.0])
    assert np.array_equal(t, t)


def test_new_arrays_like_a_tensor_carry_no_gradient():
    t = leaf(1.0, 2.0)
    for y in (np.zeros_like(t), np.ones_like(t), np.full_like(t, 3.0), np.empty_like(t)):
        assert isinstance(y, ag.Tensor)
        assert not y.requires_grad


class Duck(np.lib.mixins.NDArrayOperatorsMixin):
    """An array type of another library, as far as NumPy's protocols show it."""

    def __init__(self, array):
        self.array = np.asarray(array)

    shape = property(lambda self: self.array.shape)
    dtype = property(lambda self: self.array.dtype)
    ndim = property(lambda self: self.array.ndim)
    size = property(lambda self: self.array.size)
    base = None

    def copy(self):
        return Duck(self.array.copy())

    def any(self):
        return self.array.any()

    def __setitem__(self, index, value):
        self.array[index] = value.array if isinstance(value, Duck) else value

    def astype(self, dtype):
        return Duck(self.array.astype(dtype))

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        plain = [x.array if isinstance(x, Duck) else x for x in inputs]
        return Duck(getattr(ufunc, method)(*plain, **kwargs))

    def __array_function__(self, function, types, args, kwargs):
        def strip(x):
            if isinstance(x, (list, tuple)):
                return type(x)(map(strip, x))
            return x.array if isinstance(x, Duck) else x

        result = function(*strip(args), **{k: strip(v) for k, v in kwargs.items()})
        return Duck(result) if isinstance(result, (np.ndarray, np.generic)) else result


def test_arrays_of_other_libraries_pass_through():
    w = ag.Tensor(Duck([1.0, 2.0]), requires_grad=True)
    assert isinstance(w.data, Duck)
    y = np.sum(np.tanh(w) * w + 1.0)
    assert isinstance(y.data, Duck)
    y.backward()
    assert isinstance(w.grad, Duck)
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(w.grad.array, np.tanh(x) + x * (1 - np.tanh(x) ** 2))
