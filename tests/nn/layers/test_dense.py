"""Dense."""

import re

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite.testing import check_gradients

X = np.sin(np.arange(24.0)).reshape(2, 3, 4)


def made(layer, x):
    layer(x)
    return layer


def test_it_is_activation_of_x_kernel_plus_bias():
    layer = made(nn.Dense(2, activation="tanh"), X[0])
    layer.bias.assign(np.array([0.5, -0.5]))
    expected = np.tanh(X[0] @ layer.kernel.data.astype(float) + [0.5, -0.5])
    np.testing.assert_allclose(layer(X[0]).data, expected, rtol=1e-5)


def test_it_contracts_the_last_axis():
    layer = made(nn.Dense(5), X)
    assert layer.kernel.shape == (4, 5)
    expected = np.einsum("stw,wu->stu", X, layer.kernel.data)
    np.testing.assert_allclose(layer(X).data, expected, rtol=1e-5, atol=1e-6)


def test_without_bias():
    layer = made(nn.Dense(2, use_bias=False), X)
    assert [v.name for v in layer.variables] == ["dense/kernel"]
    assert layer.count_params() == 8


def test_initial_weights_are_glorot_uniform_and_zero():
    nn.set_random_seed(0)
    layer = made(nn.Dense(300), np.ones((1, 200)))
    limit = np.sqrt(6 / (200 + 300))
    assert np.abs(layer.kernel.data).max() <= limit
    assert layer.kernel.data.std() == pytest.approx(limit / np.sqrt(3), rel=0.01)
    assert layer.kernel.dtype == np.float32
    np.testing.assert_array_equal(layer.bias.data, 0)


def test_no_samples_give_no_outputs():
    layer = made(nn.Dense(2), X)
    assert layer(np.zeros((0, 4))).shape == (0, 2)


def test_an_activation_may_be_any_function_and_may_be_changed():
    layer = made(nn.Dense(2, activation=lambda z: z * 0 + 7.0), X[0])
    assert np.all(layer(X[0]).data == 7)
    layer.activation = "relu"
    assert np.all(layer(X[0]).data >= 0)


@pytest.mark.parametrize("shape", [(2, 3), (2, 5), (1, 2, 3)])
def test_another_width_names_the_layer_both_shapes_and_the_rule(shape):
    layer = made(nn.Dense(2, name="dense_1"), np.ones((1, 4)))
    message = f"dense_1 expects inputs of width 4 (its kernel is (4, 2)), got {shape}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        layer(np.ones(shape))


def test_a_single_sample_without_its_axis_is_refused_before_and_after_building():
    layer = nn.Dense(2)
    with pytest.raises(ValueError, match=r"x\[None, :\]"):
        layer(np.ones(4))
    assert not layer.built
    made(layer, np.ones((1, 4)))
    with pytest.raises(ValueError, match=r"at least 2 axes, \(samples, width\), got \(4,\)"):
        layer(np.ones(4))


@pytest.mark.parametrize(
    ("units", "error"), [(0, ValueError), (-3, ValueError), (2.0, TypeError), (True, TypeError)]
)
def test_units_is_a_positive_integer(units, error):
    with pytest.raises(error, match="units is "):
        nn.Dense(units)


@pytest.mark.parametrize(
    ("argument", "meant"),
    [
        ({"activation": "rleu"}, "relu"),
        ({"bias_initializer": "zeors"}, "zeros"),
        ({"kernel_regularizer": "l22"}, "l2"),
        ({"kernel_constraint": "maxnrm"}, "max_norm"),
    ],
)
def test_unknown_names_are_refused_at_once(argument, meant):
    with pytest.raises(ValueError, match=f"Did you mean '{meant}'"):
        nn.Dense(2, **argument)


@pytest.mark.parametrize("activation", [None, "tanh", "softmax"])
@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4)])
def test_gradients_to_second_order(activation, shape):
    layer = made(nn.Dense(2, activation, dtype="float64"), np.ones(shape))
    x = np.cos(np.arange(np.prod(shape))).reshape(shape)

    def f(x, kernel, bias):
        layer.kernel, layer.bias = kernel, bias
        return layer(x)

    check_gradients(f, x, np.sin(np.arange(8.0)).reshape(4, 2), np.array([0.1, -0.2]), order=2)


def test_the_gradient_of_the_bias_is_float32_and_of_its_shape():
    layer = made(nn.Dense(2), X)
    np.sum(layer(X)).backward()
    assert layer.bias.grad.dtype == np.float32
    np.testing.assert_allclose(layer.bias.grad, [6, 6])
    assert isinstance(layer.kernel, ag.Variable)
