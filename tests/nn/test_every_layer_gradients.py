"""Every public layer, activation and loss passes the gradient check to second order.

The check compares with central differences; it is made away from kinks, where a function is smooth.
A new public name without an entry here fails.
"""

import functools
import inspect

import numpy as np
import pytest

import autograd_lite as ag
from nn import activations, layers, losses

# No element lies within 0.05 of a kink (0, 6 of relu6, +-1 of hard_tanh, +-3 of hard_sigmoid), and
# both sides of each are there.
X = np.array([[-3.5, -0.7, 0.4, 1.3], [2.2, -1.6, 6.5, 0.9], [0.3, -0.2, 3.4, -2.4]])
OTHER = np.cos(X)
IMAGES = np.sin(np.arange(24.0)).reshape(2, 3, 4)
KEPT = np.array([[True, True, False], [False, True, False]])  # steps of IMAGES
F64 = {"dtype": "float64"}
STEPS = np.array([[True, False, True], [True, True, False]])


# -- layers ----------------------------------------------------------------------------------------

# How a layer is made, what it is called on and how.
LAYERS = {
    "Activation": [(lambda: layers.Activation("tanh", **F64), X, {})],
    "ActivityRegularization": [(lambda: layers.ActivityRegularization(0.1, **F64), X, {})],
    "Add": [(lambda: layers.Add(**F64), [X, OTHER], {})],
    "AlphaDropout": [(lambda: layers.AlphaDropout(0.5, seed=0, **F64), X, {"training": True})],
    "Average": [(lambda: layers.Average(**F64), [X, OTHER], {})],
    "BatchNormalization": [
        (lambda: layers.BatchNormalization(**F64), X, {"training": True}),
        (lambda: layers.BatchNormalization(**F64), X, {"training": False}),
        (lambda: layers.BatchNormalization(axis=1, **F64), IMAGES, {"training": True}),
        (lambda: layers.BatchNormalization(**F64), IMAGES, {"training": True, "mask": KEPT}),
    ],
    "Concatenate": [(lambda: layers.Concatenate(**F64), [X, OTHER], {})],
    "Dense": [
        (lambda: layers.Dense(2, "tanh", **F64), X, {}),
        (lambda: layers.Dense(2, use_bias=False, **F64), IMAGES, {}),
    ],
    "Dot": [
        (lambda: layers.Dot(1, **F64), [X, OTHER], {}),
        (lambda: layers.Dot((2, 2), normalize=True, **F64), [IMAGES, np.cos(IMAGES)], {}),
    ],
    "Dropout": [(lambda: layers.Dropout(0.5, seed=0, **F64), X, {"training": True})],
    "Embedding": [(lambda: layers.Embedding(5, 3, **F64), np.array([[0, 4, 4], [1, 0, 2]]), {})],
    "Flatten": [(lambda: layers.Flatten(**F64), IMAGES, {})],
    "GaussianDropout": [
        (lambda: layers.GaussianDropout(0.5, seed=0, **F64), X, {"training": True})
    ],
    "GaussianNoise": [(lambda: layers.GaussianNoise(0.3, seed=0, **F64), X, {"training": True})],
    "GroupNormalization": [
        (lambda: layers.GroupNormalization(2, **F64), IMAGES, {}),
        (lambda: layers.GroupNormalization(-1, axis=1, **F64), IMAGES, {}),
    ],
    "Identity": [(lambda: layers.Identity(**F64), X, {})],
    "Lambda": [(lambda: layers.Lambda(lambda x: np.sin(x) * x, **F64), X, {})],
    "LayerNormalization": [
        (lambda: layers.LayerNormalization(**F64), X, {}),
        (lambda: layers.LayerNormalization(axis=(1, 2), **F64), IMAGES, {}),
        (lambda: layers.LayerNormalization(rms_scaling=True, **F64), X, {}),
    ],
    "Maximum": [(lambda: layers.Maximum(**F64), [X, OTHER], {})],
    "Minimum": [(lambda: layers.Minimum(**F64), [X, OTHER], {})],
    "Masking": [(lambda: layers.Masking(**F64), IMAGES, {})],
    "Multiply": [
        (lambda: layers.Multiply(**F64), [X, OTHER], {}),
        (lambda: layers.Multiply(**F64), [IMAGES, IMAGES + 1], {"mask": [KEPT, ~KEPT]}),
    ],
    "Normalization": [(lambda: layers.Normalization(**F64).adapt(OTHER), X, {})],
    "Permute": [(lambda: layers.Permute((2, 1), **F64), IMAGES, {})],
    "PReLU": [(lambda: layers.PReLU(alpha_initializer="ones", **F64), X, {})],
    "RMSNormalization": [
        (lambda: layers.RMSNormalization(**F64), X, {}),
        (lambda: layers.RMSNormalization(axis=(1, 2), **F64), IMAGES, {}),
    ],
    "RepeatVector": [(lambda: layers.RepeatVector(3, **F64), X, {})],
    "Rescaling": [(lambda: layers.Rescaling(0.5, -1.0, **F64), X, {})],
    "Reshape": [(lambda: layers.Reshape((2, -1), **F64), IMAGES, {})],
    "Subtract": [(lambda: layers.Subtract(**F64), [X, OTHER], {})],
    "UnitNormalization": [(lambda: layers.UnitNormalization(**F64), X, {})],
}
SEQUENCES = np.sin(np.arange(1, 31) * 1.7).reshape(2, 5, 3)
SEEN = np.array([[1, 1, 0, 1, 0], [0, 0, 0, 0, 0]], bool)  # of the second sample nothing
LAYERS |= {
    "AdditiveAttention": [
        (lambda: layers.AdditiveAttention(**F64), [IMAGES[..., :3], SEQUENCES], {}),
    ],
    "Attention": [
        (
            lambda: layers.Attention(True, "concat", 0.3, seed=0, **F64),
            [IMAGES[..., :3], SEQUENCES],
            {"training": True, "use_causal_mask": True},
        ),
        (lambda: layers.Attention(**F64), [SEQUENCES, SEQUENCES], {"mask": [SEEN, SEEN]}),
    ],
    "EinsumDense": [
        (
            lambda: layers.EinsumDense("abc,cde->abde", (None, 2, 2), "tanh", "de", **F64),
            IMAGES,
            {},
        ),
        (lambda: layers.EinsumDense("ab...,bc->ac...", (2,), None, "c", **F64), IMAGES, {}),
    ],
    "GroupQueryAttention": [
        (
            lambda: layers.GroupQueryAttention(2, 4, 2, dropout=0.3, seed=0, **F64),
            (IMAGES, SEQUENCES),
            {"training": True, "value_mask": SEEN},
        ),
    ],
    "MultiHeadAttention": [
        (
            lambda: layers.MultiHeadAttention(2, 2, use_gate=True, **F64),
            (SEQUENCES, SEQUENCES),
            {"use_causal_mask": True},
        ),
        (
            lambda: layers.MultiHeadAttention(1, 2, attention_axes=(1, 2), **F64),
            (SEQUENCES.reshape(1, 2, 5, 3), SEQUENCES.reshape(1, 2, 5, 3)),
            {},
        ),
    ],
}
LAYERS |= {
    "Bidirectional": [
        (
            lambda: layers.Bidirectional(layers.LSTM(2, return_sequences=True, **F64), **F64),
            IMAGES,
            {},
        )
    ],
    "GRU": [
        (lambda: layers.GRU(2, **F64), IMAGES, {}),
        (
            lambda: layers.GRU(2, reset_after=False, return_sequences=True, **F64),
            IMAGES,
            {"mask": STEPS},
        ),
    ],
    "GRUCell": [(lambda: layers.RNN(layers.GRUCell(2, **F64), **F64), IMAGES, {})],
    "LSTM": [
        (lambda: layers.LSTM(2, **F64), IMAGES, {}),
        (
            lambda: layers.LSTM(2, go_backwards=True, return_sequences=True, **F64),
            IMAGES,
            {"mask": STEPS},
        ),
    ],
    "LSTMCell": [(lambda: layers.RNN(layers.LSTMCell(2, **F64), unroll=True, **F64), IMAGES, {})],
    "RNN": [
        (
            lambda: layers.RNN([layers.GRUCell(2, **F64), layers.SimpleRNNCell(2, **F64)], **F64),
            IMAGES,
            {},
        )
    ],
    "SimpleRNN": [(lambda: layers.SimpleRNN(2, return_sequences=True, **F64), IMAGES, {})],
    "SimpleRNNCell": [(lambda: layers.RNN(layers.SimpleRNNCell(2, **F64), **F64), IMAGES, {})],
    "StackedRNNCells": [
        (
            lambda: layers.RNN(layers.StackedRNNCells([layers.LSTMCell(2, **F64)], **F64), **F64),
            IMAGES,
            {},
        )
    ],
    "TimeDistributed": [
        (lambda: layers.TimeDistributed(layers.Dense(2, "tanh", **F64), **F64), IMAGES, {})
    ],
}
ACTIVATION_LAYERS = [
    "ELU",
    "Exponential",
    "GELU",
    "HardSigmoid",
    "HardTanh",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "ReLU",
    "ReLU6",
    "SELU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
]
for _name in ACTIVATION_LAYERS:
    LAYERS[_name] = [(functools.partial(getattr(layers, _name), **F64), X, {})]
LINES = np.sin(np.arange(1, 29) * 1.7).reshape(2, 7, 2)
PICTURES = np.sin(np.arange(1, 81) * 1.7).reshape(2, 4, 5, 2)
VOLUMES = np.sin(np.arange(1, 73) * 1.7).reshape(1, 3, 4, 3, 2)
ON_LENGTHS = {1: LINES, 2: PICTURES, 3: VOLUMES}
LAYERS |= {
    f"{name}{rank}D": [
        (functools.partial(getattr(layers, f"{name}{rank}D"), **arguments, **F64), x, {})
        for arguments in several
    ]
    for rank, x in ON_LENGTHS.items()
    for name, several in {
        "Conv": [
            {"filters": 2, "kernel_size": 2},
            {"filters": 2, "kernel_size": 3, "padding": "same", "strides": 2, "groups": 2},
        ],
        "AveragePooling": [{"pool_size": 2}, {"pool_size": 3, "strides": 2, "padding": "same"}],
        "Cropping": [{"cropping": 1}],
        "GlobalAveragePooling": [{}],
        "GlobalMaxPooling": [{"keepdims": True}],
        "MaxPooling": [{"pool_size": 2}, {"pool_size": 3, "strides": 1, "padding": "same"}],
        "UpSampling": [{"size": 2}],
        "ZeroPadding": [{"padding": 1}],
    }.items()
}
LAYERS |= {
    f"Conv{rank}DTranspose": [
        (functools.partial(kind, 2, 2, **arguments, **F64), x[:, :3], {})
        for arguments in (
            {"activation": "tanh"},
            {"strides": 3, "padding": "same"},
            {"dilation_rate": 2},
        )
    ]
    for rank, x in ON_LENGTHS.items()
    for kind in [getattr(layers, f"Conv{rank}DTranspose")]
}
LAYERS |= {
    "DepthwiseConv1D": [(lambda: layers.DepthwiseConv1D(3, depth_multiplier=2, **F64), LINES, {})],
    "DepthwiseConv2D": [(lambda: layers.DepthwiseConv2D(2, padding="same", **F64), PICTURES, {})],
    "SeparableConv1D": [(lambda: layers.SeparableConv1D(3, 2, dilation_rate=2, **F64), LINES, {})],
    "SeparableConv2D": [
        (lambda: layers.SeparableConv2D(3, 2, depth_multiplier=2, **F64), PICTURES, {})
    ],
}
LAYERS |= {
    f"SpatialDropout{rank}D": [
        (functools.partial(kind, 0.4, seed=0, **F64), x, {"training": True}),
    ]
    for rank, x in ON_LENGTHS.items()
    for kind in [getattr(layers, f"SpatialDropout{rank}D")]
}
LAYERS |= {
    name: [(functools.partial(getattr(layers, name), *arguments, **F64), PICTURES, options)]
    for name, arguments, options in [
        ("CenterCrop", (2, 3), {}),
        ("RandomBrightness", (0.2, (-2, 2), 0), {"training": True}),
        ("RandomContrast", (0.2, (-2, 2), 0), {"training": True}),
        ("RandomCrop", (2, 3, 0), {"training": True}),
        ("RandomFlip", ("horizontal", 0), {"training": True}),
        ("RandomRotation", (0.3, "constant", "bilinear", 0), {"training": True}),
        ("RandomTranslation", (0.3, 0.2, "reflect", "bilinear", 0), {"training": True}),
        ("RandomZoom", (0.3, 0.2, "wrap", "bilinear", 0), {"training": True}),
        ("Resizing", (3, 7, "bicubic"), {}),
    ]
}
LAYERS["GlobalAveragePooling1D"].append(
    (lambda: layers.GlobalAveragePooling1D(**F64), IMAGES, {"mask": KEPT})
)
LAYERS["Softmax"].append((lambda: layers.Softmax(1, **F64), IMAGES, {"mask": KEPT[..., None]}))
LAYERS["Conv1D"].append(
    (lambda: layers.Conv1D(2, 3, padding="causal", dilation_rate=2, **F64), LINES, {})
)
LAYERS["UpSampling2D"].append(
    (lambda: layers.UpSampling2D(2, interpolation="bicubic", **F64), PICTURES, {})
)
NO_COMPUTATION = {
    "InputLayer": "gives what it is given",
    "CategoryEncoding": "takes integers, and has no gradient",
    "Discretization": "gives integers, and has no gradient",
    "IntegerLookup": "takes integers, and has no gradient",
    "StringLookup": "reads text",
    "TextVectorization": "reads text",
    "Input": "says a shape and computes nothing",
    "Layer": "is the base: a subclass says what it computes",
}


def test_every_public_layer_has_an_entry():
    classes = [name for name in layers.__all__ if name[0].isupper()]  # not add, the function
    assert sorted([*LAYERS, *NO_COMPUTATION]) == sorted(classes)


@pytest.mark.parametrize(
    ("name", "case"), [(name, i) for name, cases in LAYERS.items() for i in range(len(cases))]
)
def test_layer(name, case):
    make, inputs, options = LAYERS[name][case]
    layer = make()
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    layer(*inputs, **options)
    generator = getattr(getattr(layer, "_dropout_layer", layer), "_generator", None)
    noise = None if generator is None else generator.bit_generator.state

    def outputs(*values):
        if noise is not None:  # the same noise in each call
            generator.bit_generator.state = noise
        return layer(*values[: len(inputs)], **options)

    weights = layer.trainable_variables
    if name == "Embedding":  # whose inputs are positions, and have no gradient
        ag.check_gradients(lambda *weights: outputs(*inputs, *weights), *weights, order=2)
    else:
        ag.check_gradients(outputs, *inputs, *weights, order=2)


# -- activations -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted({*activations.__all__} - {"get", "glu", "threshold"}))
def test_activation(name):
    ag.check_gradients(getattr(activations, name), X, order=2)


# -- losses ----------------------------------------------------------------------------------------

VALUES = np.array([[0.4, -1.2, 2.5], [1.5, 0.3, -0.6]])
PREDICTED = VALUES + np.array([[0.3, -0.2, 1.7], [-1.6, 0.25, 0.4]])  # both parts of Huber
BINARY = np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
ONE_HOT = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
LABELS = np.array([1, 0])
PROBABILITIES = np.array([[0.2, 0.5, 0.3], [0.6, 0.15, 0.25]])
LOGITS = np.array([[-1.5, 0.8, 3.0], [0.4, -0.3, 1.1]])

LOSSES = {
    "BinaryCrossentropy": [({}, BINARY, PROBABILITIES), ({"from_logits": True}, BINARY, LOGITS)],
    "BinaryFocalCrossentropy": [
        ({"apply_class_balancing": True}, BINARY, PROBABILITIES),
        ({"from_logits": True}, BINARY, LOGITS),
    ],
    "CategoricalCrossentropy": [
        ({"label_smoothing": 0.1}, ONE_HOT, PROBABILITIES),
        ({"from_logits": True}, ONE_HOT, LOGITS),
    ],
    "CategoricalFocalCrossentropy": [
        ({}, ONE_HOT, PROBABILITIES),
        ({"from_logits": True}, ONE_HOT, LOGITS),
    ],
    "CategoricalHinge": [({}, ONE_HOT, LOGITS)],
    "CosineSimilarity": [({}, VALUES, PREDICTED)],
    "Hinge": [({}, BINARY, LOGITS)],
    "Huber": [({}, VALUES, PREDICTED)],
    "KLDivergence": [({}, PROBABILITIES[::-1].copy(), PROBABILITIES)],
    "LogCosh": [({}, VALUES, PREDICTED)],
    "MeanAbsoluteError": [({}, VALUES, PREDICTED)],
    "MeanAbsolutePercentageError": [({}, VALUES, PREDICTED)],
    "MeanSquaredError": [({}, VALUES, PREDICTED)],
    "MeanSquaredLogarithmicError": [({}, np.abs(VALUES), np.abs(PREDICTED))],
    "Poisson": [({}, np.abs(VALUES), np.abs(PREDICTED))],
    "SparseCategoricalCrossentropy": [
        ({}, LABELS, PROBABILITIES),
        ({"from_logits": True, "ignore_class": 0}, LABELS, LOGITS),
    ],
    "SquaredHinge": [({}, BINARY, LOGITS)],
}
NO_FORMULA = {
    "Loss": "is the base: a subclass has the formula",
    "LossFunction": "wraps the formula of the user",
}


def test_every_public_loss_has_an_entry():
    classes = [name for name in losses.__all__ if inspect.isclass(getattr(losses, name))]
    assert sorted([*LOSSES, *NO_FORMULA]) == sorted(classes)


@pytest.mark.parametrize(
    ("name", "case"), [(name, i) for name, cases in LOSSES.items() for i in range(len(cases))]
)
@pytest.mark.parametrize("sample_weight", [None, np.array([0.5, 2.0])], ids=["", "weighted"])
def test_loss(name, case, sample_weight):
    options, y_true, y_pred = LOSSES[name][case]
    loss = getattr(losses, name)(**options)
    ag.check_gradients(lambda p: loss(y_true, p, sample_weight), y_pred, order=2)
