"""The matrix products of the networks alone, and one pass over the parameters.

Convolutions are the products of their windows, laid out as matrices before the timing begins.
Attention is NumPy's product of many matrices, which is slower than its numbers of operations say.
"""

import numpy as np


class NetworkProducts:
    def __init__(self, workload):
        self.flat = np.concatenate([array.ravel() for array in workload.arrays().values()])
        self.updated = np.empty_like(self.flat)
        random = np.random.default_rng(2)

        def drawn(*shape):
            return random.random(shape, np.float32)

        self.products = [
            (count, a, b, np.matmul(a, b)) for count, a, b in SIZES[workload.kind](workload, drawn)
        ]

    def step(self):
        for count, a, b, out in self.products:
            for _ in range(count):
                np.matmul(a, b, out=out)
        np.subtract(self.flat, self.flat, out=self.updated)


def layer(rows, inputs, outputs, drawn, count=1, backward_to_inputs=True):
    """The three products of a dense layer."""
    x, kernel, z = drawn(rows, inputs), drawn(inputs, outputs), drawn(rows, outputs)
    yield count, x, kernel
    yield count, x.T, z
    if backward_to_inputs:
        yield count, z, kernel.T


def convolution(workload, drawn):
    yield from layer(workload.batch * 26 * 26, 9, 32, drawn, backward_to_inputs=False)
    yield from layer(workload.batch * 11 * 11, 9 * 32, 64, drawn)
    yield from layer(workload.batch, 1600, 10, drawn)


def recurrence(workload, drawn):
    batch, steps, units = workload.batch, workload.steps, workload.units
    yield from layer(steps * batch, workload.inputs, 4 * units, drawn, backward_to_inputs=False)
    h, kernel, z = drawn(batch, units), drawn(units, 4 * units), drawn(batch, 4 * units)
    yield steps, h, kernel
    yield steps, z, kernel.T
    yield 1, drawn(units, steps * batch), drawn(steps * batch, 4 * units)
    yield from layer(batch, units, workload.outputs, drawn)


def transformer(workload, drawn):
    width, rows = workload.width, workload.batch * workload.length
    yield from layer(rows, width, width, drawn, 4 * workload.blocks)
    yield from layer(rows, width, 4 * width, drawn, workload.blocks)
    yield from layer(rows, 4 * width, width, drawn, workload.blocks)
    yield from layer(rows, width, workload.vocabulary, drawn)
    heads = workload.batch, workload.heads
    q = drawn(*heads, workload.length, width // workload.heads)
    scores = drawn(*heads, workload.length, workload.length)
    yield 2 * workload.blocks, q, q.swapaxes(-1, -2)
    yield 2 * workload.blocks, scores, q
    yield 2 * workload.blocks, scores.swapaxes(-1, -2), q


SIZES = {"convolution": convolution, "recurrence": recurrence, "transformer": transformer}
