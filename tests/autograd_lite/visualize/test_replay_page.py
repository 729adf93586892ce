import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.graphs import Graph
from autograd_lite.visualize.replay import page as module
from autograd_lite.visualize.replay import replay
from autograd_lite.visualize.replay.page import SCRIPTS

X = np.array([[1.0, 2.0], [-1.0, 0.5], [0.0, -3.0], [2.0, 1.0]])


def loss(w=(0.5, -1.0), x=X):
    w = ag.Tensor(np.array(w)[:, None], requires_grad=True, name="w")
    return ag.graph(np.mean(np.log1p(np.exp(-(x @ w)))))


class Page(HTMLParser):
    """The elements of a page, and the text of its scripts and styles."""

    def __init__(self, page):
        super().__init__()
        self.elements = []
        self.texts = {}
        self.open = None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.open = f"{tag} {dict(attributes).get('type', '')}".strip()

    def handle_data(self, data):
        self.texts.setdefault(self.open, "")
        self.texts[self.open] += data

    def handle_endtag(self, tag):
        self.open = None

    @property
    def data(self):
        return json.loads(self.texts["script application/json"])


def policy(page):
    (meta,) = [a for tag, a in Page(page).elements if a.get("http-equiv")]
    return dict(rule.strip().split(" ", 1) for rule in meta["content"].split(";"))


def hashed(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_only_its_own_script_and_style_may_run():
    page = replay(loss())
    rules = policy(page)
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == hashed(Page(page).texts["script"])
    assert rules["style-src"] == hashed(Page(page).texts["style"])


def test_nothing_is_loaded_and_no_markup_carries_code():
    for tag, attributes in Page(replay(loss())).elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith("#")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert not re.search(r"https?://(?!www\.w3\.org/)", replay(loss()))


def test_ids_belong_to_the_drawing():
    one, other = replay(loss()), replay(loss(w=(1.0, 1.0)))
    ids = [a["id"] for _, a in Page(one).elements if "id" in a]
    (prefix,) = [a["data-prefix"] for _, a in Page(one).elements if "data-prefix" in a]
    assert ids
    assert all(name.startswith(f"{prefix}-") for name in ids)
    assert prefix not in other
    assert replay(loss()) == one


HOSTILE = (
    "</script><img src=x onerror=alert(1)>\"'&amp;\u2028\u2029\n@@data@@ "
    "javascript:alert(1) \U0001f600"
)


def test_hostile_names_stay_data():
    x = ag.Tensor([1.0], requires_grad=True, name=HOSTILE)
    with ag.scope(HOSTILE):
        y = x * 2
    page = replay(ag.graph(np.sum(y)), title=HOSTILE, moments=[HOSTILE], curves={HOSTILE: [1.0]})
    parsed = Page(page)
    assert [tag for tag, _ in parsed.elements].count("script") == 2
    assert "img" not in [tag for tag, _ in parsed.elements]
    assert parsed.texts["title"] == HOSTILE
    assert (
        parsed.data["title"] == parsed.data["nodes"][0][2] == parsed.data["groups"][1][0] == HOSTILE
    )
    assert parsed.data["curves"] == [[HOSTILE, [1.0]]]
    for character in "<>\u2028\u2029":
        assert character not in parsed.texts["script application/json"]


def test_numbers_that_are_not_finite():
    x = ag.Tensor([np.nan, np.inf, -np.inf, 1.0], requires_grad=True, name="x")
    data = Page(replay(ag.graph(np.sum(x * 2.0)), curves={"loss": [np.nan]})).data
    assert "nan inf -inf 1" in data["samples"]
    assert data["curves"] == [["loss", ["nan"]]]


def test_a_graph_from_json_gives_the_same_page():
    g = loss()
    assert replay(Graph.from_dict(json.loads(g.to_json()))) == replay(g)


def test_equal_arrays_are_written_once():
    y = x = ag.Tensor(np.linspace(1, 2, 48).reshape(8, 6), requires_grad=True, name="x")
    for _ in range(20):
        y = y + 1.0
    data = Page(replay(ag.graph(np.sum(y)))).data
    assert x.grad is None
    # the values of x and of 20 sums, the sum of all, and ones: all gradients are
    assert len(data["samples"]) == 21 + 1 + 2  # ones of the shape of x, and the single 1


def test_a_small_classifier_takes_less_than_300_kb():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, 64)).astype(np.float32)
    with ag.scope("dense"):
        W1 = ag.Tensor(rng.normal(size=(64, 32)), requires_grad=True, name="W1", dtype="float32")
        b1 = ag.Tensor(np.zeros(32), requires_grad=True, name="b1", dtype="float32")
        h = np.maximum(x @ W1 + b1, 0)
    with ag.scope("dense_1"):
        W2 = ag.Tensor(rng.normal(size=(32, 10)), requires_grad=True, name="W2", dtype="float32")
        z = h @ W2
    J = -np.mean(z[np.arange(32), np.arange(32) % 10] - np.log(np.sum(np.exp(z), axis=1)))
    assert len(replay(ag.graph(J)).encode()) < 300_000


# -- several moments ------------------------------------------------------------------------------


def test_moments_share_the_structure():
    graphs = [loss((0.1 * i, -0.2)) for i in range(5)]
    one, five = replay(graphs[0]), replay(graphs, curves={"loss": [5, 4, 3, 2, 1]})
    data = Page(five).data
    assert [moment["name"] for moment in data["moments"]] == [f"moment {i}" for i in range(5)]
    assert len(data["nodes"]) == 7
    assert len(five) - len(one) < 10_000


def test_moments_of_different_structure_are_refused():
    x = ag.Tensor([[1.0], [2.0]], requires_grad=True, name="w")
    with pytest.raises(ValueError, match="graph 1 differs from graph 0: 3 nodes instead of 7"):
        replay([loss(), ag.graph(np.sum(x * 2))])
    with pytest.raises(ValueError, match=r"the shape of node 1 is \(3, 2\) instead of \(4, 2\)"):
        replay([loss(), loss(x=X[:3])])
    w = ag.Tensor(1.0, requires_grad=True, name="w")
    with pytest.raises(ValueError, match="operation of node 1 is 'sin' instead of 'cos'"):
        replay([ag.graph(np.cos(w)), ag.graph(np.sin(w))])
    with pytest.raises(ValueError, match="gradients flowed along other edges"):
        replay([ag.graph(np.cos(w)), ag.graph(np.cos(w), gradients=False)])


def test_names_and_curves_are_one_for_each_graph():
    graphs = [loss(), loss()]
    with pytest.raises(ValueError, match="moments has 1 names for 2 graphs"):
        replay(graphs, moments=["start"])
    with pytest.raises(TypeError, match="list of names"):
        replay(graphs, moments="ab")
    with pytest.raises(ValueError, match="curve 'loss' has 3 numbers for 2 graphs"):
        replay(graphs, curves={"loss": [1, 2, 3]})


# -- bad input ------------------------------------------------------------------------------------


def test_only_graphs():
    with pytest.raises(TypeError, match=r"got Tensor. Write replay\(ag.graph\(J\)\)"):
        replay(ag.Tensor(1.0))
    with pytest.raises(ValueError, match="empty"):
        replay([])
    with pytest.raises(ValueError, match="theme is 'auto', 'light' or 'dark', got 'blue'"):
        replay(loss(), theme="blue")


def test_every_script_is_in_the_page():
    from importlib.resources import files

    assets = files("autograd_lite.visualize.replay") / "assets"
    found = {item.name for item in assets.iterdir()}
    assert found == {*SCRIPTS, "page.html", "page.css"}


def test_many_data_are_compressed_and_are_the_same(monkeypatch):
    g = loss()
    plain = Page(replay(g)).data
    monkeypatch.setattr(module, "MOST_PLAIN", 100)
    page = replay(g)
    packed = Page(page).texts["script application/gzip"]
    assert json.loads(gzip.decompress(base64.b64decode(packed))) == plain
    assert replay(g) == page  # no time of writing in it
