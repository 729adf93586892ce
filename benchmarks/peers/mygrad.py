"""MyGrad, its memory guard off (its own advice for speed), and an Adam in NumPy beside it."""

import numpy as np

from benchmarks.optimizers import optimizer_of
from benchmarks.peers import PEER, require
from benchmarks.workloads import BINARY_CROSSENTROPY

mg = require("mygrad", "pip install mygrad")
losses = require("mygrad.nnet.losses", "pip install mygrad")
mg.turn_memory_guarding_off()

TITLE = "MyGrad"
VERSION = f"MyGrad {mg.__version__}"
ROLE = PEER


class MyGradStep:
    def __init__(self, workload):
        self.x, self.y = workload.data()
        pairs = workload.initial_parameters()
        self.tensors = [mg.tensor(array) for pair in pairs for array in pair]
        binary = workload.loss == BINARY_CROSSENTROPY
        self.criterion = sigmoid_loss if binary else losses.softmax_crossentropy
        self.optimizer = optimizer_of(workload, [tensor.data for tensor in self.tensors])

    def step(self):
        self.value = self.criterion(self.forward(self.x), self.y)
        self.value.backward()
        self.optimizer.update([tensor.grad for tensor in self.tensors])
        for tensor in self.tensors:
            tensor.null_grad()

    def forward(self, h):
        *hidden, kernel, bias = self.tensors
        for hidden_kernel, hidden_bias in zip(hidden[::2], hidden[1::2], strict=True):
            h = mg.maximum(mg.matmul(h, hidden_kernel) + hidden_bias, 0)
        return mg.matmul(h, kernel) + bias

    def loss(self):
        return float(self.value.data)

    def parameters(self):
        return [tensor.data.copy() for tensor in self.tensors]


def sigmoid_loss(z, y):
    return mg.mean(mg.logaddexp(z, np.float32(0)) - z * y)


class MyGradChain:
    def __init__(self, chain):
        self.chain = chain

    def step(self):
        x = y = mg.tensor(1.0)
        for _ in range(self.chain.operations):
            y = y * self.chain.factor
        y.backward()
        self.value = x.grad

    def gradient(self):
        return float(self.value)


make_step = MyGradStep
make_chain = MyGradChain
