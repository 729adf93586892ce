"""Methods of Model that a subclass overrides, and what compile() said where they are used."""

import numpy as np
import pytest

import nn
from autograd_lite.compiler.engines.native import native_is_installed

X = np.random.default_rng(0).normal(size=(40, 4)).astype("f4")
Y = X[:, :1] * 2


class Plain(nn.Sequential):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
        return np.mean((y - y_pred) ** 2) + 0 * np.sum(x)  # needs x: never called without


class WithTraining(nn.Sequential):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        assert isinstance(training, bool)
        return np.mean((y - y_pred) ** 2)


class WithOptions(nn.Sequential):
    def compute_loss(self, *args, **options):
        assert "training" in options
        return super().compute_loss(*args, **options)


@pytest.mark.parametrize("kind", [nn.Sequential, Plain, WithTraining, WithOptions])
@pytest.mark.parametrize("how", [{"run_eagerly": True}, {"jit_compile": False}])
def test_compute_loss_is_called_with_what_it_takes(kind, how, tmp_path):
    nn.set_random_seed(0)
    model = kind([nn.Dense(1)])
    model.compile(nn.SGD(0.05), "mse", **how)
    history = model.fit(X, Y, validation_data=(X, Y), epochs=60, shuffle=False, verbose=0).history

    nn.set_random_seed(0)
    plain = nn.Sequential([nn.Dense(1)])
    plain.compile(nn.SGD(0.05), "mse", run_eagerly=True)
    expected = plain.fit(X, Y, validation_data=(X, Y), epochs=60, shuffle=False, verbose=0).history
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(history[name], expected[name], rtol=1e-3, atol=1e-6)
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(history["val_loss"][-1], rel=1e-4)
    model.test_on_batch(X, Y)
    model.train_on_batch(X, Y)
    model.check_gradients(X[:4], Y[:4])
    replay = nn.callbacks.Replay(tmp_path / "r.html", (X[:4], Y[:4]))
    model.fit(X, Y, epochs=1, verbose=0, callbacks=[replay])


@pytest.mark.parametrize(
    ("jit_compile", "engine", "expected"),
    [
        (False, "auto", "numpy"),
        (True, "auto", "native"),
        ("auto", "auto", "native"),
        (False, "native", "native"),
        (True, "numpy", "numpy"),
    ],
)
def test_train_program_obeys_compile(jit_compile, engine, expected):
    if not native_is_installed() and (expected == "native" or jit_compile is True):
        pytest.skip("llvmlite is not installed")
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse", jit_compile=jit_compile)
    assert model.train_program(X, Y, engine=engine).engine == expected
