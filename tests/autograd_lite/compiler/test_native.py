"""Native code gives what NumPy gives; sums may be in another order."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler.engines.native import native_is_installed

pytestmark = pytest.mark.skipif(not native_is_installed(), reason="llvmlite is not installed")

rng = np.random.default_rng(4)


def check(f, *args, rtol=1e-6):
    """Compiled natively, as a whole, and equal to the function on arrays."""
    with np.errstate(all="ignore"):
        expected = f(*args)
    program = ag.compile(f, engine="native")
    for _ in range(2):
        found = program(*args)
        for a, b in zip(found, expected, strict=True):
            assert a.dtype == np.asarray(b).dtype
            np.testing.assert_allclose(a.data, np.asarray(b), rtol=rtol, atol=1e-12)
    assert program.report().engine == "native"
    return program


def test_the_engine_is_still_found_by_its_name_in_0_1():
    program = ag.compile(lambda x: np.tanh(x) * 1, engine="numba")
    np.testing.assert_allclose(program(np.ones(3)).data, np.tanh(1))
    assert program.report().engine == "native"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_of_all_sizes_and_transposes(dtype):
    a, b = (rng.normal(size=shape).astype(dtype) for shape in ((5, 7), (7, 8)))
    large, wide = (rng.normal(size=shape).astype(dtype) for shape in ((50, 60), (60, 40)))
    column = rng.normal(size=(7, 1)).astype(dtype)

    def f(a, b, large, wide, column):
        return (
            a @ b, (b.T @ a.T).T, a @ column, large @ wide, wide.T @ large.T,
            (large @ wide).T @ large, np.tanh(a) @ (b * 2), a.T @ a, large @ large.T,
        )  # fmt: skip

    program = check(f, a, b, large, wide, column, rtol=2e-4 if dtype == np.float32 else 1e-9)
    text = program._latest.engine.native_source
    assert f"multiply_{np.dtype(dtype).name}(" in text
    assert "np.matmul" not in program._latest.engine.step_source


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_of_matrices_and_vectors_however_these_lie(dtype):
    a = rng.normal(size=(700, 40)).astype(dtype)
    x, y = (rng.normal(size=shape).astype(dtype) for shape in ((40, 3), (700, 2)))

    def f(a, x, y):
        column, row = x[:, :1] * 1, x[:, :1].T * 1
        return (
            a @ column, a @ x[:, 1:2], a @ row.T, column.T @ a.T, x.T[2:] @ a.T, row @ a.T,
            a.T @ y[:, :1], y.T[1:] @ a, (y[:, 1:] * 2).T @ a, a[::2] @ column,
            a[:, 3:9] @ x[:6, :1],
        )  # fmt: skip

    program = check(f, a, x, y, rtol=2e-4 if dtype == np.float32 else 1e-9)
    assert "multiply_vector" in program._latest.engine.native_source


def test_elementwise_with_broadcasting_and_reductions():
    x = rng.normal(size=(6, 5))
    row, column = rng.normal(size=5), rng.normal(size=(6, 1))

    def f(x, row, column):
        y = np.tanh(x * row + column) - 0.5
        return (
            y, np.sum(y, axis=0), np.sum(y, axis=1), np.sum(y), np.max(y, axis=-1), np.min(y),
            np.where(y > 0, y, row), np.maximum(y, column) + x.T.reshape(6, 5), np.sum(x.T, axis=0),
            y.astype(np.float32), np.sqrt(np.abs(y)), y**2, np.sign(y),
        )  # fmt: skip

    check(f, x, row, column)


def test_integers_and_truth_values():
    n = np.arange(12).reshape(3, 4)

    def f(n):
        even = n % 2 == 0
        return n * 2 + 1, even & (n > 3), ~even | (n < 2), np.maximum(n, 5), n * even, n / 4, -n

    check(f, n)


def test_softmax_and_crossentropy_at_the_extremes():
    import nn

    z = np.array([[1000.0, 0.0, -1000.0], [np.inf, 0.0, 0.0], [-np.inf, 0.0, 1.0], [0.0, 0.0, 0.0]])
    labels = np.array([0, 1, 2, 1])

    def f(z, labels):
        return (
            nn.activations.softmax(z),
            nn.activations.log_softmax(z),
            nn.losses.sparse_categorical_crossentropy(labels, z, from_logits=True),
        )

    with np.errstate(all="ignore"):
        expected = f(z, labels)
    found = ag.compile(f, engine="native")(z, labels)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a.data, b, rtol=1e-12)


def test_a_number_that_is_no_row_is_refused():
    import nn

    table = nn.Embedding(3, 2)
    table(np.array([0]))
    program = ag.compile(lambda rows: table(rows), engine="native")
    assert program(np.array([0, 2])).shape == (2, 2)
    for wrong in (-1, 3):
        with pytest.raises(ValueError, match="embedding has rows 0 to 2"):  # as the function says
            program(np.array([0, wrong]))


def test_gradients_that_are_added_at_rows():
    import nn

    table = nn.Embedding(4, 2)
    table(np.array([0]))
    w = table.embeddings

    def f(rows):
        return ag.gradients(np.sum(table(rows) ** 2), [w])

    rows = np.array([1, 1, 3])
    expected = f(rows)[0].data
    np.testing.assert_allclose(ag.compile(f, engine="native")(rows)[0].data, expected, rtol=1e-6)


def test_byte_order_and_float16_are_left_to_numpy():
    swapped = np.arange(4.0).astype(">f8")
    half = np.arange(4.0).astype(np.float16)
    found = ag.compile(lambda a, b: (a * 2, b * 2), engine="native")(swapped, half)
    assert found[0].data.tolist() == [0, 2, 4, 6]
    assert found[1].data.tolist() == [0, 2, 4, 6]
    assert found[1].dtype == np.float16


def test_long_doubles_are_left_to_numpy():
    w = ag.Variable(np.ones(4, np.longdouble))

    def f(x):
        w.assign_add(x)
        return x * 2, np.sum(x * 3), np.exp(x), x @ x, x.astype(np.float64) * 2

    x = np.arange(4).astype(np.longdouble)
    found = ag.compile(f, engine="native")(x)
    expected = [x * 2, np.longdouble(18), np.exp(x), np.longdouble(14), np.arange(4.0) * 2]
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a.data, b)
    np.testing.assert_array_equal(w.data, [1, 2, 3, 4])


def test_views_of_what_is_computed():
    x = rng.normal(size=(4, 6))

    def f(x):
        y = x * 2
        return (
            y[1:, ::2] + 1,
            y.T[2] - y.reshape(6, 4)[2].sum(),
            y[:, None, :] * y.T[:4, 0, None, None],
        )

    check(f, x)


def test_sums_of_several_dtypes_in_nests_that_follow_each_other():
    """The partial sum of all elements, outside of any loop, shared its name with those of rows."""

    def f(x, y):
        total = np.sum((x / 2).astype(np.float64))
        lengths = np.sqrt(np.sum(y * y, axis=1))
        return total, y / lengths[:, None], np.sum(y * 3, axis=1)

    check(f, np.arange(7, dtype=np.float32), rng.normal(size=(7, 2)).astype(np.float32))
