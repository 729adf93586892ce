"""Every layer, trained by a compiled step, has the weights that plain Python gives it."""

from __future__ import annotations

import functools
import inspect

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import layers
from nn.training.compiled_steps import CompiledStep

X = np.array([[-3.5, -0.7, 0.4, 1.3], [2.2, -1.6, 6.5, 0.9], [0.3, -0.2, 3.4, -2.4]], np.float32)
OTHER = np.cos(X)
IMAGES = np.sin(np.arange(36, dtype=np.float32)).reshape(3, 3, 4)
ZEROS = IMAGES * np.array([[[1], [1], [0]], [[1], [0], [1]], [[0], [0], [1]]], np.float32)
Y = np.array([[0.5, -1.0], [0.0, 2.0], [1.0, 1.0]], np.float32)


class Attended(nn.Layer):
    """Self-attention of steps, those of zeros masked, and what is pooled of it."""

    def __init__(self, layer, causal=False):
        super().__init__()
        self.masking, self.pool = layers.Masking(), layers.GlobalAveragePooling1D()
        self.layer, self.causal = layer, causal

    def call(self, x, training=False):
        x = self.masking(x)
        return self.pool(self.layer(x, x, use_causal_mask=self.causal, training=training))


# How a layer is made, and its inputs.
LAYERS = {
    "Activation": [(lambda: layers.Activation("tanh"), X)],
    "ActivityRegularization": [(lambda: layers.ActivityRegularization(0.1, 0.2), X)],
    "Add": [(layers.Add, [X, OTHER])],
    "AlphaDropout": [(lambda: layers.AlphaDropout(0.4, seed=0), X)],
    "Average": [(layers.Average, [X, OTHER])],
    "BatchNormalization": [
        (lambda: layers.BatchNormalization(momentum=0.8), X),
        (lambda: layers.BatchNormalization(axis=1, scale=False), IMAGES),
        (lambda: layers.BatchNormalization(trainable=False), X),
    ],
    "Concatenate": [
        (layers.Concatenate, [X, OTHER]),
        (lambda: layers.Concatenate(axis=1), [X, OTHER]),
    ],
    "Dense": [
        (lambda: layers.Dense(3, "tanh"), X),
        (lambda: layers.Dense(3, use_bias=False), IMAGES),
        (
            lambda: layers.Dense(
                3,
                "softmax",
                kernel_regularizer=nn.regularizers.L1L2(0.01, 0.1),
                bias_regularizer="l2",
                activity_regularizer="l1",
                kernel_constraint=nn.constraints.MaxNorm(0.5),
                bias_constraint="non_neg",
            ),
            X,
        ),
    ],
    "Dot": [
        (lambda: layers.Dot(1), [X, OTHER]),
        (lambda: layers.Dot((2, 1), normalize=True), [IMAGES, np.cos(IMAGES.reshape(3, 4, 3))]),
    ],
    "Dropout": [
        (lambda: layers.Dropout(0.4, seed=0), X),
        (lambda: layers.Dropout(0.4, noise_shape=(None, 1, None), seed=0), IMAGES),
        (lambda: layers.Dropout(0.0), X),
    ],
    "Embedding": [
        (lambda: layers.Embedding(5, 3), np.array([[0, 4, 4], [1, 0, 2], [3, 3, 3]])),
        (lambda: layers.Embedding(5, 3), np.array([[0, 4], [1, 0], [3, 3]], np.uint8)),
        (lambda: layers.Embedding(5, 3), np.array([[0, 4], [1, 0], [3, 3]], np.float32)),
    ],
    "Flatten": [(layers.Flatten, IMAGES)],
    "GaussianDropout": [(lambda: layers.GaussianDropout(0.4, seed=0), X)],
    "GaussianNoise": [(lambda: layers.GaussianNoise(0.3, seed=0), X)],
    "GroupNormalization": [
        (lambda: layers.GroupNormalization(2), IMAGES),
        (lambda: layers.GroupNormalization(-1, axis=1, center=False), IMAGES),
    ],
    "Identity": [(layers.Identity, X)],
    "Lambda": [(lambda: layers.Lambda(lambda x: np.sin(x) * x), X)],
    "LayerNormalization": [
        (layers.LayerNormalization, X),
        (lambda: layers.LayerNormalization(axis=(1, 2)), IMAGES),
        (lambda: layers.LayerNormalization(rms_scaling=True), X),
    ],
    "Maximum": [(layers.Maximum, [X, OTHER])],
    "Minimum": [(layers.Minimum, [X, OTHER])],
    "Masking": [
        (lambda: nn.Sequential([layers.Masking(), layers.GlobalAveragePooling1D()]), ZEROS)
    ],
    "Multiply": [(layers.Multiply, [X, OTHER])],
    "Normalization": [(lambda: layers.Normalization().adapt(OTHER), X)],
    "Permute": [(lambda: layers.Permute((2, 1)), IMAGES)],
    "PReLU": [(lambda: layers.PReLU(alpha_initializer="ones"), X)],
    "RMSNormalization": [
        (layers.RMSNormalization, X),
        (lambda: layers.RMSNormalization(axis=(1, 2)), IMAGES),
    ],
    "RepeatVector": [(lambda: layers.RepeatVector(3), X)],
    "Rescaling": [(lambda: layers.Rescaling(0.5, -1.0), X)],
    "Reshape": [(lambda: layers.Reshape((2, -1)), IMAGES)],
    "Subtract": [(layers.Subtract, [X, OTHER])],
    "UnitNormalization": [(layers.UnitNormalization, X)],
}
RECURRENT = {
    "Bidirectional": [(lambda: layers.Bidirectional(layers.GRU(3, return_sequences=True)), IMAGES)],
    "GRU": [(lambda: layers.GRU(3), IMAGES), (lambda: layers.GRU(3, reset_after=False), IMAGES)],
    "GRUCell": [(lambda: layers.RNN(layers.GRUCell(3)), IMAGES)],
    "LSTM": [
        (lambda: layers.LSTM(3, dropout=0.2, recurrent_dropout=0.3, seed=0), IMAGES),
        (lambda: layers.LSTM(3, return_sequences=True, go_backwards=True), IMAGES),
    ],
    "LSTMCell": [(lambda: layers.RNN(layers.LSTMCell(3)), IMAGES)],
    "RNN": [(lambda: layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)]), IMAGES)],
    "SimpleRNN": [
        (lambda: layers.SimpleRNN(3, unroll=True), IMAGES),
        (lambda: layers.SimpleRNN(3, "relu"), IMAGES),
    ],
    "SimpleRNNCell": [(lambda: layers.RNN(layers.SimpleRNNCell(3)), IMAGES)],
    "StackedRNNCells": [(lambda: layers.RNN(layers.StackedRNNCells([layers.GRUCell(3)])), IMAGES)],
    "TimeDistributed": [(lambda: layers.TimeDistributed(layers.Dense(3, "relu")), IMAGES)],
}
LAYERS |= RECURRENT
for _name in (
    "ELU Exponential GELU HardSigmoid HardTanh LeakyReLU Linear LogSigmoid LogSoftmax Mish ReLU "
    "ReLU6 SELU SiLU Sigmoid Softmax Softplus Softsign Tanh"
).split():
    LAYERS[_name] = [(getattr(layers, _name), X)]
LAYERS["ReLU"].append((lambda: layers.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.2), X))
LINES = np.sin(np.arange(1, 85, dtype=np.float32) * 1.7).reshape(3, 7, 4)
PICTURES = np.sin(np.arange(1, 241, dtype=np.float32) * 1.7).reshape(3, 4, 5, 4)
VOLUMES = np.sin(np.arange(1, 433, dtype=np.float32) * 1.7).reshape(3, 3, 4, 3, 4)
ON_LENGTHS = {1: LINES, 2: PICTURES, 3: VOLUMES}
LAYERS |= {
    f"{name}{rank}D": [
        (functools.partial(getattr(layers, f"{name}{rank}D"), **arguments), x)
        for arguments in several
    ]
    for rank, x in ON_LENGTHS.items()
    for name, several in {
        "Conv": [
            {"filters": 2, "kernel_size": 2, "activation": "relu"},
            {"filters": 4, "kernel_size": 3, "padding": "same", "strides": 2, "groups": 2},
        ],
        "AveragePooling": [{"pool_size": 2}, {"pool_size": 3, "strides": 2, "padding": "same"}],
        "Cropping": [{"cropping": 1}],
        "GlobalAveragePooling": [{}],
        "GlobalMaxPooling": [{"keepdims": True}],
        "MaxPooling": [{"pool_size": 2}, {"pool_size": 3, "strides": 1, "padding": "same"}],
        "SpatialDropout": [{"rate": 0.4, "seed": 0}],
        "UpSampling": [{"size": 2}],
        "ZeroPadding": [{"padding": 1}],
    }.items()
}
LAYERS |= {
    f"Conv{rank}DTranspose": [
        (functools.partial(getattr(layers, f"Conv{rank}DTranspose"), 2, 2, **arguments), x)
        for arguments in ({"activation": "tanh"}, {"strides": 3, "padding": "same"})
    ]
    for rank, x in ON_LENGTHS.items()
}
LAYERS |= {
    "DepthwiseConv1D": [(lambda: layers.DepthwiseConv1D(3, depth_multiplier=2), LINES)],
    "DepthwiseConv2D": [(lambda: layers.DepthwiseConv2D(2, padding="same"), PICTURES)],
    "SeparableConv1D": [(lambda: layers.SeparableConv1D(3, 2, dilation_rate=2), LINES)],
    "SeparableConv2D": [(lambda: layers.SeparableConv2D(3, 2, depth_multiplier=2), PICTURES)],
}
LAYERS["UpSampling2D"].append((lambda: layers.UpSampling2D(2, interpolation="bicubic"), PICTURES))
LAYERS |= {
    "CenterCrop": [(lambda: layers.CenterCrop(2, 3), PICTURES)],
    "RandomBrightness": [(lambda: layers.RandomBrightness(0.2, (-1, 1), seed=0), PICTURES)],
    "RandomContrast": [(lambda: layers.RandomContrast(0.2, (-1, 1), seed=0), PICTURES)],
    "RandomCrop": [(lambda: layers.RandomCrop(2, 3, seed=0), PICTURES)],
    "RandomFlip": [(lambda: layers.RandomFlip(seed=0), PICTURES)],
    "RandomRotation": [
        (lambda: layers.RandomRotation(0.3, seed=0), PICTURES),
        (lambda: layers.RandomRotation(0.3, "constant", "nearest", seed=0), PICTURES),
    ],
    "RandomTranslation": [(lambda: layers.RandomTranslation(0.3, 0.2, "wrap", seed=0), PICTURES)],
    "RandomZoom": [(lambda: layers.RandomZoom(0.3, 0.2, "nearest", seed=0), PICTURES)],
    "Resizing": [
        (lambda: layers.Resizing(3, 7, "bicubic"), PICTURES),
        (lambda: layers.Resizing(3, 2, pad_to_aspect_ratio=True), PICTURES),
    ],
}
CATEGORIES = np.array([[0, 4, 4], [1, 0, 2], [3, 3, 3]])
LAYERS |= {
    "CategoryEncoding": [
        (lambda: layers.CategoryEncoding(5), CATEGORIES),
        (lambda: layers.CategoryEncoding(5, "one_hot"), CATEGORIES.astype(np.float32)),
        (lambda: layers.CategoryEncoding(5, "count"), CATEGORIES),
    ],
    "Discretization": [
        (lambda: layers.Discretization([-1.0, 0.0, 1.0], output_mode="one_hot"), X),
        (lambda: layers.Discretization(num_bins=3).adapt(X), X),
    ],
    "IntegerLookup": [
        (lambda: layers.IntegerLookup(vocabulary=[4, 3], mask_token=0), CATEGORIES),
        (lambda: layers.IntegerLookup(vocabulary=[4, 0, 1, 2, 3], num_oov_indices=0), CATEGORIES),
        (lambda: layers.IntegerLookup(vocabulary=[4], output_mode="count"), CATEGORIES),
    ],
}
PAIR = [IMAGES, np.cos(IMAGES)]
LAYERS |= {
    "AdditiveAttention": [(layers.AdditiveAttention, PAIR)],
    "Attention": [(lambda: layers.Attention(True, dropout=0.3, seed=0), PAIR)],
    "EinsumDense": [(lambda: layers.EinsumDense("abc,cd->abd", (None, 3), "relu", "d"), IMAGES)],
    "GroupQueryAttention": [
        (lambda: Attended(layers.GroupQueryAttention(2, 4, 2, dropout=0.3, seed=0)), ZEROS),
    ],
    "MultiHeadAttention": [
        (lambda: Attended(layers.MultiHeadAttention(2, 3, use_bias=False), True), IMAGES),
        (lambda: Attended(layers.MultiHeadAttention(2, 3), True), ZEROS),
    ],
}
NO_COMPUTATION = {
    "InputLayer": "gives what it is given",
    "StringLookup": "reads text, which no model computes with",
    "TextVectorization": "reads text, which no model computes with",
    "Input": "says a shape and computes nothing",
    "Layer": "is the base: a subclass says what it computes",
}
CASES = [(name, i) for name, cases in LAYERS.items() for i in range(len(cases))]
NATIVE = [
    ("BatchNormalization", 0),
    ("Conv2D", 0),
    ("GroupQueryAttention", 0),
    ("MultiHeadAttention", 0),
    ("Dense", 2),
    ("Embedding", 0),
    ("MaxPooling2D", 0),
    ("RandomRotation", 0),
]


class Between(nn.Model):
    """The layer between Dense layers, one for each input, and one for the output."""

    def __init__(self, layer, inputs):
        super().__init__()
        several = isinstance(inputs, list)
        embeds = layer.integer_inputs or isinstance(layer, layers.Discretization)
        self.before = (
            [] if embeds else [layers.Dense(4) for _ in range(len(inputs) if several else 1)]
        )
        self.layer = layer
        self.told = "training" in inspect.signature(layer.call).parameters
        self.flatten = layers.Flatten()
        self.after = layers.Dense(2)

    def call(self, x, training=False):
        if self.before:
            several = isinstance(x, list)
            x = [
                dense(part) for dense, part in zip(self.before, x if several else [x], strict=True)
            ]
            x = x if several else x[0]
        options = {"training": training} if self.told else {}
        return self.after(self.flatten(self.layer(x, **options)))


def made(name, case, optimizer="adam"):
    make, inputs = LAYERS[name][case]
    nn.set_random_seed(3)
    model = Between(make(), inputs)
    model.compile(optimizer, loss="mse", metrics=["mae"])
    return model


def test_every_public_layer_has_an_entry():
    classes = [name for name in layers.__all__ if name[0].isupper()]  # not add, the function
    assert sorted([*LAYERS, *NO_COMPUTATION]) == sorted(classes)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_layer(same, name, case):
    # A loop adds the gradients of its weights up in one product, and so in another order.
    exact, optimizer = (False, "sgd") if name in RECURRENT else (True, "adam")
    make = functools.partial(made, name, case, optimizer)
    program = same.training(make, LAYERS[name][case][1], Y, exact=exact)
    assert program.is_whole


@pytest.mark.parametrize(("name", "case"), NATIVE)
def test_layer_in_native_code(same, name, case):
    pytest.importorskip("llvmlite")
    same.training(
        functools.partial(made, name, case, "sgd"), LAYERS[name][case][1], Y, engine="native"
    )


@pytest.mark.parametrize(("name", "case"), CASES)
def test_layer_predicts(name, case):
    model = made(name, case)
    inputs = LAYERS[name][case][1]
    expected = model(inputs).data
    batch = model.to_batch(inputs, None, None)
    program = CompiledStep(model, "predict_step", batch, "numpy")
    assert program.finish(program.compute(batch)).tobytes() == expected.tobytes()


def test_attributes_of_layers_that_a_compiled_function_calls_are_those_of_now():
    model = nn.Sequential(
        [nn.Input((3,)), nn.Dense(4, activation="relu"), nn.layers.LeakyReLU(0.1), nn.Dense(2)]
    )
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    f = ag.compile(lambda x: model(x))
    f(x)
    for change in (
        lambda: setattr(model.layers[0], "activation", nn.activations.tanh),
        lambda: setattr(model.layers[1], "negative_slope", 0.9),
        lambda: model.layers[2].set_weights([np.ones((4, 2)), np.ones(2)]),
    ):
        before = f(x).data
        change()
        assert f(x).data.tolist() == model(x).data.tolist() != before.tolist()
    assert f.traces == 3  # weights are read at each call


def test_a_layer_that_is_built_by_a_compiled_function_is_built_once():
    layer = nn.Dense(2)
    f = ag.compile(lambda x: layer(x))
    x = np.ones((2, 3), np.float32)
    assert f(x).data.tolist() == f(x).data.tolist() == layer(x).data.tolist()
    assert f.traces == 1


def test_options_of_an_optimizer_that_a_compiled_step_uses_are_those_of_now():
    def train(compiles):
        w, optimizer = ag.Variable([1.0, 2.0]), nn.SGD(0.1, momentum=0.5)

        def step(x):
            (d_w,) = ag.gradients(np.sum((w * x - 1) ** 2), [w])
            optimizer.apply([d_w], [w])
            return np.sum(d_w)

        step = ag.compile(step) if compiles else step
        for momentum, rate in ((0.5, 0.1), (0.9, 0.1), (0.9, 0.01)):
            optimizer.momentum, optimizer.learning_rate = momentum, rate
            for _ in range(2):
                step(ag.Tensor([1.0, 0.5]))
        return w.data.tolist()

    assert train(True) == train(False)
