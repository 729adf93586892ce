"""Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate, Dot."""

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.testing import check_gradients
from nn import layers
from nn.layers import Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract
from tests.nn.layers.keras_values import summary

A, B, C = (np.cos(np.arange(6.0) + i).reshape(2, 3) for i in range(3))


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Add, A + B + C),
        (Multiply, A * B * C),
        (Average, (A + B + C) / 3),
        (Maximum, np.max([A, B, C], axis=0)),
        (Minimum, np.min([A, B, C], axis=0)),
        (Concatenate, np.concatenate([A, B, C], axis=-1)),
    ],
)
def test_values_and_gradients(layer, expected):
    merged = layer(dtype="float64")
    np.testing.assert_allclose(merged([A, B, C]).data, expected, rtol=1e-14)
    check_gradients(lambda *inputs: merged(list(inputs)) ** 2, A, B, C, order=2)
    assert layer()([A, B]).dtype == np.float32


def test_concatenate_along_another_axis():
    wide = np.zeros((2, 4, 3))
    assert Concatenate(axis=1)([wide, wide[:, :1]]).shape == (2, 5, 3)


@pytest.mark.parametrize("layer", [Add(), Multiply(), Maximum(), Subtract(), Concatenate(), Dot(1)])
@pytest.mark.parametrize("inputs", [A, A.tolist()])
def test_they_are_called_on_a_list(layer, inputs):
    with pytest.raises(TypeError, match="is called on a list"):
        layer(inputs)


@pytest.mark.parametrize("layer", [Add(), Multiply(), Maximum(), Concatenate()])
def test_a_list_of_one_gives_that_one(layer):
    """As in Keras 3.15.1: lists that a script makes may have one entry."""
    np.testing.assert_array_equal(layer([A]).data, np.asarray(A, "float32"))
    for other in (Subtract(), Dot(1)):
        with pytest.raises(ValueError, match="got 1"):
            other([A])


# Computed once with Keras 3.15.1 on JAX, float64: shapes of the inputs and of the output, of which
# follow the first, the middle and the last element and all of them times a wave.
KERAS = [
    (
        "Add",
        {},
        [(2, 3, 4), (2, 1, 4)],
        (2, 3, 4),
        [1.41904469069, -0.183787715886, 0.93548442949, 1.17296344466],
    ),
    (
        "Add",
        {},
        [(2, 3, 4), (2, 4)],
        (2, 3, 4),
        [1.41904469069, -0.183787715886, 0.93548442949, 1.17296344466],
    ),
    (
        "Add",
        {},
        [(2, 3), (2,)],
        (2, 3),
        [1.41904469069, -0.457488722751, -1.65147676148, 0.715149763175],
    ),
    (
        "Multiply",
        {},
        [(2, 3, 2, 4), (2, 1, 1, 4)],
        (2, 3, 2, 4),
        [0.423817587923, 0.0748570167863, -0.0727636138254, -1.78634959536],
    ),
    (
        "Subtract",
        {},
        [(2, 3, 4), (2, 3, 1)],
        (2, 3, 4),
        [0.564284930219, -1.1071799408, 1.0198709865, 4.53943410161],
    ),
    (
        "Average",
        {},
        [(2, 3), (2, 3), (2, 1)],
        (2, 3),
        [0.296402849926, 0.239964069652, -0.817272301434, -0.621930044817],
    ),
    (
        "Maximum",
        {},
        [(2, 3), (2, 3), (2, 1)],
        (2, 3),
        [0.991664810452, 0.998543345375, -0.699874687594, 1.45772718616],
    ),
    (
        "Minimum",
        {},
        [(2, 3, 4), (2, 4)],
        (2, 3, 4),
        [0.427379880234, -0.108636595424, 0.0406932573499, -2.19114974297],
    ),
    (
        "Dot",
        {"axes": 1},
        [(2, 3), (2, 3)],
        (2, 1),
        [0.835639751601, 1.11868810474, 1.11868810474, 1.90436331801],
    ),
    (
        "Dot",
        {"axes": -1},
        [(2, 3, 4), (2, 5, 4)],
        (2, 3, 5),
        [1.32903335024, -1.012989456, -1.86567269687, -6.66140366588],
    ),
    (
        "Dot",
        {"axes": (2, 1)},
        [(2, 3, 4), (2, 4, 5)],
        (2, 3, 5),
        [0.014915589322, -1.44349760654, -0.587165242729, -3.23778561014],
    ),
    (
        "Dot",
        {"axes": (1, 2), "normalize": True},
        [(2, 3, 4), (2, 5, 3)],
        (2, 4, 5),
        [-0.289124556765, 0.370631035351, -0.567361930252, 2.60617984198],
    ),
    (
        "Dot",
        {"axes": (1, 2)},
        [(2, 4), (2, 3, 4)],
        (2, 3),
        [1.32903335024, -1.02776319009, -2.24346186467, -0.495008260213],
    ),
    (
        "Dot",
        {"axes": [1, -1]},
        [(2, 4, 3), (2, 4)],
        (2, 3),
        [-0.893777365184, -0.86322486874, 0.424730389314, -0.918187177516],
    ),
    (
        "Dot",
        {"axes": (2, 3)},
        [(2, 3, 4, 2), (2, 2, 3, 4)],
        (2, 3, 2, 2, 3),
        [0.542133647646, 0.515133331242, 0.697596569194, 0.453706697342],
    ),
]


@pytest.mark.parametrize(("name", "arguments", "shapes", "output_shape", "expected"), KERAS)
def test_inputs_of_several_shapes_are_merged_as_in_keras(
    name, arguments, shapes, output_shape, expected
):
    layer = getattr(layers, name)(**arguments, dtype="float64")
    inputs = [
        np.sin(np.arange(1, 1 + np.prod(s)) * 1.7 + i).reshape(s) for i, s in enumerate(shapes)
    ]
    y = layer(inputs).data
    assert y.shape == output_shape
    np.testing.assert_allclose(summary(y), expected, rtol=1e-9)
    unknown = [(None, *shape[1:]) for shape in shapes]
    assert layer.compute_output_shape(unknown) == (None, *output_shape[1:])
    if name not in ("Maximum", "Minimum"):  # which have kinks
        check_gradients(lambda *inputs: layer(list(inputs)), *inputs, order=2)


@pytest.mark.parametrize("other", [A[:, :2], A[:1], A[0], A[None]])
def test_lengths_that_do_not_fit_are_refused(other):
    for layer in (Add(), Multiply(), Average(), Maximum(), Minimum(), Subtract()):
        with pytest.raises(ValueError, match="takes inputs of one shape, or of lengths 1"):
            layer([A, other])


def test_what_takes_two_inputs_refuses_three():
    with pytest.raises(ValueError, match="subtract subtracts one input from another, got 3"):
        Subtract()([A, B, C])
    with pytest.raises(ValueError, match="dot multiplies two inputs, got 3"):
        Dot(1)([A, B, C])


def test_equal_elements_share_the_gradient():
    tensors = [ag.Tensor([[1.0, 2.0]], requires_grad=True) for _ in range(2)]
    np.sum(Maximum(dtype="float64")(tensors)).backward()
    assert [t.grad.tolist() for t in tensors] == [[[0.5, 0.5]]] * 2


def test_the_cosine_of_a_zero_vector_is_0():
    assert Dot(1, normalize=True)([A * 0, B]).data.tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Dot(1)([A, B[:, :2]]), ValueError, r"dot sums along axes 1.*\(2, 3\), \(2, 2\)"),
        (lambda: Dot(1)([A, B[:1]]), ValueError, "the numbers of samples agree"),
        (lambda: Dot(0)([A, B]), ValueError, "axis 0 counts the samples"),
        (lambda: Dot((1, 2))([A, B]), ValueError, r"axes=\(1, 2\), but an input has shape"),
        (lambda: Dot((1, 2, 3)), ValueError, "axes is an axis, or two"),
        (lambda: Dot(1.0), TypeError, "each of axes is an integer"),
        (lambda: Dot(1, normalize="no"), TypeError, "normalize is True or False"),
    ],
)
def test_dot_refuses(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("other", [A[:1], A[None]])
def test_concatenate_refuses_other_axes_that_differ(other):
    with pytest.raises(ValueError, match="other axes have to agree"):
        Concatenate()([A, other])


def test_concatenate_refuses_an_axis_that_is_not_there():
    with pytest.raises(ValueError, match="has axis=2"):
        Concatenate(axis=2)([A, B])
