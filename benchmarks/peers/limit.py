"""What no step on this BLAS can undercut: its matrix products, and one pass over the parameters."""

import numpy as np

from benchmarks.networks.limit import NetworkProducts
from benchmarks.peers import LIMIT
from benchmarks.workloads import empty

TITLE = "limit"
VERSION = f"NumPy {np.__version__}, matrix products and one parameter pass"
ROLE = LIMIT


class MatrixProducts:
    """The products of forward and backward, then `parameters - gradients`.

    The difference goes to a buffer of its own: nothing is fed back, so the numbers stay ordinary
    however long the timing runs.
    """

    def __init__(self, workload):
        x, _ = workload.data()
        self.flat = workload.flat_parameters()
        self.flat_gradients = np.zeros_like(self.flat)  # those of biases stay 0
        self.updated = np.empty_like(self.flat)
        kernels = [kernel for kernel, _ in workload.views(self.flat)]
        gradients = [kernel for kernel, _ in workload.views(self.flat_gradients)]
        outputs = [empty(workload.batch, size) for size in workload.sizes[1:]]
        deltas = [np.random.default_rng(2).random(z.shape, np.float32) for z in outputs]
        inputs = [x, *outputs[:-1]]
        forward = list(zip(inputs, kernels, outputs, strict=True))
        backward = []
        for k in reversed(range(len(kernels))):
            backward.append((inputs[k].T, deltas[k], gradients[k]))
            if k:
                backward.append((deltas[k], kernels[k].T, deltas[k - 1]))
        self.products = forward + backward

    def step(self):
        multiply(self.products)
        np.subtract(self.flat, self.flat_gradients, out=self.updated)


class ForwardProducts:
    """The products of the forward pass."""

    def __init__(self, workload):
        x, _ = workload.data()
        kernels = [kernel for kernel, _ in workload.initial_parameters()]
        outputs = [empty(workload.batch, size) for size in workload.sizes[1:]]
        self.products = list(zip([x, *outputs[:-1]], kernels, outputs, strict=True))

    def step(self):
        multiply(self.products)


def multiply(products):
    for left, right, out in products:
        np.matmul(left, right, out=out)


make_step = MatrixProducts
make_network = NetworkProducts
make_prediction = ForwardProducts
