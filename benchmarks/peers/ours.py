"""This project's eager path: `train_on_batch`, `fit`, `predict_on_batch`."""

from benchmarks.networks.ours import EagerNetwork
from benchmarks.peers import OURS, require
from benchmarks.workloads import ADAM, BINARY_CROSSENTROPY

nn = require("nn", "pip install -e .")
ag = require("autograd_lite", "pip install -e .")

TITLE = "ours, eager"
VERSION = "this checkout"
ROLE = OURS


class EagerStep:
    """A compiled Keras-style model, stepped one batch at a time."""

    def __init__(self, workload):
        self.x, self.y = workload.data()
        self.model = model_of(workload, run_eagerly=True)

    def step(self):
        self.value = self.model.train_on_batch(self.x, self.y)

    def loss(self):
        return float(self.value)

    def parameters(self):
        return parameters_of(self.model)


class FitEpoch:
    """One step is one epoch of `fit`; `options` are those of `compile`."""

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
        return parameters_of(self.model)


class EvaluationPass(FitEpoch):
    """One step is one call of `evaluate`."""

    def step(self):
        batch = self.options["batch_size"]
        self.value, _ = self.model.evaluate(self.x, self.y, batch, verbose=0)

    def loss(self):
        return self.value


class PredictionPass(FitEpoch):
    """One step is one call of `predict`."""

    def step(self):
        self.logits = self.model.predict(self.x, self.options["batch_size"])


class EagerPrediction:
    def __init__(self, workload):
        self.x, _ = workload.data()
        self.model = model_of(workload, run_eagerly=True)

    def step(self):
        self.logits = self.model.predict_on_batch(self.x)

    def result(self):
        return self.logits


class EagerChain:
    def __init__(self, chain):
        self.chain = chain

    def step(self):
        x = y = ag.Tensor(1.0, requires_grad=True)
        for _ in range(self.chain.operations):
            y = y * self.chain.factor
        y.backward()
        self.value = x.grad

    def gradient(self):
        return float(self.value)


def model_of(workload, **options):
    """The workload's network with its initial parameters; `options` are those of `compile`."""
    inputs, *hidden, outputs = workload.sizes
    layers = [nn.Dense(units, activation="relu") for units in hidden]
    model = nn.Sequential([nn.Input((inputs,)), *layers, nn.Dense(outputs)])
    for layer, (kernel, bias) in zip(model.layers, workload.initial_parameters(), strict=True):
        layer.kernel.assign(kernel)
        layer.bias.assign(bias)
    model.compile(loss=criterion(workload), optimizer=optimizer(workload), **options)
    return model


def parameters_of(model):
    return [v.data.copy() for layer in model.layers for v in (layer.kernel, layer.bias)]


def criterion(workload):
    binary = workload.loss == BINARY_CROSSENTROPY
    return (nn.BinaryCrossentropy if binary else nn.SparseCategoricalCrossentropy)(from_logits=True)


def optimizer(workload):
    return (nn.Adam if workload.optimizer == ADAM else nn.SGD)(workload.learning_rate)


def make_epoch(workload):
    return FitEpoch(workload, run_eagerly=True)


make_step = EagerStep
make_network = EagerNetwork
make_prediction = EagerPrediction
make_chain = EagerChain
