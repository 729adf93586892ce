"""Keras 3 on JAX, jitted, through `fit`: one call over many batches, its overhead spread over them.

`train_on_batch` would cost Keras an argument check and a wait for the result in every step.
"""

import os

os.environ["KERAS_BACKEND"] = "jax"

import numpy as np

from benchmarks.peers import PEER, require
from benchmarks.workloads import ADAM, BINARY_CROSSENTROPY

keras = require("keras", "pip install keras jax")
jax = require("jax", "pip install jax")

TITLE = "Keras on JAX"
VERSION = f"Keras {keras.__version__} on JAX {jax.__version__}, jit_compile=True"
ROLE = PEER

BATCHES = 64  # copies of the batch in one epoch


class KerasStep:
    """One step is one batch of `fit`."""

    def __init__(self, workload, **options):
        x, y = workload.data()
        self.batch = workload.batch
        self.x, self.y = tiled(x, BATCHES), tiled(y, BATCHES)
        self.model = model_of(workload, **options)

    def step(self):
        self.repeat(1)

    def repeat(self, count):
        epochs, rest = divmod(count, BATCHES)
        if epochs:
            self.fit(BATCHES, epochs)
        if rest:
            self.fit(rest, 1)

    def fit(self, batches, epochs):
        rows = batches * self.batch
        self.history = self.model.fit(
            self.x[:rows],
            self.y[:rows],
            batch_size=self.batch,
            epochs=epochs,
            shuffle=False,
            verbose=0,
        ).history

    def loss(self):
        return self.history["loss"][-1]

    def parameters(self):
        return self.model.get_weights()


class KerasEpoch:
    """One step is one epoch of `fit`."""

    def __init__(self, workload, **options):
        self.x, self.y = workload.data()
        metrics = ["accuracy"] if workload.accuracy else None
        self.model = model_of(workload, metrics=metrics, **options)
        self.options = {"batch_size": workload.batch, "shuffle": workload.shuffle, "verbose": 0}

    def step(self):
        self.history = self.model.fit(self.x, self.y, **self.options).history

    def loss(self):
        return self.history["loss"][-1]

    def parameters(self):
        return self.model.get_weights()


class KerasEvaluation(KerasEpoch):
    """One step is one call of `evaluate`."""

    def step(self):
        batch = self.options["batch_size"]
        self.value, _ = self.model.evaluate(self.x, self.y, batch, verbose=0)

    def loss(self):
        return self.value


class KerasPredictionPass(KerasEpoch):
    """One step is one call of `predict`."""

    def step(self):
        self.logits = self.model.predict(self.x, self.options["batch_size"], verbose=0)


class KerasPrediction:
    """`predict_on_batch`: `predict` itself costs some milliseconds a call."""

    def __init__(self, workload):
        self.x, _ = workload.data()
        self.model = model_of(workload)

    def step(self):
        self.logits = self.model.predict_on_batch(self.x)

    def result(self):
        return self.logits


def tiled(array, copies):
    return np.tile(array, (copies, *[1] * (array.ndim - 1)))


def model_of(workload, **options):
    inputs, *hidden, outputs = workload.sizes
    layers = [keras.layers.Dense(units, activation="relu") for units in hidden]
    model = keras.Sequential([keras.Input((inputs,)), *layers, keras.layers.Dense(outputs)])
    model.set_weights([array for pair in workload.initial_parameters() for array in pair])
    model.compile(optimizer_of(workload), loss_of(workload), jit_compile=True, **options)
    return model


def loss_of(workload):
    if workload.loss == BINARY_CROSSENTROPY:
        return keras.losses.BinaryCrossentropy(from_logits=True)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def optimizer_of(workload):
    adam = workload.optimizer == ADAM
    return (keras.optimizers.Adam if adam else keras.optimizers.SGD)(workload.learning_rate)


make_step = KerasStep
make_epoch = KerasEpoch
make_evaluation = KerasEvaluation
make_prediction_pass = KerasPredictionPass
make_prediction = KerasPrediction
