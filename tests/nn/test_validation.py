import numpy as np
import pytest

from nn._core.validation import require_count, require_fraction, require_number

nan, inf = float("nan"), float("inf")


@pytest.mark.parametrize("value", [0, 0.0, 1e300, np.float32(2), np.int64(3)])
def test_numbers_from_0_up_pass(value):
    require_number("x", value)


@pytest.mark.parametrize("value", [-1e-9, nan, inf, -inf, np.float32(nan)])
def test_other_numbers_do_not(value):
    with pytest.raises(ValueError, match="x is a number from 0 up, got"):
        require_number("x", value)


@pytest.mark.parametrize("value", [True, None, "1", [1.0], np.ones(1), 1j])
def test_what_is_no_number_does_not(value):
    for require in (require_number, require_fraction):
        with pytest.raises(TypeError, match="x is a number, got"):
            require("x", value)


def test_zero_is_not_positive():
    require_number("x", 1e-300, positive=True)
    with pytest.raises(ValueError, match="x is a positive number, got 0"):
        require_number("x", 0, positive=True)


def test_a_fraction_is_below_1_or_up_to_1():
    require_fraction("x", 0.0)
    require_fraction("x", 0.999)
    require_fraction("x", 1.0, one=True)
    with pytest.raises(ValueError, match=r"x lies in \[0, 1\), got 1.0"):
        require_fraction("x", 1.0)
    with pytest.raises(ValueError, match=r"x lies in \[0, 1\], got 1.1"):
        require_fraction("x", 1.1, one=True)


def test_a_count_is_whole_and_1_or_more():
    require_count("x", 1)
    require_count("x", np.int32(5))
    for wrong in (1.0, True, None):
        with pytest.raises(TypeError, match="x is a whole number"):
            require_count("x", wrong)
    with pytest.raises(ValueError, match="x is 1 or more, got 0"):
        require_count("x", 0)
