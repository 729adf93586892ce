import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.graphs import graph
from autograd_lite.visualize.options import options
from autograd_lite.visualize.picture import Arrow, picture


def recurrent(steps=2):
    kernel = ag.Variable(np.eye(2), name="kernel")
    h = ag.Tensor(np.ones((3, 2)), name="h")
    with ag.scope("rnn"):
        for _ in range(steps):
            with ag.scope("cell"):
                h = np.tanh(h @ kernel)
    with ag.scope("loss"):
        return np.sum(h)


def chain(length):
    y = ag.Tensor(1.0, requires_grad=True, name="x")
    for _ in range(length):
        y = np.sin(y)
    return y


def drawn(J, **choices):
    return picture(graph(J), options(**choices))


def ids(picture):
    return [box.id for box in picture.boxes]


def test_everything_is_drawn_where_it_fits():
    p = drawn(recurrent())
    assert ids(p) == ["#0", "#1", "#2", "#3", "#4", "#5", "#6"]
    assert [scope.name for scope in p.scopes] == [
        *("rnn", "cell, call 1 of 2", "cell, call 2 of 2", "loss")
    ]
    assert p.notes == ()
    assert p.has_gradients
    assert p.summary == "5 operations, 4 weights in 1 array, 1 input"


def test_depth_1_closes_what_is_inside_the_outer_layers():
    p = drawn(recurrent(), depth=1)
    assert ids(p) == ["#0", "#1", "@1", "@2", "#6"]
    first, second = p.boxes[2:4]
    assert (first.kind, first.title, first.scope) == ("layer", "cell, call 1 of 2", 0)
    assert first.contents == "2 operations"
    assert first.shape == "(3, 2)"
    assert second.gradient == "mean |gradient| 1"
    assert p.arrows == (
        Arrow("#1", "@1", gradient=False),
        Arrow("#0", "@1", gradient=True),
        Arrow("@1", "@2", gradient=True),
        Arrow("#0", "@2", gradient=True),
        Arrow("@2", "#6", gradient=True),
    )
    assert p.notes == (
        "4 of 7 nodes are inside 2 layers drawn as one box (depth=1); a larger depth= opens them",
    )


def test_depth_0_closes_every_layer_with_its_parameters():
    p = drawn(recurrent(), depth=0)
    assert ids(p) == ["#1", "@0", "@3"]
    rnn, loss = p.boxes[1:]
    assert rnn.contents == "4 operations, 4 weights in 1 array"
    assert loss.result
    assert loss.gradient == "gradient 1"
    assert p.scopes == ()


@pytest.mark.parametrize(
    ("limit", "expected"),
    [(7, 7), (6, 5), (5, 5), (4, 3), (3, 3)],  # 7 boxes open, 5 with cells closed, 3 closed
)
def test_layers_are_closed_until_the_picture_fits(limit, expected):
    p = drawn(recurrent(), limit=limit)
    assert len(p.boxes) == expected
    assert bool(p.notes) == (expected < 7)


def test_what_is_too_large_is_cut_off_and_says_so():
    p = drawn(chain(1_000), limit=10, fold=False)
    assert ids(p) == ["...", *(f"#{i}" for i in range(992, 1_001))]
    rest = p.boxes[0]
    assert (rest.kind, rest.title) == ("rest", "992 more")
    assert rest.contents == "991 operations, 1 weight in 1 array"
    assert p.arrows[0] == Arrow("...", "#992", gradient=True)
    assert p.notes[0].startswith("only the 9 boxes nearest to the result are drawn, 992 are left")


def test_a_limit_of_one_box():
    p = drawn(chain(5), limit=1)
    assert ids(p) == ["...", "#5"]


def test_the_rest_is_never_drawn_as_a_user_of_what_is_shown():
    w = ag.Tensor(1.0, requires_grad=True)
    y = w
    for _ in range(50):
        y = y * w
    p = drawn(y + w, limit=5)
    assert "#0" in ids(p)
    assert all(arrow.target != "..." for arrow in p.arrows)


def test_one_arrow_for_each_use_and_the_order_where_it_matters():
    x = ag.Tensor([1.0, 2.0], requires_grad=True)
    y = np.sin(x)
    assert drawn(np.sum(x * x)).arrows[:2] == (Arrow("#0", "#1", True), Arrow("#0", "#1", True))
    assert drawn(np.sum(y - x)).arrows[1:3] == (
        Arrow("#1", "#2", True, argument=1),
        Arrow("#0", "#2", True, argument=2),
    )
    assert drawn(np.sum(1 - x)).arrows[0] == Arrow("#0", "#1", True)


def test_words_of_a_box():
    x = ag.Tensor([[3.0, 4.0]], requires_grad=True, name="x")
    p = drawn(np.sum(x**2))
    by_id = {box.id: box for box in p.boxes}
    assert by_id["#0"].gradient == "mean |gradient| 7"
    assert by_id["#2"][1:6] == ("output", "J = sum(v)", "scalar", "25", "gradient 1")
    assert by_id["#0"].details.split("\n") == [
        "#0 x",
        "shape (1, 2), float64, 16 bytes",
        "values: min 3, mean 3.5, max 4",
        "gradient: min 6, mean 7, max 8",
    ]


def test_not_computed_differs_from_zero_and_from_no_gradient():
    x = ag.Tensor([-1.0, -2.0], requires_grad=True, name="x")
    y = ag.Tensor([1.0, 2.0], requires_grad=True, name="y")
    data = ag.Tensor([1.0, 2.0], name="data")
    frozen = ag.Variable(1.0, trainable=False, name="frozen")
    J = np.sum(np.maximum(x * data * frozen, 0)) + np.argmax(y)
    p = drawn(J)
    said = {box.title: (box.gradient, box.remark) for box in p.boxes}
    assert said["x"] == ("mean |gradient| 0", "")
    assert said["y"] == ("", "gradient not computed")
    assert said["data"] == ("", "")
    assert said["frozen"] == ("", "not trainable")
    used_in_argmax = [arrow for arrow in p.arrows if arrow.source == "#1"]
    assert [arrow.gradient for arrow in used_in_argmax] == [False]


def test_why_there_are_no_gradients_is_said():
    x = ag.Tensor([1.0, 2.0], requires_grad=True, name="x")
    p = drawn(x * 2)
    assert not p.has_gradients
    assert "shape (2,)" in p.notes[0]
    assert [box.gradient for box in p.boxes] == ["", ""]
    assert [box.remark for box in p.boxes] == ["gradient not computed", ""]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([np.nan, 1.0], "mean |gradient| 1, 50% not finite"),
        ([np.inf, np.nan], "gradient not finite"),
        ([np.nan], "gradient nan"),
        ([], "gradient empty"),
    ],
)
def test_gradients_that_are_not_numbers(values, said):
    x = ag.Tensor(np.ones(len(values)), requires_grad=True)
    p = drawn(np.sum(x * np.array(values)))
    assert p.boxes[0].gradient == said


def test_a_rare_share_is_not_rounded_away():
    x = ag.Tensor(np.ones(10_000), requires_grad=True)
    spoiled = np.ones(10_000)
    spoiled[0] = np.nan
    said = drawn(np.sum(x * spoiled)).boxes[0].gradient
    assert said == "mean |gradient| 1, 1% not finite"


@pytest.mark.parametrize(("name", "value"), [("depth", -1), ("limit", 0)])
def test_depth_and_limit_out_of_range(name, value):
    with pytest.raises(ValueError, match=f"{name} must be at least"):
        drawn(chain(1), **{name: value})


@pytest.mark.parametrize("value", ["2", 2.0, True])
def test_depth_is_an_integer(value):
    with pytest.raises(TypeError, match="depth is an integer"):
        drawn(chain(1), depth=value)


def test_deeply_nested_scopes():
    y = ag.Tensor(1.0, requires_grad=True)
    scopes = [ag.scope(f"level {i}") for i in range(3_000)]
    for scope in scopes:
        scope.__enter__()
        y = np.sin(y)
    for scope in reversed(scopes):
        scope.__exit__()
    p = drawn(y, limit=50)
    assert len(p.boxes) == 50
    assert p.boxes[-1].contents == "2,952 operations"
