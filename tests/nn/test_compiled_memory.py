"""A compiled step makes no arrays while it runs, and keeps nothing."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np

import autograd_lite as ag
import nn

RNG = np.random.default_rng(2)
X = RNG.normal(size=(128, 32)).astype(np.float32)
LABELS = RNG.integers(0, 10, 128)


def made(width=256):
    nn.set_random_seed(0)
    model = nn.Sequential(
        [nn.Input((32,)), nn.Dense(width, "relu"), nn.Dropout(0.1), nn.Dense(width, "tanh"),
         nn.BatchNormalization(), nn.Dense(10)]
    )  # fmt: skip
    loss = nn.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss=loss, metrics=["accuracy"])
    model.train_on_batch(X, LABELS)
    return model


def peak_of(step):
    """The most bytes that are allocated at a time by one more call of a step."""
    step()
    gc.collect()
    tracemalloc.start()
    try:
        step()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        step()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak - before


def test_a_compiled_step_allocates_next_to_nothing():
    model = made()
    program = model.train_program(X, LABELS, engine="numpy")
    eager = peak_of(lambda: model.train_step((X, LABELS)))
    compiled = peak_of(lambda: program.compute((X, LABELS)))
    assert eager > 10 * len(X) * 256 * 4
    assert compiled < 48 * 1024  # 8,192 elements, in which NumPy casts a mask, and the results


def test_a_program_keeps_nothing_of_the_record_that_it_was_made_of():
    model = made(width=211)
    program = model.train_program(X, LABELS, engine="numpy")
    gc.collect()
    kept = [x for x in gc.get_objects() if type(x) is ag.Tensor and x.shape == (len(X), 211)]
    assert kept == []
    assert np.isfinite(program(X, LABELS))


def test_its_memory_for_intermediate_values_is_less_than_plain_python_takes():
    model = made()
    eager = peak_of(lambda: model.train_step((X, LABELS)))
    program = model.train_program(X, LABELS, engine="numpy")
    assert program.report().bytes < eager


def test_two_thousand_steps_leave_nothing_behind():
    model = made(width=8)
    x, labels = X[:8], LABELS[:8]
    program = model.train_program(x, labels, engine="numpy")
    gc.disable()
    try:
        for _ in range(500):
            program(x, labels)
        tracemalloc.start()  # objects and arrays; the size of the process also tells of other tests
        program(x, labels)
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(2_000):
            program(x, labels)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        gc.enable()
    assert grown < 10_000  # an object kept by each step would be 32,000 at least


def test_no_step_leaves_garbage_for_the_collector():
    model = made(width=8)
    program = model.train_program(X, LABELS, engine="numpy")
    program(X, LABELS)
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            program(X, LABELS)
        assert gc.collect() == 0
    finally:
        gc.enable()
