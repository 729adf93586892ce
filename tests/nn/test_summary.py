"""summary()."""

import numpy as np
import pytest

import nn


def test_a_table_of_layers_shapes_and_weights(capsys):
    model = nn.Sequential(
        [nn.Input((64,)), nn.Dense(32), nn.Dropout(0.5), nn.Dense(10)], name="digits"
    )
    model.summary()
    text = capsys.readouterr().out
    rows = [line.strip("│ \n").split("│") for line in text.splitlines() if line.startswith("│")]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["dense (Dense)", "(None, 32)", "2,080"],
        ["dropout (Dropout)", "(None, 32)", "0"],
        ["dense_1 (Dense)", "(None, 10)", "330"],
    ]
    assert 'Model: "digits"' in text
    assert "Total params: 2,410 (9.41 KB)" in text
    assert "Non-trainable params: 0 (0.00 B)" in text
    assert "Optimizer params" not in text


def test_frozen_and_nested_layers(capsys):
    inner = nn.Sequential([nn.Dense(3)], name="inner")
    model = nn.Sequential([nn.Input((2,)), inner, nn.layers.BatchNormalization()])
    inner.trainable = False
    model.summary(expand_nested=True, show_trainable=True)
    text = capsys.readouterr().out
    assert "inner (Sequential)" in text
    assert "  dense (Dense)" in text
    assert text.count("no") >= 2
    assert "Trainable params: 6" in text
    assert "Non-trainable params: 15" in text


def test_before_the_weights_are_made(capsys):
    nn.Sequential([nn.Dense(3)]).summary()
    text = capsys.readouterr().out
    assert "dense (Dense)" in text
    assert "?" in text
    assert "have not been made yet" in text


def test_the_optimizer_s_slots_count_after_a_step(capsys):
    model = nn.Sequential([nn.Dense(1)])
    model.compile("adam", "mse")
    model.fit(np.ones((2, 3)), np.ones(2), verbose=0)
    model.summary()
    assert "Optimizer params: " in capsys.readouterr().out


@pytest.mark.parametrize("width", ["20", "200"])
def test_any_width_of_terminal(width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", width)
    nn.Sequential([nn.Input((2,)), nn.Dense(3)]).summary()
    assert "Total params: 9" in capsys.readouterr().out


def test_width_and_lines(capsys):
    """Keras's arguments line_length and print_fn."""
    model = nn.Sequential([nn.Input((3,)), nn.Dense(2, name="a_layer_with_a_name")])
    model.summary(line_length=100)
    wide = capsys.readouterr().out
    assert "a_layer_with_a_name (Dense)" in wide
    model.summary(line_length=40)
    assert max(map(len, capsys.readouterr().out.splitlines()[:8])) <= 40
    lines = []
    model.summary(100, None, lines.append)
    assert capsys.readouterr().out == ""
    assert "\n".join(lines) == wide.rstrip("\n")


def test_a_function_is_named_with_where_it_is_from(capsys):
    x = nn.Input((4,))
    y = np.linalg.norm(nn.activations.relu(x)[:, :2] + nn.ops.erf(x)[:, :2], axis=1)
    nn.Model(x, y).summary(line_length=140)
    text = capsys.readouterr().out
    for name in (
        "relu (nn.activations.relu)",
        "add (np.add)",
        "norm (np.linalg.norm)",
        "getitem (autograd_lite.getitem)",
        "erf (nn.erf)",
    ):
        assert name in text
