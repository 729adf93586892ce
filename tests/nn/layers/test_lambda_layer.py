"""Lambda."""

import numpy as np
import pytest

from nn.layers import Lambda


def test_it_is_the_function():
    x = np.array([[1.0, 2.0]])
    np.testing.assert_array_equal(Lambda(lambda x: x**2)(x).data, [[1, 4]])
    powered = Lambda(lambda x, power: x**power, arguments={"power": 3})
    np.testing.assert_array_equal(powered(x).data, [[1, 8]])


def test_it_takes_several_inputs():
    y = Lambda(lambda parts: parts[0] - parts[1])([np.array([[3.0]]), np.array([[1.0]])])
    assert y.item() == 2


def test_it_takes_a_function():
    with pytest.raises(TypeError, match="Lambda takes a function, got int"):
        Lambda(3)
