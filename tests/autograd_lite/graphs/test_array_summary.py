import math

import numpy as np
import pytest

from autograd_lite.graphs.summary import Sample, Statistics, sample, statistics


def test_statistics_of_a_matrix_counted_by_hand():
    found = statistics(np.array([[-3.0, 0.0], [1.0, 6.0]]))
    assert found == Statistics(-3.0, 6.0, 1.0, 2.5, nonfinite=0.0, zeros=0.25)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_statistics_leave_out_what_is_not_finite(bad):
    found = statistics(np.array([2.0, bad, 0.0, -1.0]))
    assert found.minimum == -1
    assert found.maximum == 2
    assert found.mean == pytest.approx(1 / 3)
    assert found.mean_absolute == 1
    assert found.nonfinite == 0.25
    assert found.zeros == 0.25


@pytest.mark.parametrize("x", [np.array([np.nan, np.inf]), np.array(np.nan)])
def test_nothing_finite_has_no_statistics(x):
    assert statistics(x) == Statistics(None, None, None, None, nonfinite=1.0, zeros=0.0)


def test_an_empty_array_has_no_statistics():
    assert statistics(np.zeros((0, 3))) == Statistics(None, None, None, None, 0.0, 0.0)


def test_a_single_number():
    assert statistics(np.array([[-2.0]])) == Statistics(-2.0, -2.0, -2.0, 2.0, 0.0, 0.0)
    assert statistics(np.array(0.0)).zeros == 1


def test_sums_do_not_overflow():
    largest = np.finfo(np.float64).max
    found = statistics(np.array([largest, largest, -largest, largest]))
    assert found.mean == pytest.approx(largest / 2)
    assert found.mean_absolute == pytest.approx(largest)
    assert statistics(np.full(100, 60_000, np.float16)).mean == 60_000


@pytest.mark.parametrize(
    ("x", "mean_absolute"),
    [
        (np.array([np.iinfo(np.int64).min, 0]), 2.0**62),  # its absolute value is no int64
        (np.array([True, False, False, True]), 0.5),
        (np.array([255, 1], np.uint8), 128.0),
    ],
)
def test_statistics_of_integers_and_booleans(x, mean_absolute):
    assert statistics(x).mean_absolute == mean_absolute


def test_a_complete_sample_is_the_array():
    x = np.arange(6.0).reshape(2, 3)
    assert sample(x) == Sample(((0, 1, 2), (3, 4, 5)), (0, 1), (0, 1, 2), complete=True)
    assert sample(np.array(7)) == Sample(((7,),), (0,), (0,), complete=True)
    assert sample(np.array([1.0, 2.0])) == Sample(((1, 2),), (0,), (0, 1), complete=True)


@pytest.mark.parametrize("shape", [(9, 7), (100,), (4, 5, 100), (1, 7), (9, 1), (2, 3, 4, 5)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_sample_is_spread_from_the_first_to_the_last_element(shape, order):
    x = np.asarray(np.arange(math.prod(shape), dtype=float).reshape(shape), order=order)
    found = sample(x)
    matrix = x.reshape(-1, shape[-1])
    assert len(found.rows) <= 8
    assert len(found.columns) <= 6
    assert found.values == tuple(map(tuple, matrix[np.ix_(found.rows, found.columns)].tolist()))
    assert (found.rows[0], found.columns[0]) == (0, 0)
    assert (found.rows[-1] + 1, found.columns[-1] + 1) == matrix.shape
    assert found.complete == (matrix.shape[0] <= 8 and matrix.shape[1] <= 6)


def test_a_sample_of_nothing():
    assert sample(np.zeros((3, 0))) == Sample((), (), (), complete=True)
