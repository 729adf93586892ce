"""The code in README.md and docs/ runs as it stands, and prints what stands below it."""

from __future__ import annotations

import contextlib
import doctest
import io
import linecache
import pkgutil
import re
import traceback
from pathlib import Path

import pytest

import autograd_lite as ag
from autograd_lite.table import TABLE

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").glob("*.md")),
    *sorted((ROOT / "benchmarks").glob("*.md")),
]
# What the code of a page needs beside NumPy, and a user may not have.
NEEDS = {
    "coming_from.md": ["scipy"],
    "files.md": ["h5py"],
    "sklearn.md": ["sklearn", "pandas", "distributed"],
}
FENCE = re.compile(r"^( *)```(\S*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


def names(pages):
    return [page.relative_to(ROOT).as_posix() for page in pages]


def blocks(page):
    """The language, text and first line of each block of code of a page."""
    text = page.read_text("utf-8")
    return [
        (match[2], match[3], text[: match.start(3)].count("\n")) for match in FENCE.finditer(text)
    ]


def scripts():
    """The pages with code to be run; CONTRIBUTING.md has a test of its own."""
    return [
        page
        for page in PAGES
        if page.name != "CONTRIBUTING.md" and any(kind == "python" for kind, _, _ in blocks(page))
    ]


def ran(page, code, line, namespace):
    """What a block prints; of one that raises, the message of the error too."""
    filename = str(page)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile("\n" * line + code, filename, "exec"), namespace)
        except Exception as error:
            if not namespace.get("raises"):
                raise
            printed.write("".join(traceback.format_exception_only(error)))
    return printed.getvalue()


def without_places(text):
    """A text without the places of lines in files, without blanks around it."""
    text = re.sub(r"[\w/.-]+\.(py|md):\d+", "FILE:LINE", text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"


@pytest.fixture
def restored():
    """Rules and methods that a page adds, or writes again, are gone afterwards."""
    before, methods = dict(TABLE), dict(vars(ag.Tensor))
    yield
    for name, value in dict(vars(ag.Tensor)).items():
        if name not in methods:
            delattr(ag.Tensor, name)
        elif value is not methods[name]:  # the hint that a page's own method has replaced
            setattr(ag.Tensor, name, methods[name])
    for function in [f for f in TABLE if getattr(f, "__module__", None) == "__main__"]:
        del TABLE[function]
    TABLE.update(before)


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("page", scripts(), ids=names(scripts()))
def test_the_code_of_a_page_runs_from_top_to_bottom(page, tmp_path, monkeypatch):
    """One namespace a page. A block "text" below a block of Python is what that prints, or the
    message of the error that it raises; ... in it stands for anything.
    """
    for needed in NEEDS.get(page.name, ()):
        pytest.importorskip(needed, reason=f"{page.name} uses {needed}")
    monkeypatch.chdir(tmp_path)
    linecache.checkcache()
    namespace = {"__name__": "__main__"}
    found = blocks(page)
    for i, (kind, code, line) in enumerate(found):
        if kind != "python":
            continue
        shown = found[i + 1][1] if i + 1 < len(found) and found[i + 1][0] == "text" else None
        namespace["raises"] = shown is not None and "Error: " in shown.partition("\n")[0]
        printed = ran(page, code, line, namespace)
        if shown is not None:
            want, got = without_places(shown), without_places(printed)
            rules = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
            same = doctest.OutputChecker().check_output(want, got, rules)
            assert same, f"{page.name}:{line} prints\n{got}"


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if not re.match(r"[a-z]+:|#", target):
            path, _, anchor = target.partition("#")
            assert (page.parent / path).exists(), target
            if anchor:
                assert anchor in anchors(page.parent / path), target


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_commands_of_make_exist(page):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def moved():
    """The names on the right of the table of what has moved since 0.1."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    table = text.partition("### Moved")[2].partition("\n## ")[0]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([\w.]+)`", row[2])]


@pytest.mark.parametrize("name", moved())
def test_a_name_that_has_moved_is_where_the_changelog_says(name):
    pkgutil.resolve_name(name)
