"""Snapshot: what was changed is brought back, what was not stays as it is."""

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.snapshot import Snapshot

KINDS = ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_generator_of_any_kind_draws_the_same_again(kind):
    generator = np.random.Generator(getattr(np.random, kind)(3))
    generator.integers(0, 9, dtype=np.uint32)  # half of a 64-bit word is left over
    before = Snapshot(generators=[generator])
    draws = [generator.normal(size=700), generator.integers(0, 9, 3, dtype=np.uint32)]
    for _ in range(2):
        before.restore()
        again = [generator.normal(size=700), generator.integers(0, 9, 3, dtype=np.uint32)]
        np.testing.assert_array_equal(np.concatenate(draws), np.concatenate(again))


@pytest.mark.parametrize("value", [1.5, [np.nan, -0.0, np.inf], np.zeros((0, 3)), [True, False]])
def test_a_variable_that_was_written_into_comes_back(value):
    w = ag.Variable(value, trainable=False)
    kept, before = w.data.copy(), Snapshot(variables=[w])
    w.data[...] = np.logical_not(kept)
    before.restore()
    assert w.data.tobytes() == kept.tobytes()


def test_what_has_its_value_still_was_not_assigned():
    """So a graph recorded between the snapshot and `restore` can be differentiated."""
    w = ag.Variable([2.0, np.nan])
    before = Snapshot(variables=[w])
    J = np.sum(w[:1] ** 2)
    before.restore()
    J.backward()
    np.testing.assert_array_equal(w.grad, [4.0, 0.0])
    w.assign([3.0, 3.0])
    J = np.sum(w**2)
    before.restore()
    with pytest.raises(RuntimeError, match="assigned"):
        J.backward()


def test_attributes_come_back_and_new_ones_go():
    class Thing:
        pass

    thing = Thing()
    thing.kept = held = [1]
    before = Snapshot(objects=[thing])
    thing.kept, thing.made = None, 2
    before.restore()
    assert vars(thing) == {"kept": held}
    assert thing.kept is held


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_restored_on_error_alone(error):
    w = ag.Variable(1.0)

    def assign(value, then=None):
        with Snapshot(variables=[w]).restored_on_error():
            w.assign(value)
            if then is not None:
                raise then

    assign(2.0)
    assert w.item() == 2.0
    with pytest.raises(error):
        assign(3.0, error())
    assert w.item() == 2.0
