"""The coach: what stops a network from learning, as nn.diagnose says it."""

import numpy as np
import pytest

import nn
from nn.playground.coach import trouble
from nn.playground.data import load
from nn.playground.run import Run
from nn.playground.settings import LayerSettings, Settings


def a_run(**changed):
    settings = Settings(**changed)
    nn.set_random_seed(settings.seed)
    run = Run(1, settings, load(settings, None))
    run._measured_at_first()
    return run


def frame_of(run):
    return run.frame({}, None)


def test_a_network_that_learns_is_told_nothing():
    run = a_run()
    assert run.advice(frame_of(run)) is None


def test_dead_units_are_told_once_and_what_to_try():
    run = a_run(layers=(LayerSettings(3, "relu"), LayerSettings(2, "relu")))
    run._model.layers[0].bias.assign([-100.0] * 3)
    said = run.advice(frame_of(run))
    assert said.startswith("ReLU units that are 0 for all of 140 samples: dense: 3 of 3")
    assert "Try: a lower learning rate" in said
    assert run.advice(frame_of(run)) is None
    run._model.layers[0].bias.assign([0.0] * 3)
    assert run.advice(frame_of(run)) == ""


def test_a_loss_that_rises_is_a_learning_rate_too_high():
    run = a_run(optimizer="sgd", learning_rate=1000.0)
    run._model.set_weights([100 * np.ones_like(w) for w in run._model.get_weights()])
    run.finished_epoch({"loss": 1e5})
    said = run.advice(frame_of(run))
    assert "with your learning rate, 1e+03" in said
    assert "Try: one between" in said


@pytest.mark.parametrize(
    ("first", "last", "gradient", "dead", "found"),
    [
        (1.0, 0.5, 0.1, [0, 0, 1, 0], ""),
        (1.0, 3.5, 0.1, [0, 0, 0, 0], "loss explodes"),
        (1.0, np.nan, 0.1, [0, 0, 0, 0], "loss explodes"),
        (1.0, 1.0, 0.0, [0, 0, 0, 0], "no gradient"),
        (1.0, 1.0, 0.1, [1, 1, 0, 0], "dead units"),
        (1.0, 1.0, 0.1, [0, 1, 0, 0], ""),
    ],
)
def test_trouble(first, last, gradient, dead, found):
    arrays = {"gradients": np.array([0.0, gradient]), "dead": np.array(dead)}
    assert trouble(arrays, [3, 1] if dead[2] else [2, 2], first, last) == found
