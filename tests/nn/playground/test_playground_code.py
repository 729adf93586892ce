"""The code that the page shows makes the very network that the page has trained."""

import ast

import numpy as np
import pytest

from nn.playground.code import code
from nn.playground.settings import LayerSettings, Settings
from nn.playground.table import read_table

EPOCHS = 3
CSV = "u;v;<kind>\n" + "".join(
    f"{i % 7};{(i * i) % 11};{'ab'[i % 2]}{'c' * (i % 3 == 0)}\n" for i in range(60)
)
CASES = {
    "the page's first settings": {},
    "all features": {"features": ["x1", "x2", "x1²", "x2²", "x1·x2", "sin 2x1", "sin 2x2"]},
    "hinge": {"loss": "hinge", "data": "moons", "optimizer": "sgd"},
    "squared error": {"loss": "mse", "data": "xor", "optimizer": "momentum", "noise": 0.25},
    "several classes": {"data": "blobs", "classes": 4, "optimizer": "adamw", "l2": 0.01},
    "several classes, hinge": {"data": "spiral", "classes": 3, "loss": "hinge", "l1": 0.001},
    "several classes, squared error": {"data": "blobs", "loss": "mse", "dropout": 0.2},
    "both penalties, no hidden layer": {"layers": [], "l1": 0.01, "l2": 0.01},
    "dropout": {"dropout": 0.5, "layers": [{"units": 8, "activation": "relu"}], "seed": 3},
    "points": {
        "data": "points",
        "points": [[-1, -1.5, 0], [-2, 0.5, 0], [1, 1, 2], [2, -0.123, 2], [0, 1e-9, 2]],
    },
    "a file": {"data": "csv"},
}


def run(text):
    """Run a program, and give what it has made."""
    names = {}
    exec(compile(text, "<code>", "exec"), names)
    return names


@pytest.mark.parametrize("case", CASES)
def test_it_makes_the_same_weights(case, page, session, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    if case == "a file":
        (tmp_path / "my 'own'.csv").write_text(CSV)
        session.receive({"type": "csv", "name": "my 'own'.csv", "text": CSV})
    session.receive({"type": "settings", "settings": CASES[case]})
    for epoch in range(1, EPOCHS + 1):
        session.receive({"type": "step", "unit": "epoch"})
        page.wait(lambda: len(page.of("code")) == epoch)  # noqa: B023 - waited for here
    page.wait(lambda: page.frames[-1].header["epoch"] == EPOCHS)
    assert page.of("error") == []
    made = run(page.of("code")[-1]["code"])
    trained = page.frames[-1].arrays["weights"]
    weights = np.concatenate([v.data.ravel() for v in made["model"].variables])
    np.testing.assert_array_equal(weights, trained)
    last_row = [row for frame in page.frames for row in frame.rows][-1]
    history = made["history"].history
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    np.testing.assert_allclose(last_row[1:], [history[name][-1] for name in names], rtol=1e-5)


def test_it_is_what_a_person_would_write():
    assert (
        code(Settings(), 2)
        == """import nn

X, y = nn.datasets.make_circles(200, noise=0.1, seed=0)
X = (X - X.mean(axis=0)) / X.std(axis=0)
X_train, X_test, y_train, y_test = nn.datasets.train_test_split(
    X, y, test_size=0.3, seed=0, stratify=True
)

nn.set_random_seed(0)
model = nn.Sequential([
    nn.Input((2,)),
    nn.Dense(4, activation="tanh"),
    nn.Dense(2, activation="tanh"),
    nn.Dense(1, activation="sigmoid"),
])
model.compile(
    optimizer=nn.Adam(0.03),
    loss=nn.BinaryCrossentropy(),
    metrics=["accuracy"],
)

history = model.fit(
    X_train, y_train,
    batch_size=16, epochs=100,
    validation_data=(X_test, y_test), verbose=0,
)
print(model.evaluate(X_test, y_test, verbose=0, return_dict=True))
"""
    )


def test_a_hostile_file_name_is_a_string():
    name = """'); __import__("os").abort() #\n\\"""
    table = read_table("1,2,a\n3,4,b\n", name)
    tree = ast.parse(code(Settings(data="csv"), 2, table))
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert "__import__" not in called
    assert name in {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def test_what_it_leaves_out_is_said(page, session):
    session.receive({"type": "step", "unit": "batch"})
    page.wait(lambda: page.of("code"))
    session.receive({"type": "learning_rate", "value": 0.5})
    text = page.wait(lambda: page.of("code")[1:])[0]["code"]
    assert "# the page has trained 1 of the 9 batches of an epoch more" in text
    assert "# here with the last learning rate alone" in text
    assert "nn.Adam(0.5)" in text


def test_layers_without_activation_are_named_as_such():
    assert 'nn.Dense(3, activation="linear")' in code(
        Settings(layers=(LayerSettings(3, "linear"),)), 2
    )
