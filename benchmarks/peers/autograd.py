"""HIPS autograd: `value_and_grad` of a function of NumPy arrays, and an Adam in NumPy beside it.

Labels are one-hot, a product and a sum: the gradient of an indexed array is a slow `np.add.at`.
"""

from importlib.metadata import version

import numpy

from benchmarks.optimizers import optimizer_of
from benchmarks.peers import PEER, require
from benchmarks.workloads import BINARY_CROSSENTROPY

autograd = require("autograd", "pip install autograd")
np = require("autograd.numpy", "pip install autograd")

TITLE = "autograd"
VERSION = f"autograd {version('autograd')}"
ROLE = PEER


class AutogradStep:
    def __init__(self, workload):
        self.x, labels = workload.data()
        binary = workload.loss == BINARY_CROSSENTROPY
        self.y = labels if binary else numpy.eye(workload.sizes[-1], dtype="float32")[labels]
        self.layers = workload.initial_parameters()
        self.differentiate = autograd.value_and_grad(sigmoid_loss if binary else softmax_loss)
        self.optimizer = optimizer_of(workload, self.parameters())

    def step(self):
        self.value, gradients = self.differentiate(self.layers, self.x, self.y)
        self.optimizer.update([array for pair in gradients for array in pair])

    def loss(self):
        return float(self.value)

    def parameters(self):
        return [array for pair in self.layers for array in pair]


def forward(layers, h):
    *hidden, (kernel, bias) = layers
    for hidden_kernel, hidden_bias in hidden:
        h = np.maximum(np.dot(h, hidden_kernel) + hidden_bias, 0)
    return np.dot(h, kernel) + bias


def softmax_loss(layers, x, y):
    z = forward(layers, x)
    z = z - np.max(z, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - np.sum(z * y, axis=1))


def sigmoid_loss(layers, x, y):
    z = forward(layers, x)
    return np.mean(np.logaddexp(z, 0) - z * y)


class AutogradChain:
    def __init__(self, chain):
        def power(x):
            for _ in range(chain.operations):
                x = x * chain.factor
            return x

        self.differentiate = autograd.grad(power)

    def step(self):
        self.value = self.differentiate(1.0)

    def gradient(self):
        return float(self.value)


make_step = AutogradStep
make_chain = AutogradChain
