"""The picture of the house is made from the imports, and shows the folders that there are."""

import re

import pytest

from autograd_lite.visualize.layout import _arranged_once
from tools import house, walk
from tools.imports import ROOT, modules


def test_arrows_run_downwards():
    boxes, arrows = house.house()
    place = {box: i for i, (box, _) in enumerate(boxes)}
    assert all(place[box] < place[x] for box, others in arrows.items() for x in others)


def test_every_file_has_a_box():
    boxes, _ = house.house()
    parts = {part for box, _ in boxes for part in box.split("+")}
    assert parts == {house.part_of(name) for name in modules()}


def test_an_arrow_that_others_imply_is_left_out():
    graph = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    assert house.reduced(graph) == {"a": {"b"}, "b": {"c"}, "c": set()}


def test_the_picture_shows_the_folders_there_are():
    """`make house` draws it."""
    shown = set(re.findall(r'class="title"[^>]*>([^<]+)<', house.PICTURE.read_text("utf-8")))
    shown = {name.rstrip("/") for title in shown for name in title.split() if name.endswith("/")}
    folders = {path.parent for path in modules().values() if path.parent.parent.parent == ROOT}
    assert shown == {folder.name for folder in folders}


def test_no_file_is_longer_than_500_lines():
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in modules().values()}
    assert {path: n for path, n in lengths.items() if n > 500} == {}


# Named on a way beside those that it enters: the table is only read, few steps are not compiled.
BESIDE = {"autograd_lite/table.py", "nn/training/compiled_steps.py"}
WAYS = {
    "`np.tanh(x)` and its gradient": ["operation"],
    "One `fit` step": ["fit"],
    '`ag.draw(J).save("j.html")`': ["replay"],
    "`ag.compile(f)(x)`": ["trace", "compiled"],
}


@pytest.mark.parametrize("title", WAYS)
def test_the_files_that_a_way_names_are_entered(title):
    """docs/design.md tells each way through the house file by file."""
    text = (ROOT / "docs" / "design.md").read_text("utf-8")
    told = text.partition(f"### {title}\n")[2].partition("\n#")[0]
    entered = set()
    _arranged_once.cache_clear()  # a picture like this one may have been drawn before
    for way in WAYS[title]:
        call = walk.WAYS[way]()
        entered |= set(walk.walked(call))
    for name in re.findall(r"`([\w/]+\.py)`", told):
        assert any(f"/{path}".endswith(f"/{name}") for path in entered | BESIDE), name
