import shutil
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.graphs import Graph
from autograd_lite.visualize import Drawing, draw

HOSTILE = [
    "<b>x</b>",
    "</text></svg><script>alert(1)</script>",
    "]]>",
    "<!-- -->",
    "\"quoted\" 'x'",
    "a\\nb \\N \\G \\L \\",
    "a\nb\r\t\x00\x1b",
    "javascript:alert(1)",
    "&lt;&amp;&unknown;",
    "😀👩\u200d👧",
    "\ud800",
    "\uffff",
    "x" * 10_000,
    "",
    " ",
]


@pytest.fixture
def w():
    return ag.Tensor([[0.5], [-1.0]], requires_grad=True, name="w")


@pytest.fixture
def J(w):
    x = np.array([[1.0, 2.0], [-1.0, 0.5]])
    with ag.scope("loss"):
        return np.mean(np.log1p(np.exp(-(x @ w))))


def texts(svg):
    root = ElementTree.fromstring(svg)
    return ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_text_is_what_prints(J):
    d = draw(J)
    assert str(d) == repr(d) == d.text
    assert d.text.startswith("5 operations")


def test_drawing_changes_no_grad(J, w):
    draw(J).text  # noqa: B018
    assert w.grad is None


def test_save_txt_and_dot(J, tmp_path):
    d = draw(J)
    d.save(tmp_path / "j.txt")
    d.save(str(tmp_path / "j.DOT"))
    assert (tmp_path / "j.txt").read_text(encoding="utf-8") == d.text + "\n"
    assert (tmp_path / "j.DOT").read_text(encoding="utf-8") == d.dot
    assert d.dot.startswith("digraph computation {")


def test_save_svg(J, tmp_path):
    draw(J).save(tmp_path / "j.svg")
    found = texts((tmp_path / "j.svg").read_bytes())
    assert {"w", "v₁ = x @ w", "loss", "(2, 1)", "gradient 1", "parameter"} <= set(found)


def test_save_png(J, tmp_path):
    draw(J, direction="right").save(tmp_path / "j.png")
    assert (tmp_path / "j.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.skipif(shutil.which("dot") is None, reason="only Graphviz's own dot writes PDF")
def test_save_pdf(J, tmp_path):
    draw(J).save(tmp_path / "j.pdf")
    assert (tmp_path / "j.pdf").read_bytes().startswith(b"%PDF")


def test_an_svg_of_hostile_names_is_well_formed_and_shows_them_as_text():
    total = 0.0
    with ag.scope('<i>\\G "q" &amp; \n😀'):
        for name in HOSTILE:
            total = total + ag.Tensor(1.0, requires_grad=True, name=name) * 2
    svg = draw(total, limit=200)._repr_mimebundle_()["image/svg+xml"]
    found = [text.partition(": ")[2] for text in texts(svg) if text.startswith("w")]
    assert {
        "<b>x</b>",
        "javascript:alert(1)",
        r"a\nb\r\t\x00\x1b",
        r"a\nb \N \G \L " + "\\",
    } <= set(found)
    root = ElementTree.fromstring(svg)
    assert not [element for element in root.iter() if "script" in element.tag]
    assert not [key for element in root.iter() for key in element.attrib if key.endswith("href")]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("j.gif", r"'\.gif' names no format\. Known: .*\.png, \.svg"),
        ("j.sgv", "did you mean '.svg'"),
        ("j", "it has no suffix"),
    ],
)
def test_an_unknown_suffix_lists_the_known_ones(J, tmp_path, name, message):
    with pytest.raises(ValueError, match=message):
        draw(J).save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_path_is_named(J, tmp_path):
    missing = tmp_path / "missing" / "j.txt"
    with pytest.raises(FileNotFoundError, match="cannot write a drawing") as caught:
        draw(J).save(missing)
    assert caught.value.filename == str(missing)
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(OSError, match=r"folder\.txt"):
        draw(J).save(tmp_path / "folder.txt")


def test_a_leaf_draws_one_box(tmp_path):
    d = draw(ag.Tensor([1.0, 2.0], name="x"))
    assert len(d.picture.boxes) == 1
    d.save(tmp_path / "x.svg")
    assert "x" in texts((tmp_path / "x.svg").read_bytes())


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, np.zeros((0, 3)), np.ones((2, 1, 3, 1, 2))])
def test_awkward_values_can_be_drawn(value, tmp_path):
    x = ag.Tensor(value, requires_grad=True)
    draw(np.sum(x * 2)).save(tmp_path / "x.svg")
    ElementTree.parse(tmp_path / "x.svg")


def test_gradient_options_reach_the_graph(w):
    y = w * 3
    assert "mean |gradient| 3" in draw(y, upstream=np.ones((2, 1))).text
    assert "not requested" in draw(np.sum(y), gradients=False).text
    with pytest.raises(ValueError, match="need a scalar"):
        draw(y, gradients=True)


def test_depth_and_limit_reach_the_picture(J):
    assert [box.title for box in draw(J, depth=0).picture.boxes] == ["x", "loss"]
    assert len(draw(J, limit=2).picture.boxes) == 2


def test_a_wrong_direction_is_refused_when_drawing(J):
    with pytest.raises(ValueError, match="direction"):
        draw(J, direction="LR")


def test_a_graph_that_was_kept_can_be_drawn_later(J):
    d = draw(J)
    again = Drawing(Graph.from_dict(d.graph.to_dict()))
    assert again.text == d.text
    assert again.dot == d.dot


def test_twenty_thousand_operations():
    y = ag.Tensor(1.0, requires_grad=True)
    for _ in range(20_000):
        y = -y
    d = draw(y, fold=False)
    assert len(d.picture.boxes) == 200
    assert "19,802 are left out" in d.picture.notes[0]
    assert "└ ... 19,802 more" in d.text
    assert len(d.text.split("\n")) < 210
    for drawn in (d.dot, d.svg, d.latex):
        assert len(drawn) < 200_000
        assert "19,802 more" in drawn
    assert len(d.mermaid) < 50_000
    assert "more" in d.mermaid


class Doubling:
    """A callable that is no Tensor: what a model is to `draw`."""

    def __call__(self, x, y=0.0):
        with ag.scope("doubling"), ag.scope("inner"):
            return x * 2 + y


def test_a_function_is_called_with_what_follows(w):
    d = draw(lambda x: np.sum(x @ w), np.ones((3, 2)))
    assert {box.title for box in d.picture.boxes} == {"x", "w", "v = x @ w", "J = sum(v)"}
    assert "gradient 1" in d.text


def test_a_model_is_drawn_with_its_layers_closed_and_without_gradients(w):
    d = draw(Doubling(), w)
    layer = d.picture.boxes[-1]
    assert (layer.kind, layer.title, layer.shape) == ("layer", "inner", "(2, 1)")
    assert layer.contents == "2 operations, 2 weights in 1 array"
    assert d.picture.notes == (
        "3 of 3 nodes are inside 1 layer drawn as one box (depth=1); a larger depth= opens them",
    )
    assert len(draw(Doubling(), w, depth=2).picture.boxes) == 3


def test_what_requires_no_gradient_is_drawn_all_the_same():
    d = draw(Doubling(), np.ones(2), np.ones(2), depth=2)
    assert [box.title for box in d.picture.boxes] == ["x", "y", "v₁ = x × 2", "v₂ = v₁ + y"]


def test_a_function_of_several_results():
    x = ag.Tensor([1.0, 2.0], requires_grad=True, name="x")
    d = draw(lambda x: {"sine": np.sin(x), "both": [np.cos(x), np.exp(x)]}, x)
    assert [box.result for box in d.picture.boxes] == [False, True, True, True]


def test_drawing_a_function_is_recorded_even_where_recording_is_off(w):
    with ag.no_grad():
        assert "gradient 1" in draw(lambda: np.sum(w)).text


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (np.ones(3), "returned ndarray, which has no record"),
        (None, "returned nothing to draw"),
        ([], "returned nothing to draw"),
        ({"a": 1.0}, "returned float, which has no record"),
    ],
)
def test_a_function_has_to_give_tensors(result, message):
    with pytest.raises(TypeError, match=message):
        draw(lambda: result)


def test_arguments_without_a_function_are_refused(J):
    with pytest.raises(TypeError, match="1 arguments follow a Tensor"):
        draw(J, np.ones(3))


def test_what_is_no_computation_is_refused():
    with pytest.raises(TypeError, match="is read from a Tensor"):
        draw(3.0)


@pytest.mark.parametrize(
    ("choice", "error", "message"),
    [
        ({"theme": "drak"}, ValueError, "theme is one of .*; got 'drak'; did you mean 'dark'"),
        ({"show": "value"}, ValueError, "got 'value'; did you mean 'values'"),
        ({"show": ["shapes", "grads"]}, ValueError, "show is one of 'values', 'gradients'"),
        ({"show": 3}, TypeError, "show is a name or several"),
        ({"show": [3]}, TypeError, "got 3"),
        ({"fold": 1}, TypeError, "fold is True or False"),
        ({"direction": "up"}, ValueError, "'down' or 'right'; got 'up'"),
        ({"depth": 1.0}, TypeError, "depth is an integer"),
        ({"limit": 0}, ValueError, "limit must be at least 1"),
    ],
)
def test_wrong_choices_say_what_there_is(J, choice, error, message):
    with pytest.raises(error, match=message):
        draw(J, **choice)


def test_every_format_can_be_saved(J, tmp_path):
    d = draw(J, theme="dark")
    for suffix in ("dot", "html", "mmd", "svg", "tex", "txt"):
        d.save(tmp_path / f"j.{suffix}")
    assert (tmp_path / "j.html").read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    assert (tmp_path / "j.mmd").read_text(encoding="utf-8").startswith("flowchart TB")
    assert (tmp_path / "j.tex").read_text(encoding="utf-8").startswith(r"\documentclass")


def test_svg_needs_no_program(J, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert draw(J).svg.startswith("<svg ")
