"""Convolutions: Keras's numbers, gradients, identities, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import layers
from tests.nn.layers.keras_values import require_keras_outputs

# Computed once with Keras 3.15.1 on JAX, float64: name, arguments, shapes of inputs and outputs,
# the first, the middle and the last output and all of them times a wave.
KERAS = [
    (
        "Conv1D",
        {"filters": 2, "kernel_size": 3, "padding": "valid"},
        (2, 7, 3),
        (2, 5, 2),
        [4.73302508689, -2.27938734271, -0.52582159815, 13.879700535],
    ),
    (
        "Conv1D",
        {"filters": 2, "kernel_size": 3, "padding": "same"},
        (2, 7, 3),
        (2, 7, 2),
        [2.74163813116, 1.08088549277, -2.80405231461, 12.3938527956],
    ),
    (
        "Conv1D",
        {"filters": 2, "kernel_size": 3, "padding": "causal"},
        (2, 7, 3),
        (2, 7, 2),
        [0.332738283741, 1.57203602217, -0.52582159815, 8.48971955447],
    ),
    (
        "Conv1D",
        {"filters": 2, "kernel_size": 2, "padding": "causal", "dilation_rate": 3},
        (2, 8, 2),
        (2, 8, 2),
        [-0.511171576054, 0.603192128951, -2.11217944648, 1.98201646039],
    ),
    (
        "Conv1D",
        {"filters": 2, "kernel_size": 3, "padding": "causal", "strides": 2},
        (2, 8, 2),
        (2, 4, 2),
        [1.37641412809, 0.847660597397, -2.18992383857, 7.55719675088],
    ),
    (
        "Conv1D",
        {
            "filters": 6,
            "kernel_size": 3,
            "groups": 2,
            "strides": 2,
            "padding": "same",
            "use_bias": False,
        },
        (2, 8, 4),
        (2, 4, 6),
        [1.2052411201, -1.43989801283, -1.34774981822, -1.22417536281],
    ),
    (
        "Conv2D",
        {"filters": 3, "kernel_size": (3, 2)},
        (2, 5, 6, 2),
        (2, 3, 5, 3),
        [1.91743589819, 1.28869027726, -1.50019033777, -0.645032036784],
    ),
    (
        "Conv2D",
        {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"},
        (2, 5, 6, 2),
        (2, 3, 3, 3),
        [0.600240494922, 0.0290835148855, -2.39860766761, -7.28162872379],
    ),
    (
        "Conv2D",
        {"filters": 3, "kernel_size": (2, 4), "strides": (3, 1), "padding": "same"},
        (2, 6, 6, 2),
        (2, 2, 6, 3),
        [0.0249285578144, 1.06930421913, -0.939681877572, -5.54994055093],
    ),
    (
        "Conv2D",
        {"filters": 4, "kernel_size": 2, "dilation_rate": (2, 3), "groups": 2, "padding": "same"},
        (2, 7, 6, 4),
        (2, 7, 6, 4),
        [1.88856354632, -0.899660597519, -0.331221060944, -0.507023175807],
    ),
    (
        "Conv2D",
        {"filters": 2, "kernel_size": 1, "strides": 2},
        (1, 4, 5, 3),
        (1, 2, 3, 2),
        [2.42025869832, 1.76920873454, -0.466443322952, 2.71991187513],
    ),
    (
        "Conv3D",
        {"filters": 2, "kernel_size": (2, 3, 2)},
        (1, 3, 4, 5, 2),
        (1, 2, 2, 4, 2),
        [1.07392194083, 1.09802396817, 0.295470709799, 0.353249757395],
    ),
    (
        "Conv3D",
        {"filters": 2, "kernel_size": 2, "strides": (1, 2, 3), "padding": "same"},
        (1, 4, 4, 5, 2),
        (1, 4, 2, 2, 2),
        [0.995280380331, -0.51566946405, -0.37037294825, 1.71530189998],
    ),
    (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "valid", "output_padding": None},
        (2, 4, 3),
        (2, 9, 2),
        [1.58346725512, -0.253992700731, -0.792025448879, 0.496464752844],
    ),
    (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "valid", "output_padding": 0},
        (2, 4, 3),
        (2, 9, 2),
        [1.58346725512, -0.253992700731, -0.792025448879, 0.496464752844],
    ),
    (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "valid", "output_padding": 1},
        (2, 4, 3),
        (2, 10, 2),
        [1.58346725512, -0.253992700731, -0.323289566864, -0.542503281352],
    ),
    (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 2, "strides": 3, "padding": "valid"},
        (2, 4, 3),
        (2, 12, 2),
        [1.58346725512, -0.253992700731, -0.323289566864, -0.517663835012],
    ),
    (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 1, "strides": 3, "padding": "valid"},
        (2, 4, 3),
        (2, 12, 2),
        [1.58346725512, -0.253992700731, -0.323289566864, 0.399551638599],
    ),
    (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 3, "dilation_rate": 2, "padding": "valid"},
        (2, 4, 3),
        (2, 8, 2),
        [1.58346725512, -0.253992700731, -0.792025448879, 0.912015416819],
    ),
    (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 5, "padding": "valid"},
        (2, 4, 3),
        (2, 8, 2),
        [1.58346725512, -0.253992700731, 0.484908178182, 1.78673930865],
    ),
    (
        "Conv2DTranspose",
        {"filters": 3, "kernel_size": (3, 2), "strides": (2, 1), "padding": "valid"},
        (2, 3, 4, 2),
        (2, 7, 5, 3),
        [1.37312022, -0.321524359569, -1.69330733243, -0.155807409215],
    ),
    (
        "Conv2DTranspose",
        {
            "filters": 3,
            "kernel_size": (4, 3),
            "strides": 2,
            "padding": "valid",
            "output_padding": (1, 0),
        },
        (2, 3, 4, 2),
        (2, 9, 9, 3),
        [1.37312022, -0.321524359569, -0.942222340669, -0.661769629325],
    ),
    (
        "Conv3DTranspose",
        {"filters": 2, "kernel_size": 2, "strides": (2, 1, 3), "padding": "valid"},
        (1, 2, 3, 2, 2),
        (1, 4, 4, 6, 2),
        [1.37312022, -0.17241389058, -0.323289566864, 0.113740596667],
    ),
    (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": None},
        (2, 4, 3),
        (2, 8, 2),
        [1.58346725512, -0.253992700731, -1.1857183638, 2.86191515117],
    ),
    (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 0},
        (2, 4, 3),
        (2, 7, 2),
        [0.350979339566, -0.281876014452, -1.1857183638, 4.70224914112],
    ),
    (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 1},
        (2, 4, 3),
        (2, 8, 2),
        [1.58346725512, -0.253992700731, -1.1857183638, 2.86191515117],
    ),
    (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 2, "strides": 3, "padding": "same"},
        (2, 4, 3),
        (2, 12, 2),
        [1.58346725512, -0.253992700731, -0.323289566864, -0.517663835012],
    ),
    (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 1, "strides": 3, "padding": "same"},
        (2, 4, 3),
        (2, 12, 2),
        [1.58346725512, -0.253992700731, -0.323289566864, 0.399551638599],
    ),
    (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 3, "dilation_rate": 2, "padding": "same"},
        (2, 4, 3),
        (2, 4, 2),
        [0.176765486536, 1.02701312016, 0.158122862675, -0.519292011275],
    ),
    (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 5, "padding": "same"},
        (2, 4, 3),
        (2, 4, 2),
        [-0.231185599075, 1.12923956727, 0.132888202567, -0.81071559627],
    ),
    (
        "Conv2DTranspose",
        {"filters": 3, "kernel_size": (3, 2), "strides": (2, 1), "padding": "same"},
        (2, 3, 4, 2),
        (2, 6, 4, 3),
        [1.37312022, -0.321524359569, -0.186955358733, 0.561648014397],
    ),
    (
        "Conv2DTranspose",
        {
            "filters": 3,
            "kernel_size": (4, 3),
            "strides": 2,
            "padding": "same",
            "output_padding": (1, 0),
        },
        (2, 3, 4, 2),
        (2, 5, 7, 3),
        [-0.153298591436, 1.27253348161, -1.78980171692, -0.187294057528],
    ),
    (
        "Conv3DTranspose",
        {"filters": 2, "kernel_size": 2, "strides": (2, 1, 3), "padding": "same"},
        (1, 2, 3, 2, 2),
        (1, 4, 3, 6, 2),
        [1.37312022, -0.17241389058, -0.323289566864, 1.1133270188],
    ),
    (
        "DepthwiseConv1D",
        {"kernel_size": 3},
        (2, 7, 3),
        (2, 5, 3),
        [0.692925779065, 0.855268862048, -0.188129533615, 0.6264739925],
    ),
    (
        "DepthwiseConv1D",
        {"kernel_size": 3, "padding": "same", "strides": 2, "depth_multiplier": 2},
        (2, 7, 3),
        (2, 4, 6),
        [1.07368389508, 0.546845736626, 0.104380523478, 18.1647534131],
    ),
    (
        "DepthwiseConv2D",
        {"kernel_size": (3, 2), "depth_multiplier": 2},
        (2, 5, 6, 3),
        (2, 3, 5, 6),
        [2.15438040896, -1.69913132081, -0.431193360827, 1.20997274885],
    ),
    (
        "DepthwiseConv2D",
        {"kernel_size": 2, "padding": "same", "dilation_rate": 2},
        (2, 5, 6, 2),
        (2, 5, 6, 2),
        [0.768194085214, 1.15275685968, -0.885273826442, -2.36437150493],
    ),
    (
        "SeparableConv1D",
        {"filters": 2, "kernel_size": 3, "padding": "same", "depth_multiplier": 2},
        (2, 7, 3),
        (2, 7, 2),
        [-2.47970788675, 1.12068233433, -0.102625892598, -6.09525970477],
    ),
    (
        "SeparableConv1D",
        {"filters": 2, "kernel_size": 2, "dilation_rate": 2},
        (2, 7, 3),
        (2, 5, 2),
        [1.28299755885, -1.60667711926, -1.17225701288, 5.44474718878],
    ),
    (
        "SeparableConv2D",
        {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same", "depth_multiplier": 2},
        (2, 5, 6, 3),
        (2, 3, 3, 4),
        [-1.00110016686, -1.6846037635, -0.286534192024, -2.16694722585],
    ),
    (
        "SeparableConv2D",
        {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same", "dilation_rate": 2},
        (2, 8, 8, 3),
        (2, 4, 4, 4),
        [-1.117444608, -0.792780118726, 1.62041201689, -10.9348295753],
    ),
]


@pytest.mark.parametrize(("name", "arguments", "shape", "output_shape", "expected"), KERAS)
def test_outputs_are_those_of_keras(name, arguments, shape, output_shape, expected):
    require_keras_outputs(name, arguments, shape, output_shape, expected)


RNG = np.random.default_rng(5)


# -- identities ------------------------------------------------------------------------------------


def test_a_convolution_by_its_definition():
    x = RNG.normal(size=(2, 6, 7, 3))
    layer = layers.Conv2D(4, (3, 2), strides=(2, 3), use_bias=False, dtype="float64")
    y, kernel = layer(x).data, layer.kernel.data
    for n, i, j, f in np.ndindex(y.shape):
        window = x[n, 2 * i : 2 * i + 3, 3 * j : 3 * j + 2]
        np.testing.assert_allclose(y[n, i, j, f], np.sum(window * kernel[..., f]), rtol=1e-12)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("size", "stride"), [(3, 1), (2, 2), (3, 2), (1, 3)])
def test_a_transposed_convolution_is_the_gradient_of_the_convolution(padding, size, stride):
    """<conv(x), z> = <x, transposed(z)> with one kernel, of lengths that the stride divides."""
    x = RNG.normal(size=(2, 6, 6, 2))
    if padding == "valid":
        x = x[:, : (5 - size) // stride * stride + max(size, stride)]
        x = x[:, :, : x.shape[1]]
    forward = layers.Conv2D(3, size, stride, padding, use_bias=False, dtype="float64")
    z = RNG.normal(size=forward(x).shape)
    back = layers.Conv2DTranspose(2, size, stride, padding, use_bias=False, dtype="float64")
    back.build(z.shape)
    back.set_weights([forward.kernel.data])
    np.testing.assert_allclose(np.vdot(forward(x).data, z), np.vdot(x, back(z).data), rtol=1e-10)


def test_groups_are_convolutions_side_by_side():
    x = RNG.normal(size=(2, 5, 6))
    whole = layers.Conv1D(4, 3, groups=2, use_bias=False, dtype="float64")
    y = whole(x).data
    for part in range(2):
        alone = layers.Conv1D(2, 3, use_bias=False, dtype="float64")
        alone.build((None, 5, 3))
        alone.set_weights([whole.kernel.data[..., 2 * part : 2 * part + 2]])
        expected = alone(x[..., 3 * part : 3 * part + 3]).data
        np.testing.assert_allclose(y[..., 2 * part : 2 * part + 2], expected, rtol=1e-12)


def test_a_depthwise_convolution_is_one_with_as_many_groups_as_channels():
    x = RNG.normal(size=(2, 5, 6, 3))
    depthwise = layers.DepthwiseConv2D(2, depth_multiplier=2, dtype="float64")
    y = depthwise(x).data
    grouped = layers.Conv2D(6, 2, groups=3, dtype="float64")
    grouped.build(x.shape)
    grouped.set_weights([depthwise.kernel.data.reshape(2, 2, 1, 6), depthwise.bias.data])
    np.testing.assert_allclose(y, grouped(x).data, rtol=1e-12, atol=1e-14)


def test_a_causal_convolution_never_looks_ahead():
    layer = layers.Conv1D(2, 3, padding="causal", dilation_rate=2, dtype="float64")
    x = ag.Tensor(RNG.normal(size=(1, 8, 1)), requires_grad=True)
    np.sum(layer(x)[0, 3]).backward()
    assert np.nonzero(x.grad[0, :, 0])[0].tolist() == [1, 3]


# -- weights ---------------------------------------------------------------------------------------


def test_initial_weights_have_the_limits_of_glorot():
    """sqrt(6 / (fan_in + fan_out)), fans times the elements of a window, as Keras counts them."""
    nn.set_random_seed(0)
    for layer, channels, fans in (
        (layers.Conv2D(32, 3), 16, 9 * 16 + 9 * 32),
        (layers.Conv2DTranspose(16, 3), 32, 9 * 16 + 9 * 32),
        (layers.DepthwiseConv2D(3, depth_multiplier=4), 64, 9 * 64 + 9 * 4),
    ):
        layer.build((None, 8, 8, channels))
        limit = np.sqrt(6 / fans)
        assert 0.98 * limit < np.abs(layer.kernel.data).max() <= limit
        assert not layer.bias.data.any()


def test_penalties_and_constraints_are_those_of_the_weights_they_name():
    layer = layers.SeparableConv2D(
        3,
        2,
        depthwise_initializer="ones",
        pointwise_initializer="ones",
        depthwise_regularizer=nn.regularizers.L1(1.0),
        pointwise_regularizer=nn.regularizers.L1(100.0),
        depthwise_constraint="non_neg",
    )
    layer(np.zeros((1, 4, 4, 2)))
    assert [float(loss.data) for loss in layer.losses] == [8.0, 600.0]
    assert [v.name.split("/")[1] for v in layer.variables] == [
        "depthwise_kernel",
        "pointwise_kernel",
        "bias",
    ]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", ["Conv2D", "Conv2DTranspose", "SeparableConv2D"])
def test_the_dtype_is_kept(name, dtype):
    layer = getattr(layers, name)(2, 3, dtype=dtype)
    y = layer(np.ones((1, 4, 4, 2)))
    assert y.dtype == layer.variables[0].dtype == np.dtype(dtype)
    np.sum(y).backward()
    assert all(v.grad.dtype == np.dtype(dtype) for v in layer.variables)


def test_a_batch_of_no_samples():
    for name in ("Conv2D", "Conv2DTranspose", "SeparableConv2D"):
        layer = getattr(layers, name)(2, 3)
        layer.build((None, 5, 5, 3))
        y = layer(np.zeros((0, 5, 5, 3)))
        assert y.shape == (0, *layer.compute_output_shape((None, 5, 5, 3))[1:])
        np.sum(y).backward()
        assert not layer.variables[0].grad.any()


def test_an_array_that_does_not_lie_in_order():
    layer = layers.Conv2D(2, 3, dtype="float64")
    x = RNG.normal(size=(3, 5, 6, 2)).T
    x = np.moveaxis(x, 0, -1)
    np.testing.assert_allclose(layer(x).data, layer(x.copy()).data, rtol=1e-12)


# -- in models -------------------------------------------------------------------------------------


def digits():
    nn.set_random_seed(1)
    model = nn.Sequential(
        [
            nn.Input((8, 8, 1)),
            layers.Conv2D(4, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(),
            layers.SeparableConv2D(6, 2, activation="tanh"),
            layers.GlobalAveragePooling2D(),
            nn.Dense(3),
        ]
    )
    model.compile("sgd", nn.SparseCategoricalCrossentropy(from_logits=True))
    return model


def test_a_model_is_exported_as_numpy(tmp_path):
    model = digits()
    x = RNG.normal(size=(7, 8, 8, 1)).astype("f4")
    model.export(tmp_path / "model.py")
    names = {"__file__": str(tmp_path / "model.py")}
    exec((tmp_path / "model.py").read_text(), names)
    np.testing.assert_allclose(names["predict"](x), model.predict(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_a_compiled_training_is_the_eager_one(same, engine):
    if engine == "native":
        pytest.importorskip("llvmlite")
    x = RNG.normal(size=(20, 8, 8, 1)).astype("f4")
    program = same.training(digits, x, np.arange(20) % 3, engine=engine)
    assert program.is_whole


# -- refused ---------------------------------------------------------------------------------------

IMAGES = np.zeros((2, 5, 6, 3))
REFUSED = [
    (lambda: layers.Conv2D(2, (3, 7)), IMAGES, "conv2d has windows of 7 elements along axis 2, but "
     'the inputs have only 6 there. Write padding="same"'),
    (lambda: layers.Conv2D(2, 3, dilation_rate=3), IMAGES, "windows of 7 elements along axis 1"),
    (lambda: layers.DepthwiseConv2D(6), IMAGES, "depthwise_conv2d has windows of 6 elements"),
    (lambda: layers.Conv2D(4, 3, groups=2), IMAGES, "conv2d divides the channels of its inputs "
     "among 2 groups, so their number has to be a multiple of 2; got 3"),
    (lambda: layers.Conv2D(2, 3), IMAGES[0], r"expects inputs of 4 axes, \(samples, height, width, "
     r"channels\), got \(None, 6, 3\). Samples without channels are x\[..., None\]"),
    (lambda: layers.Conv1D(2, 3), IMAGES, r"3 axes, \(samples, length, channels\)"),
    (lambda: layers.Conv3D(2, 3), IMAGES, "5 axes"),
    (lambda: layers.Conv2DTranspose(2, 3), IMAGES[0], "4 axes"),
    (lambda: layers.Conv2D(2, 3), IMAGES[:, :0], "at least one element along each"),
    (lambda: layers.Conv2DTranspose(2, 3), IMAGES[..., :0], "at least one element along each"),
    (lambda: layers.Conv1DTranspose(2, 2, 2, "same", output_padding=0), np.zeros((2, 1, 3)),
     "makes nothing of 1 elements"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "inputs", "said"), REFUSED)
def test_inputs_that_do_not_fit_are_refused(make, inputs, said):
    with pytest.raises(ValueError, match=said):
        make()(inputs)
    if "groups" not in said:  # which is seen when the weights are made
        with pytest.raises(ValueError, match=said):
            make().compute_output_shape(inputs.shape)


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.Conv2D(2, 3),
        lambda: layers.Conv2D(3, 3, groups=3),
        lambda: layers.Conv2DTranspose(2, 3),
        lambda: layers.DepthwiseConv2D(3),
        lambda: layers.SeparableConv2D(2, 3),
    ],
)
def test_other_channels_than_the_layer_was_built_for(make):
    layer = make()
    layer(IMAGES)
    with pytest.raises(
        ValueError, match=r"2d\w* expects inputs of 3 channels, .* got \(2, 5, 6, 4"
    ):
        layer(np.zeros((2, 5, 6, 4)))
    with pytest.raises(ValueError, match='to come first: data_format="channels_first"'):
        layer(np.moveaxis(IMAGES, -1, 1))
    with pytest.raises(ValueError, match="expects inputs of 3 channels"):
        layer.compute_output_shape((None, 5, 6, 4))
    assert layer(np.zeros((2, 9, 9, 3))).shape[0] == 2  # other lengths are no other layer


ARGUMENTS = [
    ({"strides": 2, "dilation_rate": 2}, "strides or a dilation_rate above 1, not both"),
    ({"filters": 3, "groups": 2}, "filters=3 has to be a multiple of groups=2"),
    ({"padding": "full"}, "padding is 'valid' or 'same'"),
    ({"padding": "causal"}, "Causal padding is for Conv1D"),
    ({"data_format": "first"}, "data_format is 'channels_last' or 'channels_first'"),
    ({"kernel_size": (3, 3, 3)}, "kernel_size is one number, or 2 of them"),
    ({"kernel_size": 0}, "kernel_size is 1 or more"),
    ({"strides": (1, 0)}, "strides is 1 or more"),
    ({"dilation_rate": -1}, "dilation_rate is 1 or more"),
    ({"kernel_initializer": "glorot"}, "glorot_uniform"),
    ({"activation": "rleu"}, "relu"),
]


@pytest.mark.parametrize(("arguments", "said"), ARGUMENTS)
def test_arguments_that_cannot_be_are_refused_where_they_are_written(arguments, said):
    with pytest.raises(ValueError, match=said):
        layers.Conv2D(**{"filters": 2, "kernel_size": 3, **arguments})


@pytest.mark.parametrize(
    "layer", [layers.Conv2D(2, 3, padding="SAME"), layers.MaxPooling2D(2, padding="SAME")]
)
def test_padding_may_be_written_in_capitals(layer):
    assert layer.get_config()["padding"] == "same"


def test_an_output_padding_is_below_the_strides():
    with pytest.raises(ValueError, match=r"output_padding is less than the strides, \(2, 1\)"):
        layers.Conv2DTranspose(2, 3, strides=(2, 1), output_padding=1)


def test_channels_that_are_not_known_make_no_weights():
    with pytest.raises(ValueError, match="conv2d needs the number of channels"):
        layers.Conv2D(2, 3).build((None, 5, 5, None))
