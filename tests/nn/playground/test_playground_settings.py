"""Settings from the page: what is taken, and what is refused with which words."""

import json

import pytest

from nn.playground.settings import FEATURES, LayerSettings, SettingError, Settings


def test_what_is_left_out_has_a_default():
    assert Settings.parse({}) == Settings()


def test_what_is_given_is_kept():
    given = {"data": "spiral", "layers": [{"units": 8, "activation": "relu"}], "noise": 0}
    parsed = Settings.parse(given)
    assert (parsed.data, parsed.noise) == ("spiral", 0.0)
    assert parsed.layers == (LayerSettings(8, "relu"),)


def test_no_hidden_layer_is_a_network_too():
    assert Settings.parse({"layers": []}).layers == ()


def test_features_come_once_each_in_their_own_order():
    parsed = Settings.parse({"features": ["x1·x2", "x1", "x1·x2"]})
    assert parsed.features == ("x1", "x1·x2")
    assert FEATURES[0] == "x1"


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"learning_rate": -1}, "learning_rate", "above 0 and at most 1000 here, got -1"),
        ({"learning_rate": 0}, "learning_rate", "at most 1000 here, got 0"),
        ({"learning_rate": float("nan")}, "learning_rate", "at most 1000 here, got nan"),
        ({"learning_rate": float("inf")}, "learning_rate", "at most 1000 here, got inf"),
        ({"learning_rate": "fast"}, "learning_rate", "is a number, got 'fast'"),
        ({"learning_rate": None}, "learning_rate", "is a number, got None"),
        ({"learning_rate": True}, "learning_rate", "is a number, got True"),
        ({"learning_rate": 10**400}, "learning_rate", "at most 1000 here"),
        ({"batch_size": 0}, "batch_size", "1 to 1000 here, got 0"),
        ({"batch_size": 2.5}, "batch_size", "whole number, got 2.5"),
        ({"seed": -1}, "seed", "got -1"),
        ({"noise": 2}, "noise", "0 to 1 here, got 2"),
        ({"noise": -0.1}, "noise", "0 to 1 here, got -0.1"),
        ({"dropout": 1}, "dropout", "0 to 0.9 here"),
        ({"test_share": 1}, "test_share", "0.1 to 0.9 here"),
        ({"layers": [{"units": 1_000_000}]}, "units", "units is 1 to 10 here, got 1000000"),
        ({"layers": [{"units": 4}] * 7}, "layers", "takes 0 to 6, got 7"),
        ({"layers": [{"activation": "tahn"}]}, "activation", "Did you mean 'tanh'"),
        ({"layers": [4]}, "layers", "an object was expected, got 4"),
        ({"layers": 3}, "layers", "is a list, got 3"),
        ({"features": []}, "features", "takes 1 to 7, got 0"),
        ({"features": ["x3"]}, "features", "unknown features 'x3'"),
        ({"data": "circle"}, "data", "Did you mean 'circles'"),
        ({"optimizer": {"name": "adam"}}, "optimizer", "is a name, got {'name': 'adam'}"),
        ({"lerning_rate": 0.1}, "lerning_rate", "Did you mean 'learning_rate'"),
        ({"points": [[0, 0, 9]]}, "points", "class is 0 to 5 here, got 9"),
        ({"points": [[0, float("nan"), 0]]}, "points", "got nan"),
        ({"points": [[0, 1]]}, "points", "a point is [x1, x2, class]"),
        ({"points": [[0, 0, 0]] * 2001}, "points", "got 2001"),
        ([], "settings", "an object was expected, got []"),
        (None, "settings", "an object was expected, got None"),
    ],
)
def test_what_is_refused(given, field, said):
    with pytest.raises(SettingError) as caught:
        Settings.parse(given)
    assert said in str(caught.value)
    assert caught.value.field == field


def test_a_message_stays_short_whatever_was_sent():
    for huge in (
        "x" * 1_000_000,
        [[]] * 100_000,
        json.loads("[" * 500 + "]" * 500),
        {"a": "b" * 9999},
    ):
        with pytest.raises(SettingError) as caught:
            Settings.parse({"loss": huge})
        assert len(str(caught.value)) < 400
