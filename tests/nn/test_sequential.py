"""Sequential."""

import numpy as np
import pytest

import nn

X = np.ones((5, 4))


def test_without_an_input_the_weights_come_with_the_first_batch():
    model = nn.Sequential([nn.Dense(3), nn.Dense(2)])
    assert not model.built
    assert model.variables == []
    assert model(X).shape == (5, 2)
    assert model.count_params() == 4 * 3 + 3 + 3 * 2 + 2


def test_with_an_input_they_are_there_at_once():
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3), nn.Dense(2)])
    assert model.built
    assert [layer.output_shape for layer in model.layers] == [(None, 3), (None, 2)]
    assert model.input_shape == (None, 4)
    assert model.count_params() == 23


def test_build_makes_them_too():
    model = nn.Sequential([nn.Dense(3)])
    model.build((None, 4))
    assert model.built
    assert model.count_params() == 15


def test_add_and_pop():
    model = nn.Sequential()
    for part in (nn.Input((4,)), nn.Dense(3), nn.Dense(2)):
        model.add(part)
    popped = model.pop()
    assert popped.units == 2
    assert model(X).shape == (5, 3)
    model.add(nn.Dense(7))
    assert model(X).shape == (5, 7)
    assert [layer.name for layer in model.layers] == ["dense", "dense_1"]


def test_a_layer_added_to_a_built_model_without_an_input_is_built_too():
    model = nn.Sequential([nn.Dense(3)])
    model(X)
    model.add(nn.Dense(2))
    model(X)
    assert model.count_params() == 15 + 8


def test_pop_of_nothing():
    with pytest.raises(IndexError, match="has no layers to pop"):
        nn.Sequential().pop()


def test_an_empty_model_gives_its_inputs():
    np.testing.assert_array_equal(nn.Sequential()(X).data, X)


def test_a_layer_twice_shares_its_weights():
    shared = nn.Dense(4)
    model = nn.Sequential([nn.Input((4,)), shared, shared])
    assert model.count_params() == 20
    assert len(model.layers) == 2


def test_models_nest():
    inner = nn.Sequential([nn.Dense(3), nn.Dense(4)])
    model = nn.Sequential([nn.Input((4,)), inner, nn.Dense(2)])
    assert [layer.name for layer in model.layers] == ["sequential", "dense"]
    assert model.count_params() == (15 + 16) + 10
    assert model(X).shape == (5, 2)


def test_it_computes_in_the_dtype_of_its_first_layer():
    model = nn.Sequential([nn.Dense(1, dtype="float64")])
    assert model.dtype == "float64"
    assert model.predict(X).dtype == np.float64
    assert nn.Sequential([nn.Dense(1)]).predict(X).dtype == np.float32


def test_a_failing_layer_is_not_added():
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3, name="first")])
    with pytest.raises(ValueError, match="reshape cannot give samples of shape"):
        model.add(nn.layers.Reshape((5,)))
    with pytest.raises(ValueError, match="two layers are named 'first'"):
        model.add(nn.Dense(1, name="first"))
    assert len(model.layers) == 1
    assert model(X).shape == (5, 3)


@pytest.mark.parametrize(
    ("layers", "error", "message"),
    [
        ([nn.Dense], TypeError, r"Dense is a class, not a layer: write Dense\(\.\.\.\)"),
        ([nn.Input], TypeError, r"write nn\.Input\(shape\)"),
        ([3], TypeError, "a layer was expected"),
        (["relu"], TypeError, "a layer was expected"),
        ([np.tanh], TypeError, r"wrap it, Lambda\(function\)"),
        (nn.Dense(3), TypeError, "takes a list of layers"),
        ([nn.Dense(2), nn.Input((3,))], ValueError, "has to be the first entry"),
        ([nn.Input((3,)), nn.Input((3,))], ValueError, "the only Input"),
    ],
)
def test_what_is_no_list_of_layers_is_refused(layers, error, message):
    with pytest.raises(error, match=message):
        nn.Sequential(layers)


def test_a_model_is_not_a_layer_of_itself():
    model = nn.Sequential([nn.Dense(1)])
    with pytest.raises(ValueError, match="cannot be a layer of itself"):
        model.add(model)


def test_its_config_makes_it_again():
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3)], name="net")
    again = nn.Sequential(**model.get_config())
    assert again.name == "net"
    assert again.input_shape == (None, 4)
    assert "Dense(units=3)" in repr(model)
