"""ZeroPadding, Cropping, UpSampling: Keras's numbers, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from nn import layers
from tests.nn.layers.keras_values import require_keras_outputs

# Computed once with Keras 3.15.1 on JAX, float64: name, arguments, shapes of inputs and outputs,
# the first, the middle and the last output and all of them times a wave.
KERAS = [
    ("ZeroPadding1D", {"padding": 2}, (2, 4, 3), (2, 8, 3), [0, 0, 0, 1.26347476118]),
    ("ZeroPadding1D", {"padding": (1, 2)}, (2, 4, 3), (2, 7, 3), [0, 0, 0, -0.287766936019]),
    ("ZeroPadding2D", {"padding": 1}, (2, 4, 3, 2), (2, 6, 5, 2), [0, 0, 0, -1.04612379466]),
    ("ZeroPadding2D", {"padding": (1, 2)}, (2, 4, 3, 2), (2, 6, 7, 2), [0, 0, 0, -0.214183252651]),
    (
        "ZeroPadding2D",
        {"padding": ((1, 2), (0, 3))},
        (2, 4, 3, 2),
        (2, 7, 6, 2),
        [0, 0, 0, 0.123661445636],
    ),
    (
        "ZeroPadding3D",
        {"padding": (1, 0, 2)},
        (1, 2, 3, 2, 2),
        (1, 4, 3, 6, 2),
        [0, 0, 0, 0.113558654739],
    ),
    (
        "ZeroPadding3D",
        {"padding": ((1, 0), (0, 2), (1, 1))},
        (1, 2, 3, 2, 2),
        (1, 3, 5, 4, 2),
        [0, -0.148999025814, 0, 0.741210796821],
    ),
    (
        "Cropping1D",
        {},
        (2, 4, 3),
        (2, 2, 3),
        [0.494113351139, 0.879273061651, -0.909666671834, 0.94277183953],
    ),
    (
        "Cropping1D",
        {"cropping": (0, 2)},
        (2, 4, 3),
        (2, 2, 3),
        [0.991664810452, -0.108636595424, -0.728360767832, 1.28502140933],
    ),
    (
        "Cropping1D",
        {"cropping": 1},
        (2, 4, 3),
        (2, 2, 3),
        [0.494113351139, 0.879273061651, -0.909666671834, 0.94277183953],
    ),
    (
        "Cropping2D",
        {"cropping": 1},
        (2, 5, 6, 2),
        (2, 3, 4, 2),
        [0.359058354022, 0.964962073822, -0.904078583459, 2.19667150346],
    ),
    (
        "Cropping2D",
        {"cropping": (2, 1)},
        (2, 5, 6, 2),
        (2, 1, 4, 2),
        [0.940428962947, -0.24269726502, 0.408878984749, 0.353585340346],
    ),
    (
        "Cropping2D",
        {"cropping": ((1, 2), (0, 3))},
        (2, 5, 6, 2),
        (2, 2, 3, 2),
        [-0.108636595424, -0.999974864756, 0.806400580775, 0.865934993759],
    ),
    (
        "Cropping3D",
        {},
        (1, 4, 5, 4, 2),
        (1, 2, 3, 2, 2),
        [-0.953485303275, -0.690340780764, -0.997171023392, 1.02804991461],
    ),
    (
        "Cropping3D",
        {"cropping": ((0, 1), (1, 2), (3, 0))},
        (1, 4, 5, 4, 2),
        (1, 3, 2, 1, 2),
        [0.359058354022, 0.281972848991, 0.76485189696, 2.15043505284],
    ),
    (
        "UpSampling1D",
        {"size": 3},
        (2, 3, 2),
        (2, 9, 2),
        [0.991664810452, -0.618137112237, 0.999792900143, 1.14093357183],
    ),
    (
        "UpSampling2D",
        {"size": (2, 3)},
        (2, 3, 2, 2),
        (2, 6, 6, 2),
        [0.991664810452, -0.108636595424, 0.0406932573499, 2.68799819435],
    ),
    (
        "UpSampling2D",
        {"size": (2, 3), "interpolation": "bilinear"},
        (2, 3, 4, 2),
        (2, 6, 12, 2),
        [0.991664810452, -0.99608650312, -0.0813191011388, -0.943165712252],
    ),
    (
        "UpSampling2D",
        {"size": (2, 3), "interpolation": "bicubic"},
        (2, 3, 4, 2),
        (2, 6, 12, 2),
        [1.25873869033, -1.26174773898, -0.0393145391756, -0.608018298473],
    ),
    (
        "UpSampling2D",
        {"size": (2, 3), "interpolation": "lanczos3"},
        (2, 3, 4, 2),
        (2, 6, 12, 2),
        [1.44977080585, -1.45298625633, -0.0391380718073, -0.207607814565],
    ),
    (
        "UpSampling2D",
        {"size": (2, 3), "interpolation": "lanczos5"},
        (2, 3, 4, 2),
        (2, 6, 12, 2),
        [1.55277013353, -1.55977822694, -0.129405628966, 0.389367973789],
    ),
    (
        "UpSampling3D",
        {"size": (2, 1, 3)},
        (1, 2, 3, 2, 2),
        (1, 4, 3, 6, 2),
        [0.991664810452, -0.108636595424, 0.0406932573499, 1.57102482835],
    ),
]


@pytest.mark.parametrize(("name", "arguments", "shape", "output_shape", "expected"), KERAS)
def test_outputs_are_those_of_keras(name, arguments, shape, output_shape, expected):
    require_keras_outputs(name, arguments, shape, output_shape, expected)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_cropping_undoes_padding(rank):
    x = np.random.default_rng(0).normal(size=(*(2, 3, 4, 5)[: rank + 1], 2))
    width = (2, 1) if rank == 1 else tuple((i + 1, i) for i in range(rank))
    padded = getattr(layers, f"ZeroPadding{rank}D")(width, dtype="float64")(x)
    cropped = getattr(layers, f"Cropping{rank}D")(width, dtype="float64")(padded)
    np.testing.assert_array_equal(cropped.data, x)


@pytest.mark.parametrize(
    "interpolation", ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]
)
def test_a_constant_stays_constant(interpolation):
    y = layers.UpSampling2D((2, 3), interpolation=interpolation, dtype="float64")(
        np.ones((1, 3, 2, 1))
    )
    np.testing.assert_allclose(y.data, np.ones((1, 6, 6, 1)), rtol=1e-12)


REFUSED = [
    (
        lambda: layers.Cropping2D((3, 0)),
        "cropping2d cuts 3 and 3 elements off along axis 1, but the inputs have only 5",
    ),
    (lambda: layers.ZeroPadding1D(1), "zero_padding1d expects inputs of 3 axes"),
    (lambda: layers.UpSampling3D(2), "up_sampling3d expects inputs of 5 axes"),
    (lambda: layers.ZeroPadding2D((1, 2, 3)), "padding is one number or 2 numbers"),
    (lambda: layers.ZeroPadding2D(((1, 2, 3), 1)), "padding is one number or 2 numbers"),
    (lambda: layers.ZeroPadding1D((1, 2, 3)), r"padding is one number or \(before, after\)"),
    (lambda: layers.ZeroPadding2D(-1), "padding"),
    (lambda: layers.ZeroPadding2D(1, data_format="first"), "'channels_last' or"),
    (lambda: layers.Cropping3D((1, -1, 0)), "cropping"),
    (lambda: layers.UpSampling2D(0), "size is 1 or more"),
    (lambda: layers.UpSampling2D(2, interpolation="cubic"), "interpolation is one of .*'bicubic'"),
]


@pytest.mark.parametrize(("make", "said"), REFUSED)
def test_what_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()(np.zeros((2, 5, 6, 3)))


@pytest.mark.parametrize("wrong", [1.5, "1", None, True, (1.0, 1)])
def test_numbers_of_elements_are_whole(wrong):
    for kind in (layers.ZeroPadding2D, layers.UpSampling2D):
        with pytest.raises(TypeError):
            kind(wrong)
