"""Add, Multiply, Average, Concatenate."""

import numpy as np
import pytest

from autograd_lite.testing import check_gradients
from nn.layers import Add, Average, Concatenate, Multiply

A, B, C = (np.cos(np.arange(6.0) + i).reshape(2, 3) for i in range(3))


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Add, A + B + C),
        (Multiply, A * B * C),
        (Average, (A + B + C) / 3),
        (Concatenate, np.concatenate([A, B, C], axis=-1)),
    ],
)
def test_values_and_gradients(layer, expected):
    merged = layer(dtype="float64")
    np.testing.assert_allclose(merged([A, B, C]).data, expected, rtol=1e-14)
    check_gradients(lambda *inputs: merged(list(inputs)) ** 2, A, B, C, order=2)
    assert layer()([A, B]).dtype == np.float32


def test_concatenate_along_another_axis():
    wide = np.zeros((2, 4, 3))
    assert Concatenate(axis=1)([wide, wide[:, :1]]).shape == (2, 5, 3)


@pytest.mark.parametrize("layer", [Add(), Multiply(), Average(), Concatenate()])
@pytest.mark.parametrize("inputs", [A, [A], A.tolist()])
def test_they_are_called_on_a_list(layer, inputs):
    with pytest.raises(TypeError, match="is called on a list"):
        layer(inputs)


@pytest.mark.parametrize("other", [A[:, :1], A[:1], A[0], A[None]])
def test_nothing_is_broadcast(other):
    for layer in (Add(), Multiply(), Average()):
        with pytest.raises(ValueError, match="takes inputs of one shape"):
            layer([A, other])


@pytest.mark.parametrize("other", [A[:1], A[None]])
def test_concatenate_refuses_other_axes_that_differ(other):
    with pytest.raises(ValueError, match="other axes have to agree"):
        Concatenate()([A, other])


def test_concatenate_refuses_an_axis_that_is_not_there():
    with pytest.raises(ValueError, match="has axis=2"):
        Concatenate(axis=2)([A, B])
