"""Every optimizer, with every option, updates in a compiled step as it does in plain Python."""

from __future__ import annotations

import functools
import inspect

import numpy as np
import pytest

import nn
from nn import constraints, optimizers, regularizers, schedules

RNG = np.random.default_rng(6)
X = RNG.normal(size=(8, 4)).astype(np.float32)
Y = RNG.normal(size=(8, 2)).astype(np.float32)

OPTIMIZERS = {
    "Adadelta": [{"learning_rate": 1.0}],
    "Adagrad": [{"learning_rate": 0.1}],
    "Adam": [{"learning_rate": 0.01}, {"amsgrad": True}],
    "AdamW": [{"learning_rate": 0.01, "weight_decay": 0.1}],
    "Adamax": [{"learning_rate": 0.01}],
    "Lion": [{"learning_rate": 0.01}],
    "Muon": [{"learning_rate": 0.01}, {"nesterov": False, "rms_rate": None, "clipnorm": 1.0}],
    "Nadam": [{"learning_rate": 0.01}],
    "RMSprop": [{"learning_rate": 0.01}, {"centered": True, "momentum": 0.9}],
    "SGD": [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}],
}
CASES = [(name, i) for name, cases in OPTIMIZERS.items() for i in range(len(cases))]
SHARED = {
    "weight_decay": {"weight_decay": 0.1},
    "clipnorm": {"clipnorm": 0.1},
    "clipvalue": {"clipvalue": 0.05},
    "global_clipnorm": {"global_clipnorm": 0.1},
    "not clipped": {"global_clipnorm": 1e6},
    "clipped and decayed": {"clipvalue": 0.05, "weight_decay": 0.1},
    "clipped by norm and decayed": {"global_clipnorm": 0.05, "weight_decay": 0.1},
    "average": {"use_ema": True, "ema_momentum": 0.9},
    "average that overwrites": {"use_ema": True, "ema_overwrite_frequency": 2},
    "accumulation": {"gradient_accumulation_steps": 2},
    "accumulation, clipped": {"gradient_accumulation_steps": 3, "clipnorm": 0.1},
    "accumulation, clipped globally": {"gradient_accumulation_steps": 3, "global_clipnorm": 0.1},
}
SCHEDULES = {
    "CosineDecay": ((0.1, 4), {"warmup_target": 0.2, "warmup_steps": 2}),
    "CosineDecayRestarts": ((0.1, 2), {}),
    "ExponentialDecay": ((0.1, 2, 0.5), {}),
    "InverseTimeDecay": ((0.1, 2, 0.5), {}),
    "PiecewiseConstantDecay": (([1, 3], [0.1, 0.05, 0.01]), {}),
    "PolynomialDecay": ((0.1, 4), {}),
}


def made(optimizer, **dense):
    nn.set_random_seed(7)
    model = nn.Sequential([nn.Input((4,)), nn.Dense(5, "tanh", **dense), nn.Dense(2)])
    model.compile(optimizer(), loss="mse")
    return model


def test_every_public_optimizer_and_schedule_has_an_entry():
    public = [name for name in optimizers.__all__ if inspect.isclass(getattr(optimizers, name))]
    assert sorted([*OPTIMIZERS, "Optimizer"]) == sorted(public)
    public = [name for name in schedules.__all__ if inspect.isclass(getattr(schedules, name))]
    assert sorted([*SCHEDULES, "LearningRateSchedule"]) == sorted(public)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_optimizer(same, name, case):
    kind = functools.partial(getattr(optimizers, name), **OPTIMIZERS[name][case])
    same.training(functools.partial(made, kind), X, Y)


@pytest.mark.parametrize("options", SHARED)
def test_options_of_all_optimizers(same, options):
    kind = functools.partial(nn.Adam, 0.01, **SHARED[options])
    same.training(functools.partial(made, kind), X, Y, steps=7)


def test_decay_that_leaves_biases_alone(same):
    def kind():
        optimizer = nn.AdamW(0.01, weight_decay=0.5)
        optimizer.exclude_from_weight_decay(var_names=["bias"])
        return optimizer

    same.training(functools.partial(made, kind), X, Y)


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule(same, name):
    args, options = SCHEDULES[name]
    schedule = getattr(schedules, name)(*args, **options)
    same.training(functools.partial(made, lambda: nn.SGD(schedule)), X, Y, steps=6)


@pytest.mark.parametrize("rate", [lambda step: 0.1 / (1 + step), lambda: 0.05])
def test_learning_rate_by_a_function(same, rate):
    same.training(functools.partial(made, lambda: nn.Adam(rate)), X, Y)


@pytest.mark.parametrize("options", [{"clipnorm": 0.1, "weight_decay": 0.1}, {"use_ema": True}])
def test_options_in_native_code(same, options):
    pytest.importorskip("llvmlite")
    kind = functools.partial(optimizers.Nadam, 0.01, **options)
    same.training(functools.partial(made, kind), X, Y, engine="native")


@pytest.mark.parametrize("name", regularizers.__all__)
def test_regularizer(same, name):
    if name in ("Regularizer", "get"):
        pytest.skip("has no formula")
    kind = getattr(regularizers, name)
    make = functools.partial(made, nn.Adam, kernel_regularizer=kind(), activity_regularizer=kind())
    same.training(make, X, Y)


@pytest.mark.parametrize("name", constraints.__all__)
def test_constraint(same, name):
    if name in ("Constraint", "get"):
        pytest.skip("has no formula")
    kind = getattr(constraints, name)
    make = functools.partial(
        made, nn.SGD, kernel_constraint=kind(), kernel_regularizer=regularizers.L2(0.1)
    )
    assert same.training(make, X, Y).is_whole


AROUND_CONSTRAINTS = [
    {"use_ema": True, "ema_overwrite_frequency": 2},
    {"gradient_accumulation_steps": 2},
    {"weight_decay": 0.1, "global_clipnorm": 0.5},
]


@pytest.mark.parametrize("engine", ["numpy", "native"])
@pytest.mark.parametrize("options", AROUND_CONSTRAINTS)
def test_constraints_follow_all_that_an_update_consists_of(same, options, engine):
    if engine == "native":
        pytest.importorskip("llvmlite")
    kind = functools.partial(optimizers.Adam, 0.1, **options)
    make = functools.partial(made, kind, kernel_constraint="unit_norm", bias_constraint="non_neg")
    assert same.training(make, X, Y, engine=engine).is_whole


def positive(w):
    return np.abs(w)


def small(w):
    return 0.1 * np.sum(w**4)


def test_regularizer_and_constraint_of_ones_own(same):
    make = functools.partial(made, nn.SGD, kernel_constraint=positive, bias_regularizer=small)
    same.training(make, X, Y)


class Signs(nn.optimizers.Optimizer):
    """An optimizer of one's own."""

    def update(self, w, g, rate):
        w = w - rate * np.sign(g)
        return (w,)


def test_optimizer_of_ones_own(same):
    same.training(functools.partial(made, lambda: Signs(0.01)), X, Y)


def test_a_layer_that_the_loss_does_not_reach():
    class Aside(nn.Model):
        def __init__(self):
            super().__init__()
            self.dense, self.unused = nn.Dense(2), nn.Dense(2)

        def call(self, x):
            self.unused(x)
            return self.dense(x)

    nn.set_random_seed(0)
    model = Aside()
    model.compile("adam", loss="mse")
    with pytest.warns(UserWarning, match="no gradient for"):
        model.train_on_batch(X, Y)
    before = model.unused.kernel.numpy()
    program = model.train_program(X, Y, engine="numpy")
    program(X, Y)
    assert model.unused.kernel.numpy().tobytes() == before.tobytes()
    assert model.optimizer.iterations.item() == 2
