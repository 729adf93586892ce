"""The site: nothing is missing in its table of contents and reference; dead links are found."""

import importlib
import pkgutil
from types import ModuleType

import pytest

import nn
from tools.site import links, pages, reference


def public_modules():
    """Those that docs/stability.md names: the packages, and what is directly in `nn`."""
    found = ["autograd_lite", "autograd_lite.extend", "nn"]
    for info in pkgutil.iter_modules(nn.__path__, "nn."):
        if hasattr(importlib.import_module(info.name), "__all__"):
            found.append(info.name)
    return found


@pytest.mark.parametrize("name", public_modules())
def test_every_public_name_has_a_place(name):
    module, text = importlib.import_module(name), reference.page(name)
    assert name in reference.modules()
    for each in module.__all__:
        value = getattr(module, each)
        if isinstance(value, ModuleType):
            assert f"`{value.__name__}`" in text, each
        elif reference.home(name, each) == f"{name}.{each}":
            assert f"\n::: {name}.{each}\n" in text, each
        else:
            assert f"`{each}`" in text, each


def test_a_name_is_described_once():
    places = [
        f"{name}.{each}" for name in reference.modules() for each in reference.described(name)
    ]
    assert len(places) == len(set(places)) > 600
    assert reference.home("nn", "Dense") == "nn.layers.Dense"
    assert reference.home("nn.ops", "einsum") is None
    assert reference.home("autograd_lite", "Tensor") == "autograd_lite.Tensor"


def test_every_page_of_docs_and_every_example_is_in_the_table_of_contents():
    shown = set(pages.shown())
    for pattern in ("docs/**/*.md", "examples/[0-9][0-9]_*.py", "*.md"):
        for path in pages.ROOT.glob(pattern):
            assert path.relative_to(pages.ROOT).as_posix() in shown


def test_links_lead_to_pages(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "SOURCE", tmp_path)
    text = (
        "[a](docs/compile.md#x) ![b](docs/pictures/first_loss.svg) `[c](d.md)` [e](https://e.org)"
    )
    assert pages.linked(text, "README.md", "index.md") == (
        "[a](compile.md#x) ![b](pictures/first_loss.svg) `[c](d.md)` [e](https://e.org)"
    )
    assert (tmp_path / "pictures" / "first_loss.svg").exists()
    with pytest.raises(FileNotFoundError, match="nowhere"):
        pages.linked("[a](nowhere.md)", "README.md", "index.md")


def test_dead_links_and_outside_requests_are_found(tmp_path):
    page = tmp_path / "a.html"
    page.write_text(
        '<h1 id="here"></h1><a href="#here"></a><a href="b.html#there"></a><a href="c.html"></a>'
        '<a href="/b.html"></a><a href="#nowhere"></a><a href="https://example.org"></a>'
        '<script src="https://example.org/x.js"></script><link href="//example.org/x.css">'
    )
    (tmp_path / "b.html").write_text("<p id='other'></p>")
    assert links.problems(page, tmp_path) == [
        "loads https://example.org/x.js",
        "loads //example.org/x.css",
        "dead link b.html#there",
        "dead link c.html",
        "dead link #nowhere",
    ]


def test_a_style_sheet_that_loads_from_elsewhere_is_found(tmp_path):
    sheet = tmp_path / "a.css"
    sheet.write_text("a { background: url(x.png) } b { background: url('https://example.org/x') }")
    assert links.outside(sheet) == ["https://example.org/x"]


def test_a_lesson_has_what_its_cells_printed_and_drew(tmp_path):
    lessons = pytest.importorskip("tools.site.lessons", reason="the extra docs is not installed")
    cells = [
        {
            "cell_type": "markdown",
            "source": ["# A title\n", "\n", "[Next](02_the_same_with_fit.py)"],
        },
        {
            "cell_type": "code",
            "source": ["print(4)"],
            "outputs": [
                {"output_type": "stream", "text": ["4\n"]},
                {"output_type": "stream", "text": ["5\n"]},
                {"output_type": "display_data", "data": {"image/png": "aGk=", "text/plain": "x"}},
                {"output_type": "execute_result", "data": {"text/html": "<b>shown</b>"}},
            ],
        },
    ]
    text = "\n".join(lessons._cells(cells, "examples/01_logistic_regression.md", tmp_path))
    assert "[Next](02_the_same_with_fit.md)" in text
    assert "```python\nprint(4)\n```" in text
    assert "```text\n4\n5\n```" in text
    assert f'src="{tmp_path.name}/1.png" alt="A title"' in text
    assert (tmp_path / "1.png").read_bytes() == b"hi"
    assert "<b>shown</b>" in text


def test_formulas_become_mathml():
    formulas = pytest.importorskip("tools.site.formulas", reason="the extra docs is not installed")
    text = formulas.with_formulas("`$a$` and $x_1$, $$y$$")
    assert text.startswith("`$a$` and <span><math ")
    assert "<msub><mi>x</mi><mn>1</mn></msub>" in text
    assert 'class="formula"' in text


DOCSTRING = """A map.

=====  ======
``a``  first
       and on
``b``  second
=====  ======

Args:
    x, y: numbers,
        of any sort.

Example:
    >>> 1
    1
"""


def test_docstrings_become_markdown():
    docstrings = pytest.importorskip("tools.site.docstrings", reason="the extra docs is missing")
    text = docstrings.as_markdown(DOCSTRING)
    assert "| ``a`` | first and on |\n| ``b`` | second |\n" in text
    assert "    x: numbers,\n        of any sort.\n    y: numbers,\n        of any sort.\n" in text
    assert text.endswith("Examples:\n    >>> 1\n    1\n")
