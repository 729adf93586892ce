"""A compiled fit gives what plain Python gives, whatever changes between two of its steps."""

from __future__ import annotations

import contextvars
import dataclasses
import functools
import types
import warnings

import numpy as np
import pytest

import nn
from autograd_lite import extend
from nn.training import dispatch

RNG = np.random.default_rng(3)
X = RNG.normal(size=(24, 3)).astype(np.float32)
Y = RNG.normal(size=(24, 1)).astype(np.float32)

STRENGTH = contextvars.ContextVar("strength", default=0.0)
SETTINGS = types.SimpleNamespace(strength=0.0)
strength = 0.0


@pytest.fixture(autouse=True)
def _compiled_at_once(monkeypatch):
    monkeypatch.setattr(dispatch, "STEPS_WORTH_TRACING", 0)
    monkeypatch.setattr(extend, "native_is_installed", lambda: False)


@dataclasses.dataclass
class Settings:
    strength: float = 0.0


class Penalty:
    """A regularizer that reads its strength in some way."""

    def __init__(self, read, write):
        self.read, self.write = read, write

    def __call__(self, w):
        return self.read() * np.sum(w**2)


def by_attribute():
    holder = types.SimpleNamespace(strength=0.0)
    return lambda: holder.strength, functools.partial(setattr, holder, "strength")


def by_dict():
    held = {"strength": 0.0}
    return lambda: held["strength"], functools.partial(held.__setitem__, "strength")


def by_list():
    held = [0.0]
    return lambda: held[-1], held.append


def by_dataclass():
    settings = Settings()
    return lambda: settings.strength, functools.partial(setattr, settings, "strength")


def by_array():
    held = np.zeros(2)
    return lambda: held.sum(), functools.partial(held.__setitem__, 0)


def by_closure():
    value = 0.0

    def read():
        return value

    def write(new):
        nonlocal value
        value = new

    return read, write


def by_default():
    def read(strength=0.0):
        return strength

    return read, lambda new: setattr(read, "__defaults__", (new,))


def by_class():
    class Holder:
        strength = 0.0

    return lambda: Holder.strength, functools.partial(setattr, Holder, "strength")


def by_context():
    return STRENGTH.get, STRENGTH.set


def by_module():
    return lambda: SETTINGS.strength, functools.partial(setattr, SETTINGS, "strength")


def by_global():
    return lambda: strength, functools.partial(globals().__setitem__, "strength")


WAYS = [
    by_attribute, by_dict, by_list, by_dataclass, by_array, by_closure, by_default, by_class,
    by_context, by_module, by_global,
]  # fmt: skip


def losses_of(build, change, **options):
    """The loss of each step, with a change after some of them, that counts from the next one on."""
    nn.set_random_seed(0)
    model = build()
    model.compile(**{"optimizer": nn.SGD(0.05), "loss": "mse"} | options)
    found = []

    def after(step, logs):
        found.append(logs["loss"])
        change(len(found), model)

    watch = nn.callbacks.LambdaCallback(on_train_batch_end=after)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what runs plainly, which is as good here
        model.fit(X, Y, batch_size=4, epochs=3, shuffle=False, verbose=0, callbacks=[watch])
    return found, [w.tolist() for w in model.get_weights()]


def same_in_both(make):
    """Compare the default with plain Python; `make` gives what `losses_of` takes."""
    compiled = losses_of(*make())
    plain = losses_of(*make(), run_eagerly=True)
    np.testing.assert_allclose(compiled[0], plain[0], rtol=1e-6)
    for a, b in zip(compiled[1], plain[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    return compiled[0]


def dense(**options):
    return lambda: nn.Sequential([nn.Input((3,)), nn.Dense(2), nn.Dense(1, **options)])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("often", [True, False], ids=["often", "once"])
def test_state_of_a_regularizer(way, often):
    def make():
        read, write = way()
        write(0.0)
        penalty = Penalty(read, write)

        def change(step, model):
            if often or step == 5:
                penalty.write(0.1 * step)

        return dense(kernel_regularizer=penalty), change

    losses = same_in_both(make)
    assert len(set(losses)) == len(losses)


@pytest.mark.parametrize("what", ["activation", "loss", "metric"])
def test_state_of_other_objects(what):
    class Scaled:
        scale = 1.0

        def __call__(self, *arrays):
            if len(arrays) == 1:
                return np.tanh(arrays[0]) * self.scale
            return np.mean((arrays[0] - arrays[1]) ** 2, axis=-1) * self.scale

    def run(**options):
        scaled = Scaled()
        if what == "activation":
            build = dense(activation=scaled)
        else:
            build = dense()
            options |= {"loss": scaled} if what == "loss" else {"metrics": [scaled.__call__]}

        def change(step, model):
            scaled.scale = 1.0 + 0.1 * step

        return losses_of(build, change, **options)[0]

    np.testing.assert_allclose(run(), run(run_eagerly=True), rtol=1e-6)


class Counting(nn.Layer):
    """Halves its inputs from the eighth call in training on."""

    calls = 0

    def call(self, x, training=False):
        if training:
            self.calls += 1
        return x * (1.0 if self.calls < 8 else 0.5)


def test_a_layer_that_counts_its_calls_counts_each_once():
    def run(**options):
        nn.set_random_seed(0)
        model = nn.Sequential([nn.Input((3,)), nn.Dense(1), Counting()])
        model.compile("sgd", "mse", **options)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            history = model.fit(X, Y, batch_size=4, epochs=3, shuffle=False, verbose=0)
        return history.history["loss"], model.layers[1].calls, caught

    compiled, plain = run(), run(run_eagerly=True)
    assert compiled[:2] == plain[:2]
    assert plain[1] == 18  # three epochs of six batches
    assert len(compiled[2]) == 1
    assert "changes Counting 1.calls" in str(compiled[2][0].message)


def test_weights_that_are_frozen_and_thawed():
    def change(step, model):
        if step % 4 == 0:
            model.layers[0].trainable = not model.layers[0].trainable

    same_in_both(lambda: (dense(), change))


def test_numbers_of_an_optimizer():
    def change(step, model):
        if step == 3:
            model.optimizer.learning_rate = 0.01
        if step == 7:
            model.optimizer.momentum = 0.5

    same_in_both(lambda: (dense(), change))


def test_an_exception_of_a_metric_is_not_swallowed():
    class Flaky(nn.metrics.Metric):
        batches = 0

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.batches += 1
            if self.batches > 10:  # the first look at the data included
                raise ValueError("one class only")

        def result(self):
            return 0.0

    def run(**options):
        model = dense()()
        model.compile("sgd", "mse", metrics=[Flaky()], **options)
        with pytest.raises(ValueError, match="one class only"):
            model.fit(X, Y, batch_size=4, epochs=3, verbose=0)
        return model.optimizer.iterations.item()

    assert run() == run(run_eagerly=True)
