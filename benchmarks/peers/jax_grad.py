"""JAX without `jit`: the operations are recorded anew in every call, as they are in ours.

Only for graphs of many operations; nobody trains this way.
"""

from benchmarks.peers import PEER, require

jax = require("jax", "pip install jax")
jax.config.update("jax_enable_x64", True)  # as all others

TITLE = "JAX grad, no jit"
VERSION = f"JAX {jax.__version__}"
ROLE = PEER


class JaxChain:
    def __init__(self, chain):
        def power(x):
            for _ in range(chain.operations):
                x = x * chain.factor
            return x

        self.differentiate = jax.grad(power)

    def step(self):
        self.value = jax.block_until_ready(self.differentiate(1.0))

    def gradient(self):
        return float(self.value)


make_chain = JaxChain
