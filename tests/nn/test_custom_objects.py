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
