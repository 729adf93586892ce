"""Models of symbolic Tensors in files, configs, copies and pickles."""

import copy
import json
import pickle

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import layers

X = np.random.default_rng(0).normal(size=(5, 4)).astype("f4")


def model_of_everything():
    """Layers shared and nested, functions with indices, constants, lengths, several results."""
    a, b = nn.Input((4,), name="a"), nn.Input((4,), dtype="int32")
    shared = layers.Dense(4, activation="tanh")
    inner = nn.Sequential([nn.Input((4,)), layers.Dense(3)], name="inner")
    c = shared(a) + shared(2 * a) @ np.eye(4, dtype="f4")
    d, e = np.split(np.concatenate([c, inner(c), a[:, 1:]], axis=-1), 2, axis=1)
    f = np.where(d > 0, d, e).reshape(len(a), -1)[..., ::-1] / len(a)
    g = f + np.zeros(len(a))[:, None] + np.linalg.norm(f, axis=1, keepdims=True)
    h = layers.Add()([g[:, [0, 2]], layers.Embedding(9, 2)(b)[:, 0]])
    drop = layers.Dropout(0.5, seed=3)(h, training=True)
    return nn.Model({"x": a, "ids": [b]}, [np.add.reduce(h, axis=1), drop, h])


IDS = np.arange(20).reshape(5, 4) % 9
DATA = {"x": X, "ids": [IDS]}


def results(model):
    return [y.data for y in model(DATA)]


def same(one, other):
    for a, b in zip(results(one), results(other), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("build", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies(build):
    model = model_of_everything()
    again = build(model)
    same(model, again)
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    assert again.input["x"].shape == (None, 4)
    assert again.get_layer("inner").output.shape == (None, 3)
    again.weights[0].assign_add(np.ones((4, 4)))
    with pytest.raises(AssertionError):
        same(model, again)


def test_a_file_holds_the_graph(tmp_path):
    model = model_of_everything()
    model.compile("adam", loss="mse")
    y = [np.ones(y.shape, "f4") for y in results(model)]
    model.fit(DATA, y, epochs=2, verbose=0)
    model.save(tmp_path / "m.safetensors")
    again = nn.load_model(tmp_path / "m.safetensors")
    same(model, again)
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    assert again.output_shape == model.output_shape
    assert again.count_params() == model.count_params()
    for m in (model, again):
        m.fit(DATA, y, epochs=1, verbose=0, shuffle=False)
    same(model, again)
    features = nn.Model(again.inputs[0], again.get_layer("dense").output)
    np.testing.assert_array_equal(features(X).data, model.get_layer("dense")(X).data)
    with pytest.raises(ValueError, match=r"the \.output of a model in a model is its own"):
        nn.Model(again.inputs, again.get_layer("inner").output)


def test_a_config_makes_a_new_model():
    model = model_of_everything()
    again = type(model).from_config(model.get_config(), custom_objects={})
    assert again.layers[0] is not model.layers[0]
    assert not set(map(id, again.weights)) & set(map(id, model.weights))
    again.set_weights(model.get_weights())
    for a, b in zip(results(model)[::2], results(again)[::2], strict=True):
        np.testing.assert_array_equal(a, b)


def test_json():
    x = nn.Input((4,))
    h = layers.Dense(3, activation="relu")(x)
    model = nn.Model(x, layers.Dense(2)(np.concatenate([h, x], axis=-1)))
    text = model.to_json()
    json.loads(text)
    again = nn.models.model_from_json(text)
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again(X).data, model(X).data)


def test_a_clone_has_new_weights():
    x = nn.Input((4,))
    model = nn.Model(x, layers.Dense(3)(x), name="m")
    again = nn.models.clone_model(model)
    assert again.name == "m"
    assert np.any(again.get_weights()[0] != model.get_weights()[0])
    stack = nn.Sequential([nn.Input((4,)), layers.Dense(3)])
    assert nn.models.clone_model(stack).count_params() == 15
    frozen = nn.models.clone_model(
        model, clone_function=lambda layer: type(layer).from_config(layer.get_config())
    )
    assert frozen.count_params() == 15


def test_a_class_of_a_functional_model(tmp_path):
    @nn.saving.register("tests.Mine")
    class Mine(nn.Model):
        def train_step(self, data):
            return super().train_step(data)

    x = nn.Input((4,))
    model = Mine(x, layers.Dense(3)(x))
    model.save(tmp_path / "m.safetensors")
    again = nn.load_model(tmp_path / "m.safetensors")
    assert type(again) is Mine
    np.testing.assert_array_equal(again(X).data, model(X).data)

    @nn.saving.register("tests.Wide")
    class Wide(nn.Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.output = "mine"  # an attribute of that name is the user's

    wide = Wide(x, layers.Dense(3)(x))
    wide.save(tmp_path / "w.safetensors")
    again = nn.load_model(tmp_path / "w.safetensors")
    assert again.output == "mine"
    assert again.outputs[0].shape == (None, 3)
    np.testing.assert_array_equal(again(X).data, wide(X).data)


def test_a_variable_between_layers_has_no_config():
    x = nn.Input((4,))
    model = nn.Model(x, x * ag.Variable(np.ones(4, "f4"), name="scale"))
    with pytest.raises(ValueError, match=r"reads Variable.*a weight of a layer"):
        model.get_config()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g["calls"][0].__setitem__(0, 9), "list index out of range"),
        (lambda g: g["calls"][0].__setitem__(0, "print"), "calls layers and functions"),
        (lambda g: g["calls"].reverse(), "reads what is made after it"),
        (lambda g: g.update(outputs=99), "made by no call"),
        (lambda g: g.update(inputs=[0, 0]), "numbered from 0"),
        (lambda g: g.update(first=[1]), "input layers"),
        (
            lambda g: g["calls"][0].__setitem__(4, [[[2, None], [3, 4], "float32", None]]),
            "have shapes",
        ),
    ],
)
def test_a_graph_that_cannot_be_is_refused(change, message):
    x = nn.Input((4,))
    config = nn.Model(x, layers.Dense(2)(layers.Dense(3)(x))).get_config()
    change(config["graph"])
    with pytest.raises((TypeError, ValueError, IndexError), match=message):
        nn.Model(**config)


def test_a_file_names_no_other_functions():
    from autograd_lite.extend import operation_named

    for name in ("numpy.load", "numpy.save", "numpy.fromfile", "os.system", "numpy", "nn.relu.x"):
        assert operation_named(name) is None
