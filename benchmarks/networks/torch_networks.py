"""The networks in PyTorch eager: `torch.nn.functional` on leaves, its own LSTM and attention.

Measured choices: images in the memory format channels_last, which oneDNN prefers here; the fused
Adam; `scaled_dot_product_attention` with `is_causal`.
"""

import math

import numpy as np

from benchmarks.architectures import EPSILON
from benchmarks.machine import cores
from benchmarks.peers import require
from benchmarks.workloads import BETA_1, BETA_2
from benchmarks.workloads import EPSILON as ADAM_EPSILON

torch = require("torch", "pip install torch")
F = torch.nn.functional


class TorchNetwork:
    def __init__(self, workload):
        torch.set_num_threads(cores())
        self.workload = workload
        x, y = workload.data()
        self.x, self.y = torch.from_numpy(x), torch.from_numpy(y)
        if workload.kind == "convolution":
            self.x = self.x.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        self.p = {
            name: torch.from_numpy(to_torch(workload, name, a).copy()).requires_grad_()
            for name, a in workload.arrays().items()
        }
        if workload.kind == "recurrence":  # PyTorch has two biases, of which one is enough
            self.p_idle = torch.zeros_like(self.p["gates"])
        rate = workload.learning_rate
        self.optimizer = torch.optim.Adam(self.p.values(), rate, (BETA_1, BETA_2), fused=True)
        self.iterations = 0
        self.regression = getattr(workload, "outputs", 0) == 1
        self.forward = getattr(self, workload.kind)

    def step(self):
        self.iterations += 1  # PyTorch adds epsilon after the bias correction, Keras before it
        correction = math.sqrt(1 - BETA_2**self.iterations)
        self.optimizer.param_groups[0]["eps"] = ADAM_EPSILON / correction
        self.optimizer.zero_grad(set_to_none=True)
        z = self.forward(self.x)
        if self.regression:
            self.value = F.mse_loss(z, self.y)
        else:
            self.value = F.cross_entropy(z.reshape(-1, z.shape[-1]), self.y.reshape(-1))
        self.value.backward()
        self.optimizer.step()

    def loss(self):
        return self.value.item()

    def parameters(self):
        arrays = ((name, array.detach().numpy()) for name, array in self.p.items())
        return self.workload.compared(from_torch(self.workload, *pair).copy() for pair in arrays)

    def convolution(self, x):
        p = self.p
        for i in (1, 2):
            x = F.max_pool2d(F.relu(F.conv2d(x, p[f"kernel_{i}"], p[f"bias_{i}"])), 2)
        return F.linear(x.flatten(1), p["kernel"], p["bias"])

    def recurrence(self, x):
        p = self.p
        weights = [p["kernel"], p["recurrent"], p["gates"], self.p_idle]
        start = torch.zeros(1, len(x), self.workload.units)
        out, _, _ = torch.lstm(x, (start, start), weights, True, 1, 0.0, True, False, True)
        return F.linear(out[:, -1], p["dense"], p["bias"])

    def transformer(self, x):
        p, width = self.p, self.workload.width
        h = F.embedding(x, p["characters"]) + p["positions"]
        for i in range(self.workload.blocks):
            z = F.layer_norm(h, (width,), p[f"gamma_1/{i}"], p[f"beta_1/{i}"], EPSILON)
            h = h + self.attention(z, i)
            z = F.layer_norm(h, (width,), p[f"gamma_2/{i}"], p[f"beta_2/{i}"], EPSILON)
            z = F.relu(F.linear(z, p[f"up/{i}"], p[f"up_bias/{i}"]))
            h = h + F.linear(z, p[f"down/{i}"], p[f"down_bias/{i}"])
        h = F.layer_norm(h, (width,), p["gamma"], p["beta"], EPSILON)
        return F.linear(h, p["dense"], p["bias"])

    def attention(self, z, i):
        p, (batch, length, width), heads = self.p, z.shape, self.workload.heads
        q, k, v = (
            F.linear(z, p[f"{name}/{i}"], p[f"{name}_bias/{i}"])
            .view(batch, length, heads, width // heads)
            .transpose(1, 2)
            for name in ("query", "key", "value")
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        joined = mixed.transpose(1, 2).reshape(batch, length, width)
        return F.linear(joined, p[f"output/{i}"], p[f"output_bias/{i}"])


def to_torch(workload, name, array):
    """An array as PyTorch keeps it: kernels (out, in), convolutions (out, in, height, width)."""
    short = name.split("/")[0]
    if short in ("kernel_1", "kernel_2"):
        return array.transpose(3, 2, 0, 1)
    if workload.kind == "convolution" and short == "kernel":
        return array.reshape(5, 5, 64, 10).transpose(3, 2, 0, 1).reshape(10, 1600)
    if short in ("query", "key", "value"):
        return array.reshape(len(array), -1).T
    if short == "output":
        return array.reshape(-1, array.shape[-1]).T
    if short in ("query_bias", "key_bias", "value_bias"):
        return array.ravel()
    return array.T if short in ("kernel", "recurrent", "dense", "up", "down") else array


def from_torch(workload, name, array):
    """The array in the workload's layout."""
    start = workload.arrays()[name]
    place = np.empty(start.shape, np.int64)
    place.ravel()[:] = np.arange(start.size)
    order = to_torch(workload, name, place).ravel()
    back = np.empty(start.size, np.float32)
    back[order] = array.ravel()
    return back.reshape(start.shape)
