"""PyTorch eager in its fastest form that is still plain PyTorch.

Measured choices: `torch.nn.functional` saves 5 % of `Sequential`'s calls at the small workloads,
the fused Adam 20 % of the default one; SGD is fastest as it comes. Gradients are set to None, all
cores are used, and nothing in the step waits for `.item()`.
"""

import math

from benchmarks.machine import cores
from benchmarks.networks.torch_networks import TorchNetwork
from benchmarks.peers import PEER, require
from benchmarks.workloads import ADAM, BETA_1, BETA_2, BINARY_CROSSENTROPY, EPSILON

torch = require("torch", "pip install torch")
F = torch.nn.functional

TITLE = "PyTorch eager"
VERSION = f"PyTorch {torch.__version__}"
ROLE = PEER


class TorchStep:
    """Forward, backward and the optimizer's step; subclasses bring the optimizer."""

    def __init__(self, workload):
        self.x, self.y = map(torch.from_numpy, workload.data())
        self.layers = [as_torch(*pair) for pair in workload.initial_parameters()]
        binary = workload.loss == BINARY_CROSSENTROPY
        self.criterion = F.binary_cross_entropy_with_logits if binary else F.cross_entropy
        arrays = [array for layer in self.layers for array in layer]
        self.optimizer = self.make_optimizer(arrays, workload.learning_rate)

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        self.value = self.criterion(forward(self.layers, self.x), self.y)
        self.value.backward()
        self.optimizer.step()

    def loss(self):
        return self.value.item()

    def parameters(self):
        return [array.detach().numpy().T.copy() for layer in self.layers for array in layer]


class SGDStep(TorchStep):
    def make_optimizer(self, arrays, learning_rate):
        return torch.optim.SGD(arrays, learning_rate)


class AdamStep(TorchStep):
    def make_optimizer(self, arrays, learning_rate):
        self.iterations = 0
        return torch.optim.Adam(arrays, learning_rate, (BETA_1, BETA_2), fused=True)

    def step(self):
        # PyTorch adds epsilon after the bias correction, Keras before it: with this epsilon both
        # compute the same step (setting it costs half a microsecond).
        self.iterations += 1
        correction = math.sqrt(1 - BETA_2**self.iterations)
        self.optimizer.param_groups[0]["eps"] = EPSILON / correction
        super().step()


def forward(layers, h):
    *hidden, last = layers
    for weight, bias in hidden:
        h = F.relu(F.linear(h, weight, bias))
    return F.linear(h, *last)


class TorchPrediction:
    """`from_numpy` and `numpy` share memory: they cost a microsecond and copy nothing."""

    def __init__(self, workload):
        torch.set_num_threads(cores())
        self.x, _ = workload.data()
        self.layers = [as_torch(*pair) for pair in workload.initial_parameters()]

    @torch.inference_mode()
    def step(self):
        self.logits = forward(self.layers, torch.from_numpy(self.x)).numpy()

    def result(self):
        return self.logits


class TorchChain:
    def __init__(self, chain):
        self.chain = chain

    def step(self):
        x = y = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
        for _ in range(self.chain.operations):
            y = y * self.chain.factor
        y.backward()
        self.value = x.grad

    def gradient(self):
        return self.value.item()


def as_torch(kernel, bias):
    """(weight, bias), leaves that need a gradient; PyTorch keeps a kernel as (out, in)."""
    return tuple(torch.from_numpy(array.T.copy()).requires_grad_() for array in (kernel, bias))


def make_step(workload):
    torch.set_num_threads(cores())
    return (AdamStep if workload.optimizer == ADAM else SGDStep)(workload)


make_network = TorchNetwork
make_prediction = TorchPrediction
make_chain = TorchChain
