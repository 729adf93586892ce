"""Random programs: compiled, with every pass and without each, they give what NumPy gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.compiler.engines.native import native_is_installed
from autograd_lite.compiler.passes import PASSES

UNARY = [
    np.tanh, np.exp, np.negative, np.square, np.abs, np.sign,
    lambda x: np.sum(x, axis=0), lambda x: np.sum(x, axis=-1, keepdims=True),
    lambda x: np.mean(x), lambda x: x.T, lambda x: x.reshape(-1), lambda x: np.max(x, axis=-1),
    lambda x: x * 2.0, lambda x: 1.0 - x, lambda x: x**2, lambda x: x > 0,
    lambda x: np.expand_dims(x, 0), lambda x: x + 0.5, lambda x: np.where(x > 0, x, 0.1 * x),
    lambda x: x[..., :1], lambda x: x.astype(np.float32), lambda x: np.log1p(np.abs(x)),
]  # fmt: skip
BINARY = [np.add, np.subtract, np.multiply, np.maximum, np.minimum, lambda a, b: a / (1 + b * b)]


@st.composite
def programs(draw):
    """A list of steps: (operation, positions of its inputs among what there is so far)."""
    steps = []
    count = 3
    for _ in range(draw(st.integers(3, 14))):
        if draw(st.booleans()):
            steps.append((draw(st.integers(0, len(UNARY) - 1)), (draw(st.integers(0, count - 1)),)))
        else:
            pair = draw(st.integers(0, count - 1)), draw(st.integers(0, count - 1))
            steps.append((draw(st.integers(0, len(BINARY) - 1)), pair))
        count += 1
    return steps


def fits(operation, operands):
    """Whether an operation takes such shapes and dtypes."""
    try:
        operation(*(np.zeros(x.shape, x.dtype) for x in operands))
    except (ValueError, TypeError, IndexError):
        return False
    return True


def run(steps, x, w, b):
    """The loss and its gradients; what does not fit together is left out."""
    values = [x, w, b]
    for number, inputs in steps:
        operands = [values[i] for i in inputs]
        operation = UNARY[number] if len(inputs) == 1 else BINARY[number]
        values.append(operation(*operands) if fits(operation, operands) else operands[0])
    total = np.sum(values[-1] * 1.0)
    for value in values[-3:-1]:
        total = total + np.mean(value * 1.0)
    found = [total]
    if total.requires_grad:
        found += [g for g in ag.gradients(total, [w, b]) if g is not None]
    return found


def arrays(dtype):
    rng = np.random.default_rng(3)
    return [rng.normal(size=shape).astype(dtype) for shape in ((3, 4), (4, 4), (4,))]


@given(programs(), st.sampled_from([np.float32, np.float64]))
@settings(max_examples=60, deadline=None)
def test_numpy_programs_equal_the_function_bit_for_bit(steps, dtype):
    x, w, b = arrays(dtype)
    w, b = ag.Tensor(w, requires_grad=True), ag.Tensor(b, requires_grad=True)
    with np.errstate(all="ignore"):
        expected = run(steps, ag.Tensor(x), w, b)
    found = ag.compile(lambda x, w, b: run(steps, x, w, b))(ag.Tensor(x), w, b)
    assert len(found) == len(expected)
    for a, e in zip(found, expected, strict=True):
        assert a.dtype == e.dtype
        assert np.array_equal(a.data, e.data, equal_nan=True)


@pytest.mark.parametrize("name", [*PASSES, "reuse", "in_place"])
def test_each_pass_can_be_switched_off(name):
    @given(programs())
    @settings(max_examples=8, deadline=None)
    def check(steps):
        x, w, b = arrays(np.float64)
        w, b = ag.Tensor(w, requires_grad=True), ag.Tensor(b, requires_grad=True)
        with np.errstate(all="ignore"):
            expected = run(steps, ag.Tensor(x), w, b)
        program = ag.compile(lambda x, w, b: run(steps, x, w, b), without=[name])
        for a, e in zip(program(ag.Tensor(x), w, b), expected, strict=True):
            assert np.array_equal(a.data, e.data, equal_nan=True)

    check()


@pytest.mark.skipif(not native_is_installed(), reason="llvmlite is not installed")
def test_native_programs_are_close():
    """A few, since each takes seconds to compile."""

    @given(programs())
    @settings(max_examples=3, deadline=None, derandomize=True)
    def check(steps):
        x, w, b = arrays(np.float64)
        w, b = ag.Tensor(w, requires_grad=True), ag.Tensor(b, requires_grad=True)
        with np.errstate(all="ignore"):
            expected = run(steps, ag.Tensor(x), w, b)
        program = ag.compile(lambda x, w, b: run(steps, x, w, b), engine="native")
        for a, e in zip(program(ag.Tensor(x), w, b), expected, strict=True):
            np.testing.assert_allclose(a.data, e.data, rtol=1e-5, atol=1e-6)

    check()


def derivatives(make, compiled, steps, inner, upstream):
    """The results, their gradients by an argument and by what is captured, and those of these."""
    x, w, b = arrays(np.float64)
    w, b = ag.Tensor(w, requires_grad=True), ag.Tensor(b, requires_grad=True)
    count = ag.Variable(1.0, trainable=False)
    f = make(steps, w, count, np.random.default_rng(0), inner)
    f = ag.compile(f) if compiled else f
    x = ag.Tensor(x, requires_grad=True)
    taken = []
    for _ in range(2):  # from the second gradient on, forward keeps what backward needs
        found = f(x, b)
        taken += [*found, ag.Tensor(count.data)]
        for result in (y for y in found if y.requires_grad):
            for leaf in (x, w, b):
                leaf.grad = None
            result.backward(upstream)
            taken += [None if leaf.grad is None else ag.Tensor(leaf.grad) for leaf in (x, w, b)]
            first = ag.gradients(result, [x, w, b], upstream)
            slopes = [np.sum(g * g) for g in first if g is not None and g.requires_grad]
            second = ag.gradients(sum(slopes), [x, w, b]) if slopes else [None] * 3
            taken += [*first, *second]
    return taken


def made(steps, w, count, generator, inner):
    def f(x, b):
        count.assign_add(1.0)
        noisy = x * (ag.sample(generator, "random", shape=(3, 4)) > 0.3) * count
        loss, *slopes = run(steps, noisy, w, b) if inner else (of(steps, noisy, w, b),)
        return (loss, *(np.sum(np.tanh(g)) for g in slopes[:1]), np.sum(b > 0), count * 2)

    return f


def of(steps, x, w, b):
    with ag.no_grad():
        nothing = np.mean(x)
    return run(steps, x, w, b)[0] + nothing


@given(programs(), st.booleans(), st.sampled_from([None, np.array(-0.5)]))
@settings(max_examples=60, deadline=None)
def test_gradients_of_compiled_programs_equal_those_of_the_function(steps, inner, upstream):
    with np.errstate(all="ignore"):
        expected = derivatives(made, False, steps, inner, upstream)
        found = derivatives(made, True, steps, inner, upstream)
    assert len(found) == len(expected)
    for a, e in zip(found, expected, strict=True):
        if e is None or a is None:  # one knows that nothing flows, the other says so with zeros
            assert all(x is None or not np.any(x.data) for x in (a, e))
            continue
        assert a.dtype == e.dtype
        np.testing.assert_allclose(a.data, e.data, rtol=1e-9, atol=1e-12)
