"""What the tests of compiled steps share: one training by two paths, compared."""

from __future__ import annotations

import numpy as np
import pytest

from nn._core.nest import leaves

# Native code adds up in another order and fuses products with sums, and the gradient of a
# crossentropy of probabilities is written out otherwise: units in the last place, at each step.
ALMOST = {"rtol": 1e-5, "atol": 1e-6}


def states_of(model):
    """All that a training changes, by name: arrays, and the states of generators."""
    states = {f"weight {i} {v.name}": v.data for i, v in enumerate(model.variables)}
    if model.optimizer is not None:
        states |= {f"slot {i} {v.name}": v.data for i, v in enumerate(model.optimizer.variables)}
    for i, generator in enumerate(model.trainable_state.generators):
        states[f"generator {i}"] = np.frombuffer(repr(generator.bit_generator.state).encode(), "u1")
    return states


def same_states(one, other, exact=True):
    """Assert that two models are in the same state: bit for bit, or almost."""
    first, second = states_of(one), states_of(other)
    assert list(first) == list(second)
    for name, a in first.items():
        b = second[name]
        assert (a.shape, a.dtype) == (b.shape, b.dtype), name
        if not exact and a.dtype.kind == "f":
            np.testing.assert_allclose(b, a, **ALMOST, err_msg=name)
        else:
            assert a.tobytes() == b.tobytes(), f"{name}: {np.ravel(a)[:4]} and {np.ravel(b)[:4]}"


def close_results(one, other, exact=True):
    """Assert that the metrics of two models say the same."""
    assert list(one) == list(other)
    for name, value in one.items():
        rtol = 1e-12 if exact else 1e-5
        np.testing.assert_allclose(other[name], value, rtol=rtol, atol=rtol, err_msg=name)


def same_training(make, x, y=None, sample_weight=None, engine="numpy", exact=None, steps=4):
    """Train one model in plain Python and one by its program, and compare after each step.

    Args:
        make: gives a compiled model, the same at each call.
        x, y, sample_weight: a batch.
        engine: of the program.
        exact: whether the weights are the same bit for bit; by default those by NumPy.
        steps: how many are made.

    Returns:
        The program.
    """
    batch = tuple(part for part in (x, y, sample_weight) if part is not None)
    exact = engine == "numpy" if exact is None else exact
    eager, compiled = _begun(make, batch), _begun(make, batch)
    same_states(eager, compiled)
    program = compiled.train_program(*batch, engine=engine)
    same_states(eager, compiled)  # making the program has changed nothing
    arrays = compiled.to_batch(x, y, sample_weight)
    for _ in range(steps):
        logs = {name: float(value) for name, value in eager.train_step(arrays).items()}
        found = program.finish(program.compute(arrays))
        close_results(logs, found, exact)
        same_states(eager, compiled, exact)
        close_results(eager.metrics_results(), compiled.metrics_results(), exact)
    assert all(np.isfinite(v.data).all() for v in leaves(list(eager.variables)))
    return program


def _begun(make, batch):
    """A model after one step in plain Python, which has built it."""
    model = make()
    model.train_on_batch(*batch)
    return model


class Compared:
    """The functions of this file, for tests to use."""

    training = staticmethod(same_training)
    states = staticmethod(same_states)
    results = staticmethod(close_results)


@pytest.fixture
def same():
    return Compared
