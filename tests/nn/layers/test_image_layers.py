"""Resizing, CenterCrop and augmentation: Keras's numbers, distributions, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import layers
from nn._core.images import affine_transform, resize
from tests.nn.layers.keras_values import summary

# Computed once with Keras 3.15.1 on JAX, float32, of images (2, 5, 6, 2): name, arguments, shape of
# the outputs, the first, the middle and the last output and all of them times a wave. Where a range
# is one number, nothing is random.
KERAS = [
    (
        "Resizing",
        {"height": 3, "width": 4},
        (2, 3, 4, 2),
        [0.3442924, -0.1363042, 0.1972587, -1.51396],
    ),
    (
        "Resizing",
        {"height": 7, "width": 3, "interpolation": "nearest"},
        (2, 7, 3, 2),
        [-0.9258147, 0.2819729, 0.2021204, -0.6384733],
    ),
    (
        "Resizing",
        {"height": 7, "width": 3, "interpolation": "bicubic"},
        (2, 7, 3, 2),
        [-0.02254292, 0.1729477, -0.1773366, -0.470035],
    ),
    (
        "Resizing",
        {"height": 4, "width": 9, "interpolation": "lanczos3", "antialias": True},
        (2, 4, 9, 2),
        [1.075079, -0.3764414, 0.5666574, 0.9243223],
    ),
    (
        "Resizing",
        {"height": 2, "width": 2, "antialias": True},
        (2, 2, 2, 2),
        [0.02359287, -0.0006607557, 0.00481664, 0.0168753],
    ),
    (
        "Resizing",
        {"height": 2, "width": 4, "crop_to_aspect_ratio": True},
        (2, 2, 4, 2),
        [-0.121774, -0.3992106, 0.3787366, -1.02251],
    ),
    (
        "Resizing",
        {"height": 2, "width": 6, "pad_to_aspect_ratio": True, "fill_value": 0.5},
        (2, 2, 6, 2),
        [0.5, 0.5, 0.5, 0.2838856],
    ),
    (
        "CenterCrop",
        {"height": 2, "width": 3},
        (2, 2, 3, 2),
        [0.3590584, 0.9649621, -0.6285074, -0.5737075],
    ),
    (
        "CenterCrop",
        {"height": 8, "width": 3},
        (2, 8, 3, 2),
        [0.7984871, -0.5177827, -0.8297974, 2.540675],
    ),
    (
        "RandomRotation",
        {"factor": (0.1, 0.1)},
        (2, 5, 6, 2),
        [0.160124, -0.2394442, 0.2682199, 3.057572],
    ),
    (
        "RandomRotation",
        {"factor": (-0.3, -0.3), "fill_mode": "constant", "fill_value": 0.5},
        (2, 5, 6, 2),
        [0.4965951, 0.4976752, 0.4977816, 10.95517],
    ),
    (
        "RandomRotation",
        {"factor": (0.07, 0.07), "fill_mode": "wrap", "interpolation": "nearest"},
        (2, 5, 6, 2),
        [-0.9534853, 0.2030196, -0.3714041, 0.4020314],
    ),
    (
        "RandomTranslation",
        {"height_factor": (0.3, 0.3), "width_factor": (-0.2, -0.2), "fill_mode": "nearest"},
        (2, 5, 6, 2),
        [-0.5809543, 0.1220217, 0.4105858, -1.797313],
    ),
    (
        "RandomTranslation",
        {"height_factor": (0.4, 0.4), "width_factor": (0.5, 0.5)},
        (2, 5, 6, 2),
        [-0.5856373, -0.8658723, 0.8064006, -1.445781],
    ),
    (
        "RandomZoom",
        {"height_factor": [0.3, 0.3]},
        (2, 5, 6, 2),
        [0.9916649, -0.02743899, 0.2021204, 1.707999],
    ),
    (
        "RandomZoom",
        {"height_factor": (-0.3, -0.3), "width_factor": (0.6, 0.6), "fill_mode": "constant"},
        (2, 5, 6, 2),
        [0, 0, 0, -0.6875064],
    ),
    (
        "RandomBrightness",
        {"factor": (0.2, 0.2), "value_range": (-1, 1)},
        (2, 5, 6, 2),
        [1, 0.372561, 0.6021204, -0.7845262],
    ),
]
X = np.sin(np.arange(1, 121) * 1.7).reshape(2, 5, 6, 2)
MANY = np.arange(1.0, 37.0).reshape(1, 3, 4, 3) * np.ones((600, 1, 1, 1))
RANDOM = {
    "RandomBrightness": lambda **given: layers.RandomBrightness(0.2, **given),
    "RandomContrast": lambda **given: layers.RandomContrast(0.2, **given),
    "RandomCrop": lambda **given: layers.RandomCrop(2, 3, **given),
    "RandomFlip": lambda **given: layers.RandomFlip(**given),
    "RandomRotation": lambda **given: layers.RandomRotation(0.2, **given),
    "RandomTranslation": lambda **given: layers.RandomTranslation(0.2, 0.3, **given),
    "RandomZoom": lambda **given: layers.RandomZoom(0.2, **given),
}


@pytest.mark.parametrize(("name", "arguments", "output_shape", "expected"), KERAS)
def test_outputs_are_those_of_keras(name, arguments, output_shape, expected):
    layer = getattr(layers, name)(**arguments, dtype="float64")
    y = layer(X)  # which augments, unless told not to
    assert y.shape == output_shape
    np.testing.assert_allclose(summary(y.data), expected, rtol=2e-4, atol=2e-5)
    assert layer.compute_output_shape((None, *X.shape[1:])) == (None, *output_shape[1:])
    found = layer.compute_output_shape((None, None, None, 2))
    assert found[1:3] == (output_shape[1:3] if hasattr(layer, "height") else (None, None))


def test_a_contrast_is_that_of_keras():
    layer = layers.RandomContrast((0.0, 1.0), value_range=(-1, 1), dtype="float64")
    layer._uniform = lambda x, low, high: np.full(len(x), 1.3)
    # Keras 3.15.1, RandomContrast.transform_images with contrast_factor 1.3
    expected = [1, -0.04112084, 0.2674222, 0.1773951]
    np.testing.assert_allclose(summary(layer(X, training=True).data), expected, rtol=1e-5)


def test_a_translation_by_whole_elements_moves_them():
    layer = layers.RandomTranslation((0.2, 0.2), (-0.5, -0.5), "constant", fill_value=9.0)
    y = layer(X, training=True).data
    np.testing.assert_allclose(y[:, 1:, :3], X[:, :-1, 3:], rtol=1e-6)
    assert np.all(y[:, 0] == 9)
    assert np.all(y[:, :, 3:] == 9)


@pytest.mark.parametrize(
    ("mode", "expected"),  # d c b | a b c d | c b a and so on, of a b c d = 0 1 2 3
    [
        ("constant", [-1, -1, -1, 0, 1, 2, 3, -1, -1, -1]),
        ("nearest", [0, 0, 0, 0, 1, 2, 3, 3, 3, 3]),
        ("wrap", [1, 2, 3, 0, 1, 2, 3, 0, 1, 2]),
        ("reflect", [2, 1, 0, 0, 1, 2, 3, 3, 2, 1]),
        ("mirror", [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]),
    ],
)
def test_what_is_outside_of_an_image(mode, expected):
    line = np.arange(4.0).reshape(1, 1, 4, 1)
    found = [
        affine_transform(line, np.array([[1.0, 0, d, 0, 1, 0]]), "nearest", mode, -1.0)[0, 0, 0, 0]
        for d in range(-3, 7)
    ]
    assert found == expected
    one = affine_transform(line[:, :, :1], np.array([[1.0, 0, 5, 0, 1, 3]]), "bilinear", mode, 0.0)
    assert one.item() == 0.0  # an image of one element


@pytest.mark.parametrize("name", RANDOM)
def test_augmentation_is_for_training_and_reproducible(name):
    first, second = (RANDOM[name](seed=3) for _ in range(2))
    a, b = first(X, training=True).data, second(X, training=True).data
    np.testing.assert_array_equal(a, b)
    assert a.dtype == np.float32
    many = np.concatenate([first(MANY, training=True).data for _ in range(4)])
    assert len(np.unique(many, axis=0)) > 1
    outside = first(X, training=False).data
    if name == "RandomCrop":
        np.testing.assert_array_equal(outside, layers.RandomCrop(2, 3)(X, training=False).data)
    else:
        np.testing.assert_array_equal(outside, X.astype(np.float32))
    again = type(first).from_config(first.get_config())
    assert again.get_config() == first.get_config()


def test_a_pipeline_of_augmentation_augments_by_itself_and_not_inside_a_prediction():
    pipeline = nn.Sequential([layers.RandomFlip(seed=0), layers.RandomZoom(0.3, seed=1)])
    assert np.any(pipeline(X).data != X.astype(np.float32))
    np.testing.assert_array_equal(pipeline.predict(X, verbose=0), X.astype(np.float32))
    model = nn.Sequential([pipeline, layers.Flatten(), nn.Dense(1)])
    np.testing.assert_array_equal(model(X).data, model.predict(X, verbose=0))


def test_flips_are_drawn_for_each_image_and_each_direction():
    y = layers.RandomFlip(seed=0)(MANY, training=True).data
    kinds = [MANY[0], MANY[0, :, ::-1], MANY[0, ::-1], MANY[0, ::-1, ::-1]]
    counts = [int(np.sum(np.all(y == kind, axis=(1, 2, 3)))) for kind in kinds]
    assert sum(counts) == 600
    assert min(counts) > 100  # 150 on the average
    y = layers.RandomFlip("vertical", seed=0)(MANY, training=True).data
    assert {tuple(image[:, 0, 0]) for image in y} == {(1, 13, 25), (25, 13, 1)}


def test_parameters_fill_their_range_and_stay_inside():
    ramp = np.broadcast_to(np.arange(101.0)[:, None, None], (500, 101, 3, 1))
    moved = layers.RandomTranslation((-0.1, 0.3), 0.0, "nearest", seed=0)(ramp, training=True).data
    shift = 50 - moved[:, 50, 1, 0]
    assert (shift.min(), shift.max()) == (
        pytest.approx(-10.1, abs=0.3),
        pytest.approx(30.3, abs=0.3),
    )
    zoomed = layers.RandomZoom(0.2, seed=0)(ramp, training=True).data
    factor = zoomed[:, 60, 1, 0] - zoomed[:, 59, 1, 0]
    assert (factor.min(), factor.max()) == (
        pytest.approx(0.8, abs=0.01),
        pytest.approx(1.2, abs=0.01),
    )
    bright = layers.RandomBrightness(0.2, (0, 200), seed=0)(np.full((500, 1, 1, 1), 100.0))
    assert bright.data.min() == pytest.approx(60, abs=1)
    assert bright.data.max() == pytest.approx(140, abs=1)
    steps = np.array([50.0, 150.0]).reshape(1, 1, 2, 1) * np.ones((500, 1, 1, 1))
    contrast = layers.RandomContrast((0.1, 0.4), seed=0)(steps).data
    factor = (contrast[:, 0, 1, 0] - contrast[:, 0, 0, 0]) / 100
    assert (factor.min(), factor.max()) == (
        pytest.approx(0.9, abs=0.01),
        pytest.approx(1.4, abs=0.01),
    )


def test_random_crop_takes_every_place_and_is_resized_where_it_does_not_fit():
    image = np.arange(12.0).reshape(1, 3, 4, 1)
    layer = layers.RandomCrop(2, 2, seed=0)
    corners = {layer(image, training=True).data[0, 0, 0, 0] for _ in range(100)}
    assert corners == {0.0, 1.0, 2.0, 4.0, 5.0, 6.0}
    assert layers.RandomCrop(3, 4)(image, training=True).data.tolist() == image.tolist()
    for training in (True, False):
        small = layers.RandomCrop(6, 6)(image, training=training)
        np.testing.assert_array_equal(small.data, layers.CenterCrop(6, 6)(image).data)


@pytest.mark.parametrize(
    "interpolation", ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]
)
@pytest.mark.parametrize("antialias", [False, True])
def test_a_constant_image_stays_constant(interpolation, antialias):
    y = resize(np.full((1, 5, 7, 1), 2.5), (3, 11), interpolation, antialias)
    np.testing.assert_allclose(y, 2.5, rtol=1e-12)


def test_gradients_flow_to_images_and_to_an_affine_transform():
    transform = np.array([[0.9, 0.13, 0.21, -0.17, 1.1, 0.37], [1.2, 0, -0.33, 0.1, 0.8, 0.59]])
    for mode in ("constant", "reflect", "wrap"):
        ag.check_gradients(
            lambda x, t, mode=mode: affine_transform(x, t, "bilinear", mode, 0.3),
            X[:, :3, :3],
            transform,
            order=2,
        )


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: layers.Resizing(0, 3), ValueError, "height is 1 or more"),
        (lambda: layers.Resizing(3.0, 3), TypeError, "height is a whole number"),
        (lambda: layers.Resizing(3, 3, "area"), ValueError, "interpolation of resizing is one of"),
        (lambda: layers.Resizing(3, 3, fill_mode="wrap"), ValueError, r"one of \['constant'\]"),
        (
            lambda: layers.Resizing(3, 3, "nearest", True, True),
            ValueError,
            "exclude each other",
        ),
        (
            lambda: layers.Resizing(3, 3)(X[0, 0]),
            ValueError,
            r"expects inputs of 4 axes.*x\[None\]",
        ),
        (lambda: layers.CenterCrop(2, 2, "first"), ValueError, "'channels_last' or"),
        (lambda: layers.RandomFlip("sideways"), ValueError, "mode of random_flip is one of"),
        (lambda: layers.RandomFlip()(X[0, 0]), ValueError, "random_flip expects inputs of 4 axes"),
        (lambda: layers.RandomRotation((0.2, 0.1)), ValueError, "the lower one first"),
        (lambda: layers.RandomRotation(2), ValueError, "factor of random_rotation is a number"),
        (lambda: layers.RandomRotation("0.1"), TypeError, "factor of random_rotation is a number"),
        (lambda: layers.RandomRotation((0.1, 0.2, 0.3)), ValueError, "or two of them"),
        (lambda: layers.RandomRotation(0.1, "mirror"), ValueError, "fill_mode of random_rotation"),
        (lambda: layers.RandomRotation(0.1, interpolation="bicubic"), ValueError, "interpolation"),
        (lambda: layers.RandomRotation(np.nan), ValueError, "a finite number"),
        (lambda: layers.RandomTranslation(0.1, (-2, 0)), ValueError, "width_factor of random_tr"),
        (lambda: layers.RandomZoom((0.3, -0.3)), ValueError, "height_factor of random_zoom"),
        (lambda: layers.RandomContrast(-0.1), ValueError, "a number from 0 to 1"),
        (lambda: layers.RandomContrast(0.1, (1, 0)), ValueError, "starts with the lower"),
        (lambda: layers.RandomBrightness(0.1, 255), ValueError, r"is \(lowest, highest\)"),
        (lambda: layers.RandomFlip(seed="a"), TypeError, "a seed is an integer"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()
