"""Loops of a program: what is taken out of them, and how they are written."""

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler.engines.native import native_is_installed

RNG = np.random.default_rng(0)
XS = RNG.normal(size=(4, 2, 3))
W = RNG.normal(size=(3, 3)) / 2


def body_of(program):
    """The lines inside of the loop of a program's source."""
    lines = program.source.splitlines()
    start = next(i for i, line in enumerate(lines) if line.lstrip().startswith("for "))
    margin = len(lines[start]) - len(lines[start].lstrip())
    inside = []
    for line in lines[start + 1 :]:
        if len(line) - len(line.lstrip()) <= margin:
            break
        inside.append(line.strip())
    return inside


def test_what_is_the_same_at_each_step_is_computed_once():
    @ag.compile(engine="numpy")
    def f(xs, w, h):
        return ag.scan(lambda h, x: (np.tanh(x + h @ (w * np.exp(w)).T), None), h, xs)[0]

    h = np.ones((2, 3))
    expected = h
    for x in XS:
        expected = np.tanh(x + expected @ (W * np.exp(W)).T)
    np.testing.assert_allclose(f(XS, W, h).data, expected, rtol=1e-14)
    assert [line.split("(")[0] for line in body_of(f)] == ["np.matmul", "np.add", "np.tanh"]


def dense_cell(xs, w, u, b, v, h, scale=1):
    """A recurrent layer whose step does all that a step can: (sum of outputs and state)."""

    def cell(h, x):
        h = np.tanh((x if scale == 1 else scale * x) @ w + h @ u + b)
        return h, h @ v

    h, ys = ag.scan(cell, h, xs)
    return np.sum(ys * ys) + np.sum(h)


WEIGHTS = [RNG.normal(size=s) / 2 for s in ((3, 4), (4, 4), (4,), (4, 2), (2, 4))]


def test_products_that_do_not_wait_for_a_step_are_one_before_the_loop_and_one_behind_it():
    f = ag.compile(dense_cell, engine="numpy", static=["scale"])
    w, u, b, v, h = WEIGHTS
    expected, J = h, 0.0
    for x in XS:
        expected = np.tanh(2 * x @ w + expected @ u + b)
        J += np.sum((expected @ v) ** 2)
    np.testing.assert_allclose(f(XS, *WEIGHTS, scale=2).item(), J + np.sum(expected), rtol=1e-13)
    inside = [line for line in body_of(f) if "np.matmul(" in line]
    assert len(inside) == 1  # of the state
    assert f.source.count("np.matmul(") == 3


def test_gradients_of_weights_are_products_behind_the_loop():
    f = ag.compile(ag.grad(dense_cell, (0, 1, 2, 3, 4, 5)), engine="numpy")
    plain = ag.grad(dense_cell, (0, 1, 2, 3, 4, 5))(XS, *WEIGHTS)
    for g, expected in zip(f(XS, *WEIGHTS), plain, strict=True):
        np.testing.assert_allclose(g, expected, rtol=1e-12, atol=1e-14)
    loops = f.source.split("for ")[1:]
    inside = ["".join(x for x in loop.splitlines(True) if x.startswith(" " * 12)) for loop in loops]
    assert [part.count("np.matmul(") for part in inside] == [1, 1]
    assert not any("np.add.reduce" in part for part in inside)


def test_derivatives_of_a_loop_without_its_products():
    ag.check_gradients(ag.compile(dense_cell, engine="numpy"), XS, *WEIGHTS, order=2)


def test_a_factor_much_larger_than_its_product_is_not_kept():
    @ag.compile(engine="numpy")
    def f(xs, u, v, h):
        return ag.scan(lambda h, x: (np.tanh(x + h @ u), h @ v), h, xs)[1]

    u, v = np.eye(3), np.ones((3, 1))
    f(XS, u, v, np.zeros((2, 3)))
    assert sum("np.matmul(" in line for line in body_of(f)) == 2


def test_a_carry_is_computed_where_it_lies_when_all_have_read_it():
    @ag.compile(engine="numpy")
    def f(xs, w, h):
        return ag.scan(lambda h, x: ((np.tanh(h) + x) @ w, None), h, xs)[0]

    h = np.ones((2, 3))
    expected = h
    for x in XS:
        expected = (np.tanh(expected) + x) @ W
    np.testing.assert_allclose(f(XS, W, h).data, expected, rtol=1e-14)
    assert "np.copyto" not in " ".join(body_of(f))


@pytest.mark.skipif(not native_is_installed(), reason="needs llvmlite")
def test_carries_that_change_places_are_kept_apart_in_native_code(monkeypatch):
    from tests.autograd_lite.compiler.interpreted import interpret

    interpret(monkeypatch)

    def step(carry, x):
        a, b, c = carry
        return (b, a + x, a * c), (a, c, np.concatenate([b, a], axis=1))

    def f(xs, a, b, c):
        return ag.scan(step, (a, b, c), xs, reverse=True)

    a, b, c = np.full((2, 3), 2.0), np.full((2, 3), 3.0), np.ones((2, 3))
    compiled = ag.compile(f, engine="native")
    for xs in (XS, -XS):
        made = compiled(xs, a, b, c)
        carry, kept = (a, b, c), []
        for x in xs[::-1]:
            p, q, r = carry
            carry, kept = (q, p + x, p * r), [(p, r, np.concatenate([q, p], axis=1)), *kept]
        for y, expected in zip(made[0], carry, strict=True):
            np.testing.assert_array_equal(y.data, expected)
        for y, expected in zip(made[1], zip(*kept, strict=True), strict=True):
            np.testing.assert_array_equal(y.data, np.stack(expected))


@pytest.mark.skipif(not native_is_installed(), reason="needs llvmlite")
def test_a_native_loop_of_arrays_that_do_not_lie_in_order(monkeypatch):
    from tests.autograd_lite.compiler.interpreted import interpret

    interpret(monkeypatch)

    xs = np.ascontiguousarray(np.moveaxis(XS, 0, 1))  # (samples, steps, features)

    @ag.compile(engine="native")
    def f(xs, w, h):
        def cell(h, x):
            return np.tanh(x[..., ::-1] + h @ w.T), h[:, :1]

        return ag.scan(cell, h, np.moveaxis(xs, 1, 0))

    h = np.zeros((2, 3))
    last, kept = f(xs, W, h)
    columns = []
    for x in XS:
        columns.append(h[:, :1])
        h = np.tanh(x[..., ::-1] + h @ W.T)
    np.testing.assert_allclose(last.data, h, rtol=1e-13)
    np.testing.assert_allclose(kept.data, columns, rtol=1e-13)


@pytest.mark.skipif(not native_is_installed(), reason="needs llvmlite")
def test_a_loop_that_threads_share_does_each_sample_as_alone(monkeypatch):
    from autograd_lite.compiler.engines.native import shared_scans
    from tests.autograd_lite.compiler.interpreted import interpret

    monkeypatch.setattr(shared_scans, "LEAST_WORK", 0)
    written = interpret(monkeypatch)
    numbers = np.random.default_rng(1)
    xs = numbers.normal(size=(3, 35, 2))
    w, u, h = (numbers.normal(size=s) for s in ((2, 4), (4, 4), (35, 4)))

    def cell(carry, x):
        h, c = carry
        gates = x @ w + h @ u
        c = np.concatenate([c[:, 2:], gates[:, :2]], axis=1) * np.max(gates, axis=1, keepdims=True)
        return (np.tanh(gates) + c, h), (c, h)

    @ag.compile(engine="native")
    def f(xs, h):
        return ag.scan(cell, (h, 2 * h), xs, reverse=True)

    (h_end, c_end), (cs, hs) = f(xs, h)
    carry, kept = (h, 2 * h), []
    for x in xs[::-1]:
        carry, y = cell(carry, x)
        kept.insert(0, y)
    np.testing.assert_allclose(h_end.data, carry[0], rtol=1e-11)
    np.testing.assert_allclose(c_end.data, carry[1], rtol=1e-11)
    np.testing.assert_allclose(cs.data, [c for c, _ in kept], rtol=1e-11)
    np.testing.assert_allclose(hs.data, [h for _, h in kept], rtol=1e-11)
    (function,) = (x for x in written if x.scans)
    assert (function.run.count, function.run.at_once) == (35, 18)


@pytest.mark.skipif(not native_is_installed(), reason="needs llvmlite")
def test_a_loop_whose_samples_need_each_other_is_not_shared(monkeypatch):
    from autograd_lite.compiler.engines.native import shared_scans
    from tests.autograd_lite.compiler.interpreted import interpret

    monkeypatch.setattr(shared_scans, "LEAST_WORK", 0)
    written = interpret(monkeypatch)
    xs, h, u = np.ones((2, 32, 32)), np.full((32, 32), 0.5), np.eye(32) / 4

    for cell in (
        lambda h, x: (h - np.mean(h, axis=0) + x, None),
        lambda h, x: (u @ h + x, None),
        lambda h, x: (h @ h / 32 + x, None),
        lambda h, x: (h.T + x, None),
        lambda h, x: (h[..., ::-1, :] + x, None),
    ):
        written.clear()
        f = ag.compile(lambda xs, h, cell=cell: ag.scan(cell, h, xs)[0], engine="native")
        expected = h
        for x in xs:
            expected = cell(expected, x)[0]
        np.testing.assert_allclose(f(xs, h).data, expected, rtol=1e-13)
        assert not any(x.run for x in written)
