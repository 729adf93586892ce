"""What scripts of Keras call beside layers and training; numbers of Keras 3.15.1 on JAX."""

import numpy as np
import pytest

import nn
from nn import layers, ops


def test_images_resized_without_distortion():
    x = np.sin(np.arange(60)).reshape(4, 5, 3).astype("float32")
    small = nn.preprocessing.image.smart_resize(x, (2, 2))
    assert nn.utils.smart_resize is nn.preprocessing.image.smart_resize
    wanted = [0.010105163, -0.0133394152, -0.0245197713, 0.015945062, -0.0070593953, -0.023573488]
    np.testing.assert_allclose(small.ravel()[:6], wanted, atol=1e-7)
    near = nn.utils.smart_resize(x[None], (3, 2), interpolation="nearest")
    wanted = [[0.14112, -0.2794155], [0.9999118, -0.9917789], [-0.7682546, 0.6702292]]
    np.testing.assert_allclose(near[0, ..., 0], wanted, atol=1e-6)


def test_layers_from_their_configs():
    layer = layers.Bidirectional(layers.LSTM(3), name="both")
    again = layers.deserialize(layers.serialize(layer))
    assert isinstance(again, layers.Bidirectional)
    assert again is not layer
    assert again.name == "both"

    class Twice(nn.Layer):
        def call(self, x):
            return 2 * x

    made = layers.deserialize(layers.serialize(Twice(name="t")), custom_objects={"Twice": Twice})
    assert isinstance(made, Twice)
    with pytest.raises(ValueError, match=r"unknown layer 'Dens'\. Did you mean 'Dense'"):
        layers.deserialize({"class_name": "Dens", "config": {}})


@pytest.mark.parametrize(
    ("module", "thing"),
    [
        (nn.optimizers, nn.SGD(0.1, momentum=0.5)),
        (nn.losses, nn.losses.Huber(2.0)),
        (nn.metrics, nn.metrics.Precision(top_k=2)),
        (nn.initializers, nn.initializers.HeNormal(seed=1)),
        (nn.regularizers, nn.regularizers.L2(0.1)),
        (nn.constraints, nn.constraints.MaxNorm(3)),
        (nn.activations, nn.activations.relu),
    ],
)
def test_other_things_from_their_configs(module, thing):
    described = module.serialize(thing)
    again = module.deserialize(described)
    assert module.serialize(again) == described
    if isinstance(described, dict):  # Keras says more
        described = {"module": "keras.somewhere", **described, "registered_name": None}
        assert type(module.deserialize(described)) is type(thing)


def test_configs_of_ones_own():
    def smooth(x):
        return np.tanh(x)

    assert nn.activations.deserialize("smooth", custom_objects={"smooth": smooth}) is smooth

    class Own(nn.losses.MeanSquaredError):
        pass

    made = nn.losses.deserialize({"class_name": "Own", "config": {}}, {"Own": Own})
    assert isinstance(made, Own)


def test_a_loss_as_an_attribute_of_ones_own():
    class Own(nn.Model):
        def __init__(self):
            super().__init__()
            self.loss = nn.losses.MeanAbsoluteError()
            self.dense = nn.Dense(1)

        def call(self, x):
            return self.dense(x)

        def train_step(self, data):
            return {"loss": self.loss(*data)}

    model = Own()
    assert isinstance(model.loss, nn.losses.MeanAbsoluteError)
    model.compile("sgd", "mse")
    assert model.loss == "mse"
    with pytest.raises(AttributeError, match=r"was compiled with the loss 'mse': write model"):
        model.loss = "mae"


def test_samples_in_batches():
    singles = nn.utils.Batches(lambda i: (i * np.ones(2), {"a": i}), range(5), batch_size=None)
    batches = singles.map(lambda x, y: (x + 1, y)).batch(2)
    assert len(batches) == 3
    x, y = batches[1]
    np.testing.assert_array_equal(x, [[3, 3], [4, 4]])
    np.testing.assert_array_equal(y["a"], [2, 3])
    assert len(batches[2][0]) == 1
    assert len(singles.batch(2, drop_remainder=True)) == 2
    other = nn.utils.Batches(lambda i: i * 10, range(5), batch_size=2).rebatch(3)
    assert [part.tolist() for part in other] == [[0, 10, 20], [30, 40]]
    with pytest.raises(ValueError, match=r"batches of 2 already; rebatch\(3\) changes that"):
        nn.utils.Batches(lambda i: i, range(5), batch_size=2).batch(3)
    with pytest.raises(ValueError, match="come before map, take and skip"):
        batches.take(1).rebatch(2)


def _array(*shape):
    return np.ones(shape, "float32")


def _second_width(kind):
    layer = layers.Bidirectional(kind(3)) if kind is layers.GRU else kind(3)
    layer(_array(2, 5, 4))
    return layer(_array(2, 5, 6))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ops.dot_product_attention(
                _array(2, 5, 4, 8), _array(2, 6, 4, 7), _array(2, 6, 4, 8)
            ),
            r"takes a query \(samples, length, heads, width\).*\(2, 6, 4, 7\)",
        ),
        (lambda: ops.dot_product_attention(*[_array(2, 5, 8)] * 3), r"Got \(2, 5, 8\)"),
        (
            lambda: ops.dot_product_attention(
                _array(2, 5, 4, 8), _array(2, 6, 3, 8), _array(2, 6, 3, 8)
            ),
            "the heads of key and value divide those of the query",
        ),
        (
            lambda: ops.batch_normalization(_array(2, 3), _array(4), _array(4), -1),
            r"mean is one number for each feature along axis -1 of x, .* got mean of shape \(4,\)",
        ),
        (
            lambda: ops.batch_normalization(_array(2, 3), _array(3), _array(3), 5),
            r"along axis 5 of x, which has shape \(2, 3\)",
        ),
        (lambda: ops.image.resize(_array(1, 4, 4, 1), (0, 2)), "size is 1 or more, got 0"),
        (lambda: ops.image.resize(_array(4, 4), (2, 2)), "or one image without the samples"),
        (
            lambda: layers.Rescaling([1, 2])(_array(4, 3)),
            r"rescaling has a scale of shape \(2,\), .* does not fit inputs of shape \(4, 3\)",
        ),
        (lambda: _second_width(layers.LSTM), r"lstm expects inputs of width 4, .* \(2, 5, 6\)"),
        (lambda: _second_width(layers.GRU), r"gru expects inputs of width 4, "),
        (lambda: ops.one_hot(1.5, 3), "one_hot takes labels, which are integers; got 1.5"),
        (lambda: ops.one_hot(["a"], 3), r"labels, which are integers; got \['a'\]"),
        (lambda: ops.one_hot([1], -2), "num_classes is a number from 0 up, got -2"),
        (lambda: ops.vectorized_map(lambda x: x, _array(0, 2)), "take one entry or more"),
        (lambda: layers.LeakyReLU(-0.5), "negative_slope is a number from 0 up, got -0.5"),
        (lambda: ops.layer_normalization(_array(2, 3), gamma=_array(4)), "gamma is one number for"),
        (lambda: ops.image.extract_patches(_array(1, 4, 4, 1), 5), r"windows of \[5, 5\] elements"),
        (lambda: nn.random.categorical(_array(2), 1), r"takes logits \(samples, classes\)"),
        (lambda: nn.utils.pad_sequences([[1]], maxlen=-1), "maxlen is a number from 0 up"),
        (lambda: layers.Flatten()(np.float32(3)), "flatten expects inputs of at least 1 axis"),
    ],
)
def test_wrong_calls_say_what_is_expected(call, message):
    with pytest.raises(ValueError, match=message):
        call()
    assert layers.Rescaling([1, 2])(_array(4, 1)).shape == (4, 2)  # as in Keras
    assert layers.Add()([_array(2, 3)]).shape == layers.Concatenate()([_array(2, 3)]).shape
    assert ops.one_hot([1.0, 2.0], 3).tolist() == [[0, 1, 0], [0, 0, 1]]


def test_policies_of_types():
    assert nn.mixed_precision.global_policy() == nn.config.dtype_policy() == "float32"
    with pytest.warns(UserWarning, match="'mixed_float16' has no effect: layers compute"):
        nn.mixed_precision.set_global_policy("mixed_float16")
    nn.config.set_dtype_policy("float64")
    assert nn.Dense(1).dtype == "float64"
    nn.config.set_dtype_policy("float32")
    with pytest.raises(ValueError, match="floatx is 'float32', 'float64' or 'float16', got 'int8'"):
        nn.config.set_dtype_policy("int8")


def test_metrics_among_the_attributes_of_layers():
    class Endpoint(nn.Layer):
        def __init__(self):
            super().__init__()
            self.accuracy = nn.metrics.BinaryAccuracy()
            self.inner = layers.Dense(1)

        def call(self, y, x):
            self.accuracy.update_state(y, x)
            return self.inner(x)

    class Outer(nn.Layer):
        def __init__(self):
            super().__init__()
            self.endpoint = Endpoint()

        def call(self, y, x):
            return self.endpoint(y, x)

    layer = Outer()
    layer(np.array([[1.0], [0.0]]), np.array([[0.8], [0.7]]))
    assert layer.metrics == [layer.endpoint.accuracy]
    assert float(layer.metrics[0].result()) == 0.5
    assert layers.Dense(1).metrics == []


@pytest.mark.parametrize("kind", ["functional", "sequential"])
def test_a_last_axis_of_one_is_added_or_left_out(kind):
    """Images without channels for an Input with one, as in Keras 3.15.1."""
    parts = [layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(1)]
    inputs = outputs = nn.Input((6, 6, 1))
    for layer in parts:
        outputs = layer(outputs)
    model = nn.Model(inputs, outputs)
    if kind == "sequential":
        model = nn.Sequential([nn.Input((6, 6, 1)), *parts])
    model.compile("sgd", "mse")
    x = np.sin(np.arange(288.0)).reshape(8, 6, 6)
    assert np.isfinite(model.fit(x, np.ones((8, 1)), verbose=0).history["loss"][0])
    wanted = model.predict(x[..., None], verbose=0)
    np.testing.assert_array_equal(model.predict(x, verbose=0), wanted)
    np.testing.assert_array_equal(model(x[..., None, None]).data, model(x[..., None]).data)
    with pytest.raises(ValueError, match=r"got \(8, 6, 5\)|got \(8, 6, 5, 1\)"):
        model(x[..., :5])
