"""Weights of PyTorch 2.13.0 (tests/fixtures/torch, with their maker) in the layers of nn."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import nn
from nn import layers
from nn.saving import load_torch_weights, save_torch_weights

FILES = Path(__file__).parents[2] / "fixtures" / "torch"
_spec = importlib.util.spec_from_file_location("make_torch_fixtures", FILES / "make.py")
make = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make)

SAME = {"return_sequences": True}
# The layer for each module, and its input.
LAYERS = {
    "linear": (lambda: layers.Dense(3), make.X),
    "plain": (lambda: layers.Dense(3, use_bias=False), make.X),
    "conv1": (lambda: layers.Conv1D(6, 3, groups=2), make.LINES),
    "conv2": (lambda: layers.Conv2D(3, (2, 3), strides=2), make.IMAGES),
    "conv3": (lambda: layers.Conv3D(2, 2), make.VOLUMES),
    "depthwise": (lambda: layers.DepthwiseConv2D(3, depth_multiplier=2), make.IMAGES),
    "up1": (lambda: layers.Conv1DTranspose(3, 3, strides=2), make.LINES),
    "up2": (lambda: layers.Conv2DTranspose(3, (2, 3), strides=(1, 2)), make.IMAGES),
    "batch": (lambda: layers.BatchNormalization(epsilon=1e-5), make.X),
    "images": (lambda: layers.BatchNormalization(epsilon=1e-3), make.IMAGES),
    "layer": (lambda: layers.LayerNormalization(epsilon=1e-5), make.LINES),
    "group": (lambda: layers.GroupNormalization(2, epsilon=1e-5), make.LINES),
    "rms": (lambda: layers.RMSNormalization(epsilon=1e-6), make.LINES),
    "words": (lambda: layers.Embedding(5, 3), make.WORDS),
    "prelu": (lambda: layers.PReLU(), make.X),
    "lstm": (lambda: layers.LSTM(3, **SAME), make.LINES),
    "gru": (lambda: layers.GRU(3, **SAME), make.LINES),
    "rnn": (lambda: layers.SimpleRNN(3, **SAME), make.LINES),
    "both": (lambda: layers.Bidirectional(layers.LSTM(3, **SAME)), make.LINES),
}


@pytest.fixture(scope="module")
def tensors():
    return load_file(FILES / "modules.safetensors")


@pytest.fixture(scope="module")
def outputs():
    with np.load(FILES / "modules.npz") as found:
        return dict(found)


def written(path, tensors, *modules):
    """A file of these modules alone."""
    own = {k: v for k, v in tensors.items() if k.startswith(tuple(f"{m}." for m in modules))}
    save_file(own, path)
    return path


@pytest.mark.parametrize("name", LAYERS)
def test_each_module(tmp_path, tensors, outputs, name):
    make_layer, x = LAYERS[name]
    model = nn.Sequential([make_layer()])
    model.build((None, *x.shape[1:]))
    layer = model.layers[0]
    names = {layer.name: name}
    load_torch_weights(model, written(tmp_path / "m.safetensors", tensors, name), names)
    np.testing.assert_allclose(model.predict(x), outputs[name], rtol=1e-5, atol=1e-6)


def test_attention(tmp_path, tensors, outputs):
    x = nn.Input((7, 4))
    model = nn.Model(x, layers.MultiHeadAttention(2, 2, name="attention")(x, x))
    load_torch_weights(model, written(tmp_path / "m.safetensors", tensors, "attention"))
    found = model.predict(make.LINES)
    np.testing.assert_allclose(found, outputs["attention"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [*LAYERS, "attention", "two"])
def test_each_module_is_written_as_pytorch_did(tmp_path, tensors, name):
    """Bit for bit; of two biases that PyTorch adds up, one has the sum."""
    path = written(tmp_path / "m.safetensors", tensors, name)
    names = {}
    if name == "attention":
        x = nn.Input((7, 4))
        model = nn.Model(x, layers.MultiHeadAttention(2, 2, name=name)(x, x))
    elif name == "two":
        model = nn.Sequential([nn.Input((7, 4)), layers.GRU(3, **SAME), layers.GRU(3, **SAME)])
        names = {"gru": "two", "gru_1": ("two", 1)}
    else:
        make_layer, x = LAYERS[name]
        model = nn.Sequential([make_layer()])
        model(x)
        names = {model.layers[0].name: name}
    load_torch_weights(model, path, names)
    save_torch_weights(model, tmp_path / "again.safetensors", names)
    found, wanted = load_file(tmp_path / "again.safetensors"), load_file(path)
    wanted.pop("batch.num_batches_tracked", None), wanted.pop("images.num_batches_tracked", None)
    assert sorted(found) == sorted(wanted)
    for key, value in wanted.items():
        if "bias_" in key and name not in ("two", "gru"):
            other = key.replace("_ih_", "_hh_") if "_ih_" in key else key.replace("_hh_", "_ih_")
            value = value + wanted[other] if "_ih_" in key else 0 * value
        np.testing.assert_array_equal(found[key], value, err_msg=key)


def test_what_pytorch_has_no_module_for_is_not_written(tmp_path):
    path = tmp_path / "m.safetensors"
    model = nn.Sequential([nn.Input((4, 3)), layers.SeparableConv1D(2, 2)])
    with pytest.raises(ValueError, match="which PyTorch has no module like"):
        save_torch_weights(model, path)
    x = nn.Input((7, 4))
    wide = nn.Model(x, layers.MultiHeadAttention(2, 3, name="attention")(x, x))
    with pytest.raises(ValueError, match="at least with these arguments"):
        save_torch_weights(wide, path)
    two = nn.Sequential([nn.Input((4,)), nn.Dense(2, name="a"), nn.Dense(2, name="b")])
    with pytest.raises(ValueError, match=r"two layers have the tensor a\.weight, b is the second"):
        save_torch_weights(two, path, {"b": "a"})
    with pytest.raises(ValueError, match="names has 'c', but the layers are"):
        save_torch_weights(two, path, {"c": "a"})
    assert not path.exists()


def test_a_module_of_two_recurrent_layers(tmp_path, tensors, outputs):
    model = nn.Sequential([nn.Input((7, 4)), layers.GRU(3, **SAME), layers.GRU(3, **SAME)])
    path = written(tmp_path / "m.safetensors", tensors, "two")
    load_torch_weights(model, path, {"gru": "two", "gru_1": ("two", 1)})
    np.testing.assert_allclose(model.predict(make.LINES), outputs["two"], rtol=1e-5, atol=1e-6)


def test_modules_by_number_and_by_name(tmp_path, tensors):
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3), layers.ReLU(), nn.BatchNormalization()])
    numbered = {
        "0.weight": tensors["linear.weight"],
        "0.bias": tensors["linear.bias"],
        **{f"10.{k}": np.full(3, i, "f4") for i, k in enumerate(("weight", "bias"))},
        "10.running_mean": np.ones(3, "f4"),
        "10.running_var": np.ones(3, "f4"),
        "10.num_batches_tracked": np.array(5),
    }
    save_file(numbered, tmp_path / "m.safetensors")
    load_torch_weights(model, tmp_path / "m.safetensors")
    kernel, bias, gamma, beta, mean, variance = model.get_weights()
    np.testing.assert_array_equal(kernel, tensors["linear.weight"].T)
    np.testing.assert_array_equal(np.stack([gamma, beta, mean, variance])[:, 0], [0, 1, 1, 1])
    nested = nn.Sequential([nn.Input((4,)), nn.Sequential([nn.Dense(3, name="fc")], name="head")])
    save_file(
        {f"head.fc.{k[2:]}": v for k, v in numbered.items() if k[0] == "0"},
        tmp_path / "n.safetensors",
    )
    load_torch_weights(nested, tmp_path / "n.safetensors")
    np.testing.assert_array_equal(nested.get_weights()[0], kernel)
    np.testing.assert_array_equal(nested.get_weights()[1], bias)


def test_what_does_not_fit_is_listed_and_nothing_is_changed(tmp_path, tensors):
    model = nn.Sequential([nn.Input((5,)), nn.Dense(3, name="linear"), nn.Dense(2, name="out")])
    before = model.get_weights()
    path = written(tmp_path / "m.safetensors", tensors, "linear", "batch")
    with pytest.raises(ValueError, match="which is left as it was") as error:
        load_torch_weights(model, path)
    assert str(error.value).splitlines()[1:] == [
        "  of another shape: linear.weight is (3, 4), which becomes (4, 3) for kernel of linear "
        "(5, 3)",
        "  missing in the file: out.weight, for kernel of out (3, 2)",
        "  missing in the file: out.bias, for bias of out (2,)",
        "  in the file alone: batch.bias (4,)",
        "  in the file alone: batch.running_mean (4,)",
        "  in the file alone: batch.running_var (4,)",
        "  in the file alone: batch.weight (4,)",
        "  Say which module each layer is: names={'linear': ..., 'out': ...}. The modules in the "
        "file are ['batch', 'linear']",
    ]
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_is_no_table_of_names_and_no_float32(tmp_path, tensors):
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3, name="linear")])
    path = written(tmp_path / "m.safetensors", tensors, "linear")
    for names in (["linear"], {"linear": 3}, {"linear": ("linear", "1")}):
        with pytest.raises(TypeError, match="names is a dict of modules by layer"):
            load_torch_weights(model, path, names=names)
    with pytest.raises(ValueError, match="has no weights yet"):
        load_torch_weights(nn.Sequential([nn.Dense(3, name="linear")]), path)
    huge = {"linear.weight": np.full((3, 4), 1e300), "linear.bias": np.full(3, np.inf)}
    save_file(huge, path)
    with pytest.raises(ValueError, match=r"linear.weight holds 1e\+300, more than float32 can"):
        load_torch_weights(model, path)


def test_layers_that_pytorch_does_not_have(tmp_path, tensors):
    model = nn.Sequential([nn.Input((7, 4)), layers.SeparableConv1D(3, 2, name="conv1")])
    with pytest.raises(ValueError, match="a SeparableConv1D, which PyTorch has no module like"):
        load_torch_weights(model, written(tmp_path / "m.safetensors", tensors, "conv1"))


def test_beside_pytorch(tmp_path):
    """A network of modules in modules, where PyTorch is installed."""
    torch = pytest.importorskip("torch", reason="needs the extra oracle: torch")
    from safetensors.torch import save_file as save

    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(4, 6, 3),
        torch.nn.BatchNorm2d(6),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(72, 5),
    ).eval()
    save(theirs.state_dict(), tmp_path / "m.safetensors")
    channels_first = layers.Permute((3, 1, 2))  # as PyTorch flattens
    ours = nn.Sequential(
        [
            nn.Input((6, 5, 4)),
            layers.Conv2D(6, 3),
            layers.BatchNormalization(epsilon=1e-5),
            layers.ReLU(),
            channels_first,
            layers.Flatten(),
            nn.Dense(5),
        ]
    )
    load_torch_weights(ours, tmp_path / "m.safetensors")
    with torch.no_grad():
        wanted = theirs(torch.from_numpy(make.IMAGES).movedim(-1, 1)).numpy()
    np.testing.assert_allclose(ours.predict(make.IMAGES), wanted, rtol=1e-5, atol=1e-5)
    for variable in ours.variables:
        variable.assign(variable.data + 0.1)
    names = {"conv2d": "0", "batch_normalization": "1", "dense": "4"}
    save_torch_weights(ours, tmp_path / "back.safetensors", names)
    from safetensors.torch import load_file as load

    theirs.load_state_dict(load(tmp_path / "back.safetensors"))
    with torch.no_grad():
        found = theirs(torch.from_numpy(make.IMAGES).movedim(-1, 1)).numpy()
    np.testing.assert_allclose(ours.predict(make.IMAGES), found, rtol=1e-5, atol=1e-5)
