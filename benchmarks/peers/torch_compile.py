"""PyTorch with the whole step as one compiled graph: gradients by `torch.func`, Adam in place.

Measured choices: compiling the model alone and keeping the fused Adam, the common way, is slower
than eager at the small workloads (1.5 times at digits), and compiling the optimizer apart from it
slower still; as one graph the step has no autograd left at run time.
"""

import math

from benchmarks.machine import cores
from benchmarks.peers import PEER, require
from benchmarks.workloads import ADAM, BETA_1, BETA_2, BINARY_CROSSENTROPY, EPSILON

torch = require("torch", "pip install torch")
inductor = require("torch._inductor.config", "pip install torch")
F = torch.nn.functional

inductor.compile_threads = 1  # no pool of compiler processes beside the measured one

TITLE = "torch.compile"
VERSION = f"PyTorch {torch.__version__}, whole step"
ROLE = PEER


class CompiledStep:
    def __init__(self, workload):
        torch.set_num_threads(cores())
        torch.compiler.reset()  # other shapes than the last workload's would be compiled as unknown
        self.x, self.y = map(torch.from_numpy, workload.data())
        pairs = workload.initial_parameters()
        self.arrays = [torch.from_numpy(array.T.copy()) for pair in pairs for array in pair]
        self.slots = [(torch.zeros_like(p), torch.zeros_like(p)) for p in self.arrays]
        self.learning_rate = workload.learning_rate
        self.scale = torch.tensor(workload.learning_rate)  # a Python float would be a constant
        self.iterations = 0
        binary = workload.loss == BINARY_CROSSENTROPY
        criterion = F.binary_cross_entropy_with_logits if binary else F.cross_entropy
        update = adam if workload.optimizer == ADAM else sgd
        self.corrects = workload.optimizer == ADAM

        def loss(arrays, x, y):
            return criterion(forward(arrays, x), y)

        def step(arrays, slots, scale, x, y):
            gradients, value = torch.func.grad_and_value(loss)(arrays, x, y)
            for p, slot, g in zip(arrays, slots, gradients, strict=True):
                update(p, slot, g, scale)
            return value

        self.compiled = torch.compile(step)

    @torch.no_grad()
    def step(self):
        if self.corrects:
            self.iterations += 1
            corrected = math.sqrt(1 - BETA_2**self.iterations) / (1 - BETA_1**self.iterations)
            self.scale.fill_(self.learning_rate * corrected)
        self.value = self.compiled(self.arrays, self.slots, self.scale, self.x, self.y)

    def loss(self):
        return self.value.item()

    def parameters(self):
        return [array.numpy().T.copy() for array in self.arrays]


def forward(arrays, h):
    *hidden, weight, bias = arrays
    for hidden_weight, hidden_bias in zip(hidden[::2], hidden[1::2], strict=True):
        h = F.relu(F.linear(h, hidden_weight, hidden_bias))
    return F.linear(h, weight, bias)


def adam(p, slot, g, scale):
    m, v = slot
    m.lerp_(g, 1 - BETA_1)
    v.lerp_(g * g, 1 - BETA_2)
    p.sub_(scale * m / (v.sqrt() + EPSILON))


def sgd(p, slot, g, scale):
    p.sub_(scale * g)


make_step = CompiledStep
