"""`model.profile`: arithmetic by layer from formulas; no time is asserted."""

import numpy as np
import pytest

import autograd_lite as ag
import nn

N, D, H = 8, 4, 3
PHASES = ("forward", "backward", "update", "projection")


def small(**options):
    model = nn.Sequential([nn.Dense(H, name="hidden"), nn.Dropout(0.5), nn.Dense(1, name="out")])
    model.compile(nn.Adam(), loss="mse", **options)
    return model


def products(costs, layer):
    return [c.arithmetic for c in costs if c.operation == "matmul" and c.layer.endswith(layer)]


@pytest.mark.parametrize("built", [False, True])
def test_a_step_by_layer(built):
    model = small(metrics=["mae"])
    X, Y = np.ones((N, D)), np.ones((N, 1))
    if built:
        model.fit(X, Y, verbose=0)
    before = [v.data.copy() for v in [*model.variables, *model.optimizer.variables]]
    state = nn.random.generator().bit_generator.state
    profile = model.profile(X, Y, repeat=1)
    after = [v.data for v in [*model.variables, *model.optimizer.variables]]
    assert model.built is built
    assert nn.random.generator().bit_generator.state == state
    assert len(before) == len(after)
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    for measured in (profile.eager, profile.compiled):
        # Forward, and for the kernel; no gradient of X is needed.
        assert products(measured.costs, "hidden") == [2 * N * D * H] * 2
        assert measured.by("phase")[0].phase in ("forward", "backward", "update")
    assert len(products(profile.eager.costs, "out")) == 3  # and for its inputs
    assert profile.name == model.name


def test_a_rate_at_which_later_steps_diverge_is_profiled():
    """All runs are the first step: with this rate the loss of the fifth would be infinite."""
    model = nn.Sequential([nn.Input((D,)), nn.Dense(H), nn.Dense(1)])
    model.compile(nn.SGD(1e3), loss="mse")
    found = model.profile(np.ones((N, D)), np.ones((N, 1)), repeat=10)
    assert len(found.eager.costs) > len(found.compiled.costs) > 0

    def train():
        for _ in range(10):
            model.train_on_batch(np.ones((N, D)), np.ones((N, 1)))

    with pytest.raises(ArithmeticError, match="inf"), np.errstate(over="ignore"):
        train()


def test_constraints_are_a_phase_of_their_own():
    model = nn.Sequential([nn.Input((D,)), nn.Dense(1, kernel_constraint="non_neg")])
    model.compile(nn.SGD(0.1), loss="mse")
    profile = model.profile(np.ones((N, D)), np.ones((N, 1)), repeat=1)
    phases = [name for name in profile.chart.numbers["compiled"] if name in PHASES]
    assert phases == list(PHASES)


def test_the_forward_pass_alone():
    model = small()
    model.build((None, D))
    costs = ag.profile(model, np.ones((N, D), np.float32), repeat=1).eager.costs
    assert products(costs, "hidden") == [2 * N * D * H]
    assert {cost.phase for cost in costs} == {"forward"}


def test_mistakes_say_what_to_write():
    with pytest.raises(RuntimeError, match=r"model\.compile"):
        nn.Sequential([nn.Dense(1)]).profile(np.ones((N, D)), np.ones((N, 1)))
    with pytest.raises(ValueError, match=r"ag\.profile\(model, x\)"):
        small().profile(np.ones((N, D)))
    with pytest.raises(ArithmeticError, match="nan"):
        small().profile(np.full((N, D), np.nan), np.ones((N, 1)))
    with pytest.raises(TypeError, match="there is no data: X is None"):
        small().profile(None, np.ones((N, 1)))
