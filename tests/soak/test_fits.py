"""A sample of the campaign: trainings as programs end as plain Python does, at once too."""

from __future__ import annotations

import numpy as np
import pytest

from autograd_lite.compiler.engines.native import native_is_installed
from nn.training import dispatch


@pytest.fixture
def fits(campaign_module, monkeypatch):
    monkeypatch.setattr(dispatch, "STEPS_WORTH_TRACING", 0)
    return campaign_module("fits")


def test_random_trainings(fits):
    assert fits.campaign(4, seed=1000, engines=("numpy",)) == 0


@pytest.mark.skipif(not native_is_installed(), reason="llvmlite is not installed")
def test_a_random_training_in_native_code(fits):
    assert fits.campaign(1, seed=36, engines=("native",)) == 0


def test_a_difference_is_found(fits):
    one, other = np.ones(3), np.array([1.0, 1.0, 1.0 + 1e-15])
    a, b = fits.Outcome({"w": one}), fits.Outcome({"w": other})
    assert fits._unequal(a, a) == []
    assert len(fits._unequal(a, b)) == 1
    assert fits._far(a, b, 1e-7) == []
    assert len(fits._far(a, fits.Outcome({"w": one + 1e-5}), 1e-7)) == 1
    assert len(fits._unequal(a, fits.Outcome({}, "a loss of NaN"))) == 1


def test_a_prediction_nearly_tied_may_be_counted_otherwise(fits):
    def apart(name, places, relative=fits.RELATIVE["float32"]):
        other = np.where(np.arange(4) < places, 1.0 - 1 / 39, 1.0)
        a, b = fits.Outcome({name: np.ones(4)}), fits.Outcome({name: other})
        return len(fits._far(a, b, relative))

    assert apart("history of accuracy", 1) == 0
    assert apart("history of loss", 1) == 1
    assert apart("history of accuracy", 4) == 1  # a wrong metric is wrong everywhere
    assert apart("history of accuracy", 1, fits.RELATIVE["float64"]) == 1
