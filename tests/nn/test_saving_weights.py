"""save_weights and load_weights: all of the weights, or none, and a list of what does not fit."""

import re

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import nn
from nn import saving
from nn.saving.paths import variable_paths

X = np.random.default_rng(0).normal(size=(10, 4))


def network(hidden=3, last=2, dtype="float32", layers=1):
    return nn.Sequential(
        [nn.Input((4,))]
        + [nn.Dense(hidden, dtype=dtype) for _ in range(layers)]
        + [nn.BatchNormalization(dtype=dtype), nn.Dense(last, dtype=dtype, name="out")]
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "weights.safetensors"  # a Path this time


def test_there_and_back(path):
    model, other = network(), network()
    model.compile("adam", "mse")
    model.fit(X, X[:, :2], verbose=0)
    saving.save_weights(model, path)
    assert saving.load_weights(other, path) is None
    assert other.predict(X).tobytes() == model.predict(X).tobytes()
    assert sorted(load_file(path)) == sorted(variable_paths(model))


def test_every_layer_has_weights_to_save(path):
    layer, other = nn.Dense(3), nn.Dense(3)
    layer(X), other(X)
    saving.save_weights(layer, path)
    saving.load_weights(other, path)
    assert list(load_file(path)) == ["bias", "kernel"]
    np.testing.assert_array_equal(other.kernel.data, layer.kernel.data)


def test_a_whole_model_has_weights_too(path):
    model, other = network(), network()
    model.compile("adam", "mse")
    model.fit(X, X[:, :2], verbose=0)
    saving.save(model, path)
    saving.load_weights(other, path)
    assert other.predict(X).tobytes() == model.predict(X).tobytes()


def test_layers_that_do_not_fit_are_skipped(path):
    trained, model = network(), network(last=5, layers=2)
    saving.save_weights(trained, path)
    before = model.layers[-1].get_weights()
    with pytest.warns(UserWarning, match="left as they were") as caught:
        model.load_weights(path, skip_mismatch=True)
    assert caught[0].filename == __file__
    assert re.findall(r"\n  (.*)", str(caught[0].message)) == [
        "missing in the file: dense_1/kernel (3, 3)",
        "missing in the file: dense_1/bias (3,)",
        "of another shape: out/kernel is (3, 2) in the file, (3, 5) in the model",
        "of another shape: out/bias is (2,) in the file, (5,) in the model",
    ]
    np.testing.assert_array_equal(model.layers[0].kernel.data, trained.layers[0].kernel.data)
    for a, b in zip(model.layers[-1].get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    saving.load_weights(network(), path, skip_mismatch=True)  # all fits: no warning


def test_a_graph_recorded_before_is_out_of_date(path):
    model = network()
    saving.save_weights(model, path)
    loss = model(X).sum()
    saving.load_weights(model, path)
    with pytest.raises(RuntimeError, match="assign"):
        loss.backward()


def test_all_that_does_not_fit_is_said_at_once_and_nothing_is_changed(path):
    saving.save_weights(network(hidden=5, layers=2), path)
    tensors = load_file(path)
    tensors["out/bias"] = tensors["out/bias"].astype(np.float64)
    save_file(tensors, path)
    model = nn.Sequential([*network().layers[:-1], nn.Dense(3), nn.Dense(2, name="out")])
    model.predict(X)
    before = model.get_weights()
    with pytest.raises(ValueError, match="does not fit") as raised:
        saving.load_weights(model, path)
    said = str(raised.value)
    assert said.startswith(f"{path} does not fit sequential, which is left as it was.")
    assert re.findall(
        r"\n  of another shape: (\S+) is (.*) in the file, (.*) in the model", said
    ) == [
        ("dense/kernel", "(4, 5)", "(4, 3)"),
        ("dense/bias", "(5,)", "(3,)"),
        ("batch_normalization/gamma", "(5,)", "(3,)"),
        ("batch_normalization/beta", "(5,)", "(3,)"),
        ("batch_normalization/moving_mean", "(5,)", "(3,)"),
        ("batch_normalization/moving_variance", "(5,)", "(3,)"),
        ("dense_1/kernel", "(5, 5)", "(3, 3)"),
        ("dense_1/bias", "(5,)", "(3,)"),
        ("out/kernel", "(5, 2)", "(3, 2)"),
    ]
    assert "\n  of another dtype: out/bias is float64 in the file, float32 in the model" in said
    for weight, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, old)


def test_missing_and_unexpected(path):
    saving.save_weights(network(layers=2), path)
    tensors = load_file(path)
    del tensors["dense/bias"], tensors["out/kernel"]
    save_file(tensors, path)
    model = network()
    before = model.get_weights()
    with pytest.raises(ValueError, match="is left as it was") as raised:
        saving.load_weights(model, path)
    assert str(raised.value).splitlines()[1:] == [
        "  missing in the file: dense/bias (3,)",
        "  missing in the file: out/kernel (3, 2)",
        "  unexpected in the file: dense_1/bias (3,)",
        "  unexpected in the file: dense_1/kernel (3, 3)",
    ]
    for weight, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, old)


def test_weights_of_another_dtype_are_not_converted(path):
    saving.save_weights(network(dtype="float64"), path)
    with pytest.raises(ValueError, match="dense/kernel is float64 in the file, float32 in the"):
        saving.load_weights(network(), path)


def test_a_model_without_weights_yet(path):
    model = nn.Sequential([nn.Dense(1)])
    with pytest.raises(ValueError, match=r"no weights yet that could be saved.*Input\(shape\)"):
        saving.save_weights(model, path)
    saving.save_weights(network(), path)
    with pytest.raises(ValueError, match="no weights yet that could be loaded"):
        saving.load_weights(model, path)


def test_a_file_of_weights_is_no_model(path):
    saving.save_weights(network(), path)
    with pytest.raises(
        saving.ModelFileError, match=r"does not say what model.*load_weights\(path\)"
    ):
        saving.load_model(path)
