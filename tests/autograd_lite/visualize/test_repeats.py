"""Layers alike in a row."""

import re

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite.visualize import draw


def dense(name, h, width=3, function=np.tanh):
    kernel = ag.Tensor(np.ones((h.shape[-1], width)), requires_grad=True, name=f"{name}/kernel")
    with ag.scope(name):
        return function(h @ kernel)


def boxes(J, **choices):
    return [box.title for box in draw(J, depth=0, **choices).picture.boxes]


@pytest.fixture
def x():
    return ag.Tensor(np.ones((2, 3)), name="x")


def test_layers_in_a_row_are_one(x):
    h = x
    for i in range(4):
        h = dense(f"dense_{i}", h)
    d = draw(np.sum(h), depth=0)
    layer = d.picture.boxes[1]
    assert layer.title == "dense_0 … dense_3 ×4"
    assert layer.contents == "each 2 operations, 9 weights in 1 array"
    assert [(arrow.source, arrow.target) for arrow in d.picture.arrows] == [
        ("#0", "@3"),
        ("@3", "#13"),
    ]
    assert "12 of 14 nodes are inside 4 layers drawn as one box" in d.picture.notes[0]
    assert "×N" in d.picture.notes[1]
    assert boxes(np.sum(h), fold=False) == [
        "x",
        "dense_0",
        "dense_1",
        "dense_2",
        "dense_3",
        "J = sum(a₄)",
    ]


def test_two_are_not_enough(x):
    h = dense("dense_1", dense("dense", x))
    assert boxes(h) == ["x", "dense", "dense_1"]


def test_what_differs_in_shape_operation_or_name_stays_apart(x):
    h = dense("dense", dense("dense", dense("dense", x), width=4), width=3)
    assert boxes(h)[1:] == [f"dense, call {i} of 3" for i in (1, 2, 3)]
    h = dense("a_2", dense("a_1", dense("a_0", x), function=np.exp))
    assert boxes(h)[1:] == ["a_0", "a_1", "a_2"]
    h = dense("c", dense("b", dense("a", x)))
    assert boxes(h)[1:] == ["a", "b", "c"]


def test_what_is_used_elsewhere_stays_apart(x):
    a = dense("dense_0", x)
    b = dense("dense_1", a)
    c = dense("dense_2", b)
    assert len(boxes(np.sum(c + b))) == 6
    assert len(boxes([b, c])) == 4  # b is looked at


def test_a_shared_kernel_is_used_by_all_of_them(x):
    kernel = ag.Variable(np.eye(3), name="kernel")
    h = x
    for _ in range(5):
        with ag.scope("cell"):
            h = np.tanh(h @ kernel)
    assert boxes(h) == ["x", "W: kernel", "cell ×5"]


def test_an_input_of_its_own_at_each_step_keeps_them_apart(x):
    h = x
    for i in range(4):
        with ag.scope("cell"):
            h = np.tanh(h + ag.Tensor(np.ones(3), name=f"x{i}"))
        h = np.sin(h)
    assert not [title for title in boxes(h) if "×" in title]


def test_a_run_inside_of_a_longer_chain(x):
    h = dense("first", x, width=5)
    for i in range(3):
        h = dense(f"block_{i}", h, width=5)
    h = dense("last", h, width=2)
    assert boxes(h) == ["x", "first", "block_0 … block_2 ×3", "last"]


def test_parameters_made_beforehand_are_counted_in_their_own_layer(x):
    kernels = [ag.Variable(np.eye(3), name=f"kernel{i}") for i in range(3)]
    h = x
    for i, kernel in enumerate(kernels):
        with ag.scope(f"dense_{i}"):
            h = h @ kernel
    (layer,) = [box for box in draw(h, depth=0).picture.boxes if box.kind == "layer"]
    assert layer.contents == "each 1 operation, 9 weights in 1 array"


def recurrent(steps):
    W = ag.Tensor(np.eye(3), requires_grad=True, name="W")
    h = ag.Tensor(np.ones((2, 3)), name="h")
    for _ in range(steps):
        h = np.tanh(np.ones((2, 3)) + h @ W)
    return np.sum(h)


def test_time_steps_written_by_hand_are_one_box():
    d = draw(recurrent(33))
    (block,) = [box for box in d.picture.boxes if box.id.startswith("*")]
    assert block.title.endswith(" ×33")
    assert block.contents == "99 operations, 33 inputs"
    assert len(d.picture.boxes) == 4
    assert "fold=False shows each" in d.picture.notes[-1]
    assert float(re.search(r'height="([\d.]+)"', d.svg)[1]) < 720
    assert len(draw(recurrent(33), fold=False).picture.boxes) == 135
    assert len(draw(recurrent(5)).picture.boxes) == 23  # few enough to be shown
    for source in (d.dot, d.mermaid, d.latex, d.text):
        assert "×33" in source or "times$33" in source


def test_a_model_opens_with_its_layers_closed():
    model = nn.Sequential([nn.Dense(8, activation="relu") for _ in range(6)] + [nn.Dense(1)])
    loss = nn.MeanSquaredError()(np.ones((4, 1)), model(np.ones((4, 3))))
    d = draw(loss)
    assert len(d.picture.boxes) <= 24
    assert float(re.search(r'height="([\d.]+)"', d.svg)[1]) < 1250
    assert len(draw(loss, limit=200).picture.boxes) > 30
