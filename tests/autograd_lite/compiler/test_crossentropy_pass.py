"""The gradient of a crossentropy by the logits is recognised, and is what it was."""

from __future__ import annotations

import numpy as np
import pytest

import nn
from autograd_lite.compiler.passes import PASSES
from autograd_lite.compiler.passes.crossentropy import crossentropy
from nn.training.compiled_steps import TrainProgram

rng = np.random.default_rng(5)
BINARY = rng.integers(0, 2, (16, 1)).astype("f4")
LABELS = rng.integers(0, 4, 16)
SHARES = rng.dirichlet(np.ones(4), 16).astype("f4")
CASES = {
    "binary": ("sigmoid", 1, "binary_crossentropy", BINARY),
    "sparse": ("softmax", 4, "sparse_categorical_crossentropy", LABELS),
    "one-hot": ("softmax", 4, "categorical_crossentropy", np.eye(4, dtype="f4")[LABELS]),
    "soft": ("softmax", 4, "categorical_crossentropy", SHARES),
}
X = rng.normal(size=(16, 5)).astype(np.float32)


def trained(case, scale, compiled):
    activation, units, loss, y = CASES[case]
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Input((5,)), nn.Dense(units, activation=activation)])
    model.compile(nn.SGD(0.1), loss)
    model.layers[0].kernel.assign(model.layers[0].kernel.data * scale)
    if not compiled:
        for _ in range(3):
            model.train_step((X, y))
        return model, 0
    program = TrainProgram(model, (X, y), "numpy")
    for _ in range(3):
        program(X, y)
    return model, program.report().operations


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("scale", [1.0, 40.0], ids=["unsure", "cut off"])
def test_gradients_agree_with_the_plain_step(case, scale):
    plain, _ = trained(case, scale, False)
    compiled, _ = trained(case, scale, True)
    for a, b in zip(plain.get_weights(), compiled.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=2e-7)


@pytest.mark.parametrize("case", CASES)
def test_it_is_recognised(case, monkeypatch):
    _, with_it = trained(case, 1.0, True)
    monkeypatch.setitem(PASSES, "crossentropy", lambda program: program)
    _, without = trained(case, 1.0, True)
    assert with_it <= without - 5


def test_other_products_are_left_alone():
    from autograd_lite.compiler.program import Program, Value

    x = Value("argument", (2,), np.dtype(float), name="x")
    product = Value("operation", (2,), np.dtype(float), function=np.multiply, inputs=(x, x))
    product.phase = "backward"
    program = Program([x], [product], [product])
    assert crossentropy(program).body == [product]
