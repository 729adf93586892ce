"""What a notebook shows of a drawing."""

import base64
import html
import re
from html.parser import HTMLParser

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.visualize import notebook


@pytest.fixture
def drawing():
    w = ag.Tensor([1.0, -2.0], requires_grad=True, name='<script>alert("w")</script>')
    return ag.draw(np.sum(w**2))


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def test_text_picture_and_replay(drawing):
    bundle = drawing._repr_mimebundle_()
    assert bundle["text/plain"] == drawing.text
    assert bundle["image/svg+xml"] == drawing.svg
    tags = Tags(bundle["text/html"]).found
    assert [tag for tag, _ in tags] == ["div", "img", "iframe"]
    picture, frame = tags[1][1], tags[2][1]
    encoded = picture["src"].removeprefix("data:image/svg+xml;base64,")
    assert base64.b64decode(encoded).decode() == drawing.svg
    assert frame["srcdoc"] == drawing.html
    assert frame["sandbox"] == "allow-scripts"  # not allow-same-origin: no way into the notebook


def test_the_picture_stays_where_frames_and_scripts_are_taken_out(drawing):
    """What a notebook that is not trusted does."""
    cleaned = re.sub(r"(?s)<iframe.*</iframe>", "", drawing._repr_mimebundle_()["text/html"])
    assert [tag for tag, _ in Tags(cleaned).found] == ["div", "img"]
    assert html.unescape(Tags(cleaned).found[1][1]["alt"]) == drawing.picture.summary


def test_include_and_exclude(drawing):
    assert set(drawing._repr_mimebundle_(include={"text/plain"})) == {"text/plain"}
    kinds = set(drawing._repr_mimebundle_(exclude={"text/html"}))
    assert kinds == {"text/plain", "image/svg+xml"}


def test_a_notebook_shows_the_rest_where_a_part_fails(drawing, monkeypatch):
    def fail(svg, page, summary):
        raise RuntimeError("no replay")

    monkeypatch.setattr(notebook, "replay_over_picture", fail)
    bundle = drawing._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "image/svg+xml"}
    assert bundle["text/plain"].endswith("note: the picture is incomplete: no replay")
