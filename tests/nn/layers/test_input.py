"""Input."""

import numpy as np
import pytest

import nn


@pytest.mark.parametrize("shape", [(64,), [28, 28, 1], (None, 3), (np.int64(2),)])
def test_the_shape_of_one_sample(shape):
    first = nn.Input(shape)
    assert first.shape == tuple(shape)
    assert first.zeros().shape == (1, *(n or 1 for n in shape))


@pytest.mark.parametrize("shape", [64, np.int64(3), "64", (0,), (-1,), (2.0,), None, (True,)])
def test_anything_else_is_refused(shape):
    with pytest.raises(TypeError, match="shape is"):
        nn.Input(shape)


def test_batches_that_are_not_what_was_announced_are_refused():
    model = nn.Sequential([nn.Input((4, 4)), nn.layers.Flatten(), nn.Dense(1)])
    with pytest.raises(ValueError, match=r"made with Input\(\(4, 4\)\).*got \(5, 2, 8\)"):
        model(np.ones((5, 2, 8)))


def test_none_lets_a_length_vary():
    model = nn.Sequential([nn.Input((None, 3)), nn.Dense(2)])
    assert model(np.ones((5, 7, 3))).shape == (5, 7, 2)
    assert model(np.ones((5, 1, 3))).shape == (5, 1, 2)


def test_it_says_what_it_is():
    assert repr(nn.Input((64,))) == "Input((64,))"
    assert repr(nn.Input((5,), dtype="int32")) == "Input((5,), dtype='int32')"
