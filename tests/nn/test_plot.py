"""model.plot()."""

import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import layers


def titles(drawing):
    return [box.title for box in drawing.picture.boxes]


def lines(drawing):
    return [(box.title, box.shape, box.contents) for box in drawing.picture.boxes]


def arrows(drawing):
    title = {box.id: box.title.partition(" ")[0] for box in drawing.picture.boxes}
    return [(title[arrow.source], title[arrow.target]) for arrow in drawing.picture.arrows]


def test_every_layer_with_its_output_shape_and_parameters(tmp_path):
    model = nn.Sequential(
        [
            nn.Input((28, 28, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    drawing = model.plot(tmp_path / "m.svg")
    # Shapes by hand: 28 - 3 + 1 = 26, 26 / 2 = 13, 13 * 13 * 16 = 2704; 3 * 3 * 16 + 16 = 160.
    assert lines(drawing) == [
        ("input_layer (InputLayer)", "(None, 28, 28, 1)", ""),
        ("conv2d (Conv2D, relu)", "(None, 26, 26, 16)", "160 parameters"),
        ("max_pooling2d (MaxPooling2D)", "(None, 13, 13, 16)", ""),
        ("flatten (Flatten)", "(None, 2704)", ""),
        ("dropout (Dropout)", "(None, 2704)", ""),
        ("dense (Dense, softmax)", "(None, 10)", "27,050 parameters"),
    ]
    assert drawing.picture.summary == "5 layers, 27,210 parameters"
    assert [box.result for box in drawing.picture.boxes] == [False] * 5 + [True]
    texts = [element.text for element in ElementTree.parse(tmp_path / "m.svg").iter()]
    assert {"dropout (Dropout)", "(None, 2704)", "27,050 parameters", "layer"} <= set(texts)
    assert "layer, closed" not in texts


def test_several_inputs_a_shared_layer_and_functions_between():
    a, b = nn.Input((8,), name="a"), nn.Input((8,), name="b")
    tower = layers.Dense(16, name="tower")
    difference = np.abs(tower(a) - tower(b))
    model = nn.Model([a, b], layers.Dense(1, name="same")(nn.activations.relu(difference)))
    drawing = model.plot()
    assert lines(drawing) == [
        ("a (InputLayer)", "(None, 8)", ""),
        ("b (InputLayer)", "(None, 8)", ""),
        ("tower (Dense)", "(None, 16)", "144 parameters, shared: 2 calls"),
        ("np.subtract", "(None, 16)", ""),
        ("np.absolute", "(None, 16)", ""),
        ("nn.activations.relu", "(None, 16)", ""),
        ("same (Dense)", "(None, 1)", "17 parameters"),
    ]
    assert arrows(drawing) == [
        ("a", "tower"),
        ("b", "tower"),
        ("tower", "np.subtract"),
        ("tower", "np.subtract"),
        ("np.subtract", "np.absolute"),
        ("np.absolute", "nn.activations.relu"),
        ("nn.activations.relu", "same"),
    ]
    assert [arrow.argument for arrow in drawing.picture.arrows[2:4]] == [1, 2]
    assert [box.kind for box in drawing.picture.boxes][2:5] == ["leaf", "operation", "operation"]


def test_a_shared_layer_of_two_shapes_and_a_weight_of_a_function():
    a, b = nn.Input((3, 2)), nn.Input((5, 2))
    shared = layers.Dense(4, name="s")
    w = ag.Variable(np.ones(4, "f4"), name="w")
    model = nn.Model([a, b], [shared(a) * w, shared(b)])
    shapes = "(None, 3, 4) and (None, 5, 4)"
    assert ("s (Dense)", shapes, "12 parameters, shared: 2 calls") in lines(model.plot())
    assert ("np.multiply", "(None, 3, 4)", "4 parameters") in lines(model.plot())


def test_a_layer_called_on_its_own_output():
    x = nn.Input((4,))
    shared = layers.Dense(4, name="s")
    drawing = nn.Model(x, shared(shared(x))).plot()
    said = "20 parameters, shared: 2 calls, called on its own output"
    assert lines(drawing)[1] == ("s (Dense)", "(None, 4)", said)
    assert arrows(drawing) == [("input_layer", "s")]
    assert drawing.picture.summary == "1 layer, 20 parameters"


def nested():
    x = nn.Input((4,), name="x")
    inner = nn.Sequential([layers.Dense(3), layers.Dropout(0.1)], name="inner")
    return nn.Model(x, layers.Dense(2, name="last")(inner(x)))


def test_a_model_in_a_model_is_closed_or_a_frame():
    closed = nested().plot()
    assert titles(closed) == ["x (InputLayer)", "inner (Sequential)", "last (Dense)"]
    assert closed.picture.boxes[1].kind == "layer"
    opened = nested().plot(expand_nested=True)
    dense, dropout = titles(opened)[2:4]
    assert dense.endswith("(Dense)")
    assert dropout.endswith("(Dropout)")
    assert [scope.name for scope in opened.picture.scopes] == ["inner (Sequential)"]
    assert [box.scope for box in opened.picture.boxes] == [None, 0, 0, 0, None]
    names = [title.partition(" ")[0] for title in titles(opened)]
    assert set(arrows(opened)) == set(pairwise(names))


def test_keywords_of_keras():
    model = nn.Sequential([nn.Input((4,)), nn.Dense(2, activation="tanh", name="d")])
    frozen = nn.Sequential([nn.Input((4,)), nn.Dense(2, trainable=False)])

    def last(model, **options):
        return lines(model.plot(**options))[-1]

    assert last(model, show_layer_names=False)[0] == "Dense (tanh)"
    assert last(model, show_layer_activations=False)[0] == "d (Dense)"
    assert last(model, show_layer_names=False, show_layer_activations=False)[0] == "Dense"
    assert last(model, show_shapes=False)[1] == ""
    assert last(model, show_dtype=True)[1] == "(None, 2) float32"
    assert last(model, show_trainable=True)[2] == "10 parameters, trainable"
    assert last(frozen, show_trainable=True)[2] == "10 parameters, not trainable"
    assert model.plot(rankdir="LR").picture.direction == "right"
    assert model.plot(direction="right").picture.direction == "right"
    assert model.plot(rankdir="TB").picture.direction == "down"
    with pytest.raises(ValueError, match=r"rankdir is 'TB' .* got 'BT'"):
        model.plot(rankdir="BT")


def test_every_format_is_written(tmp_path):
    drawing = nested().plot(expand_nested=True)
    for suffix in (".svg", ".dot", ".tex", ".txt"):
        drawing.save(tmp_path / f"m{suffix}")
        text = (tmp_path / f"m{suffix}").read_text("utf-8")
        assert "Dropout" in text.replace(r"\_", "_")
    drawing.save(tmp_path / "m.html")  # the replay of one call
    assert "<html" in (tmp_path / "m.html").read_text("utf-8")


def test_a_class_with_a_call_of_its_own_says_what_is_missing():
    class Own(nn.Sequential):
        def call(self, x, training=None):
            return super().call(x, training=training) * 2

    drawing = Own([nn.Input((3,)), nn.Dense(2), layers.Dropout(0.5)]).plot()
    assert "dense" in titles(drawing)
    assert "Dropout say, is not drawn" in drawing.picture.notes[-1]


def test_one_output_unit_is_no_loss():
    model = nn.Sequential([nn.Input((3,)), nn.Dense(4), nn.Dense(1)])
    drawing = model.plot(depth=1)
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
    assert lines(model.plot())[1:] == [
        ("dense (Dense)", "(None, 3)", "18 parameters"),
        ("dense_1 (Dense)", "(None, 2)", "8 parameters"),
    ]


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
    assert titles(model.plot())[-2:] == ["dense (Dense)", "re_lu (ReLU)"]
    assert titles(nn.Sequential([nn.Input((2, 3)), nn.layers.Flatten()]).plot())[-1] == (
        "flatten (Flatten)"
    )


def test_plotting_changes_nothing():
    model = nn.Sequential([nn.Input((4,)), nn.Dense(2), nn.layers.BatchNormalization()])
    before = [v.numpy() for v in model.variables]
    model.plot()
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.data, value)
    assert all(variable.grad is None for variable in model.variables)


def test_repeated_layers_are_drawn_as_one_on_request():
    model = nn.Sequential([nn.Input((8,)), *(nn.Dense(8) for _ in range(12))])
    assert titles(model.plot(fold=True)) == ["x", "dense … dense_11 ×12"]
    assert len(titles(model.plot(fold=False))) == 13
    assert len(titles(model.plot())) == 13
