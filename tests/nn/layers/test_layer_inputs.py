"""What layers are called on: the number of inputs, and what is none."""

import numpy as np
import pytest

import nn


class Scaled(nn.Layer):
    """Of two inputs, whose build wants the shape of the first, as in Keras."""

    def build(self, input_shape):
        self.w = self.add_weight((input_shape[-1],), "ones")
        super().build(input_shape)

    def call(self, x, factor, shift=0.0):
        return x * self.w * factor + shift


def test_build_may_take_the_first_shape_alone():
    assert np.array_equal(Scaled()(np.ones((2, 3)), 2 * np.ones((2, 3))).data, np.full((2, 3), 2.0))
    x, factor = nn.Input((3,)), nn.Input((3,))
    assert Scaled()(x, factor).shape == (None, 3)


@pytest.mark.parametrize(
    ("make", "inputs", "message"),
    [
        (Scaled, 1, r"scaled\(x, factor\), got 1 input, without factor"),
        (Scaled, 4, r"scaled\(x, factor\), got 4 inputs$"),
        (lambda: nn.Dense(2), 0, r"dense\(x\), got 0 inputs, without x"),
        (lambda: nn.Dense(2), 2, r"dense\(x\), got 2 inputs$"),
        (lambda: nn.layers.MultiHeadAttention(1, 2), 1, "got 1 input, without value"),
    ],
)
@pytest.mark.parametrize("symbolic", [False, True])
def test_another_number_of_inputs_is_refused(make, inputs, message, symbolic):
    x = nn.Input((4, 3)) if symbolic else np.ones((2, 4, 3))
    if symbolic and not inputs:
        return
    with pytest.raises(TypeError, match=message):
        make()(*[x] * inputs)


def test_a_layer_is_no_input():
    with pytest.raises(TypeError, match=r"first was called on a layer, <Dense.*'second'>"):
        nn.Dense(2, name="first")(nn.Dense(3, name="second"))


def test_none_is_no_input():
    # A function that forgets its return, most often.
    with pytest.raises(TypeError, match=r"first takes an array, got None"):
        nn.Dense(1, name="first")(None)
