"""Random scans: a compiled program and its gradients agree with the plain loop."""

import random

import numpy as np
import pytest

import autograd_lite as ag


def random_scan(seed):
    """A loss of (xs, h, w, b) that scans random operations, and its inputs."""
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
            lambda a, d: ag.cond(np.sum(a) > 0, lambda: np.sin(a), lambda: a * d),
        ]

        def step(carry, x):
            values = [*carry, x, x @ w + b]
            for which, i, j in plan:
                a, d = values[i % len(values)], values[j % len(values)]
                values.append(operations[which % len(operations)](a, d))
            found = [np.tanh(values[i % len(values)]) for i in news]
            return found, [values[i % len(values)] for i in kept]

        carry, ys = ag.scan(step, [h * (i + 1) for i in range(len(news))], xs, **options)
        return sum(np.sum(c * c) for c in carry) + sum((np.sum(np.cos(y)) for y in ys), 0.0)

    return loss, (xs, h, w, b)


@pytest.mark.parametrize("seed", range(25))
def test_a_random_scan(seed):
    loss, inputs = random_scan(seed)
    compiled = ag.compile(loss)
    for sign in (1, -1):
        given = [sign * x for x in inputs]
        plain = ag.value_and_grad(loss, (0, 1, 2, 3))(*given)
        program = ag.value_and_grad(compiled, (0, 1, 2, 3))(*given)
        np.testing.assert_allclose(program[0], plain[0], rtol=1e-9)
        for g, expected in zip(program[1], plain[1], strict=True):
            np.testing.assert_allclose(g, expected, rtol=1e-7, atol=1e-9)
