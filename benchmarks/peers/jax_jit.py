"""JAX, the whole step jitted: forward, backward and an Adam written out, state donated.

Steps are dispatched one after the other without waiting for their values, as a training loop does;
the timing waits for the last one.
"""

from functools import partial

import numpy as np

from benchmarks.networks.jax_networks import JaxNetwork
from benchmarks.peers import PEER, require
from benchmarks.workloads import ADAM, BETA_1, BETA_2, BINARY_CROSSENTROPY, EPSILON

jax = require("jax", "pip install jax")
jnp = jax.numpy

TITLE = "JAX jit"
VERSION = f"JAX {jax.__version__}"
ROLE = PEER


class JaxStep:
    def __init__(self, workload):
        self.x, self.y = map(jnp.asarray, workload.data())
        initial = jax.tree.map(jnp.array, workload.initial_parameters())
        update = adam if workload.optimizer == ADAM else sgd
        self.state = initial_state(initial) if workload.optimizer == ADAM else (initial,)
        loss = sigmoid_loss if workload.loss == BINARY_CROSSENTROPY else softmax_loss

        @partial(jax.jit, donate_argnums=0)
        def step(state, x, y):
            value, gradients = jax.value_and_grad(loss)(state[0], x, y)
            return update(state, gradients, workload.learning_rate), value

        self.compiled = step

    def step(self):
        self.state, self.value = self.compiled(self.state, self.x, self.y)

    def repeat(self, count):
        for _ in range(count):
            self.step()
        jax.block_until_ready((self.state, self.value))

    def loss(self):
        return float(self.value)

    def parameters(self):
        return [np.asarray(array) for pair in self.state[0] for array in pair]


def forward(parameters, h):
    *hidden, (kernel, bias) = parameters
    for hidden_kernel, hidden_bias in hidden:
        h = jax.nn.relu(h @ hidden_kernel + hidden_bias)
    return h @ kernel + bias


def softmax_loss(parameters, x, y):
    z = forward(parameters, x)
    picked = jnp.take_along_axis(z, y[:, None], axis=1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(z, axis=1) - picked)


def sigmoid_loss(parameters, x, y):
    z = forward(parameters, x)
    return jnp.mean(jnp.logaddexp(z, 0) - z * y)


def initial_state(parameters):
    """(parameters, first moments, second moments, iterations)."""
    return (
        parameters,
        jax.tree.map(jnp.zeros_like, parameters),
        jax.tree.map(jnp.zeros_like, parameters),
        jnp.zeros((), jnp.int32),
    )


def adam(state, gradients, learning_rate):
    parameters, first, second, iterations = state
    iterations += 1
    corrected = jnp.sqrt(1 - BETA_2**iterations) / (1 - BETA_1**iterations)
    first = jax.tree.map(lambda m, g: m + (1 - BETA_1) * (g - m), first, gradients)
    second = jax.tree.map(lambda v, g: v + (1 - BETA_2) * (g * g - v), second, gradients)
    parameters = jax.tree.map(
        lambda p, m, v: p - learning_rate * corrected * m / (jnp.sqrt(v) + EPSILON),
        parameters,
        first,
        second,
    )
    return parameters, first, second, iterations


def sgd(state, gradients, learning_rate):
    return (jax.tree.map(lambda p, g: p - learning_rate * g, state[0], gradients),)


class JaxPrediction:
    def __init__(self, workload):
        self.x, _ = workload.data()
        self.parameters = jax.tree.map(jnp.array, workload.initial_parameters())
        self.compiled = jax.jit(forward)

    def step(self):
        self.logits = np.asarray(self.compiled(self.parameters, self.x))

    def result(self):
        return self.logits


def make_network(workload):
    return JaxNetwork(workload, initial_state, adam)


make_step = JaxStep
make_prediction = JaxPrediction
