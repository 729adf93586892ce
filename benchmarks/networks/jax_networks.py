"""The networks in JAX: functions of a dict of arrays."""

from functools import partial

import numpy as np

from benchmarks.architectures import EPSILON
from benchmarks.peers import require

jax = require("jax", "pip install jax")
jnp, lax = jax.numpy, jax.lax


class JaxNetwork:
    """The whole step jitted, state donated; as in `jax_jit`, steps do not wait for each other."""

    def __init__(self, workload, initial_state, adam):
        self.x, self.y = map(jnp.asarray, workload.data())
        self.state = initial_state(jax.tree.map(jnp.array, workload.arrays()))
        self.workload = workload
        forward, criterion = FORWARDS[workload.kind], loss_of(workload)

        @partial(jax.jit, donate_argnums=0)
        def step(state, x, y):
            def loss(p):
                return criterion(forward(workload, p, x), y)

            value, gradients = jax.value_and_grad(loss)(state[0])
            return adam(state, gradients, workload.learning_rate), value

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
        arrays = self.state[0]
        return self.workload.compared(np.asarray(arrays[name]) for name in self.workload.arrays())


def loss_of(workload):
    if getattr(workload, "outputs", 0) == 1:
        return lambda z, y: jnp.mean((z - y) ** 2)
    return cross_entropy


def cross_entropy(z, y):
    picked = jnp.take_along_axis(z, y[..., None], axis=-1)[..., 0]
    return jnp.mean(jax.nn.logsumexp(z, axis=-1) - picked)


def convolution(workload, p, x):
    for i in (1, 2):
        layout = ("NHWC", "HWIO", "NHWC")
        x = lax.conv_general_dilated(x, p[f"kernel_{i}"], (1, 1), "VALID", dimension_numbers=layout)
        x = jax.nn.relu(x + p[f"bias_{i}"])
        window = (1, 2, 2, 1)
        x = lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")
    return x.reshape(len(x), -1) @ p["kernel"] + p["bias"]


def recurrence(workload, p, x):
    projected = jnp.swapaxes(x @ p["kernel"] + p["gates"], 0, 1)

    def cell(state, z):
        h, c = state
        i, f, g, o = jnp.split(z + h @ p["recurrent"], 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    start = jnp.zeros((len(x), workload.units), jnp.float32)
    (h, _), _ = lax.scan(cell, (start, start), projected)
    return h @ p["dense"] + p["bias"]


def normalized(x, gamma, beta):
    centred = x - jnp.mean(x, -1, keepdims=True)
    variance = jnp.mean(centred**2, -1, keepdims=True)
    return centred * lax.rsqrt(variance + EPSILON) * gamma + beta


def attention(p, i, z):
    q, k, v = (
        jnp.einsum("btc,chd->bhtd", z, p[f"{name}/{i}"]) + p[f"{name}_bias/{i}"][:, None]
        for name in ("query", "key", "value")
    )
    scores = jnp.einsum("bhtd,bhsd->bhts", q, k) / np.float32(np.sqrt(q.shape[-1]))
    causal = jnp.tril(jnp.ones(scores.shape[-2:], bool))
    weights = jax.nn.softmax(jnp.where(causal, scores, -jnp.inf), axis=-1)
    mixed = jnp.einsum("bhts,bhsd->bthd", weights, v)
    return jnp.einsum("bthd,hdc->btc", mixed, p[f"output/{i}"]) + p[f"output_bias/{i}"]


def transformer(workload, p, x):
    h = p["characters"][x] + p["positions"]
    for i in range(workload.blocks):
        h = h + attention(p, i, normalized(h, p[f"gamma_1/{i}"], p[f"beta_1/{i}"]))
        z = normalized(h, p[f"gamma_2/{i}"], p[f"beta_2/{i}"])
        z = jax.nn.relu(z @ p[f"up/{i}"] + p[f"up_bias/{i}"])
        h = h + z @ p[f"down/{i}"] + p[f"down_bias/{i}"]
    return normalized(h, p["gamma"], p["beta"]) @ p["dense"] + p["bias"]


FORWARDS = {"convolution": convolution, "recurrence": recurrence, "transformer": transformer}
