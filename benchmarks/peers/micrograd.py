"""micrograd: one Python object a scalar. Only for the smallest workloads: half a second a step."""

import math
from importlib.metadata import version

import numpy as np

from benchmarks.peers import PEER, SkippedError, require
from benchmarks.workloads import BINARY_CROSSENTROPY, SGD

engine = require("micrograd.engine", "pip install micrograd")
nn = require("micrograd.nn", "pip install micrograd")

TITLE = "micrograd"
VERSION = f"micrograd {version('micrograd')}"
ROLE = PEER

MOST_PRODUCTS = 20_000  # in a forward pass; more take seconds


class MicrogradStep:
    def __init__(self, workload):
        if workload.parameter_count * workload.batch > MOST_PRODUCTS:
            raise SkippedError("computes with scalars: a step of this size takes seconds to hours")
        if (workload.loss, workload.optimizer) != (BINARY_CROSSENTROPY, SGD):
            raise SkippedError("micrograd has neither a softmax nor an Adam")
        self.x, self.y = (array.tolist() for array in workload.data())
        inputs, *outputs = workload.sizes
        self.model = nn.MLP(inputs, outputs)
        self.learning_rate = workload.learning_rate
        for layer, (kernel, bias) in zip(
            self.model.layers, workload.initial_parameters(), strict=True
        ):
            for neuron, column, b in zip(layer.neurons, kernel.T, bias, strict=True):
                neuron.b.data = float(b)
                for w, value in zip(neuron.w, column, strict=True):
                    w.data = float(value)

    def step(self):
        terms = [sigmoid_loss(self.model(x), y) for x, (y,) in zip(self.x, self.y, strict=True)]
        self.value = sum(terms) * (1 / len(terms))
        self.model.zero_grad()
        self.value.backward()
        for p in self.model.parameters():
            p.data -= self.learning_rate * p.grad

    def loss(self):
        return self.value.data

    def parameters(self):
        arrays = []
        for layer in self.model.layers:
            arrays.append(np.array([[w.data for w in neuron.w] for neuron in layer.neurons]).T)
            arrays.append(np.array([neuron.b.data for neuron in layer.neurons]))
        return arrays


def sigmoid_loss(z, y):
    return softplus(z) - z * y


def softplus(z):
    """log(1 + exp(z)), an operation in micrograd's own manner: it has neither exp nor log."""
    out = engine.Value(max(z.data, 0) + math.log1p(math.exp(-abs(z.data))), (z,), "softplus")

    def _backward():
        z.grad += out.grad / (1 + math.exp(-z.data))

    out._backward = _backward
    return out


class MicrogradChain:
    def __init__(self, chain):
        self.chain = chain

    def step(self):
        x = y = engine.Value(1.0)
        for _ in range(self.chain.operations):
            y = y * self.chain.factor
        y.backward()
        self.value = x.grad

    def gradient(self):
        return self.value


make_step = MicrogradStep
make_chain = MicrogradChain
