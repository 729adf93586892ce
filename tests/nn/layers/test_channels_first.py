"""Channels before the lengths: the numbers of Keras 3.15.1 on JAX, in keras_channels_first.json.

There inputs are sin(0), sin(1), ..., weights abs(cos(0)), abs(cos(1)), ...
"""

import inspect
import json
from pathlib import Path

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import config, layers, ops

KERAS = json.loads(Path(__file__).with_name("keras_channels_first.json").read_text("utf-8"))


def _inputs(shape):
    return np.sin(np.arange(np.prod(shape))).reshape(shape).astype("float32")


def _made(name, arguments, shape):
    layer = getattr(layers, name)(**arguments)
    layer.build(shape)
    weights = layer.get_weights()
    layer.set_weights([np.abs(np.cos(np.arange(w.size))).reshape(w.shape) for w in weights])
    return layer


@pytest.mark.parametrize("name", KERAS)
def test_values_of_keras(name):
    case = KERAS[name]
    shape = tuple(case["shape"])
    layer = _made(name, case["arguments"], shape)
    outputs = layer(_inputs(shape)).data
    np.testing.assert_allclose(outputs.ravel(), case["outputs"], rtol=2e-6, atol=2e-7)
    assert list(outputs.shape) == case["output_shape"]
    assert list(layer.compute_output_shape(shape)) == case["output_shape"]


OF_IMAGES = [
    name
    for name in layers.__all__
    if inspect.isclass(getattr(layers, name))
    and "data_format" in inspect.signature(getattr(layers, name)).parameters
]
ARGUMENTS = {
    "CenterCrop": (2, 2),
    "RandomBrightness": (0.5,),
    "RandomContrast": (0.5,),
    "RandomCrop": (2, 2),
    "RandomRotation": (0.3,),
    "RandomTranslation": (0.3, 0.3),
    "RandomZoom": (0.3,),
    "Resizing": (2, 3),
}
LENGTHS = {"1": (6,), "2": (6, 5), "3": (4, 6, 5)}


@pytest.mark.parametrize("name", OF_IMAGES)
def test_every_layer_in_either_order(name):
    kind = getattr(layers, name)
    if name in ("Cropping1D", "UpSampling1D"):  # which have no data_format in Keras
        with pytest.raises(ValueError, match="data_format is 'channels_last' here"):
            kind(1, data_format="channels_first")
        return
    lengths = LENGTHS["".join(filter(str.isdigit, name)) or "2"]
    arguments = ARGUMENTS.get(name, ())
    if "Conv" in name:
        arguments = (2,) if name.startswith("Depthwise") else (4, 2)
    if name.startswith("SpatialDropout"):
        arguments = (0.5,)
    seed = {"seed": 3} if "seed" in inspect.signature(kind).parameters else {}
    first, last = (
        kind(*arguments, **seed, data_format=order) for order in ("channels_first", "channels_last")
    )
    x = _inputs((2, 3, *lengths))
    options = {"training": True} if seed else {}
    wanted = last(np.moveaxis(x, 1, -1), **options).data
    if first.weights or not first.built:
        first.build(x.shape)
    first.set_weights(last.get_weights())
    found = first(x, **options).data
    moved = wanted if wanted.ndim < 3 else np.moveaxis(wanted, -1, 1)
    np.testing.assert_allclose(found, moved, rtol=1e-6)
    assert first.compute_output_shape((None, *x.shape[1:])) == (None, *moved.shape[1:])
    assert first.output_shape == (None, *moved.shape[1:])


def test_the_usual_order_is_that_of_new_layers():
    before = layers.Conv2D(1, 2)
    config.set_image_data_format("channels_first")
    try:
        layer = layers.Conv2D(1, 2)
        assert config.image_data_format() == layer.data_format == "channels_first"
        assert (
            layers.Conv2D(1, 2, data_format="channels_last")(_inputs((1, 4, 4, 3))).shape[-1] == 1
        )
        assert before(_inputs((1, 4, 4, 3))).shape == (1, 3, 3, 1)
    finally:
        config.set_image_data_format("channels_last")
    assert layer.get_config()["data_format"] == "channels_first"
    assert layer(_inputs((1, 3, 4, 4))).shape == (1, 1, 3, 3)
    with pytest.raises(ValueError, match="'channels_last' or 'channels_first', got 'first'"):
        config.set_image_data_format("first")


def _model():
    nn.set_random_seed(0)
    return nn.Sequential(
        [
            nn.Input((2, 6, 6)),
            layers.Conv2D(4, 3, data_format="channels_first", activation="relu"),
            layers.BatchNormalization(axis=1),
            layers.MaxPooling2D(data_format="channels_first"),
            layers.Flatten(data_format="channels_first"),
            layers.Dense(3),
        ]
    )


def test_gradients_training_and_files(tmp_path):
    model = _model()
    ag.check_gradients(model.layers[0], _inputs((1, 2, 4, 4)).astype("float64"))
    losses = []
    for eager in (True, False):
        model = _model()
        model.compile("sgd", "mse", run_eagerly=eager)
        history = model.fit(_inputs((32, 2, 6, 6)), _inputs((32, 3)), shuffle=False, verbose=0)
        losses += history.history["loss"]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
    for name in ("model.safetensors", "model.keras"):
        model.save(tmp_path / name)
        again = nn.load_model(tmp_path / name)
        x = _inputs((2, 2, 6, 6))
        np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_operations():
    """`conv` and `resize` by the numbers of Keras 3.15.1."""
    x, kernel = _inputs((1, 2, 4, 4)), np.cos(np.arange(8.0)).reshape(2, 2, 2, 1)
    first = {"data_format": "channels_first"}
    z = ops.conv(x, kernel.astype("float32"), **first)
    assert z.shape == (1, 1, 3, 3)
    np.testing.assert_allclose(z.ravel()[:3], [0.9097191, 1.2762591, 0.46941227], rtol=1e-6)
    small = ops.image.resize(x, (2, 2), **first)
    wanted = [-0.21856396, 0.35699713, 0.32126772, 0.02422097]
    np.testing.assert_allclose(small.ravel()[:4], wanted, rtol=1e-5)
    np.testing.assert_array_equal(ops.image.resize(x[0], (2, 2), **first), small[0])
    images = np.moveaxis(x, 1, -1)
    for name, arguments in (
        ("max_pool", (2,)),
        ("average_pool", (2,)),
        ("image.extract_patches", (2,)),
        ("image.crop_images", (1, 1, 0, 0)),
        ("image.pad_images", (1, 1, 0, 0)),
        ("space_to_depth", (2,)),
    ):
        function = ops
        for part in name.split("."):
            function = getattr(function, part)
        wanted = function(images, *arguments)
        np.testing.assert_array_equal(function(x, *arguments, **first), np.moveaxis(wanted, -1, 1))


def test_errors_speak_of_the_order_that_was_given():
    layer = layers.Conv2D(4, 3, data_format="channels_first")
    with pytest.raises(ValueError, match=r"4 axes, \(samples, channels, height, width\), got"):
        layer(np.ones((2, 8, 8)))
    layer.build((None, 3, 8, 8))
    with pytest.raises(ValueError, match=r"got \(2, 8, 8, 3\)\. Its channels seem to come last"):
        layer(np.ones((2, 8, 8, 3)))
    with pytest.raises(ValueError, match="along axis 3, but the inputs have only 2"):
        layer(np.ones((2, 3, 8, 2)))
    with pytest.raises(ValueError, match="data_format is 'channels_last' or 'channels_first'"):
        layers.Flatten(data_format="first")


@pytest.mark.parametrize("order", ["channels_last", "channels_first"])
def test_layers_on_one_image(order):
    image = _inputs((3, 6, 6))
    layer = layers.RandomFlip(seed=1, data_format=order)
    other = layers.RandomFlip(seed=1, data_format=order)
    np.testing.assert_array_equal(layer(image).data, other(image[None]).data[0])
    small = layers.Resizing(2, 3, data_format=order)
    assert small(image).shape == small.compute_output_shape(image.shape)
    assert sorted(small(image).shape) == ([2, 3, 3] if order == "channels_first" else [2, 3, 6])
