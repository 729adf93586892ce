"""Every line that `explain` writes, for random graphs, evaluated: it must give the gradient."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite.explanations import explanation as module
from autograd_lite.maths.as_text import text
from autograd_lite.maths.tree import Symbol

_spec = importlib.util.spec_from_file_location(
    "formula_values", Path(__file__).parent / "maths" / "formula_values.py"
)
formula_values = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(formula_values)

ELEMENTWISE = [
    np.tanh,
    np.sin,
    np.square,
    np.abs,
    nn.activations.sigmoid,
    nn.activations.relu,
    nn.activations.elu,
    lambda x: x**3,
    lambda x: 2 * x,
    lambda x: -x,
    lambda x: x / 3,
    lambda x: 1 - x,
    lambda x: x * x,
    lambda x: x + x,
    lambda x: x - 0.5,
    lambda x: np.log1p(x * x),
    lambda x: np.maximum(x, 0.1),
    lambda x: 1 / (x * x + 1),
]
INDEXED = ("ⱼ", "ₖ")  # lines about single elements


def random_graph(seed):
    """J and the parameters that went into it, and the target."""
    random = np.random.default_rng(seed)
    w = ag.Tensor(0.5 * random.normal(size=(3, 2)), requires_grad=True, name="w")
    b = ag.Tensor(random.normal(size=2), requires_grad=True, name="b")
    y = (random.uniform(size=(6, 2)) < 0.5) * 1.0
    h = random.normal(size=(6, 3)) @ w
    for _ in range(random.integers(4)):
        step = random.integers(8)
        if step == 0:
            h = h + b
        elif step == 1:
            h = h - y
        elif step == 2:
            h = h * random.normal(size=(6, 2))
        elif step == 3:
            h = h @ random.normal(size=(2, 2))
        else:
            h = ELEMENTWISE[random.integers(len(ELEMENTWISE))](h)
    ends = [
        np.mean,
        np.sum,
        lambda h: np.mean((h - y) ** 2),
        lambda h: np.mean(np.logaddexp(0, h) - y * h),
        lambda h: np.sum(np.square(h - y)) / 6,
    ]
    J = ends[random.integers(len(ends))](h)
    if random.uniform() < 0.3:
        J = J + 0.1 * np.sum(w**2)
    return J, w, y


@pytest.fixture
def notations(monkeypatch):
    """The notations of the explanations that are made."""
    made = []

    class Kept(module.Notation):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            made.append(self)

    monkeypatch.setattr(module, "Notation", Kept)
    return made


def names_of(explanation, notation, y):
    names = {Symbol("y"): y, Symbol("m"): float(notation.m or 1), "ones": np.ones((6, 2))}
    for x in notation.symbols.values:
        names[notation.symbols.of(x)] = np.asarray(x.data if isinstance(x, ag.Tensor) else x, float)
    for line in explanation.sections[1].lines:
        if line.rights and line.left not in names:  # a = sigmoid(z)
            names[line.left] = formula_values.value(line.rights[0], names)
    return names | {step.left: step.gradient for step in explanation.steps}


@pytest.mark.parametrize("seed", range(60))
def test_every_line_is_true(seed, notations):
    J, w, y = random_graph(seed)
    explanation = ag.explain(J, w)
    names = names_of(explanation, notations[0], y)
    checked = 0
    for section in (explanation.sections[0], *explanation.sections[3:]):
        for line in section.lines:
            if line.left not in names:
                continue
            expected = names[line.left]
            for right in line.rights:
                shown = text(right)
                if any(index in shown for index in INDEXED) or "∂a" in shown:
                    continue
                alone = "𝟏" in shown and "ᵀ" not in shown
                ones = {"ones": np.ones(expected.shape if alone else (6, 2))}
                got = formula_values.value(right, names | ones)
                np.testing.assert_allclose(
                    np.broadcast_to(got, expected.shape), expected, rtol=1e-7, atol=1e-9,
                    err_msg=f"{text(line.left)} = {shown}",
                )  # fmt: skip
                checked += 1
    assert checked >= 2
