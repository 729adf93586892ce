"""SGD and Adam over a list of NumPy arrays, for libraries that differentiate and leave it at that.

Written as one would beside such a library, without temporaries where NumPy's `out=` saves one.
"""

import math

import numpy as np

from benchmarks.workloads import ADAM, BETA_1, BETA_2, EPSILON


def optimizer_of(workload, arrays):
    return (Adam if workload.optimizer == ADAM else SGD)(arrays, workload.learning_rate)


class SGD:
    """p -= lr * g."""

    def __init__(self, arrays, learning_rate):
        self.arrays = arrays
        self.learning_rate = learning_rate

    def update(self, gradients):
        for p, g in zip(self.arrays, gradients, strict=True):
            p -= self.learning_rate * g


class Adam:
    """Keras's: p -= lr_t * m / (sqrt(v) + epsilon), lr_t = lr sqrt(1 - b2^t) / (1 - b1^t)."""

    def __init__(self, arrays, learning_rate):
        self.arrays = [(p, np.zeros_like(p), np.zeros_like(p)) for p in arrays]
        self.learning_rate = learning_rate
        self.iterations = 0

    def update(self, gradients):
        self.iterations += 1
        corrected = math.sqrt(1 - BETA_2**self.iterations) / (1 - BETA_1**self.iterations)
        scale = self.learning_rate * corrected
        for (p, m, v), g in zip(self.arrays, gradients, strict=True):
            m += (1 - BETA_1) * (g - m)
            v += (1 - BETA_2) * (g * g - v)
            t = np.sqrt(v)
            t += EPSILON
            np.divide(m, t, out=t)
            t *= scale
            p -= t
