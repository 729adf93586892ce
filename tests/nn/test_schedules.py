import json
import math

import numpy as np
import pytest

from nn import schedules
from nn._core.identifiers import serialize
from nn.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

STEPS = 0, 1, 5, 10, 11, 25, 40

# The rates at STEPS, computed with Keras 3.15.1 (JAX backend, float64; its cosines are float32).
KERAS = {
    "ExponentialDecay(0.1, 10, 0.5)": [
        0.1,
        0.0933032991537,
        0.0707106781187,
        0.05,
        0.0466516495768,
        0.0176776695297,
        0.00625,
    ],
    "ExponentialDecay(0.1, 10, 0.5, staircase=True)": [0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.00625],
    "PiecewiseConstantDecay([10, 25], [0.1, 0.01, 0.001])": [0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001],
    "PolynomialDecay(0.1, 20)": [0.1, 0.095005, 0.075025, 0.05005, 0.045055, 0.0001, 0.0001],
    "PolynomialDecay(0.1, 20, 0.01, power=2.0)": [
        0.1,
        0.091225,
        0.060625,
        0.0325,
        0.028225,
        0.01,
        0.01,
    ],
    "PolynomialDecay(0.1, 20, 0.01, power=0.5, cycle=True)": [
        0.1,
        0.0977211491033,
        0.0879422863406,
        0.0736396103068,
        0.0703738353925,
        0.0651135192126,
        0.01,
    ],
    "InverseTimeDecay(0.1, 10, 0.5)": [
        0.1,
        0.0952380952381,
        0.08,
        0.0666666666667,
        0.0645161290323,
        0.0444444444444,
        0.0333333333333,
    ],
    "InverseTimeDecay(0.1, 10, 0.5, staircase=True)": [
        0.1,
        0.1,
        0.1,
        0.0666666666667,
        0.0666666666667,
        0.05,
        0.0333333333333,
    ],
    "CosineDecay(0.1, 30)": [
        0.10000000149,
        0.0997260957956,
        0.0933012738824,
        0.0750000029802,
        0.0703368335962,
        0.00669873086736,
        0,
    ],
    "CosineDecay(0.1, 30, alpha=0.1)": [
        0.10000000149,
        0.0997534841299,
        0.0939711481333,
        0.077500000596,
        0.073303155601,
        0.0160288568586,
        0.0100000007078,
    ],
    "CosineDecay(0.01, 20, alpha=0.1, warmup_target=0.1, warmup_steps=10)": [
        0.01,
        0.019,
        0.055,
        0.1,
        0.0994459688663,
        0.0231801956892,
        0.010000000149,
    ],
    "CosineDecayRestarts(0.1, 10)": [
        0.1,
        0.0975528240204,
        0.0499999970198,
        0.1,
        0.0993844151497,
        0.0146446615458,
        0.0853553414345,
    ],
    "CosineDecayRestarts(0.1, 10, t_mul=1.0, m_mul=0.5)": [
        0.1,
        0.0975528240204,
        0.0499999970198,
        0.05,
        0.0487764120102,
        0.0124999992549,
        0.00625,
    ],
    "CosineDecayRestarts(0.1, 7, t_mul=1.5, m_mul=0.9, alpha=0.05)": [
        0.1,
        0.0952960175276,
        0.022884234637,
        0.0744041913748,
        0.0633683255315,
        0.0463502428234,
        0.0612173950136,
    ],
}


@pytest.mark.parametrize("call", KERAS)
def test_rates_are_those_of_keras(call):
    schedule = eval(call, vars(schedules).copy())
    rates = [schedule(step) for step in STEPS]
    assert all(type(rate) is float for rate in rates)
    tolerance = 2e-6 if "Cosine" in call else 1e-11
    np.testing.assert_allclose(rates, KERAS[call], rtol=tolerance, atol=1e-9)


def test_steps_may_be_numpy_integers():
    assert PolynomialDecay(1.0, 4, 0.0)(np.int64(1)) == 0.75
    assert PiecewiseConstantDecay([1], [1.0, 2.0])(np.int64(2)) == 2.0


def test_a_boundary_belongs_to_the_value_before_it():
    schedule = PiecewiseConstantDecay([2, 4], [3, 2, 1])
    assert [schedule(step) for step in range(6)] == [3.0, 3.0, 3.0, 2.0, 2.0, 1.0]
    assert PiecewiseConstantDecay([], [0.5])(7) == 0.5


def test_after_the_way_down_the_rate_stays():
    assert PolynomialDecay(1.0, 10, 0.25)(10**9) == 0.25
    assert CosineDecay(1.0, 10, alpha=0.25)(10**9) == 0.25


def test_a_long_training_underflows_to_zero():
    assert ExponentialDecay(0.1, 10, 0.5)(10**9) == 0.0


@pytest.mark.parametrize("t_mul", [1.0, 1.5, 2.0, 3.0, 10.0])
def test_every_restart_is_at_full_height(t_mul):
    # With Keras's formula the logarithm of 243 to base 3 is below 5, and that restart at the
    # lowest rate.
    schedule = CosineDecayRestarts(1.0, 1000, t_mul=t_mul, m_mul=0.5)
    restart = 0.0
    for i in range(8):
        assert schedule(math.ceil(restart)) == pytest.approx(0.5**i, rel=1e-4)
        restart += 1000 * t_mul**i


def test_the_warmup_is_a_straight_line():
    schedule = CosineDecay(0.5, 10, warmup_target=1.0, warmup_steps=5)
    assert [schedule(step) for step in range(6)] == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ExponentialDecay(-0.1, 10, 0.5), "initial_learning_rate is a number from 0 up"),
        (lambda: ExponentialDecay(0.1, 0, 0.5), "decay_steps is a positive number"),
        (lambda: ExponentialDecay(0.1, 10, 0.0), "decay_rate is a positive number"),
        (lambda: InverseTimeDecay(0.1, -1, 0.5), "decay_steps is a positive number"),
        (lambda: PiecewiseConstantDecay([1, 2], [0.1, 0.2]), "2 boundaries separate 3 values"),
        (lambda: PiecewiseConstantDecay([2, 2], [3, 2, 1]), "boundaries must increase"),
        (lambda: PiecewiseConstantDecay([1], [0.1, -0.2]), "values is a number from 0 up"),
        (lambda: PolynomialDecay(0.1, float("nan")), "decay_steps is a positive number"),
        (lambda: CosineDecay(0.1, 10, warmup_steps=5), "needs warmup_target="),
        (lambda: CosineDecay(0.1, 10, warmup_target=1.0), "warmup_steps is a positive number"),
        (lambda: CosineDecayRestarts(0.1, 10, t_mul=0.5), "t_mul is 1 or more"),
        (lambda: CosineDecayRestarts(0.1, 10, m_mul=0.0), "m_mul is a positive number"),
    ],
)
def test_arguments_that_cannot_work_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("call", KERAS)
def test_a_config_goes_through_json_and_back(call):
    schedule = eval(call, vars(schedules).copy())
    twin = schedules.get(json.loads(json.dumps(serialize(schedule))))
    assert twin == schedule
    assert schedules.get(schedule) is schedule
    assert type(schedule).from_config(schedule.get_config()) == schedule


def test_an_unknown_schedule_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'cosine_decay'"):
        schedules.get({"class_name": "CosinDecay", "config": {}})
    with pytest.raises(TypeError, match="is not a schedule"):
        schedules.get(0.1)
