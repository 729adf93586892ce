"""The networks as this project's models."""

import numpy as np

import nn


class Positions(nn.layers.Layer):
    """Adds a weight for each position."""

    def build(self, shape):
        self.positions = self.add_weight(shape[1:], "zeros", name="positions")
        super().build(shape)

    def call(self, x):
        return x + self.positions


def model_of(workload, **options):
    """The compiled model with the workload's initial weights; `options` are those of `compile`."""
    model = MODELS[workload.kind](workload)
    model.set_weights(list(workload.arrays().values()))
    if workload.kind == "recurrence" and workload.outputs == 1:
        loss = nn.MeanSquaredError()
    else:
        loss = nn.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(loss=loss, optimizer=nn.Adam(workload.learning_rate), **options)
    return model


def convolution(workload):
    layers = nn.layers
    return nn.Sequential(
        [
            nn.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )


def recurrence(workload):
    return nn.Sequential(
        [
            nn.Input((workload.steps, workload.inputs)),
            nn.layers.LSTM(workload.units),
            nn.layers.Dense(workload.outputs),
        ]
    )


def transformer(workload):
    layers, width = nn.layers, workload.width
    x = nn.Input((workload.length,), dtype="int64")
    h = Positions()(layers.Embedding(workload.vocabulary, width)(x))
    for _ in range(workload.blocks):
        z = layers.LayerNormalization()(h)
        attention = layers.MultiHeadAttention(workload.heads, width // workload.heads)
        h = h + attention(z, z, use_causal_mask=True)
        z = layers.LayerNormalization()(h)
        z = layers.Dense(4 * width, activation="relu")(z)
        h = h + layers.Dense(width)(z)
    logits = layers.Dense(workload.vocabulary)(layers.LayerNormalization()(h))
    return nn.Model(x, logits)


MODELS = {"convolution": convolution, "recurrence": recurrence, "transformer": transformer}


class EagerNetwork:
    def __init__(self, workload):
        self.workload = workload
        self.x, self.y = workload.data()
        self.model = model_of(workload, run_eagerly=True)

    def step(self):
        self.value = self.model.train_on_batch(self.x, self.y)

    def loss(self):
        return float(self.value)

    def parameters(self):
        return self.workload.compared(map(np.array, self.model.get_weights()))


class CompiledNetwork(EagerNetwork):
    """The step as one program, called directly."""

    def __init__(self, workload, engine):
        self.workload = workload
        self.x, self.y = workload.data()
        self.model = model_of(workload)
        self.program = self.model.train_program(self.x, self.y, engine=engine)

    def step(self):
        self.value = self.program(self.x, self.y)
