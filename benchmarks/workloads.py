"""The workloads: which training step every contender computes, from which numbers.

One training step is forward, backward and update of a ReLU MLP in float32. Data and initial weights
come from fixed seeds, and Adam is the one of Keras (epsilon 1e-7, added after the square root of
the uncorrected second moment), so that all contenders can be held to the same result.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

BINARY_CROSSENTROPY = "binary cross-entropy from logits"
SOFTMAX_CROSSENTROPY = "softmax cross-entropy from logits, integer labels"
SGD = "sgd"
ADAM = "adam"

BETA_1 = 0.9
BETA_2 = 0.999
EPSILON = 1e-7


@dataclass(frozen=True)
class Workload:
    """One training step: layer widths (inputs first), batch size, loss and optimizer."""

    name: str
    sizes: tuple[int, ...]
    batch: int
    loss: str
    optimizer: str
    learning_rate: float

    def data(self):
        """The batch: float32 inputs (batch, sizes[0]) and labels.

        Labels are float32 (batch, 1) of 0 and 1 for the binary loss, int64 (batch,) otherwise.
        Every input row occurs twice, with two different labels: the loss cannot reach zero, so
        a timing of many thousand steps never drifts into denormal numbers or a NaN.
        """
        random = np.random.default_rng(0)
        half = self.batch // 2
        rows = random.standard_normal((half, self.sizes[0]), dtype=np.float32)
        x = np.concatenate([rows, rows])
        if self.loss == BINARY_CROSSENTROPY:
            labels = random.integers(0, 2, half)
            return x, np.concatenate([labels, 1 - labels]).astype(np.float32)[:, None]
        classes = self.sizes[-1]
        labels = random.integers(0, classes, half)
        others = (labels + random.integers(1, classes, half)) % classes
        return x, np.concatenate([labels, others])

    def initial_parameters(self):
        """[(kernel, bias), ...]: Glorot-uniform kernels (in, out), zero biases (out,), float32."""
        random = np.random.default_rng(1)
        return [(glorot_uniform(random, *shape), zeros(shape[1])) for shape in pairwise(self.sizes)]

    @property
    def parameter_count(self):
        return sum((inputs + 1) * outputs for inputs, outputs in pairwise(self.sizes))

    def views(self, flat):
        """[(kernel, bias), ...] as views into `flat`, one float32 buffer of all parameters."""
        views, start = [], 0
        for inputs, outputs in pairwise(self.sizes):
            middle, stop = start + inputs * outputs, start + (inputs + 1) * outputs
            views.append((flat[start:middle].reshape(inputs, outputs), flat[middle:stop]))
            start = stop
        return views

    def flat_parameters(self):
        """The initial parameters in one flat float32 buffer, in the order of `views`."""
        arrays = [array.ravel() for pair in self.initial_parameters() for array in pair]
        return np.concatenate(arrays)


def glorot_uniform(random, inputs, outputs):
    limit = np.sqrt(6 / (inputs + outputs))
    return random.uniform(-limit, limit, (inputs, outputs)).astype(np.float32)


def zeros(*shape):
    return np.zeros(shape, np.float32)


def empty(*shape):
    return np.empty(shape, np.float32)


_ALL = [
    Workload("tiny", (2, 16, 16, 1), 32, BINARY_CROSSENTROPY, SGD, 0.1),
    Workload("digits", (64, 32, 10), 32, SOFTMAX_CROSSENTROPY, ADAM, 1e-3),
    Workload("mnist", (784, 128, 10), 128, SOFTMAX_CROSSENTROPY, ADAM, 1e-3),
    Workload("mnist2", (784, 512, 512, 10), 128, SOFTMAX_CROSSENTROPY, ADAM, 1e-3),
    Workload("wide", (1024, 2048, 2048, 10), 256, SOFTMAX_CROSSENTROPY, ADAM, 1e-3),
]
WORKLOADS = {workload.name: workload for workload in _ALL}
