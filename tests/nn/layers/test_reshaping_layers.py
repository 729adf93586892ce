"""Flatten, Reshape, Permute."""

import numpy as np
import pytest

from autograd_lite.testing import check_gradients
from nn.layers import Flatten, Permute, Reshape

X = np.arange(48.0).reshape(2, 4, 3, 2)


def test_flatten():
    np.testing.assert_array_equal(Flatten()(X).data, X.reshape(2, 24))
    assert Flatten()(np.zeros(5)).shape == (5, 1)
    assert Flatten()(np.zeros((0, 2, 3))).shape == (0, 6)


@pytest.mark.parametrize("target", [(6, 4), (24,), (-1, 8), (2, -1, 2), (2, 3, 2, 2)])
def test_reshape(target):
    np.testing.assert_array_equal(Reshape(target)(X).data, X.reshape(2, *target))


def test_reshape_of_no_samples():
    assert Reshape((3, -1))(np.zeros((0, 6))).shape == (0, 3, 2)


@pytest.mark.parametrize("target", [(5, 5), (23,), (-1, 7)])
def test_another_number_of_elements_is_refused(target):
    with pytest.raises(ValueError, match=r"\(24 elements\) the shape"):
        Reshape(target)(X)


def test_only_one_length_can_be_open():
    with pytest.raises(ValueError, match="only one length"):
        Reshape((-1, -1))


def test_permute():
    y = Permute((3, 1, 2))(X)
    np.testing.assert_array_equal(y.data, X.transpose(0, 3, 1, 2))


@pytest.mark.parametrize("dims", [(0, 1), (1, 3), (1, 1), (2,)])
def test_permute_takes_the_axes_of_a_sample(dims):
    with pytest.raises(ValueError, match="counted from 1"):
        Permute(dims)


def test_permute_refuses_other_axes():
    with pytest.raises(ValueError, match="orders the 2 axes"):
        Permute((2, 1))(X)


@pytest.mark.parametrize(
    "layer", [Flatten, lambda **k: Reshape((8, 3), **k), lambda **k: Permute((2, 3, 1), **k)]
)
def test_gradients(layer):
    check_gradients(lambda x: layer(dtype="float64")(x) ** 2, X / 10, order=2)
