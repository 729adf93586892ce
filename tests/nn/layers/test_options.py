"""The options that every layer takes: by name in its signature, its config and its errors."""

import inspect

import pytest

import nn
from nn.layers.options import DEFAULTS

LAYERS = [getattr(nn.layers, name) for name in nn.layers.__all__ if name not in ("Input", "get")]
CLASSES = [x for x in LAYERS if inspect.isclass(x) and issubclass(x, nn.Layer)]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_layer_names_them_in_its_signature(kind):
    parameters = inspect.signature(kind).parameters
    assert not any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    assert {name: parameters[name].default for name in DEFAULTS if name in parameters} == {
        name: default for name, default in DEFAULTS.items() if name in parameters
    }
    assert {"dtype", "name"} <= parameters.keys()


def test_a_layer_that_is_not_told_to_take_them_takes_what_its_constructor_says():
    class Own(nn.Layer):
        def __init__(self, width, **options):
            super().__init__(**options)
            self.width = width

    assert list(inspect.signature(Own).parameters) == ["width", "options"]
    assert Own(3, name="own").name == "own"
