"""Training is the same, to the last bit, on any number of threads."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite.compiler.engines.native import native_is_installed

pytestmark = pytest.mark.skipif(not native_is_installed(), reason="llvmlite is not installed")


def test_updates_of_many_weights():
    """Adam's loop over 400,000 weights is shared, too."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(64, 784)).astype(np.float32), random.integers(0, 10, 64)
    nn.set_random_seed(1)
    model = nn.Sequential([nn.Dense(512, activation="relu"), nn.Dense(10)])
    loss = nn.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(nn.Adam(1e-3, weight_decay=1e-3), loss, jit_compile=True)
    model.build((None, 784))
    start, found = model.get_weights(), []
    for count in (1, 3, 2):
        ag.set_num_threads(count)
        model.set_weights(start)
        model.compile(nn.Adam(1e-3, weight_decay=1e-3), loss, jit_compile=True)
        history = model.fit(x, y, batch_size=64, epochs=3, shuffle=False, verbose=0)
        assert history.engine == "native"
        found.append([w.tobytes() for w in model.get_weights()])
    ag.set_num_threads(None)
    assert found[0] == found[1] == found[2]


def test_rows_gathered_for_many_steps():
    """Batches of 200 KB, shuffled, whose last block of rows is not full."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(250, 1000)).astype(np.float32), random.integers(0, 10, 250)
    found = []
    for options in ({"jit_compile": True}, {"jit_compile": True}, {"jit_compile": False}):
        ag.set_num_threads(1 if not found else 2)
        nn.set_random_seed(1)
        model = nn.Sequential([nn.Dense(128, activation="relu"), nn.Dense(10)])
        loss = nn.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(nn.SGD(0.01), loss, **options)
        history = model.fit(x, y, batch_size=50, epochs=2, verbose=0)
        found.append(([w.copy() for w in model.get_weights()], history.history["loss"]))
    ag.set_num_threads(None)
    for alone, shared, plain in zip(*(weights for weights, _ in found), strict=True):
        np.testing.assert_array_equal(alone, shared)
        np.testing.assert_allclose(shared, plain, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found[1][1], found[2][1], rtol=1e-5)
