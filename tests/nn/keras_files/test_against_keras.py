"""Beside Keras itself, where it is installed: what either writes, the other reads, and goes on."""

import os

import numpy as np
import pytest

import nn
from nn import layers
from nn.saving.keras.names import group_of
from tests.nn.keras_files.cases import INPUTS, LINES, made, waves

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras", reason="needs the extra oracle: keras and a backend")
pytest.importorskip("h5py", reason="needs the extra keras-files")
pytestmark = pytest.mark.filterwarnings("ignore")  # Keras's and its backend's own

X, Y = waves(16, 4), np.cos(waves(16, 2))


def close(ours, theirs, names=None):
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        message = "" if names is None else names[i]
        np.testing.assert_allclose(a, np.asarray(b), rtol=1e-5, atol=1e-5, err_msg=message)


def test_keras_reads_every_layer(tmp_path):
    model, names = made(nn, layers)
    rng = np.random.default_rng(0)
    for variable in model.variables:
        variable.assign(variable.data + rng.uniform(0, 0.2, variable.shape))
    model.save(tmp_path / "m.keras")
    model.save_weights(tmp_path / "m.weights.h5")
    theirs = keras.models.load_model(tmp_path / "m.keras")
    for a, b in zip(model.trainable_variables, theirs.trainable_variables, strict=True):
        np.testing.assert_array_equal(a.data, np.asarray(b), err_msg=a.name)
    expected = model.predict(INPUTS)
    close(expected, theirs.predict(INPUTS, verbose=0), names)
    for variable in theirs.variables:
        if "seed" not in variable.path:
            variable.assign(np.zeros(variable.shape))
    theirs.load_weights(tmp_path / "m.weights.h5")
    close(expected, theirs.predict(INPUTS, verbose=0), names)


def test_groups_are_called_as_kerass():
    from keras.src.utils.naming import to_snake_case

    for name in layers.__all__:
        kind = getattr(keras.layers, name, None)
        if isinstance(kind, type) and isinstance(getattr(layers, name), type):
            ours = getattr(layers, name)
            assert group_of(ours.__new__(ours)) == to_snake_case(kind.__name__)


OPTIMIZERS = {
    "SGD": {"momentum": 0.9, "nesterov": True},
    "Adam": {"amsgrad": True, "gradient_accumulation_steps": 3},
    "AdamW": {},
    "Adamax": {},
    "Nadam": {},
    "RMSprop": {"centered": True, "momentum": 0.5},
    "Adagrad": {},
    "Adadelta": {},
    "Lion": {},
    "Muon": {},
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_goes_on(tmp_path, name):
    """From Keras to nn and back, each time with the same losses from there on."""
    schedule = keras.optimizers.schedules.CosineDecay(0.05, 50)
    L = keras.layers
    theirs = keras.Sequential([keras.Input((4,)), L.Dense(3, "tanh"), L.Dense(2)])
    optimizer = getattr(keras.optimizers, name)(schedule, **OPTIMIZERS[name])
    theirs.compile(optimizer, "mse", metrics=["mae"])
    options = {"batch_size": 4, "epochs": 1, "shuffle": False, "verbose": 0}
    theirs.fit(X, Y, **options)
    theirs.save(tmp_path / "one.keras")
    ours = nn.load_model(tmp_path / "one.keras")
    expected = theirs.fit(X, Y, **options).history
    found = ours.fit(X, Y, **options).history
    for key, values in expected.items():
        np.testing.assert_allclose(found[key], values, rtol=2e-5)
    ours.save(tmp_path / "two.keras")
    back = keras.models.load_model(tmp_path / "two.keras")
    expected, found = back.fit(X, Y, **options).history, ours.fit(X, Y, **options).history
    for key, values in expected.items():
        np.testing.assert_allclose(found[key], values, rtol=2e-5)


def test_operators_functions_and_nested_models_between_layers(tmp_path):
    x, lines = nn.Input((4,), name="x"), nn.Input((7, 4), name="lines")
    shared = layers.Dense(4, name="shared")
    inner = nn.Model(x, {"b": shared(x) * 2.0, "a": np.tanh(x)}, name="inner")
    stack = nn.Sequential([layers.Dense(4)], name="stack")
    parts = inner(shared(x))
    h = np.concatenate([stack(parts["a"]), stack(parts["b"])], axis=-1)
    pooled = np.mean(lines[:, 1:-1, :], axis=1) - np.max(lines, axis=1)
    attended = layers.Attention()([lines, lines])
    outputs = {
        "h": np.maximum(h, 0.1) @ np.ones((8, 2), np.float32),
        "pooled": np.where(pooled > 0, pooled, np.exp(pooled)),
        "shape": np.reshape(nn.activations.softmax(attended), (-1, 14, 2)),
        "stack": np.stack([pooled, np.abs(pooled) ** 0.5], axis=1),
    }
    model = nn.Model({"x": x, "lines": lines}, outputs)
    model.compile(nn.SGD(0.1), {"h": "mse"}, loss_weights={"h": 0.5})
    model.save(tmp_path / "m.keras")
    theirs = keras.models.load_model(tmp_path / "m.keras")
    batch = {"x": X[:3], "lines": LINES}
    expected = model.predict(batch)
    found = theirs.predict(batch, verbose=0)
    for name, y in expected.items():
        np.testing.assert_allclose(y, found[name], rtol=1e-5, atol=1e-6)
    theirs.save(tmp_path / "again.keras")
    again = nn.load_model(tmp_path / "again.keras").predict(batch)
    for name, y in expected.items():
        np.testing.assert_allclose(again[name], y, rtol=1e-5, atol=1e-6)
