"""The networks beyond dense layers: what ours computes, compiled and eagerly, is the same."""

import numpy as np
import pytest

import nn
from benchmarks.agreement import disagreements
from benchmarks.architectures import ARCHITECTURES, Convolution, Recurrence, Transformer
from benchmarks.contender import Server

SMALL = {
    "cnn": Convolution("cnn", 4),
    "lstm": Recurrence("lstm", 3, steps=4, inputs=2, units=5),
    "transformer": Transformer("transformer", 2, length=5, width=8, blocks=1, vocabulary=7),
}
LAYERS = {"lstm": "LSTM", "transformer": "MultiHeadAttention"}


@pytest.mark.parametrize("name", SMALL)
def test_compiled_steps_compute_what_eager_ones_do(name):
    if name in LAYERS and not hasattr(nn.layers, LAYERS[name]):
        pytest.skip(f"there is no {LAYERS[name]} yet")
    mine, reference = (Server(c, SMALL[name]).outcome() for c in ("ours_compiled_numpy", "ours"))
    assert list(disagreements(mine, reference, SMALL[name].start)) == []


def test_names_are_the_keys_and_weights_are_float32():
    for name, workload in ARCHITECTURES.items():
        assert workload.name == name
        assert all(array.dtype == np.float32 for array in workload.start)
        assert len(workload.data()[0]) == workload.batch
        assert str(workload.batch) in workload.describe()
