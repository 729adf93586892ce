"""Workloads beyond dense layers: a convolutional network, two LSTMs, two transformers.

As in `workloads.py`, data and initial weights come from fixed seeds, all in float32, with the Adam
of Keras. Arrays are in the layout of Keras: convolution kernels (height, width, in, out), the gates
of an LSTM in the order input, forget, cell, output, images with channels last.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from benchmarks.workloads import NETWORK, zeros

__all__ = ["ARCHITECTURES", "Convolution", "Recurrence", "Transformer"]

EPSILON = 1e-3  # of layer normalization


@dataclass(frozen=True)
class Architecture:
    """A training step of one network; `arrays` are its initial weights, by name."""

    name: str
    batch: int
    learning_rate: float = 1e-3

    task: ClassVar[str] = NETWORK
    checked_steps: ClassVar[int] = 3

    @property
    def checked(self):
        """The workload on which contenders are compared with each other: itself."""
        return self

    @property
    def start(self):
        """The arrays that a contender's outcome has moved away from."""
        return self.compared(self.arrays().values())

    def compared(self, arrays):
        """The arrays whose movement is more than rounding: the gradient of a key's bias is 0, which
        Adam makes full steps of whatever is left.
        """
        pairs = zip(self.arrays(), arrays, strict=True)
        return [array for name, array in pairs if not name.startswith("key_bias")]


@dataclass(frozen=True)
class Convolution(Architecture):
    """28x28x1, Conv 3x3x32, ReLU, MaxPool 2, Conv 3x3x64, ReLU, MaxPool 2, Dense 10."""

    kind: ClassVar[str] = "convolution"

    def describe(self):
        return f"{self.__doc__[:-1]}, batch {self.batch}, softmax cross-entropy, adam"

    def data(self):
        """Images (batch, 28, 28, 1) and labels (batch,) below 10."""
        random = np.random.default_rng(0)
        images = random.standard_normal((self.batch, 28, 28, 1), dtype=np.float32)
        return images, random.integers(0, 10, self.batch)

    def arrays(self):
        random = np.random.default_rng(1)
        return {
            "kernel_1": glorot(random, (3, 3, 1, 32)), "bias_1": zeros(32),
            "kernel_2": glorot(random, (3, 3, 32, 64)), "bias_2": zeros(64),
            "kernel": glorot(random, (1600, 10)), "bias": zeros(10),
        }  # fmt: skip


@dataclass(frozen=True)
class Recurrence(Architecture):
    """An LSTM over `steps` steps of `inputs` numbers, and a dense layer on its last output.

    One output means the mean squared error to a number, several the cross-entropy of a softmax.
    """

    steps: int = 0
    inputs: int = 0
    units: int = 0
    outputs: int = 1

    kind: ClassVar[str] = "recurrence"

    def describe(self):
        loss = "mean squared error" if self.outputs == 1 else "softmax cross-entropy"
        return (
            f"LSTM {self.units} over {self.steps} steps of {self.inputs} inputs, Dense "
            f"{self.outputs}, batch {self.batch}, {loss}, adam"
        )

    def data(self):
        """Sequences (batch, steps, inputs), and numbers (batch, 1) or labels (batch,)."""
        random = np.random.default_rng(0)
        shape = self.batch, self.steps, self.inputs
        x = random.standard_normal(shape, dtype=np.float32)
        if self.outputs == 1:
            return x, random.standard_normal((self.batch, 1), dtype=np.float32)
        return x, random.integers(0, self.outputs, self.batch)

    def arrays(self):
        random, units = np.random.default_rng(1), self.units
        bias = zeros(4 * units)
        bias[units : 2 * units] = 1
        return {
            "kernel": glorot(random, (self.inputs, 4 * units)),
            "recurrent": glorot(random, (units, 4 * units)),
            "gates": bias,
            "dense": glorot(random, (units, self.outputs)),
            "bias": zeros(self.outputs),
        }


@dataclass(frozen=True)
class Transformer(Architecture):
    """Characters to the next ones: pre-normalized blocks of causal attention and two dense layers
    with a ReLU between them.
    """

    length: int = 0
    width: int = 0
    heads: int = 4
    blocks: int = 2
    vocabulary: int = 65

    kind: ClassVar[str] = "transformer"

    def describe(self):
        return (
            f"{self.length} characters of {self.vocabulary}, width {self.width}, {self.heads} "
            f"heads, {self.blocks} blocks, causal, batch {self.batch}, softmax cross-entropy, adam"
        )

    def data(self):
        """Characters (batch, length), and those that follow."""
        random = np.random.default_rng(0)
        text = random.integers(0, self.vocabulary, (self.batch, self.length + 1))
        return text[:, :-1].copy(), text[:, 1:].copy()

    def arrays(self):
        random, width = np.random.default_rng(1), self.width
        heads = width, self.heads, width // self.heads
        found = {
            "characters": glorot(random, (self.vocabulary, width)),
            "positions": glorot(random, (self.length, width)),
        }
        for i in range(self.blocks):
            block = {
                "gamma_1": zeros(width) + 1, "beta_1": zeros(width),
                "query": glorot(random, heads), "query_bias": zeros(*heads[1:]),
                "key": glorot(random, heads), "key_bias": zeros(*heads[1:]),
                "value": glorot(random, heads), "value_bias": zeros(*heads[1:]),
                "output": glorot(random, (*heads[1:], width)), "output_bias": zeros(width),
                "gamma_2": zeros(width) + 1, "beta_2": zeros(width),
                "up": glorot(random, (width, 4 * width)), "up_bias": zeros(4 * width),
                "down": glorot(random, (4 * width, width)), "down_bias": zeros(width),
            }  # fmt: skip
            found |= {f"{name}/{i}": array for name, array in block.items()}
        return found | {
            "gamma": zeros(width) + 1, "beta": zeros(width),
            "dense": glorot(random, (width, self.vocabulary)), "bias": zeros(self.vocabulary),
        }  # fmt: skip


def glorot(random, shape):
    """Uniform numbers; what is in and out are the last two axes, whatever the shape means."""
    limit = np.sqrt(6 / (np.prod(shape[:-1]) + shape[-1]))
    return random.uniform(-limit, limit, shape).astype(np.float32)


_ALL = [
    Convolution("cnn", 128),
    Recurrence("lstm", 32, steps=50, inputs=16, units=64),
    Recurrence("lstm28", 128, steps=28, inputs=28, units=128, outputs=10),
    Transformer("transformer", 32, length=64, width=64),
    Transformer("transformer4", 16, length=128, width=128, blocks=4),
]
ARCHITECTURES = {workload.name: workload for workload in _ALL}
