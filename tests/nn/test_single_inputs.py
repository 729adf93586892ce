"""Layers of one input that are given several."""

import numpy as np
import pytest

import nn
from nn import layers

X = np.ones((4, 3))


@pytest.mark.parametrize(
    "make", [lambda: nn.Dense(2), lambda: layers.Activation("relu"), layers.Flatten]
)
@pytest.mark.parametrize("inputs", [[X, X], {"a": X, "b": X}])
def test_several_inputs_of_a_layer_of_one_are_refused(make, inputs):
    made = make()
    message = f"takes one array, got a {type(inputs).__name__} of 2. Join them first"
    for call in (made, nn.Sequential([make()]).predict):
        with pytest.raises(TypeError, match=message):
            call(inputs)
    joined = layers.Concatenate()(list(inputs.values()) if isinstance(inputs, dict) else inputs)
    assert made(joined).shape[0] == 4
