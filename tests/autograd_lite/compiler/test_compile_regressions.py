"""Programs that once gave something else than the function: each with what it is about."""

from __future__ import annotations

import copy
import functools
import gc
import linecache
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler.engines.native import native_is_installed
from autograd_lite.table import TABLE

ENGINES = ["numpy"]
if native_is_installed():
    ENGINES.append("native")

X = np.random.default_rng(0).normal(size=(6, 4))


def require_same(found, expected):
    found = found if isinstance(found, tuple) else (found,)
    expected = expected if isinstance(expected, tuple) else (expected,)
    for a, e in zip(found, expected, strict=True):
        a, e = np.asarray(a.data), np.asarray(getattr(e, "data", e))
        assert a.dtype == e.dtype
        np.testing.assert_array_equal(a, e)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.reshape(x * 2, (4, 6), order="F") + 1,
        lambda x: np.reshape(np.reshape(x, (4, 6), order="F"), (24,)),
        lambda x: (x * 2).T.reshape(4, 2, 3) + 1,
        lambda x: np.where(np.round(x), x, 2.0),
        lambda x: np.float_power(np.abs(x).astype(np.float32), 0.1),
        lambda x: np.mean(np.full((1000, 2), 100, np.float16) * ag.Tensor(np.float16(1)), axis=0),
        lambda x: np.hypot(True, x),
        lambda x: np.where(True, x, 0),
        lambda x: np.rad2deg(np.ones_like(x[:1, :1])) + x,
        lambda x: np.sum(x, axis=-1, where=MASK),
    ],
)
def test_numpy_programs_equal_the_function(f):
    require_same(ag.compile(f)(X), f(ag.Tensor(X)))


MASK = np.array([True, False, True, True])


@pytest.mark.skipif(not native_is_installed(), reason="llvmlite is not installed")
def test_native_programs_equal_the_function():
    whole = np.array([1, 5, 2**60 + 1, -7])
    small = np.array([0, 3, 255], np.uint8)
    wide = np.array([1e20, np.inf, -np.inf, 1.5, -1.5])

    def f(x, whole, small, wide, n):
        return (
            (x * 2).T.reshape(4, 6, 1) + 1,  # a turned view, reshaped
            np.sort(x.T, axis=0) + 1,  # NumPy's result does not lie row by row
            np.broadcast_to(x * 2, (2, 6, 4)) + 1,
            x[0][..., 1] * whole,
            whole * n,  # not by way of float64
            small > -1,
            np.floor(wide) + 0,
            np.ceil(wide) + 0,
        )

    given = X, whole, small, wide
    found = ag.compile(f, engine="native")(*given, 3)
    require_same(found, f(*map(ag.Tensor, given), 3))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_zero_wins_in_a_gradient_that_lies_column_by_column(engine):
    w = ag.Variable(np.zeros((3, 4)))
    w.data = np.asfortranarray(w.data)

    def f(x):
        return ag.gradients(np.sum(np.where(w > 0, np.log(w), 0.0).T * x), [w])

    (d_w,) = ag.compile(f, engine=engine)(np.ones((4, 3)))
    assert np.array_equal(d_w.data, np.zeros((3, 4)))


@pytest.mark.parametrize("engine", ENGINES)
def test_an_element_of_a_variable_is_read_at_each_call(engine):
    w = ag.Variable([1.0, 2.0])
    f = ag.compile(lambda x: x + w[0], engine=engine)
    f(np.ones(2))
    w.assign([5.0, 2.0])
    assert f(np.ones(2)).data.tolist() == [6.0, 6.0]


@pytest.mark.parametrize("engine", ENGINES)
def test_results_show_a_variable_as_it_was_when_they_were_computed(engine):
    w = ag.Variable(np.arange(9.0).reshape(3, 3))

    def f():
        before = w * 1.0
        doubled = w.T * 2
        w.assign(w + 1.0)
        return before, doubled, w

    before = w.data.copy()
    found = ag.compile(f, engine=engine)()
    require_same(found, (before, before.T * 2, before + 1))
    assert np.array_equal(w.data, before + 1)


def test_a_view_of_a_variable_that_is_assigned_to_it_is_returned_as_it_was():
    w = ag.Variable(np.arange(3.0))

    def f():
        turned = w[::-1]
        w.assign(turned)
        return np.positive(turned), w

    require_same(ag.compile(f)(), (np.array([2.0, 1.0, 0.0]),) * 2)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_call_that_fails_leaves_what_the_function_leaves(engine):
    w = ag.Variable(np.ones(3))

    def f(x, m):
        w.assign(w + x)
        return np.linalg.inv(m)

    f = ag.compile(f, engine=engine)
    for _ in range(2):  # the first call is traced
        with pytest.raises(np.linalg.LinAlgError):
            f(np.ones(3), np.zeros((2, 2)))
    assert w.data.tolist() == [3.0, 3.0, 3.0]
    f(np.ones(3), np.eye(2))
    assert w.data.tolist() == [4.0, 4.0, 4.0]
    with pytest.raises(np.linalg.LinAlgError):
        f(np.ones(3), np.zeros((2, 2)))
    assert w.data.tolist() == [5.0, 5.0, 5.0]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_array_of_another_shape_is_noticed_before_it_is_read(engine):
    w = ag.Variable(np.ones(3))
    f = ag.compile(lambda x: x + w, engine=engine)
    f(np.ones(3))
    w.data = np.ones(2)
    with pytest.raises(ValueError, match="broadcast"):
        f(np.ones(3))
    assert f(np.ones(1)).data.tolist() == [2.0, 2.0]


def test_an_array_that_lies_otherwise_is_noticed():
    w = ag.Variable(np.arange(12.0).reshape(3, 4))
    f = ag.compile(lambda x: x + np.reshape(w, (12,)))
    f(np.ones(12))
    w.data = np.asfortranarray(w.data)
    assert f(np.ones(12)).data.tolist() == (np.arange(12.0) + 1).tolist()


def test_arguments_that_lie_otherwise_are_added_up_in_their_own_order():
    x = np.random.default_rng(0).normal(size=(50, 37)).astype(np.float32)
    f = ag.compile(lambda x: np.sum(np.exp(x)))
    f(x)
    turned = np.asfortranarray(x)
    assert f(turned).data == np.sum(np.exp(turned))


def test_what_is_defined_further_down_or_again_is_noticed():
    module = {"ag": ag}
    exec("step = ag.compile(lambda x: helper(x) + SHIFT)\ndef helper(x): return x * SCALE", module)
    module |= {"SHIFT": 1.0, "SCALE": 2.0}
    step = module["step"]
    assert step(np.ones(1)).data == 3.0
    module["SHIFT"] = 2.0
    assert step(np.ones(1)).data == 4.0
    module["SCALE"] = 3.0
    assert step(np.ones(1)).data == 5.0
    module["helper"] = lambda x: x * 0
    assert step(np.ones(1)).data == 2.0


def test_constants_computed_from_zeros_are_refused():
    w = ag.Variable(np.zeros(2))
    with pytest.raises(ag.TracingError, match="is not recorded"):
        ag.compile(lambda x: (x + w.data * 2) * w)(np.ones(2))


def test_data_that_is_changed_in_place_is_refused():
    w = ag.Variable(np.ones(2))

    def f(x):
        (d_w,) = ag.gradients(np.sum(w * x), [w])
        w.data = w.data - 0.1 * d_w.data
        return d_w

    with pytest.raises(ag.TracingError, match="assign_sub"):
        ag.compile(f)(np.ones(2))


def test_the_array_of_a_variable_that_is_assigned_is_refused():
    w = ag.Variable(np.ones(2))
    array = w.data[::-1]

    def f(x):
        w.assign(w + x)
        return x * array

    with pytest.raises(ag.TracingError, match="Use the Variable itself"):
        ag.compile(f)(np.ones(2))


def test_masked_arrays_are_refused():
    with pytest.raises(TypeError, match="mask"):
        ag.compile(lambda x: x * 2)(np.ma.array([1.0, 2.0], mask=[0, 1]))


def test_partials_and_objects_are_compiled():
    class Double:
        def __call__(self, x):
            return x * 2

    assert ag.compile(functools.partial(np.multiply, 2.0))(np.ones(1)).data == 2.0
    assert ag.compile(Double())(np.ones(1)).data == 2.0


def test_ufuncs_of_other_packages_are_called_by_themselves():
    power = np.frompyfunc(lambda x: x, 1, 1)  # a ufunc that np does not have
    ag.gradient(power, lambda g, y, x: g, evaluate=lambda x: np.asarray(x) * 3)
    try:
        assert ag.compile(lambda x: power(x) + 1)(np.ones(1)).data == 4.0
    finally:
        del TABLE[power]


@ag.compile
def compiled_here(x):
    return x * 2


def test_copies_and_pickles_are_by_name_as_those_of_functions():
    assert copy.deepcopy(compiled_here) is compiled_here
    holder = SimpleNamespace(step=compiled_here)
    assert pickle.loads(pickle.dumps(holder)).step is compiled_here


def test_the_source_of_a_program_goes_with_it():
    f = ag.compile(lambda x: x * 12345.678)
    f(np.ones(1))
    file = next(
        name
        for name, (*_, lines, _) in linecache.cache.items()
        if name.startswith("<compiled") and "12345.678" in "".join(lines)
    )
    del f
    gc.collect()
    assert file in linecache.cache  # `linecache.checkcache` may be at work just now
    ag.compile(lambda x: x * 54321.876)(np.ones(1))
    assert file not in linecache.cache
