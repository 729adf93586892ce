"""Every layer that both Keras and nn have, made by the same line: `layers` is either's module."""

from __future__ import annotations

import numpy as np


def waves(*shape):
    """Numbers in [-1, 1], the same in every process."""
    size = int(np.prod(shape))
    return np.sin(np.arange(1, size + 1, dtype=np.float64) * 1.7).reshape(shape).astype(np.float32)


X, LINES, IMAGES, VOLUMES = waves(3, 4), waves(3, 7, 4), waves(3, 4, 5, 4), waves(3, 3, 4, 3, 4)
PADDED = LINES * (np.arange(7) < np.array([[5], [7], [1]]))[..., None].astype(np.float32)
CATEGORIES = np.array([[0, 4, 4], [1, 0, 2], [3, 3, 3]])

INPUTS = {
    "x": X,
    "other": np.cos(X),
    "lines": LINES,
    "lines_too": np.cos(LINES[:, :5]),
    "lines_again": np.cos(LINES),
    "padded": PADDED,
    "images": IMAGES,
    "volumes": VOLUMES,
    "categories": CATEGORIES,
}
ON = {1: "lines", 2: "images", 3: "volumes"}


def plain(layers):
    """Layers of one input: (name, where its input is from, layer)."""
    L = layers
    yield "Activation", "x", L.Activation("tanh")
    yield "ActivityRegularization", "x", L.ActivityRegularization(0.1, 0.2)
    yield "AlphaDropout", "x", L.AlphaDropout(0.4, seed=0)
    yield "BatchNormalization", "x", L.BatchNormalization(momentum=0.8)
    yield "BatchNormalization", "lines", L.BatchNormalization(axis=1, scale=False, trainable=False)
    yield "CategoryEncoding", "categories", L.CategoryEncoding(5, "count")
    yield "CenterCrop", "images", L.CenterCrop(2, 3)
    yield "Dense", "lines", L.Dense(3, "relu", kernel_regularizer="l2", bias_constraint="non_neg")
    yield "Dense", "x", L.Dense(3, use_bias=False)
    yield "DepthwiseConv1D", "lines", L.DepthwiseConv1D(3, depth_multiplier=2)
    yield "DepthwiseConv2D", "images", L.DepthwiseConv2D(2, padding="same")
    yield "Discretization", "x", L.Discretization([-0.5, 0.0, 0.5], output_mode="one_hot")
    yield "Dropout", "lines", L.Dropout(0.4, noise_shape=(None, 1, None), seed=0)
    yield "ELU", "x", L.ELU(0.5)
    yield "EinsumDense", "lines", L.EinsumDense("abc,cd->abd", (None, 3), "relu", "d")
    yield "Embedding", "categories", L.Embedding(5, 3)
    yield "Flatten", "lines", L.Flatten()
    yield "GaussianDropout", "x", L.GaussianDropout(0.4, seed=0)
    yield "GaussianNoise", "x", L.GaussianNoise(0.3, seed=0)
    yield "GroupNormalization", "lines", L.GroupNormalization(2)
    yield "GroupNormalization", "lines", L.GroupNormalization(-1, axis=1, center=False)
    yield "Identity", "x", L.Identity()
    yield "LayerNormalization", "lines", L.LayerNormalization(axis=(1, 2))
    yield "LeakyReLU", "x", L.LeakyReLU(0.2)
    yield "Normalization", "x", L.Normalization(mean=[0.1, 0.2, 0.3, 0.4], variance=[1.0, 2, 3, 4])
    yield "PReLU", "images", L.PReLU("ones", shared_axes=[1, 2])
    yield "Permute", "lines", L.Permute((2, 1))
    yield "RMSNormalization", "lines", L.RMSNormalization(axis=(1, 2))
    yield "RandomBrightness", "images", L.RandomBrightness(0.2, (-1, 1), seed=0)
    yield "RandomContrast", "images", L.RandomContrast(0.2, (-1, 1), seed=0)
    yield "RandomFlip", "images", L.RandomFlip(seed=0)
    yield "RandomRotation", "images", L.RandomRotation(0.3, "constant", "nearest", seed=0)
    yield "RandomTranslation", "images", L.RandomTranslation(0.3, 0.2, "wrap", seed=0)
    yield "RandomZoom", "images", L.RandomZoom(0.3, 0.2, "nearest", seed=0)
    yield "ReLU", "x", L.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.2)
    yield "RepeatVector", "x", L.RepeatVector(3)
    yield "Rescaling", "x", L.Rescaling(0.5, -1.0)
    yield "Reshape", "lines", L.Reshape((2, -1))
    yield "Resizing", "images", L.Resizing(3, 7, "bilinear")
    yield "Resizing", "images", L.Resizing(3, 2, pad_to_aspect_ratio=True)
    yield "SeparableConv1D", "lines", L.SeparableConv1D(3, 2, dilation_rate=2)
    yield "SeparableConv2D", "images", L.SeparableConv2D(3, 2, depth_multiplier=2)
    yield "Softmax", "lines", L.Softmax(axis=1)
    yield "UnitNormalization", "x", L.UnitNormalization()
    yield "UpSampling2D", "images", L.UpSampling2D(2, interpolation="bilinear")
    yield from recurrent(L)
    yield from spatial(L)


def recurrent(L):
    """Layers along steps."""
    yield "Bidirectional", "lines", L.Bidirectional(L.GRU(3, return_sequences=True))
    backward = L.LSTM(2, go_backwards=True)
    yield "Bidirectional", "lines", L.Bidirectional(L.LSTM(2), "sum", backward_layer=backward)
    yield "GRU", "lines", L.GRU(3)
    yield "GRU", "lines", L.GRU(3, reset_after=False, use_bias=False)
    yield "LSTM", "lines", L.LSTM(3, return_sequences=True, go_backwards=True, dropout=0.2, seed=0)
    yield "RNN", "lines", L.RNN([L.LSTMCell(3), L.GRUCell(2)])
    yield "RNN", "lines", L.RNN(L.SimpleRNNCell(3), return_sequences=True)
    yield "SimpleRNN", "lines", L.SimpleRNN(3, "relu", unroll=True)
    yield "TimeDistributed", "lines", L.TimeDistributed(L.Dense(3, "relu"))


def spatial(L):
    """Layers of one, two and three lengths."""
    arguments = {
        "Conv": [
            {"filters": 2, "kernel_size": 2, "activation": "relu"},
            {"filters": 4, "kernel_size": 3, "padding": "same", "strides": 2, "groups": 2},
        ],
        "AveragePooling": [{"pool_size": 2}],
        "Cropping": [{"cropping": 1}],
        "GlobalAveragePooling": [{}],
        "GlobalMaxPooling": [{"keepdims": True}],
        "MaxPooling": [{"pool_size": 3, "strides": 1, "padding": "same"}],
        "SpatialDropout": [{"rate": 0.4, "seed": 0}],
        "UpSampling": [{"size": 2}],
        "ZeroPadding": [{"padding": 1}],
    }
    for rank, source in ON.items():
        for name, several in arguments.items():
            for given in several:
                yield f"{name}{rank}D", source, getattr(L, f"{name}{rank}D")(**given)
        for given in ({"activation": "tanh"}, {"strides": 3, "padding": "same"}):
            name = f"Conv{rank}DTranspose"
            yield name, source, getattr(L, name)(2, 2, **given)


def connected(layers, x):
    """Layers of several inputs, on symbolic inputs by name: (name, output)."""
    L = layers
    pair, lines = [x["x"], x["other"]], [x["lines"], x["lines_too"]]
    for name in ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"):
        yield name, getattr(L, name)()(pair)
    yield "Concatenate", L.Concatenate(axis=1)(lines)
    yield "Dot", L.Dot((2, 2), normalize=True)(lines)
    yield "AdditiveAttention", L.AdditiveAttention()([lines[1], lines[0]])
    yield "Attention", L.Attention(True, score_mode="concat")([lines[1], lines[0]])
    query, value = lines
    yield "MultiHeadAttention", L.MultiHeadAttention(2, 3)(query, query, use_causal_mask=True)
    attention = L.MultiHeadAttention(2, 3, output_shape=5, use_bias=False)
    yield "MultiHeadAttention", attention(query=query, value=value, key=value)
    yield "GroupQueryAttention", L.GroupQueryAttention(4, 4, 2)(query, value)
    masked = L.Masking()(x["padded"])
    yield "Masking", L.LSTM(3)(masked)
    yield "GlobalAveragePooling1D", L.GlobalAveragePooling1D()(masked)
    outputs, h, c = L.LSTM(3, return_sequences=True, return_state=True)(x["lines"])
    yield "LSTM", outputs
    yield "LSTM", L.LSTM(3)(x["lines_again"], initial_state=[h, c])
    shared = L.Dense(2, name="shared")
    yield "Dense", L.Concatenate()([shared(x["x"]), shared(x["other"])])


def made(nn, layers):
    """A model with each of these as an output, and the layers' names in the order of outputs.

    Args:
        nn: keras or nn, for its Input and Model.
        layers: its layers.
    """
    x = {name: nn.Input(a.shape[1:], dtype=str(a.dtype), name=name) for name, a in INPUTS.items()}
    found = [(name, layer(x[source])) for name, source, layer in plain(layers)]
    found += list(connected(layers, x))
    return nn.Model(x, [y for _, y in found], name="every_layer"), [name for name, _ in found]
