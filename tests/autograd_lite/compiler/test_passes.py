"""What each pass takes away, and what it has to leave."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler.passes import PASSES, optimize
from autograd_lite.compiler.tracing.trace import trace


def operations(f, *args, only=()):
    """The names of the operations that are left of f after some passes."""
    traced = trace(f, args, {}, "f")
    program, _ = optimize(traced.program, [name for name in PASSES if name not in only])
    return [value.operation for value in program.body]


X = np.arange(6.0).reshape(2, 3)


def test_dead_code_is_left_out_but_not_what_is_drawn():
    rng = np.random.default_rng(0)

    def f(x):
        np.exp(x)
        ag.sample(rng, "random", shape=2)
        return x * 2

    assert operations(f, X) == ["exp", "drawn", "multiply"]
    assert operations(f, X, only=["dead"]) == ["drawn", "multiply"]


def test_common_subexpressions_are_computed_once():
    def f(x):
        return np.exp(x) + np.exp(x) * 1.0, np.sum(x, axis=0) - np.sum(x, axis=1)[:, None].sum()

    names = operations(f, X, only=["common"])
    assert names.count("exp") == 1
    assert names.count("sum") == 3


@pytest.mark.parametrize(
    "f",
    [
        lambda x: (x + 1, x + 1.0, x + True),
        lambda x: (x + np.float32(1), x + np.float64(1)),
        lambda x: (np.sum(x, axis=0), np.sum(x, axis=1)),
    ],
)
def test_what_only_looks_common_is_kept(f):
    x = X.astype(np.float32)
    before, after = operations(f, x), operations(f, x, only=["common"])
    assert len(after) == len(before)


def test_draws_are_never_common():
    rng = np.random.default_rng(0)
    names = operations(
        lambda x: ag.sample(rng, "random", shape=2) + ag.sample(rng, "random", shape=2) + x[0, 0],
        X,
        only=["common"],
    )
    assert names.count("drawn") == 2


def test_constants_are_computed_when_compiled():
    assert operations(lambda x: x * np.exp(np.zeros_like(x[0, 0])), X, only=["constants"]) == [
        "getitem"
    ]
    assert operations(lambda x: x / 1 + 1 * x, X, only=["constants", "dead"]) == ["add"]


def test_a_captured_array_is_no_constant():
    scale = np.array(1.0)
    assert operations(lambda x: x * scale, X, only=["constants"]) == ["multiply"]


@pytest.mark.parametrize("value", [0.0, np.inf, np.nan])
def test_a_product_in_which_zero_wins_stays_one_beside_zero_and_infinity(value):
    def f(x):
        y = np.sum(x * np.full_like(x, value))
        return ag.gradients(y, [x])[0]

    x = ag.Tensor(X, requires_grad=True)
    names = operations(f, x, only=["constants", "dead"])
    assert set(names) <= {"multiply_no_nan", "broadcast_to", "full_like"}
    with np.errstate(all="ignore"):
        expected = f(x).data
    np.testing.assert_array_equal(ag.compile(f)(x).data, expected)


def test_a_product_with_a_finite_constant_is_a_plain_one():
    def f(x):
        return ag.gradients(np.sum(np.tanh(x) * 3.0), [x])[0]

    x = ag.Tensor(X, requires_grad=True)
    assert operations(f, x).count("multiply_no_nan") == 2
    assert operations(f, x, only=["constants", "dead"]).count("multiply_no_nan") == 1  # by 1 - y**2


def test_views_become_reshapes_and_transposes():
    def f(x):
        y = np.swapaxes(np.moveaxis(x, 0, 1), 0, 1)
        return np.ravel(np.expand_dims(y, 0)) + np.squeeze(y.reshape(1, 6))

    names = operations(f, X, only=["views", "dead"])
    assert names == ["reshape", "reshape", "add"]
    assert operations(f, X, only=["views", "common", "dead"]) == ["reshape", "add"]


def test_reductions_have_one_form():
    def f(x):
        return np.sum(x, axis=-1, keepdims=True) + np.sum(x, axis=1)[:, None]

    names = operations(f, X, only=["views", "common", "dead"])
    assert names.count("sum") == 1


def test_what_is_spread_is_not_written_out():
    def f(x):
        return ag.gradients(np.mean(np.tanh(x)), [x])[0]

    x = ag.Tensor(X, requires_grad=True)
    assert "broadcast_to" in operations(f, x, only=["dead"])
    assert "broadcast_to" not in operations(f, x, only=["broadcasts", "constants", "dead"])


def test_a_reordered_layout_adds_up_as_the_function_does():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 7)).astype(np.float32)

    def f(x):
        return np.sum(np.exp(x.T) * 1.5), np.mean(np.tanh(x.T), axis=0)

    with ag.no_grad():
        expected = f(ag.Tensor(x))
    for a, b in zip(ag.compile(f)(x), expected, strict=True):
        assert a.data.tobytes() == b.data.tobytes()


def test_memory_serves_again_and_is_not_overwritten_too_early():
    def chain(x):
        y = x
        for _ in range(20):
            y = np.tanh(y) + 1.0
        return y

    reused = ag.compile(chain)
    kept = ag.compile(chain, without=["reuse"])
    x = np.linspace(-1, 1, 1000)
    assert reused(x).data.tobytes() == kept(x).data.tobytes()
    assert reused.report().bytes <= 2 * x.nbytes
    assert kept.report().bytes == 40 * x.nbytes


def test_what_may_be_a_view_keeps_its_base():
    """np.flip gives a view of its input, whose memory must not serve again meanwhile."""

    def f(x):
        y = x * 2
        flipped = np.flip(y, 0)
        z = np.exp(x)
        w = np.tanh(z)
        return flipped + w * z

    found = ag.compile(f)(X)
    assert found.data.tolist() == (np.flip(X * 2, 0) + np.tanh(np.exp(X)) * np.exp(X)).tolist()


def test_a_user_function_that_branches_on_values_is_called_as_it_is():
    @ag.primitive
    def clipped(x):
        return np.minimum(x, 1.0) if np.any(x > 1) else x

    ag.gradient(clipped, lambda g, y, x: g * (x <= 1))
    program = ag.compile(lambda x: clipped(x) * 2)
    assert program(np.array([0.5, 3.0])).data.tolist() == [1.0, 2.0]
    assert program(np.array([0.5, 0.25])).data.tolist() == [1.0, 0.5]
    assert program.traces == 1


def test_operations_with_several_results():
    def f(a):
        values, vectors = np.linalg.eigh(a @ a.T)
        return values, np.abs(vectors)

    a = np.random.default_rng(2).normal(size=(3, 3))
    for x, y in zip(ag.compile(f)(a), f(a), strict=True):
        np.testing.assert_array_equal(x.data, y)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.concatenate([x, x * 2], axis=1),
        lambda x: np.stack([x, -x]),
        lambda x: np.einsum("ij,kj->ik", x, x),
        lambda x: np.pad(x, 1) + np.pad(x, 1, mode="edge"),
        lambda x: np.cumsum(x, axis=1),
        lambda x: np.sort(x, axis=0)[::-1],
        lambda x: np.var(x, axis=0) + np.std(x, axis=0, ddof=1),
        lambda x: np.median(x, axis=1),
        lambda x: x[[1, 0, 1]] + x[np.array([0, 1, 0])],
        lambda x: ag.put(x, (slice(None), np.array([0, 2, 0])), (2, 3)),
        lambda x: np.linalg.norm(x, axis=1),
        lambda x: np.clip(x, 1, 4) + np.round(x * 0.3, 1),
        lambda x: np.where(x > 2, x, np.where(x > 1, 0, -1)),
        lambda x: np.outer(x[0], x[1]) @ np.eye(3),
        lambda x: x[0] @ x.T @ x,
        lambda x: np.tril(x) + np.roll(x, 1, axis=0),
        lambda x: np.sum(x, where=x > 1) + np.max(x, initial=3.0),
        lambda x: np.argmax(x, axis=1) + np.argsort(x[0])[:2],
        lambda x: np.prod(x + 1, axis=0) + np.any(x > 4) + np.all(x > -1),
        lambda x: np.floor_divide(x, 2) + np.remainder(x, 2),
        lambda x: np.isnan(x) | (x > 1) & ~(x > 3),
        lambda x: x.astype(np.float32).astype(int) + 1,
    ],
)  # fmt: skip
def test_operations_of_all_kinds(f):
    expected = np.asarray(f(X))
    program = ag.compile(f)
    for _ in range(2):
        found = program(X)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found.data, expected)


def test_a_user_function_that_is_declared_inlinable_is_part_of_the_program():
    @ag.primitive(inlinable=True)
    def cube(x):
        return x * x * x

    ag.gradient(cube, lambda g, y, x: g * 3 * x**2)
    program = ag.compile(lambda x: cube(x) + 1)
    assert program(np.array([2.0, -1.0])).data.tolist() == [9.0, 0.0]
    assert program.source.count("np.multiply") == 2
    assert "cube" not in program.source


def test_a_user_function_that_is_inlinable_in_name_only_is_refused_by_its_line():
    @ag.primitive(inlinable=True)
    def clipped(x):
        return np.minimum(x, 1.0) if np.any(x > 1) else x

    ag.gradient(clipped, lambda g, y, x: g * (x <= 1))
    with pytest.raises(ag.TracingError, match=r"if np.any\(x > 1\)"):
        ag.compile(lambda x: clipped(x) * 2)(np.array([0.5, 3.0]))


def test_a_user_function_of_several_results_is_called():
    @ag.primitive(inlinable=True)
    def both(x):
        return x * 2, x + 1

    ag.gradient(both, lambda g, y, x: g[0] * 2 + g[1])
    program = ag.compile(lambda x: both(x)[0] * both(x)[1])
    assert program(np.array([1.0, 3.0])).data.tolist() == [4.0, 24.0]
    assert "both" in program.source


@pytest.mark.parametrize(
    ("f", "n"),
    [
        (lambda x, n: x * (-1) ** n, 2),
        (lambda x, n: x * (-2.5) ** n, 2),
        (lambda x, n: x + (n - 3) ** 2 * (2 - n), 7),
        (lambda x, n: x * abs(n), -0.1),
        (lambda x, n: x * -n, 0.1),
        (lambda x, n: x / (n - (n - 1)), 0.3),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arithmetic_of_numbers_is_pythons(f, n, dtype):
    x = np.linspace(-1, 1, 7).astype(dtype)
    found = ag.compile(f)(x, n)
    assert found.dtype == f(x, n).dtype
    np.testing.assert_array_equal(found.data, f(x, n))


def test_what_is_put_into_all_there_is_becomes_a_reshape():
    def f(x):
        return np.sum(x[:, None] * x[None]), np.tanh(x)[..., None][1:]

    def gradient(x):
        return ag.grad(lambda x: f(x)[0] + np.sum(f(x)[1]))(x)

    program = ag.compile(gradient)
    np.testing.assert_array_equal(program(X).data, gradient(X))
    assert "put(" not in program.source
