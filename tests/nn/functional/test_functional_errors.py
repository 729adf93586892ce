"""What is refused of symbolic Tensors and of models made of them, and what the message says."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import layers

A, B = np.ones((5, 3), "f4"), np.ones((5, 2), "f4")


def symbol():
    return layers.Dense(4, name="hidden")(nn.Input((3,)))


# -- there are no values ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("use", "what"),
    [
        (float, "float(x)"),
        (int, "int(x)"),
        (bool, "np.where(condition, a, b)"),
        (lambda x: x.data, "x.data"),
        (lambda x: x.numpy(), "x.numpy()"),
        (lambda x: x.item(), "x.item()"),
        (lambda x: x.grad, "x.grad"),
        (lambda x: x.backward(), "x.backward()"),
        (np.asarray, "an array of x"),
        (lambda x: np.array([x, x]), "np.stack"),
        (list, "iterating over it"),
        (lambda x: 3 in x, "np.any(x == value)"),
        (lambda x: [0, 1][x], "an index or a length"),
        (lambda x: x.size, "x.size"),
        (lambda x: np.allclose(x, 1), "np.all(np.isclose(a, b))"),
        (lambda x: np.nonzero(x), "np.nonzero(x)"),
        (lambda x: f"{x:.2f}", "needs values"),
        (lambda x: ag.Tensor(x), "needs values"),
        (lambda x: ag.grad(np.sum)(x), "needs values"),
    ],
)
def test_asking_for_values(use, what):
    with pytest.raises(TypeError) as caught:
        use(symbol())
    said = str(caught.value)
    assert what in said
    assert "symbolic" in said
    assert "'hidden'" in said
    assert "test_functional_errors.py:" in said
    assert "object" not in said


def test_what_it_looks_like():
    x = symbol()
    assert repr(x) == str(x) == "<symbolic Tensor 'hidden' shape=(None, 4) dtype=float32>"
    assert x.shape == np.shape(x) == (None, 4)
    assert (x.ndim, np.ndim(x), x.dtype) == (2, 2, np.float32)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda x: x @ np.ones((5, 2)), "size 5 is different from 4"),
        (lambda x: x + np.ones((5, 4)), r"shapes \(2,4\) \(5,4\)"),
        (lambda x: x[5], "index 5 is out of bounds"),
        (lambda x: x + "a", "did not contain a loop"),
        (lambda x: np.fft.fft(x), "has no gradient rule"),
        (lambda x: np.unique(x), "follows from values"),
        (lambda x: np.sort_complex(x), "has no gradient rule"),
    ],
)
def test_what_numpy_refuses(use, message):
    with pytest.raises((TypeError, ValueError, IndexError), match=message):
        use(symbol())


# -- what follows from the number of samples -------------------------------------------------------


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x * (1 / len(x)),
        lambda x: x / np.sqrt(len(x)),
        lambda x: x[: len(x) // 2],
        lambda x: np.log(len(x)) + x,
        lambda x: x + np.arange(len(x))[:, None],
        lambda x: x @ np.full((4, 2), 1 / len(x)),
    ],
)
def test_what_is_computed_from_the_number_of_samples_is_refused(use):
    with pytest.raises(TypeError, match=r"number of samples") as caught:
        use(symbol())
    assert "len(x)" in str(caught.value)
    assert "test_functional_errors.py:" in str(caught.value)


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x.reshape(len(x), 2, 2),
        lambda x: x / len(x),
        lambda x: x + np.zeros(len(x))[:, None],
        lambda x: np.full((4, len(x)), 2.0, "f4").T * x,
        lambda x: np.broadcast_to(x[:1], (len(x), 4)),
        lambda x: x[: len(x) - 1],
        lambda x: np.concatenate([x, x])[len(x) :],
        lambda x: x.reshape(-1, 2).reshape(len(x), -1),
        lambda x: np.reshape(x, (x.shape[0], 4, 1)),
    ],
)
def test_lengths_hold_for_every_batch(use):
    x = nn.Input((4,))
    model = nn.Model(x, use(x))
    for n in (1, 2, 3, 8):
        data = np.random.default_rng(n).normal(size=(n, 4)).astype("f4")
        np.testing.assert_array_equal(model(data).data, use(data))


def test_inputs_of_different_numbers_of_samples_where_it_matters():
    a, b = nn.Input((2,), name="a"), nn.Input((6,), name="b")
    model = nn.Model([a, b], np.sum(a) + b.reshape(len(b), 3, 2))
    with pytest.raises(ValueError, match=r"one number of samples, got {'a': 3, 'b': 4}"):
        model([np.ones((3, 2)), np.ones((4, 6))])


# -- models ----------------------------------------------------------------------------------------

x, y = nn.Input((3,), name="a"), nn.Input((2,), name="b")
both = layers.Concatenate()([x, y])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: nn.Model(x, both), ValueError, "depend on Input 'b' of shape .None, 2., which"),
        (lambda: nn.Model([x, y], x), ValueError, "do not depend on its input 'b'"),
        (lambda: nn.Model(y, x), ValueError, "depend on Input 'a'"),
        (lambda: nn.Model([x, x, y], both), ValueError, "the same Tensor twice"),
        (lambda: nn.Model(A, both), TypeError, "nn.Input.shape.*got an array of shape .5, 3."),
        (lambda: nn.Model([x, y], [both, A]), TypeError, "got an array of shape .5, 3."),
        (lambda: nn.Model([x, y], None), TypeError, "has no outputs"),
        (lambda: nn.Model(outputs=both), TypeError, "has no inputs"),
        (lambda: nn.Model([x, y], layers.Dense(3)), TypeError, "got <Dense"),
        (lambda: nn.Model([x, nn.Input((2,), name="a")], x), ValueError, "do not depend"),
        (lambda: nn.Sequential([both]), TypeError, "nn.Model.inputs, outputs."),
        (lambda: layers.Dense(3).output, AttributeError, "was not called on anything symbolic"),
        (lambda: layers.Add()([x, y]), ValueError, "add takes inputs of one shape"),
        (lambda: layers.Dense(2)(nn.Input(())), ValueError, "at least 2 axes"),
        (lambda: layers.Dense(2)(nn.Input((None,))), ValueError, "a length is unknown"),
    ],
)
def test_models_that_cannot_be(make, error, message):
    with pytest.raises(error, match=message) as caught:
        make()
    assert "object" not in str(caught.value)


def test_two_layers_of_one_name():
    h = layers.Dense(2, name="h")(x)
    with pytest.raises(ValueError, match="two layers are named 'h'"):
        nn.Model(x, layers.Dense(2, name="h")(h))


def test_a_layer_with_two_shapes():
    dense = layers.Dense(2, name="shared")
    dense(x)
    with pytest.raises(ValueError, match=r"shared expects inputs of width 3.*symbolic"):
        dense(y)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (A, "takes a list of 2 arrays.*got one array"),
        ([A], "takes a list of 2 arrays.*got a list of 1"),
        ([A, A], r"shape \(None, 2\) for its input 'b'.*got \(5, 3\)"),
        ([A, B[0]], r"for its input 'b'.*got \(2,\)"),
        ({"a": A}, r"the keys \['a', 'b'\].*got a dict with \['a'\]"),
        ({"a": A, "b": B, "c": B}, r"the keys \['a', 'b'\].*\['a', 'b', 'c'\]"),
        ([[A, B]], "takes a list of 2 arrays"),
    ],
)
def test_data_that_do_not_fit(data, message):
    model = nn.Model([x, y], both)
    with pytest.raises(ValueError, match=message):
        model(data)


def test_data_that_do_not_fit_a_dict():
    model = nn.Model({"one": x, "two": y}, both)
    np.testing.assert_array_equal(model({"two": 2 * B, "one": A}).data, np.c_[A, 2 * B])
    with pytest.raises(ValueError, match=r"takes a dict with the keys \['one', 'two'\].*a list"):
        model([A, B])


def test_a_mixture_of_symbols_and_arrays():
    """An array is a constant of the model: right for every batch, or refused."""
    model = nn.Model([x, y], both)
    with pytest.raises(ValueError, match="symbolic"):
        model([x, B])
    constant = nn.Model(x, x + np.ones(3))
    np.testing.assert_array_equal(constant(A).data, A + 1)


def test_a_model_of_a_class_has_no_symbols():
    class Mine(nn.Model):
        def call(self, x):
            return x

    with pytest.raises(AttributeError, match="call method of its own"):
        _ = Mine().inputs
    mine = Mine()
    with pytest.raises(AttributeError, match="not called on anything symbolic"):
        _ = mine.output
    y = mine(nn.Input((3,)))
    assert mine.output.shape == y.shape == (None, 3)


def test_an_array_that_is_changed_later_is_the_same_constant():
    array = np.ones(3, "f4")
    model = nn.Model(x, x + array)
    array[:] = 100
    np.testing.assert_array_equal(model(A).data, A + 1)


def test_a_value_computed_from_weights_is_no_constant():
    x = nn.Input((5,), dtype="int32")
    places = nn.layers.Embedding(5, 8)(np.arange(5))
    with pytest.raises(ValueError, match=r"Tensor of shape \(5, 8\) as a constant.*from an Input"):
        nn.Model(x, nn.layers.Embedding(9, 8)(x) + places)
