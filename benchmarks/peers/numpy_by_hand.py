"""The best training step we can write by hand in NumPy: what a compiled step has to match.

Every array is allocated once. All parameters are views into one flat buffer, so that the update is
one walk over it, in blocks that stay in the second-level cache. Measured choices:

- `np.dot` costs half a microsecond less a call than `np.matmul`, and `np.dot(ones, delta)` half of
  `delta.sum(axis=0)`.
- `np.maximum` with a scalar is not vectorised, with an array of zeros it is (three times faster).
- A comparison is cheap; its booleans, converted once to floats, multiply vectorised.
- The last layer works transposed, (outputs, batch): reductions over classes run along columns.
"""

import math

import numpy as np

from benchmarks.peers import BY_HAND
from benchmarks.workloads import (
    ADAM,
    BETA_1,
    BETA_2,
    EPSILON,
    SOFTMAX_CROSSENTROPY,
    empty,
)

TITLE = "NumPy by hand"
VERSION = f"NumPy {np.__version__}"
ROLE = BY_HAND

BLOCK = 1 << 14  # floats; a block of each of the five arrays Adam walks over: 320 KiB, half an L2
ZERO = np.zeros((), np.float32)  # a 0-d array skips the conversion of a Python scalar


class NumpyByHand:
    """Forward, loss, backward and update, each a walk over prepared buffers."""

    def __init__(self, workload):
        self.x, self.y = workload.data()
        self.flat = workload.flat_parameters()
        self.flat_gradients = np.zeros_like(self.flat)
        parameters = workload.views(self.flat)
        gradients = workload.views(self.flat_gradients)
        *hidden, last = zip(parameters, gradients, strict=True)
        self.hidden = [ReluLayer(workload.batch, *views) for views in hidden]
        self.last = LastLayer(workload.batch, *last)
        softmax = workload.loss == SOFTMAX_CROSSENTROPY
        self.criterion = (SoftmaxCrossentropy if softmax else BinaryCrossentropy)(self.last.z)
        optimizer = Adam if workload.optimizer == ADAM else SGD
        self.optimizer = optimizer(self.flat, self.flat_gradients, workload.learning_rate)

    def step(self):
        h = self.x
        for layer in self.hidden:
            h = layer.forward(h)
        self.last.forward(h)
        self.value = self.criterion(self.y)
        self.backward()
        self.optimizer.update()

    def backward(self):
        layers = [*self.hidden, self.last]
        for below, layer in zip(reversed(self.hidden), reversed(layers), strict=False):
            layer.backward(below.h)
            layer.input_gradient(below.delta)
        layers[0].backward(self.x)

    def loss(self):
        return float(self.value)

    def parameters(self):
        layers = [*self.hidden, self.last]
        return [array for layer in layers for array in (layer.kernel, layer.bias)]


class Prediction:
    """Two calls a layer, three with a ReLU, into prepared buffers."""

    def __init__(self, workload):
        self.x, _ = workload.data()
        *hidden, self.last = [
            (kernel, bias, empty(workload.batch, bias.size))
            for kernel, bias in workload.initial_parameters()
        ]
        self.hidden = [(*arrays, np.zeros_like(arrays[-1])) for arrays in hidden]

    def step(self):
        h = self.x
        for kernel, bias, out, zeros in self.hidden:
            np.dot(h, kernel, out)
            np.add(out, bias, out)
            h = np.maximum(out, zeros, out=out)
        kernel, bias, out = self.last
        np.dot(h, kernel, out)
        np.add(out, bias, out)

    def result(self):
        return self.last[-1].copy()


class ReluLayer:
    """h = max(x @ kernel + bias, 0), all (batch, outputs)."""

    def __init__(self, batch, parameters, gradients):
        self.kernel, self.bias = parameters
        self.kernel_gradient, self.bias_gradient = gradients
        shape = batch, self.bias.size
        self.h, self.delta, self.slope = empty(*shape), empty(*shape), empty(*shape)
        self.zeros = np.zeros(shape, np.float32)
        self.positive = np.empty(shape, bool)
        self.ones = np.ones(batch, np.float32)

    def forward(self, x):
        np.dot(x, self.kernel, self.h)
        np.add(self.h, self.bias, self.h)
        return np.maximum(self.h, self.zeros, out=self.h)

    def backward(self, x):
        """Turn `delta`, the gradient at h, into those of x @ kernel + bias, kernel and bias."""
        np.greater(self.h, ZERO, self.positive)
        np.copyto(self.slope, self.positive)
        np.multiply(self.delta, self.slope, self.delta)
        np.dot(x.T, self.delta, self.kernel_gradient)
        np.dot(self.ones, self.delta, self.bias_gradient)

    def input_gradient(self, out):
        np.dot(self.delta, self.kernel.T, out)


class LastLayer:
    """z = (x @ kernel + bias).T, (outputs, batch); the loss turns z into its own gradient."""

    def __init__(self, batch, parameters, gradients):
        self.kernel, self.bias = parameters
        self.kernel_gradient, self.bias_gradient = gradients
        self.z = empty(self.bias.size, batch)
        self.column = self.bias[:, None]
        self.ones = np.ones(batch, np.float32)

    def forward(self, x):
        np.dot(self.kernel.T, x.T, self.z)
        np.add(self.z, self.column, self.z)

    def backward(self, x):
        np.dot(x.T, self.z.T, self.kernel_gradient)
        np.dot(self.z, self.ones, self.bias_gradient)

    def input_gradient(self, out):
        np.dot(self.z.T, self.kernel.T, out)


class SoftmaxCrossentropy:
    """mean(log(sum(exp(z))) - z[label]); leaves (softmax(z) - onehot) / batch in z."""

    def __init__(self, z):
        self.z, self.flat = z, z.ravel()
        batch = z.shape[1]
        self.batch = np.float32(batch)
        self.samples = np.arange(batch)
        self.index = np.empty(batch, np.int64)
        self.row = empty(batch)

    def __call__(self, labels):
        z, row = self.z, self.row
        np.multiply(labels, self.samples.size, self.index)
        np.add(self.index, self.samples, self.index)
        np.subtract(z, np.maximum.reduce(z, 0, None, row), z)
        picked = np.add.reduce(self.flat.take(self.index))
        np.exp(z, z)
        np.add.reduce(z, 0, None, row)
        logarithms = np.add.reduce(np.log(row))
        np.divide(z, np.multiply(row, self.batch, row), z)
        self.flat[self.index] -= 1 / self.batch
        return (logarithms - picked) / self.batch


class BinaryCrossentropy:
    """mean(log(1 + exp(z)) - z * label); leaves (sigmoid(z) - label) / batch in z."""

    def __init__(self, z):
        self.z = z
        self.batch = np.float32(z.size)
        self.softplus = np.empty_like(z)

    def __call__(self, labels):
        z, softplus, labels = self.z, self.softplus, labels.T
        np.logaddexp(z, ZERO, softplus)
        value = (np.add.reduce(softplus, None) - np.vdot(z, labels)) / self.batch
        np.exp(np.subtract(z, softplus, z), z)  # sigmoid(z) = exp(z - softplus(z)), for any z
        np.divide(np.subtract(z, labels, z), self.batch, z)
        return value


class SGD:
    """p -= lr * g."""

    def __init__(self, parameters, gradients, learning_rate):
        self.arrays = parameters, gradients, np.empty_like(parameters)
        self.learning_rate = np.float32(learning_rate)

    def update(self):
        p, g, scaled = self.arrays
        np.subtract(p, np.multiply(g, self.learning_rate, scaled), p)


class Adam:
    """Keras's Adam in ten passes, with M = m / (1 - b1) and V = v / (1 - b2) as the slots.

    M = b1 M + g, V = b2 V + g², p -= lr_t m / (sqrt(v) + eps) = c M / (sqrt(V) + eps'), where
    lr_t = lr sqrt(1 - b2^t) / (1 - b1^t), c = lr_t (1 - b1) / sqrt(1 - b2) and
    eps' = eps / sqrt(1 - b2).
    """

    def __init__(self, parameters, gradients, learning_rate):
        arrays = parameters, gradients, np.zeros_like(parameters), np.zeros_like(parameters)
        scratch = empty(min(BLOCK, parameters.size))
        self.blocks = [
            (*block, scratch[: block[0].size])
            for start in range(0, parameters.size, BLOCK)
            for block in [[array[start : start + BLOCK] for array in arrays]]
        ]
        self.learning_rate = learning_rate
        self.iterations = 0

    def update(self):
        self.iterations += 1
        corrected = math.sqrt(1 - BETA_2**self.iterations) / (1 - BETA_1**self.iterations)
        scale = self.learning_rate * corrected * (1 - BETA_1) / math.sqrt(1 - BETA_2)
        constants = BETA_1, BETA_2, EPSILON / math.sqrt(1 - BETA_2), scale
        beta_1, beta_2, epsilon, scale = np.array(constants, np.float32)
        for p, g, m, v, t in self.blocks:
            np.multiply(m, beta_1, m)
            np.add(m, g, m)
            np.multiply(v, beta_2, v)
            np.multiply(g, g, t)
            np.add(v, t, v)
            np.sqrt(v, t)
            np.add(t, epsilon, t)
            np.divide(m, t, t)
            np.multiply(t, scale, t)
            np.subtract(p, t, p)


make_step = NumpyByHand
make_prediction = Prediction
