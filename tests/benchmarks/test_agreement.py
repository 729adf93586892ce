import numpy as np
import pytest

from benchmarks.agreement import Outcome, disagreements

START = [np.zeros((2, 3), np.float32)]


def outcome(value, scale, shape=(2, 3)):
    return Outcome([value], [np.full(shape, scale, np.float32)])


def test_rounding_is_agreement():
    found = disagreements(outcome(0.7 * (1 + 1e-6), 1 + 1e-4), outcome(0.7, 1.0), START)
    assert list(found) == []


@pytest.mark.parametrize(
    ("other", "complaint"),
    [
        (outcome(0.71, 1.0), "values"),
        (outcome(float("nan"), 1.0), "values"),
        (outcome(0.7, 1.05), "array 0"),
        (outcome(0.7, float("nan")), "array 0"),
        (outcome(0.7, 1.0, shape=(3, 2)), "array 0"),
    ],
)
def test_what_differs_is_named(other, complaint):
    (found,) = disagreements(other, outcome(0.7, 1.0), START)
    assert complaint in found


def test_arrays_are_compared_by_how_far_they_moved():
    start = [np.full(3, 100.0)]
    reference, other = (Outcome([], [start[0] + 1e-3 * moved]) for moved in (1.0, 1.1))
    (found,) = disagreements(other, reference, start)
    assert "1.0e-01 of its movement" in found
