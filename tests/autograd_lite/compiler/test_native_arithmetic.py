"""Native code does the arithmetic that is written: in its order, rounded after each operation.

The expected values are NumPy's own or follow from IEEE 754; where two orders of a sum are both
right, the exact one is `math.fsum`'s.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite.compiler.engines.native import native_is_installed

pytestmark = pytest.mark.skipif(not native_is_installed(), reason="llvmlite is not installed")

rng = np.random.default_rng(7)
FLOATS = [np.float32, np.float64]


def native(f, *args):
    """The results of f as native code, which it is refused to be without."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        program = ag.compile(f, engine="native")
        program(*args)
        results = program(*args)
    assert "def native_0" in program._latest.engine.native_source
    return [x.data for x in results]


def equal_bits(found, wanted):
    """Equal, signs of zeros included; NaN equals NaN."""
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(
        np.signbit(found[found == found]), np.signbit(wanted[wanted == wanted])
    )


def two_sum(a, b):
    """The sum and what its rounding lost (Knuth, The Art of Computer Programming 2, 4.2.2)."""
    s = a + b
    bb = s - a
    return s, (a - (s - bb)) + (b - bb)


def cancelling(x, y, z):
    s, lost = two_sum(x, y)
    total, compensation = x, x - x
    for term in (y, z, x):  # Kahan's sum
        corrected = term - compensation
        new = total + corrected
        compensation = (new - total) - corrected
        total = new
    return (
        s, lost, total, compensation, (x + y) - x, x - x, (x + 0.1) - 0.1, x + y + z - (z + y + x),
        x * y - x * y, x * y - y * x, x * y + z, x * x - y * y, np.square(x) - x * x, (x * y) / y,
        x / y / z, x / z + y / z, 1 / (1 / x), np.reciprocal(x) * z, x * 0, 0 - x, -(x - y),
        x * 3 / 3, x * 0.1 * 10, x / 3, x / 4, x / 1e-30, np.sqrt(x * x + y * y), x * 2 - x / 0.5,
    )  # fmt: skip


@pytest.mark.parametrize("dtype", FLOATS)
def test_nothing_is_reordered_fused_or_replaced(dtype):
    info = np.finfo(dtype)
    special = [
        np.nan,
        np.inf,
        -np.inf,
        0.0,
        -0.0,
        info.max,
        info.tiny,
        info.smallest_subnormal,
        1 / info.eps,
    ]
    shape = (200,)
    x, y, z = (
        np.concatenate(
            [rng.permutation(special), rng.normal(size=shape) * 10.0 ** rng.integers(-9, 9, shape)]
        ).astype(dtype)
        for _ in range(3)
    )
    with np.errstate(all="ignore"):
        expected = cancelling(x, y, z)
    for found, wanted in zip(native(cancelling, x, y, z), expected, strict=True):
        equal_bits(found, wanted)


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_number_that_all_elements_are_divided_by_is_not_inverted(dtype):
    x = np.array([0.0, 1.0, 5.0, 7e-30], dtype)
    tiny = np.finfo(dtype).smallest_subnormal * 7  # its inverse is infinite

    def f(x, s, number):
        return x / s, x / number, np.sum(x / s), x / (s * 3)

    s = np.array(tiny)
    with np.errstate(all="ignore"):
        expected = f(x, s, float(tiny))
    for found, wanted in zip(native(f, x, s, float(tiny)), expected, strict=True):
        equal_bits(found, np.asarray(wanted))


@pytest.mark.parametrize("dtype", FLOATS)
def test_powers_are_numpys_however_the_exponent_is_given(dtype):
    x = np.array([-np.inf, np.inf, np.nan, -0.0, 0.0, -2.0, 3.0, 1 / 3, 1e-30], dtype)
    exponents = [-1, 0, 1, 2, 3, 0.5, -0.5, 2.5]

    def f(x, column, number, zero_d, full):
        written = [x**p for p in exponents]
        return *written, x**column, x**number, x**zero_d, x**full, 2.0**x, zero_d**zero_d, x * 1.0

    column = np.array(exponents, dtype)[:, None]
    args = x, column, 0.5, np.array(0.5, dtype), np.full(x.shape, 0.5, dtype)
    with np.errstate(all="ignore"):
        expected = f(*args)
    for found, wanted in zip(native(f, *args), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=4 * np.finfo(dtype).eps)
        known = ~np.isnan(wanted)
        np.testing.assert_array_equal(np.signbit(found)[known], np.signbit(wanted)[known])


def test_reductions_keep_nan_and_infinity():
    x = np.ones((4, 40), np.float32)
    x[0, 3], x[1, 5], x[2, 7], x[2, 9] = np.nan, np.inf, -np.inf, np.inf

    def f(x):
        reduced = [g(x * 1.0, axis=axis) for g in (np.sum, np.max, np.min) for axis in (0, 1, None)]
        return *reduced, x.T @ (x * 2)

    with np.errstate(all="ignore"):
        expected = f(x)
    for found, wanted in zip(native(f, x), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("dtype", FLOATS)
def test_long_sums_do_not_lose_digits(dtype):
    x = np.full((3, 50_000), 0.1, dtype)

    def f(x, ones):
        columns = x.T * ones.T
        return (
            np.sum(x), np.sum(x * ones), np.sum(x, axis=1), np.mean(columns),
            np.sum(columns, axis=0), np.sum(x[:1] * 1, axis=-1), np.sum(columns[:, :1] * 1, axis=0),
        )  # fmt: skip

    exact = math.fsum(x[0].tolist())
    expected = 3 * exact, 3 * exact, exact, exact / 50_000, exact, exact, exact
    for found, wanted in zip(native(f, x, np.ones((3, 1), dtype)), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-6 if dtype == np.float32 else 1e-12)


INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]


def outcome(f, *args):
    """The value, or the kind of error."""
    try:
        with np.errstate(all="ignore"):
            result = f(*args)
    except OverflowError:
        return "OverflowError"
    result = getattr(result, "data", result)
    return np.asarray(result).tolist(), np.asarray(result).dtype


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("f", [
    lambda a, n: a * n, lambda a, n: n - a, lambda a, n: a < n, lambda a, n: np.maximum(a, n),
    lambda a, n: a + (n - 1) * 2.0, lambda a, n: a / n, lambda a, n: a + n * 2,
])  # fmt: skip
def test_an_integer_argument_is_never_wrapped(f, dtype):
    a = np.arange(3, dtype=dtype)
    program = ag.compile(f, engine="native")
    program(a, 3)
    for number in (-1, 127, 128, 300, 2**31, 2**63, 2**64, 2**70, 10**400):
        assert outcome(program, a, number) == outcome(f, a, number), number


@pytest.mark.parametrize("dtype", ["int8", "uint32"])
def test_an_integer_argument_that_where_would_wrap_is_left_to_numpy(dtype):
    a = np.arange(3, dtype=dtype)

    def f(a, n):
        return np.where(a > 1, a, n)

    program = ag.compile(f, engine="native")
    assert outcome(program, a, 7) == ([7, 7, 2], np.dtype(dtype))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it runs as plain Python
        for number in (2**32, 2**70, -(2**40)):
            assert outcome(program, a, number) == outcome(f, ag.Tensor(a), number)


def test_an_integer_argument_is_a_float_where_it_meets_floats():
    x = np.array([1.0, 3.0], np.float32)
    program = ag.compile(lambda x, n: x * n, engine="native")
    for number in (3, 2**53 + 1, 10**30, True):
        assert outcome(program, x, number) == outcome(lambda x, n: x * n, x, number)


NAMES = """
    total i j i0 r0 r0_1 k t0 v0 s0_0 p_r0 highest first squares table a0 a0_flat view_0 w_flat
    blas_float64 total_3 accumulate
"""


@pytest.mark.parametrize("name", NAMES.split())
def test_a_variable_may_be_called_as_what_native_code_is_written_in(name):
    w = ag.Variable(np.arange(6.0).reshape(2, 3) + 1, name=name)
    other = ag.Variable(np.arange(3.0), name="w")
    x = np.arange(4.0).reshape(2, 2)

    def f(x):
        return (
            x @ w,
            np.sum(x @ w + other, axis=-1),
            np.max(w * other),
            np.sum(w),
            w.T @ x,
            other * 2,
        )

    for found, wanted in zip(native(f, x), f(x), strict=True):
        np.testing.assert_allclose(found, wanted.data, rtol=1e-14)


@pytest.mark.parametrize("optimizer", [nn.SGD(0.1, momentum=0.9), nn.AdamW(0.1, clipvalue=1.0)])
def test_an_update_equals_numpys_bit_for_bit(optimizer):
    """Of a loss whose gradients are the targets themselves, from denormal to huge."""
    targets = (rng.normal(size=(1, 40)) * 10.0 ** rng.integers(-40, 4, 40)).astype(np.float32)
    found = []
    for engine in ("numpy", "native"):
        model = nn.Sequential([nn.Input((1,)), nn.Dense(40, use_bias=False)])
        model.layers[-1].kernel.assign(np.linspace(-1, 1, 40, dtype=np.float32)[None])
        fresh = type(optimizer).from_config(optimizer.get_config())
        model.compile(loss=lambda y, p: y * p, optimizer=fresh)
        step = model.train_program(np.ones((1, 1), np.float32), targets, engine=engine)
        for _ in range(5):
            step(np.ones((1, 1), np.float32), targets)
        found.append(model.layers[-1].kernel.data)
    equal_bits(*found)


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.uint64])
def test_whole_division_of_integers_is_native(dtype):
    x = np.array([0, 1, 5, 6, 7, 100, 127], dtype)
    x = np.concatenate([x, -x]) if dtype is not np.uint64 else x

    def f(x):
        return np.abs(x) + 1, x % 7, x // 7, np.abs(x % 12 - 6)

    program = ag.compile(f, engine="native")
    for found, expected in zip(program(x), f(x), strict=True):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    assert "np.remainder" not in program._latest.engine.step_source
