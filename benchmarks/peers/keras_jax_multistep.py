"""Keras 3 on JAX with `steps_per_execution=8`: callbacks see every eighth step only."""

from functools import partial

from benchmarks.peers import PEER, keras_jax

TITLE = "Keras, 8 steps a call"
VERSION = f"{keras_jax.VERSION}, steps_per_execution=8"
ROLE = PEER


make_step = partial(keras_jax.KerasStep, steps_per_execution=8)
make_epoch = partial(keras_jax.KerasEpoch, steps_per_execution=8)
