"""windows and fold, which are adjoint to each other, and window_max, which is NumPy's maximum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.extend import fold, window_max, window_sum, windows

RNG = np.random.default_rng(3)


@st.composite
def calls(draw):
    """An array, and the size, strides and dilation of windows that it has."""
    rank = draw(st.integers(1, 3))
    size, strides, dilation = (
        tuple(draw(st.lists(st.integers(1, 3), min_size=rank, max_size=rank))) for _ in range(3)
    )
    lengths = tuple(
        (k - 1) * d + 1 + draw(st.integers(0, 4)) for k, d in zip(size, dilation, strict=True)
    )
    shape = (draw(st.integers(0, 2)), *lengths, *draw(st.sampled_from([(), (2,), (2, 3)])))
    return RNG.normal(size=shape), {"size": size, "strides": strides, "dilation": dilation}


@given(calls())
def test_a_window_holds_the_elements_that_its_position_says(call):
    x, options = call
    w = windows(x, **options)
    rank = len(options["size"])
    for position in np.ndindex(w.shape[1 : rank + 1]):
        for element in np.ndindex(options["size"]):
            place = tuple(
                p * s + k * d
                for p, k, s, d in zip(
                    position, element, options["strides"], options["dilation"], strict=True
                )
            )
            found = w[(slice(None), *position, *element)]
            np.testing.assert_array_equal(found, x[(slice(None), *place)])
    assert np.shares_memory(w, x) or not x.size
    assert not w.flags.writeable


@given(calls())
def test_fold_is_the_adjoint_of_windows(call):
    """<w, windows(x)> = <fold(w), x> for all w and x."""
    x, options = call
    w = RNG.normal(size=windows(x, **options).shape)
    lengths = x.shape[1 : len(options["size"]) + 1]
    folded = fold(w, lengths=lengths, strides=options["strides"], dilation=options["dilation"])
    assert folded.shape == x.shape
    np.testing.assert_allclose(
        np.vdot(w, windows(x, **options)), np.vdot(folded, x), rtol=1e-10, atol=1e-12
    )


def test_a_transposed_array_has_the_windows_of_its_copy():
    x = RNG.normal(size=(6, 5, 2)).T
    options = {"size": (2, 3), "strides": (1, 2), "dilation": (2, 1)}
    np.testing.assert_array_equal(windows(x, **options), windows(x.copy(), **options))


@pytest.mark.parametrize(
    ("size", "strides", "dilation"), [((4,), (1,), (1,)), ((2,), (1,), (3,)), ((0,), (1,), (1,))]
)
def test_windows_that_an_axis_has_not_are_refused(size, strides, dilation):
    with pytest.raises(ValueError, match="window"):
        windows(np.ones((2, 3)), size=size, strides=strides, dilation=dilation)


@pytest.mark.parametrize("length", [0, 2, 5, 9])
def test_a_fold_of_other_lengths_is_refused(length):
    """Two windows of three elements, two apart, come from 5 or 6 elements."""
    w = np.ones((1, 2, 3))
    if length == 5:
        assert fold(w, lengths=(5,), strides=(2,), dilation=(1,)).shape == (1, 5)
    else:
        with pytest.raises(ValueError, match=f"length {length} has not 2 windows of 3 elements"):
            fold(w, lengths=(length,), strides=(2,), dilation=(1,))


@given(
    st.lists(st.sampled_from([-np.inf, -1.0, 0.0, 2.0, np.nan, np.inf]), min_size=6, max_size=6),
    st.booleans(),
)
def test_window_max_is_np_max_and_shares_ties_as_it_does(values, twice):
    x = np.array(values).reshape(1, 2, 3)
    g = np.array([[2.0, 0.0]])

    def gradients(f):
        t = ag.Tensor(x, requires_grad=True)
        y = f(t)
        y.backward(g)
        return y.data, t.grad

    with np.errstate(all="ignore"):
        for ours, numpys in zip(
            gradients(lambda t: window_max(t, rank=1)),
            gradients(lambda t: np.max(t, axis=2)),
            strict=True,
        ):
            np.testing.assert_array_equal(ours, numpys)


@given(calls())
def test_window_sum_is_np_sum(call):
    x, options = call
    w, rank = windows(x, **options), len(options["size"])
    expected = np.sum(w, axis=tuple(range(rank + 1, 2 * rank + 1)))
    np.testing.assert_allclose(window_sum(w, rank=rank), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_a_compiled_function_of_windows_is_what_it_computes(engine):
    if engine == "native":
        pytest.importorskip("llvmlite")

    def f(x, kernel):
        w = windows(x, size=(2, 2), strides=(1, 2), dilation=(2, 1))
        z = np.reshape(w, (-1, 8)) @ kernel
        pooled = window_max(windows(z[None], size=(2,), strides=(2,), dilation=(1,)), rank=1)
        return np.sum(np.tanh(pooled) ** 2)

    x, kernel = RNG.normal(size=(2, 5, 6, 2)), RNG.normal(size=(8, 3))
    compiled = ag.compile(ag.value_and_grad(f, argnums=(0, 1)), engine=engine)
    for scale in (1.0, -0.3):  # the second call reads other values
        found, expected = (
            g(scale * x, kernel) for g in (compiled, ag.value_and_grad(f, argnums=(0, 1)))
        )
        np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
        for a, b in zip(found[1], expected[1], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-14)


def test_a_second_derivative_through_windows_is_compiled():
    def f(x):
        w = windows(x[None], size=(3,), strides=(1,), dilation=(1,))
        return np.sum(np.sum(w, axis=-1) ** 3)

    x = RNG.normal(size=6)
    hessian = ag.hessian(f)
    np.testing.assert_allclose(ag.compile(hessian)(x), hessian(x), rtol=1e-12)
