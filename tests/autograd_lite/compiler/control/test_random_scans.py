"""Random scans: a compiled program and its gradients agree with the plain loop."""

import random

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler.engines.native import native_is_installed


def random_scan(seed, native=False):
    """A loss of (xs, h, w, b) that scans random operations, and its inputs.

    Args:
        seed: of operations and numbers.
        native: whether native code does the loop: without `cond`, of which it does none.
    """
    chosen, numbers = random.Random(seed), np.random.default_rng(seed)
    steps, rows, width = chosen.choice([1, 2, 5]), chosen.choice([1, 3]), chosen.choice([1, 2, 4])
    xs = numbers.normal(size=(steps, rows, width))
    h, w, b, k = (numbers.normal(size=s) for s in ((rows, width), (width, width), width, width))
    plan = [[chosen.randrange(100) for _ in range(3)] for _ in range(chosen.randint(2, 7))]
    news = [chosen.randrange(100) for _ in range(chosen.randint(1, 3))]
    kept = [chosen.randrange(100) for _ in range(chosen.randint(0, 3))]
    options = {"reverse": chosen.random() < 0.4, "checkpoint": chosen.random() < 0.25}

    def loss(xs, h, w, b):
        operations = [
            lambda a, d: a + d,
            lambda a, d: np.tanh(a * d),
            lambda a, d: a @ w,
            lambda a, d: a + b,
            lambda a, d: np.where(a > d, a, d),
            lambda a, d: a * k,
            lambda a, d: np.concatenate([a[:, 1:], a[:, :1]], axis=1),
            lambda a, d: a @ w.T + np.sum(d, axis=1, keepdims=True),
            lambda a, d: (np.concatenate([a, d, a], axis=-1) + 1.5)[..., width : 2 * width],
            lambda a, d: a - np.mean(d, axis=0) * np.max(d),
            lambda a, d: ag.scan(lambda c, r: (np.tanh(c * r + k), c + r), k, d)[1] + a,
        ]
        if not native:
            operations.append(lambda a, d: ag.cond(np.sum(a) > 0, lambda: np.sin(a), lambda: a * d))

        def step(carry, x):
            values = [*carry, x, x @ w + b]
            for which, i, j in plan:
                a, d = values[i % len(values)], values[j % len(values)]
                values.append(operations[which % len(operations)](a, d))
            found = [values[i % len(values)] for i in news]  # perhaps another carry, as it was
            found = [x if any(x is c for c in carry) else np.tanh(x) for x in found]
            return found, [values[i % len(values)] for i in kept]

        carry, ys = ag.scan(step, [h * (i + 1) for i in range(len(news))], xs, **options)
        return sum(np.sum(c * c) for c in carry) + sum((np.sum(np.cos(y)) for y in ys), 0.0)

    return loss, (xs, h, w, b)


def assert_compiled_agrees(loss, inputs, **options):
    compiled = ag.compile(loss, **options)
    for sign in (1, -1):
        given = [sign * x for x in inputs]
        plain = ag.value_and_grad(loss, (0, 1, 2, 3))(*given)
        program = ag.value_and_grad(compiled, (0, 1, 2, 3))(*given)
        np.testing.assert_allclose(program[0], plain[0], rtol=1e-9)
        for g, expected in zip(program[1], plain[1], strict=True):
            scale = max(1.0, np.max(np.abs(expected)))
            np.testing.assert_allclose(g, expected, rtol=1e-7, atol=1e-9 * scale)


@pytest.mark.parametrize("seed", range(25))
def test_a_random_scan(seed):
    assert_compiled_agrees(*random_scan(seed))


@pytest.mark.skipif(not native_is_installed(), reason="needs llvmlite")
@pytest.mark.parametrize("seed", range(40))
def test_a_random_scan_in_native_code(seed, monkeypatch):
    from tests.autograd_lite.compiler.interpreted import interpret

    written = interpret(monkeypatch)
    loss, inputs = random_scan(seed, native=True)
    assert_compiled_agrees(loss, inputs, engine="native")
    # Joining nothing, as of rows of one number, is left to NumPy.
    assert inputs[0].shape[-1] == 1 or any(function.scans for function in written)
