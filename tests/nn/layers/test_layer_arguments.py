"""What holds for every layer: arguments are checked where they are written, layers are built by
hand or by a call, made again from their configs, and say what they give.
"""

import copy
import functools
import inspect

import numpy as np
import pytest

import nn
from nn import layers

X = np.random.default_rng(0).normal(size=(5, 4)).astype("f4")

STEPS = [(None, 3, 4), (None, 5, 4)]


class OnSeveral(nn.Layer):
    """A layer of several inputs as one of a list of them."""

    def __init__(self, layer, **options):
        super().__init__(**options)
        self.layer = layer

    def build(self, shapes):
        self.layer.build(*shapes)

    def call(self, inputs):
        return self.layer(*inputs)


class OneStep(OnSeveral):
    """A cell as a layer of a list: the inputs of a step, and each state. It returns the output."""

    def build(self, shapes):
        self.layer.build(shapes[0])

    def call(self, inputs):
        output, _ = self.layer(inputs[0], inputs[1:])
        return output


STEP, SEQUENCE = [(None, 4), (None, 3)], (None, 5, 4)

# A layer of every class, with the shape of its inputs.
MAKERS = {
    "Activation": (lambda: layers.Activation("relu"), (None, 4)),
    "ActivityRegularization": (lambda: layers.ActivityRegularization(0.5, 0.1), (None, 4)),
    "AdditiveAttention": (lambda: layers.AdditiveAttention(), STEPS),
    "Attention": (lambda: layers.Attention(use_scale=True, score_mode="concat"), STEPS),
    "GroupQueryAttention": (lambda: OnSeveral(layers.GroupQueryAttention(3, 4, 2)), STEPS),
    "MultiHeadAttention": (
        lambda: OnSeveral(layers.MultiHeadAttention(2, 3, output_shape=6, use_gate=True)),
        STEPS,
    ),
    "EinsumDense": (lambda: layers.EinsumDense("abc,cd->abd", (None, 3), "relu", "d"), STEPS[0]),
    "GRUCell": (lambda: OneStep(layers.GRUCell(3)), STEP),
    "LSTMCell": (lambda: OneStep(layers.LSTMCell(3)), [*STEP, (None, 3)]),
    "SimpleRNNCell": (lambda: OneStep(layers.SimpleRNNCell(3)), STEP),
    "StackedRNNCells": (
        lambda: OneStep(
            layers.StackedRNNCells([layers.SimpleRNNCell(3, "relu"), layers.GRUCell(2)])
        ),
        [*STEP, (None, 2)],
    ),
    "GRU": (lambda: layers.GRU(3, reset_after=False, dropout=0.5), SEQUENCE),
    "LSTM": (lambda: layers.LSTM(3, return_sequences=True), SEQUENCE),
    "RNN": (lambda: layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)]), SEQUENCE),
    "SimpleRNN": (lambda: layers.SimpleRNN(3, go_backwards=True, unroll=True), SEQUENCE),
    "Bidirectional": (
        lambda: layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        SEQUENCE,
    ),
    "TimeDistributed": (lambda: layers.TimeDistributed(layers.Dense(3)), SEQUENCE),
    "Add": (lambda: layers.Add(), [(None, 4), (None, 4)]),
    "AlphaDropout": (lambda: layers.AlphaDropout(0.5), (None, 4)),
    "Average": (lambda: layers.Average(), [(None, 4), (None, 4)]),
    "BatchNormalization": (lambda: layers.BatchNormalization(), (None, 4)),
    "Concatenate": (lambda: layers.Concatenate(), [(None, 4), (None, 2)]),
    "Dense": (lambda: layers.Dense(3, "relu"), (None, 4)),
    "Dot": (lambda: layers.Dot((1, -1)), [(None, 4), (None, 3, 4)]),
    "Dropout": (lambda: layers.Dropout(0.5), (None, 4)),
    "Embedding": (lambda: layers.Embedding(7, 2), (None, 4)),
    "Flatten": (lambda: layers.Flatten(), (None, 4, 2)),
    "GaussianDropout": (lambda: layers.GaussianDropout(0.5), (None, 4)),
    "GaussianNoise": (lambda: layers.GaussianNoise(0.5), (None, 4)),
    "GroupNormalization": (lambda: layers.GroupNormalization(2), (None, 4)),
    "Identity": (lambda: layers.Identity(), (None, 4)),
    "Lambda": (lambda: layers.Lambda(np.abs), (None, 4)),
    "LayerNormalization": (lambda: layers.LayerNormalization(), (None, 4)),
    "Maximum": (lambda: layers.Maximum(), [(None, 4), (None, 4)]),
    "Minimum": (lambda: layers.Minimum(), [(None, 4), (None, 4)]),
    "Multiply": (lambda: layers.Multiply(), [(None, 4), (None, 4)]),
    "Normalization": (lambda: layers.Normalization(mean=0.0, variance=1.0), (None, 4)),
    "PReLU": (lambda: layers.PReLU(), (None, 4)),
    "Permute": (lambda: layers.Permute((2, 1)), (None, 4, 2)),
    "RMSNormalization": (lambda: layers.RMSNormalization(), (None, 4)),
    "RepeatVector": (lambda: layers.RepeatVector(3), (None, 4)),
    "Rescaling": (lambda: layers.Rescaling(0.5), (None, 4)),
    "Reshape": (lambda: layers.Reshape((2, 2)), (None, 4)),
    "Subtract": (lambda: layers.Subtract(), [(None, 4), (None, 1)]),
    "UnitNormalization": (lambda: layers.UnitNormalization(), (None, 4)),
}
ON_LENGTHS = {1: (None, 6, 4), 2: (None, 6, 7, 4), 3: (None, 5, 6, 4, 4)}
FAMILIES = {
    "AveragePooling": {"pool_size": 2, "strides": 3},
    "Conv": {"filters": 4, "kernel_size": 3, "groups": 2, "activation": "relu"},
    "Cropping": {"cropping": 1},
    "DepthwiseConv": {"kernel_size": 3, "depth_multiplier": 2},
    "GlobalAveragePooling": {},
    "GlobalMaxPooling": {"keepdims": True},
    "MaxPooling": {"padding": "same"},
    "SpatialDropout": {"rate": 0.5},
    "SeparableConv": {"filters": 3, "kernel_size": 2, "bias_initializer": "ones"},
    "UpSampling": {"size": 3},
    "ZeroPadding": {"padding": 2},
}
for family, given in FAMILIES.items():
    for rank, shape in ON_LENGTHS.items():
        if hasattr(layers, f"{family}{rank}D"):
            kind = getattr(layers, f"{family}{rank}D")
            MAKERS[f"{family}{rank}D"] = functools.partial(kind, **given), shape
for rank, shape in ON_LENGTHS.items():
    kind = getattr(layers, f"Conv{rank}DTranspose")
    MAKERS[f"Conv{rank}DTranspose"] = functools.partial(kind, 2, 3, strides=2), shape
MAKERS |= {
    "CategoryEncoding": (functools.partial(layers.CategoryEncoding, 5), (None, 4)),
    "Discretization": (functools.partial(layers.Discretization, [0.0, 1.0]), (None, 4)),
    "IntegerLookup": (functools.partial(layers.IntegerLookup, vocabulary=[3, 5]), (None, 4)),
    "CenterCrop": (functools.partial(layers.CenterCrop, 3, 4), ON_LENGTHS[2]),
    "RandomBrightness": (functools.partial(layers.RandomBrightness, 0.2), ON_LENGTHS[2]),
    "RandomContrast": (functools.partial(layers.RandomContrast, 0.2), ON_LENGTHS[2]),
    "RandomCrop": (functools.partial(layers.RandomCrop, 3, 4), ON_LENGTHS[2]),
    "RandomFlip": (functools.partial(layers.RandomFlip, "vertical"), ON_LENGTHS[2]),
    "RandomRotation": (functools.partial(layers.RandomRotation, (-0.1, 0.2)), ON_LENGTHS[2]),
    "RandomTranslation": (functools.partial(layers.RandomTranslation, 0.2, 0), ON_LENGTHS[2]),
    "RandomZoom": (functools.partial(layers.RandomZoom, [0, 0.1], None, "wrap"), ON_LENGTHS[2]),
    "Resizing": (functools.partial(layers.Resizing, 3, 4, antialias=True), ON_LENGTHS[2]),
}
CLASSES = [
    name
    for name in layers.__all__
    if inspect.isclass(kind := getattr(layers, name)) and issubclass(kind, nn.Layer)
    if kind is not nn.Layer
]
EVERY = {
    name: MAKERS.get(name, (getattr(layers, name), (None, 4)))
    for name in CLASSES
    if name not in ("Input", "InputLayer", "StringLookup", "TextVectorization")
}
OUTPUTS = {
    "Concatenate": (None, 6),
    "EinsumDense": (None, 3, 3),
    "MultiHeadAttention": (None, 3, 6),
    "GRUCell": (None, 3),
    "LSTMCell": (None, 3),
    "SimpleRNNCell": (None, 3),
    "StackedRNNCells": (None, 2),
    "GRU": (None, 3),
    "LSTM": (None, 5, 3),
    "RNN": (None, 2),
    "SimpleRNN": (None, 3),
    "Bidirectional": (None, 5, 6),
    "TimeDistributed": (None, 5, 3),
    "Dense": (None, 3),
    "Embedding": (None, 4, 2),
    "Dot": (None, 3),
    "Flatten": (None, 8),
    "Permute": (None, 2, 4),
    "RepeatVector": (None, 3, 4),
    "Reshape": (None, 2, 2),
    # Along a length of n: (n - size) // stride + 1 windows, and so on, by hand.
    "AveragePooling1D": (None, 2, 4),
    "AveragePooling2D": (None, 2, 2, 4),
    "AveragePooling3D": (None, 2, 2, 1, 4),
    "CategoryEncoding": (None, 5),
    "CenterCrop": (None, 3, 4, 4),
    "RandomCrop": (None, 3, 4, 4),
    "Resizing": (None, 3, 4, 4),
    "Conv1D": (None, 4, 4),
    "Conv1DTranspose": (None, 13, 2),
    "Conv2D": (None, 4, 5, 4),
    "Conv2DTranspose": (None, 13, 15, 2),
    "Conv3D": (None, 3, 4, 2, 4),
    "Conv3DTranspose": (None, 11, 13, 9, 2),
    "Cropping1D": (None, 4, 4),
    "Cropping2D": (None, 4, 5, 4),
    "Cropping3D": (None, 3, 4, 2, 4),
    "DepthwiseConv1D": (None, 4, 8),
    "DepthwiseConv2D": (None, 4, 5, 8),
    "GlobalAveragePooling1D": (None, 4),
    "GlobalAveragePooling2D": (None, 4),
    "GlobalAveragePooling3D": (None, 4),
    "GlobalMaxPooling1D": (None, 1, 4),
    "GlobalMaxPooling2D": (None, 1, 1, 4),
    "GlobalMaxPooling3D": (None, 1, 1, 1, 4),
    "MaxPooling1D": (None, 3, 4),
    "MaxPooling2D": (None, 3, 4, 4),
    "MaxPooling3D": (None, 3, 3, 2, 4),
    "SeparableConv1D": (None, 5, 3),
    "SeparableConv2D": (None, 5, 6, 3),
    "SpatialDropout1D": (None, 6, 4),
    "SpatialDropout2D": (None, 6, 7, 4),
    "SpatialDropout3D": (None, 5, 6, 4, 4),
    "UpSampling1D": (None, 18, 4),
    "UpSampling2D": (None, 18, 21, 4),
    "UpSampling3D": (None, 15, 18, 12, 4),
    "ZeroPadding1D": (None, 10, 4),
    "ZeroPadding2D": (None, 10, 11, 4),
    "ZeroPadding3D": (None, 9, 10, 8, 4),
}
every_layer = pytest.mark.parametrize("name", list(EVERY))


def zeros(shape, count=5):
    if isinstance(shape, list):
        return [zeros(part, count) for part in shape]
    return np.zeros((count, *shape[1:]), "f4")


def described(value):
    """A config as plain values: a layer in it is its class and config."""
    if isinstance(value, nn.Layer):
        return type(value), described(value.get_config())
    if isinstance(value, dict):
        return {name: described(part) for name, part in value.items()}
    return [described(part) for part in value] if isinstance(value, list) else value


@every_layer
def test_a_layer_built_by_hand_can_be_called(name):
    make, shape = EVERY[name]
    nn.set_random_seed(0)
    by_hand = make()
    by_hand.build(shape)
    assert by_hand.built
    weights = by_hand.get_weights()
    outputs = by_hand(zeros(shape))
    nn.set_random_seed(0)
    by_call = make()
    np.testing.assert_array_equal(outputs.data, by_call(zeros(shape)).data)
    assert [v.name for v in by_hand.variables] == [v.name for v in by_call.variables]
    for a, b in zip(weights, by_call.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)  # it was not built a second time


@every_layer
def test_a_built_layer_is_a_part_of_a_model_and_of_a_file(name, tmp_path):
    make, shape = EVERY[name]
    if isinstance(shape, list):
        return
    layer = make()
    layer.build(shape)
    model = nn.Sequential([layer])
    outputs = model(zeros(shape), training=False).data
    model.save(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(
        nn.load_model(tmp_path / "m.safetensors")(zeros(shape), training=False).data, outputs
    )


@every_layer
def test_a_layer_is_made_again_from_its_config(name):
    make, shape = EVERY[name]
    layer = make()
    layer(zeros(shape))
    again = type(layer).from_config(layer.get_config())
    assert not again.built
    assert described(again) == described(layer)
    assert {id(v) for v in again.variables}.isdisjoint(map(id, layer.variables))
    assert again(zeros(shape)).shape == layer(zeros(shape)).shape


@every_layer
def test_the_shape_of_the_outputs_without_a_call(name):
    make, shape = EVERY[name]
    layer = make()
    before = nn.random.generator().state
    found = layer.compute_output_shape(shape)
    assert found == OUTPUTS.get(name, shape[0] if isinstance(shape, list) else shape)
    assert (nn.random.generator().state == before).all()
    assert not layer.built
    assert layer.variables == []
    layer(zeros(shape))
    assert layer.compute_output_shape(shape) == found == layer.output_shape


def test_output_shapes_of_other_inputs():
    assert nn.Dense(3).compute_output_shape((8, 4)) == (8, 3)  # as Keras: what is known stays
    assert nn.Dense(3).compute_output_shape((None, None, 4)) == (None, None, 3)
    model = nn.Sequential([nn.Dense(3), nn.Dropout(0.5), nn.Dense(2)])
    assert model.compute_output_shape((None, 4)) == (None, 2)
    with pytest.raises(TypeError, match="the shape of a batch is a tuple"):
        nn.Dense(3).compute_output_shape(4)


class Two(nn.Model):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Dense(3), nn.Dense(3)

    def call(self, inputs, training=False):
        return self.a(inputs[0]) + self.b(inputs[1])


def test_a_model_is_built_by_hand_too():
    model = Two()
    model.build([(None, 4), (None, 2)])
    assert model.count_params() == 4 * 3 + 3 + 2 * 3 + 3
    weights = model.get_weights()
    assert model([X, X[:, :2]]).shape == (5, 3)
    np.testing.assert_array_equal(model.get_weights()[0], weights[0])
    assert Two().compute_output_shape([(None, 4), (None, 2)]) == (None, 3)


def test_a_sequential_is_made_again_from_its_config():
    shared = nn.Dense(4)
    model = nn.Sequential([nn.Input((4,)), shared, nn.Dropout(0.5), shared])
    again = nn.Sequential.from_config(model.get_config())
    assert again.layers[0] is again.layers[2] is not shared
    assert again.input_shape == (None, 4)
    assert again.count_params() == 20
    assert not np.array_equal(again.layers[0].kernel.data, shared.kernel.data)


def test_building_again():
    layer = nn.Dense(3)
    layer.build([2, 4])  # any number of samples; a list will do
    kernel = layer.kernel
    layer.build((None, 4))
    assert layer.kernel is kernel
    with pytest.raises(
        ValueError, match=r"dense is built already, for inputs of shape \(None, 4\)"
    ):
        layer.build((None, 5))
    for wrong in (4, "ab", None):
        with pytest.raises(TypeError, match="the shape of a batch is a tuple"):
            nn.Dense(3).build(wrong)
    with pytest.raises(ValueError, match="a length is unknown"):
        nn.Dense(3).build((None, None))


def test_a_build_that_does_not_call_that_of_the_base():
    class Scale(nn.Layer):
        built_times = 0

        def build(self, input_shape):
            self.built_times += 1
            self.factor = self.add_weight((input_shape[-1],), "ones")

        def call(self, x):
            return x * self.factor

    class Shifted(Scale):
        def build(self, input_shape):
            super().build(input_shape)
            self.shift = self.add_weight((input_shape[-1],), "zeros")

        def call(self, x):
            return super().call(x) + self.shift

    for kind in (Scale, Shifted):
        layer = kind()
        layer.build((None, 4))
        layer(X)
        assert layer.built_times == 1
        assert len(layer.variables) == 1 + (kind is Shifted)
        copied = copy.deepcopy(layer)
        copied(X)
        assert copied.built_times == 1


def test_a_failed_build_by_hand_leaves_the_layer_as_it_was():
    layer = nn.Dense(3)
    with pytest.raises(ValueError, match="at least 2 axes"):
        layer.build((None,))
    assert not layer.built
    layer.build((None, 4))
    assert layer(X).shape == (5, 3)


# -- arguments -------------------------------------------------------------------------------------

nan, inf = float("nan"), float("inf")
WRONG = [
    (layers.Dense, "units", [0, -3, 2.0, True, "3", None, nan]),
    (layers.Dense, "use_bias", ["no", 0, None]),
    (layers.Dropout, "rate", [-0.1, 1, 1.5, nan, True, "0.5", None]),
    (layers.Dropout, "noise_shape", [(-1, 2), (0, 2), (1.0, 2), ("a", 2), (True, 2)]),
    (layers.GaussianNoise, "stddev", [-1, nan, inf, "a", None, True]),
    (layers.ReLU, "negative_slope", [None, -1.0, "a", nan, True]),
    (layers.ReLU, "max_value", [-1.0, "a", nan]),
    (layers.ReLU, "threshold", [None, -1.0, "a", inf]),
    (layers.LeakyReLU, "negative_slope", [None, "a", nan, inf]),
    (layers.ELU, "alpha", [None, "a", nan]),
    (layers.GELU, "approximate", ["tanh", 1, None]),
    (layers.PReLU, "shared_axes", ["a", 1.0, [1, 1], [True]]),
    (layers.Softmax, "axis", ["a", 1.0, None, True]),
    (layers.LogSoftmax, "axis", ["a", 1.0, None, True]),
    (layers.LayerNormalization, "axis", ["a", 1.0, None, True, (1, "a"), (), (1, 1)]),
    (layers.LayerNormalization, "epsilon", [0, -1, nan, "a", None, True]),
    (layers.LayerNormalization, "center", ["no", None, 1]),
    (layers.BatchNormalization, "axis", ["a", 1.0, None, True, (1, 2)]),
    (layers.BatchNormalization, "momentum", [-0.1, 1.5, nan, "a", None, True]),
    (layers.BatchNormalization, "epsilon", [0, -1, nan, "a", None]),
    (layers.BatchNormalization, "scale", ["no", None, 1]),
    (layers.Concatenate, "axis", ["a", 1.0, None, True]),
    (layers.Reshape, "target_shape", [4, "ab", (2.0, 2), (-2, 2), (0, 2), (True, 4), None]),
    (layers.Permute, "dims", [1, "ab", (2.0, 1), (1, 3), (0, 1), None]),
    (layers.Embedding, "input_dim", [0, -1, 2.0, True, "3", None]),
    (layers.Embedding, "output_dim", [0, -1, 2.0, True, "3", None]),
    (layers.Rescaling, "scale", ["a", None, nan, [1.0, "a"], [[1.0], [1.0, 2.0]]]),
    (layers.Rescaling, "offset", ["a", None, inf]),
    (layers.Normalization, "axis", ["a", 1.0, True, (1, 1)]),
    (layers.Normalization, "invert", ["no", 1, None]),
    (layers.Activation, "activation", ["rleu", 3]),
    (layers.Lambda, "function", ["abs", None]),
    (layers.Lambda, "arguments", [3, "a"]),
]
for family in (layers.Conv2D, layers.Conv2DTranspose, layers.SeparableConv2D):
    WRONG += [
        (family, "filters", [0, -3, 2.0, True, "3", None]),
        (family, "kernel_size", [0, -1, 1.5, "3", None, True, (3,), (1, 2, 3), (2.0, 2)]),
        (family, "strides", [0, -1, 1.5, "3", None, True, (1,)]),
        (family, "dilation_rate", [0, 1.5, "3", None]),
        (family, "padding", ["full", None, 0]),
        (family, "data_format", ["first", 3]),
        (family, "use_bias", ["no", 0, None]),
    ]
WRONG += [
    (layers.Conv2D, "groups", [0, -1, 1.5, None, True]),
    (layers.Conv2DTranspose, "output_padding", [-1, 1, 0.5, "a", (0,)]),
    (layers.DepthwiseConv2D, "depth_multiplier", [0, -1, 1.5, None, True]),
    (layers.SeparableConv2D, "depth_multiplier", [0, -1, 1.5, None, True]),
    (layers.MaxPooling2D, "pool_size", [0, 1.5, "2", None, True, (2,)]),
    (layers.AveragePooling2D, "strides", [0, 1.5, "2", True, (2,)]),
    (layers.MaxPooling2D, "padding", ["causal", None, 1]),
    (layers.GlobalMaxPooling2D, "keepdims", ["no", 1, None]),
    (layers.ZeroPadding2D, "padding", [-1, 1.5, "1", None, True, (1,), (1, 2, 3), ((1,), (2,))]),
    (layers.Cropping2D, "cropping", [-1, 1.5, "1", True, (1,), (1, 2, 3)]),
    (layers.UpSampling2D, "size", [0, 1.5, "2", None, True, (2,)]),
    (layers.UpSampling2D, "interpolation", ["cubic", None, 1]),
]
GIVEN = {
    layers.Conv2D: {"filters": 2, "kernel_size": 3},
    layers.Conv2DTranspose: {"filters": 2, "kernel_size": 3},
    layers.DepthwiseConv2D: {"kernel_size": 3},
    layers.SeparableConv2D: {"filters": 2, "kernel_size": 3},
    layers.Dropout: {"rate": 0.5},
    layers.Dense: {"units": 3},
    layers.Embedding: {"input_dim": 3, "output_dim": 3},
    layers.Lambda: {"function": np.abs},
    layers.Rescaling: {"scale": 1.0},
}


@pytest.mark.parametrize(
    ("kind", "argument", "value"),
    [(kind, argument, value) for kind, argument, values in WRONG for value in values],
)
def test_a_wrong_argument_is_refused_where_it_is_written(kind, argument, value):
    with pytest.raises((TypeError, ValueError)) as caught:
        kind(**{**GIVEN.get(kind, {}), argument: value})
    # The message is written here, and names the argument or what it should have been.
    assert type(caught.value) in (TypeError, ValueError)
    said = str(caught.value)
    assert argument in said or "activation" in said or "function" in said, said


@every_layer
@pytest.mark.parametrize("wrong", [{"trainable": "False"}, {"dtype": "int32"}, {"name": 3}])
def test_what_all_layers_take_is_checked_in_all(name, wrong):
    make, _ = EVERY[name]
    config = make().get_config() | wrong
    with pytest.raises(TypeError):
        type(make()).from_config(config)


@pytest.mark.parametrize("variance", [-1.0, [1.0, -1.0]])
def test_a_variance_is_not_negative(variance):
    with pytest.raises(ValueError, match="a variance is 0 or more"):
        layers.Normalization(mean=0.0, variance=variance)


# -- constants of the package's own layers ---------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "attributes"),
    [
        (lambda a: layers.Rescaling(a, a), ("scale", "offset")),
        (lambda a: layers.Normalization(mean=a, variance=a), ("mean", "variance")),
        (lambda a: layers.Normalization().adapt(X), ("mean", "variance")),
    ],
)
@pytest.mark.parametrize("kind", [np.asarray, list])
def test_constants_are_set_but_not_written_into(make, attributes, kind):
    # A step that was compiled with them could not see it; an attribute that is set is seen.
    given = kind(np.arange(1.0, 5.0))
    model = nn.Sequential([make(given), nn.Dense(1)])
    model.compile("sgd", "mse")
    for _ in range(150):
        model.predict(X)
    given[0] = 100.0  # the user's array is the user's
    outputs = model.predict(X)
    for attribute in attributes:
        array = getattr(model.layers[0], attribute)
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 7.0
        with pytest.raises(ValueError, match="read-only"):
            array += 1
        setattr(model.layers[0], attribute, np.asarray(array) * 2)
        changed = model.predict(X)
        assert not np.allclose(changed, outputs)
        np.testing.assert_allclose(changed, model(X).data, rtol=1e-5)
        outputs = changed


def test_axes_and_noise_shapes_given_as_lists_are_kept_as_tuples():
    assert layers.Dropout(0.5, noise_shape=[None, 1]).noise_shape == (None, 1)
    assert layers.LayerNormalization(axis=[1]).axis == (1,)
    assert layers.Normalization(axis=[1]).axis == (1,)


# -- Normalization.adapt ---------------------------------------------------------------------------


class Dataset:
    def __len__(self):
        return 3

    def __getitem__(self, i):
        return DATA[i * 20 : (i + 1) * 20], np.zeros(20)


DATA = np.random.default_rng(1).normal(size=(50, 3, 2)) * 3 + 1e4


@pytest.mark.parametrize("axis", [-1, (1, 2), None, 1])
@pytest.mark.parametrize(
    "give",
    [
        lambda: [DATA],
        lambda: (DATA[i : i + 7] for i in range(0, 50, 7)),
        lambda: ((DATA[i : i + 7], i) for i in range(0, 50, 7)),
        lambda: ([DATA[i : i + 7]] for i in range(0, 50, 7)),
        Dataset,
    ],
)
def test_adapt_to_batches_is_adapt_to_all(axis, give):
    one, other = (layers.Normalization(axis=axis) for _ in range(2))
    one.adapt(give())
    other.adapt(DATA)
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-12)
    np.testing.assert_allclose(one.variance, other.variance, rtol=1e-9)  # at a mean of 1e4


def test_adapt_to_nothing_and_to_batches_of_other_features():
    with pytest.raises(ValueError, match="was given no batch"):
        layers.Normalization().adapt(iter([]))
    with pytest.raises(ValueError, match="the batches differ"):
        layers.Normalization().adapt(iter([X, X[:, :2]]))


@every_layer
def test_a_layer_called_on_an_input_computes_the_same_in_a_model(name):
    make, shape = EVERY[name]
    layer = make()
    shapes = shape if isinstance(shape, list) else [shape]
    dtype = "int64" if layer.integer_inputs else "float32"
    inputs = [nn.Input(part[1:], dtype=dtype) for part in shapes]
    merges = isinstance(shape, list)
    outputs = layer(inputs if merges else inputs[0])
    assert outputs.shape == layer.compute_output_shape(shape)
    model = nn.Model(inputs, outputs)
    rng = np.random.default_rng(0)
    data = [rng.integers(0, 4, size=(5, *part[1:])).astype(dtype) for part in shapes]
    alone = layer(data if merges else data[0], training=False)
    np.testing.assert_array_equal(model(data, training=False).data, alone.data)
