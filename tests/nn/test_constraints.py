import json

import numpy as np
import pytest

from autograd_lite import Variable
from nn import constraints
from nn._core.identifiers import serialize
from nn.constraints import MaxNorm, MinMaxNorm, NonNeg, UnitNorm

W = np.array([[3.0, 0.3, 0.0], [-4.0, 0.4, 0.0]])


def test_only_vectors_that_are_too_long_are_shortened():
    np.testing.assert_allclose(MaxNorm(1.0)(W), [[0.6, 0.3, 0.0], [-0.8, 0.4, 0.0]], rtol=1e-15)
    assert MaxNorm(5.0)(W).tolist() == W.tolist()  # exactly: Keras shrinks them a little


def test_unit_norm_gives_length_1_and_leaves_zeros():
    np.testing.assert_allclose(UnitNorm()(W), [[0.6, 0.6, 0.0], [-0.8, 0.8, 0.0]], rtol=1e-15)


def test_axes_are_those_of_keras():
    # MaxNorm(2, axis) of this array, computed with Keras 3.15.1 (JAX backend, float32).
    w = np.arange(1.0, 9.0).reshape(2, 2, 2)
    expected = {
        0: "0.3922323 0.6324555 0.7878386 0.8944272 1.9611614 1.8973665 1.8382900 1.7888544",
        (0, 1): "0.2182179 0.3651484 0.6546537 0.7302967 1.0910894 1.0954452 1.5275252 1.4605934",
    }
    for axis, values in expected.items():
        keras = [float(value) for value in values.split()]
        np.testing.assert_allclose(MaxNorm(2.0, axis)(w).ravel(), keras, rtol=1e-6)
        np.testing.assert_allclose(UnitNorm(axis)(w) * 2, MaxNorm(2.0, axis)(w), rtol=1e-12)
    np.testing.assert_array_equal(MaxNorm(2.0, [0, 1])(w), MaxNorm(2.0, (0, 1))(w))


def test_negative_numbers_become_zero():
    assert NonNeg()(np.array([-1.0, 0.0, 2.0])).tolist() == [0, 0, 2]


@pytest.mark.parametrize("constraint", [MaxNorm(1), UnitNorm(), NonNeg()])
def test_the_dtype_stays_and_the_weights_too(constraint):
    w = Variable(W, dtype="float32")
    assert constraint(w.data).dtype == constraint(w).dtype == np.float32
    np.testing.assert_array_equal(w.data, W.astype("float32"))


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan")])
def test_a_length_is_positive(wrong):
    with pytest.raises(ValueError, match="max_value is a positive number"):
        MaxNorm(wrong)


def test_what_an_argument_means():
    assert constraints.get(None) is None
    assert constraints.get("max_norm") == constraints.get("MaxNorm") == MaxNorm(2, 0)
    for own in (UnitNorm(1), np.abs):
        assert constraints.get(own) is own
    for made in (MaxNorm(3.0, [0, 1]), UnitNorm(1), NonNeg()):
        assert constraints.get(json.loads(json.dumps(serialize(made)))) == made


def test_what_is_no_constraint_is_refused():
    with pytest.raises(ValueError, match=r"unknown constraint 'nonneg1'\. Did you mean 'non_neg'"):
        constraints.get("nonneg1")
    assert constraints.get(NonNeg) == NonNeg()  # a class stands for its defaults, as in Keras
    assert constraints.non_neg is NonNeg


def test_min_max_norm_scales_part_of_the_way():
    """Keras 3.15.1: ``MinMaxNorm(1.0, 2.0, rate=0.5)``."""
    w = np.array([[3.0, 0.3, 0.0], [4.0, 0.4, 0.0]])
    expected = [[2.1, 0.45, 0.0], [2.8, 0.6, 0.0]]
    np.testing.assert_allclose(MinMaxNorm(1.0, 2.0, rate=0.5)(w), expected, rtol=1e-12)
