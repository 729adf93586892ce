"""The NumPy engine's loops over steps, done for some of the samples by each thread."""

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler import scan_parts
from autograd_lite.compiler.source import scan_loop

ROWS, STEPS, WIDTH = 4, 3, 2
RNG = np.random.default_rng(0)
XS, W, B = (RNG.normal(size=s) for s in ((STEPS, ROWS, WIDTH), (2 * WIDTH, 2 * WIDTH), 2 * WIDTH))
H = RNG.normal(size=(ROWS, WIDTH))


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch):
    """Parts of loops of any size."""
    monkeypatch.setattr(scan_parts, "ROWS", 1)
    monkeypatch.setattr(scan_parts, "LEAST_WORK", 0)
    monkeypatch.setattr(scan_loop, "LEAST_JOINED", 0)


def gated(xs, h, w, b):
    """A recurrent layer with a gate, and two carries."""

    def cell(carry, x):
        h, c = carry
        z = np.concatenate([x, h], axis=-1) @ w + b
        gate = 1 / (1 + np.exp(-z[..., :WIDTH]))
        c = gate * c + (1 - gate) * np.tanh(z[..., WIDTH:])
        h = np.tanh(c) * gate
        return (h, c), h

    (h, c), hs = ag.scan(cell, (h, h), xs)
    return np.sum(hs**2) + np.sum(h * c)


def is_in_parts(program):
    return "each_part(zip(" in program.source


@pytest.mark.parametrize("threads", [1, 3])
def test_values_and_gradients(threads):
    gradients = ag.value_and_grad(gated, (0, 1, 2, 3))
    compiled = ag.compile(gradients, engine="numpy")
    ag.set_num_threads(threads)
    try:
        found = [compiled(scale * XS, H, W, B) for scale in (1.0, 0.5)]
    finally:
        ag.set_num_threads(None)
    assert is_in_parts(compiled)
    for scale, (value, grads) in zip((1.0, 0.5), found, strict=True):
        expected, others = gradients(scale * XS, H, W, B)
        np.testing.assert_allclose(value.data, expected.data, rtol=1e-14)
        for a, b in zip(grads, others, strict=True):
            np.testing.assert_allclose(a.data, b.data, rtol=1e-12, atol=1e-14)


def test_the_same_bits_on_any_number_of_threads():
    compiled = ag.compile(ag.grad(gated, (0, 1, 2, 3)), engine="numpy")
    found = []
    for threads in (1, 2, 3):
        ag.set_num_threads(threads)
        found.append([g.data.tobytes() for g in compiled(XS, H, W, B)])
    ag.set_num_threads(None)
    assert found[0] == found[1] == found[2]


MIXED = {
    "reversed": lambda h, x: h[::-1] * x,
    "reversed, further axes": lambda h, x: h[..., ::-1, :] * x,
    "rolled": lambda h, x: np.roll(h, 1, axis=0) * x,
    "summed": lambda h, x: h - np.sum(x, axis=0),
    "largest": lambda h, x: h * np.max(x, axis=0),
    "transposed": lambda h, x: h[:, :1] * (x @ np.swapaxes(h, 0, 1))[:, :2],
    "joined": lambda h, x: np.concatenate([h[1:], x[:1]], axis=0),
}


@pytest.mark.parametrize("cell", MIXED.values(), ids=list(MIXED))
def test_samples_that_need_each_other_stay_together(cell):
    def f(h, xs):
        return ag.scan(lambda h, x: (np.tanh(cell(h, x)), None), h, xs)[0]

    compiled = ag.compile(f, engine="numpy")
    np.testing.assert_allclose(compiled(H, XS).data, f(H, XS).data, rtol=1e-14)
    assert not is_in_parts(compiled)


def test_what_is_no_sample_but_as_long_is_read_as_a_whole():
    """Columns as many as samples, in a row that is added to each of them."""
    xs, row = RNG.normal(size=(STEPS, ROWS, ROWS)), RNG.normal(size=ROWS)

    def f(h, xs, row):
        return ag.scan(lambda h, x: (np.tanh(h * x + row), h), h, xs)

    compiled = ag.compile(f, engine="numpy")
    found, expected = compiled(xs[0], xs, row), f(xs[0], xs, row)
    assert is_in_parts(compiled)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a.data, b.data, rtol=1e-14)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_carry_that_is_kept_is_computed_where_the_next_step_keeps_it(steps, reverse):
    """In the first and the last row, in either direction; the last value is another one."""

    def f(h, c, xs):
        def cell(carry, x):
            h, c = carry
            return (np.tanh(h + x), h), (h, c)  # c is the h of the step before

        return ag.scan(cell, (h, c), xs, reverse=reverse)

    xs = RNG.normal(size=(steps, ROWS, WIDTH))
    compiled = ag.compile(f, engine="numpy")
    (h, c), (hs, cs) = compiled(H, 2 * H, xs)
    expected, before, kept = H, 2 * H, []
    for x in xs[::-1] if reverse else xs:
        kept.append((expected, before))
        expected, before = np.tanh(expected + x), expected
    np.testing.assert_array_equal(h.data, expected)
    np.testing.assert_array_equal(c.data, before)
    for found, i in ((hs, 0), (cs, 1)):
        rows = np.array([pair[i] for pair in kept])
        np.testing.assert_array_equal(found.data, rows[::-1] if reverse else rows)


def test_a_file_of_a_loop_in_parts_needs_numpy_alone(tmp_path):
    @ag.compile(engine="numpy")
    def step(xs, h):
        return ag.scan(lambda h, x: (np.tanh(h + x), h), h, xs)[0]

    expected = step(XS, H).data
    assert is_in_parts(step)
    step.save(tmp_path / "step.py")
    names: dict = {"__file__": str(tmp_path / "step.py"), "__name__": "step"}
    exec((tmp_path / "step.py").read_text(), names)
    np.testing.assert_array_equal(names["step"](XS, H)[0], expected)
