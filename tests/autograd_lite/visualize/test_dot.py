import re

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.graphs import graph
from autograd_lite.visualize.dot import dot
from autograd_lite.visualize.options import options
from autograd_lite.visualize.picture import picture
from autograd_lite.visualize.style import DARK, KINDS, LIGHT


def source(J, palette=LIGHT, **choices):
    return dot(picture(graph(J), options(**choices)), palette)


def two_layers():
    x = ag.Tensor(np.ones((3, 2)), name="x")
    with ag.scope("model"):
        with ag.scope("hidden"):
            h = np.tanh(x @ ag.Variable(np.ones((2, 4)), name="kernel"))
        with ag.scope("output"):
            return np.sum(h @ ag.Variable(np.ones((4, 1)), name="kernel"))


def statement(text, name):
    """The attributes of a node: up to the bracket that closes them."""
    return text[text.index(f"\t{name} [") :].split("]\n")[0]


def test_kinds_differ_in_shape_and_in_colour():
    distinct = ("input", "parameter", "operation", "output", "layer")
    for palette in (LIGHT, DARK):
        looks = [palette.looks[KINDS[kind].look] for kind in distinct]
        assert len({look.fill for look in looks}) == len(distinct)
        assert len({look.line for look in looks}) == len(distinct)
    text = source(two_layers())
    assert "shape=ellipse" in statement(text, "node0")
    assert "shape=cylinder" in statement(text, "node1")
    result = statement(text, "node6")
    assert LIGHT.looks["output"].fill in result
    assert "penwidth=2.2" in result


def test_every_colour_has_six_digits():
    texts = [source(two_layers(), depth=depth) for depth in (None, 0, 1)]
    texts.append(source(two_layers(), limit=2))
    for text in texts:
        assert set(map(len, re.findall(r"#[0-9a-fA-F]+\b", text.split("tooltip")[0]))) == {7}
    for palette in (LIGHT, DARK):
        colours = [
            *palette.frames,
            *palette.heat,
            *(c for look in palette.looks.values() for c in look),
        ]
        colours += [c for c in palette if isinstance(c, str)]
        assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)


def test_the_dark_theme():
    text = source(two_layers(), palette=DARK)
    assert DARK.background in text
    assert DARK.looks["parameter"].fill in statement(text, "node1")
    assert LIGHT.looks["parameter"].fill not in text


def test_a_box_says_its_shape_value_and_gradient():
    text = source(two_layers())
    assert all(part in statement(text, "node1") for part in ("kernel", "(2, 4)", "mean |gradient|"))
    assert "scalar = " in statement(text, "node6")
    assert "gradient 1<" in statement(text, "node6")
    assert "gradient" not in statement(text, "node0").split("tooltip")[0]


def test_not_computed_is_said_and_why():
    x = ag.Tensor([1.0, 2.0], requires_grad=True, name="x")
    text = source(x * 2)
    assert "gradient not computed" in statement(text, "node0")
    assert "this one has shape (2,)" in text


def test_scopes_are_nested_clusters():
    lines = [line.strip() for line in source(two_layers()).split("\n")]
    opened = [line for line in lines if line.startswith("subgraph") or line == "}"]
    assert opened == [
        "subgraph cluster_0 {",
        "subgraph cluster_1 {",
        "}",
        "subgraph cluster_2 {",
        "}",
        "}",
        "}",
    ]


def test_a_closed_layer_is_a_box():
    text = source(two_layers(), depth=0)
    assert "subgraph" not in text
    assert "model" in statement(text, "layer0")
    assert "5 operations, 12 weights in 2 arrays" not in text  # it has four
    assert "4 operations, 12 weights in 2 arrays" in statement(text, "layer0")
    assert "shape=box3d" in statement(text, "layer0")


def test_arrows_without_a_gradient_are_dashed_and_arguments_are_numbered():
    text = source(two_layers())
    assert re.search(r"node0 -> node2 \[.*headlabel=1 .*style=dashed\]", text)
    assert re.search(r"node1 -> node2 \[headlabel=2\]", text)
    assert "dashed arrow: no gradient flows back" in text


def test_a_legend_names_what_is_in_the_picture_and_nothing_else():
    x = ag.Tensor(2.0, requires_grad=True)
    caption = source(np.sin(np.sin(x))).split("\n")[1]
    assert all(word in caption for word in (">parameter<", ">operation<", ">result<"))
    assert all(word not in caption for word in (">data<", "closed", "left out", "dashed"))


def test_directions():
    assert "rankdir=TB" in source(two_layers())
    assert "rankdir=LR" in source(two_layers(), direction="right")
    with pytest.raises(ValueError, match="'down' or 'right'; got 'LR'"):
        source(two_layers(), direction="LR")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('say "x"', "say &quot;x&quot;"),
        ("it's", "it's"),
        ("&lt;", "&amp;lt;"),
        (r"\N\G\l", r"\\N\\G\\l"),  # Graphviz would put the node's and the graph's name here
        ("back\\", "back\\\\"),
        ("two\nlines", r"two\\nlines"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("😀", "😀"),
    ],
)
def test_names_are_escaped(name, shown):
    with ag.scope(name):
        text = source(np.sin(ag.Tensor(1.0, requires_grad=True, name=name)))
    assert f"<B>w: {shown}</B>" in statement(text, "node0")
    assert f"label=<<B>{shown}</B>>" in text
    assert "URL" not in text
    assert "href" not in text.lower()
