"""Values as shades."""

import numpy as np
import pytest

from autograd_lite.graphs.summary import sample, statistics
from autograd_lite.visualize.heat import LEVELS, NOT_FINITE, heatmap, softened


def shades(x):
    x = np.asarray(x)
    return heatmap(sample(x), statistics(x))


def test_shades_are_shares_of_the_largest_absolute_value():
    assert shades([-4.0, -2.0, -1.0, 0.0, 1.0, 2.0]).levels == ((0, 2, 3, 4, 5, 6),)


def test_what_is_not_zero_never_looks_like_zero():
    assert shades([1e-300, -1e-300, 0.0, 1.0]).levels == ((5, 3, 4, 8),)


def test_all_zero():
    assert shades(np.zeros((2, 4))).levels == ((4,) * 4,) * 2


def test_nan_and_infinity_do_not_spoil_the_scale():
    assert shades([np.nan, np.inf, -np.inf, 1.0, -1.0]).levels == (
        (NOT_FINITE, NOT_FINITE, NOT_FINITE, 8, 0),
    )
    assert shades([np.nan] * 5).levels == ((NOT_FINITE,) * 5,)


def test_the_scale_is_that_of_the_whole_array_where_a_sample_is_shown():
    x = np.ones(1_000)
    x[500] = 100.0  # not in the sample
    found = shades(x)
    assert found.levels == ((5,) * 6,)
    assert not found.complete


@pytest.mark.parametrize("x", [3.0, [3.0], [[[3.0]]], np.zeros((0, 3)), np.zeros((3, 0))])
def test_one_number_and_none_are_no_heatmap(x):
    assert shades(x) is None
    assert heatmap(None, None) is None


def test_small_arrays_are_numbers():
    assert shades([[0.5, -1.0]]).numbers == (("0.5", "-1"),)
    assert shades([[0.5, -1.0]]).said == "0.5, -1"
    assert shades(np.ones((3, 3))).numbers == (("1", "1", "1"),) * 3
    assert shades(np.ones((4, 3))).numbers == ()


@pytest.mark.parametrize("x", [[True, False], [1, -3], np.array([1, 2], np.float16)])
def test_every_dtype(x):
    assert all(0 <= level < LEVELS for row in shades(x).levels for level in row)


def test_numbers_stand_on_paler_shades_of_the_same_sign():
    assert softened(((0, 1, 2, 3, 4, 5, 6, 7, 8, NOT_FINITE),)) == (
        (2, 2, 3, 3, 4, 5, 5, 6, 6, NOT_FINITE),
    )
