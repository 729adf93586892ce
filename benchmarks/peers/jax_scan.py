"""JAX, a whole epoch jitted by hand: `lax.scan` over batches that are gathered on the device.

The data stay on the device, the state is donated, loss and accuracy are summed up in the loop: the
best that can be written with JAX alone. A pass of evaluation or prediction is such a loop too.
"""

from functools import partial

import numpy as np

from benchmarks.peers import PEER, require
from benchmarks.peers.jax_jit import (
    VERSION,
    adam,
    forward,
    initial_state,
    sgd,
    sigmoid_loss,
    softmax_loss,
)
from benchmarks.workloads import ADAM, BINARY_CROSSENTROPY

jax = require("jax", "pip install jax")
jnp = jax.numpy

TITLE = "JAX, an epoch by lax.scan"
ROLE = PEER

__all__ = ["ROLE", "TITLE", "VERSION", "make_epoch", "make_evaluation", "make_prediction_pass"]


class ScannedEpoch:
    """One step is one epoch: a permutation, then one call."""

    def __init__(self, workload):
        self.workload = workload
        self.x, self.y = map(jnp.asarray, workload.data())
        self.random = np.random.default_rng(0)
        initial = jax.tree.map(jnp.array, workload.initial_parameters())
        self.state = initial_state(initial) if workload.optimizer == ADAM else (initial,)
        self.epoch = jax.jit(partial(epoch, workload), donate_argnums=0)

    def step(self):
        rows = np.arange(self.workload.rows)
        if self.workload.shuffle:
            rows = self.random.permutation(self.workload.rows)
        rows = rows.reshape(self.workload.batches, self.workload.batch)
        self.state, self.value, self.accuracy = self.epoch(self.state, self.x, self.y, rows)
        jax.block_until_ready((self.state, self.value, self.accuracy))

    def loss(self):
        return float(self.value)

    def parameters(self):
        return [np.asarray(array) for pair in self.state[0] for array in pair]


def epoch(workload, state, x, y, rows):
    """(state, mean loss, accuracy) after one step for each row of row numbers."""
    update = adam if workload.optimizer == ADAM else sgd
    loss = loss_of(workload)

    def step(state, chosen):
        inputs, labels = x[chosen], y[chosen]
        (value, logits), gradients = jax.value_and_grad(loss, has_aux=True)(
            state[0], inputs, labels
        )
        state = update(state, gradients, workload.learning_rate)
        return state, (value, jnp.mean(correct(logits, labels)))

    state, (losses, accuracies) = jax.lax.scan(step, state, rows)
    return state, jnp.mean(losses), jnp.mean(accuracies)


def loss_of(workload):
    """The loss, with the logits beside it; the compiler computes those once."""
    plain = sigmoid_loss if workload.loss == BINARY_CROSSENTROPY else softmax_loss
    return lambda parameters, x, y: (plain(parameters, x, y), forward(parameters, x))


def correct(logits, labels):
    if logits.shape[-1] == 1:
        return (logits > 0) == (labels > 0.5)
    return jnp.argmax(logits, axis=-1) == labels


class ScannedPass:
    """One step is one pass over all rows but those that fill no batch."""

    def __init__(self, workload, predicts=False):
        x, y = workload.data()
        shape = workload.batches, workload.batch
        self.x = jnp.asarray(x).reshape(*shape, -1)
        self.y = jnp.asarray(y).reshape(*shape, *y.shape[1:])
        self.weights = jax.tree.map(jnp.array, workload.initial_parameters())
        loss = loss_of(workload)

        def one(parameters, batch):
            if predicts:
                return parameters, forward(parameters, batch[0])
            value, logits = loss(parameters, *batch)
            return parameters, (value, jnp.mean(correct(logits, batch[1])))

        self.run = jax.jit(lambda p, x, y: jax.lax.scan(one, p, (x, y))[1])

    def step(self):
        self.values = jax.tree.map(np.asarray, self.run(self.weights, self.x, self.y))

    def loss(self):
        return float(np.mean(self.values[0]))

    def parameters(self):
        return [np.asarray(array) for pair in self.weights for array in pair]


make_epoch = ScannedEpoch
make_evaluation = ScannedPass
make_prediction_pass = partial(ScannedPass, predicts=True)
