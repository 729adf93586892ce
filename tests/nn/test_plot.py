"""model.plot()."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import nn


def titles(drawing):
    return [box.title for box in drawing.picture.boxes]


def test_layers_with_their_output_shapes_and_weights(tmp_path):
    model = nn.Sequential([nn.Input((64,)), nn.Dense(32, activation="relu"), nn.Dense(10)])
    drawing = model.plot(tmp_path / "m.svg")
    assert titles(drawing) == ["x", "dense", "dense_1"]
    dense = drawing.picture.boxes[1]
    assert dense.shape == "(1, 32)"
    assert dense.contents == "3 operations, 2,080 weights in 2 arrays"
    assert not dense.gradient
    assert dense.values is None
    texts = [element.text for element in ElementTree.parse(tmp_path / "m.svg").iter()]
    assert {"dense", "(1, 32)", "2 operations, 330 weights in 2 arrays"} <= set(texts)


def test_one_output_unit_is_no_loss():
    model = nn.Sequential([nn.Input((3,)), nn.Dense(4), nn.Dense(1)])
    drawing = model.plot()
    assert titles(drawing) == ["x", "dense", "dense_1"]
    assert [box.shape for box in drawing.picture.boxes] == ["(1, 3)", "(1, 4)", "(1, 1)"]
    assert not any(box.gradient for box in drawing.picture.boxes)
    assert all(box.values is None for box in drawing.picture.boxes)
    assert any(box.gradient for box in model.plot(gradients=True).picture.boxes)


def test_options_go_to_draw():
    model = nn.Sequential([nn.Input((4,)), nn.Dense(2)])
    drawing = model.plot(inputs=np.ones((5, 4)), depth=2, show=("shapes", "values"))
    assert [box.shape for box in drawing.picture.boxes][-1] == "(5, 2)"
    assert drawing.picture.boxes[-1].values is not None
    with pytest.raises(ValueError, match="did you mean 'right'"):
        model.plot(direction="rihgt")


def test_a_model_that_has_seen_a_batch_needs_none():
    model = nn.Sequential([nn.Dense(3), nn.Dense(2)])
    with pytest.raises(RuntimeError, match=r"sequential is not built.*model.plot\(inputs"):
        model.plot()
    model(np.ones((7, 5)))
    assert model.plot().picture.boxes[-1].shape == "(1, 2)"


def test_a_model_of_several_inputs():
    class Sum(nn.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Dense(3), nn.Dense(3)

        def call(self, inputs):
            return self.a(inputs["a"]) + self.b(inputs["b"])

    model = Sum()
    model({"a": np.ones((2, 4)), "b": np.ones((2, 5))})
    drawing = model.plot()
    assert [box.kind for box in drawing.picture.boxes].count("input") == 2
    assert titles(drawing)[-1] == "v₃ = z₁ + z₂"


def test_frozen_and_weightless_models():
    model = nn.Sequential([nn.Input((4,)), nn.Dense(2), nn.layers.ReLU()], trainable=False)
    assert titles(model.plot())[-2:] == ["dense", "re_lu"]
    assert titles(nn.Sequential([nn.Input((2, 3)), nn.layers.Flatten()]).plot())[-1] == "flatten"


def test_plotting_changes_nothing():
    model = nn.Sequential([nn.Input((4,)), nn.Dense(2), nn.layers.BatchNormalization()])
    before = [v.numpy() for v in model.variables]
    model.plot()
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.data, value)
    assert all(variable.grad is None for variable in model.variables)


def test_repeated_layers_are_drawn_as_one():
    model = nn.Sequential([nn.Input((8,)), *(nn.Dense(8) for _ in range(12))])
    assert titles(model.plot()) == ["x", "dense … dense_11 ×12"]
    assert len(titles(model.plot(fold=False))) == 13
