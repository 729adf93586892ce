"""The picture as SVG: well-formed, complete, and nothing of a name in it but text."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.graphs import Graph
from autograd_lite.visualize import Drawing, draw
from autograd_lite.visualize.style import DARK, LIGHT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def w():
    return ag.Tensor([[0.5], [-1.0]], requires_grad=True, name="w")


@pytest.fixture
def J(w):
    with ag.scope("model"):
        z = np.array([[1.0, 2.0], [-1.0, 0.5], [0.0, 3.0], [1.0, 1.0]]) @ w
    with ag.scope("loss"):
        return np.mean(np.log1p(np.exp(-z)))


def parsed(drawing):
    return ElementTree.fromstring(drawing.svg)


def texts(drawing):
    return [text.text or "" for text in parsed(drawing).iter(f"{SVG}text")]


def classes(drawing):
    found = [element.get("class", "").split() for element in parsed(drawing).iter()]
    return {name for names in found for name in names}


def test_what_is_said_of_a_box(J):
    found = texts(draw(J))
    # mean(log1p(exp(-z))) at z = (-1.5, -1, -3, -0.5)
    assert {"w", "(2, 1)", "v₁ = x @ w", "model", "loss", "scalar = 1.759", "gradient 1"} <= set(
        found
    )
    assert {"0.5", "-1"} <= set(found)  # w is small enough to be shown in numbers


def test_the_numbers_of_a_gradient():
    w = ag.Tensor([1.0, -2.0], requires_grad=True, name="w")
    found = texts(draw(np.sum(w**2)))
    assert [text for text in found if text in ("2", "-4")] == ["2", "-4"]  # 2 w


@pytest.mark.parametrize(
    ("show", "there", "missing"),
    [
        ("shapes", "(2, 1)", "gradient 1"),
        ("values", "scalar", None),
        ("gradients", "gradient 1", "(2, 1)"),
        ("statistics", "values: min -1, mean -0.25, max 0.5", "(2, 1)"),
        ((), "w", "(2, 1)"),
    ],
)
def test_what_is_shown_is_chosen(J, show, there, missing):
    found = texts(draw(J, show=show))
    if show == "values":
        assert "= 1.759" in found
    else:
        assert there in found
    assert missing not in found
    assert ("value" in found) == (show == "values")
    assert ("gradient" in found) == (show == "gradients")


def test_statistics_of_gradients_need_gradients(J):
    assert not [text for text in texts(draw(J, show="statistics")) if text.startswith("gradient:")]
    both = texts(draw(J, show=("statistics", "gradients")))
    assert [text for text in both if text.startswith("gradient: min")]


def test_kinds_have_a_shape_of_their_own(J):
    root = parsed(draw(J, depth=0))
    kinds = {
        element.get("class"): element.tag.removeprefix(SVG)
        for element in root.iter()
        if "box" in element.get("class", "")
    }
    assert kinds["box layer"] == "rect"
    root = parsed(draw(J))
    found = {element.get("class"): element for element in root.iter()}
    assert found["box parameter"].tag == f"{SVG}path"  # a cylinder
    assert float(found["box data"].get("rx")) > float(found["box operation"].get("rx"))
    assert "box output result" in found


def test_a_picture_says_what_it_is_to_those_who_do_not_see_it(J):
    root = parsed(draw(J))
    assert root.get("role") == "img"
    named = root.get("aria-labelledby").split()
    title, description = (root.find(f".//*[@id='{name}']").text for name in named)
    assert title == "Computation of J = mean(v₄)"
    assert "6 operations" not in description
    assert "5 operations, 2 weights in 1 array" in description
    assert "v₁ = x @ w from x, w: (4, 1)" in description
    assert "values 0.5; -1" in description


def test_ids_are_unique_across_pictures(J, w):
    pictures = [draw(J), draw(np.sum(w)), draw(J, direction="right")]
    ids = [element.get("id") for d in pictures for element in parsed(d).iter() if element.get("id")]
    assert len(ids) == len(set(ids)) == 5 * len(pictures)


def test_every_reference_and_style_rule_stays_inside(J):
    d = draw(J)
    name = parsed(d).get("id")
    assert set(re.findall(r"url\((.*?)\)", d.svg)) <= {f"#{name}-line", f"#{name}-dashed"}
    (style,) = [element.text for element in parsed(d).iter(f"{SVG}style")]
    style = style.replace("@media (prefers-color-scheme:dark){", "").replace("}}", "}")
    assert all(rule.startswith(f"#{name} ") for rule in style.split("}") if rule)


def test_the_same_computation_gives_the_same_picture(J):
    assert draw(J).svg == draw(J).svg


def test_themes(J):
    light, dark, auto = (draw(J, theme=theme).svg for theme in ("light", "dark", "auto"))
    assert LIGHT.background in light
    assert DARK.background not in light
    assert DARK.background in dark
    assert LIGHT.looks["data"].fill not in dark
    assert "prefers-color-scheme" not in light + dark
    before, after = auto.split("@media (prefers-color-scheme:dark)")
    assert LIGHT.background in before
    assert DARK.background in after


def test_not_a_number_is_crossed_out_and_a_sample_dotted():
    x = ag.Tensor(np.full((10, 20), np.nan), requires_grad=True)
    d = draw(np.sum(x * 2))
    assert {"cross", "sampled"} <= classes(d)
    assert "×: not a finite number" in texts(d)
    assert "NaN" not in d.svg
    plain = draw(np.sum(ag.Tensor(np.ones((3, 3)), requires_grad=True)))
    assert not {"cross", "sampled"} & classes(plain)


@pytest.mark.parametrize("direction", ["down", "right"])
@pytest.mark.parametrize(
    "value", [3.0, np.zeros(0), np.zeros((0, 3)), np.ones((1, 1)), np.ones((2, 1, 3, 1, 2))]
)
def test_arrays_of_every_shape(value, direction):
    x = ag.Tensor(value, requires_grad=True)
    root = parsed(draw(np.sum(x * 2), direction=direction))
    assert all("nan" not in (element.get("d") or "") for element in root.iter())


HOSTILE = [
    "<b>x</b>",
    "</text></svg><script>alert(1)</script>",
    "]]>",
    "--><!--",
    "\"quoted\" 'x' onload=alert(1)",
    "a\nb\r\t\x00\x1b",
    "javascript:alert(1)",
    "&lt;&unknown;",
    "url(#x)",
    "😀👩\u200d👧",
    "\ud800",
    "\uffff",
    "\u202egnp.exe",
    "x" * 10_000,
    "",
    " ",
]


def test_hostile_names_are_text():
    total = 0.0
    with ag.scope("</style><script>alert(2)</script>"):
        for name in HOSTILE:
            total = total + ag.Tensor(1.0, requires_grad=True, name=name) * 2
    d = draw(total, limit=200)
    root = parsed(d)
    assert set(texts(d)) > {"</style><script>alert(2)</script>"}
    names = {text.partition(": ")[2] for text in texts(d)}
    assert {"<b>x</b>", "javascript:alert(1)"} <= names
    allowed = "svg title desc style defs marker path rect g text"
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= set(allowed.split())
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not [name for name in attributes if name.startswith("on") or "href" in name]
    assert max(map(len, texts(d))) < 200


def test_a_graph_from_a_file_may_hold_anything(J):
    """Names in a file that somebody sends were not cleaned by this package."""
    data = draw(J).graph.to_dict()
    data["nodes"][0]["label"] = "<script>\x00\x1b\ud800\uffff</script>"
    d = Drawing(Graph.from_dict(data))
    assert "<script>����</script>" in texts(d)
    d.svg.encode()


def test_two_thousand_nodes_are_all_drawn():
    y = ag.Tensor(np.ones((3, 4)), requires_grad=True)
    for _ in range(1_999):
        y = np.sin(y)
    root = parsed(draw(y, limit=2_000))
    assert len([g for g in root.iter(f"{SVG}g") if g.find(f"{SVG}title") is not None]) == 2_000


def test_numbers_at_arrows_stand_apart():
    parts = [ag.Tensor([1.0], requires_grad=True) for _ in range(9)]
    root = parsed(draw(np.concatenate(parts)))
    numbers = [text for text in root.iter(f"{SVG}text") if text.get("class") == "argument"]
    places = sorted(float(number.get("x")) for number in numbers)
    assert len(places) == 9
    assert min(np.diff(places)) >= 12


def test_wide_pictures():
    parts = [ag.Tensor([1.0], requires_grad=True, name=f"p{i}") for i in range(150)]
    root = parsed(draw(np.concatenate(parts), limit=200))
    assert float(root.get("width")) > 150 * 60
