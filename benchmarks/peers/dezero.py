"""DeZero: its layers, losses and optimizers as they come.

Its gradients become float64 after the loss (0-d constants count as float64 arrays in NumPy 2).
"""

from importlib.metadata import version

import numpy as np

from benchmarks.peers import PEER, require
from benchmarks.workloads import ADAM, BETA_1, BETA_2, BINARY_CROSSENTROPY, EPSILON

setattr(np, "int", int)  # noqa: B010  DeZero 0.0.13 names the alias that NumPy 1.24 removed
dezero = require("dezero", "pip install dezero")
F = require("dezero.functions", "pip install dezero")
L = require("dezero.layers", "pip install dezero")
optimizers = require("dezero.optimizers", "pip install dezero")

TITLE = "DeZero"
VERSION = f"DeZero {version('dezero')}, with np.int restored for it"
ROLE = PEER


class DeZeroStep:
    def __init__(self, workload):
        self.x, self.y = workload.data()
        self.model = MLP(workload.initial_parameters())
        binary = workload.loss == BINARY_CROSSENTROPY
        self.criterion = sigmoid_loss if binary else F.softmax_cross_entropy
        self.optimizer = optimizer_of(workload).setup(self.model)

    def step(self):
        value = self.criterion(self.model(self.x), self.y)
        self.model.cleargrads()
        value.backward()
        self.optimizer.update()
        self.value = value.data

    def loss(self):
        return float(self.value)

    def parameters(self):
        layers = self.model.layers
        return [array.data.copy() for layer in layers for array in (layer.W, layer.b)]


class MLP(dezero.Model):
    def __init__(self, pairs):
        super().__init__()
        self.layers = []
        for index, (kernel, bias) in enumerate(pairs):
            layer = L.Linear(bias.size, in_size=kernel.shape[0])
            layer.W.data, layer.b.data = kernel, bias
            setattr(self, f"linear_{index}", layer)
            self.layers.append(layer)

    def forward(self, h):
        *hidden, last = self.layers
        for layer in hidden:
            h = F.relu(layer(h))
        return last(h)


def sigmoid_loss(z, y):
    """Its own `sigmoid_cross_entropy` becomes NaN as soon as a probability rounds to 1."""
    return F.sum(F.log(F.exp(z) + 1) - z * y) / len(y)


def optimizer_of(workload):
    if workload.optimizer == ADAM:
        return optimizers.Adam(workload.learning_rate, BETA_1, BETA_2, EPSILON)
    return optimizers.SGD(workload.learning_rate)


class DeZeroChain:
    def __init__(self, chain):
        self.chain = chain

    def step(self):
        x = y = dezero.Variable(np.array(1.0))
        for _ in range(self.chain.operations):
            y = y * self.chain.factor
        y.backward()
        self.value = x.grad.data

    def gradient(self):
        return float(self.value)


make_step = DeZeroStep
make_chain = DeZeroChain
