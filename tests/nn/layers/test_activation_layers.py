"""The classes of activations are the functions."""

import numpy as np
import pytest

from autograd_lite.testing import check_gradients
from nn import activations, layers

X = np.array([[-3.0, -0.5, 0.25], [0.5, 2.0, 7.0]], np.float32)
PLAIN = {
    layers.Linear: "linear",
    layers.Sigmoid: "sigmoid",
    layers.LogSigmoid: "log_sigmoid",
    layers.Tanh: "tanh",
    layers.Softplus: "softplus",
    layers.Softsign: "softsign",
    layers.SELU: "selu",
    layers.SiLU: "silu",
    layers.Mish: "mish",
    layers.ReLU6: "relu6",
    layers.HardSigmoid: "hard_sigmoid",
    layers.HardTanh: "hard_tanh",
    layers.Exponential: "exponential",
    layers.ELU: "elu",
    layers.GELU: "gelu",
    layers.Softmax: "softmax",
    layers.LogSoftmax: "log_softmax",
    layers.ReLU: "relu",
}


@pytest.mark.parametrize("layer", PLAIN)
def test_a_class_computes_its_function(layer):
    expected = activations.get(PLAIN[layer])(X)
    np.testing.assert_array_equal(layer()(X).data, expected)
    np.testing.assert_array_equal(layers.Activation(PLAIN[layer])(X).data, expected)
    assert layer()(X).dtype == np.float32


def test_the_arguments_are_those_of_the_functions():
    softmax = layers.Softmax(axis=0)(X).data
    np.testing.assert_allclose(softmax.sum(axis=0), 1, rtol=1e-6)
    np.testing.assert_array_equal(layers.ELU(2.0)(X).data, activations.elu(X, alpha=2.0))
    np.testing.assert_array_equal(
        layers.GELU(approximate=True)(X).data, activations.gelu(X, approximate=True)
    )


def test_relu_and_leaky_relu_have_the_slopes_of_keras():
    x = np.array([[-1.0, 0.1, 0.5, 3.0]])
    # Keras 3.15.1, JAX backend
    expected = [[-0.120000005, -0.010000001, 0.5, 1.0]]
    y = layers.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2)(x)
    np.testing.assert_allclose(y.data, expected, rtol=1e-6)
    np.testing.assert_allclose(layers.LeakyReLU()(np.array([[-1.0]])).data, [[-0.3]])


def test_prelu_is_that_of_keras():
    x = np.sin(np.arange(24.0)).reshape(2, 3, 4)
    layer = layers.PReLU(shared_axes=[1])
    layer(x)
    assert layer.alpha.shape == (1, 4)
    layer.alpha.assign(np.array([[0.1, 0.2, 0.3, 0.4]]))
    y = layer(x).data
    # Keras 3.15.1, JAX backend
    np.testing.assert_allclose(
        y[0, 1], [-0.07568024843, -0.19178485870, -0.08382464945, 0.65698659420], rtol=1e-6
    )
    assert layers.PReLU()(x).shape == x.shape


def test_prelu_starts_as_relu_and_learns_its_slopes():
    layer = layers.PReLU(dtype="float64")
    layer(X)

    def f(x, alpha):
        layer.alpha = alpha
        return layer(x)

    check_gradients(f, X.astype(float), np.array([0.1, 0.2, 0.3]), order=2)


@pytest.mark.parametrize("shape", [(2, 4), (2, 1), (2, 2, 3)])
def test_prelu_does_not_broadcast_against_other_samples(shape):
    layer = layers.PReLU()
    layer(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"p_re_lu has a slope .* samples of shape \(3,\)"):
        layer(np.ones(shape))


def test_prelu_takes_any_length_along_shared_axes():
    layer = layers.PReLU("ones", shared_axes=[1])
    layer(np.ones((2, 3, 4)))
    assert np.array_equal(layer(-np.ones((1, 5, 4))).data, -np.ones((1, 5, 4)))
    with pytest.raises(ValueError, match=r"samples of shape \(None, 4\)"):
        layer(np.ones((2, 3, 1)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Activation("rleu"), "Did you mean 'relu'"),
        (lambda: layers.ReLU(max_value=-1.0), "max_value is a number from 0 up"),
        (lambda: layers.ReLU(negative_slope=-1.0), "negative_slope is a number from 0 up"),
        (lambda: layers.PReLU(shared_axes=3)(X), "shared_axes of p_re_lu"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_softmax_over_several_axes():
    """Keras 3.15.1 on PyTorch: ``keras.layers.Softmax(axis=(1, 2))(x, mask=mask)``."""
    x = np.arange(12.0, dtype="f4").reshape(2, 2, 3) / 4
    expected = [
        [0.08157689869403839, 0.10474681109189987, 0.13449756801128387],
        [0.17269830405712128, 0.22174900770187378, 0.28473135828971863],
    ]
    for axis in ((1, 2), [-1, 1]):
        y = layers.Softmax(axis=axis)(x).data
        np.testing.assert_allclose(y, [expected, expected], rtol=1e-5)
        np.testing.assert_allclose(layers.LogSoftmax(axis=axis)(x).data, np.log(y), rtol=1e-5)
    masked = layers.Softmax(axis=(1, 2))(x, mask=(np.arange(12) % 3 > 0).reshape(2, 2, 3)).data
    np.testing.assert_allclose(masked[0, 1], [0, 0.297360360622406, 0.3818182647228241], rtol=1e-5)
    with pytest.raises(ValueError, match=r"axis=\(1, 3\), but its inputs have shape"):
        layers.Softmax(axis=(1, 3))(x)


def test_a_gate_needs_an_even_number_of_units():
    y = layers.Activation("glu")(np.array([[1.0, 2.0, 0.0, 1.0]])).data
    np.testing.assert_allclose(y, [[0.5, 2 / (1 + np.exp(-1))]], rtol=1e-6)
    with pytest.raises(ValueError, match="even number of units"):
        layers.Activation("glu")(np.ones((2, 3)))
