"""Losses as metrics, under Keras's names."""

from __future__ import annotations

import numpy as np
import pytest

from nn import losses, metrics

Y = np.array([[0.0, 1, 1], [1, 0, 1]])
P = np.array([[0.2, 0.5, 0.3], [0.6, 0.15, 0.25]])

# Keras 3.15.1 on JAX: update_state(Y, P), then update_state(Y[:1], P[1:]).
KERAS = {
    "CategoricalHinge": ("categorical_hinge", 0.6333333253860474),
    "Hinge": ("hinge", 0.8777778148651123),
    "KLDivergence": ("kl_divergence", 2.3592166900634766),
    "LogCoshError": ("logcosh", 0.16308008134365082),
    "MeanSquaredLogarithmicError": ("mean_squared_logarithmic_error", 0.14887197315692902),
    "Poisson": ("poisson", 1.1197391748428345),
    "SquaredHinge": ("squared_hinge", 0.8966667056083679),
}


@pytest.mark.parametrize("name", KERAS)
def test_value_over_batches_of_two_sizes(name):
    metric = getattr(metrics, name)()
    metric.update_state(Y, P)
    metric.update_state(Y[:1], P[1:])
    assert metric.name == KERAS[name][0]
    assert metric.result() == pytest.approx(KERAS[name][1], rel=2e-6)
    again = metrics.get({"class_name": name, "config": metric.get_config()})
    assert type(again) is type(metric)
    assert getattr(metrics, name)("other").name == "other"


def test_the_functions_of_losses_are_there_too():
    assert metrics.mean_squared_error is losses.mean_squared_error
    assert metrics.kl_divergence is losses.kl_divergence
