"""Models whose own methods count, keep or build something train alike in plain Python and compiled.

What a step does in Python happens once for each step: not once more because it was traced, and not
once less because a program runs in its place.
"""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite import extend
from nn.training import dispatch

RNG = np.random.default_rng(3)
X = RNG.normal(size=(24, 4)).astype(np.float32)
Y = RNG.normal(size=(24, 2)).astype(np.float32)


@pytest.fixture(autouse=True)
def _compiled_at_once(monkeypatch):
    monkeypatch.setattr(dispatch, "STEPS_WORTH_TRACING", 0)
    monkeypatch.setattr(extend, "native_is_installed", lambda: False)


class Base(nn.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.top = nn.Dense(5, "tanh"), nn.Dense(2)
        self.count, self.log = 0, []

    def call(self, x):
        return self.top(self.hidden(x))

    def descend(self, J):
        variables = self.trainable_variables
        gradients = ag.gradients(J, variables)
        self.optimizer.apply_gradients(zip(gradients, variables, strict=True))


class CallCounts(Base):
    def call(self, x):
        self.count += 1
        return super().call(x)


class CallCountsAndUses(Base):
    def call(self, x):
        self.count += 1
        return super().call(x) * (1 + 0.01 * self.count)


class CallLogs(Base):
    def call(self, x):
        self.log.append(x.shape)
        return super().call(x)


class StepCounts(Base):
    def train_step(self, batch):
        self.count += 1
        return super().train_step(batch) | {"count": self.count}


class LossCounts(Base):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        self.count += 1
        return np.mean((y - y_pred) ** 2) * (1 + 0.01 * self.count)


class SetsRate(Base):
    def train_step(self, batch):
        self.count += 1
        self.optimizer.learning_rate = 0.1 / self.count
        return super().train_step(batch)


class ByHand(Base):
    def train_step(self, batch):
        x, y = batch
        J = np.mean((y - self(x, training=True)) ** 2)
        self.descend(J)
        return {"loss": J}


class ByBackward(Base):
    def train_step(self, batch):
        x, y = batch
        J = np.mean((y - self(x, training=True)) ** 2)
        self.zero_grad()
        J.backward()
        self.optimizer.apply_gradients([(w.grad, w) for w in self.trainable_variables])
        return {"loss": J}


KINDS = [
    CallCounts,
    CallCountsAndUses,
    CallLogs,
    StepCounts,
    LossCounts,
    SetsRate,
    ByHand,
    ByBackward,
]


def trained(kind, **options):
    nn.set_random_seed(0)
    model = kind()  # not built: its first step, whoever does it, draws the weights
    model.compile(nn.SGD(0.1), loss="mse", **options)
    losses = model.fit(X, Y, epochs=4, batch_size=6, verbose=0).history["loss"]
    return losses, model


@pytest.mark.filterwarnings("ignore:.*is not compiled")
@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_keeps_state_in_its_methods_trains_alike(kind):
    plain, one = trained(kind, run_eagerly=True)
    compiled, other = trained(kind)
    np.testing.assert_allclose(compiled, plain, rtol=1e-6)
    assert (other.count, len(other.log)) == (one.count, len(one.log))
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-5)
