"""Random programs: against values written down, and against PyTorch and JAX where installed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from autograd_lite.table import TABLE as RULES
from autograd_lite.table import Plain, function_name, lookup
from oracle import compare, libraries
from oracle.__main__ import Campaign
from oracle.fixture import total
from oracle.generate import POOLS, generate, is_smooth
from oracle.operations import TABLE
from oracle.program import Program, Step, evaluate
from oracle.shrink import shrink

FIXTURE = json.loads(Path(__file__).with_name("programs.json").read_text())
PROGRAMS = FIXTURE["programs"]


# -- the comparison --------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_values_written_down(number):
    """By PyTorch 2.13.0 and JAX 0.10.2, in float64: see `oracle/fixture.py`."""
    data = PROGRAMS[number]
    program = Program.from_json(data)
    own = libraries.ours(program, "float64")
    values = total(own.values, program)
    for name in ("torch", "jax"):
        wanted = data[name]
        np.testing.assert_allclose(values, wanted["value"], rtol=1e-9, atol=1e-9)
        for found, expected in [
            (own.gradients, wanted["gradients"]),
            (own.products, wanted["products"]),
        ]:
            for a, b in zip(found, expected, strict=True):
                largest = max(1.0, np.max(np.abs(b), initial=0))
                np.testing.assert_allclose(np.ravel(a), b, rtol=1e-7, atol=1e-9 * largest)


def test_values_written_down_cover_every_operation():
    used = {step[0] for data in PROGRAMS for step in data["steps"]}
    assert used == set(TABLE)


@pytest.mark.parametrize("number", range(40))
def test_float32_stays_float32(number):
    program = generate(1, number)
    single, double = (libraries.ours(program, dtype) for dtype in ("float32", "float64"))
    assert {g.dtype.name for g in single.gradients if g.any()} <= {"float32"}
    allowed = compare.rounding(program, "float32")
    for i, (a, b) in enumerate(zip(compare.parts(single), compare.parts(double), strict=True)):
        gap = compare.largest_gap(a, b)[0]
        assert gap <= allowed[i] + 1e-3 * max(1.0, compare.largest(b)), compare.labels(program)[i]


@pytest.mark.parametrize(("name", "count"), [("torch", 60), ("jax", 3)])
def test_against_the_library_itself(name, count):
    if not libraries.installed(name):
        pytest.skip(f"{name} is not installed: pip install '.[oracle]'")
    for number in range(count):
        program = generate(7, number, shapes=POOLS[0])
        assert compare.differences(program, [name]) == [], f"program {number}:\n{program}"


# -- what it covers --------------------------------------------------------------------------------

# Compared by the campaigns on NumPy's own tests and on PyTorch's samples instead.
IN_SUITES = """
angle apply_along_axis apply_over_axes array asanyarray asarray ascontiguousarray
bincount block choose convolve corrcoef correlate cov cumulative_prod cumulative_sum
delete divmod ediff1d fft.fftshift fft.ifftshift frexp full geomspace gradient i0 imag
insert interp intersect1d iscomplex isin isreal ldexp linalg.cond linalg.cross
linalg.eig linalg.eigvals linalg.lstsq linalg.matmul linalg.matrix_rank linalg.tensorinv
linalg.tensorsolve linalg.vecdot linspace logspace matvec modf nanargmax nanargmin
nancumprod nancumsum nanmax nanmedian nanmin nanpercentile nanprod nanquantile nanstd
nanvar nextafter piecewise poly polyadd polyder polyfit polyint polymul polysub polyval
real_if_close resize select setdiff1d setxor1d spacing trapezoid trim_zeros union1d
unique unique_all unique_counts unique_inverse unique_values unstack unwrap vander
vecdot vecmat
"""

# Functions of the table that no program uses, and why.
NOT_COMPARED = {
    **dict.fromkeys(
        ["bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift", "gcd",
         "lcm"],
        "of integers and booleans, without a gradient",
    ),
    **dict.fromkeys(
        ["searchsorted", "digitize", "argpartition", "isclose"],
        "give positions or truth values, without a gradient",
    ),
    **dict.fromkeys(
        ["zeros_like", "ones_like", "empty_like", "full_like"], "do not depend on their operand"
    ),
}  # fmt: skip


def test_every_function_of_numpy_with_a_rule_is_compared():
    for late in (np.fft.fftshift, np.fft.ifftshift):  # these enter the table at their first call
        lookup(late)
    covered = {name(f) for operation in TABLE.values() for f in operation.covers}
    known = {
        name(f)
        for f, entry in RULES.items()
        if not isinstance(entry, Plain) and numpy_function(name(f)) is f
    }
    assert known - covered == set(NOT_COMPARED) | set(IN_SUITES.split())


def numpy_function(dotted):
    """Return the function of NumPy of a dotted name, None where there is none.

    The table also holds what other tests register, some of it under a name that NumPy has.
    """
    found = np
    for part in dotted.split("."):
        found = getattr(found, part, None)
    return found


def name(function):
    return function_name(function)


# -- the generator ---------------------------------------------------------------------------------


def test_programs_repeat_themselves():
    assert str(generate(3, 14)) == str(generate(3, 14))
    assert str(generate(3, 14)) != str(generate(3, 15))


@pytest.mark.parametrize("number", range(30))
def test_programs_are_smooth_and_survive_json(number):
    program = generate(5, number)
    assert 5 <= len(program.steps) <= 45
    assert is_smooth(program)
    copy = Program.from_json(json.loads(json.dumps(program.to_json())))
    assert str(copy) == str(program)
    assert is_smooth(copy)


@pytest.mark.parametrize("pool", POOLS)
def test_values_have_the_shapes_of_the_pool(pool):
    for number in range(10):
        program = generate(6, number, shapes=pool)
        assert len(program.steps) >= 5
        values = evaluate(
            program, program.inputs, lambda name, x, given: TABLE[name].numpy(np, *x, **given)
        )
        assert pool.issuperset(map(np.shape, values))


def test_pools_take_turns():
    campaign = Campaign(0, ["jax"], ["float64"], None, few_shapes=True)
    for turn, pool in enumerate(POOLS):
        wanted = generate(0, 500 * turn + 3, shapes=pool)
        assert str(campaign.program(500 * turn + 3)) == str(wanted)


def test_what_is_not_smooth_is_told_apart():
    kink = Program((np.array([0.0, 1.0]),), (Step("absolute", (0,)),))
    outside = Program((np.array([-1.0]),), (Step("log", (0,)),))
    misfit = Program((np.ones(2), np.ones(3)), (Step("add", (0, 1)),))
    assert not any(map(is_smooth, (kink, outside, misfit)))


# -- the shrinker ----------------------------------------------------------------------------------


@pytest.mark.parametrize("culprit", ["cumprod", "svd", "take", "logaddexp"])
def test_shrinks_to_the_operation_that_fails(culprit):
    """A library that is wrong about one operation, whatever surrounds it."""

    def fails(program):
        return any(step.operation == culprit for step in program.steps)

    program = next(p for p in (generate(0, n) for n in range(200)) if fails(p))
    smallest = shrink(program, fails)
    assert [step.operation for step in smallest.steps] == [culprit]
    assert sum(x.size for x in smallest.inputs) <= 4


def test_shrinks_to_two_operations_that_fail_together():
    def fails(program):
        names = [step.operation for step in program.steps]
        return "tanh" in names and "sum" in names

    program = next(p for p in (generate(0, n) for n in range(500)) if fails(p))
    assert sorted(s.operation for s in shrink(program, fails).steps) == ["sum", "tanh"]


# -- the comparison finds differences --------------------------------------------------------------


def test_finds_a_wrong_gradient(monkeypatch):
    right = libraries.ours
    program = generate(0, 3)

    def wrong(program, dtype):
        found = right(program, dtype)
        gradients = [g * (1 + 1e-6) for g in found.gradients]
        return libraries.Outcome(found.values, gradients, found.products)

    monkeypatch.setitem(libraries.LIBRARIES, "torch", wrong)
    (difference,) = compare.differences(program, ["torch"], ["float64"])
    assert "gradient of v0" in str(difference)
    monkeypatch.setitem(libraries.LIBRARIES, "torch", right)
    assert compare.differences(program, ["torch"]) == []


# -- campaigns -------------------------------------------------------------------------------------


def test_a_campaign_goes_on_where_it_was_stopped(tmp_path):
    path = tmp_path / "deeper" / "progress.json"
    first = Campaign(0, ["torch"], ["float64"], None)
    assert first.resume(path, 40) == 40
    first.failed, first.steps = [41], 12
    first.operations["tanh"] += 2
    first.save(path, 43)
    second = Campaign(0, ["torch"], ["float64"], None)
    assert second.resume(path, 40) == 43
    assert (second.failed, second.steps, second.operations["tanh"]) == ([41], 12, 2)
    with pytest.raises(ValueError, match="is of the campaign"):
        Campaign(1, ["torch"], ["float64"], None).resume(path, 40)
