import numpy as np
import pytest

import nn
from nn.layers import InputLayer


@pytest.mark.parametrize("shape", [(4,), (28, 28, 1), (None, 3), ()])
def test_the_shape_of_a_batch(shape):
    x = nn.Input(shape)
    assert x.shape == (None, *shape)
    assert x.dtype == np.float32
    assert x.ndim == 1 + len(shape)


def test_other_ways_to_say_it():
    assert nn.Input(shape=(4,), batch_size=8).shape == (8, 4)
    assert nn.Input(batch_shape=(8, 4)).shape == (8, 4)
    assert nn.Input(shape=(4,), dtype="int32", name="tokens").dtype == np.int32
    for layer in (
        InputLayer((4,)),
        InputLayer(shape=(4,)),
        InputLayer(input_shape=(4,)),
        InputLayer(batch_shape=(None, 4)),
        InputLayer(batch_input_shape=(None, 4)),
    ):
        assert layer.output.shape == (None, 4)
        assert layer.output.call is layer.output.call


@pytest.mark.parametrize("shape", [4, "ab", (0,), (2.0,), (True,), None, [(-1)]])
def test_a_shape_that_is_none_is_refused(shape):
    with pytest.raises(TypeError, match="shape"):
        nn.Input(shape)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shape": (3,), "batch_size": 0}, "batch_size is a positive integer"),
        ({"shape": (3,), "batch_size": "8"}, "batch_size is a positive integer"),
        ({"shape": (3,), "batch_shape": (None, 3)}, "shape of one sample"),
        ({"batch_shape": ()}, "shape of one sample"),
        ({"shape": (3,), "dtype": "complex64"}, "an Input holds numbers"),
        ({"shape": (1,), "dtype": "string"}, "TextVectorization"),
        ({"shape": (3,), "name": 3}, "name"),
    ],
)
def test_bad_input(options, message):
    with pytest.raises(TypeError, match=message):
        nn.Input(**options)


def test_it_says_what_it_is():
    said = "<symbolic Tensor 'pixels' shape=(None, 28, 28, 1) dtype=float32>"
    assert repr(nn.Input((28, 28, 1), name="pixels")) == said


# Keras 2's keywords of a first layer: shapes as Keras 2.4 documents them.
@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (lambda: nn.Dense(2, input_shape=(5,)), (None, 5)),
        (lambda: nn.Dense(2, input_dim=5), (None, 5)),
        (lambda: nn.Dense(2, batch_input_shape=(8, 5)), (8, 5)),
        (lambda: nn.Flatten(input_shape=(4, 4)), (None, 4, 4)),
        (lambda: nn.Embedding(10, 3, input_length=7), (None, 7)),
        (lambda: nn.Dense(2, input_dim=3, input_length=7), (None, 7, 3)),
        (lambda: nn.Dropout(0.5, input_shape=(3,)), (None, 3)),
    ],
)
def test_first_layer_keywords(layer, shape):
    model = nn.Sequential([layer(), nn.Dense(2)])
    assert model.built
    assert model.input_shape == model.input.shape == shape


def test_first_layer_keywords_elsewhere_mean_nothing():
    """As in Keras: only the first layer declares an input."""
    model = nn.Sequential([nn.Dense(3, input_shape=(5,)), nn.Dense(2, input_shape=(3,))])
    assert model.output.shape == (None, 2)
    assert "input_shape" not in model.layers[1].get_config()


def test_first_layer_keywords_of_a_subclass():
    class Mine(nn.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units

        def call(self, x):
            return x * self.units

    assert nn.Sequential([Mine(3, input_shape=(4,), name="m")]).input_shape == (None, 4)
    with pytest.raises(TypeError, match="input_shape of mine is a tuple"):
        nn.Sequential([Mine(3, input_shape=4)])
