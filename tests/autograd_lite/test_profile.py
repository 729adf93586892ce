"""`ag.profile`: arithmetic and structure from formulas; no time is asserted."""

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.profiling.peak import Peak

A, B, C = 5, 4, 3


def step(w):
    def step(x, y):
        with ag.scope("layer"):
            h = x @ w
        J = np.mean((h - y) ** 2)
        (dw,) = ag.gradients(J, [w])
        w.assign_sub(0.1 * dw)
        return J

    return step


@pytest.fixture(scope="module")
def found():
    w = ag.Variable(np.ones((B, C)), name="w")
    profile = ag.profile(step(w), np.ones((A, B)), np.zeros((A, C)), repeat=2)
    assert np.array_equal(w.data, np.ones((B, C)))  # put back
    return profile


@pytest.mark.parametrize("way", ["eager", "compiled"])
def test_products_forward_and_backward(found, way):
    products = [cost for cost in getattr(found, way).costs if cost.operation == "matmul"]
    assert [cost.phase for cost in products] == ["forward", "backward"]
    assert [cost.arithmetic for cost in products] == [2 * A * B * C] * 2  # x @ w; x.T @ dh
    assert [cost.made for cost in products] == [8 * A * C, 8 * B * C]
    assert products[0].moved == 8 * (A * B + B * C + A * C)
    assert {cost.layer for cost in products} == {"layer"}
    assert all(cost.line.startswith("test_profile.py:") for cost in products)


def test_groups_hold_the_same_as_the_operations(found):
    for measured in (found.eager, found.compiled):
        for what in ("phase", "layer", "operation", "line"):
            groups = measured.by(what)
            for field in ("arithmetic", "moved", "made"):
                whole = sum(getattr(cost, field) for cost in measured.costs)
                assert sum(getattr(group, field) for group in groups) == whole
        assert {group.phase for group in measured.by("phase")} == {"forward", "backward", "update"}
    assert len(found.compiled.costs) < len(found.eager.costs)
    with pytest.raises(ValueError, match="got 'colour'"):
        found.eager.by("colour")


def test_an_einsum_counts_its_terms_and_a_scan_its_steps():
    w = ag.Variable(np.ones((B, C)))
    (cost,) = ag.profile(
        lambda x: np.einsum("tij,jk->tik", x, w), np.ones((2, A, B)), repeat=1
    ).eager.costs
    assert cost.arithmetic == 2 * 2 * A * B * C

    def run(h, xs):
        return ag.scan(lambda h, x: (h @ square + x, h), h, xs)[0]

    square = ag.Variable(np.eye(3))
    costs = ag.profile(run, np.zeros((2, 3)), np.ones((7, 2, 3)), repeat=1).eager.costs
    assert sum(cost.arithmetic for cost in costs) == 7 * (2 * 2 * 3 * 3 + 2 * 3)


def test_draws_are_put_back():
    generator = np.random.default_rng(0)
    ag.profile(lambda x: x * ag.sample(generator, "normal", shape=3), np.ones(3), repeat=2)
    assert generator.normal() == np.random.default_rng(0).normal()


def test_each_run_starts_from_the_same_values():
    w, started = ag.Variable(np.array(1.0)), []

    def step(x):
        if type(w.data) is np.ndarray:  # no tracing
            started.append(float(w.data))
        w.assign(2 * w * x)
        return w * x

    ag.profile(step, np.array(1.0), repeat=5)
    assert started[-6:] == [1.0] * 6


def test_the_picture_has_the_phases_in_their_order(found):
    """A metric's comes between the loss and its gradient, and is drawn with the others."""
    w, count = ag.Variable(np.ones((B, C))), ag.Variable(np.array(0.0))

    def counted(x, y):
        count.assign_add(np.sum(y))
        return step(w)(x, y)

    names = ag.profile(counted, np.ones((A, B)), np.zeros((A, C)), repeat=1).chart.numbers["eager"]
    phases = [name for name in names if name in ("forward", "backward", "update")]
    assert phases == ["forward", "backward", "update"]


def test_gradients_that_backward_leaves_are_put_back():
    w = ag.Variable(np.ones(3))

    def step(x):
        w.zero_grad()
        J = np.sum(np.tanh(x * w))
        J.backward()
        return J

    ag.profile(step, np.ones(3), repeat=1)
    assert w.grad is None


def test_nothing_to_do_is_no_time():
    found = ag.profile(lambda x: x, np.ones(0), repeat=1)
    assert found.eager.costs == found.compiled.costs == ()
    assert found.chart.numbers["compiled"][0] == "call"
    assert "most of it" not in found.chart.text


def test_the_peak_that_limits_counts():
    peak = Peak(arithmetic=10.0, bandwidth=5.0)
    assert peak.least(100, 5) == 10.0
    assert peak.least(10, 50) == 10.0


def test_it_is_shown(found, tmp_path):
    text = str(found)
    assert "native code fuses them" in text  # what is faster than the sum of the table
    assert "eager by layer" in text
    assert "compiled by line" in text
    assert f"{2 * 2 * A * B * C:,}" in text  # both products
    shown = found._repr_mimebundle_()
    assert shown["text/plain"] == text
    assert shown["text/html"].count("<table") == 6
    found.save(tmp_path / "step.svg")
    svg = (tmp_path / "step.svg").read_text("utf-8")
    for name in ("call", "forward", "backward", "update", "layer", "matmul"):
        assert f"<title>{name}: " in svg
    found.save(tmp_path / "step.txt")
    assert (tmp_path / "step.txt").read_text("utf-8") == f"{text}\n"
    with pytest.raises(ValueError, match=r"\.bmp"):
        found.save(tmp_path / "step.bmp")


def test_mistakes_say_what_to_write():
    with pytest.raises(TypeError, match=r"ag\.profile\(lambda"):
        ag.profile(ag.Tensor([1.0]))
    with pytest.raises(ValueError, match="at least 1, got 0"):
        ag.profile(np.tanh, ag.Tensor([1.0]), repeat=0)
    with pytest.raises(TypeError, match=r"a whole number, got 2\.5"):
        ag.profile(np.tanh, ag.Tensor([1.0]), repeat=2.5)
    with pytest.raises(ag.TracingError):
        ag.profile(lambda x: x if x.data.sum() > 0 else -x, np.ones(2))
