"""Keywords and methods of ufuncs: values, dtypes and refusals are NumPy's own."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.table import TABLE, Operation, is_numpy
from tests.autograd_lite.as_numpy import assert_as_numpy, outcome

MASK = np.array([[True, False, True], [False, True, True]])
VALUES = np.array([[0.25, 0.5, 2.0], [1.5, 3.0, 0.75]])
DTYPES = ["f8", "f4", "f2", "i8", "i1", "u1", "?"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("given", ["f8", "f4", "i8", "?"])
@pytest.mark.parametrize("casting", ["no", "safe", "same_kind", "unsafe"])
def test_dtype_and_casting(dtype, given, casting):
    x = VALUES.astype(given)
    assert_as_numpy(lambda a: np.add(a, 1, dtype=dtype, casting=casting), x)
    assert_as_numpy(lambda a: np.multiply(a, np.float32(2), casting=casting), x)
    assert_as_numpy(lambda a: np.sqrt(a, dtype=dtype, casting=casting), x)


@pytest.mark.parametrize(
    "call",
    [
        lambda a: np.add(a, 1, order="Z"),
        lambda a: np.add(a, 1, casting="loosely"),
        lambda a: np.add(a, 1, where=np.array([1.5]), out=None),
        lambda a: np.add(a, 1, where=MASK[:, :2], out=None),
        lambda a: np.add(a, 1, dtype=float, signature="dd->d"),
        lambda a: np.add(a, 1, nonsense=1),
        lambda a: np.matmul(a, a.T, where=MASK),
        lambda a: np.matmul(a, a.T, keepdims=True),
        lambda a: np.vecdot(a, a, axes=[0, 0], axis=0),
        lambda a: np.exp.reduce(a),
        lambda a: np.divmod.reduce(a),
        lambda a: np.subtract.reduce(a, axis=(0, 1)),
        lambda a: np.subtract.reduce(a[:0]),
        lambda a: np.fmax.reduce(a, where=MASK),
        lambda a: np.add.reduce(a, axis=2),
        lambda a: np.add.accumulate(a[0, 0]),
        lambda a: np.logaddexp.accumulate(a[0, 0]),
        lambda a: np.add.reduceat(a, [0, 9]),
        lambda a: np.exp.outer(a, a),
        lambda a: np.matmul.outer(a, a),
    ],
)
def test_what_numpy_refuses_is_refused_alike(call):
    assert isinstance(outcome(call, VALUES), type), "a case that NumPy refuses"
    assert_as_numpy(call, VALUES)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "name", "add multiply subtract maximum fmin logical_and logical_xor hypot".split()
)
def test_methods_of_every_dtype(name, dtype):
    ufunc, x = getattr(np, name), VALUES.astype(dtype)
    assert_as_numpy(lambda a: ufunc.reduce(a, axis=-1), x)
    assert_as_numpy(lambda a: ufunc.reduce(a, axis=None), x)
    assert_as_numpy(lambda a: ufunc.reduce(a, 1, None, None, True), x)
    assert_as_numpy(lambda a: ufunc.reduce(a, dtype="f4"), x)
    assert_as_numpy(lambda a: ufunc.accumulate(a, 1), x)
    assert_as_numpy(lambda a: ufunc.reduceat(a, [0, 2, 1], axis=1), x)
    assert_as_numpy(lambda a: ufunc.outer(a, np.float32(2)), x)
    assert_as_numpy(ufunc.reduce, x[:0])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "function", [np.modf, np.frexp, np.spacing, np.i0, np.vecdot, lambda a: np.divmod(a, 0.75),
                 lambda a: np.ldexp(a, 3), lambda a: divmod(a, 2)]
)  # fmt: skip
def test_numbers_taken_apart(function, dtype):
    x = VALUES.astype(dtype)
    assert_as_numpy(function, *([x, x] if function is np.vecdot else [x]))
    assert_as_numpy(function, *([x[:0], x[:0]] if function is np.vecdot else [x[:0]]))


@pytest.mark.parametrize("function", [np.modf, np.frexp, np.spacing, lambda a: divmod(a, 1.0)])
def test_special_numbers_taken_apart(function):
    x = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0, -1.5, 5e-324, 1e300])
    with np.errstate(all="ignore"):
        for e, g in zip(outcome(function, x), outcome(function, ag.Tensor(x)), strict=True):
            np.testing.assert_array_equal(g, e)
            np.testing.assert_array_equal(np.signbit(g), np.signbit(e))


def test_a_masked_call_is_zero_where_it_did_not_look_and_passes_no_gradient():
    x = ag.Tensor([4.0, -1.0, 0.0], requires_grad=True)
    y = np.log(x, where=np.array([True, False, False]))
    np.testing.assert_allclose(y.data, [np.log(4), 0, 0])
    np.sum(y).backward()
    np.testing.assert_array_equal(x.grad, [0.25, 0, 0])


def test_a_recorded_mask():
    x = ag.Tensor([4.0, -1.0], requires_grad=True)
    assert np.sqrt(x, where=x > 0).data.tolist() == [2, 0]
    program = ag.compile(lambda t: np.sum(np.sqrt(t, where=t > 0)))
    assert program(np.array([4.0, -1.0])).item() == 2
    assert program(np.array([-4.0, 9.0])).item() == 3


@pytest.mark.parametrize("method", ["sum", "mean", "prod", "var", "std", "cumsum", "cumprod"])
@pytest.mark.parametrize("given", ["f8", "f4", "f2", "i1", "?"])
@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i8", "i1"])
def test_dtype_of_reductions(method, given, dtype):
    x = VALUES.astype(given)
    assert_as_numpy(lambda a: getattr(np, method)(a, axis=1, dtype=dtype), x)
    assert_as_numpy(lambda a: getattr(a, method)(1, dtype), x)


@pytest.mark.parametrize("function", [np.var, np.std])
@pytest.mark.parametrize("given", ["f8", "f4", "f2", "i1", "?"])
def test_spread_about_a_mean(function, given):
    x = VALUES.astype(given)
    for ways in ({}, {"dtype": "f4"}, {"where": MASK, "ddof": 1}, {"correction": 0.5}):
        assert_as_numpy(lambda a, w=ways: function(a, axis=1, mean=0.5, **w), x)
        assert_as_numpy(lambda a, w=ways: function(a, mean=[[1], [2]], keepdims=True, **w), x)
    assert_as_numpy(lambda a: function(a, ddof=1, correction=1), x)


def test_a_gradient_comes_back_in_the_dtype_of_the_input():
    x = ag.Tensor(np.array([1.0, 2.0], np.float32), requires_grad=True)
    np.sum(x * x, dtype=np.float64).backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_array_equal(x.grad, [2, 4])


@pytest.mark.parametrize("function", [np.var, np.std])
def test_fewer_values_than_degrees_of_freedom(function):
    """NumPy divides by zero then; a finite gradient would be made up."""
    x = ag.Tensor([1.0, 2.0], requires_grad=True)
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match="Degrees of freedom"):
        y = function(x, ddof=3)
    assert np.isinf(y.item())
    y.backward()
    assert not np.isfinite(x.grad).any()


def test_at_is_refused_by_name():
    with pytest.raises(TypeError, match=r"np\.add\.at on a Tensor changes an array in place"):
        np.add.at(ag.Tensor([1.0]), 0, 1.0)
    with pytest.raises(TypeError, match="changes an array in place"):
        np.add.at(np.zeros(1), 0, ag.Tensor(1.0))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "bounds",
    [(-1, 129), (0, None), (None, 300), (300, None), (None, None), (1.5, 2.5), (2, 1), (-1, 2**70),
     (np.int8(-1), np.int16(300)), (np.array([0, 1, 2]), [[1.0], [2]]), (np.nan, 1)],
)  # fmt: skip
def test_clip(dtype, bounds):
    x = np.array([[-3, 0, 1], [2, 120, 0.75]]).astype(dtype)
    assert_as_numpy(lambda a: np.clip(a, *bounds), x)
    assert_as_numpy(lambda a: a.clip(*bounds), x)


@pytest.mark.parametrize(
    "given", [{}, {"a_min": 1}, {"a_max": 1}, {"min": 1}, {"min": 0, "max": 1}]
)
def test_clip_without_bounds(given):
    assert_as_numpy(lambda a: np.clip(a, **given), VALUES)
    assert_as_numpy(lambda a: np.clip(a, 0, 1, **given), VALUES)


def test_clip_between_equal_bounds_does_not_depend_on_what_is_clipped():
    assert ag.grad(lambda x: np.clip(x, 1.0, 1.0))(1.0) == 0
    assert ag.grad(lambda bound: np.clip(1.0, bound, bound))(1.0) == 1


def test_an_array_clipped_by_a_tensor():
    bound = ag.Tensor([1.5, 1.5], requires_grad=True)
    np.sum(np.array([1.0, 2.0]).clip(bound, None)).backward()
    np.testing.assert_array_equal(bound.grad, [1, 0])


@pytest.mark.parametrize("dtype", ["u1", "i1", "u4"])
def test_bits_of_nothing(dtype):
    assert_as_numpy(np.bitwise_and.reduce, np.zeros((0, 2), dtype))
    assert_as_numpy(np.bitwise_or.reduce, np.ones((3, 2), dtype))


def test_reduceat_without_indices():
    assert_as_numpy(lambda a: np.add.reduceat(a, np.array([], int), axis=1), VALUES)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda x: np.add(x, 1, out=np.zeros(2), where=True), "add"),
        (lambda x: np.add.reduce(x, out=np.zeros(())), "add.reduce"),
        (lambda x: np.add.accumulate(x, out=np.zeros(2)), "add.accumulate"),
        (lambda x: np.add.reduceat(x, [0], out=np.zeros(1)), "add.reduceat"),
        (lambda x: np.multiply.outer(x, x, out=np.zeros((2, 2))), "multiply"),
    ],
)
def test_out_is_refused_in_the_name_of_the_ufunc(call, name):
    with pytest.raises(TypeError, match=rf"^{name}\(\.\.\., out=\) would overwrite"):
        call(ag.Tensor([1.0, 2.0]))


@pytest.mark.parametrize("dtype", [float, np.float32, "float32", np.dtype("f4"), "f"])
def test_dtype_in_a_compiled_function(dtype):
    program = ag.compile(lambda a: np.sum(a, axis=0, dtype=dtype) + np.mean(a, dtype=dtype))
    for x in (VALUES, -VALUES):
        expected = np.sum(x, axis=0, dtype=dtype) + np.mean(x, dtype=dtype)
        assert program(x).dtype == expected.dtype
        np.testing.assert_allclose(program(x).data, expected, rtol=1e-6)


# -- operands of other dtypes ----------------------------------------------------------------------

BINARY = [
    f
    for f, entry in TABLE.items()
    if isinstance(f, np.ufunc)
    and (f.nin, f.nout, f.signature) == (2, 1, None)
    and isinstance(entry, Operation)
    and entry.differentiable
    and is_numpy(f)  # SciPy's are tested in the folder scipy
    and f is not np.ldexp  # its second operand is an integer by itself
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("function", BINARY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", ["float32", "float16", "int8", "uint8", "int32", "bool"])
def test_derivatives_have_the_digits_of_the_result_whatever_the_other_operand(function, dtype):
    """The same as with the other operand in float64, which holds its numbers exactly."""
    x = np.array([1.25, 1.5, 1.875, 1.0625])
    other = np.array([1, 1, 1, 1] if dtype == "bool" else [3.3, 5.7, 2.1, 7.9]).astype(dtype)
    for b in (other, other[1]):
        exact = np.asarray(b, np.float64)
        for f in (lambda t, c: function(t, c), lambda t, c: function(c, t)):

            def slope(t, c, f=f):
                return ag.grad(lambda u: np.sum(np.sin(f(u, c))))(t)

            for g in (slope, lambda t, c, s=slope: ag.grad(lambda u: np.sum(np.sin(s(u, c))))(t)):
                np.testing.assert_allclose(g(x, b), g(x, exact), rtol=1e-11, atol=1e-13)


def test_a_small_divisor_of_few_digits_does_not_overflow():
    """1 / 6e-8 is more than float16 holds; the quotient is computed in float64."""
    b = np.float16(6e-8)
    np.testing.assert_allclose(ag.grad(lambda x: x / b)(0.0), 1 / float(b), rtol=1e-15)


@pytest.mark.parametrize("shift", [operator.lshift, operator.rshift])
def test_integers_are_shifted(shift):
    x = np.array([5, 9, -4])
    assert_as_numpy(lambda a: shift(a, 1), x)
    assert_as_numpy(lambda a: shift(3, a % 4), x)
    with pytest.raises(TypeError):
        shift(ag.Tensor([1.0]), 1)
