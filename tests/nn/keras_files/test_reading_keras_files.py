"""Files that Keras 3.15.1 has written (tests/fixtures/keras, with their maker) are read."""

import json
import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import nn
from nn import layers
from nn.saving import ModelFileError
from tests.nn.keras_files.cases import CATEGORIES, INPUTS, connected, made, plain, waves

pytest.importorskip("h5py", reason="needs the extra keras-files")

FILES = Path(__file__).parents[2] / "fixtures" / "keras"
X, Y = waves(16, 4), np.cos(waves(16, 2))
# Layers that are in no file of Keras that nn reads, and why.
ELSEWHERE = {
    "Input": "is a function",
    "Layer": "is the base",
    "Lambda": "holds code",
    "StringLookup": "reads text",
    "TextVectorization": "reads text",
    "IntegerLookup": "is in lookups.keras, with Discretization",
    "RandomCrop": "leaves images as they are in Keras 3.15 outside of training",
    "InputLayer": "is in every model",
    "StackedRNNCells": "is in an RNN of several cells",
    "SimpleRNNCell": "is in an RNN",
    "GRUCell": "is in an RNN",
    "LSTMCell": "is in an RNN",
}
ONLY_HERE = set(
    "GELU SELU Exponential HardSigmoid HardTanh Linear LogSigmoid LogSoftmax Mish ReLU6 SiLU "
    "Sigmoid Softplus Softsign Tanh".split()
)


def arrays_of(name):
    with np.load(FILES / name) as found:
        return {key: found[key] for key in found.files}


@pytest.fixture(scope="module")
def every_layer():
    return nn.load_model(FILES / "layers.keras")


def test_every_layer_is_in_a_file():
    x = {name: nn.Input(a.shape[1:], dtype=str(a.dtype)) for name, a in INPUTS.items()}
    found = {name for name, *_ in plain(layers)} | {name for name, _ in connected(layers, x)}
    classes = {name for name in layers.__all__ if name[0].isupper()}
    assert found | set(ELSEWHERE) | ONLY_HERE == classes


def test_every_layer_predicts_as_in_keras(every_layer):
    expected = arrays_of("layers.npz")
    outputs = every_layer.predict(INPUTS)
    assert len(outputs) == len(expected)
    for (name, wanted), found in zip(expected.items(), outputs, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5, err_msg=name)


def test_training_continues_as_in_keras():
    """Adam of a schedule, with weight decay, statistics, a block within: the losses of 3 epochs."""
    expected = arrays_of("trained.npz")
    model = nn.load_model(FILES / "trained.keras")
    np.testing.assert_allclose(model.predict(X), expected.pop("predicted"), rtol=1e-5, atol=1e-6)
    assert model.optimizer.iterations.item() == 6
    history = model.fit(X, Y, batch_size=8, epochs=3, shuffle=False, verbose=0).history
    assert set(history) == set(expected)
    for name, wanted in expected.items():
        np.testing.assert_allclose(history[name], wanted, rtol=1e-5, err_msg=name)


def test_layers_with_vocabularies():
    expected = arrays_of("lookups.npz")
    outputs = nn.load_model(FILES / "lookups.keras").predict(CATEGORIES)
    for wanted, found in zip(expected.values(), outputs, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-6)


def of_the_same_layers(**changed):
    block = nn.Sequential([layers.Dense(5, "relu"), layers.BatchNormalization()], name="block")
    return nn.Sequential(
        [
            nn.Input((4,)),
            layers.Normalization(name="standard").adapt(np.cos(X)),
            block,
            layers.Dense(changed.get("units", 2), name="last"),
        ]
    )


@pytest.mark.parametrize("name", ["trained.weights.h5", "trained.keras"])
def test_weights_alone(name):
    model = of_the_same_layers()
    model.load_weights(FILES / name)
    wanted = arrays_of("trained.npz")["predicted"]
    np.testing.assert_allclose(model.predict(X), wanted, rtol=1e-5, atol=1e-6)


def test_weights_that_do_not_fit_are_named_and_none_is_assigned():
    model = of_the_same_layers(units=3)
    before = model.get_weights()
    with pytest.raises(ValueError, match="which is left as it was") as error:
        model.load_weights(FILES / "trained.weights.h5")
    assert str(error.value).splitlines()[1:] == [
        "  kernel of last is (5, 2) in the file, (5, 3) in the model; the file's layers/dense",
        "  bias of last is (2,) in the file, (3,) in the model; the file's layers/dense",
    ]
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_layers_that_do_not_fit_are_skipped():
    """As Keras 3.15.1 does: the other layers have the file's weights, `last` keeps its own."""
    model, whole = of_the_same_layers(units=3), of_the_same_layers()
    whole.load_weights(FILES / "trained.weights.h5")
    before = model.layers[-1].get_weights()
    with pytest.warns(UserWarning, match="left as they were") as caught:
        model.load_weights(FILES / "trained.weights.h5", skip_mismatch=True)
    assert str(caught[0].message).splitlines()[1:] == [
        "  kernel of last is (5, 2) in the file, (5, 3) in the model; the file's layers/dense",
        "  bias of last is (2,) in the file, (3,) in the model; the file's layers/dense",
    ]
    wanted = [*whole.get_weights()[:-2], *before]
    for a, b in zip(model.get_weights(), wanted, strict=True):
        np.testing.assert_array_equal(a, b)


def test_other_layers_than_the_files():
    model = nn.Sequential([nn.Input((4,)), layers.Dense(2), layers.Dense(3, name="more")])
    with pytest.raises(ValueError, match="left as it was") as error:
        model.load_weights(FILES / "trained.weights.h5")
    said = str(error.value)
    assert "dense is (5, 2) in the file, (4, 2) in the model; the file's layers/dense, there named"
    assert "more has 2 weights, kernel (2, 3), bias (3,); the file's layers/dense_1 has 0" in said
    assert "in the file alone: layers/normalization (standard), with arrays of the shapes" in said


def test_without_the_training_state():
    assert nn.load_model(FILES / "trained.keras", compile=False).compiled is False


def test_safetensors_files_named_as_kerass_are_read_still(tmp_path):
    model = nn.Sequential([nn.Input((3,)), nn.Dense(2)])
    model.save(tmp_path / "m.safetensors")
    shutil.move(tmp_path / "m.safetensors", tmp_path / "m.keras")
    again = nn.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(X[:, :3]), model.predict(X[:, :3]))


def changed(tmp_path, change):
    """The file of the trained model, with another config."""
    path = tmp_path / "changed.keras"
    with zipfile.ZipFile(FILES / "trained.keras") as old, zipfile.ZipFile(path, "w") as new:
        config = json.loads(old.read("config.json"))
        change(config)
        new.writestr("metadata.json", old.read("metadata.json"))
        new.writestr("config.json", json.dumps(config))
        new.writestr("model.weights.h5", old.read("model.weights.h5"))
    return path


def test_optimizers_as_keras_names_them_on_pytorch(tmp_path):
    """Keras 3.15.1 writes "keras.src.backend.torch.optimizers.torch_adam" there."""

    def change(config):
        described = config["compile_config"]["optimizer"]
        name = described["class_name"]
        described["module"] = f"keras.src.backend.torch.optimizers.torch_{name.lower()}"

    model = nn.load_model(changed(tmp_path, change))
    assert model.optimizer.iterations.item() == 6
    loss = model.fit(X, Y, batch_size=8, shuffle=False, verbose=0).history["loss"][0]
    assert loss == pytest.approx(arrays_of("trained.npz")["loss"][0], rel=1e-5)


class Dense(nn.Dense):
    def call(self, x):
        return 2 * super().call(x)


def test_classes_of_ones_own(tmp_path):
    def change(config):
        config["config"]["layers"][-1] |= {
            "module": "mine",
            "class_name": "Dense",
            "registered_name": "mine>Dense",
        }

    path = changed(tmp_path, change)
    with pytest.raises(ModelFileError, match=r"custom_objects=\{'mine>Dense': Dense\}"):
        nn.load_model(path)
    model = nn.load_model(path, custom_objects={"mine>Dense": Dense})
    wanted = 2 * arrays_of("trained.npz")["predicted"]
    np.testing.assert_allclose(model.predict(X), wanted, rtol=1e-5, atol=1e-6)


def test_models_that_read_text_say_what_to_do(tmp_path):
    def change(config):
        config["config"]["layers"][0]["config"]["dtype"] = "string"

    with pytest.raises(ModelFileError, match=r"get_vocabulary\(\)"):
        nn.load_model(changed(tmp_path, change))


def test_arguments_that_only_keras_has(tmp_path):
    def change(config):
        config["config"]["layers"][-1]["config"]["lora_rank"] = 4

    with pytest.raises(ModelFileError, match=r"Dense 'last' has no lora_rank in nn, 4"):
        nn.load_model(changed(tmp_path, change))


def test_without_h5py(monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r"pip install 'autograd_lite\[keras-files\]'"):
        nn.load_model(FILES / "trained.keras")


def test_the_model_with_every_layer_is_of_this_table(every_layer):
    model, names = made(nn, layers)
    assert len(every_layer.layers) == len(model.layers)
    assert len(names) == len(arrays_of("layers.npz"))


class Net(nn.Model):
    """A class with a call of its own, whose layers are in attributes and a list."""

    def __init__(self):
        super().__init__()
        self.stack = [nn.Dense(3, "relu"), nn.Dense(3)]
        self.alpha = layers.PReLU()
        self.last = nn.Dense(2)
        self.bn = nn.BatchNormalization()

    def call(self, x, training=False):
        for layer in self.stack:
            x = layer(x)
        return self.last(self.bn(self.alpha(x), training=training))


def test_paths_in_a_class_of_ones_own(tmp_path):
    """Those of Keras 3.15.1 for this class, written with Keras's names: its own attributes by name,
    and those in lists as parts of `layers`, where Keras's walk comes to them first.
    """
    model = Net()
    model(X)
    model.save_weights(tmp_path / "m.weights.h5")
    h5py = pytest.importorskip("h5py")
    found = []
    with h5py.File(tmp_path / "m.weights.h5") as file:
        file.visititems(lambda name, x: found.append(name) if hasattr(x, "shape") else None)
    assert sorted({name.partition("/vars/")[0] for name in found}) == [
        "alpha",
        "bn",
        "last",
        "layers/dense",
        "layers/dense_1",
    ]
    again = Net()
    again(X)
    again.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
