"""This project's eager step, through its public API: `train_on_batch`."""

from benchmarks.peers import OURS, require
from benchmarks.workloads import ADAM, BINARY_CROSSENTROPY

nn = require("nn", "pip install -e .")

TITLE = "ours"
VERSION = "this checkout, eager"
ROLE = OURS


class Eager:
    """A compiled Keras-style model, stepped one batch at a time."""

    def __init__(self, workload):
        self.x, self.y = workload.data()
        inputs, *hidden, outputs = workload.sizes
        self.layers = [nn.Dense(units, activation="relu") for units in hidden]
        self.layers.append(nn.Dense(outputs))
        self.model = nn.Sequential([nn.Input((inputs,)), *self.layers])
        for layer, (kernel, bias) in zip(self.layers, workload.initial_parameters(), strict=True):
            layer.kernel.assign(kernel)
            layer.bias.assign(bias)
        self.model.compile(loss=criterion(workload), optimizer=optimizer(workload))

    def step(self):
        self.value = self.model.train_on_batch(self.x, self.y)

    def loss(self):
        return float(self.value)

    def parameters(self):
        return [v.data.copy() for layer in self.layers for v in (layer.kernel, layer.bias)]


def criterion(workload):
    binary = workload.loss == BINARY_CROSSENTROPY
    return (nn.BinaryCrossentropy if binary else nn.SparseCategoricalCrossentropy)(from_logits=True)


def optimizer(workload):
    return (nn.Adam if workload.optimizer == ADAM else nn.SGD)(workload.learning_rate)


make_step = Eager
