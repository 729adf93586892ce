"""Keras's names for registered classes, and models as JSON."""

import numpy as np
import pytest

import nn
from nn import saving


class Twice(nn.Layer):
    def __init__(self, times=2, **options):
        super().__init__(**options)
        self.times = times

    def call(self, x):
        return x * self.times

    def get_config(self):
        return {"times": self.times, "name": self.name}


def test_a_class_is_registered_under_its_package():
    with saving.custom_object_scope({}):
        made = saving.register_keras_serializable(package="Mine")(Twice)
        assert made is Twice
        assert saving.get_registered_name(Twice) == "Mine>Twice"
        assert saving.get_registered_object("Mine>Twice") is Twice
        config = saving.serialize_keras_object(Twice(3))
        assert saving.deserialize_keras_object(config).times == 3
        assert "Mine>Twice" in saving.get_custom_objects()
    assert saving.get_registered_object("Mine>Twice") is None
    assert saving.get_registered_name(Twice) == "Twice"


# What Keras 3.15.1 returns for Sequential([Input((3,)), Dense(2, "relu", name="d")], name="s").
OF_KERAS = {
    "module": "keras",
    "class_name": "Sequential",
    "config": {
        "name": "s",
        "trainable": True,
        "dtype": "float32",
        "layers": [
            {
                "module": "keras.layers",
                "class_name": "InputLayer",
                "config": {
                    "batch_shape": [None, 3],
                    "dtype": "float32",
                    "sparse": False,
                    "ragged": False,
                    "name": "input_layer",
                },
                "registered_name": None,
            },
            {
                "module": "keras.layers",
                "class_name": "Dense",
                "config": {"name": "d", "units": 2, "activation": "relu", "use_bias": True},
                "registered_name": None,
                "build_config": {"input_shape": [None, 3]},
            },
        ],
        "build_input_shape": [None, 3],
    },
    "registered_name": None,
    "build_config": {"input_shape": [None, 3]},
}


def test_models_are_described_as_keras_does_and_made_again():
    model = saving.deserialize_keras_object(OF_KERAS)
    assert model.name == "s"
    assert [w.shape for w in model.get_weights()] == [(3, 2), (2,)]
    assert np.any(model.get_weights()[0])  # initial values
    described = saving.serialize_keras_object(model)
    for part, wanted in zip(
        described["config"]["layers"], OF_KERAS["config"]["layers"], strict=True
    ):
        assert {k: part[k] for k in ("module", "class_name", "registered_name")} == {
            k: wanted[k] for k in ("module", "class_name", "registered_name")
        }
    x = nn.Input((3,))
    graph = nn.Model(x, [nn.Dense(2)(x), nn.Dense(1)(x)])
    again = saving.deserialize_keras_object(saving.serialize_keras_object(graph))
    assert [y.shape for y in again.predict(np.ones((4, 3)))] == [(4, 2), (4, 1)]


@pytest.mark.parametrize(
    "thing", [nn.activations.relu, nn.regularizers.L2(0.1), [nn.Adam(0.5)], "mse", None, 3]
)
def test_parts_of_models_are_described_and_made_again(thing):
    again = saving.deserialize_keras_object(saving.serialize_keras_object(thing))
    if isinstance(thing, list):
        assert again[0].learning_rate == 0.5
    else:
        assert again == thing
    assert (
        saving.deserialize_keras_object({"class_name": "Dense", "config": {"units": 4}}).units == 4
    )


def test_a_scope_names_classes_in_a_block(tmp_path):
    model = nn.Sequential([nn.Input((2,)), Twice()])
    with saving.custom_object_scope({"Twice": Twice}):
        saving.save_model(model, tmp_path / "m.safetensors")
        loaded = nn.models.load_model(tmp_path / "m.safetensors")
    assert loaded.predict(np.ones((1, 2)), verbose=0).tolist() == [[2, 2]]
    with pytest.raises(ValueError, match="'Twice', which is unknown"):
        nn.models.load_model(tmp_path / "m.safetensors")


def test_a_model_as_json():
    model = nn.Sequential(
        [nn.Input((3,)), nn.Dense(2, kernel_regularizer=nn.regularizers.L2(0.1)), Twice(5)]
    )
    with saving.custom_object_scope({"Twice": Twice}):
        text = model.to_json(indent=1)
    again = nn.models.model_from_json(text, {"Twice": Twice})
    assert [type(layer) for layer in again.layers] == [nn.Dense, Twice]
    assert again.layers[0].kernel_regularizer == nn.regularizers.L2(0.1)
    assert again.layers[1].times == 5
    assert again.count_params() == model.count_params()
    with pytest.raises(ValueError, match="is unknown"):
        nn.models.model_from_json(text)
    with pytest.raises(ValueError, match=r"nn\.saving\.register"):
        model.to_json()


@pytest.mark.parametrize("name", ["m.hdf5", "m.h5", "m-weights.h5", "m-weights.keras"])
def test_files_named_as_keras_once_named_them(tmp_path, name):
    model = nn.Sequential([nn.Input((3,)), nn.Dense(2)])
    path = tmp_path / name
    with pytest.warns(UserWarning, match=r"written as a safetensors file.*Keras does not"):
        model.save_weights(path) if "weights" in name else model.save(path)
    again = nn.Sequential([nn.Input((3,)), nn.Dense(2)])
    if "weights" in name:
        again.load_weights(path)
    else:
        again = nn.models.load_model(path)
    x = np.ones((1, 3))
    assert (again(x).data == model(x).data).all()
    (tmp_path / "real.keras").write_bytes(b"PK\x03\x04 a zip file")
    with pytest.raises(ValueError, match="the archive is damaged"):
        nn.models.load_model(tmp_path / "real.keras")
